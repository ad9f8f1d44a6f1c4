"""One search, step by step: candidates from every channel, then one table of features for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from knowledge import features as F
from knowledge.lexical import LexicalIndex, query_grams
from knowledge.lexical_cut import words_of
from knowledge.memory import PER_CHAPTER, PER_LAW, Likeness, Marks, Memory, marks_of
from knowledge.segment import I32, U16, cut, encode
from knowledge.shelf import Scope, Shelf
from knowledge.text import simplify
from knowledge.vectors import Dense
from knowledge.wordvectors import WordVectors, pairs_of, unit

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

TAKE = {"chars": 220, "words": 110, "head": 30, "dense": 180}
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
    turned: Floats  # plain vector after what training does to every question
    marks: Marks  # for comparison with confirmed questions


@dataclass(frozen=True)
class Table:
    """Candidates and what is known of each: ``scores`` by feature name, every array as long as ``rows`` (which ascend)."""

    rows: Rows
    scores: F.Scores = field(default_factory=dict)
    made: dict[tuple[str, ...], Floats] = field(default_factory=dict, compare=False, repr=False)  # matrices asked for, kept

    def matrix(self, names: tuple[str, ...]) -> Floats:
        """(candidates, features) in the order of ``names``; ``a*b`` is the product of two; a feature that was not computed is 0."""
        if names not in self.made:
            out = np.zeros((len(names), len(self.rows)), np.float32)
            for n, name in enumerate(names):
                first, _, second = name.partition("*")
                if first in self.scores and (not second or second in self.scores):
                    out[n] = self.scores[first] * self.scores[second] if second else self.scores[first]
            self.made[names] = out.T
        return self.made[names]


@dataclass(frozen=True)
class Engine:
    """Everything one search needs, read-only. ``dense``, ``memory`` (confirmed questions) and ``asked`` (example questions that ship with the
    program) may be missing: search then does without.

    ``encode`` embeds questions where ``dense`` holds vectors of another embedding than ``words``.
    """

    index: LexicalIndex
    words: WordVectors | None = None
    dense: Dense | None = None
    memory: Memory | None = None
    asked: Memory | None = None
    encode: Callable[[str], Floats] | None = None

    @property
    def shelf(self) -> Shelf:
        return self.index.shelf

    def having(self, words: WordVectors, memory: Memory | None, asked: Memory | None = None) -> Engine:
        """The same engine with other question vectors and memories (folds of training)."""
        other = replace(self, words=words, memory=memory, asked=asked)
        for name in ("statics", "averages", "grouped_rows", "centres", "vocabulary"):
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
    def grouped_rows(self) -> dict[str, tuple[Rows, NDArray[np.int64]]]:
        """By ``chapter`` and by ``law``: rows sorted by it, and where each begins there."""
        out = {}
        for name in ("chapter", "law"):
            group = getattr(self.shelf, name)
            out[name] = np.argsort(group, kind="stable"), np.concatenate([[0], np.cumsum(np.bincount(group))]).astype(np.int64)
        return out

    @cached_property
    def centres(self) -> dict[str, Floats]:
        """By ``chapter`` and by ``law``: the mean direction of its rows' vectors, (groups, dimensions)."""
        out = {}
        for name, (rows, begin) in self.grouped_rows.items():
            dimensions = self.dense.of(rows[:1]).shape[1] if self.dense is not None and len(rows) else 0
            total = np.zeros((len(begin) - 1, dimensions), np.float32)
            group = getattr(self.shelf, name)
            for first in range(0, len(rows), 20_000) if self.dense is not None else ():
                part = rows[first : first + 20_000]
                keys, starts = np.unique(group[part], return_index=True)
                total[keys] += np.add.reduceat(self.dense.of(part), starts, axis=0)  # type: ignore[union-attr]
            out[name] = unit(total)
        return out

    def question(self, text: str) -> Question:
        """Folds, cuts and embeds a query."""
        codes = encode(simplify(text))
        starts, ids = cut(codes, self.index.dictionary)
        words = tuple(dict.fromkeys(words_of(codes, starts).split()))
        empty = np.zeros(0, np.float32)
        moved = plain = turned = empty
        if self.encode is not None:
            moved = plain = turned = self.encode(text)
        elif self.words is not None:
            rows = [(self.vocabulary[ids], pairs_of(codes))]
            moved, plain = self.words.questions(rows)[0], self.words.questions(rows, plain=True)[0]
            turned = self.words.turned(plain[None, :])[0]
        distinct = np.unique(ids)
        return Question(text, codes, query_grams(codes), words, distinct, moved, plain, turned, marks_of(codes))

    def memories(self, q: Question) -> list[tuple[Memory, Likeness]]:
        """Each memory that holds something, and how much the question resembles what it holds."""
        known = [one for one in (self.memory, self.asked) if one is not None and not one.empty and len(q.plain)]
        return [(one, one.similar(q.plain, q.moved, q.marks)) for one in known]

    def candidates(self, q: Question, scope: Scope | None = None, remembered: Sequence[tuple[Memory, Likeness]] = ()) -> Rows:
        """Rows worth scoring, ascending."""
        found: list[Rows] = []
        for channel, terms in (("chars", q.grams), ("words", q.words), ("head", q.grams)):
            found.append(self.index.search_terms(terms, TAKE[channel], channel=channel, scope=scope)[0])
        extra: list[Rows] = []
        if self.dense is not None and q.moved.any():
            asked = np.unique(np.stack([q.moved, q.turned, q.plain]), axis=0)
            extra.append(self.dense.nearest(asked, TAKE["dense"]))
        for memory, like in remembered:
            recalled = memory.recalled(like, self.shelf.chapter, self.shelf.law)
            extra += [recalled.rows, *self._best_of("chapter", recalled.chapters, PER_CHAPTER, q)]
            extra += self._best_of("law", recalled.laws, PER_LAW, q)
        if extra and scope is not None and not scope.unlimited:
            mask = self.shelf.mask(scope)
            extra = [rows[mask[rows]] for rows in extra]
        return np.unique(np.concatenate([*found, *extra, np.zeros(0, np.int64)]))

    def _best_of(self, column: str, groups: NDArray[np.int32], most: int, q: Question) -> list[Rows]:
        """The rows of some chapters or laws, the nearest to the question where there are many."""
        rows, begin = self.grouped_rows[column]
        out = []
        for group in groups:
            inside = rows[begin[group] : begin[group + 1]]
            if self.dense is not None and len(inside) > most:
                inside = inside[np.argsort(-self.dense.similarity(q.moved, inside), kind="stable")[:most]]
            out.append(inside)
        return out

    def table(self, text: str, scope: Scope | None = None, *, full: bool = True) -> Table:
        """Candidates of a query with all their features; empty when nothing matches. Not ``full``: only what the fused channels need."""
        q = self.question(text)
        remembered = self.memories(q) if full else []
        rows = self.candidates(q, scope, remembered)
        if not len(rows):
            return Table(rows)
        terms = self._terms(q)
        channels = self._channels(q, terms, rows, full)
        if not full:
            return Table(rows, channels)
        scores = self._features(q, terms, rows, channels)
        for memory, like in remembered:
            scores |= memory.features(like, rows, self.shelf)
            if memory is self.memory:
                scores["confirmed"] = memory.confirmed(like, rows)
            if self.dense is not None:
                scores[f"{memory.kind}_pull"] = self.dense.similarity(memory.pull(like, self.dense.of), rows)
        return Table(rows, scores)

    def _channels(self, q: Question, terms: F.QueryTerms, rows: Rows, full: bool) -> F.Scores:
        ids, owner = F.words_of_rows(self.index.word_ids, self.index.word_at, rows if full else rows[:0])
        words = F.word_counts(ids, owner, len(rows), q.word_ids)
        channels = F.lexical_scores(F.match(self.shelf, rows, terms), terms, words, self.averages)
        asked = {"dense": q.moved, "plain": q.plain, "turned": q.turned}
        for name, vector in asked.items():
            known = self.dense is not None and len(vector)
            channels[name] = self.dense.similarity(vector, rows) if known else np.zeros(len(rows), np.float32)  # type: ignore[union-attr]
        channels["fused"] = self._fused(channels)
        if full:
            channels |= self._soft(q, terms, ids, owner, len(rows)) | self._centred(q, rows)
        return channels

    def _features(self, q: Question, terms: F.QueryTerms, rows: Rows, channels: F.Scores) -> F.Scores:
        shelf = self.shelf
        scores: F.Scores = dict(channels)
        for name in ("chars", "words", "head", "dense", "plain", "turned", "fused", "sentence", "soft", "soft_moved"):
            scores |= F.relative(name, channels[name])
        law, chapter = (np.unique(group[rows], return_inverse=True)[1] for group in (shelf.law, shelf.chapter))
        for name in ("chars", "dense", "fused"):
            scores |= F.grouped(f"law_{name}", channels[name], law)
            scores |= F.grouped(f"chapter_{name}", channels[name], chapter)
        scores["beside_chars"] = F.neighbours(rows, scores["chars_share"], shelf.chapter[rows])
        scores["beside_dense"] = F.neighbours(rows, channels["dense"], shelf.chapter[rows])
        scores |= F.structure(shelf, rows, self.statics)
        for name, value in F.question(q.codes, terms, channels).items():
            scores[name] = np.full(len(rows), value, np.float32)
        return scores

    def _centred(self, q: Question, rows: Rows) -> F.Scores:
        """How near the question is to the middle of each row's chapter and law."""
        out: F.Scores = {}
        for column in ("chapter", "law"):
            groups, of = np.unique(getattr(self.shelf, column)[rows], return_inverse=True)
            for name, vector in (("moved", q.moved), ("plain", q.plain)):
                known = self.dense is not None and len(vector)
                near = self.centres[column][groups] @ vector if known else np.zeros(len(groups), np.float32)
                out[f"{column}_mean_{name}"] = near[of]
        return out

    def _soft(self, q: Question, terms: F.QueryTerms, ids: I32, owner: NDArray[np.int64], count: int) -> F.Scores:
        if self.words is None:
            return {"soft": np.zeros(count, np.float32), "soft_moved": np.zeros(count, np.float32)}
        asked = self.vocabulary[q.word_ids]
        known = asked >= 0
        both = np.concatenate([unit(table[asked[known]]) for table in (self.words.record, self.words.question)])
        covered = F.soft_coverage(both, self.words.record, self.vocabulary[ids], owner, terms.word_idf[known], count)
        return {"soft": covered[:, 0], "soft_moved": covered[:, 1]}

    def _fused(self, channels: F.Scores) -> Floats:
        best = float(channels["chars"].max()) or 1.0
        out: Floats = channels["chars"] / best + np.float32(FUSION) * channels["plain"]
        return out

    def _terms(self, q: Question) -> F.QueryTerms:
        frequency = {gram: self.index.frequency("chars", gram) for gram in q.grams}
        return F.query_terms(q.codes, q.word_ids, frequency, self.index.word_df[q.word_ids], self.shelf.size)
