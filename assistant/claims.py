"""Bases that a question (or a ledger cell) claims: does the instrument exist, does the article, was it in force that day? Nothing is mapped to a neighbour."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.question import Query
from assistant.world import World
from knowledge.types import Level


@dataclass(frozen=True, slots=True)
class Claim:
    """One claimed basis. ``state``: ok | title_not_found | article_not_found | repealed | amended | not_yet; ``ref`` when found."""

    name: str
    state: str
    note: str = ""
    ref: str | None = None
    level: Level | None = None


def read_claims(world: World, query: Query) -> tuple[Claim, ...]:
    """Claims of a question."""
    return ()
