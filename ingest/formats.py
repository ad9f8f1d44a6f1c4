"""Recognise a file by its bytes, then by its name, and hand it to the right reader.

``READERS`` maps a format to a function ``(data, name) -> Blocks``. Readers are imported on first use, so that a Markdown file does not load
the PDF library. A further reader plugs in by adding an entry: ``image``, ``ofd``, ``doc``, and ``scan`` (a PDF whose pages carry no text).
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import zipfile
from collections.abc import Callable
from pathlib import PurePath

from ingest.blocks import Blocks
from ingest.spans import with_spans
from knowledge.errors import RejectedFile

Reader = Callable[[bytes, str], Blocks]

MAX_BYTES = 200 * 1024 * 1024
MAX_UNPACKED = 600 * 1024 * 1024
MAX_RATIO = 300

_EXTENSIONS = {
    extension: format_
    for format_, extensions in {
        "pdf": ".pdf",
        "docx": ".docx .docm .dotx",
        "xlsx": ".xlsx .xlsm .xltx",
        "xls": ".xls .et",
        "csv": ".csv .tsv",
        "html": ".html .htm .xhtml .shtml",
        "mht": ".mht .mhtml",
        "md": ".md .markdown",
        "txt": ".txt .text",
        "ofd": ".ofd",
        "doc": ".doc .wps",
        "rtf": ".rtf",
        "image": ".png .jpg .jpeg .tif .tiff .bmp .webp .gif",
    }.items()
    for extension in extensions.split()
}
NAMES = frozenset(extension.lstrip(".") for extension in _EXTENSIONS)  # of files that are worth trying to read
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image",
    b"\xff\xd8\xff": "image",
    b"II*\x00": "image",
    b"MM\x00*": "image",
    b"GIF8": "image",
    b"BM": "image",
    b"{\\rtf": "rtf",
    b"Rar!": "archive",
    b"7z\xbc\xaf": "archive",
    b"\x1f\x8b": "archive",
}
_NO_TEXT = bytes(set(range(32)) - set(b"\t\n\r\f\x1a\x1b"))  # bytes that stand in no text file, in any encoding of Chinese
_ALLOWED = "可以导入 .xlsx .xls .csv .docx .html .pdf .ofd .md .txt 和图片（.png .jpg .tif）"


def _lazy(module: str, function: str) -> Reader:
    def read(data: bytes, name: str) -> Blocks:
        reader: Reader = getattr(importlib.import_module(module), function)
        return reader(data, name)

    return read


READERS: dict[str, Reader] = {
    "md": _lazy("ingest.read_text", "read_markdown"),
    "txt": _lazy("ingest.read_text", "read_plain"),
    "csv": _lazy("ingest.read_text", "read_csv"),
    "xlsx": _lazy("ingest.read_xlsx", "read_xlsx"),
    "xls": _lazy("ingest.read_xlsx", "read_xls"),
    "docx": _lazy("ingest.read_docx", "read_docx"),
    "html": _lazy("ingest.read_html", "read_html"),
    "pdf": _lazy("ingest.read_pdf", "read_pdf"),
}
for _format, _module, _function in (
    ("image", "ingest.read_scan", "read_image"),
    ("scan", "ingest.read_scan", "read_scan"),
    ("ofd", "ingest.read_ofd", "read_ofd"),
    ("doc", "ingest.read_doc", "read_doc"),
    ("rtf", "ingest.read_doc", "read_doc"),
):
    if importlib.util.find_spec(_module) is not None:
        READERS[_format] = _lazy(_module, _function)


def sniff(data: bytes, name: str) -> str:
    """Return the format of a file: its bytes decide, the extension only chooses between kinds of text.

    Raises :class:`RejectedFile` for an empty file, an archive, an encrypted office file or bytes that are no known format.
    """
    label = PurePath(name).name
    if not data:
        raise RejectedFile(f"文件《{label}》是空的（0 字节）。请检查导出或下载是否完成，再重新导入。")
    if len(data) > MAX_BYTES:
        raise RejectedFile(f"文件《{label}》有 {-(-len(data) // 1048576)} MB，超过上限 {MAX_BYTES // 1048576} MB。请拆分后分别导入。")
    by_name = _EXTENSIONS.get(PurePath(name).suffix.lower())
    head = data[:1024]
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_zip(data, label)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _sniff_ole(data, label, by_name)
    for magic, format_ in _MAGIC.items():
        if head.startswith(magic) and (magic != b"BM" or by_name == "image"):
            if format_ == "archive":
                raise RejectedFile(f"文件《{label}》是压缩包。请先解压，再导入其中的文件；{_ALLOWED}。")
            return format_
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image"
    return _sniff_text(data, label, by_name)


def _sniff_zip(data: bytes, label: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise RejectedFile(f"文件《{label}》不完整或已损坏，无法打开。请重新下载或另存一份再导入。") from error
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(len(data), 100_000):
        raise RejectedFile(f"文件《{label}》解压后有 {unpacked // 1048576} MB，超过上限，可能是恶意文件。请确认来源，另存一份再导入。")
    names = {info.filename for info in infos}
    for marker, format_ in (("OFD.xml", "ofd"), ("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx")):
        if marker in names:
            return format_
    if any(n.startswith("word/") for n in names):
        return "docx"
    if any(n.startswith("xl/") for n in names):
        if "xl/workbook.bin" in names:
            raise RejectedFile(f"文件《{label}》是二进制工作簿（.xlsb）。请在表格软件中另存为 .xlsx 再导入。")
        return "xlsx"
    raise RejectedFile(f"文件《{label}》是压缩包或不认识的格式。请先解压，再导入其中的文件；{_ALLOWED}。")


def _sniff_ole(data: bytes, label: str, by_name: str | None) -> str:
    window = data[:65536] + data[-65536:]
    if "EncryptedPackage".encode("utf-16-le") in window:
        raise RejectedFile(f"文件《{label}》设有打开密码。请去掉密码另存后再导入。")
    if "Workbook".encode("utf-16-le") in window or by_name == "xls":
        return "xls"
    return "doc"


def _sniff_text(data: bytes, label: str, by_name: str | None) -> str:
    head = data[:4096]
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and sum(map(head.count, _NO_TEXT)) > len(head) // 100:
        raise RejectedFile(f"文件《{label}》不是可识别的文档格式。{_ALLOWED}，请转换后再导入。")
    low = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if low.startswith((b"<!doctype html", b"<html")) or b"<html" in low or (b"<table" in low and b"<td" in data[:20000].lower()):
        return "html"
    if low.startswith(b"mime-version:") or by_name == "mht":
        raise RejectedFile(f"文件《{label}》是网页归档（.mht）。请在浏览器中另存为 .html 再导入。")
    if by_name in ("html", "csv", "md", "txt"):
        return by_name
    return "txt"


def read(data: bytes, name: str) -> Blocks:
    """Read a file into blocks with locators into ``Blocks.text``; its reader runs in a child process with limits (``ingest.sandbox``).

    ``name`` is the file name, used in messages and to tell kinds of text apart. A PDF without text goes to the ``scan`` reader where one is
    installed. Raises :class:`RejectedFile`, with a Chinese sentence, for anything that cannot be read.
    """
    from ingest.sandbox import read_safely

    return read_safely(data, name, sniff(data, name))


def read_here(data: bytes, name: str) -> Blocks:
    """:func:`read` in this process, without limits."""
    format_ = sniff(data, name)
    reader = READERS.get(format_)
    label = PurePath(name).name
    if reader is None:
        raise RejectedFile(f"文件《{label}》是 {format_} 格式，本机没有读它的部件。请另存为 .docx、.xlsx 或文字版 .pdf 再导入。")
    try:
        blocks = reader(data, name)
        if format_ == "pdf" and blocks.pages_without_text and "scan" in READERS:
            blocks = READERS["scan"](data, name)
    except RejectedFile:
        raise
    except (MemoryError, RecursionError) as error:
        raise RejectedFile(f"文件《{label}》结构过深或过大，无法读取。请拆分或另存一份再导入。") from error
    except Exception as error:
        raise RejectedFile(f"文件《{label}》按 {format_} 读取失败，文件可能已损坏。请重新导出或另存一份再导入。") from error
    return with_spans(blocks)
