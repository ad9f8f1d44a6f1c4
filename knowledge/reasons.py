"""Why a hit was found, in words: the features that raised it, and the query's words it holds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.candidates import Table
from knowledge.ranker import Ranker
from knowledge.segment import HAN, decode, encode
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
    "turned": "意思相近",
    "fused": "字词与意思都相近",
    "law_": "同一部法多条相合",
    "chapter_": "同一章多条相合",
    "beside_": "相邻条文也相合",
    "memory_article": "相似问题确认过这一条",
    "memory_chapter": "相似问题确认过这一章",
    "memory_law": "相似问题确认过这部法",
    "memory_pull": "与相似问题的条文相近",
    "prior_": "以前常被确认",
    "asked_article": "像是问这一条的问法",
    "asked_chapter": "像是问这一章的问法",
    "asked_law": "像是问这部法的问法",
    "asked_pull": "与相似问法的条文相近",
    "asked_prior": "常被问到",
    "position": "在法中的位置",
    "level": "位阶",
    "entry": "清单条目",
}
_ORDER = sorted(PHRASES, key=len, reverse=True)


def phrase(feature: str) -> str | None:
    """What a feature's name means to a reader, of a product what its first factor means; ``None`` for features that explain nothing by themselves
    (lengths, sizes)."""
    for part in feature.split("*"):
        if said := next((PHRASES[start] for start in _ORDER if part.startswith(start)), None):
            return said
    return None


def explain(query: str, table: Table, best: Table, shelf: Shelf, ranker: Ranker | None) -> list[tuple[str, ...]]:
    """For each row of ``best`` up to ``SHOWN`` reasons that lift it above the average of ``table``, strongest first, then the words it shares with
    the query."""
    names = ranker.features if ranker else ("chars", "plain")
    shares = ranker.shares(best.matrix(names), table.matrix(names).mean(axis=0)) if ranker else _plain_shares(best)
    said, meant = _meanings(names)
    out = []
    confirmed = best.scores.get("confirmed")
    for n, row in enumerate(best.rows):
        reasons = ["这个问题确认过这一条"] if confirmed is not None and confirmed[n] else []
        lift = shares[n] @ meant
        for at in np.argsort(-lift, kind="stable")[:SHOWN]:
            if lift[at] > 0:
                reasons.append(said[at])
        if words := shared(query, shelf, int(row)):
            reasons.append("共有：" + "、".join(words))
        out.append(tuple(reasons) or ("与问题最接近的一条",))
    return out


@lru_cache(maxsize=8)
def _meanings(names: tuple[str, ...]) -> tuple[list[str], NDArray[np.float32]]:
    """What the features tell a reader, each once, and (features, told) which tells what: features that mean the same count together."""
    told = [phrase(name) for name in names]
    said = list(dict.fromkeys(text for text in told if text))
    meant = [[text == one for one in said] for text in told]
    return said, np.array(meant, np.float32).reshape(len(told), len(said))


def _plain_shares(table: Table) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    best = float(table.scores["chars"].max()) or 1.0
    return np.stack([table.scores["chars"] / best, table.scores["plain"]], axis=1)


def shared(query: str, shelf: Shelf, row: int, most: int = 4) -> list[str]:
    """The longest stretches of two or more Han characters that the query and a record have in common."""
    codes = encode(simplify(query))
    one = np.array([row])
    text = np.concatenate([shelf.slice(one, "head")[0], np.zeros(1, np.uint16), shelf.slice(one, "text")[0]])
    following = np.append(codes[1:], np.uint16(0))
    both = HAN[codes] & HAN[following]
    there = decode(text)
    found: list[str] = []
    run = ""
    for left, right, word in zip(codes.tolist(), following.tolist(), both.tolist(), strict=True):
        pair = chr(left) + chr(right)
        if word and pair in there:
            run = run + chr(right) if run else pair
        else:
            found += [run] if run else []
            run = ""
    return sorted(dict.fromkeys(found), key=len, reverse=True)[:most]
