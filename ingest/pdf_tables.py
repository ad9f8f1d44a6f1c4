"""Ruled tables on a PDF page: the cells drawn by lines → rows with spans. Rows that no line parts are parted at their serials."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise

from ingest.blocks import Cell, Table
from ingest.grid import lay_out
from ingest.pdf_borderless import cuts_at_serials
from ingest.pdf_lines import Box, Char, boxed, cell_text, hull, lines_of
from knowledge.types import Locator

SNAP = 3.0


def _edges(values: Sequence[float]) -> list[float]:
    """Distinct coordinates, those closer than ``SNAP`` to the next taken as one: walls of a scan that lean a little stay one wall."""
    ordered = sorted(values)
    return ordered[:1] + [b for a, b in pairwise(ordered) if b - a > SNAP]


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
    finer = _split_rows(places, inside)
    if finer is not None:
        return ruled(finer, chars, page, number)
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


def _split_rows(
    places: Mapping[tuple[int, int], tuple[Box, int, int]], inside: Mapping[tuple[int, int], Sequence[Char]]
) -> list[Box] | None:
    """Cells cut further where one drawn row holds several serials 1, 2, 3 (lines between the columns only); None when there is no such row."""
    cells: list[Box] = []
    split = False
    for r in sorted({r for r, _ in places}):
        row = {c: box for (rr, c), (box, _, _) in places.items() if rr == r}
        lines = [(c, line) for c in row for line in lines_of(inside.get((r, c), ()))]
        lines.sort(key=lambda pair: pair[1].box[1])
        anchors = [i for i, (c, line) in enumerate(lines) if c == min(row) and re.fullmatch(r"\d{1,4}", line.text)]
        numbers = [int(lines[i][1].text) for i in anchors]
        level = len({(round(b[1]), round(b[3])) for b in row.values()}) == 1
        if len(numbers) < 2 or not level or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            cells.extend(row.values())
            continue
        body = [line for _, line in lines]
        cuts = sorted({0, *cuts_at_serials(anchors, body)})
        edges = [(max(x.box[3] for x in body[:c]) + body[c].box[1]) / 2 for c in cuts if c]
        top, bottom = next(iter(row.values()))[1], next(iter(row.values()))[3]
        heights = [top, *edges, bottom]
        cells.extend((b[0], y0, b[2], y1) for b in row.values() for y0, y1 in zip(heights, heights[1:], strict=False))
        split = True
    return cells if split else None
