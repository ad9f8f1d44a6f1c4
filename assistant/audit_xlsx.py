"""Spreadsheet output of an audit: findings, the ledger with added columns, a copy of a workbook with cell comments. No formula survives."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from assistant.answer import PATH_WORDS, VERDICT_WORDS, cite_words
from assistant.audit_docx import comment_text
from assistant.audit_types import AuditReport, Finding, Judged, code_texts, place_words
from ingest.blocks import Blocks, Table
from knowledge.errors import JianzhengError

_SEVERITY = {"error": "错误", "warning": "提示", "info": "建议"}
_VERDICTS = {str(v): w for v, w in VERDICT_WORDS.items()}
_PATHS = {str(p): w for p, w in PATH_WORDS.items()}
_BASIS = {
    "none": "没有写依据", "vague": "没有写明名称和条款", "missing": "引用的依据不存在", "ended": "已失效或者尚未施行", "low": "位阶不够",
    "elsewhere": "属于其他地区", "silent": "条文没有规定这项证明", "general": "条文只有概括要求", "named": "有效，点名规定", "unknown": "本库核对不了",
}  # fmt: skip
ADDED = ("结论", "办理方式", "依据核对", "法律依据", "问题", "修改建议")
_RISKY = re.compile(r"^[=+\-@\t\r|%]")
_BAD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
MAX_CELL = 32000


def safe(value: object) -> str:
    """A cell's text that no spreadsheet program takes for a formula (``=…``, ``+…``, ``-…``, ``@…`` get a leading apostrophe)."""
    text = _BAD.sub("", "" if value is None else str(value))[:MAX_CELL]
    return f"'{text}" if _RISKY.match(text) else text


