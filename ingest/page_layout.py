"""Characters and ruling lines of a page → tables and lines of running text, for the readers that find both by themselves (scans, OFD)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from ingest.blocks import Table
from ingest.pdf_borderless import find_borderless
from ingest.pdf_columns import Bands
from ingest.pdf_lines import Box, Char, hull, inside, lines_of
from ingest.pdf_tables import ruled
from ingest.read_pdf import PageRead

SNAP = 2.0  # points: lines closer than this are one
MAX_LINES = 4000
Stroke = tuple[float, float, float]  # a straight ruling line: where it stands, and from where to where it runs


def lay_page(
    read: PageRead, chars: Sequence[Char], tables: Sequence[Sequence[Box]], levels: Sequence[float], before: int, bands: Bands | None
) -> Bands | None:
    """Fill ``read.items`` with the tables and lines of a page, in points.

    ``tables``: the closed cells of each ruled table; ``levels``: heights of long horizontal rules, for borderless tables; ``before``: number of
    tables on earlier pages; ``bands``: columns of a borderless table that the page may go on with. Returns such columns for the next page.
    """
    read.characters = sum(len("".join(str(c["text"]).split())) for c in chars)
    for char in chars:
        read.sizes[round(char["size"], 1)] += len(char["text"].strip())
    rest = list(chars)
    for cells in tables:
        box = hull(cells)
        within = [c for c in rest if inside(c, box)]
        made = ruled(cells, within, read.number, before + 1) if within else None
        if made is not None:
            before += 1
            read.items.append((box[1], made[0]))
            gone = {id(c) for c in within} - {id(c) for c in made[1]}
            rest = [c for c in rest if id(c) not in gone]
    left = bands if read.items else None
    if not read.items:
        found = find_borderless(rest, levels, read.number, before + 1, bands)
        if found is not None:
            used = [s.box for line in found.used for s in line.segments]
            rest = [c for c in rest if not any(inside(c, b, 0.2) for b in used)]
            read.items.append((min(line.box[1] for line in found.used), found.table))
            left = found.bands
    read.items.extend((line.box[1], line) for line in lines_of(rest))
    read.items.sort(key=lambda item: item[0])
    return left


def count_tables(read: PageRead) -> int:
    """Number of tables on a page."""
    return sum(1 for _, item in read.items if isinstance(item, Table))


def closed_cells(across: Sequence[Stroke], down: Sequence[Stroke]) -> list[list[Box]]:
    """The rectangles that straight lines close, table by table, top to bottom.

    ``across``: horizontal lines as ``(y, x0, x1)``; ``down``: vertical ones as ``(x, y0, y1)``; in points. Empty without a closed rectangle, and
    for a drawing of more than ``MAX_LINES`` lines.
    """
    if len(across) + len(down) > MAX_LINES:
        return []
    return sorted((cells for net in _nets(across, down) if len(cells := _cells(*net)) > 1), key=lambda cells: min(c[1] for c in cells))


def _nets(across: Sequence[Stroke], down: Sequence[Stroke]) -> list[tuple[list[Stroke], list[Stroke]]]:
    """Lines that touch one another, directly or through others."""
    parent = list(range(len(across) + len(down)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for j, (x, y0, y1) in enumerate(down):
        for i, (y, x0, x1) in enumerate(across):
            if x0 - SNAP <= x <= x1 + SNAP and y0 - SNAP <= y <= y1 + SNAP:
                parent[root(len(across) + j)] = root(i)
    nets: dict[int, tuple[list[Stroke], list[Stroke]]] = {}
    for i, stroke in enumerate([*across, *down]):
        nets.setdefault(root(i), ([], []))[int(i >= len(across))].append(stroke)
    return [net for net in nets.values() if net[0] and net[1]]


def _snapped(values: Sequence[float]) -> list[float]:
    out: list[float] = []
    for value in sorted(values):
        if not out or value - out[-1] > SNAP:
            out.append(value)
    return out


def _at(edges: Sequence[float], value: float) -> int:
    return max(bisect_right(edges, value + 0.01) - 1, 0)


def _walls(strokes: Sequence[Stroke], stands: Sequence[float], runs: Sequence[float]) -> set[tuple[int, int]]:
    """``(index of the line, index of the interval it covers)``."""
    walls: set[tuple[int, int]] = set()
    for at, start, end in strokes:
        first, last = bisect_left(runs, start - SNAP), bisect_right(runs, end + SNAP) - 1
        walls.update((_at(stands, at), k) for k in range(first, last))
    return walls


def _cells(across: Sequence[Stroke], down: Sequence[Stroke]) -> list[Box]:
    """Squares of the grid of all lines, joined where no wall parts them; those that are rectangles closed on every side."""
    ys, xs = _snapped([s[0] for s in across]), _snapped([s[0] for s in down])
    if len(ys) < 2 or len(xs) < 2 or len(ys) * len(xs) > 100_000:
        return []
    flat, tall = _walls(across, ys, xs), _walls(down, xs, ys)
    seen: set[tuple[int, int]] = set()
    cells: list[Box] = []
    for r, c in ((r, c) for r in range(len(ys) - 1) for c in range(len(xs) - 1)):
        if (r, c) in seen:
            continue
        area, todo, closed = {(r, c)}, [(r, c)], True
        while todo:
            y, x = todo.pop()
            sides = (((y, x), flat, y - 1, x), ((y + 1, x), flat, y + 1, x), ((x, y), tall, y, x - 1), ((x + 1, y), tall, y, x + 1))
            for wall, walls, ny, nx in sides:
                if wall in walls or (ny, nx) in area:
                    continue
                if not (0 <= ny < len(ys) - 1 and 0 <= nx < len(xs) - 1):
                    closed = False
                    continue
                area.add((ny, nx))
                todo.append((ny, nx))
        seen |= area
        rows, columns = {a[0] for a in area}, {a[1] for a in area}
        if closed and len(area) == len(rows) * len(columns):
            cells.append((xs[min(columns)], ys[min(rows)], xs[max(columns) + 1], ys[max(rows) + 1]))
    return cells


def segments(points: Sequence[tuple[float, float]]) -> tuple[list[Stroke], list[Stroke]]:
    """The horizontal and vertical pieces of a drawn line through ``points``; slanted pieces are left out."""
    across: list[Stroke] = []
    down: list[Stroke] = []
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(y1 - y0) < 0.5 < abs(x1 - x0):
            across.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x1 - x0) < 0.5 < abs(y1 - y0):
            down.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    return across, down
