"""Tables on a PDF page: ruled ones from their lines, borderless and three-line ones from gaps between words and from the serial column."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ingest.blocks import Cell, Table
from ingest.grid import lay_out
from ingest.pdf_lines import Box, Char, cell_text, hull
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
                locator = Locator(page=page, table=number, row=r + 1, boxes=(boxed(page, box),))
                rows[r].append(Cell(cell_text(inside.get((r, c), [])), locator, down, across))
            elif (r, c) not in cover:
                rows[r].append(Cell("", where[r]))
    return Table(lay_out(rows, where), Locator(page=page, table=number, boxes=(boxed(page, hull(cells)),))), loose


def boxed(page: int, box: Box) -> tuple[float, float, float, float, float]:
    return (float(page), round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2))
