"""Word and old Excel files: automatic numbers, tracked changes, text boxes, nested tables, hidden rows, merged cells of .xls."""

from __future__ import annotations

import io
import struct

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingest.blocks import Paragraph, Table
from ingest.docx_numbers import chinese_number
from ingest.formats import read
from ingest.parse import parse_bytes
from knowledge.types import DocKind


def saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def numbering(document: object, style: str, text: str) -> None:
    """Give ``document`` a numbering 99 of one level."""
    part = document.part.numbering_part.element  # type: ignore[attr-defined]
    level = f'<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{style}"/><w:lvlText w:val="{text}"/></w:lvl>'
    part.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="99">{level}</w:abstractNum>'))
    part.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="99"><w:abstractNumId w:val="99"/></w:num>'))


def numbered(paragraph: object) -> None:
    ppr = paragraph._p.get_or_add_pPr()  # type: ignore[attr-defined]
    ppr.append(parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="0"/><w:numId w:val="99"/></w:numPr>'))


def test_articles_numbered_by_word_keep_their_labels() -> None:
    document = docx.Document()
    numbering(document, "chineseCountingThousand", "第%1条 ")
    document.add_heading("清江市摊位管理办法", 0)
    for n in range(12):
        numbered(document.add_paragraph(f"摊位管理的第{n}件事。"))
    found = parse_bytes(saved(document), "a.docx")
    assert found.kind is DocKind.LAW and [p.number for p in found.provisions] == list(range(1, 13))
    assert found.conservation.holds


def test_serials_numbered_by_word_are_printed() -> None:
    document = docx.Document()
    numbering(document, "decimal", "%1")
    document.add_paragraph("取消的证明事项清单")
    table = document.add_table(rows=4, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "序号", "证明名称"
    for r in (1, 2, 3):
        numbered(table.cell(r, 0).paragraphs[0])
        table.cell(r, 1).text = f"甲{r}证明"
    found = parse_bytes(saved(document), "a.docx")
    assert [e.serial for e in found.entries] == ["1", "2", "3"] and found.conservation.holds


def test_deletions_are_left_out_and_insertions_read() -> None:
    document = docx.Document()
    p = document.add_paragraph("保留")._p
    p.append(parse_xml(f'<w:del {nsdecls("w")} w:id="1" w:author="a"><w:r><w:delText>删去</w:delText></w:r></w:del>'))
    p.append(parse_xml(f'<w:ins {nsdecls("w")} w:id="2" w:author="a"><w:r><w:t>新增</w:t></w:r></w:ins>'))
    found = read(saved(document), "a.docx")
    assert found.text.strip() == "保留新增" and [x.code for x in found.problems] == ["TRACKED_DELETIONS"]


def test_hidden_runs_are_kept_apart() -> None:
    document = docx.Document()
    document.add_paragraph("看得见")
    document.add_paragraph().add_run("看不见").font.hidden = True
    found = read(saved(document), "a.docx")
    assert found.text.strip() == "看得见" and [h.text for h in found.hidden] == ["看不见"]


def test_nested_table_follows_its_host() -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text, table.cell(1, 0).text = "名称", "内容", "内表"
    inner = table.cell(1, 1).add_table(rows=1, cols=2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "甲", "乙"
    tables = [b for b in read(saved(document), "a.docx").blocks if isinstance(b, Table)]
    assert [[c.text for c in r] for r in tables[1].rows] == [["甲", "乙"]]


def test_centred_large_line_is_a_title() -> None:
    document = docx.Document()
    p = document.add_paragraph()
    p.alignment = 1
    p.add_run("清江市取消的证明事项目录").font.size = docx.shared.Pt(22)
    block = read(saved(document), "a.docx").blocks[0]
    assert isinstance(block, Paragraph) and block.style == "title"


def test_table_in_a_law_is_not_lost() -> None:
    document = docx.Document()
    document.add_heading("清江市摊位管理办法", 0)
    for n in "一二三四":
        document.add_paragraph(f"第{n}条 摊位由主管部门编号。")
    document.add_paragraph("附件 摊位等级")
    table = document.add_table(rows=2, cols=2)
    for i, text in enumerate(("等级", "面积", "甲级", "二十平方米")):
        table.cell(i // 2, i % 2).text = text
    found = parse_bytes(saved(document), "a.docx")
    assert "二十平方米" in "".join(p.text for p in found.provisions) and found.conservation.holds


def test_hidden_rows_and_formulas_are_reported() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["序号", "证明名称"], [1, "单身证明"], [2, "收入证明"], ["=1+2", "住房证明"]):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    found = read(saved(book), "a.xlsx")
    assert {p.code for p in found.problems} == {"HIDDEN_ROWS", "FORMULA_WITHOUT_VALUE"}
    assert "收入证明" in found.text


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (105, "一百零五"), (110, "一百一十"), (0, "0")]
)
def test_chinese_numbers(number: int, text: str) -> None:
    assert chinese_number(number) == text


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _xls(rows: list[list[str]], merges: list[tuple[int, int, int, int]]) -> bytes:
    """A minimal BIFF8 workbook in a compound file: one sheet of text cells with merged ranges."""
    font = struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + struct.pack("<BB", 5, 0) + b"Arial"
    style = struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5, 0x20, 0, 0, 0, 0, 0, 0x20C0)
    cells = b"".join(
        _record(0x0204, struct.pack("<HHHHB", r, c, 0, len(t), 1) + t.encode("utf-16-le"))
        for r, row in enumerate(rows)
        for c, t in enumerate(row)
        if t
    )
    span = _record(0x00E5, struct.pack("<H", len(merges)) + b"".join(struct.pack("<HHHH", r0, r1, c0, c1) for r0, c0, r1, c1 in merges))
    size = struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0)
    sheet = (
        _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 1996, 0, 6)) + _record(0x0200, size) + cells + span + _record(0x000A)
    )
    name = "附件".encode("utf-16-le")

    def globals_(at: int) -> bytes:
        bound = _record(0x0085, struct.pack("<IBBBB", at, 0, 0, 2, 1) + name)
        head = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 1996, 0, 6)) + _record(0x0042, struct.pack("<H", 1200))
        return head + _record(0x0031, font) * 5 + _record(0x00E0, style) * 16 + bound + _record(0x000A)

    stream = globals_(len(globals_(0))) + sheet
    stream += b"\0" * (-len(stream) % 512 if len(stream) > 4096 else 4608 - len(stream))
    sectors = len(stream) // 512
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 - len(fat))

    def entry(title: str, kind: int, child: int, start: int, length: int) -> bytes:
        raw = title.encode("utf-16-le") + b"\0\0"
        return raw.ljust(64, b"\0") + struct.pack(
            "<HBBiii16sIQQiII", len(raw) if title else 0, kind, 1, -1, -1, child, b"", 0, 0, 0, start, length, 0
        )

    directory = entry("Root Entry", 5, 1, -2, 0) + entry("Workbook", 2, -1, 2, len(stream)) + entry("", 0, -1, 0, 0) * 2
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack("<HHHHHHIIIIIIiiiii", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, 1, 1, 0, 4096, -2, 0, -2, 0, 0)
    )
    return header + struct.pack("<I", 0xFFFFFFFF) * 108 + struct.pack("<128I", *fat) + directory + stream


def test_old_workbooks_with_merged_cells() -> None:
    rows = [["取消的证明事项清单", "", ""], ["序号", "索要单位", "证明名称"], ["1", "民政局", "单身证明"], ["2", "", "收入证明"]]
    found = parse_bytes(_xls(rows, [(0, 0, 0, 2), (2, 1, 3, 1)]), "老表.xls")
    assert found.format == "xls" and found.title == "取消的证明事项清单"
    assert [(e.proof_name, e.requesting_body, e.locator.sheet, e.locator.row) for e in found.entries] == [
        ("单身证明", "民政局", "附件", 3),
        ("收入证明", "民政局", "附件", 4),
    ]
