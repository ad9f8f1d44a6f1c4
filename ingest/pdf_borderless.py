"""Tables without cells drawn around them: columns from a line of headings and from where nothing ever stands, rows from serials, rules or gaps."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.blocks import Cell, Table
from ingest.columns import heading_score, match
from ingest.glyphs import join_wrapped
from ingest.grid import lay_out
from ingest.pdf_lines import Line, Segment, boxed, hull
from ingest.tables import NOTE, TOTAL
from knowledge.types import Locator

_SERIAL = re.compile(r"[\d一二三四五六七八九十]+[.、]?")
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bands:
    """Column intervals of a borderless table; kept so that the next page can go on without a heading."""

    columns: tuple[Span, ...]
    serial: bool


@dataclass(frozen=True, slots=True)
class Borderless:
    """A table found without closed cells, the lines it used up, and its columns."""

    table: Table
    used: tuple[Line, ...]
    bands: Bands


@dataclass(frozen=True, slots=True)
class _Head:
    """Heading lines ``first``…``last`` (half open), the segments of its lowest storey and those that stand over several columns."""

    first: int
    last: int
    leaves: tuple[Segment, ...]
    parents: tuple[Segment, ...]


def borderless(lines: Sequence[Line], rules: Sequence[float], page: int, number: int, before: Bands | None = None) -> Borderless | None:
    """Find one table among ``lines`` (top to bottom) by a line of column headings, or going on with the columns of the page ``before``.

    ``rules``: heights of horizontal lines. None when there is no such table.
    """
    head = _find_head(lines)
    bands = _bands(head, lines[head.last :]) if head else before
    if bands is None or not lines or (head is None and (len(lines[0].segments) < 2 or not _fits(lines[0], bands))):
        return None
    start = head.last if head else 0
    end = start
    while end < len(lines) and _belongs(lines[end], bands, lines[end - 1] if end > start else None):
        end += 1
    body = list(lines[start:end])
    while body and len(body[-1].segments) == 1 and len(bands.columns) > 2 and _full_width(body[-1], bands):
        body.pop()
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


def _find_head(lines: Sequence[Line]) -> _Head | None:
    """The best line of headings with the wrapped halves and storeys around it."""
    for i, line in enumerate(lines):
        if len(line.segments) < 2 or heading_score([s.text for s in line.segments]) < 2:
            continue
        height = line.box[3] - line.box[1]
        first, last, top, bottom = i, i + 1, line.box[1], line.box[3]
        while first > 0 and _heading_part(lines[first - 1], top - lines[first - 1].box[3], height, len(line.segments)):
            first -= 1
            top = min(top, lines[first].box[1])
        while last < len(lines) and _heading_part(lines[last], lines[last].box[1] - bottom, height, len(line.segments)):
            bottom = max(bottom, lines[last].box[3])
            last += 1
        return _storeys(first, last, [s for x in lines[first:last] for s in x.segments])
    return None


def _heading_part(line: Line, gap: float, height: float, columns: int) -> bool:
    """True when a line next to the main heading line is the wrapped half or another storey of the heading, not the first row of data."""
    if gap > 0.62 * height or any(len(s.text) > 12 or (_SERIAL.fullmatch(s.text) and s.text not in "一二三") for s in line.segments):
        return False
    return gap < 0 or len(line.segments) < max(2, 0.6 * columns) or heading_score([s.text for s in line.segments]) >= 2


def _storeys(first: int, last: int, segments: list[Segment]) -> _Head:
    """Tell segments that stand over two or more others (实施情况 over 索要单位, 开具单位) from the lowest storey."""
    parents = tuple(p for p in segments if _spreads(p, [s for s in segments if s.box[1] > p.box[1] + 2]))
    return _Head(first, last, tuple(s for s in segments if s not in parents), parents)


def _spreads(p: Segment, below: Sequence[Segment]) -> bool:
    """True for a heading over two or more lower ones; its own wrapped second line is aligned with it and is none of them."""
    under = [s for s in below if s.box[0] < p.box[2] and p.box[0] < s.box[2]]
    if len(_union([_span(s) for s in under])) >= 2:
        return True
    near = [s for s in below if s.box[0] < _wide(p)[1] and _wide(p)[0] < s.box[2]]
    aligned = any(abs(s.box[0] - p.box[0]) < 2 or abs(s.box[0] + s.box[2] - p.box[0] - p.box[2]) < 4 for s in near)
    return not aligned and len(_union([_span(s) for s in near])) >= 2


def _span(s: Segment) -> Span:
    return s.box[0], s.box[2]


def _wide(s: Segment) -> Span:
    """The reach of a spread heading: a little wider than its letters, since it is centred over its columns."""
    return s.box[0] - 1.5 * s.size, s.box[2] + 1.5 * s.size


def _bands(head: _Head, body: Sequence[Line]) -> Bands | None:
    """Columns: stretches of the width that heading and body cover, cut where nothing stands; grown line by line while they stay apart."""
    columns = _union([_span(s) for s in head.leaves])
    wanted = len(columns)
    if wanted < 2:
        return None
    for line in body:
        if NOTE.match(line.text) or TOTAL.match(line.text):
            break
        grown = _union([*columns, *(_span(s) for s in line.segments)])
        if len(grown) < wanted:
            break
        columns = grown if len(grown) == wanted else columns
    hits = [match(s.text) for s in head.leaves]
    serial = any(hit is not None and hit.field == "serial" for hit in hits) or any(s.text in ("序", "号") for s in head.leaves)
    return Bands(tuple(columns), serial)


def _union(spans: Sequence[Span]) -> list[Span]:
    out: list[Span] = []
    for x0, x1 in sorted(spans):
        if out and x0 <= out[-1][1] + 1.0:
            out[-1] = (out[-1][0], max(out[-1][1], x1))
        else:
            out.append((x0, x1))
    return out


def _column(segment: Segment, bands: Bands) -> int:
    """The column a segment overlaps most; the nearest one when it overlaps none."""
    overlap = [min(segment.box[2], b) - max(segment.box[0], a) for a, b in bands.columns]
    return max(range(len(overlap)), key=lambda i: overlap[i])


def _fits(line: Line, bands: Bands) -> bool:
    """True when no segment of the line reaches over two columns."""
    return all(sum(1 for a, b in bands.columns if min(s.box[2], b) - max(s.box[0], a) > 2) <= 1 for s in line.segments)


def _full_width(line: Line, bands: Bands) -> bool:
    return _column(line.segments[0], bands) == 0 and line.box[2] > bands.columns[0][1] + 2


def _belongs(line: Line, bands: Bands, above: Line | None) -> bool:
    if NOTE.match(line.text) or not _fits(line, bands):
        return False
    return above is None or line.box[1] - above.box[3] < 4 * (line.box[3] - line.box[1])


def _rows(body: Sequence[Line], bands: Bands, rules: Sequence[float]) -> list[list[Line]]:
    """Cut the body into rows: at horizontal rules where there is one per row, else at the serials, else at gaps wider than the leading."""
    anchors = [i for i, line in enumerate(body) if any(_column(s, bands) == 0 and _SERIAL.fullmatch(s.text) for s in line.segments)]
    anchors = anchors if bands.serial else []
    bottom = max(line.box[3] for line in body)
    inner = [y for y in rules if body[0].box[1] < y < bottom]
    closed = any(bottom - 1 <= y < bottom + 20 for y in rules)
    by_gap = _cuts_at_gaps(body, bands)
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
            column = _column(s, bands)
            if column in last:
                leadings.append(s.box[1] - last[column])
            last[column] = s.box[3]
    if not leadings:
        return []
    leading = max(min(leadings), 0.0)
    cuts = [i for i in range(1, len(body)) if gaps[i] > 1.35 * leading + 1.0]
    if cuts or len(body) == 1 or min(gaps[1:]) < -0.5:  # lines that overlap belong to cells set at different heights of one row
        return cuts
    filled = sorted(len({_column(s, bands) for s in line.segments}) for line in body)
    return list(range(1, len(body))) if filled[len(body) // 2] >= 0.6 * len(bands.columns) else []


def _head_cells(head: _Head, bands: Bands, page: int, number: int) -> list[list[Cell]]:
    """One or two heading rows with spans: parents over their columns, the lowest storey below."""
    leaves = _cells([Line((s,)) for s in sorted(head.leaves, key=lambda s: s.box[1])], bands, Locator(page=page, table=number, row=1))
    if not head.parents:
        return [leaves]
    upper: list[Cell] = []
    lower: list[Cell] = []
    taken: set[int] = set()
    for parent in sorted(head.parents, key=lambda p: p.box[0]):
        over = [i for i, (a, b) in enumerate(bands.columns) if _wide(parent)[0] < b and a < _wide(parent)[1] and i not in taken]
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
            found[_column(segment, bands)].append(segment)
    cells = []
    for segments in found:
        text = ""
        for s in segments:
            text = join_wrapped(text, s.text)
        boxes = (boxed(where.page or 1, hull(s.box for s in segments)),) if segments else ()
        cells.append(Cell(text, Locator(page=where.page, table=where.table, row=where.row, boxes=boxes)))
    return cells
