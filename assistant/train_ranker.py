"""Fits the ranker: a listwise softmax over each question's candidates, so that its right provisions take the probability."""

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
RIDGE = 0.01
# facts about a question alone rank nothing; facts about a record alone would learn its popularity among the training questions
LEFT_OUT = frozenset({"query_length", "query_words", "query_best", "query_rarest", "memory_nearest", "position", "law_size", "chapter_size",
                      "length", "level", "entry"})  # fmt: skip
NEVER_NEGATIVE = ("memory_", "prior_")  # that a question resembles a confirmed one may speak for an article, never against the others


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
    names = tuple(sorted(set(examples[0].table.scores) - LEFT_OUT))
    values = np.concatenate([item.table.matrix(names) for item in examples])
    mean, scale = values.mean(axis=0), values.std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1).astype(np.float32)
    values = (values - mean) / scale
    objective = _Objective(values, examples)
    bounds = [(0, None) if name.startswith(NEVER_NEGATIVE) else (None, None) for name in names]
    found = minimize(objective, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 300})
    return Ranker(names, found.x.astype(np.float32), mean.astype(np.float32), scale, trained_on)


class _Objective:
    """Negative log likelihood and its gradient."""

    def __init__(self, values: Floats, examples: Sequence[Example]) -> None:
        sizes = np.array([len(item.right) for item in examples])
        self.values = values
        self.start = np.cumsum(sizes) - sizes
        self.of = np.repeat(np.arange(len(sizes)), sizes)
        right = np.concatenate([item.right for item in examples]).astype(np.float32)
        self.target = right / np.add.reduceat(right, self.start)[self.of]
        self.stands_for = np.concatenate([item.stands_for for item in examples])
        weight = np.array([item.weight for item in examples], dtype=np.float32)
        self.weight = weight / weight.sum()

    def __call__(self, weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = self.values @ weights.astype(np.float32) + self.stands_for
        score -= np.maximum.reduceat(score, self.start)[self.of]
        mass = np.exp(score)
        total = np.add.reduceat(mass, self.start)
        each = self.weight[self.of]
        loss = float((self.weight * np.log(total)).sum() - (each * self.target * score).sum())
        gradient = self.values.T @ ((mass / total[self.of] - self.target) * each)
        return loss + RIDGE * float(weights @ weights), gradient.astype(np.float64) + 2 * RIDGE * weights
