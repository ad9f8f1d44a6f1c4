"""Columns of a table without cells: stretches of the page between which nothing stands, from a line of headings and the lines below it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.columns import match
from ingest.pdf_lines import Line, Segment
from ingest.tables import NOTE, TOTAL

Span = tuple[float, float]
SERIAL = re.compile(r"[\d一二三四五六七八九十]+[.、]?")
_NUMBER = re.compile(r"\d{1,3}[.、]?")
_OVER = 0.8  # character sizes that a line from a recogniser may reach into the next column
_ONE_CENTRE = 0.3  # of the distance between two lines of a cell: how far the centres of cells set in the middle of one row may differ
_TALLEST = 24  # lines, of all columns, that one row may have
_CROSSED = 0.5  # share of the lines that may lie over the best place to part two columns


@dataclass(frozen=True, slots=True)
class Bands:
    """Column intervals of a borderless table; kept so that the next page can go on without a heading. ``loose``: as a recogniser gave them."""

    columns: tuple[Span, ...]
    serial: bool
    loose: bool = False


def grown_bands(leaves: Sequence[Segment], body: Sequence[Line]) -> Bands | None:
    """Columns: stretches of the width that heading and body cover, cut where nothing stands; grown line by line while they stay apart."""
    columns = union([span_of(s) for s in leaves])
    wanted = len(columns)
    if wanted < 2:
        return None
    for line in body:
        if NOTE.match(line.text) or TOTAL.match(line.text):
            break
        grown = union([*columns, *(span_of(s) for s in line.segments)])
        if len(grown) < wanted:
            if len(line.segments) >= 2:  # two columns read as one; the other lines still show where they part
                continue
            break
        columns = grown if len(grown) == wanted else columns
    return Bands(tuple(columns), _numbered(leaves))


def cut_bands(leaves: Sequence[Segment], body: Sequence[Line]) -> Bands | None:
    """Columns parted between every two headings where the fewest lines stand, so that one line misread over two columns spoils nothing.

    None where there are no two headings, or where too many lines stand everywhere between two of them.
    """
    heads = union([span_of(s) for s in leaves])
    if len(heads) < 2:
        return None
    pieces: list[Segment] = []
    for line in body:
        if NOTE.match(line.text) or TOTAL.match(line.text):
            break
        pieces += line.segments
    cuts: list[float] = []
    for (_, left), (right, _) in itertools.pairwise(heads):
        steps = [left + (right - left) * k / 60 for k in range(61)]
        crossed = [sum(1 for s in pieces if s.box[0] + 0.5 < x < s.box[2] - 0.5) for x in steps]
        least = min(crossed)
        if least > _CROSSED * len(body):
            return None
        free = max(_stretches([c == least for c in crossed]), key=lambda r: r[1] - r[0])
        cuts.append((steps[free[0]] + steps[free[1] - 1]) / 2)
    numbers = [s for s in pieces if s.box[2] < heads[0][1] and _NUMBER.fullmatch(s.text)]
    last = max((s.box[3] for s in numbers), default=0.0)  # what stands below the last number may be a signature
    others = [s.box[0] for s in pieces if s not in numbers and s.box[0] < heads[0][1] and s.box[1] < last]
    edge = max((s.box[2] for s in numbers), default=0.0)
    numbered = _numbered(leaves)
    if len(numbers) >= 2 and others and edge + 1 < min(others) < heads[0][1] and heads[0][0] < edge:  # 序 read with the next heading
        cuts.insert(0, (edge + min(others)) / 2)
        heads[:1] = [(heads[0][0], edge), (min(others), heads[0][1])]
        numbered = True
    edges = [-1e6, *cuts, 1e6]
    columns = []
    for (a, b), (x0, x1) in zip(itertools.pairwise(edges), heads, strict=True):
        own = [s for s in pieces if a < (s.box[0] + s.box[2]) / 2 < b and not (s.box[0] < a - s.size or s.box[2] > b + s.size)]
        columns.append((max(a, min([x0, *(s.box[0] for s in own)])), min(b, max([x1, *(s.box[2] for s in own)]))))
    return Bands(tuple(columns), numbered, loose=True)


def _stretches(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Half-open stretches of flags that are set."""
    out: list[tuple[int, int]] = []
    for at, flag in enumerate(flags):
        if flag and out and out[-1][1] == at:
            out[-1] = (out[-1][0], at + 1)
        elif flag:
            out.append((at, at + 1))
    return out


