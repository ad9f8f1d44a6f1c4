"""Second look at gaps: an article label run together with the sentence before it, without even a full stop."""

from __future__ import annotations

import re

from ingest.law_lines import looks_like_reference
from ingest.law_state import Block, Segment, State
from knowledge.text import article_label
from knowledge.types import Locator, Problem

_CITING = re.compile(r"(?:》|法|例|定|则|法典|办法|依照|按照|根据|违反|[、和或至与及])\s*$")


def recover_gaps(state: State) -> None:
    """Splits an article at the label of the missing next one when that label stands in it exactly once and is not a citation."""
    for number in list(state.gaps):
        order = next((i for i, b in enumerate(state.blocks) if b.kind == "article" and b.number == number - 1), None)
        found = _place(state, state.blocks[order], number) if order is not None else None
        if order is not None and found is not None:
            _split(state, order, found, number)
            state.gaps.remove(number)


def _place(state: State, block: Block, number: int) -> tuple[int, int, int] | None:
    """(piece, start of label, start of body)."""
    pattern = re.compile(r"\s*".join(article_label(number)))
    hits: list[tuple[int, int, int]] = []
    for index, (start, end) in enumerate(block.pieces):
        for match in pattern.finditer(state.text, start, end):
            rest = state.text[match.end() : match.end() + 4].lstrip()
            if not _CITING.search(state.text[start : match.start()]) and not looks_like_reference(rest) and match.start() > start:
                hits.append((index, match.start(), match.end()))
    return hits[0] if len(hits) == 1 else None


def _split(state: State, order: int, place: tuple[int, int, int], number: int) -> None:
    piece, at, body = place
    block = state.blocks[order]
    start, end = block.pieces[piece]
    while body < end and state.text[body].isspace():
        body += 1
    new = type(block)("article", number, 0, (at, body), [(body, end), *block.pieces[piece + 1 :]], block.headings)
    block.pieces = [*block.pieces[:piece], (start, at)]
    state.blocks.insert(order + 1, new)
    state.segments = [segment for old in state.segments for segment in _renumber(old, order, at, body)]
    message = f"{article_label(number)}与前一条连写且没有标点，已拆开，请核对原文。"
    state.problems.append(Problem("LAW_INLINE_ARTICLE", message, Locator(chars=(at, body))))


def _renumber(segment: Segment, order: int, at: int, body: int) -> list[Segment]:
    """The segments after the cut belong to the new provision; later ones move up by one."""
    make = type(segment)
    if segment.order < order:
        return [segment]
    if segment.order > order:
        return [make(segment.kind, segment.start, segment.end, segment.order + 1)]
    if segment.end <= at:
        return [segment]
    if segment.start >= body:
        return [make(segment.kind, segment.start, segment.end, order + 1)]
    parts = [make(segment.kind, segment.start, at, order), make("label", at, body, order + 1), make("text", body, segment.end, order + 1)]
    return [part for part in parts if part.end > part.start]
