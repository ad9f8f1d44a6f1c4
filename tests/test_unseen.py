"""Text that is in the file and not to be seen on the page is kept apart and reported; white headings on colour are not."""

from __future__ import annotations

import io
import zipfile

import pytest

from ingest.blocks import Blocks, Paragraph, Table
from ingest.formats import read_here

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(body: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
    return out.getvalue()


def run(words: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{words}</w:t></w:r>"


def seen(blocks: Blocks) -> str:
    out = []
    for block in blocks.blocks:
        out += (
            [block.text]
            if isinstance(block, Paragraph)
            else [c.text for row in block.rows for c in row]
            if isinstance(block, Table)
            else []
        )
    return "".join(out)


WHITE, SHADE, SHOWN = '<w:color w:val="FFFFFF"/>', '<w:shd w:fill="003366"/>', '<w:vanish w:val="0"/>'


@pytest.mark.parametrize(
    "properties",
    ["<w:vanish/>", WHITE, '<w:color w:val="auto" w:themeColor="background1"/>', '<w:sz w:val="2"/>'],
)
def test_hidden_runs_of_word(properties: str) -> None:
    found = read_here(docx(f"<w:p>{run('看得见')}{run('不应看见', properties)}</w:p>"), "a.docx")
    assert seen(found) == "看得见" and [h.text for h in found.hidden] == ["不应看见"]
    assert [p.code for p in found.problems] == ["HIDDEN_TEXT"] and dict(found.meta)["characters"] == "3"


@pytest.mark.parametrize(
    "body",
    [
        f"<w:p>{run('表头', WHITE + SHADE)}</w:p>",
        f"<w:p><w:pPr><w:shd w:fill='003366'/></w:pPr>{run('表头', WHITE)}</w:p>",
        f"<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:fill='003366'/></w:tcPr><w:p>{run('表头', WHITE)}</w:p></w:tc></w:tr></w:tbl>",
        f"<w:tbl><w:tblPr><w:tblStyle w:val='5'/></w:tblPr><w:tr><w:tc><w:p>{run('表头', WHITE)}</w:p></w:tc></w:tr></w:tbl>",
        f"<w:p>{run('表头', SHOWN)}</w:p>",
    ],
)
def test_white_on_colour_in_word_is_read(body: str) -> None:
    found = read_here(docx(body), "a.docx")
    assert seen(found) == "表头" and not found.hidden


@pytest.mark.parametrize(
    "style",
    [
        "color:#fff",
        "color: white",
        "color:rgb(255, 255, 255)",
        "font-size:1px",
        "font-size:0",
        "opacity:0",
        "text-indent:-9999px",
        "position:absolute;left:-3000px",
    ],
)
def test_hidden_elements_of_pages(style: str) -> None:
    found = read_here(f"<html><body><p>看得见</p><p style='{style}'>不应看见</p></body></html>".encode(), "a.html")
    assert seen(found) == "看得见" and [p.code for p in found.problems] == ["HIDDEN_TEXT"]


@pytest.mark.parametrize(
    "page",
    [
        "<p style='color:#fff;background:#036'>表头</p>",
        "<table bgcolor='#036'><tr><td>一</td><td style='color:#fff'>表头</td></tr><tr><td>1</td><td>2</td></tr></table>",
        "<div class='blue'><p style='color:#fff'>表头</p></div>",
        "<p style='font-size:10px;opacity:0.9;background-color:#fff;color:#ffe'>表头</p>",
        "<p style='font-size:1.2em'>表头</p>",
    ],
)
def test_white_on_colour_in_pages_is_read(page: str) -> None:
    found = read_here(f"<html><body>{page}</body></html>".encode(), "a.html")
    assert "表头" in seen(found) and not found.problems


def test_menus_that_are_not_displayed_are_no_problem() -> None:
    found = read_here("<html><body><p>正文</p><ul style='display:none'><li>菜单</li></ul></body></html>".encode(), "a.html")
    assert seen(found) == "正文" and not found.problems and [h.text for h in found.hidden] == ["菜单"]