def findings_xlsx(target: Path, reports: Sequence[AuditReport]) -> None:
    """A workbook of all findings with a sheet of counts and a chart."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(target), _OPTIONS) as book:
        styles = _styles(book)
        sheet = book.add_worksheet("问题清单")
        heads = ("文件", "位置", "索要的材料", "事项", "代码", "程度", "问题", "说明", "结论", "办理方式", "依据", "修改建议")
        widths = (20, 14, 30, 18, 6, 6, 18, 46, 10, 14, 34, 50)
        _head(sheet, heads, widths, styles)
        row = 1
        for report in reports:
            if report.error:
                _write(sheet, row, (report.file, "", "", "", "", "错误", "没有读出来", report.error), styles["wrap"])
                row += 1
            for f in report.findings:
                _write(sheet, row, _finding_row(f), styles["wrap"])
                row += 1
        sheet.autofilter(0, 0, max(row - 1, 1), len(heads) - 1)
        _counts(book, reports, styles)


_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": False}


def _finding_row(f: Finding) -> tuple[str, ...]:
    bases = "；".join(dict.fromkeys(cite_words(c) for c in f.citations[:4]))
    return (
        f.file,
        place_words(f.demand.locator),
        f.demand.demand,
        f.demand.matter or "",
        f.code,
        _SEVERITY[f.severity],
        f.title,
        f.reason,
        _VERDICTS.get(f.verdict, f.verdict),
        _PATHS.get(f.path or "", f.path or ""),
        bases or "没有可引的条文",
        f.suggestion,
    )


def _styles(book: Any) -> dict[str, Any]:
    base = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#BFBFBF"}
    return {
        "head": book.add_format(base | {"bold": True, "bg_color": "#E8EEF4", "align": "center", "valign": "vcenter"}),
        "wrap": book.add_format(base),
        "added": book.add_format(base | {"bg_color": "#F6F9EE"}),
        "bad": book.add_format(base | {"bg_color": "#FBEAEA"}),
    }


def _head(sheet: Any, heads: Sequence[str], widths: Sequence[int], styles: dict[str, Any]) -> None:
    for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, head, styles["head"])
    sheet.freeze_panes(1, 0)


def _write(sheet: Any, row: int, values: Iterable[object], style: Any) -> None:
    for column, value in enumerate(values):
        sheet.write_string(row, column, safe(value), style)


def _counts(book: Any, reports: Sequence[AuditReport], styles: dict[str, Any]) -> None:
    sheet = book.add_worksheet("汇总")
    _head(sheet, ("代码", "问题", "程度", "处数"), (8, 34, 8, 8), styles)
    counts = Counter(f.code for r in reports for f in r.findings)
    codes = sorted(counts, key=lambda c: (-counts[c], c))
    for row, code in enumerate(codes, 1):
        text = code_texts()[code]
        _write(sheet, row, (code, text.title, _SEVERITY[text.severity]), styles["wrap"])
        sheet.write_number(row, 3, counts[code], styles["wrap"])
    if codes:
        chart = book.add_chart({"type": "bar"})
        last = len(codes)
        chart.add_series({"categories": ["汇总", 1, 1, last, 1], "values": ["汇总", 1, 3, last, 3], "name": "处数"})
        chart.set_title({"name": "按问题"})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True})
        sheet.insert_chart("F2", chart, {"x_scale": 1.3, "y_scale": 1.2})


# ---------- ledger with added columns ----------
def ledger_xlsx(target: Path, blocks: Blocks, report: AuditReport) -> int:
    """The tables of a ledger as they are, with the columns of ``ADDED`` at the right; returns how many rows were filled in.

    Written row by row, so that ten thousand rows need little memory. Formulas of the source appear as their values.
    """
    import xlsxwriter

    judged: dict[tuple[str | None, int | None, int | None], list[Judged]] = defaultdict(list)
    for j in report.judged:
        where = j.demand.locator
        judged[(where.sheet, where.table, where.row)].append(j)
    filled = 0
    with xlsxwriter.Workbook(str(target), _OPTIONS | {"constant_memory": True}) as book:
        styles = _styles(book)
        names: set[str] = set()
        for number, table in enumerate((b for b in blocks.blocks if isinstance(b, Table)), 1):
            sheet = book.add_worksheet(_sheet_name(table.locator.sheet or f"表{number}", names))
            filled += _copy_table(sheet, table, judged, styles)
        if not names:
            book.add_worksheet("空")
    return filled


def _sheet_name(wanted: str, taken: set[str]) -> str:
    plain = re.sub(r"[\[\]:*?/\\']", "", wanted)[:28] or "表"
    name, number = plain, 1
    while name.lower() in taken:
        number += 1
        name = f"{plain}{number}"
    taken.add(name.lower())
    return name


def _copy_table(sheet: Any, table: Table, judged: dict[Any, list[Judged]], styles: dict[str, Any]) -> int:
    width = max((len(r) for r in table.rows), default=0)
    first = min((n for n, r in enumerate(table.rows) if r and _key(r) in judged), default=None)
    sheet.set_column(0, max(width - 1, 0), 16)
    sheet.set_column(width, width + len(ADDED) - 1, 26)
    filled = 0
    for n, row in enumerate(table.rows):
        for column, cell in enumerate(row):
            sheet.write_string(n, column, safe(cell.text), styles["wrap"])
        if first is not None and n == first - 1:
            for column, head in enumerate(ADDED):
                sheet.write_string(n, width + column, head, styles["head"])
        found = judged.get(_key(row)) if row else None
        if not found:
            continue
        filled += 1
        bad = any(f.severity == "error" for j in found for f in j.findings)
        for column, text in enumerate(added_columns(found)):
            sheet.write_string(n, width + column, safe(text), styles["bad" if bad else "added"])
    return filled


def _key(row: Sequence[Any]) -> tuple[str | None, int | None, int | None]:
    where = row[0].locator
    return (where.sheet, where.table, where.row)


def added_columns(found: Sequence[Judged]) -> tuple[str, ...]:
    """The six added cells of one row."""
    findings = [f for j in found for f in j.findings]
    cited = [c for f in findings for c in f.citations[:2]] or [c for j in found for b in j.bases for c in b.citations[:1]]
    return (
        "；".join(dict.fromkeys(_VERDICTS.get(j.verdict, j.verdict) for j in found)),
        "；".join(dict.fromkeys(_PATHS.get(j.path or "", "") for j in found if j.path)),
        "；".join(dict.fromkeys(_BASIS[b.state] for j in found for b in j.bases)),
        "；".join(dict.fromkeys(cite_words(c) for c in cited))[:600],
        "；".join(dict.fromkeys(f"{f.code} {f.title}" for f in findings if f.severity != "info")),
        "；".join(dict.fromkeys(f.suggestion for f in findings if f.severity != "info"))[:900],
    )


# ---------- cell comments ----------
def commented_workbook(source: Path, target: Path, report: AuditReport) -> int:
    """A copy of an .xlsx with a comment on the cell of each demand that has findings; formulas become their values or text."""
    import openpyxl
    from openpyxl.comments import Comment

    try:
        book = openpyxl.load_workbook(str(source), data_only=True)
    except Exception as error:
        raise JianzhengError(f"“{source.name}”不能加批注（{type(error).__name__}）。请另存为 .xlsx。") from error
    groups: dict[int, list[Finding]] = defaultdict(list)
    for f in report.findings:
        groups[f.demand.order].append(f)
    count = 0
    for findings in groups.values():
        where = findings[0].demand.locator
        if where.sheet not in book.sheetnames or not where.row:
            continue
        cell = _cell_of(book[where.sheet], where.row, findings[0].demand.demand)
        if cell is not None:
            cell.comment = Comment(comment_text(findings)[:MAX_CELL], "减证", width=420, height=220)
            count += 1
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and (cell.data_type == "f" or _RISKY.match(cell.value)):
                    cell.value = safe(cell.value)
                    cell.data_type = "s"
    book.save(str(target))
    return count


def _cell_of(sheet: Any, row: int, demand: str) -> Any:
    wanted = re.sub(r"\s", "", demand)
    cells = [c for c in next(sheet.iter_rows(min_row=row, max_row=row), ()) if isinstance(c.value, str)]
    exact = [c for c in cells if re.sub(r"\s", "", c.value) == wanted]
    return next(
        iter(
            exact
            or [c for c in cells if wanted in re.sub(r"\s", "", c.value)]
            or [c for c in cells if re.sub(r"\s", "", c.value) in wanted]
        ),
        None,
    )
