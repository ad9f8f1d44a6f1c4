"""Tables without cells drawn around them: columns from a line of headings and from where nothing ever stands, rows from serials, rules or gaps."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.blocks import Cell, Table
from ingest.columns import Match, heading_score, match
from ingest.glyphs import join_wrapped
from ingest.grid import lay_out
from ingest.pdf_columns import (
    Bands,
    Span,
    apart,
    column_of,
    cut_bands,
    cuts_at_centres,
    cuts_at_full_lines,
    fits,
    grown_bands,
    pieces_of,
    span_of,
    union,
)
from ingest.pdf_lines import Char, Line, Segment, boxed, hull, lines_of
from ingest.tables import NOTE
from knowledge.types import Locator

_SERIAL = re.compile(r"[\d一二三四五六七八九十]+[.、]?")
_NO = Match("", 0)


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
    head = _find_head(lines, rules)
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


def _find_head(lines: Sequence[Line], rules: Sequence[float] = ()) -> _Head | None:
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
            ruled_off = any(bottom - 2 < y < lines[last].box[1] + 2 for y in rules)
            if ruled_off and not all(match(s.text) for s in lines[last].segments):
                break
            bottom = max(bottom, lines[last].box[3])
            last += 1
        return _storeys(first, last, [s for x in lines[first:last] for s in x.segments])
    return None


def _heading_part(line: Line, gap: float, height: float, columns: int) -> bool:
    """True when a line next to the main heading line is the wrapped half or another storey of the heading, not the first row of data."""
    hits = [match(s.text) or _NO for s in line.segments]
    if gap <= 2 * height and 2 <= len(hits) < columns and min(h.score for h in hits) >= 90 and max(h.score for h in hits) >= 97:
        return len({h.field for h in hits}) == len(hits)  # 索要单位, 开具单位 set well below 实施基本情况
    if (
        gap > 0.62 * height
        or any("《" in s.text or "〔" in s.text for s in line.segments)
        or any(len(s.text) > 12 or (_SERIAL.fullmatch(s.text) and s.text not in "一二三") for s in line.segments)
    ):
        return False
    return gap < 0 or len(line.segments) < max(2, 0.6 * columns) or heading_score([s.text for s in line.segments]) >= 2


def _storeys(first: int, last_line: int, segments: list[Segment]) -> _Head:
    """Tell segments that stand over two or more others (实施情况 over 索要单位, 开具单位) from the lowest storey."""
    parents: list[Segment] = []
    leaves: list[Segment] = []
    for p in segments:
        below = [s for s in segments if s.box[1] > p.box[1] + 0.7 * (p.box[3] - p.box[1])]
        ends = None if _spreads(p, below) else _between(p, below, segments) or _reached(p, below, segments)
        if ends is not None:  # as wide as it reaches, but for the margin of a centred one
            x0, x1 = min(p.box[0], ends[0].box[2] + 0.5 * p.size), max(p.box[2], ends[1].box[0] - 0.5 * p.size)
            parents.append(replace(p, box=(x0, p.box[1], x1, p.box[3])))
        else:
            (parents if _spreads(p, below) else leaves).append(p)
    return _Head(first, last_line, tuple(leaves), tuple(parents))


def _spreads(p: Segment, below: Sequence[Segment]) -> bool:
    """True for a heading over two or more lower ones; its own wrapped second line is aligned with it and is none of them."""
    under = [s for s in below if s.box[0] < p.box[2] and p.box[0] < s.box[2]]
    if len(union([span_of(s) for s in under])) >= 2:
        return True
    near = [s for s in below if s.box[0] < _wide(p)[1] and _wide(p)[0] < s.box[2]]
    aligned = any(abs(s.box[0] - p.box[0]) < 2 or abs(s.box[0] + s.box[2] - p.box[0] - p.box[2]) < 4 for s in near)
    return not aligned and len(union([span_of(s) for s in near])) >= 2


def _between(p: Segment, below: Sequence[Segment], segments: Sequence[Segment]) -> tuple[Segment, Segment] | None:
    """The two headings between and above which one is set, with nothing right below it and nothing else above them; None for any other."""
    lower = [s for s in below if s.box[1] >= p.box[3] - 1]
    left = max((s for s in lower if s.box[2] <= p.box[0]), key=lambda s: s.box[2], default=None)
    right = min((s for s in lower if s.box[0] >= p.box[2]), key=lambda s: s.box[0], default=None)
    if left is None or right is None or any(s.box[0] < p.box[2] and p.box[0] < s.box[2] for s in below):
        return None
    level = min(left.box[3], right.box[3]) - max(left.box[1], right.box[1]) > 0.5 * (left.box[3] - left.box[1])
    beside = any(left.box[2] <= s.box[0] and s.box[2] <= right.box[0] for s in segments if s is not p)
    return (left, right) if level and not beside and all(match(s.text) and not _topped(s, segments) for s in (left, right)) else None


def _reached(p: Segment, below: Sequence[Segment], segments: Sequence[Segment]) -> tuple[Segment, Segment] | None:
    """The first and last heading under one that is set at the left over several: one stands below its beginning, and nothing over the next on that line."""
    under = [s for s in below if abs(s.box[0] - p.box[0]) < 2 and s.box[1] >= p.box[3] - 1]
    if len(under) != 1 or not match(under[0].text):
        return None
    first, last = under[0], None
    for s in sorted(below, key=lambda s: s.box[0]):
        if s.box[0] < first.box[2] or min(s.box[3], first.box[3]) - max(s.box[1], first.box[1]) < 0.5 * (s.box[3] - s.box[1]):
            continue
        if s.box[0] <= p.box[2] or not match(s.text) or _topped(s, segments):
            break
        last = s
    return (first, last) if last is not None else None


def _topped(s: Segment, segments: Sequence[Segment]) -> bool:
    return any(o.box[3] <= s.box[1] + 1 and s.box[0] < o.box[2] and o.box[0] < s.box[2] for o in segments)


def _wide(s: Segment) -> Span:
    """The reach of a spread heading: a little wider than its letters, since it is centred over its columns."""
    return s.box[0] - 1.5 * s.size, s.box[2] + 1.5 * s.size


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
    anchors = [i for i, line in enumerate(body) if any(column_of(s, bands) == 0 and _SERIAL.fullmatch(s.text) for s in line.segments)]
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
            found[column_of(segment, bands)].append(segment)
    cells = []
    for segments in found:
        text = ""
        for s in segments:
            text = join_wrapped(text, s.text)
        boxes = (boxed(where.page or 1, hull(s.box for s in segments)),) if segments else ()
        cells.append(Cell(text, Locator(page=where.page, table=where.table, row=where.row, boxes=boxes)))
    return cells
