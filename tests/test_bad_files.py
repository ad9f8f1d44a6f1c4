"""Files that are broken, hostile or not what their name says: each gives a clear sentence and leaves the library as it was."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from docx import Document
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from ingest import pipeline
from ingest.formats import MAX_BYTES, read
from ingest.parse import parse_bytes, parse_file
from ingest.pipeline import ingest_paths
from knowledge.errors import RejectedFile
from knowledge.store import Library
from tests.test_read_ofd import grid, ofd
from tests.test_read_office import _xls

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
ROWS = [["序号", "证明名称", "办理事项"], ["1", "居住情况证明", "子女入学"], ["2", "收入情况证明", "公租房申请"]]


def zipped(**parts: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return out.getvalue()


def docx() -> bytes:
    document, out = Document(), io.BytesIO()
    document.add_paragraph("清江市取消证明事项清单")
    table = document.add_table(len(ROWS), 3)
    for r, row in enumerate(ROWS):
        for c, words in enumerate(row):
            table.cell(r, c).text = words
    document.save(out)
    return out.getvalue()


def xlsx(rows: list[list[str]] = ROWS) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("清单")
        for r, row in enumerate(rows):
            sheet.write_row(r, 0, row)
    return out.getvalue()


def pdf(encrypt: StandardEncryption | None = None) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=encrypt)
    canvas.drawString(72, 700, "Article 1")
    canvas.save()
    return out.getvalue()


def many_pages(count: int) -> bytes:
    """A small PDF of ``count`` blank pages."""
    parts = [b"%PDF-1.4\n"]
    kids = b" ".join(b"%d 0 R" % (n + 3) for n in range(count))
    bodies = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids)]
    bodies += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>"] * count
    for number, body in enumerate(bodies, 1):
        parts.append(b"%d 0 obj%sendobj\n" % (number, body))
    return b"".join(parts) + b"trailer<</Size %d/Root 1 0 R>>\n%%%%EOF" % (len(bodies) + 1)


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("L", (40, 40), 255).save(out, kind)
    return out.getvalue()


def huge_png(side: int) -> bytes:
    """A few bytes that promise ``side`` × ``side`` pixels."""
    head = b"IHDR" + side.to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + head + zlib.crc32(head).to_bytes(4, "big") + GOOD["a.png"][33:]


HTML = "<html><body><h1>清江市取消证明事项清单</h1><table>" + "".join(
    "<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in ROWS
)
GOOD: dict[str, bytes] = {
    "a.docx": docx(),
    "a.xlsx": xlsx(),
    "a.xls": _xls(ROWS, []),
    "a.pdf": pdf(),
    "a.ofd": ofd(grid(50, [[*r, "直接取消"] for r in ROWS])),
    "a.png": picture("PNG"),
    "a.jpg": picture("JPEG"),
    "a.tif": picture("TIFF"),
    "a.html": (HTML + "</table></body></html>").encode(),
    "a.csv": "\n".join(",".join(r) for r in ROWS).encode("gb18030"),
    "a.txt": "第一条 为了方便群众，制定本办法。".encode(),
    "a.md": "# 清江市办法\n\n<!-- INFO END -->\n\n第一条 为了方便群众，制定本办法。\n".encode(),
}
_ZIPPED = ("a.docx", "a.xlsx", "a.ofd")


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(RejectedFile) as caught:
        read(data, name)
    message = str(caught.value)
    assert "请" in message and len(message) < 300 and "Traceback" not in message
    return message


@pytest.mark.parametrize("name", _ZIPPED)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.97])
def test_truncated_packages(name: str, part: float) -> None:
    data = GOOD[name]
    assert name in refusal(data[: int(len(data) * part)], name)


@pytest.mark.parametrize("part", [0.1, 0.5])
@pytest.mark.parametrize("name", sorted(set(GOOD) - set(_ZIPPED)))
def test_truncated_files_are_read_as_far_as_they_go_or_refused(name: str, part: float) -> None:
    data = GOOD[name]
    try:
        found = read(data[: int(len(data) * part)], name)
    except RejectedFile as error:
        assert "请" in str(error)
    else:
        assert found.format in ("html", "csv", "txt", "md", "pdf")


@pytest.mark.parametrize("name", sorted(GOOD))
def test_bytes_changed_in_the_middle(name: str) -> None:
    data = bytearray(GOOD[name])
    middle = len(data) // 2
    data[middle : middle + 40] = b"\x00\xff" * 20
    try:
        read(bytes(data), name)
    except RejectedFile as error:
        assert "请" in str(error)


@pytest.mark.parametrize("name", [n for n in sorted(GOOD) if not n.endswith((".png", ".jpg", ".tif"))])
def test_bytes_thrown_about(name: str) -> None:
    """Cuts, doubled stretches and random bytes anywhere: blocks come back, or words; never anything else."""
    chance = random.Random(name)
    for _ in range(25):
        data = bytearray(GOOD[name])
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data))
            some = chance.randint(1, 30)
            change = chance.choice((bytes(chance.randrange(256) for _ in range(some)), b"", bytes(data[at : at + some]) * 2))
            data[at : at + some] = change
        try:
            assert read(bytes(data), name).format
        except RejectedFile as error:
            assert "请" in str(error) and len(str(error)) < 300


@pytest.mark.parametrize("name", sorted(GOOD))
def test_empty_files(name: str) -> None:
    assert "0 字节" in refusal(b"", name)


@pytest.mark.parametrize(
    ("name", "wrong"), [("a.docx", "a.pdf"), ("a.xlsx", "a.doc"), ("a.html", "a.xls"), ("a.pdf", "a.docx"), ("a.ofd", "a.zip")]
)
def test_a_wrong_extension_does_not_matter(name: str, wrong: str) -> None:
    assert read(GOOD[name], wrong).format == name.split(".")[1]


def locked_zip() -> bytes:
    data = bytearray(GOOD["a.ofd"])
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 8] |= 1
        at += 4
    return bytes(data)


ENCRYPTED: list[tuple[str, Callable[[], bytes]]] = [
    ("a.pdf", lambda: pdf(StandardEncryption("secret"))),
    ("a.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(2000)),
    ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"\xec\xa5" + bytes(8) + b"\x00\x01" + bytes(2000)),
    ("a.ofd", locked_zip),
]


@pytest.mark.parametrize(("name", "make"), ENCRYPTED)
def test_encrypted_files(name: str, make: Callable[[], bytes]) -> None:
    assert "密码" in refusal(make(), name)


ENTITIES = (
    '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{"&a" + (str(n - 1) if n else "") + ";"}{"&a" + (str(n - 1) if n else "") + ";"}">' for n in range(30))
    + "]>"
)
HOSTILE: list[tuple[str, str, Callable[[], bytes]]] = [
    ("a.docx", "解压后", lambda: zipped(word__document_xml=b"0" * 80_000_000)),
    ("a.xlsx", "解压后", lambda: zipped(xl__workbook_xml=b"<x/>", xl__worksheets__sheet1_xml=b" " * 80_000_000)),
    ("a.ofd", "解压后", lambda: zipped(OFD_xml=b" " * 80_000_000)),
    (
        "a.docx",
        "DTD",
        lambda: zipped(
            word__document_xml=f"{ENTITIES}<w:document {W}><w:body><w:p><w:r><w:t>&a29;</w:t></w:r></w:p></w:body></w:document>"
        ),
    ),
    ("a.xlsx", "a.xlsx", lambda: zipped(xl__workbook_xml=f"{ENTITIES}<workbook>&a29;</workbook>")),
    ("a.ofd", "实体", lambda: ofd("", OFD_xml=f"{ENTITIES}<d>&a29;</d>")),
    ("a.docx", "过深", lambda: deep_docx(60)),
    ("a.docx", "损坏", lambda: deep_docx(500)),
    ("a.png", "像素", lambda: huge_png(20_000)),
    ("a.png", "像素", lambda: huge_png(8_000)),
]


def deep_docx(levels: int) -> bytes:
    opened, closed = "<w:tbl><w:tr><w:tc>" * levels, "</w:tc></w:tr></w:tbl>" * levels
    inner = f"{opened}<w:p><w:r><w:t>里层</w:t></w:r></w:p>{closed}"
    return zipped(word__document_xml=f"<w:document {W}><w:body>{inner}</w:body></w:document>")


@pytest.mark.parametrize(("name", "word", "make"), HOSTILE)
def test_hostile_files(name: str, word: str, make: Callable[[], bytes]) -> None:
    assert word in refusal(make(), name)


def test_deeply_nested_html_tables_end_in_blocks_or_words() -> None:
    data = f"<html><body><p>第一条 有字。</p>{'<table><tr><td>' * 3000}里层".encode()
    try:
        assert read(data, "a.html").blocks
    except RejectedFile as error:
        assert "过深" in str(error)


def test_ten_thousand_pages() -> None:
    assert "10000 页，超过上限" in refusal(many_pages(10_000), "a.pdf").replace(",", "，")


def test_a_file_of_over_200_megabytes_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "大.pdf"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(RejectedFile, match="超过上限 200 MB"):
        parse_file(path)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.csv", "/root/a.csv", "a\x00b.csv", "a\nb.csv", "长" * 300 + ".csv", "..\\..\\a.csv", "<script>.csv", "\udcff.csv"],
)
def test_names_that_play_tricks(name: str) -> None:
    found = parse_bytes(GOOD["a.csv"], name)
    assert [e.proof_name for e in found.entries] == ["居住情况证明", "收入情况证明"]
    with pytest.raises(RejectedFile) as caught:
        parse_bytes(b"PK\x03\x04", name)
    assert "/etc" not in str(caught.value)


def test_formulas_are_text_and_never_computed() -> None:
    rows = [*ROWS, ["3", "=HYPERLINK(1)", "@SUM(1)"]]
    assert [e.proof_name for e in parse_bytes("\n".join(",".join(r) for r in rows).encode(), "a.csv").entries][-1] == "=HYPERLINK(1)"
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for r, row in enumerate(ROWS):
            sheet.write_row(r, 0, row)
        sheet.write_formula(3, 1, '=WEBSERVICE("file:///etc/passwd")', value="")
    found = parse_bytes(out.getvalue(), "a.xlsx")
    assert len(found.entries) == 2 and "passwd" not in found.text
    assert any(p.code == "FORMULA_WITHOUT_VALUE" for p in found.problems)


def test_bad_files_leave_the_library_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "refresh_indexes", lambda _library: None)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.csv").write_bytes(GOOD["a.csv"])
    with Library.open(tmp_path / "library", writable=True) as library:
        assert [r.status for r in ingest_paths([folder / "good.csv"], library, jobs=1)] == ["stored"]
        before = library.corpus_hash(), library.revision()
        bad = {
            "空.pdf": b"",
            "断.docx": GOOD["a.docx"][:900],
            "锁.pdf": pdf(StandardEncryption("x")),
            "弹.docx": zipped(word__document_xml=b"0" * 80_000_000),
        }
        for name, data in bad.items():
            (folder / name).write_bytes(data)
        reports = ingest_paths([folder], library, jobs=1)
        assert sorted(r.status for r in reports) == ["rejected"] * 4 + ["unchanged"]
        assert all(r.reason and "请" in r.reason for r in reports if r.status == "rejected")
        assert (library.corpus_hash(), library.revision()) == before