def _numbered(leaves: Sequence[Segment]) -> bool:
    hits = [match(s.text) for s in leaves]
    return any(hit is not None and hit.field == "serial" for hit in hits) or any(s.text in ("序", "号") for s in leaves)


def span_of(s: Segment) -> Span:
    """From where to where a segment runs."""
    return s.box[0], s.box[2]


def _over(s: Segment, bands: Bands) -> list[Span]:
    """The columns that a segment lies over, but for an edge."""

    def least(a: float, b: float) -> float:
        return min(_OVER * s.size, 0.6 * (b - a)) if bands.loose else 2.0

    return [(a, b) for a, b in bands.columns if min(s.box[2], b) - max(s.box[0], a) > least(a, b)]


def union(spans: Sequence[Span]) -> list[Span]:
    """The spans joined where they meet, left to right."""
    out: list[Span] = []
    for x0, x1 in sorted(spans):
        if out and x0 <= out[-1][1] + 1.0:
            out[-1] = (out[-1][0], max(out[-1][1], x1))
        else:
            out.append((x0, x1))
    return out


def apart(line: Line, bands: Bands) -> Line:
    """The line with every segment that lies over several columns cut at its spaces, where there is one word for each column."""
    return Line(tuple(piece for s in line.segments for piece in pieces_of(s, bands, alone=len(line.segments) < 2)))


def pieces_of(s: Segment, bands: Bands, alone: bool = False) -> list[Segment]:
    """A segment cut where the columns under it part; ``alone``: nothing stands beside it, so that it may be running text."""
    over = _over(s, bands)
    words = s.text.split(" ")
    cut = not alone or (len(over) == 2 and over[0] != bands.columns[0])
    if len(words) != len(over) and cut and (len(over) == 2 or (bands.loose and len(over) > 2)):
        words = _shared_out(s, over)
    if len(over) < 2 or len(words) != len(over):
        return [s]
    return [Segment(w, (max(a, s.box[0]), s.box[1], min(b, s.box[2]), s.box[3]), s.size) for w, (a, b) in zip(words, over, strict=True)]


def _shared_out(s: Segment, over: Sequence[Span]) -> list[str]:
    """The text of a segment over several columns cut where each ends, by the width of its characters; whole when a cut is not clear."""
    widths = [1.0 if ord(c) > 0x2E7F else 0.55 for c in s.text]
    gaps = [right[0] - left[1] for left, right in itertools.pairwise(over)]
    size = (s.box[2] - s.box[0] - sum(gaps)) / max(sum(widths), 1.0)
    if not 0.6 * s.size < size < 1.4 * s.size:
        return [s.text]
    reached = list(itertools.accumulate(widths))
    cuts = [0]
    for k, (_, end) in enumerate(over[:-1]):
        wanted = (end - s.box[0] - sum(gaps[:k])) / size
        cuts.append(min(range(len(reached)), key=lambda i: abs(reached[i] - wanted)) + 1)
    cuts.append(len(s.text))
    if any(b <= a for a, b in itertools.pairwise(cuts)):
        return [s.text]
    return [s.text[a:b].strip() for a, b in itertools.pairwise(cuts)]


def column_of(segment: Segment, bands: Bands) -> int:
    """The column a segment overlaps most; the nearest one when it overlaps none."""
    overlap = [min(segment.box[2], b) - max(segment.box[0], a) for a, b in bands.columns]
    return max(range(len(overlap)), key=lambda i: overlap[i])


