"""Builds ``tests/documents``: small lists in layouts that break table readers, with their truth in ``manifest.jsonl``.

``python -m evals.make_layouts`` writes the same bytes every time; ``--score`` reads them instead and prints figures per layout. The truth has the form that ``score_rows.py`` reads, plus ``layout``.
Contents are rows of the fictional demo city under titles of its districts.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import SimpleDocTemplate, Spacer

from evals import lists
from evals.make_demo import Record, read, table
from evals.officefiles import (
    FONT,
    Column,
    Sheet,
    add_table,
    html_table,
    new_docx,
    pdf_paragraphs,
    pdf_table,
    save_docx,
    use_font,
    write_xlsx,
)

FOLDER = Path(__file__).parents[1] / "tests" / "documents"
FIELDS = ("proof_name", "matter", "original_basis", "requesting_body", "issuing_body", "replacement")
HEADS = ("证明名称", "办理事项", "设定依据", "索要单位", "开具单位", "取消后的办理方式")
PLAIN: tuple[Column, ...] = ("序号", *HEADS)
STOREYS: tuple[Column, ...] = ("序号", "证明名称", "办理事项", "设定依据", ("实施基本情况", ("索要单位", "开具单位")), "取消后的办理方式")
ACROSS, DOWN = (10, 26, 26, 40, 24, 24, 30), (12, 38, 38, 58, 36, 34, 50)  # column widths in mm, portrait and landscape

Decorate = Callable[[Canvas], None]


@dataclass(frozen=True)
class Layout:
    """One document: which rows, how they are set, and what lies over them."""

    name: str
    title: str
    number: str
    first: int
    last: int
    columns: tuple[Column, ...] = PLAIN
    style: tuple[tuple[object, ...], ...] | None = None
    wide: bool = False
    repeat: bool = True
    rotate: int = 0
    flag: bool = True
    long: bool = False  # basis cells stretched, so that rows run over the page
    merge: tuple[int, ...] = ()
    over: Decorate | None = None


def seal(canvas: Canvas) -> None:
    """A red round seal over the text of the lower rows."""
    canvas.saveState()
    canvas.setStrokeColor(colors.red)
    canvas.setFillColor(colors.red)
    canvas.setLineWidth(2)
    x, y = 130 * mm, 175 * mm
    canvas.circle(x, y, 21 * mm)
    canvas.setFont(FONT, 28)
    canvas.drawCentredString(x, y - 10, "★")
    canvas.setFont(FONT, 9)
    canvas.drawCentredString(x, y - 14 * mm, "清江市临渚区司法局")
    canvas.restoreState()


def watermark(canvas: Canvas) -> None:
    """Pale slanted words repeated over the whole page."""
    canvas.saveState()
    canvas.setFillColor(colors.Color(0.85, 0.85, 0.85))
    canvas.setFont(FONT, 30)
    for x in (40, 120):
        for y in (40, 130, 220):
            canvas.saveState()
            canvas.translate(x * mm, y * mm)
            canvas.rotate(35)
            canvas.drawCentredString(0, 0, "清江政务公开")
            canvas.restoreState()
    canvas.restoreState()


def running_head(canvas: Canvas) -> None:
    """Header and footer lines on every page, as an office system prints them."""
    canvas.setFont(FONT, 8)
    canvas.drawString(15 * mm, 287 * mm, "清江市雁回县人民政府办公室文件")
    canvas.drawRightString(195 * mm, 287 * mm, "公开方式：主动公开")
    canvas.drawCentredString(105 * mm, 8 * mm, f"— {canvas.getPageNumber()} —")


INK = 0.7
THREE = (("LINEABOVE", (0, 0), (-1, 0), 1.4, colors.black), ("LINEBELOW", (0, 0), (-1, 0), INK, colors.black))
STRIPES = (("BACKGROUND", (0, 0), (-1, 0), colors.lightsteelblue), ("ROWBACKGROUNDS", (0, 1), (-1, -1), (colors.whitesmoke, None)))
PDFS = (
    Layout("borderless.pdf", "清江市望川区取消证明事项目录", "望政办发〔2019〕12号", 0, 12, style=()),
    Layout(
        "three-lines.pdf",
        "清江市临渚区第一批取消证明事项目录",
        "临政办发〔2019〕20号",
        12,
        24,
        style=(*THREE, ("LINEBELOW", (0, -1), (-1, -1), 1.4, colors.black)),
    ),
    Layout(
        "rules-across-only.pdf",
        "清江市雁回县取消证明材料清单",
        "雁政办发〔2020〕3号",
        4,
        16,
        style=(("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.grey),),
    ),
    Layout("stripes.pdf", "清江市雁回县第七批取消证明事项目录", "雁政办发〔2025〕5号", 9, 23, style=STRIPES),
    Layout("two-storey.pdf", "清江市望川区第二批取消证明事项目录", "望政办发〔2021〕8号", 20, 32, columns=STOREYS),
    Layout("row-over-page.pdf", "清江市雁回县取消证明事项目录（附依据）", "雁政办发〔2021〕15号", 0, 14, long=True),
    Layout("no-second-header.pdf", "清江市临渚区第二批取消证明事项目录", "临政办发〔2021〕6号", 10, 40, repeat=False),
    Layout("repeated-headers.pdf", "清江市雁回县第三批取消证明事项目录", "雁政办发〔2022〕9号", 5, 40, columns=STOREYS, over=running_head),
    Layout("seal.pdf", "清江市临渚区第三批取消证明事项目录", "临政办发〔2022〕17号", 24, 34, over=seal),
    Layout("watermark.pdf", "清江市望川区第三批取消证明事项目录", "望政办发〔2022〕5号", 30, 42, over=watermark),
    Layout("rotated-page.pdf", "清江市望川区第四批取消证明事项目录", "望政办发〔2023〕2号", 16, 28, rotate=90, wide=True),
    Layout("rotated-270.pdf", "清江市雁回县第四批取消证明事项目录", "雁政办发〔2023〕7号", 28, 40, rotate=270, wide=True),
    Layout("sideways.pdf", "清江市临渚区第七批取消证明事项目录", "临政办发〔2025〕4号", 3, 15, rotate=90, flag=False, wide=True),
    Layout("landscape.pdf", "清江市临渚区第四批取消证明事项目录", "临政办发〔2023〕11号", 8, 34, wide=True),
    Layout("merged-down.pdf", "清江市望川区第五批取消证明事项目录", "望政办发〔2024〕4号", 13, 26, merge=(2, 4)),
)


def office(layout: Layout) -> str:
    """The district's government office named in the title."""
    return f"云溪省{layout.title[:6]}人民政府办公室"


