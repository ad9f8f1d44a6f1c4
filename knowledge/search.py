"""Search over a library: an exact reference first, else lexical and dense candidates ranked by transparent features; every hit says why.

>>> with Library.open("…") as library:
...     for hit in open_search(library).search("城管收走了摊子要给收据吗", limit=5):
...         print(hit.title, hit.label, hit.why)

Search finds and explains; it never decides. By default it is limited to what is in force on the day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from knowledge.candidates import Engine, Table
from knowledge.errors import NotFound
from knowledge.lexical import LexicalIndex
from knowledge.memory import Memory
from knowledge.ranker import Ranker
from knowledge.reasons import explain
from knowledge.search_exact import exact_records
from knowledge.search_index import (
    RefreshReport,
    folder_of,
    load_asked,
    load_memory,
    load_ranker,
    refresh,
    refresh_lexical,
    refresh_vectors,
    word_vectors,
)
from knowledge.shelf import Record, Scope
from knowledge.vectors import Dense, open_dense

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from knowledge.store import Library

__all__ = ["Hit", "RefreshReport", "Search", "exact_hits", "open_search", "refresh", "refresh_lexical", "refresh_vectors"]

Floats = NDArray[np.float32]

UNTRAINED = np.float32(4)  # what the fused channels weigh beside the ranker's scores
BLENDED = 50  # hits ordered by both together where the ranker is not wholly trusted; below them the two orders take turns
TURNS = 2  # places of the ranker's order for each of the channels'


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. ``why`` names what carried it, strongest first; ``score`` only orders the hits of one query."""

    record: Record
    score: float
    why: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The object of ``search --json`` (design/interface.md)."""
        item = self.record
        shown = {"ref": item.ref, "title": item.title, "label": item.label, "document": item.document}
        dates = {"effective": item.effective, "ended": item.ended, "region": item.region, "level": item.level, "kind": item.kind}
        return {**shown, "score": round(self.score, 4), "why": list(self.why), **dates}


@dataclass(frozen=True)
class Search:
    """A library open for searching. Read-only and safe to share between threads; open a new one after ``refresh``."""

    engine: Engine
    ranker: Ranker | None = None
    library: Library | None = None

    def search(
        self,
        query: str,
        limit: int = 10,
        *,
        regions: tuple[str, ...] | None = None,
        day: date | None = None,
        all_versions: bool = False,
        levels: tuple[str, ...] | None = None,
        kinds: tuple[str, ...] | None = None,
    ) -> list[Hit]:
        """The best provisions and rows, best first; an empty list when nothing in scope shares a word or a meaning with the query.

        Args:
            query: a question, some words, or a reference (then what it names, and nothing else).
            regions: a region and those above it, as ``regions.chain`` gives them; ``None`` searches everywhere.
            day: only what is in force then (default today); what has no known date counts as in force.
            all_versions: whatever its date.
            levels, kinds: limits by rank of norm and by ``provision`` or ``entry``.
        """
        if limit < 1 or not query.strip():
            return []
        today = None if all_versions else (day or date.today())
        if self.library is not None and (named := exact_hits(self.library, query, day, all_versions=all_versions)):
            return named[:limit]
        scope = Scope(regions=regions, day=today, levels=levels, kinds=kinds)
        table = self.engine.table(query, scope, full=self.ranker is not None)
        if not len(table.rows):
            return []
        scores = self.score(table)
        order = np.argsort(-scores, kind="stable")[:limit]
        return self._hits(query, table, scores, order)

    def score(self, table: Table) -> Floats:
        """Final scores of a table's candidates: the ranker's, or the fused channels where nothing was trained; what was confirmed for this very
        question stands above all."""
        scores = self._ranked(table)
        if "confirmed" in table.scores and len(scores):
            scores = scores + table.scores["confirmed"] * (float(scores.max() - scores.min()) + 1)
        return scores

    def _ranked(self, table: Table) -> Floats:
        if self.ranker is None:
            return table.scores["fused"]
        learned, fused = self.ranker.score(table.matrix(self.ranker.features)), table.scores["fused"]
        share = self._trusted(table)
        if share == 1:
            return learned
        return in_turn(share * learned + (1 - share) * UNTRAINED * fused if share else fused, learned, fused)

    def _trusted(self, table: Table) -> np.float32:
        near = table.scores.get("memory_nearest")
        likeness = float(near[0]) if near is not None and len(near) else 0.0
        return np.float32(self.ranker.share_of(likeness) if self.ranker else 0)

    def _hits(self, query: str, table: Table, scores: Floats, order: NDArray[np.intp]) -> list[Hit]:
        best = Table(table.rows[order], {name: values[order] for name, values in table.scores.items()})
        whys = explain(query, table, best, self.engine.shelf, self.ranker if self._trusted(table) else None)
        return [
            Hit(self.engine.shelf.record(int(row)), float(score), why)
            for row, score, why in zip(best.rows, scores[order], whys, strict=True)
        ]

    def embedded_by(self, embeddings: Embeddings, name: str, progress: Callable[[int, int], None] | None = None) -> Search:
        """The same search with another LangChain embedding; ``name`` is its setting. The first use embeds the whole library.

        The ranker and the memory were learned on the library's own vectors and rest; channels are fused.

        Raises:
            BadSetting: the embedding does not answer.
        """
        from knowledge.search_external import with_embedding

        assert self.library is not None, "needs an opened library"
        return Search(with_embedding(self.engine, folder_of(self.library), embeddings, name, progress), None, self.library)

    def untrained(self) -> Search:
        """The same search without anything learned from questions (for comparison)."""
        words = self.engine.words
        plain = words.untaught() if words else None
        return Search(Engine(self.engine.index, plain, self.engine.dense, None), None, self.library)


def in_turn(blended: Floats, learned: Floats, fused: Floats) -> Floats:
    """``blended`` scores, below whose first ``BLENDED`` the best of ``learned`` and of ``fused`` take turns: far down the list a place in either order
    says more than the sum of two scores that disagree."""
    best = np.argsort(-blended, kind="stable")
    rest = best[BLENDED:]
    if not len(rest):
        return blended
    turn = np.minimum(_places(learned) / TURNS, _places(fused))[rest]
    out = blended.copy()
    out[rest] = blended[best[BLENDED - 1]] - (1 + turn) / (1 + len(blended))
    return out


def _places(scores: Floats) -> Floats:
    """The place of each score, from 0, the best first."""
    out = np.empty(len(scores), np.float32)
    out[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return out


def exact_hits(library: Library, query: str, day: date | None = None, *, all_versions: bool = False) -> list[Hit]:
    """What ``query`` names when all of it is one reference; empty otherwise. Needs no index."""
    today = None if all_versions else (day or date.today())
    return [Hit(item, 1.0, ("引用的就是这一条",)) for item in exact_records(library, query.strip(), today)]


def open_search(library: Library, *, dense: Dense | None = None) -> Search:
    """Opens the search of a library, building its indexes first when there are none.

    ``dense`` replaces the stored vectors (tests, other embeddings). An index that lags behind the store still serves; ``refresh`` renews it.
    """
    folder = folder_of(library)
    try:
        index = LexicalIndex(folder)
    except NotFound:
        refresh(library)
        index = LexicalIndex(folder)
    return assemble(folder, index, library=library, dense=dense)


def assemble(folder: Path, index: LexicalIndex, *, library: Library | None = None, dense: Dense | None = None) -> Search:
    """A search from its parts: the models in ``folder`` (or the shipped ones) over ``index``."""
    words = word_vectors(folder, index)
    if dense is None and words is not None:
        dense = open_dense(index.folder, words.name)
    engine = Engine(index, words, dense, None)
    kept = {
        kind: found
        for kind, found in (("memory", load_memory(folder)), ("asked", load_asked(folder)))
        if found is not None and words is not None
    }
    kept = {kind: found for kind, found in kept.items() if words is not None and found.trained_on == words.trained_on}
    if kept:
        where = engine.places([answers for found in kept.values() for answers in found.answers])
        placed = {kind: _placed(found.place(where, kind)) for kind, found in kept.items()}
        engine = replace(engine, memory=placed.get("memory"), asked=placed.get("asked"))
    return Search(engine, load_ranker(folder), library)


def _placed(memory: Memory) -> Memory | None:
    return None if memory.empty else memory
