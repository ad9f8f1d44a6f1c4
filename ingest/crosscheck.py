"""A second opinion on the tables of PDF pages: another library's text of the same place, compared with what the cells hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pypdfium2

from ingest.blocks import Paragraph, Table
from ingest.glyphs import clean
from ingest.pdf_lines import Box
from knowledge.types import Problem

TOLERANCE = 0.002  # share of a table's characters that may differ
_LEAST = 2  # and this many in any case
_SERIAL = re.compile(r"^\d{1,4}$")


def doubts(data: bytes, pages: Sequence[tuple[int, Sequence[Table], Sequence[Paragraph]]]) -> list[Problem]:
    """Compare the tables of pages that stand upright with what pdfium reads in their places.

    ``pages``: ``(number from 1, its tables, its hidden text and watermarks, which the tables rightly lack)``. Returns one problem for every table
    whose characters or whose serial numbers differ; none where the file cannot be opened or a page is turned.
    """
    if not pages:
        return []
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return []
    try:
        return [p for number, tables, unread in pages for p in _page(document[number - 1], tables, unread)]
    finally:
        document.close()


def _page(sheet: pypdfium2.PdfPage, tables: Sequence[Table], unread: Sequence[Paragraph]) -> list[Problem]:
    if sheet.get_rotation():
        return []
    left, _, _, top = sheet.get_mediabox()
    text = sheet.get_textpage()
    out: list[Problem] = []
    for number, table in enumerate(tables, 1):
        for _, x0, y0, x1, y1 in table.locator.boxes[:1]:
            out.extend(_compare(text, (left + x0 - 1, top - y1 - 1, left + x1 + 1, top - y0 + 1), table, number, unread))
    return out


def _compare(text: pypdfium2.PdfTextPage, box: Box, table: Table, number: int, unread: Sequence[Paragraph]) -> list[Problem]:
    cells = [c for row in table.rows for c in row if not c.inherited]
    ours = _characters("".join(c.text for c in cells))
    theirs = _characters(clean(text.get_text_bounded(*box)))
    aside = _characters("".join(p.text for p in unread))
    where = table.locator
    lost, added = theirs - ours - aside, ours - theirs
    total = sum(ours.values())
    if sum(theirs.values()) < 1.8 * total and sum(lost.values()) + sum(added.values()) > max(_LEAST, TOLERANCE * total):
        some = "".join((lost or added).keys())[:12]
        words = f"第 {where.page} 页第 {number} 个表用两种方法取出的字不同：另一方法多 {sum(lost.values())} 字、少 {sum(added.values())} 字（如“{some}”）。"
        return [Problem("EXTRACTIONS_DIFFER", words + "请对照原文件核对这个表。", where)]
    serials = [c.text.strip() for row in table.rows for c in row[:1] if not c.inherited and _SERIAL.match(c.text.strip())]
    column = [b for row in table.rows for c in row[:1] if _SERIAL.match(c.text.strip()) for b in c.locator.boxes]
    if len(serials) < 2 or not column:
        return []
    left, right = min(b[1] for b in column), max(b[3] for b in column)
    base = box[0] + 1 - where.boxes[0][1]
    lines = [s.strip() for s in text.get_text_bounded(base + left, box[1], base + right, box[3]).splitlines()]
    seen = [s for s in lines if _SERIAL.match(s)]
    if sorted(seen) == sorted(serials):
        return []
    words = f"第 {where.page} 页第 {number} 个表读出 {len(serials)} 个序号，用另一方法数到 {len(seen)} 个。请对照原文件核对有没有漏行。"
    return [Problem("EXTRACTIONS_DIFFER", words, where)]


def _characters(text: str) -> Counter[str]:
    return Counter(c for c in text if c.isprintable() and not c.isspace() and c != "\ufffe")
