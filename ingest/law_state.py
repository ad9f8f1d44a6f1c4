"""The records of the law parser: segments that cover the source, provisions in the making, and where the reader stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.law_lines import Line, open_quotes
from knowledge.text import squeeze
from knowledge.types import Conservation, Instrument, Locator, Problem, Provision

_INSERTS = re.compile(r"(?:内容如下|条文如下|修改为|改为|作为第[^：]{1,30}|新增[^：]{1,20})[：:]$")


class Segment(NamedTuple):
    """A stretch of the source: ``kind`` title | header | markup | heading | label | text.

    ``order``: the place in ``provisions`` of the provision it belongs to, or -1.
    """

    kind: str
    start: int
    end: int
    order: int = -1


@dataclass(frozen=True, slots=True)
class LawParse:
    """What a law text says. ``text`` is the source with line ends made uniform; locators and segments point into it."""

    instrument: Instrument
    provisions: tuple[Provision, ...]
    problems: tuple[Problem, ...]
    conservation: Conservation
    segments: tuple[Segment, ...] = ()
    text: str = ""

    def rebuilt(self) -> str:
        """The text put together again from its parts, without white space and markup; equals ``source()`` when nothing was lost."""
        out: list[str] = []
        last = -1
        for segment in self.segments:
            if segment.kind == "markup":
                continue
            if segment.kind != "text":
                out.append(self.text[segment.start : segment.end])
            elif segment.order != last:
                last = segment.order
                out.append(self.provisions[last].text)
        return squeeze("".join(out))

    def source(self) -> str:
        """The source without white space and markup (``#``, ``<!-- … -->``)."""
        out, last = [], 0
        for segment in self.segments:
            if segment.kind == "markup":
                out.append(self.text[last : segment.start])
                last = segment.end
        return squeeze("".join([*out, self.text[last:]]))


@dataclass(slots=True)
class Block:
    """A provision in the making."""

    kind: str
    number: int | None = None
    sub: int = 0
    label: tuple[int, int] = (0, 0)
    pieces: list[tuple[int, int]] = field(default_factory=list)
    headings: tuple[str, ...] = ()
    titled: bool = False  # the first piece is a heading of its own


@dataclass(slots=True)
class State:
    """Where the reader stands: the open block, the headings above it, the last article, quotation marks not yet closed."""

    text: str
    blocks: list[Block] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    number: int = 0
    sub: int = 0
    quotes: int = 0
    annex: bool = False
    previous: Line | None = None
    mark_levels: dict[int, int] = field(default_factory=dict)  # number of ``#`` → level of the numbered headings that carry it
    under_heading: bool = False  # a heading stands between the open block and the next line
    inserted: bool = False  # the open article quotes articles of another text (内容如下：第七节 …)
    gaps: list[int] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)

    def open(self, kind: str, number: int | None = None, sub: int = 0, label: tuple[int, int] = (0, 0)) -> Block:
        """Starts a provision and writes its label segment."""
        block = Block(kind, number, sub, label, headings=tuple(title for _, title in self.headings))
        self.blocks.append(block)
        self.quotes = 0
        self.under_heading = self.inserted = False
        if label[1] > label[0]:
            self.segments.append(Segment("label", *label, len(self.blocks) - 1))
        return block

    def add(self, start: int, end: int) -> None:
        """Puts a stretch of text into the open provision (a preface is opened when there is none)."""
        if start >= end:
            return
        if not self.blocks:
            self.open("preface")
        elif self.under_heading:  # text below a heading never belongs to the article above the heading
            self.open("paragraph")
        self.blocks[-1].pieces.append((start, end))
        self.segments.append(Segment("text", start, end, len(self.blocks) - 1))
        piece = self.text[start:end]
        self.quotes = open_quotes(piece, self.quotes)
        self.inserted = self.inserted or bool(_INSERTS.search(piece))

    def problem(self, code: str, message: str, start: int, end: int) -> None:
        """Notes something odd with its place."""
        self.problems.append(Problem(code, message, Locator(chars=(start, end))))

    def indents(self) -> bool:
        """Whether the text indents its paragraphs (then a line at the margin continues the line before it)."""
        labels = [block.label[0] for block in self.blocks if block.label[1] > block.label[0]]
        inside = sum(at > 0 and self.text[at - 1] not in "\n" and self.text[at - 1].isspace() for at in labels)
        return len(labels) >= 3 and inside >= 0.8 * len(labels)

    def unindented(self, block: Block) -> frozenset[int]:
        """The pieces of a block that begin at the margin, the first left out."""
        starts = [start for start, _ in block.pieces]
        return frozenset(i for i, at in enumerate(starts) if i and (at == 0 or self.text[at - 1] == "\n"))

    def segment(self, kind: str, line: Line) -> None:
        """A segment for a whole line, and one for its Markdown marks."""
        if line.marks:
            self.markup_before(line)
        self.segments.append(Segment(kind, line.start, line.end))

    def markup_before(self, line: Line) -> None:
        """The Markdown marks (and blanks) in front of a line's words."""
        begin = self.text.rfind("\n", 0, line.start) + 1
        self.segments.append(Segment("markup", begin, line.start))
