"""Indexes that give the same answers as ``NormIndex`` and ``NeedIndex`` and look only at what could fit: ten thousand rows ask one after the other."""

from __future__ import annotations

import copy
import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from assistant.match import Fit, NormIndex, facts_of, norm_index
from assistant.match import grams as norm_grams
from assistant.needs import NeedIndex, grams
from assistant.question import Query
from assistant.world import key_of
from knowledge.norms import Norm, NormBook

_LIKE = 0.119  # just below the likeness from which NormIndex keeps an effect


class FastNorms(NormIndex):
    """``NormIndex`` that scores only effects with a word, a canonical name, most of a long word, or enough likeness in the question."""

    def __init__(self, book: NormBook) -> None:
        super().__init__(book)
        self._words: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._long: dict[str, list[int]] = defaultdict(list)  # bigram → positions in ``_longs``
        self._longs: list[tuple[int, int]] = []  # (effect, number of bigrams)
        self._named: dict[str, set[int]] = defaultdict(set)
        self._likes: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for i, ((_, effect), vector, names) in enumerate(zip(self._pairs, self._vectors, self._names, strict=True)):
            for word in {*effect.proof_words, *effect.proofs, *effect.matter_words, *effect.matters}:
                if len(word) > 1:
                    self._words[word[:2]].append((word, i))
                if len(word) >= 5:
                    pairs = {a + b for a, b in zip(word, word[1:], strict=False)}
                    self._longs.append((i, len(pairs)))
                    for pair in pairs:
                        self._long[pair].append(len(self._longs) - 1)
            for name in names[0] | names[1]:
                self._named[name].add(i)
            for gram, weight in vector.items():
                self._likes[gram].append((i, weight))

        self._gist_of: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for key, vector in self._gists.items():
            for gram, weight in vector.items():
                self._gist_of[gram].append((key, weight))
        self._liked: tuple[int, dict[str, float]] = (0, {})
        self._held: Mapping[str, float] = {}  # kept alive, so that its id stays its own

    def likeness(self, norm: Norm, mine: Mapping[str, float]) -> float:
        """See ``NormIndex``; one question is compared with all gists at once."""
        if self._liked[0] != id(mine):
            found: dict[str, float] = defaultdict(float)
            for gram, weight in mine.items():
                for key, other in self._gist_of.get(gram, ()):
                    found[key] += weight * other
            self._liked, self._held = (id(mine), dict(found)), mine
        return self._liked[1].get(norm.key, 0.0)

    def _all(self, query: Query) -> list[Fit]:
        key = (query.text, query.as_of)
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        text = query.text
        proofs = {m.name for m in query.proofs if m.name}
        spans = [(m.start, m.end) for m in query.proofs]
        matters = {m.name for m in query.matters if m.name and not any(s < m.end and m.start < e for s, e in spans)}
        facts, mine = facts_of(query), self._weigh(norm_grams(text))
        pairs = frozenset(a + b for a, b in zip(text, text[1:], strict=False))
        out: list[Fit] = []
        for i in sorted(self._candidates(text, pairs, proofs | matters, mine)):
            norm, effect = self._pairs[i]
            names = self._names[i]
            past = norm.ended is not None and query.as_of < norm.ended
            shown = facts | {"basis_repealed"} if past else facts
            fit = self._one(norm, effect, self._vectors[i], mine, text, pairs, (proofs & names[0], matters & names[1]), shown)
            if fit is not None:
                out.append(fit)
        self._last = (key, out)
        return out

    def _candidates(self, text: str, pairs: frozenset[str], names: set[str], mine: dict[str, float]) -> set[int]:
        found: set[int] = set()
        for name in names:
            found |= self._named.get(name, set())
        near: dict[int, int] = defaultdict(int)
        for pair in pairs:
            found.update(i for word, i in self._words.get(pair, ()) if word in text)
            for position in self._long.get(pair, ()):
                near[position] += 1
        found.update(self._longs[p][0] for p, n in near.items() if n >= 0.7 * self._longs[p][1])
        like: dict[int, float] = defaultdict(float)
        for gram, weight in mine.items():
            for i, other in self._likes.get(gram, ()):
                like[i] += weight * other
        found.update(i for i, value in like.items() if value >= _LIKE)
        return found


class FastNeeds(NeedIndex):
    """``NeedIndex`` that compares only requirements sharing a word of their material (or its beginning) with the question."""

    def __init__(self, requirements: Any) -> None:
        super().__init__(requirements)
        self._rows_of: dict[str, list[int]] = defaultdict(list)
        self._begins: dict[str, list[int]] = defaultdict(list)
        for row, material in enumerate(self._material):
            for gram in material:
                self._rows_of[gram].append(row)
            self._begins[self._endings[row]].append(row)
        self._vectors: list[dict[str, float]] = [{} for _ in self.rows]
        for gram, posting in self._post.items():
            for row, weight in posting:
                self._vectors[row][gram] = weight

    def search(self, world: Any, query: Query, proof: Any, record: Any, hits: tuple[str, ...] = (), *, limit: int = 8) -> Any:
        """See ``NeedIndex``."""
        if hits or proof is None:
            return super().search(world, query, proof, record, hits, limit=limit)
        surface = grams(key_of(proof.surface))
        wanted = set(grams(key_of(query.text)))
        rows = {r for g in surface for r in self._rows_of.get(g, ())}
        if record is not None:
            rows |= {r for g in wanted for r in self._begins.get(g, ())}
        return _Part(self, sorted(rows)).search(world, query, proof, record, hits, limit=limit)


class _Part(NeedIndex):
    """A ``NeedIndex`` over some rows of another; the likeness of contexts is computed for those rows only."""

    def __init__(self, whole: FastNeeds, rows: list[int]) -> None:
        self.__dict__.update(copy.copy(whole.__dict__))
        self._whole, self._places = whole, rows
        self.rows = [whole.rows[r] for r in rows]
        self._material = [whole._material[r] for r in rows]
        self._endings = [whole._endings[r] for r in rows]

    def _name_of(self, row: int) -> str | None:
        return self._whole._name_of(self._places[row])

    def _context(self, text: str) -> dict[int, float]:
        counts = Counter(g for g in grams(text) if g in self._idf)
        weights = {g: (1 + math.log(n)) * self._idf[g] for g, n in counts.items()}
        norm = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        out: dict[int, float] = {}
        for row, place in enumerate(self._places):
            vector = self._whole._vectors[place]
            out[row] = sum(w / norm * vector[g] for g, w in weights.items() if g in vector)
        return out


def fast_norms() -> FastNorms:
    """The shipped norms, indexed for many questions."""
    return FastNorms(norm_index().book)