def lines(layout: Layout) -> tuple[str, str]:
    """文号, and the line with issuer and date."""
    return layout.number, f"发布机构：{office(layout)} 发布日期：2022-03-01"


def records(layout: Layout) -> list[Record]:
    """The rows of a layout, with long bases where rows must run over the page."""
    rows = read("cancel-1")[layout.first : layout.last]
    if layout.long:
        rows = [{**row, "original_basis": "；".join([row["original_basis"]] * (1 + 5 * (i % 3 == 2)))} for i, row in enumerate(rows)]
    return rows


def sheet_of(layout: Layout, **changes: object) -> Sheet:
    """The layout's rows as a table."""
    widths = DOWN if layout.wide else ACROSS
    base = Sheet(layout.title, layout.columns, table(records(layout), " ".join(FIELDS)), before=lines(layout), widths=widths)
    return replace(base, merge=layout.merge, **changes)  # type: ignore[arg-type]


def turn(canvas: Canvas, degrees: int, *, flag: bool) -> None:
    """Draws the rest of the page turned on portrait paper; with ``flag`` the page carries /Rotate and shows upright again."""
    wide, high = A4
    if not flag:  # reportlab itself swaps the sides of a page that carries /Rotate
        canvas.setPageSize(A4)
    canvas.translate(*((wide, 0) if degrees == 90 else (0, high)))
    canvas.rotate(90 if degrees == 90 else -90)


def pdf(layout: Layout) -> None:
    """One pdf document."""
    use_font()
    data, sheet = io.BytesIO(), sheet_of(layout)
    paper = landscape(A4) if layout.wide else A4
    doc = SimpleDocTemplate(data, pagesize=paper, leftMargin=15 * mm, rightMargin=15 * mm, topMargin=15 * mm, bottomMargin=15 * mm)
    doc.title, doc.invariant, doc.rotation = layout.title, 1, layout.rotate if layout.flag else 0

    def page(canvas: Canvas, _doc: object) -> None:
        if layout.rotate:
            turn(canvas, layout.rotate, flag=layout.flag)

    if layout.over is not None:
        over = layout.over
        doc.afterPage = lambda: over(doc.canv)
    block = pdf_table(sheet, sheet.widths, style=layout.style, repeat=layout.repeat)
    block.splitInRow = int(layout.long)
    story = [*pdf_paragraphs([layout.title], 15, centred=True), *pdf_paragraphs(sheet.before, 9, centred=True), Spacer(1, 6), block]
    doc.build(story, onFirstPage=page, onLaterPages=page)
    (FOLDER / layout.name).write_bytes(data.getvalue())


OFFICE = (
    Layout("two-tables.docx", "清江市望川区第六批取消证明事项目录", "望政办发〔2024〕9号", 0, 16, wide=True),
    Layout("merged.docx", "清江市临渚区第五批取消证明事项目录", "临政办发〔2024〕3号", 12, 30, columns=STOREYS, merge=(2, 4), wide=True),
    Layout("merged.xlsx", "清江市雁回县第五批取消证明事项目录", "雁政办发〔2024〕8号", 6, 20, columns=STOREYS, merge=(2, 4), wide=True),
    Layout("spans.html", "清江市临渚区第六批取消证明事项目录", "临政办发〔2024〕15号", 12, 30, columns=STOREYS, merge=(2, 4)),
    Layout("nested.html", "清江市望川区第七批取消证明事项目录", "望政办发〔2025〕1号", 26, 40),
    Layout("gb18030.csv", "清江市雁回县第六批取消证明事项目录", "雁政办发〔2025〕2号", 2, 12),
)


