"""Tables in which every other row is shaded and nothing else is drawn: the shaded rows are closed cells, the rows between them are not.

The columns of the stripes go on through the white rows, so a white strip between two stripes is one row of the same table.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.pdf_lines import Box, Char, Line, hull, lines_of
from ingest.tables import NOTE

_SAME = 3.0  # points that the sides of two stripes may differ


def striped(tables: Sequence[Sequence[Box]], chars: Sequence[Char], strokes: Sequence[Char] = ()) -> list[list[Box]]:
    """The closed cells of each table of a page, stripes of one table put together with cells for the white rows between and below them.

    ``chars``: the visible characters of the page; ``strokes``: what is drawn on it, as pdfplumber gives it. Tables that are not stripes come back as they are.
    """
    out: list[list[Box]] = []
    white: list[list[Box]] = []  # of each table, the white rows put in
    for cells in sorted((list(t) for t in tables if t), key=lambda t: hull(t)[1]):
        row = _between(out[-1], cells, chars) if out else None
        if row is None:
            out.append(cells)
            white.append([])
        else:
            out[-1] = [*out[-1], *row, *cells]
            white[-1] += row[:1]
    return [
        [*cells, *_below(cells, chars, rows)] if rows or not _drawn(cells, strokes) else cells
        for cells, rows in zip(out, white, strict=True)
    ]


def _drawn(cells: Sequence[Box], strokes: Sequence[Char]) -> bool:
    """True when lines, and not only shaded areas, close the cells."""
    x0, top, x1, bottom = hull(cells)
    return len(cells) < 4 or any(
        min(s["x1"] - s["x0"], s["bottom"] - s["top"]) < 2.5
        and x0 - 2 <= s["x0"]
        and s["x1"] <= x1 + 2
        and top - 2 <= s["top"] <= bottom + 2
        for s in strokes
    )


def _between(upper: Sequence[Box], lower: Sequence[Box], chars: Sequence[Char]) -> list[Box] | None:
    """Cells of the white row between two stripes of one table; None where they are two tables."""
    a, b = hull(upper), hull(lower)
    if abs(a[0] - b[0]) > _SAME or abs(a[2] - b[2]) > _SAME or b[1] - a[3] < 4:
        return None
    columns = _columns(upper)
    if len(columns) < 2 or [round(x / 4) for x, _ in columns] != [round(x / 4) for x, _ in _columns(lower)]:
        return None
    lines = _lines(chars, a[0], a[2], a[3], b[1])
    if not lines or not all(_fits(line, columns) for line in lines) or len(_filled(lines, columns)) < 2:
        return None
    return [(x0, a[3], x1, b[1]) for x0, x1 in columns]


def _below(cells: Sequence[Box], chars: Sequence[Char], rows: Sequence[Box]) -> list[Box]:
    """Cells of a white last row: the lines right below the last stripe, as far as they keep to its columns. ``rows``: the other white ones."""
    box, columns = hull(cells), _columns(cells)
    paddings = [min((line.box[1] for line in _lines(chars, box[0], box[2], r[1], r[3])), default=r[1]) - r[1] for r in rows]
    taken: list[Line] = []
    bottom = box[3]
    for line in _lines(chars, box[0], box[2], box[3], box[3] + 200):
        height = line.box[3] - line.box[1]
        room = 0.9 * height if taken else max(paddings, default=height) + 1
        if line.box[1] - bottom > room or not _fits(line, columns) or NOTE.match(line.text):
            break
        taken.append(line)
        bottom = max(bottom, line.box[3])
    if len(_filled(taken, columns)) < 2:
        return []
    return [(x0, box[3], x1, bottom + 1) for x0, x1 in columns]


def _columns(cells: Sequence[Box]) -> list[tuple[float, float]]:
    """Columns of the lowest row of a stripe."""
    bottom = max(c[3] for c in cells)
    return sorted((c[0], c[2]) for c in cells if bottom - c[3] < _SAME)


def _lines(chars: Sequence[Char], x0: float, x1: float, top: float, bottom: float) -> list[Line]:
    inside = [c for c in chars if top < (c["top"] + c["bottom"]) / 2 < bottom and x0 - 2 < (c["x0"] + c["x1"]) / 2 < x1 + 2]
    return lines_of(inside, gap=0.3)


def _fits(line: Line, columns: Sequence[tuple[float, float]]) -> bool:
    return all(any(a - 2 <= s.box[0] and s.box[2] <= b + 2 for a, b in columns) for s in line.segments)


def _filled(lines: Sequence[Line], columns: Sequence[tuple[float, float]]) -> set[int]:
    return {i for line in lines for s in line.segments for i, (a, b) in enumerate(columns) if a - 2 <= s.box[0] and s.box[2] <= b + 2}
