"""OFD files built here: positions, table lines, templates, hidden text, and files that must be refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import pytest

from ingest.blocks import Blocks, Paragraph, Table
from ingest.formats import read_here, sniff
from ingest.parse import parse_bytes
from knowledge.errors import RejectedFile
from knowledge.types import DocKind

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
HEAD = ["序号", "证明名称", "办理事项", "取消后的办理方式"]
ROWS = [
    ["1", "居住情况证明", "子女入学", "部门核验"],
    ["2", "收入情况证明", "公租房申请", "告知承诺"],
    ["3", "未婚声明", "收养登记", "直接取消"],
]
COLUMNS = [20.0, 32.0, 75.0, 120.0, 180.0]  # mm


def text(x: float, y: float, words: str, size: float = 4.2, extra: str = "", inner: str = "") -> str:
    """One text object whose first base line begins at ``(x, y)`` mm."""
    steps = f'DeltaX="g {len(words) - 1} {size}"' if len(words) > 1 else ""
    return (
        f'<ofd:TextObject ID="9" Boundary="{x} {y - size} {size * len(words) + 1} {size * 1.3}" Font="3" Size="{size}" {extra}>{inner}'
        f'<ofd:TextCode X="0" Y="{size}" {steps}>{words}</ofd:TextCode></ofd:TextObject>'
    )


def line(x0: float, y0: float, x1: float, y1: float) -> str:
    return (
        f'<ofd:PathObject ID="8" Boundary="{x0} {y0} {max(x1 - x0, 0.1)} {max(y1 - y0, 0.1)}" LineWidth="0.3">'
        f"<ofd:AbbreviatedData>M 0 0 L {x1 - x0} {y1 - y0}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def grid(top: float, rows: Sequence[Sequence[str]], height: float = 9.0) -> str:
    bottom = top + height * len(rows)
    out = [line(COLUMNS[0], top + height * r, COLUMNS[-1], top + height * r) for r in range(len(rows) + 1)]
    out += [line(x, top, x, bottom) for x in COLUMNS]
    for r, row in enumerate(rows):
        out += [text(COLUMNS[c] + 1.5, top + height * r + 6, words) for c, words in enumerate(row)]
    return "".join(out)


def ofd(*pages: str, **parts: str) -> bytes:
    """A package with one page for each content; ``parts`` replace or add parts (``__`` for a stroke, ``_xml`` at the end)."""
    layer = '<ofd:Content><ofd:Layer ID="2">{}</ofd:Layer></ofd:Content>'
    files = {
        "OFD.xml": f'<ofd:OFD {NS} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:Title></ofd:Title></ofd:DocInfo>'
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {NS}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
        '<ofd:TemplatePage ID="70" BaseLoc="Tpls/T.xml"/></ofd:CommonData><ofd:Pages>'
        + "".join(f'<ofd:Page ID="{n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
        + "</ofd:Pages></ofd:Document>",
        "Doc_0/Tpls/T.xml": f"<ofd:Page {NS}>{layer.format(text(90, 290, '仅供参阅'))}</ofd:Page>",
    }
    for n, page in enumerate(pages):
        files[f"Doc_0/Pages/Page_{n}/Content.xml"] = f"<ofd:Page {NS}>{layer.format(page)}</ofd:Page>"
    files |= {k.replace("__", "/").replace("_xml", ".xml"): v for k, v in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def paragraphs(blocks: Blocks) -> list[str]:
    return [b.text for b in blocks.blocks if isinstance(b, Paragraph)]


TITLE = text(60, 30, "清江市取消证明事项清单", 6.5)


def test_a_ruled_table_becomes_rows_with_places() -> None:
    data = ofd(TITLE + grid(50, [HEAD, *ROWS]))
    assert sniff(data, "清单.zip") == "ofd"
    found = parse_bytes(data, "清单.ofd")
    assert found.kind is DocKind.LIST and found.title == "清江市取消证明事项清单" and found.format == "ofd"
    assert [(e.serial, e.proof_name, e.matter, e.replacement) for e in found.entries] == [tuple(r) for r in ROWS]
    page, x0, top, x1, bottom = found.entries[1].locator.boxes[0]
    assert page == 1 and x0 == pytest.approx(20 * 72 / 25.4, abs=1) and x1 == pytest.approx(180 * 72 / 25.4, abs=1)
    assert top == pytest.approx((50 + 18) * 72 / 25.4, abs=1) and bottom == pytest.approx((50 + 27) * 72 / 25.4, abs=1)
    assert found.conservation.holds


def test_a_table_goes_on_over_pages() -> None:
    found = parse_bytes(ofd(TITLE + grid(50, [HEAD, *ROWS[:2]]), grid(20, ROWS[2:])), "清单.ofd")
    assert [e.proof_name for e in found.entries] == [r[1] for r in ROWS]
    assert found.entries[2].locator.boxes[0][0] == 2


def test_merged_cells_carry_their_value() -> None:
    rows = [HEAD, ["1", "居住情况证明", "子女入学", "部门核验"], ["2", "", "公租房申请", "告知承诺"]]
    full = grid(50, rows)
    wall = line(COLUMNS[0], 68.0, COLUMNS[-1], 68.0)
    assert wall in full
    found = parse_bytes(ofd(TITLE + full.replace(wall, line(20, 68, 32, 68) + line(75, 68, 180, 68))), "清单.ofd")
    assert [(e.proof_name, e.matter) for e in found.entries] == [("居住情况证明", "子女入学"), ("居住情况证明", "公租房申请")]


def test_a_law_in_ofd() -> None:
    numbers = "一二三四五六"
    lines = [text(70, 30, "清江市书屋管理办法", 6.5)]
    lines += [text(20, 45 + 10 * i, f"第{n}条　书屋由主管部门登记造册。") for i, n in enumerate(numbers)]
    found = parse_bytes(ofd("".join(lines)), "书屋.ofd")
    assert found.kind is DocKind.LAW and [p.number for p in found.provisions] == [1, 2, 3, 4, 5, 6]


def test_templates_are_drawn_beneath_and_blocks_opened() -> None:
    inside = f'<ofd:PageBlock ID="5"><ofd:PageBlock ID="6">{text(20, 40, "里层的字")}</ofd:PageBlock></ofd:PageBlock>'
    page = f'<ofd:Page {NS}><ofd:Template TemplateID="70"/><ofd:Content><ofd:Layer ID="1">{inside}</ofd:Layer></ofd:Content></ofd:Page>'
    found = read_here(ofd("", Doc_0__Pages__Page_0__Content_xml=page), "a.ofd")
    assert paragraphs(found) == ["里层的字", "仅供参阅"]


def test_white_tiny_and_invisible_text_is_reported_not_read() -> None:
    white = text(20, 60, "白色的字", inner='<ofd:FillColor Value="255 255 255"/>')
    page = (
        text(20, 40, "看得见的字")
        + white
        + text(20, 80, "极小", 0.3)
        + text(20, 90, "不显示", extra='Visible="false"')
        + text(300, 90, "页外")
    )
    found = read_here(ofd(page), "a.ofd")
    assert paragraphs(found) == ["看得见的字"]
    assert sorted("".join("".join(h.text for h in found.hidden).split())) == sorted("白色的字极小不显示页外")
    assert any(p.code == "HIDDEN_TEXT" for p in found.problems)


def test_white_text_on_a_dark_band_is_read() -> None:
    band = (
        '<ofd:PathObject ID="4" Boundary="15 50 100 20" Fill="true" Stroke="false"><ofd:FillColor Value="0 0 120"/>'
        "<ofd:AbbreviatedData>M 0 0 L 100 0 L 100 20 L 0 20 C</ofd:AbbreviatedData></ofd:PathObject>"
    )
    found = read_here(ofd(band + text(20, 60, "白字深底", inner='<ofd:FillColor Value="255 255 255"/>')), "a.ofd")
    assert paragraphs(found) == ["白字深底"]


def test_pages_that_are_pictures_are_named() -> None:
    found = read_here(ofd(text(20, 40, "第一页有字"), '<ofd:ImageObject ID="3" Boundary="0 0 210 297" ResourceID="5"/>'), "a.ofd")
    assert found.pages == 2 and found.pages_without_text == (2,)


BOMB = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><d>&b;</d>'
DEEP = f"<ofd:Page {NS}>" + "<ofd:Content>" * 100_000


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (ofd(TITLE)[:-200], "损坏"),
        (ofd(TITLE, Doc_0__Document_xml="<broken"), "损坏"),
        (ofd(TITLE, Doc_0__Document_xml=BOMB), "实体"),
        (ofd(TITLE, Doc_0__Pages__Page_0__Content_xml=DEEP), "损坏"),
        (ofd(), "没有页面"),
        (ofd(TITLE, OFD_xml=f"<ofd:OFD {NS}><ofd:Encryptions>E.xml</ofd:Encryptions></ofd:OFD>"), "加密"),
        (ofd(TITLE, OFD_xml=f"<ofd:OFD {NS}><ofd:DocBody><ofd:DocRoot>../../etc/passwd</ofd:DocRoot></ofd:DocBody></ofd:OFD>"), "缺少部件"),
    ],
    ids=["truncated", "malformed", "entities", "deep", "no pages", "encrypted", "path"],
)
def test_refusals(data: bytes, word: str) -> None:
    with pytest.raises(RejectedFile, match=word) as caught:
        read_here(data, "坏.ofd")
    assert "请" in str(caught.value)


def test_tables_are_blocks_with_cells() -> None:
    found = read_here(ofd(grid(50, [HEAD, *ROWS])), "a.ofd")
    tables = [b for b in found.blocks if isinstance(b, Table)]
    assert [[c.text for c in row] for row in tables[0].rows] == [HEAD, *ROWS]