def two_tables(layout: Layout) -> None:
    """A docx in which the list is cut into two tables under headings of two departments, each with its own header."""
    sheet, half = sheet_of(layout), len(records(layout)) // 2
    doc = new_docx(layout.title, wide=True)
    doc.add_paragraph(layout.title, style="Title")
    for line in sheet.before:
        doc.add_paragraph(line)
    for head, rows in (("一、民政领域", sheet.rows[:half]), ("二、住房和人社领域", sheet.rows[half:])):
        doc.add_paragraph(head)
        add_table(doc, replace(sheet, rows=rows))
    save_docx(doc, FOLDER / layout.name)


def merged_docx(layout: Layout) -> None:
    """A docx with a two-storey header and cells merged down."""
    sheet = sheet_of(layout)
    doc = new_docx(layout.title, wide=True)
    doc.add_paragraph("附件2")
    doc.add_paragraph(layout.title, style="Title")
    for line in sheet.before:
        doc.add_paragraph(line)
    add_table(doc, sheet)
    save_docx(doc, FOLDER / layout.name)


def page_of(body: str, title: str) -> str:
    """A bare page with a side menu set as a table, as old sites have it."""
    menu = "<table><tr><td>首页</td><td>政务公开</td></tr><tr><td>办事</td><td>互动</td></tr></table>"
    return f'<html><head><meta charset="utf-8"><title>{title}</title></head><body>{menu}{body}</body></html>\n'


def html_spans(layout: Layout) -> None:
    """rowspan and colspan in header and body."""
    sheet = sheet_of(layout)
    head = "".join(f"<p>{line}</p>" for line in sheet.before)
    (FOLDER / layout.name).write_text(page_of(f"<h1>{layout.title}</h1>{head}{html_table(sheet)}", layout.title), encoding="utf-8")


def html_nested(layout: Layout) -> None:
    """The list inside a layout table, its header in plain td cells, as editors of old sites paste it."""
    sheet = sheet_of(layout)
    inner = html_table(sheet).replace("<thead>", "").replace("</thead>", "").replace("<th>", "<td><b>").replace("</th>", "</b></td>")
    head = f"<p align=center><b>{layout.title}</b></p>" + "".join(f"<p align=center>{line}</p>" for line in sheet.before)
    (FOLDER / layout.name).write_text(page_of(f"<table><tr><td>{head}{inner}</td></tr></table>", layout.title), encoding="utf-8")


def csv_gb18030(layout: Layout) -> None:
    """A csv as a Chinese office saves it: GB18030, title line first, CRLF."""
    sheet = sheet_of(layout)
    out = io.StringIO()
    csv.writer(out).writerows([[layout.title], [" ".join(sheet.before)], sheet.flat(), *sheet.rows])
    (FOLDER / layout.name).write_bytes(out.getvalue().encode("gb18030"))


def truth(layout: Layout) -> list[dict[str, str | None]]:
    """Lines of the manifest for one document."""
    whole = {"file": layout.name, "format": layout.name.rsplit(".", 1)[1], "layout": layout.name.rsplit(".", 1)[0], "list_kind": "cancel"}
    about = {"list_title": layout.title, "doc_number": layout.number, "issuer": office(layout), "published": "2022-03-01"}
    return [{**whole, **about, **{field: row[field] for field in (*FIELDS, "path")}} for row in records(layout)]


def score() -> int:
    """Read every document and print its figures, one line per layout."""
    scorer = FOLDER.parents[2] / "shared" / "tools" / "score_rows.py"
    if not scorer.exists():
        print(f"{scorer} is not here", file=sys.stderr)
        return 1
    lists.table_of(lists.layouts(scorer, FOLDER, FOLDER.parents[1] / "evals" / "out" / "parsed")[0])
    return 0


def main() -> None:
    """Writes every document and the manifest."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for layout in PDFS:
        pdf(layout)
    makers = (
        two_tables,
        merged_docx,
        lambda x: write_xlsx(FOLDER / x.name, sheet_of(x), name="清单"),
        html_spans,
        html_nested,
        csv_gb18030,
    )
    for make, layout in zip(makers, OFFICE, strict=True):
        make(layout)
    lines_out = [json.dumps(row, ensure_ascii=False) for layout in (*PDFS, *OFFICE) for row in truth(layout)]
    (FOLDER / "manifest.jsonl").write_text("\n".join(lines_out) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(score() if "--score" in sys.argv[1:] else main())