def fits(line: Line, bands: Bands) -> bool:
    """True when no segment of the line reaches over two columns."""
    return all(len(_over(s, bands)) <= 1 for s in line.segments)


def cuts_at_full_lines(body: Sequence[Line], bands: Bands) -> list[int]:
    """Row starts of cells set at the top of their rows: lines with a word in every column; what wraps below them leaves columns blank.

    A recogniser's boxes are too uneven for the small difference between leading and row spacing. Empty where the first line is not full or none wraps.
    """
    filled = [{column_of(s, bands) for s in line.segments} for line in body]
    used = set().union(*filled)
    full = [i for i, columns in enumerate(filled) if columns == used]
    if len(used) < 3 or not full or full[0] != 0 or len(full) in (1, len(body)):
        return []
    steps = [0.0] + [(b.box[1] + b.box[3] - a.box[1] - a.box[3]) / 2 for a, b in itertools.pairwise(body)]
    wrapped = sorted(steps[i] for i in range(1, len(body)) if i not in full)
    apart_ = sorted(steps[i] for i in full[1:])
    middle = (wrapped[len(wrapped) // 2] + apart_[len(apart_) // 2]) / 2
    return [i for i in full[1:] if i - 1 not in full or steps[i] > middle]


def cuts_at_centres(body: Sequence[Line], bands: Bands) -> list[int]:
    """Row starts of cells set in the middle of their rows: cuts by which the cells of every row share one centre.

    A row that a page break cuts may stand first or last without doing so. Empty where no such cuts are found, or where no row has cells of different
    height, so that nothing tells middle from top.
    """
    steps = sorted(b - a for column in _middles(body, bands) for a, b in itertools.pairwise(column))
    steps = [s for s in steps if s > 1.0]
    if len(bands.columns) < 3 or not steps:
        return []
    leading = steps[len(steps) // 10]
    best: list[tuple[float, int, int]] = [(0.0, 0, 0)]  # cost, where the last row starts, rows of cells of different height
    for end in range(1, len(body) + 1):
        choices = []
        for start in range(max(0, end - _TALLEST), end):
            cost, uneven = _row_cost(body[start:end], bands, leading)
            if cost < 0:
                if start and end < len(body):
                    continue
                cost = float(len(bands.columns) * (end - start))
            choices.append((best[start][0] + cost, start, best[start][2] + uneven))
        best.append(min(choices, default=(1e9, end - 1, 0)))
    cuts: list[int] = []
    at = len(body)
    while at:
        at = best[at][1]
        cuts.append(at)
    return sorted(cuts)[1:] if best[-1][2] and best[-1][0] < 1e9 else []


def _middles(lines: Sequence[Line], bands: Bands) -> list[list[float]]:
    """Heights of the middles of the lines of each column, top to bottom."""
    out: list[list[float]] = [[] for _ in bands.columns]
    for line in lines:
        for s in line.segments:
            column, middle = out[column_of(s, bands)], (s.box[1] + s.box[3]) / 2
            if not column or middle - column[-1] > 0.4 * (s.box[3] - s.box[1]):  # pieces of one line count once
                column.append(middle)
    return out


def _row_cost(lines: Sequence[Line], bands: Bands, leading: float) -> tuple[float, int]:
    """How badly lines make one row of cells set in the middle, -1 where they cannot; 1 when its cells are of different height."""
    columns = _middles(lines, bands)
    filled = [c for c in columns if c]
    if any(not 0.8 * leading < b - a < 1.2 * leading for c in filled for a, b in itertools.pairwise(c)):
        return -1.0, 0
    centres = [(c[0] + c[-1]) / 2 for c in filled]
    spread = (max(centres) - min(centres)) / leading
    if spread > _ONE_CENTRE:
        return -1.0, 0
    text = ["".join(s.text for line in lines for s in line.segments if column_of(s, bands) == k) for k in range(len(columns))]
    torn = sum(t.count("《") != t.count("》") for t in text)
    return len(columns) - len(filled) + spread + torn, int(len({len(c) for c in filled}) > 1)
