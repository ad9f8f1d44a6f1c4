"""Physical tables → logical tables: headings found, storeys folded, pieces over pages joined, section rows and notes told apart.

A physical table is one sheet, one ``<table>`` or the piece of a table on one page. A logical table has one heading and all its rows, each
with a locator that points at every place the row stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.blocks import Block, Cell, Paragraph, Table
from ingest.column_contents import completed
from ingest.columns import Columns, assign, heading_score, match, squash
from ingest.glyphs import join_wrapped
from knowledge.types import Locator

NOTE = re.compile(
    r"^[（(]?(?:(?:注|备注|附注|填表说明|填报说明|说明)(?:[^证《》，。]{0,12}?[:：]|\s*\d{0,2}\s*[.．、]?\s*$|\s*\d{1,2}[.．、\s])"
    r"|(?:填报|联系|审核|制表|审批|负责人|单位[(（]盖章|填表)[^证《》，。]{0,12}?(?:[:：]|(?<=人)$))|^[*※★]|^数据来源"
)
TOTAL = re.compile(r"^(合计|总计|共计|小计|共)\s*[:：]?\s*(\d+)?\s*[项个条件种类]?")
MAX_SECTION = 60
Box = tuple[float, float, float, float, float]
SEARCH_ROWS = 15


@dataclass(frozen=True, slots=True)
class Row:
    """A logical row: one text per column, whether each was inherited from a merged cell, and the section rows above it."""

    cells: tuple[str, ...]
    locator: Locator
    inherited: tuple[bool, ...] = ()
    section: str = ""


@dataclass(frozen=True, slots=True)
class LogicalTable:
    """One table as a reader understands it. ``before``: paragraphs and rows above the heading, nearest last; ``unread``: left over."""

    columns: Columns
    rows: tuple[Row, ...]
    locator: Locator
    before: tuple[Paragraph, ...] = ()
    notes: tuple[Paragraph, ...] = ()
    unread: tuple[Paragraph, ...] = ()
    printed_total: int | None = None


@dataclass(slots=True)
class _Piece:
    """A physical table split at its heading."""

    table: Table
    head: tuple[tuple[Cell, ...], ...]
    body: list[tuple[Cell, ...]]
    above: list[Paragraph]


def logical_tables(blocks: Sequence[Block]) -> tuple[tuple[LogicalTable, ...], tuple[Table, ...]]:
    """Return the logical tables of a document in order, and the physical tables that have no recognisable heading."""
    done: list[LogicalTable] = []
    strangers: list[Table] = []
    before: list[Paragraph] = []
    pieces: list[_Piece] = []
    first_before: list[Paragraph] = []
    broken = False  # running text stood between the last piece and here

    def close() -> None:
        nonlocal pieces
        if pieces:
            done.append(_build(pieces, first_before))
        pieces = []

    for block in blocks:
        if isinstance(block, Paragraph):
            before.append(block)
            broken = broken or block.style not in ("header", "footer")
            continue
        piece = _split(block)
        if pieces and _continues(pieces, piece, broken):
            pieces.append(piece)
        elif piece.head:
            close()
            pieces, first_before, before = [piece], before, []
        elif (flipped := _transpose(block)) is not None:
            close()
            done.append(_build([flipped], before))
            before = []
        else:
            strangers.append(block)
        broken = False
    close()
    return tuple(done), tuple(strangers)


def _split(table: Table) -> _Piece:
    """Find the heading rows of a physical table; rows above them are running text."""
    rows = list(table.rows)
    best = None
    for r, row in enumerate(rows[:SEARCH_ROWS]):
        if _single(row) is not None:
            continue
        score = heading_score([c.text for c in row])
        if score >= 2 and (best is None or score > best[1] + 1):
            best = (r, score)
    if best is None:
        return _Piece(table, (), rows, [])
    start = best[0]
    height = _height(rows, start)
    above = [Paragraph(text, row[0].locator, "body") for row in rows[:start] for text in dict.fromkeys(c.text for c in row if c.text)]
    return _Piece(table, tuple(rows[start : start + height]), rows[start + height :], above)


def _height(rows: Sequence[tuple[Cell, ...]], start: int) -> int:
    """Number of heading rows: by row spans, else by a second row of headings under a spread or blank first one."""
    head = rows[start]
    spans = max((c.rowspan for c in head if c.text), default=1)
    if 1 < spans <= 4 and any(c.rowspan < spans for c in head if not c.inherited):
        return min(spans, len(rows) - start)
    if start + 1 >= len(rows):
        return 1
    below = rows[start + 1]
    spread = any(c.colspan > 1 for c in head if c.text and not c.inherited)
    gaps = [i for i, c in enumerate(head) if not c.text]
    texts = [c.text for c in below]
    if not (spread or gaps) or any(re.fullmatch(r"\d+", t.strip()) for t in texts):
        return 1
    filled = [i for i, t in enumerate(texts) if t and not below[i].inherited]
    under = [i for i in filled if not head[i].text or head[i].inherited or head[i].colspan > 1 or i + 1 in gaps]
    if filled and len(under) == len(filled) and (heading_score(texts) >= 1 or all(len(squash(texts[i])) <= 8 for i in filled)):
        return 2
    return 1


def _single(row: Sequence[Cell]) -> str | None:
    """The only text of a row that is one wide cell or one filled first cell; None for an ordinary row."""
    filled = [(i, c) for i, c in enumerate(row) if c.text and not c.inherited]
    if len(filled) == 1 and (
        filled[0][1].colspan >= max(2, len(row) - 1) or (filled[0][0] == 0 and len(row) > 1 and not any(c.text for c in row[1:]))
    ):
        return filled[0][1].text
    return None


def _names(head: Sequence[Sequence[Cell]]) -> tuple[list[str], list[str]]:
    """Leaf and parent of every column of a heading with one or more storeys."""
    leaves: list[str] = []
    parents: list[str] = []
    for column in range(len(head[0]) if head else 0):
        stack: list[str] = []
        for depth, row in enumerate(head):
            text = row[column].text
            if not text and depth == 0 and len(head) > 1 and head[-1][column].text:  # blank right of a spread heading without span marks
                text = next((row[c].text for c in range(column, -1, -1) if row[c].text), "")
            if text and (not stack or stack[-1] != text):
                stack.append(text)
        leaves.append(stack[-1] if stack else "")
        parents.append(stack[-2] if len(stack) > 1 else "")
    return leaves, parents


def _same_head(a: Sequence[Sequence[Cell]], b: Sequence[Sequence[Cell]]) -> bool:
    return [[squash(c.text) for c in row] for row in a] == [[squash(c.text) for c in row] for row in b]


def _continues(pieces: list[_Piece], piece: _Piece, broken: bool) -> bool:
    """True when ``piece`` goes on with the table of ``pieces``: the same heading repeated, or no heading and the same number of columns."""
    last = pieces[-1]
    width = len(pieces[0].head[0])
    if not piece.table.rows or len(piece.table.rows[0]) != width:
        return False
    pages = last.table.locator.page, piece.table.locator.page
    if None in pages or pages[0] == pages[1]:
        return bool(not broken and not piece.head and piece.table.locator.sheet is None and pages[0] is not None)
    if piece.head:
        return _same_head(piece.head, pieces[0].head) and not piece.above
    return not broken or _near(last, piece)


def _near(last: _Piece, piece: _Piece) -> bool:
    a, b = last.table.locator.page, piece.table.locator.page
    return a is not None and b is not None and b - a == 1 and heading_score([c.text for c in piece.table.rows[0]]) < 2


def _transpose(table: Table) -> _Piece | None:
    """A form whose headings stand in the first column (one record per further column), turned on its side; None for anything else."""
    rows = table.rows
    if not rows or len(rows[0]) not in (2, 3) or len(rows) < 3:
        return None
    hits = [m.field for m in (match(r[0].text) for r in rows) if m]
    if len(set(hits)) < 3 or "proof_name" not in hits or len(hits) < 0.6 * len(rows):
        return None
    turned = [tuple(rows[r][c] for r in range(len(rows))) for c in range(len(rows[0]))]
    return _Piece(table, (turned[0],), turned[1:], [])


def _build(pieces: list[_Piece], before: Sequence[Paragraph]) -> LogicalTable:
    leaves, parents = _names(pieces[0].head)
    columns = assign(leaves, parents)
    serial, proof = columns.first("serial"), columns.first("proof_name")
    rows: list[Row] = []
    notes: list[Paragraph] = []
    unread: list[Paragraph] = []
    total: int | None = None
    section = ""
    for number, piece in enumerate(pieces):
        body = _carry(pieces[number - 1], piece) if number else piece.body
        fresh = True
        for raw in body:
            if not any(c.text for c in raw) or _same_head([raw], pieces[0].head[-1:]) or _same_head([raw], pieces[0].head[:1]):
                continue
            single = _single(raw)
            if single is not None and not (proof == 0 and len(raw) <= 2):
                where = raw[0].locator
                sum_up = TOTAL.match(single)
                if sum_up and (sum_up.group(2) or len(single) < 8):
                    total = int(sum_up.group(2)) if sum_up.group(2) else total
                    notes.append(Paragraph(single, where))
                elif NOTE.match(single) or len(single) > MAX_SECTION:
                    notes.append(Paragraph(single, where))
                else:
                    section = single
                    notes.append(Paragraph(single, where, "heading"))
                continue
            row = _row(raw, section)
            if number and fresh and rows and _continuation(rows[-1], row, serial, proof):
                rows[-1] = _merge(rows[-1], row)
            elif serial is not None and TOTAL.match(row.cells[serial]):
                digits = re.findall(r"\d+", " ".join(row.cells))
                total = int(digits[0]) if digits else total
                notes.append(Paragraph(" ".join(c for c in row.cells if c), row.locator))
            else:
                rows.append(row)
            fresh = False
    columns = completed(columns, [row.cells for row in rows])
    return LogicalTable(columns, tuple(rows), pieces[0].table.locator, (*before, *pieces[0].above), tuple(notes), tuple(unread), total)


def _row(cells: Sequence[Cell], section: str) -> Row:
    own = [c for c in cells if not c.inherited and c.text] or list(cells)
    first = cells[0].locator
    tall = [c for c in own if c.rowspan == 1] or own
    boxes = [b for c in own for b in c.locator.boxes]
    high = [b for c in tall for b in c.locator.boxes]
    spans = [c.locator.chars for c in own if c.locator.chars]
    chars = (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None
    box = _hull(boxes, high)
    return Row(tuple(c.text for c in cells), replace(first, boxes=box, chars=chars), tuple(c.inherited for c in cells), section)


def _hull(boxes: Sequence[Box], high: Sequence[Box]) -> tuple[Box, ...]:
    """One box per page around a row: as wide as all its cells, as high as those cells that belong to this row alone."""
    out: list[Box] = []
    for page in sorted({b[0] for b in boxes}):
        here = [b for b in boxes if b[0] == page]
        rows = [b for b in high if b[0] == page] or here
        out.append((page, min(b[1] for b in here), min(b[2] for b in rows), max(b[3] for b in here), max(b[4] for b in rows)))
    return tuple(out)


def _carry(last: _Piece, piece: _Piece) -> list[tuple[Cell, ...]]:
    """Give the blank top piece of a merged cell that runs over the page break the text it has on the page before."""
    if not last.body or not piece.body:
        return piece.body
    body = [list(row) for row in piece.body]
    foot = last.body[-1]
    for c, cell in enumerate(body[0]):
        merged_below = cell.rowspan > 1
        merged_above = foot[c].inherited or foot[c].rowspan > 1
        if not cell.text and foot[c].text and merged_below:
            for r in range(min(cell.rowspan, len(body))):
                body[r][c] = replace(body[r][c], text=foot[c].text, inherited=True)
        elif not cell.text and foot[c].text and merged_above and body[0][0].text:
            body[0][c] = replace(cell, text=foot[c].text, inherited=True)
    return [tuple(row) for row in body]


def _continuation(last: Row, row: Row, serial: int | None, proof: int | None) -> bool:
    """True when the first row of a new page is the rest of the last row of the page before."""
    if serial is not None:
        if not row.cells[serial] or row.inherited[serial]:
            return True
        return not last.cells[serial] and not last.inherited[serial]
    return proof is not None and not row.cells[proof]


def _merge(last: Row, row: Row) -> Row:
    cells = tuple(
        a if (inherited and a) or (a == b and inherited) else join_wrapped(a, b)
        for a, b, inherited in zip(last.cells, row.cells, row.inherited, strict=True)
    )
    return Row(
        cells,
        replace(last.locator, boxes=(*last.locator.boxes, *row.locator.boxes), chars=_cover(last.locator, row.locator)),
        last.inherited,
        last.section,
    )


def _cover(a: Locator, b: Locator) -> tuple[int, int] | None:
    if a.chars is None or b.chars is None:
        return a.chars or b.chars
    return min(a.chars[0], b.chars[0]), max(a.chars[1], b.chars[1])
