"""Write a file's blocks out as one text and give every paragraph and cell its place in it."""

from __future__ import annotations

from dataclasses import replace

from ingest.blocks import Block, Blocks, Cell, Paragraph, Table


def with_spans(blocks: Blocks) -> Blocks:
    """Return ``blocks`` with ``text`` filled and ``Locator.chars`` set: paragraphs and rows on lines of their own, cells parted by tabs.

    Inherited cells (filled in from a merged neighbour) are not written twice; they keep the span of the cell they come from.
    """
    parts: list[str] = []
    position = 0
    placed: list[Block] = []

    def write(text: str, end: str) -> tuple[int, int]:
        nonlocal position
        start = position
        parts.append(text + end)
        position += len(text) + len(end)
        return start, start + len(text)

    for block in blocks.blocks:
        if isinstance(block, Paragraph):
            placed.append(replace(block, locator=replace(block.locator, chars=write(block.text, "\n"))))
        else:
            rows: list[tuple[Cell, ...]] = []
            for row in block.rows:
                cells: list[Cell] = []
                for i, cell in enumerate(row):
                    end = "\n" if i == len(row) - 1 else "\t"
                    span = write("" if cell.inherited else cell.text, end)
                    cells.append(replace(cell, locator=replace(cell.locator, chars=span)))
                rows.append(tuple(cells))
            placed.append(replace(block, rows=tuple(rows)))
    return replace(blocks, blocks=tuple(placed), text="".join(parts))


def tables_of(blocks: Blocks) -> tuple[Table, ...]:
    """The physical tables in reading order."""
    return tuple(b for b in blocks.blocks if isinstance(b, Table))


def paragraphs_of(blocks: Blocks) -> tuple[Paragraph, ...]:
    """The paragraphs in reading order."""
    return tuple(b for b in blocks.blocks if isinstance(b, Paragraph))
