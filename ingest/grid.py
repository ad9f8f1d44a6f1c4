"""Lay spanning cells out on a rectangular grid, so that later code sees every value at every place it covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ingest.blocks import Cell
from knowledge.types import Locator

MAX_SPAN = 2000


def lay_out(rows: Sequence[Sequence[Cell]], locators: Sequence[Locator] = ()) -> tuple[tuple[Cell, ...], ...]:
    """Turn rows of origin cells (HTML style: covered places left out) into a full grid.

    A covered place holds a copy of its origin with ``inherited=True`` and, where ``locators`` gives one, the locator of its own row.
    Rows are padded with empty cells to the same width.
    """
    grid: list[dict[int, Cell]] = [{} for _ in rows]
    for r, row in enumerate(rows):
        c = 0
        for cell in row:
            while c in grid[r]:
                c += 1
            for dr in range(min(max(cell.rowspan, 1), MAX_SPAN, len(rows) - r)):
                here = locators[r + dr] if r + dr < len(locators) else cell.locator
                for dc in range(min(max(cell.colspan, 1), MAX_SPAN)):
                    first = dr == 0 and dc == 0
                    grid[r + dr].setdefault(c + dc, cell if first else replace(cell, inherited=True, rowspan=1, colspan=1, locator=here))
            c += max(cell.colspan, 1)
    width = max((max(g, default=-1) + 1 for g in grid), default=0)
    blank = [locators[r] if r < len(locators) else Locator() for r in range(len(rows))]
    return tuple(tuple(g.get(c, Cell("", blank[r])) for c in range(width)) for r, g in enumerate(grid))


def fill_merged(cells: list[list[Cell]], merges: Sequence[tuple[int, int, int, int]]) -> tuple[tuple[Cell, ...], ...]:
    """Fill merged ranges ``(row0, col0, row1, col1)``, 0-based and inclusive, of an already rectangular sheet."""
    for r0, c0, r1, c1 in merges:
        if r0 >= len(cells) or not cells[r0] or c0 >= len(cells[r0]):
            continue
        r1, c1 = min(r1, len(cells) - 1), min(c1, len(cells[r0]) - 1)
        origin = replace(cells[r0][c0], rowspan=r1 - r0 + 1, colspan=c1 - c0 + 1)
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                cells[r][c] = (
                    origin if (r, c) == (r0, c0) else replace(origin, inherited=True, rowspan=1, colspan=1, locator=cells[r][c].locator)
                )
    return tuple(tuple(row) for row in cells)
