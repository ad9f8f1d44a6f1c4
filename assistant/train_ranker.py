"""Fits the ranker: each right provision of a question should win against all its wrong candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.candidates import Table
from knowledge.errors import BadSetting
from knowledge.ranker import Ranker

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]

HARD, EASY = 80, 60  # candidates per question: the best of the main channels, and others at random that stand for all the rest
RIDGE = 0.002
TRUST = (0.28, 0.42)  # likeness to the nearest training question below which the ranker has seen nothing like it, and above which it has
# facts about a question alone rank nothing; facts about a record alone would learn its popularity among the training questions
LEFT_OUT = frozenset({"query_length", "query_words", "query_best", "query_rarest", "memory_nearest", "position", "law_size", "chapter_size",
                      "length", "level", "entry", "memory_nearest_word", "asked_nearest", "asked_nearest_word", "confirmed"})  # fmt: skip
NEVER_NEGATIVE = (
    "memory_",
    "prior_",
    "asked_",
)  # that a question resembles a confirmed one may speak for an article, never against the others
GATED = frozenset({"dense_share", "dense_rank", "turned_share", "turned_rank", "chars", "chars_rank", "chars_share", "plain", "soft_moved",
                   "chapter_mean_moved", "law_dense_best", "chapter_dense_best"})  # fmt: skip
SQUARED = ("dense_share", "turned_share", "chars_share", "fused_share", "memory_pull", "memory_article_best", "chars_rank", "dense_rank",
           "turned_rank", "fused_rank", "coverage", "soft_moved", "memory_law_part", "memory_chapter_part", "memory_article_part",
           "asked_pull", "asked_article_best", "asked_law_part", "asked_chapter_part", "asked_article_part")  # fmt: skip
TOGETHER = (
    "memory_article_best*chars_share", "memory_article_best*dense_share", "memory_article_word*chars_share", "memory_chapter_best*chars_share",
    "memory_chapter_part*dense_share", "memory_law_part*dense_share", "memory_law_best*chars_share", "memory_article_part*dense_share",
    "prior_article*memory_article_best", "memory_pull*dense_share", "chars_share*dense_share", "chars_share*turned_share",
    "plain_share*chars_share", "sentence*dense_share", "asked_article_best*chars_share", "asked_article_best*dense_share",
    "asked_article_best*memory_article_best", "asked_article_part*dense_share", "asked_chapter_part*dense_share", "asked_law_part*dense_share",
    "asked_article_part*memory_article_part", "prior_article*asked_article_best", "asked_pull*dense_share",
)  # fmt: skip


@dataclass(frozen=True)
class Example:
    """The candidates of one training question. ``stands_for``: log of how many unseen candidates a random one represents."""

    table: Table
    right: NDArray[np.bool_]
    stands_for: Floats
    weight: float = 1.0


def example(table: Table, answers: Rows, seed: int, weight: float = 1.0) -> Example | None:
    """What the ranker learns from one question; ``None`` when no right answer is among its candidates."""
    right = np.isin(table.rows, answers)
    if not right.any():
        return None
    rank = np.minimum.reduce([np.argsort(np.argsort(-table.scores[name], kind="stable"), kind="stable") for name in ("fused", "dense")])
    keep = rank < HARD
    rest = np.nonzero(~keep & ~right)[0]
    drawn = np.random.default_rng(seed).permutation(rest)[:EASY]
    stands_for = np.zeros(len(table.rows), np.float32)
    stands_for[drawn] = np.log(max(1, len(rest)) / max(1, len(drawn)))
    keep[drawn] = True
    keep |= right
    kept = Table(table.rows[keep], {name: values[keep] for name, values in table.scores.items()})
    return Example(kept, right[keep], stands_for[keep], weight)


def fit_ranker(examples: Sequence[Example], trained_on: str) -> Ranker:
    """The ranker that makes the right provisions of all examples most probable, weights shrunk by ``RIDGE``.

    Raises:
        BadSetting: there are no examples.
    """
    from scipy.optimize import minimize

    if not examples:
        raise BadSetting("没有可学的问题：问题集的答案都不在检索到的条文里。请先导入相应的法律。")
    names = features_of(set(examples[0].table.scores))
    values = np.concatenate([item.table.matrix(names) for item in examples])
    mean, scale = values.mean(axis=0), values.std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1).astype(np.float32)
    values = (values - mean) / scale
    objective = _Objective(values, examples)
    bounds = [(0, None) if speaks_for(name) else (None, None) for name in names]
    found = minimize(objective, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 300})
    return Ranker(names, found.x.astype(np.float32), mean.astype(np.float32), scale, trained_on, TRUST)


def features_of(known: set[str]) -> tuple[str, ...]:
    """What the ranker weighs: the ``known`` features but those left out, squares and products of some, and many of them times the likeness to
    the nearest confirmed question, so that what is learned from questions counts where questions like this one were seen."""
    single = known - LEFT_OUT
    gated = {f"memory_nearest*{name}" for name in single if name in GATED or name.startswith(NEVER_NEGATIVE)}
    gated |= {f"asked_nearest*{name}" for name in single if name.startswith("asked_")}
    squares = {f"{name}*{name}" for name in SQUARED}
    derived = {name for name in gated | squares | set(TOGETHER) if set(name.split("*")) <= known}
    return tuple(sorted(single | derived))


def speaks_for(name: str) -> bool:
    """True for features whose weight may not be negative. (Products may correct them.)"""
    return name.startswith(NEVER_NEGATIVE) and "*" not in name


class _Objective:
    """Mean over questions and their right provisions of −log p, where each right provision stands against the wrong candidates alone."""

    def __init__(self, values: Floats, examples: Sequence[Example]) -> None:
        sizes = np.array([len(item.right) for item in examples])
        self.values = values
        self.start = np.cumsum(sizes) - sizes
        self.of = np.repeat(np.arange(len(sizes)), sizes)
        self.wrong = ~np.concatenate([item.right for item in examples])
        self.right = np.nonzero(~self.wrong)[0]
        self.stands_for = np.concatenate([item.stands_for for item in examples])
        weight = np.array([item.weight for item in examples], dtype=np.float32)
        share = weight / weight.sum() / np.bincount(self.of[self.right], minlength=len(sizes))
        self.weight = share[self.of[self.right]].astype(np.float32)

    def __call__(self, weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = self.values @ weights.astype(np.float32) + self.stands_for
        score -= np.maximum.reduceat(score, self.start)[self.of]
        mass = np.exp(score)
        wrong = np.where(self.wrong, mass, 0)
        against = (np.add.reduceat(wrong, self.start) + np.float32(1e-9))[self.of[self.right]]
        total = mass[self.right] + against
        loss = float((self.weight * (np.log(total) - score[self.right])).sum())
        pull = wrong * np.bincount(self.of[self.right], self.weight / total, minlength=len(self.start))[self.of]
        pull[self.right] = -self.weight * against / total
        gradient = self.values.T @ pull.astype(np.float32)
        return loss + RIDGE * float(weights @ weights), gradient.astype(np.float64) + 2 * RIDGE * weights
