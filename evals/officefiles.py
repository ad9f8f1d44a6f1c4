"""Writes one table as a real xlsx, docx, html or pdf file, the same bytes every time.

Used by `evals.make_demo` and `evals.make_layouts` only: nothing at run time writes corpora.
"""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import docx
import xlsxwriter
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONT = "WenQuanYi"
FONT_FILE = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")  # Debian fonts-wqy-zenhei: reportlab cannot embed CFF outlines
MADE = datetime(2026, 1, 1)

Column = str | tuple[str, tuple[str, ...]]
Run = tuple[int, int, int]  # column, first row, last row (0-based in Sheet.rows)


@dataclass(frozen=True)
class Sheet:
    """A table with the lines around it.

    ``columns``: a heading, or a pair (group, headings under it) for a two-storey header. ``merge``: columns in which equal neighbours
    are merged down, as clerks do. ``before``/``after``: lines between title and table, and below the table.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    caption: str = ""  # e.g. 附件1, above the title
    widths: tuple[float, ...] = ()
    merge: tuple[int, ...] = ()

    def flat(self) -> list[str]:
        """Headings of the bottom storey."""
        return [name for column in self.columns for name in ([column] if isinstance(column, str) else column[1])]

    def storeys(self) -> int:
        """1 or 2."""
        return 2 if any(not isinstance(column, str) for column in self.columns) else 1


def spans(sheet: Sheet) -> Iterator[tuple[int, int, int, int, str]]:
    """Header cells as (top, left, bottom, right, text), all 0-based and inclusive."""
    left, last = 0, sheet.storeys() - 1
    for column in sheet.columns:
        if isinstance(column, str):
            yield 0, left, last, left, column
            left += 1
            continue
        group, names = column
        yield 0, left, 0, left + len(names) - 1, group
        for i, name in enumerate(names):
            yield 1, left + i, 1, left + i, name
        left += len(names)


def runs(sheet: Sheet) -> list[Run]:
    """Vertical runs of equal, non-empty cells in the columns to be merged."""
    found: list[Run] = []
    for col in sheet.merge:
        start = 0
        for i in range(1, len(sheet.rows) + 1):
            if i == len(sheet.rows) or sheet.rows[i][col] != sheet.rows[start][col]:
                if i - start > 1 and sheet.rows[start][col]:
                    found.append((col, start, i - 1))
                start = i
    return found


def freeze_zip(path: Path) -> None:
    """Rewrites a zip container with fixed member dates, so that the same content has the same hash."""
    with zipfile.ZipFile(path) as old:
        members = [(info.filename, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in members:
            new.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED, 9)


def write_xlsx(path: Path, sheet: Sheet, *, name: str = "Sheet1") -> None:
    """Title over the full width, merged header, merged runs."""
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"title": sheet.title, "created": MADE})
    page = book.add_worksheet(name)
    box = {"border": 1, "text_wrap": True, "valign": "vcenter", "font_size": 10}
    head, cell = book.add_format({**box, "bold": True, "align": "center", "bg_color": "#DDEBF7"}), book.add_format(box)
    big, plain = book.add_format({"bold": True, "align": "center", "font_size": 16}), book.add_format({"font_size": 10})
    width, at = len(sheet.flat()), 0
    if sheet.caption:
        page.write(at, 0, sheet.caption, plain)
        at += 1
    page.merge_range(at, 0, at, width - 1, sheet.title, big)
    for line in sheet.before:
        at += 1
        page.merge_range(at, 0, at, width - 1, line, plain)
    at += 1
    for top, left, bottom, right, text in spans(sheet):
        if (top, left) == (bottom, right):
            page.write(at + top, left, text, head)
        else:
            page.merge_range(at + top, left, at + bottom, right, text, head)
    page.repeat_rows(at, at + sheet.storeys() - 1)
    at += sheet.storeys()
    for i, row in enumerate(sheet.rows):
        for j, text in enumerate(row):
            page.write_number(at + i, j, int(text), cell) if j == 0 and text.isdigit() else page.write(at + i, j, text, cell)
    for col, first, last in runs(sheet):
        page.merge_range(at + first, col, at + last, col, sheet.rows[first][col], cell)
    for i, line in enumerate(sheet.after):
        page.write(at + len(sheet.rows) + i, 0, line, plain)
    for j, wide in enumerate(sheet.widths):
        page.set_column(j, j, wide)
    book.close()
    freeze_zip(path)


def new_docx(title: str, *, wide: bool = False) -> docx.document.Document:
    """An empty A4 document with fixed dates and a Chinese body font."""
    doc = docx.Document()
    doc.core_properties.created = doc.core_properties.modified = MADE
    doc.core_properties.author, doc.core_properties.title = "", title
    section = doc.sections[0]
    section.page_width, section.page_height = (Cm(29.7), Cm(21)) if wide else (Cm(21), Cm(29.7))
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.left_margin = section.right_margin = Cm(2)
    normal = doc.styles["Normal"]
    normal.font.name, normal.font.size = "宋体", Pt(10.5)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    return doc


def add_table(doc: docx.document.Document, sheet: Sheet) -> None:
    """The table of ``sheet`` with a repeating header and merged runs."""
    deep = sheet.storeys()
    table = doc.add_table(rows=deep + len(sheet.rows), cols=len(sheet.flat()))
    table.style = "Table Grid"
    for top, left, bottom, right, text in spans(sheet):
        table.cell(top, left).merge(table.cell(bottom, right)).text = text
    for i in range(deep):
        table.rows[i]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for i, row in enumerate(sheet.rows):
        for cell, text in zip(table.rows[deep + i].cells, row, strict=True):
            cell.text = text
    for col, first, last in runs(sheet):
        for i in range(first + 1, last + 1):
            table.cell(deep + i, col).text = ""
        merged = table.cell(deep + first, col).merge(table.cell(deep + last, col))
        merged.text = sheet.rows[first][col]


def save_docx(doc: docx.document.Document, path: Path) -> None:
    """Saves with fixed member dates."""
    doc.save(str(path))
    freeze_zip(path)


def write_docx(path: Path, sheet: Sheet) -> None:
    """Caption, title, lines, table, lines; landscape."""
    doc = new_docx(sheet.title, wide=True)
    if sheet.caption:
        doc.add_paragraph(sheet.caption)
    title = doc.add_paragraph(style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.add_run(sheet.title)
    for line in sheet.before:
        doc.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.CENTER
    add_table(doc, sheet)
    for line in sheet.after:
        doc.add_paragraph(line)
    save_docx(doc, path)


def html_table(sheet: Sheet) -> str:
    """``<table>`` with colspan in the header and rowspan over merged runs."""
    first = {(row, col): last - row + 1 for col, row, last in runs(sheet)}
    covered = {(i, col) for col, row, last in runs(sheet) for i in range(row + 1, last + 1)}
    out = ["<table>", "<thead>"]
    for level in range(sheet.storeys()):
        cells = [c for c in spans(sheet) if c[0] == level]
        out.append("<tr>" + "".join(_th(*cell) for cell in cells) + "</tr>")
    out.append("</thead><tbody>")
    for i, row in enumerate(sheet.rows):
        tds = []
        for j, text in enumerate(row):
            if (i, j) not in covered:
                down = f' rowspan="{first[i, j]}"' if (i, j) in first else ""
                tds.append(f"<td{down}>{html.escape(text)}</td>")
        out.append("<tr>" + "".join(tds) + "</tr>")
    return "\n".join([*out, "</tbody></table>"])


def _th(top: int, left: int, bottom: int, right: int, text: str) -> str:
    span = (f' colspan="{right - left + 1}"' if right > left else "") + (f' rowspan="{bottom - top + 1}"' if bottom > top else "")
    return f"<th{span}>{html.escape(text)}</th>"


def write_html(path: Path, sheet: Sheet, *, site: str) -> None:
    """A page as a city's site shows it: navigation, crumbs, article, footer."""
    before = "\n".join(f'<p class="meta">{html.escape(line)}</p>' for line in sheet.before)
    after = "\n".join(f"<p>{html.escape(line)}</p>" for line in sheet.after)
    path.write_text(
        f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{html.escape(sheet.title)}_{site}</title>
<style>table{{border-collapse:collapse}}td,th{{border:1px solid #444;padding:4px}}h1{{text-align:center}}</style></head>
<body><nav><a>首页</a> <a>政务公开</a> <a>政务服务</a> <a>互动交流</a></nav>
<div class="crumbs">当前位置：首页 &gt; 政务公开 &gt; 公示公告</div>
<article><h1>{html.escape(sheet.title)}</h1>
{before}
{html_table(sheet)}
{after}</article>
<footer>主办单位：{site}　<a>网站地图</a></footer></body></html>
""",
        encoding="utf-8",
    )


def use_font() -> None:
    """Registers the embedded font once."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(FONT, str(FONT_FILE)))


def pdf_paragraphs(lines: Iterable[str], size: float, *, centred: bool = False) -> list[Paragraph]:
    """Lines as wrapped Chinese paragraphs."""
    style = ParagraphStyle("p", fontName=FONT, fontSize=size, leading=size * 1.45, wordWrap="CJK", alignment=1 if centred else 0)
    return [Paragraph(html.escape(line), style) for line in lines]


def pdf_table(
    sheet: Sheet, widths: Sequence[float], *, size: float = 8.5, style: Sequence[tuple[object, ...]] | None = None, repeat: bool = True
) -> Table:
    """A reportlab table; ``style`` replaces the default grid; ``repeat`` prints the header on every page."""
    deep, wide = sheet.storeys(), len(sheet.flat())
    grid: list[list[object]] = [[""] * wide for _ in range(deep)]
    commands: list[tuple[object, ...]] = [("VALIGN", (0, 0), (-1, -1), "MIDDLE"), *(style if style is not None else [_GRID])]
    for top, left, bottom, right, text in spans(sheet):
        grid[top][left] = pdf_paragraphs([text], size, centred=True)[0]
        commands.append(("SPAN", (left, top), (right, bottom)))
    for row in sheet.rows:
        grid.append([pdf_paragraphs([text], size)[0] if text else "" for text in row])
    for col, first, last in runs(sheet):
        commands.append(("SPAN", (col, deep + first), (col, deep + last)))
    return Table(grid, colWidths=[w * mm for w in widths], repeatRows=deep if repeat else 0, style=TableStyle(commands))


_GRID = ("GRID", (0, 0), (-1, -1), 0.6, colors.black)


def write_pdf(path: Path, sheet: Sheet, *, wide: bool = True) -> None:
    """Ruled table with the header on every page and 第 n 页 at the foot."""
    use_font()
    data = io.BytesIO()
    size = landscape(A4) if wide else A4
    doc = SimpleDocTemplate(data, pagesize=size, leftMargin=15 * mm, rightMargin=15 * mm, topMargin=15 * mm, bottomMargin=15 * mm)
    doc.title, doc.author, doc.invariant = sheet.title, "", 1
    story: list[object] = []
    if sheet.caption:
        story += pdf_paragraphs([sheet.caption], 10)
    story += [*pdf_paragraphs([sheet.title], 16, centred=True), Spacer(1, 6), *pdf_paragraphs(sheet.before, 10, centred=True), Spacer(1, 6)]
    story.append(pdf_table(sheet, sheet.widths))
    story += [Spacer(1, 6), *pdf_paragraphs(sheet.after, 9)]
    doc.build(story, onFirstPage=_foot, onLaterPages=_foot)
    path.write_bytes(data.getvalue())


def _foot(canvas, doc) -> None:  # type: ignore[no-untyped-def]
    canvas.setFont(FONT, 8)
    canvas.drawCentredString(doc.pagesize[0] / 2, 8 * mm, f"第 {canvas.getPageNumber()} 页")
