"""Word output of an audit: the original with comments at the place (its text untouched), and a one-page summary for the leader."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant.answer import PATH_WORDS, cite_words
from assistant.audit_types import AuditReport, Finding, code_texts
from knowledge.errors import JianzhengError

AUTHOR, INITIALS = "减证", "减"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SEVERITY = {"error": "错误", "warning": "提示", "info": "建议"}
_BAR = 16


def commented_copy(source: Path, target: Path, report: AuditReport) -> int:
    """Write ``source`` (.docx) to ``target`` with one comment per demand that has findings; returns the number of comments placed.

    The text is not changed: comments are anchored to the runs that are there. Raises JianzhengError when the file is no Word document.
    """
    import docx

    try:
        document = docx.Document(str(source))
    except Exception as error:
        raise JianzhengError(f"“{source.name}”不能加批注（{type(error).__name__}）。只有 .docx 可以加批注，请另存为 .docx。") from error
    places = Places(document)
    count = 0
    for findings in by_demand(report.findings).values():
        paragraph = places.find(findings[0])
        if paragraph is None:
            continue
        runs = [r for r in paragraph.runs if r.text] or [paragraph.add_run("")]
        document.add_comment(runs=[runs[0], runs[-1]], text=comment_text(findings), author=AUTHOR, initials=INITIALS)
        count += 1
    document.save(str(target))
    return count


def by_demand(findings: Iterable[Finding]) -> dict[int, list[Finding]]:
    """Findings by the demand they are about, in reading order."""
    table: dict[int, list[Finding]] = defaultdict(list)
    for f in findings:
        table[f.demand.order].append(f)
    return table


def comment_text(findings: Sequence[Finding]) -> str:
    """All findings of one demand: code, what is wrong, basis, wording."""
    parts = []
    for f in findings:
        bases = "；".join(dict.fromkeys(cite_words(c) for c in f.citations[:3]))
        lines = [f"【{f.code} {_SEVERITY[f.severity]}】{f.title}", f.reason, f"建议：{f.suggestion}"]
        if bases:
            lines.append(f"依据：{bases}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


class Places:
    """The paragraphs of a document by table and row, and in reading order, as the reader counts them."""

    def __init__(self, document: Any) -> None:
        from docx.text.paragraph import Paragraph

        self._make = Paragraph
        self._document = document
        self._all = [(p, _squeeze(self._text(p))) for p in document.element.body.iter(f"{_W}p")]
        self._rows: dict[tuple[int, int], list[tuple[Any, str]]] = {}
        for number, table in enumerate(document.element.body.iter(f"{_W}tbl"), 1):
            for index, row in enumerate(_rows_of(table), 1):
                self._rows[(number, index)] = [(p, _squeeze(self._text(p))) for p in row.iter(f"{_W}p")]
        self._used: Counter[int] = Counter()

    def find(self, finding: Finding) -> Any:
        """The paragraph of a finding's demand, or None when the words are not found."""
        where, wanted = finding.demand.locator, _squeeze(finding.demand.demand)
        if where.table and where.row:
            row = self._rows.get((where.table, where.row), [])
            for hit in (self._choose(row, wanted), self._cell(row, wanted)):
                if hit is not None:
                    return self._paragraph(hit)
        for words in (wanted, _squeeze(finding.demand.name)):
            hit = self._choose(self._all, words)
            if hit is not None:
                return self._paragraph(hit)
        return None

    def _choose(self, paragraphs: Sequence[tuple[Any, str]], wanted: str) -> Any:
        found = [p for p, text in paragraphs if wanted and wanted in text]
        if not found:
            return None
        best = min(found, key=lambda p: self._used[id(p)])
        self._used[id(best)] += 1
        return best

    @staticmethod
    def _cell(row: Sequence[tuple[Any, str]], wanted: str) -> Any:
        """A cell of several paragraphs whose joined text is the demand: its first paragraph."""
        inside = [(len(text), n) for n, (_, text) in enumerate(row) if len(text) >= 3 and text in wanted]
        return row[max(inside)[1]][0] if inside else None

    def _paragraph(self, element: Any) -> Any:
        return self._make(element, self._document._body)

    @staticmethod
    def _text(paragraph: Any) -> str:
        return "".join(t.text or "" for t in paragraph.iter(f"{_W}t"))


