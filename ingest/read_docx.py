"""Word documents: paragraphs and tables in body order, spans laid out, deletions left out, automatic numbers printed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from lxml import etree

from ingest.blocks import Block, Blocks, Cell, Paragraph, Table
from ingest.docx_numbers import Numbering, W
from ingest.glyphs import clean, visible
from ingest.grid import lay_out
from ingest.unseen import run_unseen
from knowledge.errors import RejectedFile
from knowledge.types import Locator, Problem

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIP = {W + "del", W + "moveFrom", W + "instrText", W + "delText", W + "rPr", W + "pPr", _FALLBACK, W + "commentReference"}
_TITLE_SIZE = 32  # half-points: 16 pt, the smallest size used for document titles (GB/T 9704 asks for 22 pt)
MAX_DEPTH = 12


def _xml(archive: zipfile.ZipFile, part: str) -> Any:
    try:
        data = archive.read(part)
    except KeyError:
        return None
    if b"<!DOCTYPE" in data[:4096]:
        raise RejectedFile("文件里含有 DTD 实体定义，正常的 Word 文档没有，可能是恶意文件。请确认来源，另存一份再导入。")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    return etree.fromstring(data, parser)


class _Reader:
    """Walks one document; keeps the counters that numbering and locators need."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        styles = _xml(archive, "word/styles.xml")
        self.numbers = Numbering(_xml(archive, "word/numbering.xml"), styles)
        self.styles = self._style_names(styles)
        self.tables = 0
        self.hidden: list[Paragraph] = []

    @staticmethod
    def _style_names(styles: Any) -> dict[str, tuple[str, bool, int]]:
        """style id → (lower-case name, centred, half-points)."""
        if styles is None:
            return {}
        names = {}
        for style in styles.iter(W + "style"):
            name, size, jc = style.find(W + "name"), style.find(f"{W}rPr/{W}sz"), style.find(f"{W}pPr/{W}jc")
            points = 0 if size is None else int(float(size.get(W + "val", "0")))
            centred = jc is not None and jc.get(W + "val") == "center"
            names[style.get(W + "styleId")] = ("" if name is None else name.get(W + "val", "").lower(), centred, points)
        return names

    def text(self, node: Any, depth: int = 0) -> str:
        """Visible text of a run-level subtree: tabs and breaks kept, deletions and field codes left out."""
        if depth > 60 or node.tag in _SKIP or not isinstance(node.tag, str):
            return ""
        if node.tag == W + "t":
            return node.text or ""
        if node.tag in (W + "tab", W + "ptab"):
            return "\t"
        if node.tag in (W + "br", W + "cr"):
            return "\n"
        if node.tag == W + "noBreakHyphen":
            return "-"
        if node.tag == W + "r" and run_unseen(node):
            hidden = "".join(t.text or "" for t in node.iter(W + "t"))
            if hidden.strip():
                self.hidden.append(Paragraph(clean(hidden)))
            return ""
        if node.tag == W + "p" and depth:  # paragraph of a text box inside this one
            return "\n" + "".join(self.text(child, depth + 1) for child in node) + "\n"
        return "".join(self.text(child, depth + 1) for child in node)

    def paragraph(self, node: Any, where: Locator = Locator()) -> Paragraph:
        label = self.numbers.label(node)
        text = clean("".join(self.text(child) for child in node)).strip()
        return Paragraph((label + text) if text or where.table else "", where, self._style(node))

    def _style(self, node: Any) -> str:
        ppr = node.find(W + "pPr")
        style = None if ppr is None else ppr.find(W + "pStyle")
        name, centred, size = self.styles.get("" if style is None else style.get(W + "val"), ("", False, 0))
        if name in ("title", "标题", "heading 1", "标题 1"):
            return "title"
        if name.startswith(("heading", "标题", "subtitle", "副标题")):
            return "heading"
        jc = None if ppr is None else ppr.find(W + "jc")
        if jc is not None:
            centred = jc.get(W + "val") == "center"
        sizes = [int(float(s.get(W + "val", "0"))) for s in node.iter(W + "sz")]
        size = max(sizes, default=size)
        if centred:
            return "title" if size >= _TITLE_SIZE else "heading"
        return "body"

    def blocks(self, body: Any, depth: int = 0, where: Locator = Locator()) -> Iterator[Block]:
        """Paragraphs and tables below ``body``, content controls and tracked insertions opened."""
        if depth > MAX_DEPTH:
            raise RecursionError
        for node in body:
            if node.tag == W + "p":
                yield self.paragraph(node, where)
            elif node.tag == W + "tbl":
                yield from self.table(node, depth)
            elif node.tag in (W + "sdt", W + "sdtContent", W + "ins", W + "moveTo", W + "customXml", W + "smartTag"):
                yield from self.blocks(node, depth + 1, where)

    def _rows(self, table: Any) -> Iterator[Any]:
        for node in table:
            if node.tag == W + "tr" and node.find(f"{W}trPr/{W}del") is None:
                yield node
            elif node.tag in (W + "sdt", W + "sdtContent", W + "ins", W + "customXml"):
                yield from self._rows(node)

    def _cells(self, row: Any) -> Iterator[Any]:
        for node in row:
            if node.tag == W + "tc":
                yield node
            elif node.tag in (W + "sdt", W + "sdtContent", W + "ins", W + "customXml"):
                yield from self._cells(node)

    def table(self, node: Any, depth: int) -> Iterator[Block]:
        """The table laid out on a grid; tables nested in its cells follow as tables of their own."""
        self.tables += 1
        number = self.tables
        where = [Locator(table=number, row=r + 1) for r, _ in enumerate(self._rows(node))]
        origins: list[list[Cell]] = []
        spans: list[list[tuple[int, int]]] = []  # (first column, position in origins' row) of each cell, for vertical merges
        open_merge: dict[int, tuple[int, int]] = {}
        nested: list[Block] = []
        header = 0
        for r, row in enumerate(self._rows(node)):
            if row.find(f"{W}trPr/{W}tblHeader") is not None and header == r:
                header = r + 1
            before = row.find(f"{W}trPr/{W}gridBefore")
            column = 0 if before is None else int(before.get(W + "val", "0"))
            cells: list[Cell] = [Cell("", where[r])] * column
            spans.append([(i, i) for i in range(column)])
            for tc in self._cells(row):
                span = tc.find(f"{W}tcPr/{W}gridSpan")
                width = 1 if span is None else max(int(span.get(W + "val", "1")), 1)
                merge = tc.find(f"{W}tcPr/{W}vMerge")
                if merge is not None and merge.get(W + "val") != "restart" and column in open_merge:
                    r0, i0 = open_merge[column]
                    origin = origins[r0][i0]
                    origins[r0][i0] = Cell(origin.text, origin.locator, r - r0 + 1, origin.colspan)
                else:
                    text, inner = self._cell(tc, where[r], depth)
                    nested.extend(inner)
                    cells.append(Cell(text, where[r], 1, width))
                    open_merge.pop(column, None)
                    if merge is not None:
                        open_merge[column] = (r, len(cells) - 1)
                column += width
            origins.append(cells)
        if origins:
            yield Table(lay_out(origins, where), Locator(table=number), header or None)
        yield from nested

    def _cell(self, tc: Any, where: Locator, depth: int) -> tuple[str, list[Block]]:
        lines: list[str] = []
        nested: list[Block] = []
        for block in self.blocks(tc, depth + 1, where):
            if isinstance(block, Table):
                nested.append(block)
            elif block.text.strip():
                lines.append(block.text.strip())
        return "\n".join(lines), nested


