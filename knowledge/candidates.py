"""One search, step by step: candidates from every channel, then one table of features for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from knowledge import features as F
from knowledge.lexical import LexicalIndex, query_grams, query_words
from knowledge.memory import PER_CHAPTER, Memory
from knowledge.segment import I32, U16, cut, encode
from knowledge.shelf import Scope, Shelf
from knowledge.text import simplify
from knowledge.vectors import Dense
from knowledge.wordvectors import WordVectors, pairs_of, unit

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

TAKE = {"chars": 400, "words": 200, "head": 60, "dense": 300, "plain": 100}
FUSION = 0.8  # weight of the plain vectors beside BM25 when nothing was trained on questions


@dataclass(frozen=True)
class Question:
    """A query, folded, cut and embedded."""

    text: str
    codes: U16
    grams: tuple[str, ...]
    words: tuple[str, ...]
    word_ids: I32
    moved: Floats  # vector with trained word vectors
    plain: Floats  # vector as records are embedded


@dataclass(frozen=True)
class Table:
    """Candidates and what is known of each: ``scores`` by feature name, every array as long as ``rows`` (which ascend)."""

    rows: Rows
    scores: F.Scores = field(default_factory=dict)

    def matrix(self, names: tuple[str, ...]) -> Floats:
        """(candidates, features) in the order of ``names``; a feature that was not computed is 0."""
        out = np.zeros((len(self.rows), len(names)), np.float32)
        for n, name in enumerate(names):
            if name in self.scores:
                out[:, n] = self.scores[name]
        return out


@dataclass(frozen=True)
class Engine:
    """Everything one search needs, read-only. ``dense`` and ``memory`` may be missing: search then does without."""

    index: LexicalIndex
    words: WordVectors | None = None
    dense: Dense | None = None
    memory: Memory | None = None

    @property
    def shelf(self) -> Shelf:
        return self.index.shelf

    def having(self, words: WordVectors, memory: Memory | None) -> Engine:
        """The same engine with other question vectors and memory (folds of training)."""
        other = replace(self, words=words, memory=memory)
        for name in ("statics", "averages", "chapter_rows"):
            other.__dict__[name] = getattr(self, name)
        return other

    @cached_property
    def vocabulary(self) -> NDArray[np.int64]:
        """Row of the word vectors for each token id."""
        return self.words.vocabulary(self.index.dictionary) if self.words else np.zeros(0, np.int64)

    @cached_property
    def statics(self) -> tuple[I32, I32, I32]:
        """Articles per law, articles per chapter, first row of each law."""
        shelf = self.shelf
        first = np.zeros(int(shelf.law.max(initial=-1)) + 1, np.int32)
        first[shelf.law[::-1]] = np.arange(shelf.size - 1, -1, -1)
        return np.bincount(shelf.law).astype(np.int32), np.bincount(shelf.chapter).astype(np.int32), first

    @cached_property
    def averages(self) -> tuple[float, float, float]:
        """Mean characters of text and of head, mean words."""
        size = max(1, self.shelf.size)
        return len(self.shelf.text) / size, len(self.shelf.head) / size, len(self.index.word_ids) / size

    def places(self, answers: Sequence[Sequence[tuple[str, str, str]]]) -> dict[str, list[int]]:
        """Shelf rows by reference and by ``name label`` for the given answers of confirmed questions."""
        wanted = {ref for one in answers for ref, _, _ in one} | {f"{name} {label}" for one in answers for _, name, label in one}
        out: dict[str, list[int]] = {}
        for row, (ref, name, label, _) in enumerate(self.shelf.references()):
            for key in (ref, f"{name} {label}"):
                if key in wanted:
                    out.setdefault(key, []).append(row)
        return out

    @cached_property
    def chapter_rows(self) -> tuple[Rows, NDArray[np.int64]]:
        """Rows sorted by chapter, and where each chapter begins there."""
        chapter = self.shelf.chapter
        return np.argsort(chapter, kind="stable"), np.concatenate([[0], np.cumsum(np.bincount(chapter))]).astype(np.int64)

    def question(self, text: str) -> Question:
        """Folds, cuts and embeds a query."""
        codes = encode(simplify(text))
        ids = cut(codes, self.index.dictionary)[1]
        empty = np.zeros(0, np.float32)
        moved = plain = empty
        if self.words is not None:
            rows = [(self.vocabulary[ids], pairs_of(codes))]
            moved, plain = self.words.questions(rows)[0], self.words.questions(rows, plain=True)[0]
        distinct = np.unique(ids)
        return Question(text, codes, query_grams(codes), query_words(codes, self.index.dictionary), distinct, moved, plain)

    def candidates(self, q: Question, scope: Scope | None = None, similarity: Floats | None = None) -> Rows:
        """Rows worth scoring, ascending."""
        found: list[Rows] = []
        for channel, terms in (("chars", q.grams), ("words", q.words), ("head", q.grams)):
            found.append(self.index.search_terms(terms, TAKE[channel], channel=channel, scope=scope)[0])
        extra: list[Rows] = []
        if self.dense is not None and q.moved.any():
            extra += [self.dense.nearest(q.moved, TAKE["dense"]), self.dense.nearest(q.plain, TAKE["plain"])]
        if similarity is not None and self.memory is not None:
            rows, chapters = self.memory.recalled(similarity, self.shelf.chapter)
            extra += [rows, *self._best_of(chapters, q)]
        if extra and scope is not None and not scope.unlimited:
            mask = self.shelf.mask(scope)
            extra = [rows[mask[rows]] for rows in extra]
        return np.unique(np.concatenate([*found, *extra, np.zeros(0, np.int64)]))

    def _best_of(self, chapters: NDArray[np.int32], q: Question) -> list[Rows]:
        rows, begin = self.chapter_rows
        out = []
        for chapter in chapters:
            inside = rows[begin[chapter] : begin[chapter + 1]]
            if self.dense is not None and len(inside) > PER_CHAPTER:
                inside = inside[np.argsort(-self.dense.similarity(q.moved, inside), kind="stable")[:PER_CHAPTER]]
            out.append(inside)
        return out

    def table(self, text: str, scope: Scope | None = None) -> Table:
        """Candidates of a query with all their features; empty when nothing matches."""
        q = self.question(text)
        similarity = None
        if self.memory is not None and not self.memory.empty and len(q.plain):
            similarity = self.memory.similar(q.plain, q.moved)
        rows = self.candidates(q, scope, similarity)
        if not len(rows):
            return Table(rows)
        shelf = self.shelf
        terms = self._terms(q)
        matched = F.match(shelf, rows, terms)
        ids, owner = F.words_of_rows(self.index.word_ids, self.index.word_at, rows)
        words = F.word_counts(ids, owner, len(rows), q.word_ids)
        channels = F.lexical_scores(matched, terms, words, self.averages)
        channels |= self._soft(q, terms, ids, owner, len(rows))
        if self.dense is not None and len(q.moved):
            channels["dense"] = self.dense.similarity(q.moved, rows)
            channels["plain"] = self.dense.similarity(q.plain, rows)
        else:
            channels["dense"] = channels["plain"] = np.zeros(len(rows), np.float32)
        channels["fused"] = self._fused(channels)
        scores: F.Scores = dict(channels)
        for name in ("chars", "words", "head", "dense", "plain", "fused", "sentence", "soft", "soft_moved"):
            scores |= F.relative(name, channels[name])
        for name in ("chars", "dense", "fused"):
            scores |= F.grouped(f"law_{name}", channels[name], shelf.law[rows])
            scores |= F.grouped(f"chapter_{name}", channels[name], shelf.chapter[rows])
        scores["beside_chars"] = F.neighbours(rows, scores["chars_share"], shelf.chapter[rows])
        scores["beside_dense"] = F.neighbours(rows, channels["dense"], shelf.chapter[rows])
        scores |= F.structure(shelf, rows, self.statics)
        for name, value in F.question(q.codes, terms, channels).items():
            scores[name] = np.full(len(rows), value, np.float32)
        if similarity is not None and self.memory is not None:
            scores |= self.memory.features(similarity, rows, shelf)
        return Table(rows, scores)

    def _soft(self, q: Question, terms: F.QueryTerms, ids: I32, owner: NDArray[np.int64], count: int) -> F.Scores:
        if self.words is None:
            return {"soft": np.zeros(count, np.float32), "soft_moved": np.zeros(count, np.float32)}
        asked = self.vocabulary[q.word_ids]
        known = asked >= 0
        flat, weight = self.vocabulary[ids], terms.word_idf[known]
        out: F.Scores = {}
        for name, table in (("soft", self.words.record), ("soft_moved", self.words.question)):
            likeness = unit(table[asked[known]]) @ self.words.record.T
            wide = np.concatenate([likeness, np.zeros((len(likeness), 1), np.float32)], axis=1)  # column −1: unknown words
            out[name] = F.soft_coverage(wide, weight, flat, owner, count)
        return out

    def _fused(self, channels: F.Scores) -> Floats:
        best = float(channels["chars"].max()) or 1.0
        out: Floats = channels["chars"] / best + np.float32(FUSION) * channels["plain"]
        return out

    def _terms(self, q: Question) -> F.QueryTerms:
        frequency = {gram: self.index.frequency("chars", gram) for gram in q.grams}
        return F.query_terms(q.codes, q.word_ids, frequency, self.index.word_df[q.word_ids], self.shelf.size)
