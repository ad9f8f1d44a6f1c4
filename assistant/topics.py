"""Which question about the rules themselves a wording is nearest to, when no pattern of ``question.toml`` shows one. Pure.

People ask about conflicts, remedies or procedure in words that no pattern foresees. The examples of every topic are compared with the question by
their weighted characters and bigrams; a topic is only named when it is near and far ahead of every other one.
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path as FilePath

NEAR = 0.11  # cosine of the two nearest examples together; 2,100 questions about single proofs and matters stay below it or are not clear
CLEAR = 1.6  # how many times nearer than the next topic
SHORTEST = 10  # characters; a shorter question says too little
_COMMON = frozenset("的了吗我们他是不在有个要这那")
_Vector = Mapping[str, float]


class Examples:
    """The examples of the topics as vectors."""

    def __init__(self, examples: Iterable[tuple[str, str]]) -> None:
        pairs = [(key, _grams(text)) for key, text in examples]
        self._df: Counter[str] = Counter(g for _, counts in pairs for g in counts)
        self._total = len(pairs) or 1
        self._vectors = [(key, self._vector(counts)) for key, counts in pairs]

    def nearest(self, text: str) -> str | None:
        """The topic a question is clearly nearest to; ``None`` when it is short, far from all, or between two."""
        if len(text) < SHORTEST or not self._vectors:
            return None
        mine = self._vector(_grams(text))
        found: dict[str, list[float]] = {}
        for key, vector in self._vectors:
            found.setdefault(key, []).append(sum(w * vector.get(g, 0.0) for g, w in mine.items()))
        ranked = sorted(((sum(sorted(v, reverse=True)[:2]) / 1.5, k) for k, v in found.items()), reverse=True)
        best, other = ranked[0], ranked[1][0] if len(ranked) > 1 else 0.0
        return best[1] if best[0] >= NEAR and best[0] >= CLEAR * other else None

    def _vector(self, counts: Counter[str]) -> _Vector:
        raw = {g: (1 + math.log(n)) * math.log(1 + self._total / (self._df[g] + 0.5)) * _weight(g) for g, n in counts.items()}
        length = math.sqrt(sum(v * v for v in raw.values())) or 1.0
        return {g: v / length for g, v in raw.items()}


def _weight(gram: str) -> float:
    return 1.0 if len(gram) == 2 else 0.1 if gram in _COMMON else 0.5


def _grams(text: str) -> Counter[str]:
    """Characters and bigrams of the Chinese words."""
    chars = [c for c in text if "\u4e00" <= c <= "\u9fff"]
    return Counter([*chars, *(a + b for a, b in zip(chars, chars[1:], strict=False))])


@lru_cache(maxsize=2)
def topic_examples(path: FilePath) -> Examples:
    """The examples (``examples`` and ``like``) of every ``topic_`` entry of a question file."""
    entries = tomllib.loads(path.read_text("utf-8"))["fact"]
    return Examples((e["key"], text) for e in entries if e["key"].startswith("topic_") for text in (*e["examples"], *e.get("like", ())))