def _rows_of(table: Any) -> Iterator[Any]:
    for node in table:
        if node.tag == f"{_W}tr" and node.find(f"{_W}trPr/{_W}del") is None:
            yield node
        elif node.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _rows_of(node)


def _squeeze(text: str) -> str:
    return re.sub(r"\s", "", text).translate(str.maketrans("（）：；，", "():;,"))


# ---------- summary ----------
def summary_docx(target: Path, reports: Sequence[AuditReport]) -> None:
    """One page: what was audited, counts by code, by department and by path (with bars), and the first things to change."""
    import docx
    from docx.shared import Cm, Pt

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(1.8)
    style = document.styles["Normal"]
    style.font.size = Pt(10.5)
    style.paragraph_format.space_after = Pt(2)
    document.add_heading("证明事项审核情况", level=1)
    document.add_paragraph(headline(reports))
    for title, rows in _tables(reports):
        document.add_heading(title, level=2)
        _bars(document, rows)
    worst = sorted((f for r in reports for f in r.findings if f.severity == "error"), key=lambda f: f.code)[:5]
    if worst:
        document.add_heading("先改这几处", level=2)
        for f in worst:
            document.add_paragraph(f"{f.file}：“{_short(f.demand.demand)}”——{f.title}。", style="List Bullet")
    document.save(str(target))


def headline(reports: Sequence[AuditReport]) -> str:
    """One paragraph: files, demands, findings by severity, and files that could not be read."""
    judged = sum(len(r.judged) for r in reports)
    severities = Counter(f.severity for r in reports for f in r.findings)
    day = next((r.as_of.isoformat() for r in reports if r.as_of), "")
    bad = [r.file for r in reports if r.error]
    text = (
        f"共审 {len(reports)} 份文件、{judged} 项索要的材料（按{day}有效的法律和清单）："
        f"错误 {severities['error']} 处，提示 {severities['warning']} 处，建议 {severities['info']} 处。"
    )
    return text + (f"没有读出来的文件：{'、'.join(bad[:5])}。" if bad else "")


def _tables(reports: Sequence[AuditReport]) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    findings = [f for r in reports for f in r.findings if f.severity != "info"]
    codes = Counter(f.code for f in findings)
    yield "按问题", [(f"{c} {code_texts()[c].title}", n) for c, n in sorted(codes.items(), key=lambda x: (-x[1], x[0]))][:10]
    offices = Counter(f.demand.requester or f.file for f in findings)
    yield "按部门（没有写明的按文件）", offices.most_common(8)
    faulty = {(f.file, f.demand.order): f.path for f in findings if f.path}
    words = {str(p): w for p, w in PATH_WORDS.items()}
    yield "按办理方式", [(words.get(p, p), n) for p, n in Counter(faulty.values()).most_common(7)]


def _bars(document: Any, rows: Sequence[tuple[str, int]]) -> None:
    """A bar chart that needs no picture and no font of its own: one table row per bar."""
    from docx.shared import Cm, Pt, RGBColor

    if not rows:
        document.add_paragraph("无。")
        return
    top = max(n for _, n in rows) or 1
    table = document.add_table(rows=0, cols=3)
    for name, number in rows:
        cells = table.add_row().cells
        cells[0].text, cells[2].text = _short(name, 22), str(number)
        run = cells[1].paragraphs[0].add_run("█" * max(1, round(_BAR * number / top)))
        run.font.size, run.font.color.rgb = Pt(9), RGBColor(0x2F, 0x6F, 0x9F)
        for cell, width in zip(cells, (6.6, 8.4, 1.6), strict=True):
            cell.width = Cm(width)
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)


def _short(text: str, size: int = 40) -> str:
    plain = re.sub(r"\s+", "", text)
    return plain if len(plain) <= size else plain[: size - 1] + "…"
