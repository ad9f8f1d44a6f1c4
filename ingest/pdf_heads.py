"""The line of headings of a table without cells: its wrapped halves, its storeys, and which headings stand over several columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.columns import Match, heading_score, match
from ingest.pdf_columns import SERIAL, Span, span_of, union
from ingest.pdf_lines import Line, Segment

_NO = Match("", 0)


@dataclass(frozen=True, slots=True)
class Head:
    """Heading lines ``first``…``last`` (half open), the segments of its lowest storey and those that stand over several columns."""

    first: int
    last: int
    leaves: tuple[Segment, ...]
    parents: tuple[Segment, ...]


def find_head(lines: Sequence[Line], rules: Sequence[float] = ()) -> Head | None:
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
        or any(len(s.text) > 12 or (SERIAL.fullmatch(s.text) and s.text not in "一二三") for s in line.segments)
    ):
        return False
    return gap < 0 or len(line.segments) < max(2, 0.6 * columns) or heading_score([s.text for s in line.segments]) >= 2


def _storeys(first: int, last_line: int, segments: list[Segment]) -> Head:
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
    return Head(first, last_line, tuple(leaves), tuple(parents))


def _spreads(p: Segment, below: Sequence[Segment]) -> bool:
    """True for a heading over two or more lower ones; its own wrapped second line is aligned with it and is none of them."""
    under = [s for s in below if s.box[0] < p.box[2] and p.box[0] < s.box[2]]
    if len(union([span_of(s) for s in under])) >= 2:
        return True
    near = [s for s in below if s.box[0] < wide(p)[1] and wide(p)[0] < s.box[2]]
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


def wide(s: Segment) -> Span:
    """The reach of a spread heading: a little wider than its letters, since it is centred over its columns."""
    return s.box[0] - 1.5 * s.size, s.box[2] + 1.5 * s.size
