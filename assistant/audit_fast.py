"""An index that gives the same answers as ``NormIndex`` and looks only at what could fit: ten thousand rows ask one after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from threading import get_ident
from typing import Any

import numpy as np

from assistant.match import NormIndex
from knowledge.norms import Norm, NormBook, NormEffect, load_norms

_LIKE = 0.119  # just below the likeness from which NormIndex keeps an effect


class FastNorms(NormIndex):
    """``NormIndex`` that scores only effects with a word, a canonical name, most of a long word, or enough likeness in the question."""

    def __init__(self, book: NormBook) -> None:
        super().__init__(book)
        self._words: dict[str, list[tuple[str, int]]] = defaultdict(list)
        long: dict[str, list[int]] = defaultdict(list)  # bigram → positions in ``_owners``
        owners: list[int] = []  # the effect of each long word
        sizes: list[int] = []  # its number of bigrams
        self._named: dict[str, set[int]] = defaultdict(set)
        for i, ((_, effect), names) in enumerate(zip(self._pairs, self._names, strict=True)):
            for word in {*effect.proof_words, *effect.proofs, *effect.matter_words, *effect.matters}:
                if len(word) > 1:
                    self._words[word[:2]].append((word, i))
                if len(word) >= 5:
                    pairs = {a + b for a, b in zip(word, word[1:], strict=False)}
                    owners.append(i)
                    sizes.append(len(pairs))
                    for pair in pairs:
                        long[pair].append(len(owners) - 1)
            for name in names[0] | names[1]:
                self._named[name].add(i)
        self._long = {pair: np.array(places) for pair, places in long.items()}
        self._owners, self._enough = np.array(owners, dtype=np.int64), 0.7 * np.array(sizes)
        self._likes = _Sums(self._vectors)
        self._place = {key: n for n, key in enumerate(self._gists)}
        self._gist_sums = _Sums(list(self._gists.values()))
        self._liked: dict[int, tuple[Mapping[str, float], list[float]]] = {}  # per thread: the last question and its likenesses
        self._standing: dict[tuple[date, tuple[str, ...]], list[tuple[Norm, NormEffect]]] = {}

    def likeness(self, norm: Norm, mine: Mapping[str, float]) -> float:
        """See ``NormIndex``; one question is compared with all gists at once."""
        last = self._liked.get(get_ident())
        if last is None or last[0] is not mine:
            last = self._liked[get_ident()] = (mine, self._gist_sums.with_all(mine).tolist())
        return last[1][self._place[norm.key]]

    def general(self, day: date, chain: Iterable[str]) -> list[tuple[Norm, NormEffect]]:
        """See ``NormIndex``; looked up once for a day and a place."""
        key = (day, tuple(chain))
        if key not in self._standing:
            self._standing[key] = list(super().general(*key))
        return self._standing[key]

    def _candidates(self, text: str, pairs: frozenset[str], names: set[str], mine: Mapping[str, float]) -> list[int]:
        found: set[int] = set()
        for name in names:
            found |= self._named.get(name, set())
        near: list[Any] = []
        for pair in pairs:
            found.update([i for word, i in self._words.get(pair, ()) if word in text])
            if (places := self._long.get(pair)) is not None:
                near.append(places)
        if near:
            counts = np.bincount(np.concatenate(near), minlength=len(self._owners))
            found.update(self._owners[counts >= np.maximum(self._enough, 1)].tolist())
        found.update(np.flatnonzero(self._likes.with_all(mine) >= _LIKE).tolist())
        return sorted(found)


class _Sums:
    """Weighted bigrams of many texts, by bigram: the products with one text are added up for all of them at once, in that text's order."""

    def __init__(self, vectors: Sequence[Mapping[str, float]]) -> None:
        rows: dict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        for i, vector in enumerate(vectors):
            for gram, weight in vector.items():
                places, weights = rows[gram]
                places.append(i)
                weights.append(weight)
        self._size = len(vectors)
        self._rows = {gram: (np.array(places), np.array(weights)) for gram, (places, weights) in rows.items()}

    def with_all(self, mine: Mapping[str, float]) -> Any:
        total = np.zeros(self._size)
        for gram, weight in mine.items():
            if (row := self._rows.get(gram)) is not None:
                total[row[0]] += weight * row[1]
        return total


@lru_cache(maxsize=1)
def fast_norms() -> FastNorms:
    """The shipped norms, indexed for many questions; made once per process."""
    return FastNorms(load_norms())
