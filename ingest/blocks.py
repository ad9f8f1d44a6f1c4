"""What every reader returns: paragraphs and tables with locators, no meaning yet.

A reader is a function ``(data: bytes, name: str) -> Blocks``. It is pure, never touches the network, and raises
``knowledge.errors.RejectedFile`` when the file cannot be read at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.types import Locator, Problem


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line or paragraph of running text. ``style``: title | heading | body | header | footer | caption (a hint from the reader)."""

    text: str
    locator: Locator = Locator()
    style: str = "body"


@dataclass(frozen=True, slots=True)
class Cell:
    """One physical cell. ``rowspan``/``colspan`` as in the source; ``inherited`` marks a value filled in from a merged neighbour."""

    text: str
    locator: Locator = Locator()
    rowspan: int = 1
    colspan: int = 1
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A physical table: rows of cells as the source has them (one table per page piece, per sheet, per <table>)."""

    rows: tuple[tuple[Cell, ...], ...]
    locator: Locator = Locator()
    header_rows: int | None = None  # when the source says so (<thead>, repeated header)


Block = Paragraph | Table


@dataclass(frozen=True, slots=True)
class Blocks:
    """A file as blocks in reading order. ``text`` is the normalised text that ``Locator.chars`` points into."""

    format: str
    blocks: tuple[Block, ...]
    pages: int | None = None
    pages_without_text: tuple[int, ...] = ()
    hidden: tuple[Paragraph, ...] = ()  # white, tiny or off-page text, kept apart
    problems: tuple[Problem, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()  # document properties: title, author, …
    text: str = ""
