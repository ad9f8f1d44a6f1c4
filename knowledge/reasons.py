"""Why a hit was found, in words: the features that raised it, and the query's words it holds."""

from __future__ import annotations

import numpy as np

from knowledge.candidates import Table
from knowledge.lexical import query_grams
from knowledge.ranker import Ranker
from knowledge.segment import HAN, encode
from knowledge.shelf import Shelf
from knowledge.text import simplify

SHOWN = 3

# the beginning of a feature's name → what it tells a reader; the longest beginning wins
PHRASES = {
    "chars": "字词相合",
    "pairs": "字词相合",
    "text": "条文用语相合",
    "coverage": "问题中的词大多出现",
    "text_coverage": "问题中的词大多出现在条文里",
    "word_coverage": "问题中的词大多出现",
    "rarest": "含问题中最少见的词",
    "precision": "条文集中谈这件事",
    "words": "词语相合",
    "head": "法名或章节标题相合",
    "soft": "近义的词大多出现",
    "sentence": "有一句与问题很近",
    "first": "首句与问题相近",
    "run": "有一段文字与问题相同",
    "dense": "意思相近",
    "plain": "意思相近",
    "fused": "字词与意思都相近",
    "law_": "同一部法多条相合",
    "chapter_": "同一章多条相合",
    "beside_": "相邻条文也相合",
    "memory_article": "相似问题确认过这一条",
    "memory_chapter": "相似问题确认过这一章",
    "memory_law": "相似问题确认过这部法",
    "prior_": "以前常被确认",
    "position": "在法中的位置",
    "level": "位阶",
    "entry": "清单条目",
}
_ORDER = sorted(PHRASES, key=len, reverse=True)


def phrase(feature: str) -> str | None:
    """What a feature's name means to a reader; ``None`` for features that explain nothing by themselves (lengths, sizes)."""
    return next((PHRASES[start] for start in _ORDER if feature.startswith(start)), None)


def explain(query: str, table: Table, best: Table, shelf: Shelf, ranker: Ranker | None) -> list[tuple[str, ...]]:
    """For each row of ``best`` up to ``SHOWN`` reasons that lift it above the average of ``table``, strongest first, then the words it shares with
    the query."""
    names = ranker.features if ranker else ("chars", "plain")
    shares = ranker.shares(best.matrix(names), table.matrix(names).mean(axis=0)) if ranker else _plain_shares(best)
    out = []
    for n, row in enumerate(best.rows):
        reasons: list[str] = []
        for at in np.argsort(-shares[n], kind="stable"):
            if shares[n][at] <= 0 or len(reasons) == SHOWN:
                break
            text = phrase(names[at])
            if text and text not in reasons:
                reasons.append(text)
        if words := shared(query, shelf, int(row)):
            reasons.append("共有：" + "、".join(words))
        out.append(tuple(reasons) or ("与问题最接近的一条",))
    return out


def _plain_shares(table: Table) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    best = float(table.scores["chars"].max()) or 1.0
    return np.stack([table.scores["chars"] / best, table.scores["plain"]], axis=1)


def shared(query: str, shelf: Shelf, row: int, most: int = 4) -> list[str]:
    """The longest stretches of two or more Han characters that the query and a record have in common."""
    codes = encode(simplify(query))
    one = np.array([row])
    text = np.concatenate([shelf.slice(one, "head")[0], np.zeros(1, np.uint16), shelf.slice(one, "text")[0]])
    there = set(query_grams(text))
    found: list[str] = []
    run = ""
    for left, right in zip(codes, [*codes[1:], np.uint16(0)], strict=True):
        pair = chr(left) + chr(right)
        if HAN[left] and HAN[right] and pair in there:
            run = run + chr(right) if run else pair
        else:
            found += [run] if run else []
            run = ""
    return sorted(dict.fromkeys(found), key=len, reverse=True)[:most]
