"""Moves the vectors of questions towards the provisions that answered them; the provisions' own vectors stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.wordvectors import Pairs, WordVectors, unit

Matrix = NDArray[np.float32]
Rows = NDArray[np.int64]

HEAT, DROPPED = 0.05, 0.2
TURNS, TURN_RATE, HOLD = 6, 0.001, 0.001  # epochs, rate, and how strongly the map is held to doing nothing
TWICE = 2  # questions that must share a bigram before it gets a vector of its own
SMOOTH = 3e-3  # weight of a bigram = SMOOTH / (SMOOTH + share of records that hold it)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the questions are gone through, how many at a time, and how far each step goes."""

    epochs: int
    batch: int
    rate: float


FEW, MANY = Pace(6, 64, 0.002), Pace(5, 512, 0.005)  # thousands of questions are learned in fewer, longer steps
BATCH = FEW.batch


def move(
    words: WordVectors,
    questions: Sequence[tuple[Rows, Pairs]],
    answers: Sequence[Rows],
    records: Matrix,
    common: tuple[Pairs, Matrix],
    trained_on: str,
    seed: int = 0,
    twice: int = TWICE,
) -> WordVectors:
    """Trains question vectors, from where ``words`` has them, so that each question comes nearer to its answers than to all other ``records``.

    Args:
        words: the fitted vectors; their record side is left as it is.
        questions: vocabulary rows (−1 for unknown words) and bigrams of each question.
        answers: for each question the positions of its right answers in ``records``.
        records: (n, dimensions) unit vectors, the right answers among many others.
        common: bigrams of the library with the share of records that hold each.
        trained_on: hash of the questions, kept with the result.
        twice: questions that must share a bigram before it gets a vector of its own.

    Softmax over all records (InfoNCE), Adam, words dropped at random; the same inputs give the same vectors.
    """
    if not questions:
        return words
    own = _shared_pairs([found for _, found in questions], twice)
    pairs = np.union1d(words.pairs, own).astype(np.uint32)
    weight = _pair_weight(pairs, common)
    vectors = np.zeros((len(pairs), words.record.shape[1]), np.float32)
    if len(words.pairs):
        vectors[np.searchsorted(pairs, words.pairs)] = words.pair_vectors
    used = np.unique(np.concatenate([rows[rows >= 0] for rows, _ in questions]))  # other words have nothing to learn
    met = np.nonzero(np.isin(pairs, np.concatenate([found for _, found in questions])))[0]
    bags = _bags(questions, words, used, pairs[met], weight[met])
    table = _descend(np.concatenate([words.question[used], vectors[met]]), bags, answers, records, seed, MANY if twice > TWICE else FEW)
    moved = words.question.copy()
    moved[used], vectors[met] = table[: len(used)], table[len(used) :]
    return replace(words, question=moved, trained_on=trained_on, pairs=pairs, pair_weight=weight, pair_vectors=vectors)


def turn(plain: Matrix, answers: Sequence[Rows], records: Matrix, seed: int = 0) -> Matrix:
    """One linear map for all questions, (dimensions, dimensions), that brings their ``plain`` vectors nearer to their answers.

    It starts at doing nothing and is learned as ``move`` is; it also helps words and chapters that no training question touched.
    """
    size = plain.shape[1]
    found = np.eye(size, dtype=np.float32)
    first, second = np.zeros_like(found), np.zeros_like(found)
    draw, step = np.random.default_rng(seed), 0
    for _ in range(TURNS):
        order = draw.permutation(len(plain))
        for at in range(0, len(order), BATCH):
            batch, step = order[at : at + BATCH], step + 1
            gradient = _gradient(plain[batch], found, [answers[n] for n in batch], records)
            gradient += np.float32(HOLD) * (found - np.eye(size, dtype=np.float32))
            found = _adam(found, gradient, first, second, step, TURN_RATE)
    return found


def _adam(table: Matrix, gradient: Matrix, first: Matrix, second: Matrix, step: int, rate: float) -> Matrix:
    first += np.float32(0.1) * (gradient - first)
    second += np.float32(0.01) * (gradient * gradient - second)
    table -= np.float32(rate / (1 - 0.9**step)) * first / (np.sqrt(second / np.float32(1 - 0.99**step)) + np.float32(1e-8))
    return table


def _descend(table: Matrix, bags: Any, answers: Sequence[Rows], records: Matrix, seed: int, pace: Pace) -> Matrix:
    first, second = np.zeros_like(table), np.zeros_like(table)
    draw, step = np.random.default_rng(seed), 0
    for _ in range(pace.epochs):
        order = draw.permutation(len(answers))
        for at in range(0, len(order), pace.batch):
            batch, step = order[at : at + pace.batch], step + 1
            bag = bags[batch]
            bag.data = bag.data * (draw.random(len(bag.data)) >= DROPPED) / np.float32(1 - DROPPED)
            gradient = _gradient(bag, table, [answers[n] for n in batch], records)
            table = _adam(table, gradient, first, second, step, pace.rate)
    return table.astype(np.float32)


def _shared_pairs(questions: Sequence[Pairs], least: int) -> Pairs:
    pairs, count = np.unique(np.concatenate(questions), return_counts=True)
    return pairs[count >= least].astype(np.uint32)


def _pair_weight(pairs: Pairs, common: tuple[Pairs, Matrix]) -> Matrix:
    known, share = common
    if not len(known):
        return np.ones(len(pairs), np.float32)
    at = np.minimum(np.searchsorted(known, pairs), len(known) - 1)
    found = np.where(known[at] == pairs, share[at], 0)
    return (SMOOTH / (SMOOTH + found)).astype(np.float32)


def _bags(questions: Sequence[tuple[Rows, Pairs]], words: WordVectors, used: Rows, pairs: Pairs, weight: Matrix) -> Any:
    """(questions, used words + bigrams) sparse weights."""
    import scipy.sparse as sp

    columns, values, owner = [], [], []
    for n, (rows, found) in enumerate(questions):
        known = np.unique(rows[rows >= 0])
        here = np.nonzero(np.isin(pairs, found))[0]
        columns += [np.searchsorted(used, known), here + len(used)]
        values += [words.weight[known], weight[here]]
        owner.append(np.full(len(known) + len(here), n))
    shape = (len(questions), len(used) + len(pairs))
    return sp.csr_matrix((np.concatenate(values), (np.concatenate(owner), np.concatenate(columns))), shape=shape)


def _gradient(bag: Any, table: Matrix, answers: list[Rows], records: Matrix) -> Matrix:
    raw = bag @ table
    size = np.linalg.norm(raw, axis=1, keepdims=True) + np.float32(1e-9)
    vectors = raw / size
    share = vectors @ records.T / np.float32(HEAT)
    share -= share.max(axis=1, keepdims=True)
    np.exp(share, out=share)
    share /= share.sum(axis=1, keepdims=True)
    for n, right in enumerate(answers):
        share[n, right] -= 1 / len(right)
    pull = (share @ records) / np.float32(HEAT * len(answers))
    pull = (pull - vectors * (pull * vectors).sum(axis=1, keepdims=True)) / size
    return np.asarray(bag.T @ pull, dtype=np.float32)


def sampled(records: Matrix, needed: Rows, limit: int, seed: int = 0) -> tuple[Matrix, Rows]:
    """At most about ``limit`` records, all of ``needed`` among them: their vectors, and the shelf rows they stand for (ascending)."""
    rows = np.arange(len(records))
    if len(records) > limit:
        rows = np.unique(np.concatenate([needed, np.random.default_rng(seed).choice(len(records), limit, replace=False)]))
    return unit(records[rows].astype(np.float32)), rows