def _margins(archive: zipfile.ZipFile, reader: _Reader) -> list[Paragraph]:
    found: list[Paragraph] = []
    for part in sorted(archive.namelist()):
        for kind in ("header", "footer", "footnotes", "endnotes"):
            if part.startswith(f"word/{kind}") and part.endswith(".xml"):
                root = _xml(archive, part)
                texts = [] if root is None else [clean(reader.text(p)).strip() for p in root.iter(W + "p")]
                style = kind if kind in ("header", "footer") else "footer"
                found.extend(Paragraph(t, Locator(), style) for t in dict.fromkeys(texts) if t)
    return found


def read_docx(data: bytes, name: str) -> Blocks:
    """Read the body, then headers, footers and notes (styles ``header`` and ``footer``). Tracked deletions are left out and reported."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        root = _xml(archive, "word/document.xml")
    except (zipfile.BadZipFile, etree.XMLSyntaxError, OSError) as error:
        raise RejectedFile(f"Word 文档《{name}》不完整或已损坏。请在 Word 中打开并另存为 .docx 再导入。") from error
    body = None if root is None else root.find(W + "body")
    if body is None:
        raise RejectedFile(f"Word 文档《{name}》没有正文部分。请在 Word 中打开并另存为 .docx 再导入。")
    reader = _Reader(archive)
    blocks = [b for b in reader.blocks(body) if isinstance(b, Table) or b.text.strip()]
    problems: list[Problem] = []
    deleted = sum(visible(t.text or "") for t in root.iter(W + "delText"))
    if deleted:
        problems.append(
            Problem("TRACKED_DELETIONS", f"文档带有修订痕迹：{deleted} 个已删除的字没有读入，插入的字按已接受读入。", severity="info")
        )
    if reader.hidden:
        problems.append(
            Problem(
                "HIDDEN_TEXT",
                f"文档有 {len(reader.hidden)} 处看不见的文字（设为隐藏、白色或极小，如“{reader.hidden[0].text[:20]}”），没有当作正文。",
            )
        )
    raw = sum(visible(clean(t)) for t in _live_text(body))
    numbers = _count(blocks) - raw if _count(blocks) > raw else 0  # automatic numbers are printed by us, not stored
    margins = _margins(archive, reader)
    meta = [("characters", str(raw + numbers + sum(visible(m.text) for m in margins)))]
    core = _xml(archive, "docProps/core.xml")
    title = None if core is None else core.find("{http://purl.org/dc/elements/1.1/}title")
    if title is not None and title.text:
        meta.append(("title", clean(title.text).strip()))
    return Blocks("docx", (*blocks, *margins), hidden=tuple(reader.hidden), problems=tuple(problems), meta=tuple(meta))


def _count(blocks: list[Block]) -> int:
    total = 0
    for block in blocks:
        if isinstance(block, Paragraph):
            total += visible(block.text)
        else:
            total += sum(visible(c.text) for row in block.rows for c in row if not c.inherited)
    return total


def _live_text(node: Any) -> Iterator[str]:
    """Every w:t that a reader must have seen: not in deletions, not in the fallback copy of a drawing, not hidden."""
    for text in node.iter(W + "t"):
        skip = False
        for parent in text.iterancestors():
            if parent.tag in (W + "del", W + "moveFrom", _FALLBACK) or (parent.tag == W + "r" and run_unseen(parent)):
                skip = True
                break
        if not skip:
            yield text.text or ""
