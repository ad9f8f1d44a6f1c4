"""Tables on a PDF page: ruled ones from their lines, borderless and three-line ones from gaps between words and from the serial column."""

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
from ingest.pdf_lines import Box, Char, Line, Segment, cell_text, hull
from ingest.tables import NOTE, TOTAL
from knowledge.types import Locator

SNAP = 3.0


def _edges(values: Sequence[float]) -> list[float]:
    """Distinct coordinates, those closer than ``SNAP`` taken as one."""
    out: list[float] = []
    for value in sorted(values):
        if not out or value - out[-1] > SNAP:
            out.append(value)
    return out


def _index(edges: Sequence[float], value: float) -> int:
    return min(range(len(edges)), key=lambda i: abs(edges[i] - value))


def ruled(cells: Sequence[Box], chars: Sequence[Char], page: int, number: int) -> tuple[Table, list[Char]] | None:
    """Build a table from the closed cells of a ruled table and the characters on it.

    Returns the table and the characters that lie in no cell; None for a frame that is no table (one column or one cell).
    """
    xs = _edges([c[0] for c in cells] + [c[2] for c in cells])
    ys = _edges([c[1] for c in cells] + [c[3] for c in cells])
    if len(xs) < 3 or len(ys) < 2:
        return None
    places: dict[tuple[int, int], tuple[Box, int, int]] = {}
    cover: dict[tuple[int, int], tuple[int, int]] = {}
    for box in sorted(cells, key=lambda b: (b[2] - b[0]) * (b[3] - b[1])):
        r0, c0, r1, c1 = _index(ys, box[1]), _index(xs, box[0]), _index(ys, box[3]), _index(xs, box[2])
        if r1 <= r0 or c1 <= c0 or any((r, c) in cover for r in range(r0, r1) for c in range(c0, c1)):
            continue
        places[r0, c0] = (box, r1 - r0, c1 - c0)
        cover.update({(r, c): (r0, c0) for r in range(r0, r1) for c in range(c0, c1)})
    inside: dict[tuple[int, int], list[Char]] = {}
    loose: list[Char] = []
    for char in chars:
        x, y = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
        spot = cover.get((bisect_right(ys, y) - 1, bisect_right(xs, x) - 1))
        if spot is None:
            loose.append(char)
        else:
            inside.setdefault(spot, []).append(char)
    if not any(c["text"].strip() for found in inside.values() for c in found):
        return None
    where = [Locator(page=page, table=number, row=r + 1) for r in range(len(ys) - 1)]
    rows: list[list[Cell]] = [[] for _ in where]
    for r in range(len(ys) - 1):
        for c in range(len(xs) - 1):
            if (r, c) in places:
                box, down, across = places[r, c]
                locator = Locator(page=page, table=number, row=r + 1, boxes=(_boxed(page, box),))
                rows[r].append(Cell(cell_text(inside.get((r, c), [])), locator, down, across))
            elif (r, c) not in cover:
                rows[r].append(Cell("", where[r]))
    return Table(lay_out(rows, where), Locator(page=page, table=number, boxes=(_boxed(page, hull(cells)),))), loose


def _boxed(page: int, box: Box) -> tuple[float, float, float, float, float]:
    return (float(page), round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2))


@dataclass(frozen=True, slots=True)
class Bands:
    """Column intervals of a borderless table; kept so that the next page can go on without a heading."""

    columns: tuple[tuple[float, float], ...]
    serial: bool


@dataclass(frozen=True, slots=True)
class Borderless:
    """A table found without closed cells, the lines it used up, and its columns."""

    table: Table
    used: tuple[Line, ...]
    bands: Bands


def borderless(lines: Sequence[Line], rules: Sequence[float], page: int, number: int, before: Bands | None = None) -> Borderless | None:
    """Find one table among ``lines`` (top to bottom) by a line of column headings, or going on with the columns of the page ``before``.

    ``rules``: heights of horizontal lines. None when there is no such table.
    """
    start, bands = _find_head(lines)
    if bands is None:
        if before is None or not lines:
            return None
        start, bands = (0, 0), before
        if not _fits(lines[0], before) or len(lines[0].segments) < 2:
            return None
    end = start[1]
    while end < len(lines) and _belongs(lines[end], bands, lines[end - 1] if end else None):
        end += 1
    body = list(lines[start[1] : end])
    while body and len(body[-1].segments) == 1 and len(bands.columns) > 2 and _full_width(body[-1], bands):
        body.pop()
    if not body:
        return None
    head = list(lines[start[0] : start[1]])
    groups = ([head] if head else []) + _rows(body, bands, rules)
    where = [Locator(page=page, table=number, row=r + 1) for r in range(len(groups))]
    rows = [_cells(group, bands, page, where[r]) for r, group in enumerate(groups)]
    boxes = (_boxed(page, hull(line.box for line in (*head, *body))),)
    table = Table(tuple(rows), Locator(page=page, table=number, boxes=boxes), 1 if head else None)
    return Borderless(table, (*head, *body), bands)


