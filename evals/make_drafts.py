"""Lays out the drafts of ``datasets/drafts/drafts.txt`` as files of seven formats and scores an audit of them.

    python -m evals.make_drafts [OUT_DIR] [--score] [--library DIR] [--misses N]

Needs Debian's fonts-wqy-zenhei for the PDFs. Without ``--score`` only the files and ``gold.jsonl`` are written.
"""

from __future__ import annotations

import argparse
import csv
import html
import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evals.officefiles import Sheet, new_docx, pdf_paragraphs, save_docx, use_font, write_docx, write_html, write_pdf, write_xlsx

HERE = Path(__file__).parent
SOURCE = HERE / "datasets" / "drafts" / "drafts.txt"
GOLD = SOURCE.with_name("gold.jsonl")
OUT = HERE / "out" / "own-drafts"
_MARK = re.compile(r"\{(-|[A-Z]\d) ([^{}]+)\}")
LEDGER = ("序号", "证明名称", "办理事项", "设定依据", "索要单位", "开具单位")
_BASIS = re.compile(r"《.+?》[^，。；（）()提]*")


@dataclass(slots=True)
class Draft:
    """One block of the source: its lines as written."""

    file: str
    layout: str
    region: str
    title: str
    lines: list[str] = field(default_factory=list)

    @property
    def columns(self) -> tuple[str, ...]:
        return LEDGER if self.layout == "ledger" else tuple(self.lines[0].removeprefix("cols ").split("|"))

    @property
    def basis_column(self) -> int:
        """Where the basis stands in the cells of a row."""
        return 2 if self.layout == "ledger" else 1

    def rows(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(code, cells) of a table or a ledger."""
        width = len(self.columns) - 1
        for line in self.lines[self.layout == "table" :]:
            code, _, rest = line.partition(" ")
            cells = [c.strip() for c in rest.split("|")]
            yield code, tuple((cells + [""] * width)[:width])

    def plain(self) -> list[str]:
        """Running text without the marks."""
        return [_MARK.sub(r"\2", line) for line in self.lines]

    def demands(self) -> Iterator[tuple[str, str, str | None]]:
        """(code, demand, basis)."""
        if self.layout in ("table", "ledger"):
            yield from ((code, cells[0], cells[self.basis_column] or None) for code, cells in self.rows())
            return
        for code, words in _MARK.findall("\n".join(self.lines)):
            basis = _BASIS.search(words)
            yield code, words, basis.group() if basis else None


def read(path: Path = SOURCE) -> list[Draft]:
    """The drafts of the source in order. Raises ValueError for a line outside a block."""
    out: list[Draft] = []
    for line in path.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("# "):
            continue
        if line.startswith("=== "):
            head, _, title = line[4:].partition(" | ")
            out.append(Draft(*head.split(" ", 2), title))  # type: ignore[arg-type]
        elif out:
            out[-1].lines.append(line)
        else:
            raise ValueError(f"line outside a draft: {line}")
    return out


def gold(drafts: list[Draft]) -> list[dict[str, object]]:
    """Rows in the shape of the shared gold file."""
    return [
        {"file": d.file, "region": d.region, "demand": demand, "basis": basis, "code": None if code == "-" else code}
        for d in drafts
        for code, demand, basis in d.demands()
    ]


# ---------- files ----------
def write(draft: Draft, folder: Path) -> Path:
    """One draft as a file of the format its name says."""
    path = folder / draft.file
    kind = path.suffix
    if draft.layout in ("table", "ledger"):
        _table(draft, path, kind)
    elif draft.layout == "label":
        _label(draft, path, kind)
    else:
        _running(draft, path, kind)
    return path


def _table(draft: Draft, path: Path, kind: str) -> None:
    rows = tuple((str(n), *cells) for n, (_, cells) in enumerate(draft.rows(), 1))
    widths = (6, 30, 18, 34, 22, 20) if draft.layout == "ledger" else (6, 34, 40, 18)
    sheet = Sheet(draft.title, draft.columns, rows, widths=widths)
    if kind == ".docx":
        write_docx(path, sheet)
    elif kind == ".xlsx":
        write_xlsx(path, sheet, name="材料")
    elif kind == ".pdf":
        write_pdf(path, sheet)
    elif kind == ".html":
        write_html(path, sheet, site="政务服务网")
    elif kind == ".csv":
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows([[draft.title], draft.columns, *rows])
        path.write_text(buffer.getvalue(), "utf-8")
    elif kind == ".md":
        lines = ["| " + " | ".join(cells) + " |" for cells in (draft.columns, ("---",) * len(draft.columns), *rows)]
        path.write_text("\n".join([f"# {draft.title}", "", *lines]) + "\n", "utf-8")
    else:
        path.write_text("\n".join([draft.title, "\t".join(draft.columns), *("\t".join(r) for r in rows)]) + "\n", "utf-8")


def _label(draft: Draft, path: Path, kind: str) -> None:
    pairs = [tuple(c.strip() for c in line.split("|", 1)) for line in draft.plain()]
    if kind == ".xlsx":
        import xlsxwriter

        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("指南")
            for n, cells in enumerate([(draft.title,), *pairs]):
                for column, text in enumerate(cells):
                    sheet.write_string(n, column, text)
        return
    document = new_docx(draft.title)
    document.add_paragraph(draft.title, style="Title")
    table = document.add_table(rows=0, cols=2)
    for pair in pairs:
        for cell, text in zip(table.add_row().cells, pair, strict=True):
            cell.text = text
    save_docx(document, path)


def _running(draft: Draft, path: Path, kind: str) -> None:
    lines = draft.plain()
    if kind == ".docx":
        document = new_docx(draft.title)
        document.add_paragraph(draft.title, style="Title")
        for line in lines:
            document.add_paragraph(line)
        save_docx(document, path)
    elif kind == ".pdf":
        from reportlab.lib.pagesizes import A4
        from reportlab.platypus import SimpleDocTemplate

        use_font()
        doc = SimpleDocTemplate(str(path), pagesize=A4)
        doc.title, doc.invariant = draft.title, 1
        doc.build([*pdf_paragraphs([draft.title], 16, centred=True), *pdf_paragraphs(lines, 11)])
    elif kind == ".html":
        body = "\n".join(f"<p>{html.escape(line)}</p>" for line in lines)
        head = f'<meta charset="utf-8"><title>{draft.title}</title>'
        path.write_text(
            f'<!doctype html><html lang="zh-CN"><head>{head}</head><body><h1>{draft.title}</h1>\n{body}\n</body></html>\n', "utf-8"
        )
    else:
        title = f"# {draft.title}\n" if kind == ".md" else draft.title
        path.write_text("\n".join([title, *lines]) + "\n", "utf-8")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=OUT)
    parser.add_argument("--score", action="store_true")
    parser.add_argument("--library", type=Path)
    parser.add_argument("--misses", type=int, default=0)
    args = parser.parse_args(argv)
    drafts = read()
    args.folder.mkdir(parents=True, exist_ok=True)
    files = [write(d, args.folder) for d in drafts]
    GOLD.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in gold(drafts)), "utf-8")
    if args.score:
        from evals.run import full_library, score, verb

        found = args.folder.parent / "own-drafts.json"
        found.write_text(verb("audit", *map(str, files), "--json", library=args.library or full_library()), "utf-8")
        figures, misses = score("score_findings.py", str(GOLD), str(found), "--misses", str(args.misses))
        sys.stdout.write("".join(m + "\n" for m in misses) + json.dumps(figures, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
