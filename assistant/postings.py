"""Character bigrams of many short texts as arrays: which texts share words with a question, and how much. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from assistant.keys import key_of

COMMON = frozenset(
    {"证明", "材料", "文件", "提交", "提供", "申请", "登记", "办理", "有关", "相关", "规定", "需要", "窗口", "还要", "情况", "部门"}
)


def grams(text: str) -> list[str]:
    """Character bigrams of the Chinese runs of a text."""
    return [a + b for a, b in zip(text, text[1:], strict=False) if "\u4e00" <= a <= "\u9fff" and "\u4e00" <= b <= "\u9fff"]


def words_of(text: str) -> frozenset[str]:
    """The bigrams of a text that say something."""
    return frozenset(g for g in grams(key_of(text)) if g not in COMMON)


class Postings:
    """Character bigrams of many texts: for each bigram the texts that have it and how often."""

    def __init__(self, texts: Sequence[str]) -> None:
        codes = np.frombuffer("\0".join(texts).encode("utf-16-le"), dtype=np.uint16)
        row = np.cumsum(codes == 0, dtype=np.int64)
        han = (codes >= 0x4E00) & (codes <= 0x9FFF)
        at = np.flatnonzero(han[:-1] & han[1:])
        grams_ = (codes[at].astype(np.int64) << 16) | codes[at + 1]
        dull = np.array(sorted(_code(g) for g in COMMON), dtype=np.int64)
        keep = ~np.isin(grams_, dull)
        pairs, counts = np.unique(grams_[keep] * (len(texts) + 1) + row[at][keep], return_counts=True)
        grams_, self.row = np.divmod(pairs, len(texts) + 1)
        self.grams, start, df = np.unique(grams_, return_index=True, return_counts=True)
        self.start = np.append(start, len(pairs))
        self.sizes = np.bincount(self.row, minlength=len(texts))
        self.idf = np.log(1 + (len(texts) or 1) / df)
        weights = (1 + np.log(counts)) * np.repeat(self.idf, df)
        norms = np.sqrt(np.bincount(self.row, weights * weights, minlength=len(texts)))
        self.weight = weights / np.where(norms > 0, norms, 1.0)[self.row]
        self._places: dict[str, int | None] = {}

    def _at(self, gram: str) -> int | None:
        if gram not in self._places:
            place = int(np.searchsorted(self.grams, _code(gram)))
            self._places[gram] = place if place < len(self.grams) and self.grams[place] == _code(gram) else None
        return self._places[gram]

    def shared(self, words: Iterable[str]) -> dict[int, int]:
        """Texts that have some of ``words``, with how many of them."""
        places = [p for w in words if (p := self._at(w)) is not None]
        if not places:
            return {}
        rows, counts = np.unique(np.concatenate([self.row[self.start[p] : self.start[p + 1]] for p in places]), return_counts=True)
        return dict(zip(rows.tolist(), counts.tolist(), strict=True))

    def cosine(self, text: str) -> Sequence[float]:
        """Cosine of a text's weighted bigrams with every text, in order."""
        found = [(p, n) for g, n in Counter(grams(text)).items() if (p := self._at(g)) is not None]
        if not found:
            return [0.0] * len(self.sizes)
        weights = [(1 + math.log(n)) * float(self.idf[p]) for p, n in found]
        norm = math.sqrt(sum(w * w for w in weights)) or 1.0
        total = np.zeros(len(self.sizes))
        for (place, _), weight in zip(found, weights, strict=True):
            span = slice(self.start[place], self.start[place + 1])
            total[self.row[span]] += weight / norm * self.weight[span]
        return total  # type: ignore[return-value]


def _code(gram: str) -> int:
    return (ord(gram[0]) << 16) | ord(gram[1])
