"""OFD files (GB/T 33190-2016): a zip of XML pages whose text objects carry positions, and whose path objects carry the table lines."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ingest.blocks import Blocks, Paragraph
from ingest.glyphs import clean
from ingest.ofd_draw import POINT, Drawn, children, draw, find, joined, numbers
from ingest.page_layout import closed_cells, count_tables, lay_page
from ingest.pdf_columns import Bands
from ingest.pdf_lines import Box, dedupe, lines_of, split_hidden
from ingest.read_pdf import PageRead, assemble
from ingest.sandbox_limits import rearm
from knowledge.errors import RejectedFile
from knowledge.types import Locator, Problem

MAX_PAGES = 2000
MAX_PART = 64 * 1024 * 1024
_A4 = (0.0, 0.0, 210.0, 297.0)


def read_ofd(data: bytes, name: str) -> Blocks:
    """Read every page of every document of the file. Pages that are pictures are named in ``pages_without_text``.

    Raises :class:`RejectedFile` for encrypted, damaged, hostile or over-long files.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise RejectedFile(_DAMAGED.format(name)) from error
    with archive:
        package = _Package(archive, name)
        locked = any(i.flag_bits & 1 for i in archive.infolist())
        root = Element("OFD") if locked else package.xml("OFD.xml")
        if locked or find(root, "Encryptions") is not None:
            raise RejectedFile(f"OFD《{name}》已加密。请用阅读器去掉密码另存后再导入。")
        reads: list[PageRead] = []
        pictured: list[int] = []
        bands: Bands | None = None
        for page, box, templates in _pages(package, root):
            rearm()
            drawn = Drawn()
            for content in (*templates, page):
                draw(content, drawn)
            read, bands = _read_page(drawn, len(reads) + 1, box, sum(count_tables(r) for r in reads), bands)
            reads.append(read)
            if drawn.pictures and not read.characters:
                pictured.append(read.number)
    if not reads:
        raise RejectedFile(f"OFD《{name}》没有页面。请重新导出后再导入。")
    whole = assemble(reads, _title(root))
    return replace(whole, format="ofd", pages_without_text=tuple(pictured), problems=(*whole.problems, *package.problems))


_DAMAGED = "OFD《{}》不完整或已损坏，无法打开。请重新下载，或用阅读器另存一份再导入。"


class _Package:
    """The parts of the zip, by paths that may be relative to the part that names them."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self.archive, self.name = archive, name
        self.parts = {posixpath.normpath(i.filename.replace("\\", "/")).lstrip("/"): i for i in archive.infolist()}
        self.problems: list[Problem] = []

    def path(self, base: str, target: str) -> str:
        """``target`` as named inside ``base``: from the root with a leading stroke, else beside it, else from the root."""
        plain = target.strip().replace("\\", "/")
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(base), plain))
        if plain.startswith("/") or beside not in self.parts:
            from_root = posixpath.normpath(plain.lstrip("/"))
            return from_root if plain.startswith("/") or from_root in self.parts else beside
        return beside

    def xml(self, path: str) -> Element:
        """Raises :class:`RejectedFile` for a part that is missing, too large, or not plain XML."""
        info = self.parts.get(path)
        if info is None:
            raise RejectedFile(f"OFD《{self.name}》缺少部件 {path[:80]}，文件不完整。请重新下载，或另存一份再导入。")
        if info.file_size > MAX_PART:
            raise RejectedFile(f"OFD《{self.name}》的部件 {path[:80]} 过大（{info.file_size // 1048576} MB）。请确认来源，另存一份再导入。")
        try:
            with self.archive.open(info) as part:
                root: Element = fromstring(part.read(MAX_PART + 1))
        except DefusedXmlException as error:
            raise RejectedFile(f"OFD《{self.name}》含有实体声明，可能是恶意文件，没有读取。请确认来源，另存一份再导入。") from error
        except (ParseError, zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
            raise RejectedFile(_DAMAGED.format(self.name)) from error
        return root


def _title(root: Element) -> str:
    title = find(root, "DocBody", "DocInfo", "Title")
    return clean(title.text or "").strip() if title is not None else ""


def _area(element: Element | None, default: Box) -> Box:
    box = numbers(getattr(find(element, "PhysicalBox"), "text", None))
    return (box[0], box[1], box[2], box[3]) if len(box) == 4 and box[2] > 0 and box[3] > 0 else default


def _pages(package: _Package, root: Element) -> Iterator[tuple[Element, Box, list[Element]]]:
    """``(page, its box in millimetres, the templates beneath it)`` of every page of every document."""
    count = 0
    for body in children(root, "DocBody"):
        where = find(body, "DocRoot")
        if where is None or not where.text:
            continue
        base = package.path("OFD.xml", where.text)
        document = package.xml(base)
        common = find(document, "CommonData")
        usual = _area(find(common, "PageArea"), _A4)
        templates = {t.get("ID", ""): package.path(base, t.get("BaseLoc", "")) for t in children(common, "TemplatePage")}
        for entry in children(find(document, "Pages"), "Page"):
            count += 1
            if count > MAX_PAGES:
                raise RejectedFile(f"OFD《{package.name}》超过上限 {MAX_PAGES} 页。请拆分后分别导入。")
            page = package.xml(package.path(base, entry.get("BaseLoc", "")))
            beneath = [
                package.xml(templates[t.get("TemplateID", "")]) for t in children(page, "Template") if t.get("TemplateID") in templates
            ]
            yield page, _area(find(page, "Area"), usual), beneath


def _read_page(drawn: Drawn, number: int, box: Box, before: int, bands: Bands | None) -> tuple[PageRead, Bands | None]:
    left, top = box[0] * POINT, box[1] * POINT
    for item in (*drawn.chars, *drawn.unseen, *drawn.filled):
        for key, offset in (("x0", left), ("x1", left), ("top", top), ("bottom", top)):
            item[key] -= offset
    across = [(y - top, a - left, b - left) for y, a, b in drawn.across]
    down = [(x - left, a - top, b - top) for x, a, b in drawn.down]
    read = PageRead(number, width=box[2] * POINT, height=box[3] * POINT)
    seen, hidden, slanted = split_hidden(drawn.chars, drawn.filled, read.width, read.height)
    read.hidden = [Paragraph(clean(line.text), Locator(page=number)) for line in lines_of([*hidden, *drawn.unseen])]
    if slanted:
        read.marks = [Paragraph(clean("".join(str(c["text"]) for c in slanted)), Locator(page=number))]
    levels = sorted({round(y, 1) for y, a, b in across if b - a > 0.2 * read.width})
    return read, lay_page(read, dedupe(seen), closed_cells(joined(across), joined(down)), levels, before, bands)
