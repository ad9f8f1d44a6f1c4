"""Tables without cells drawn around them: columns from a line of headings and from where nothing ever stands, rows from serials, rules or gaps."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.blocks import Cell, Table
from ingest.columns import heading_score
from ingest.glyphs import join_wrapped
from ingest.grid import lay_out
from ingest.pdf_columns import (
    SERIAL,
    Bands,
    apart,
    column_of,
    cut_bands,
    cuts_at_centres,
    cuts_at_full_lines,
    fits,
    grown_bands,
    pieces_of,
)
from ingest.pdf_heads import Head, find_head, wide
from ingest.pdf_lines import Char, Line, Segment, boxed, hull, lines_of
from ingest.tables import NOTE
from knowledge.types import Locator


@dataclass(frozen=True, slots=True)
class Borderless:
    """A table found without closed cells, the lines it used up, and its columns."""

    table: Table
    used: tuple[Line, ...]
    bands: Bands


def find_borderless(chars: Sequence[Char], rules: Sequence[float], page: int, number: int, bands: Bands | None) -> Borderless | None:
    """The table of a page without closed cells: looked for from the first line, then below a running head of up to two lines.

    Lines are cut at ordinary gaps between columns, and at narrow ones if more of the page is read that way, or as much of one that a recogniser read
    and parted by itself. None when there is no table.
    """
    best: Borderless | None = None
    read = any(len(c["text"].strip()) > 1 for c in chars)  # lines from a recogniser, which keeps columns apart by itself
    for gap in (0.5, 0.3, *((-0.5,) if read else ())):
        lines = lines_of(chars, gap=gap)
        found = next((f for f in (borderless(lines[skip:], rules, page, number, bands, read) for skip in (0, 1, 2)) if f is not None), None)
        if found is not None and (best is None or _worth(found) > _worth(best) or (read and _worth(found) == _worth(best))):
            best = found
    return best


def _worth(found: Borderless) -> tuple[int, int]:
    """How much of the page a borderless table takes up, and how many of its headings are known."""
    return inked_in(found), heading_score([c.text for c in found.table.rows[0]])


def inked_in(found: Borderless) -> int:
    """Number of characters that a table took up."""
    return sum(len(s.text) for line in found.used for s in line.segments)


def borderless(
    lines: Sequence[Line], rules: Sequence[float], page: int, number: int, before: Bands | None = None, read: bool = False
) -> Borderless | None:
    """Find one table among ``lines`` (top to bottom) by a line of column headings, or going on with the columns of the page ``before``.

    ``rules``: heights of horizontal lines; ``read``: the lines come from a recogniser, whose boxes reach a little over. None without such a table.
    """
    head = find_head(lines, rules)
    below = lines[head.last :] if head else ()
    bands = ((cut_bands(head.leaves, below) if read else None) or grown_bands(head.leaves, below)) if head else before
    if bands is None or not lines or (head is None and not _goes_on(lines, bands)):
        return None
    if head and bands.loose:
        head = replace(head, leaves=tuple(piece for leaf in head.leaves for piece in pieces_of(leaf, bands)))
    start = head.last if head else 0
    lines = [*lines[:start], *(apart(line, bands) for line in lines[start:])]
    end = start
    while end < len(lines) and _belongs(lines[end], bands, lines[end - 1] if end > start else None):
        end += 1
    body = list(lines[start:end])
    while body and len(body[-1].segments) == 1 and len(bands.columns) > 2 and _full_width(body[-1], bands):
        body.pop()
    body = _above_last_rule(body, bands, rules)
    if not body:
        return None
    top = max((line.box[3] for line in lines[head.first : head.last]), default=body[0].box[1]) if head else body[0].box[1]
    rows: list[list[Cell]] = _head_cells(head, bands, page, number) if head else []
    above = len(rows)
    for group in _rows(body, bands, [y for y in rules if y > top - 1]):
        rows.append(_cells(group, bands, Locator(page=page, table=number, row=len(rows) + 1)))
    where = [Locator(page=page, table=number, row=r + 1) for r in range(len(rows))]
    used = (*(lines[head.first : head.last] if head else ()), *body)
    table = Table(lay_out(rows, where), Locator(page=page, table=number, boxes=(boxed(page, hull(x.box for x in used)),)), above or None)
    return Borderless(table, used, bands)


def _goes_on(lines: Sequence[Line], bands: Bands) -> bool:
    """True when the first lines of a page stand in the columns of the page before; one that a recogniser read over two columns is cut first.

    The topmost may be a line of one cell, set close above the others: the row's other cells are shorter and stand in its middle.
    """
    for i, line in enumerate(lines[:3]):
        line = apart(line, bands) if bands.loose else line
        if not fits(line, bands) or (i and line.box[1] - lines[i - 1].box[3] > line.box[3] - line.box[1]):
            return False
        if len(line.segments) >= 2:
            return True
    return False


def _full_width(line: Line, bands: Bands) -> bool:
    return column_of(line.segments[0], bands) == 0 and line.box[2] > bands.columns[0][1] + 2


def _belongs(line: Line, bands: Bands, above: Line | None) -> bool:
    if NOTE.match(line.text) or not fits(line, bands):
        return False
    return above is None or line.box[1] - above.box[3] < 4 * (line.box[3] - line.box[1])


def _above_last_rule(body: list[Line], bands: Bands, rules: Sequence[float]) -> list[Line]:
    """The body without a signature below the line that closes the table: nothing there but single words in the first column."""
    last = max((y for y in rules if body and body[0].box[3] < y < body[-1].box[3]), default=None)
    after = [line for line in body if last is not None and line.box[1] > last - 2]
    if after and len(after) < len(body) and all(len(x.segments) == 1 and column_of(x.segments[0], bands) == 0 for x in after):
        return body[: -len(after)]
    return body


def _rows(body: Sequence[Line], bands: Bands, rules: Sequence[float]) -> list[list[Line]]:
    """Cut the body into rows: at horizontal rules where there is one per row, else at the serials, else at gaps wider than the leading."""
    anchors = [i for i, line in enumerate(body) if any(column_of(s, bands) == 0 and SERIAL.fullmatch(s.text) for s in line.segments)]
    anchors = anchors if bands.serial else []
    bottom = max(line.box[3] for line in body)
    inner = [y for y in rules if body[0].box[1] < y < bottom]
    closed = any(bottom - 1 <= y < bottom + 20 for y in rules)
    by_gap = (cuts_at_centres(body, bands) or cuts_at_full_lines(body, bands) if bands.loose else None) or _cuts_at_gaps(body, bands)
    if (inner and len(inner) >= max(len(anchors) - 1, 1)) or (closed and not anchors and len(inner) >= len(by_gap)):
        cuts = sorted({bisect_right([line.box[1] for line in body], y) for y in inner} - {0, len(body)})
    elif anchors:
        cuts = cuts_at_serials(anchors, body)
    else:
        cuts = by_gap
    edges = [0, *cuts, len(body)]
    return [list(body[a:b]) for a, b in itertools.pairwise(edges) if b > a]


def cuts_at_serials(anchors: Sequence[int], body: Sequence[Line]) -> list[int]:
    """Row starts from serials. Serials at the top of their rows: the row starts there; in the middle: at the widest gap between two."""
    bottoms = list(itertools.accumulate((line.box[3] for line in body), max))
    gaps = [body[i].box[1] - bottoms[i - 1] if i else 0.0 for i in range(len(body))]
    between = [range(a + 1, b + 1) for a, b in itertools.pairwise(anchors)]
    spread = any(max(gaps[i] for i in part) - min(gaps[i] for i in part) > 1.0 for part in between if len(part) > 1)
    if anchors[0] == 0 and not spread:
        return list(anchors)
    cuts = []
    for part in between:
        widest = max(gaps[i] for i in part)
        best = [i for i in part if gaps[i] > widest - 0.5]
        cuts.append(best[0] if len(best) == 1 else part[len(part) // 2])
    first = anchors[0]
    usual = sorted(max(gaps[i] for i in part) for part in between)[len(between) // 2] if between else 0.0
    if first and between and max(gaps[1 : first + 1]) >= 0.8 * usual:
        cuts.insert(0, max(range(1, first + 1), key=lambda i: gaps[i]))
    return cuts


def _cuts_at_gaps(body: Sequence[Line], bands: Bands) -> list[int]:
    """Row starts where the blank strip over a line is clearly wider than the leading between two lines of one cell.

    Without any wrapped cell every line is a row, provided most columns are filled; else all lines are one row.
    """
    bottoms = list(itertools.accumulate((line.box[3] for line in body), max))
    gaps = [0.0] + [body[i].box[1] - bottoms[i - 1] for i in range(1, len(body))]
    last: dict[int, float] = {}
    leadings = []
    for line in body:
        for s in line.segments:
            column = column_of(s, bands)
            if column in last:
                leadings.append(s.box[1] - last[column])
            last[column] = s.box[3]
    if not leadings:
        return []
    leading = max(min(leadings), 0.0)
    cuts = [i for i in range(1, len(body)) if gaps[i] > 1.35 * leading + 1.0]
    if cuts or len(body) == 1 or min(gaps[1:]) < -0.5:  # lines that overlap belong to cells set at different heights of one row
        return cuts
    if any(s.text.count(a) != s.text.count(b) for line in body for s in line.segments for a, b in ("《》", "（）", "“”")):
        return []  # a bracket that closes on another line: wrapped text of one row
    filled = sorted(len({column_of(s, bands) for s in line.segments}) for line in body)
    return list(range(1, len(body))) if filled[len(body) // 2] >= 0.6 * len(bands.columns) else []


def _head_cells(head: Head, bands: Bands, page: int, number: int) -> list[list[Cell]]:
    """One or two heading rows with spans: parents over their columns, the lowest storey below."""
    leaves = _cells([Line((s,)) for s in sorted(head.leaves, key=lambda s: s.box[1])], bands, Locator(page=page, table=number, row=1))
    if not head.parents:
        return [leaves]
    upper: list[Cell] = []
    lower: list[Cell] = []
    taken: set[int] = set()
    for parent in sorted(head.parents, key=lambda p: p.box[0]):
        over = [i for i, (a, b) in enumerate(bands.columns) if wide(parent)[0] < b and a < wide(parent)[1] and i not in taken]
        taken.update(over)
        first = min(over, default=len(bands.columns))
        while len(upper) + sum(c.colspan - 1 for c in upper) < first:
            position = len(upper) + sum(c.colspan - 1 for c in upper)
            upper.append(Cell(leaves[position].text, leaves[position].locator, rowspan=2))
        upper.append(
            Cell(parent.text, Locator(page=page, table=number, row=1, boxes=(boxed(page, parent.box),)), colspan=max(len(over), 1))
        )
        lower.extend(leaves[i] for i in over)
    while (position := len(upper) + sum(c.colspan - 1 for c in upper)) < len(leaves):
        upper.append(Cell(leaves[position].text, leaves[position].locator, rowspan=2))
    return [upper, lower]


def _cells(group: Sequence[Line], bands: Bands, where: Locator) -> list[Cell]:
    found: list[list[Segment]] = [[] for _ in bands.columns]
    for line in group:
        for segment in line.segments:
            found[column_of(segment, bands)].append(segment)
    cells = []
    for segments in found:
        text = ""
        for s in segments:
            text = join_wrapped(text, s.text)
        boxes = (boxed(where.page or 1, hull(s.box for s in segments)),) if segments else ()
        cells.append(Cell(text, Locator(page=where.page, table=where.table, row=where.row, boxes=boxes)))
    return cells
