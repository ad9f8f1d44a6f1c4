"""Moves the word vectors of questions towards the provisions that answered them; the provisions' own vectors stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from knowledge.wordvectors import WordVectors, unit

Matrix = NDArray[np.float32]
Rows = NDArray[np.int64]

EPOCHS, BATCH, RATE, HEAT = 5, 64, 0.002, 0.05


def move(
    words: WordVectors, questions: Sequence[Rows], answers: Sequence[Rows], records: Matrix, trained_on: str, seed: int = 0
) -> WordVectors:
    """Trains ``words.question`` so that each question comes nearer to its answers than to all other ``records``.

    Args:
        words: the fitted vectors; their record side is left as it is.
        questions: vocabulary rows of each question (−1 for unknown words).
        answers: for each question the positions of its right answers in ``records``.
        records: (n, dimensions) unit vectors, the right answers among many others.
        trained_on: hash of the questions, kept with the result.

    Softmax over all records (InfoNCE), Adam; the same inputs give the same vectors.
    """
    if not questions:
        return replace(words, question=words.record, trained_on="")
    bags = _bags(questions, words)
    table = words.record.copy()
    first, second = np.zeros_like(table), np.zeros_like(table)
    draw, step = np.random.default_rng(seed), 0
    for _ in range(EPOCHS):
        for batch in _batches(draw.permutation(len(questions))):
            step += 1
            gradient = _gradient(bags[batch], table, [answers[n] for n in batch], records)
            first = 0.9 * first + 0.1 * gradient
            second = 0.99 * second + 0.01 * gradient * gradient
            table -= RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return replace(words, question=table.astype(np.float32), trained_on=trained_on)


def _bags(questions: Sequence[Rows], words: WordVectors) -> sp.csr_matrix:
    known = [np.unique(q[q >= 0]) for q in questions]
    flat = np.concatenate([*known, np.zeros(0, np.int64)])
    owner = np.repeat(np.arange(len(known)), [len(k) for k in known])
    return sp.csr_matrix((words.weight[flat], (owner, flat)), shape=(len(known), len(words.keys)))


def _batches(order: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [order[at : at + BATCH] for at in range(0, len(order), BATCH)]


def _gradient(bag: sp.csr_matrix, table: Matrix, answers: list[Rows], records: Matrix) -> Matrix:
    raw = bag @ table
    size = np.linalg.norm(raw, axis=1, keepdims=True) + 1e-9
    vectors = raw / size
    share = vectors @ records.T / HEAT
    share -= share.max(axis=1, keepdims=True)
    np.exp(share, out=share)
    share /= share.sum(axis=1, keepdims=True)
    for n, right in enumerate(answers):
        share[n, right] -= 1 / len(right)
    pull = (share @ records) / (HEAT * len(answers))
    pull = (pull - vectors * (pull * vectors).sum(axis=1, keepdims=True)) / size
    return np.asarray(bag.T @ pull, dtype=np.float32)


def sampled(records: Matrix, needed: Rows, limit: int, seed: int = 0) -> tuple[Matrix, Rows]:
    """At most about ``limit`` records, all of ``needed`` among them: their vectors, and the shelf rows they stand for (ascending)."""
    rows = np.arange(len(records))
    if len(records) > limit:
        rows = np.unique(np.concatenate([needed, np.random.default_rng(seed).choice(len(records), limit, replace=False)]))
    return unit(records[rows].astype(np.float32)), rows
