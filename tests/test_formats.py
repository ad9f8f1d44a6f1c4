"""Recognition by bytes, encodings, and refusals that say what, where, what is allowed and what to do."""

from __future__ import annotations

import io
import zipfile

import pytest

from ingest.blocks import Table
from ingest.formats import READERS, read, sniff
from ingest.glyphs import clean, visible
from ingest.read_xlsx import cell_text
from knowledge.errors import RejectedFile

CSV = "序号,证明名称,办理事项\n1,单身证明,低保\n2,收入证明,公租房\n"


def _zip(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_every_usual_encoding(encoding: str) -> None:
    blocks = read(CSV.encode(encoding), "台账.csv")
    table = blocks.blocks[0]
    assert isinstance(table, Table)
    assert [c.text for c in table.rows[2]] == ["2", "收入证明", "公租房"]


@pytest.mark.parametrize(
    ("data", "name", "format_"),
    [
        (b"%PDF-1.7\n", "a.docx", "pdf"),
        (b"<html><body>x</body></html>", "a.xls", "html"),
        (b"\x89PNG\r\n\x1a\n1234", "a.pdf", "image"),
        ("第一条".encode(), "a.md", "md"),
        ("第一条".encode(), "a.unknown", "txt"),
    ],
)
def test_bytes_decide_before_the_name(data: bytes, name: str, format_: str) -> None:
    assert sniff(data, name) == format_


def test_office_files_by_their_parts() -> None:
    assert sniff(_zip(**{"word/document.xml": b"x"}), "a.zip") == "docx"
    assert sniff(_zip(**{"xl/workbook.xml": b"x"}), "a.docx") == "xlsx"
    assert sniff(_zip(**{"OFD.xml": b"x"}), "a.docx") == "ofd"


REFUSED = [
    (b"", "空.pdf", "空的"),
    (b"\x00\x01\x02\x03" * 50, "a.bin", "不是可识别"),
    (_zip(**{"a.txt": b"x"}), "a.zip", "压缩包"),
    (b"PK\x03\x04broken", "a.docx", "损坏"),
    (b"%PDF-1.4 broken", "a.pdf", "损坏"),
    (_zip(**{"word/document.xml": b"<w:document"}), "a.docx", "损坏"),
    (_zip(**{"xl/workbook.xml": b"<x"}), "a.xlsx", "另存"),
    (b"Rar!\x1a\x07", "a.rar", "解压"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "密码"),
    (b"<html><body><script>1</script></body></html>", "a.html", "没有正文"),
]


@pytest.mark.parametrize(("data", "name", "word"), REFUSED)
def test_refusals_say_what_to_do(data: bytes, name: str, word: str) -> None:
    with pytest.raises(RejectedFile) as caught:
        read(data, name)
    message = str(caught.value)
    assert word in message and name in message and "请" in message


def test_a_zip_bomb_is_refused_before_it_is_opened() -> None:
    bomb = _zip(**{"word/document.xml": b"0" * 80_000_000})
    with pytest.raises(RejectedFile, match="解压后"):
        read(bomb, "bomb.docx")


def test_entities_are_not_resolved() -> None:
    part = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'
    with pytest.raises(RejectedFile, match="DTD"):
        read(_zip(**{"word/document.xml": part}), "a.docx")


def test_every_reader_is_callable_and_lazy() -> None:
    assert {"md", "txt", "csv", "xlsx", "xls", "docx", "html", "pdf"} <= set(READERS)


def test_radicals_become_characters() -> None:
    assert clean("⼾⼝登记⻔⺠\u200b\u00a0") == "户口登记门民 "
    assert visible(" 证 明\n") == 2


def test_cells_print_as_seen() -> None:
    from datetime import date, datetime

    assert [cell_text(v) for v in (1.0, 1.5, True, None, date(2020, 1, 2), datetime(2020, 1, 2))] == [
        "1",
        "1.5",
        "是",
        "",
        "2020-01-02",
        "2020-01-02",
    ]


def test_spans_point_into_the_text() -> None:
    blocks = read(CSV.encode(), "a.csv")
    table = blocks.blocks[0]
    assert isinstance(table, Table)
    cell = table.rows[1][1]
    assert cell.locator.chars is not None
    assert blocks.text[slice(*cell.locator.chars)] == "单身证明"