def _find_head(lines: Sequence[Line]) -> tuple[tuple[int, int], Bands | None]:
    """Line range of the heading and the columns below it."""
    for i, line in enumerate(lines):
        if len(line.segments) < 2 or heading_score([s.text for s in line.segments]) < 2:
            continue
        first, last = i, i + 1
        height = line.box[3] - line.box[1]
        while first > 0 and _heading_part(lines[first - 1], line.box[1] - lines[first - 1].box[1], height):
            first -= 1
        while last < len(lines) and _heading_part(lines[last], lines[last].box[3] - line.box[3], height):
            last += 1
        bands = _bands(lines[first:last], lines[last:])
        if bands is not None:
            return (first, last), bands
    return (0, 0), None


_HEADING_END = re.compile(r"(式|称|位|据|门|法|见|号|事项|名|构|方式|单位|[)）])$")


def _heading_part(line: Line, away: float, height: float) -> bool:
    """True when a line next to the main heading line is the wrapped half of a heading: short, and overlapping it or ending like one."""
    if away > 1.6 * height or any(len(s.text) > 8 or re.fullmatch(r"\d+[.、]?", s.text) for s in line.segments):
        return False
    return away < 1.05 * height or all(_HEADING_END.search(s.text) for s in line.segments)


def _bands(head: Sequence[Line], body: Sequence[Line]) -> Bands | None:
    """Columns: stretches of the width that heading and body cover, cut where nothing stands; grown line by line while they stay apart."""
    segments = sorted((s.box[0], s.box[2]) for line in head for s in line.segments)
    columns = _union(segments)
    wanted = len(columns)
    if wanted < 2:
        return None
    for line in body:
        if NOTE.match(line.text) or TOTAL.match(line.text):
            break
        grown = _union([*columns, *((s.box[0], s.box[2]) for s in line.segments)])
        if len(grown) < wanted:
            break
        columns = grown if len(grown) == wanted else columns
    hits = [match(s.text) for line in head for s in line.segments]
    serial = any(hit is not None and hit.field == "serial" for hit in hits)
    return Bands(tuple(columns), serial)


def _union(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    out: list[tuple[float, float]] = []
    for x0, x1 in sorted(spans):
        if out and x0 <= out[-1][1] + 1.0:
            out[-1] = (out[-1][0], max(out[-1][1], x1))
        else:
            out.append((x0, x1))
    return out


def _column(segment: Segment, bands: Bands) -> int:
    """The column a segment overlaps most; the nearest one when it overlaps none."""
    x0, x1 = segment.box[0], segment.box[2]
    overlap = [min(x1, b) - max(x0, a) for a, b in bands.columns]
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
    """Cut the body into rows: at horizontal rules where they part the serials, else at the serials, else at wide gaps."""
    anchors = [
        i
        for i, line in enumerate(body)
        if any(_column(s, bands) == 0 and re.fullmatch(r"[\d一二三四五六七八九十]+[.、]?", s.text) for s in line.segments)
    ]
    inner = [y for y in rules if body[0].box[1] < y < body[-1].box[3]]
    if inner and len(inner) >= max(len(anchors) - 1, 1):
        cuts = sorted({bisect_right([line.box[1] for line in body], y) for y in inner} - {0, len(body)})
    elif bands.serial and anchors:
        cuts = _cuts_at(anchors, body)
    else:
        cuts = [i for i in range(1, len(body)) if _starts(body[i], body[i - 1], bands)]
    out, start = [], 0
    for cut in [*cuts, len(body)]:
        if cut > start:
            out.append(list(body[start:cut]))
        start = cut
    return out


def _cuts_at(anchors: Sequence[int], body: Sequence[Line]) -> list[int]:
    """Row starts from serials. Serials at the top of their rows: the row starts there; in the middle: at the widest gap between two."""
    gaps = [body[i].box[1] - body[i - 1].box[3] if i else 0.0 for i in range(len(body))]
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


def _starts(line: Line, above: Line, bands: Bands) -> bool:
    filled = {_column(s, bands) for s in line.segments}
    apart = line.box[1] - above.box[3] > 0.8 * (line.box[3] - line.box[1])
    return apart or (0 in filled and len(filled) >= max(2, len(bands.columns) // 2))


def _cells(group: Sequence[Line], bands: Bands, page: int, where: Locator) -> tuple[Cell, ...]:
    found: list[list[Segment]] = [[] for _ in bands.columns]
    for line in group:
        for segment in line.segments:
            found[_column(segment, bands)].append(segment)
    cells = []
    for segments in found:
        text = ""
        for s in segments:
            text = join_wrapped(text, s.text)
        boxes = (_boxed(page, hull(s.box for s in segments)),) if segments else ()
        cells.append(Cell(text, Locator(page=page, table=where.table, row=where.row, boxes=boxes)))
    return tuple(cells)
