"""Dense vectors 向量 that need no model hub: word vectors fitted on the library itself, and texts as weighted means of them.

Fitting: co-occurrence counts of words in a window, positive pointwise mutual information, a truncated SVD (deterministic, numpy and
scipy, seconds on
the CPU). A text is the mean of its words' vectors weighted by smooth inverse frequency, without the common direction (Arora et al. 2017).
Questions
have word vectors of their own (``question``), which ``assistant.train`` moves towards the articles that answered confirmed questions; the
records'
vectors never move, so that training does not touch the vector store. Any other LangChain embedding can take this one's place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import BadSetting
from knowledge.segment import FIRST_WORD, I32, WORD, Dictionary

Matrix = NDArray[np.float32]
Keys = NDArray[np.uint64]
Pairs = NDArray[np.uint32]

DIMENSIONS = 300
WINDOW = 5
SMOOTH = 1e-3  # smooth inverse frequency: weight = SMOOTH / (SMOOTH + share)
RARE = 5  # words seen less often get no vector of their own
FORMAT = 2


def no_pairs() -> Pairs:
    """No bigrams."""
    return np.zeros(0, np.uint32)


def no_weight() -> Matrix:
    """Weights of no bigrams."""
    return np.zeros(0, np.float32)


def no_vectors() -> Matrix:
    """Vectors of no bigrams."""
    return np.zeros((0, 0), np.float32)


@dataclass(frozen=True)
class WordVectors:
    """A fitted embedding. ``keys`` ascend: the code unit of a single character, or the dictionary's hash of a word."""

    keys: Keys
    weight: Matrix  # (words,) smooth inverse frequency
    record: Matrix  # (words, dimensions): words as records use them
    question: Matrix  # (words, dimensions): words as questions use them
    common: Matrix  # (dimensions,) the direction taken out
    trained_on: str = ""  # hash of the confirmed questions that moved ``question``; empty when none did
    pairs: Pairs = field(default_factory=no_pairs)  # bigrams of confirmed questions (first code unit × 65536 + second), ascending
    pair_weight: Matrix = field(default_factory=no_weight)  # (pairs,)
    pair_vectors: Matrix = field(default_factory=no_vectors)  # (pairs, dimensions): what a bigram adds to a question
    turn: Matrix = field(
        default_factory=no_vectors
    )  # (dimensions, dimensions): what training does to every question alike; empty for nothing

    @property
    def name(self) -> str:
        """Identity of the record side: vectors of the same name may be compared with each other."""
        digest = hashlib.sha256(self.keys.tobytes())
        digest.update(_pack(self.record).tobytes())
        return "words-" + digest.hexdigest()[:12]

    def untaught(self) -> WordVectors:
        """The same vectors without anything learned from questions."""
        none = no_vectors()
        return replace(self, question=self.record, trained_on="", pairs=no_pairs(), pair_weight=no_weight(), pair_vectors=none, turn=none)

    def rows_of(self, keys: Keys) -> NDArray[np.int64]:
        """Vocabulary row of each key, −1 where it has none."""
        at = np.searchsorted(self.keys, keys)
        at[at == len(self.keys)] = 0
        return np.where(self.keys[at] == keys, at, -1) if len(self.keys) else np.full(len(keys), -1)

    def vocabulary(self, dictionary: Dictionary) -> NDArray[np.int64]:
        """``[token id]`` → vocabulary row, −1 for none, for all token ids of ``dictionary``."""
        return self.rows_of(token_keys(np.arange(dictionary.size, dtype=np.int32), dictionary))

    def records(self, rows: NDArray[np.int64], owner: NDArray[np.int64], count: int) -> Matrix:
        """Unit vectors (count, dimensions) of texts given as vocabulary ``rows`` and the text of each row; zeros when it has no words."""
        import scipy.sparse as sp

        known = rows >= 0
        bag = sp.csr_matrix((np.ones(int(known.sum()), np.float32), (owner[known], rows[known])), shape=(count, len(self.keys)))
        bag.data = 1 + np.log(bag.data)
        return self._finish(bag.multiply(self.weight[None, :]).tocsr() @ self.record)

    def questions(self, asked: Sequence[tuple[NDArray[np.int64], Pairs]], *, plain: bool = False) -> Matrix:
        """Unit vectors of questions, each given as vocabulary rows and bigrams; ``plain``: with the words as records use them, no bigrams."""
        table = self.record if plain else self.question
        out = np.zeros((len(asked), table.shape[1]), np.float32)
        for n, (found, pairs) in enumerate(asked):
            known = np.unique(found[found >= 0])
            out[n] = self.weight[known] @ table[known]
            if not plain and len(self.pairs):
                here = self.rows_of_pairs(pairs)
                out[n] += self.pair_weight[here] @ self.pair_vectors[here]
        return self._finish(out)

    def turned(self, plain: Matrix) -> Matrix:
        """Plain question vectors as training turned them, words never asked before included."""
        return unit(plain @ self.turn) if self.turn.size else plain

    def rows_of_pairs(self, pairs: Pairs) -> NDArray[np.int64]:
        """Rows of the bigrams that have a vector, each once."""
        return np.nonzero(np.isin(self.pairs, pairs))[0]

    def _finish(self, vectors: Matrix) -> Matrix:
        vectors = unit(np.asarray(vectors, dtype=np.float32))
        return unit(vectors - (vectors @ self.common)[:, None] * self.common[None, :])


def unit(vectors: Matrix) -> Matrix:
    """Rows scaled to length 1; zero rows stay zero."""
    size = np.linalg.norm(vectors, axis=1, keepdims=True)
    out: Matrix = (vectors / np.where(size > 1e-9, size, 1)).astype(np.float32)
    return out


def token_keys(ids: I32, dictionary: Dictionary) -> Keys:
    """What identifies a token in any dictionary: its code unit, or the hash of the word."""
    keys: Keys = ids.astype(np.uint64)
    words = ids >= FIRST_WORD
    keys[words] = dictionary.keys[ids[words] - FIRST_WORD]
    return keys


def fit(ids: I32, at: NDArray[np.int64], dictionary: Dictionary, dimensions: int = DIMENSIONS, seed: int = 0) -> WordVectors:
    """Word vectors of a corpus of token ``ids`` (text n is ``ids[at[n]:at[n + 1]]``). Same input, same result."""
    tokens, word, count = np.unique(ids, return_inverse=True, return_counts=True)
    kept = np.nonzero(count >= min(RARE, max(1, int(count.max(initial=1)))))[0]
    place = np.full(len(tokens), -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    word = place[word]
    owner = np.repeat(np.arange(len(at) - 1), np.diff(at))
    share = count[kept] / max(1, count.sum())
    dimensions = min(dimensions, max(1, len(kept) - 1))
    vectors = _factors(_association(word, owner, len(kept)), dimensions, seed)
    weight = (SMOOTH / (SMOOTH + share)).astype(np.float32)
    keys = token_keys(tokens[kept].astype(np.int32), dictionary)
    order = np.argsort(keys)
    keys, weight = keys[order], weight[order]
    vectors = unit(_pack(vectors[order]).astype(np.float32))  # as they come back from a file
    model = WordVectors(keys, weight, vectors, vectors, np.zeros(vectors.shape[1], np.float32))
    sample = model.records(model.rows_of(token_keys(ids, dictionary)), owner, len(at) - 1)[:: max(1, len(at) // 8_000)]
    return replace(model, common=_first_direction(sample))


def _association(word: NDArray[np.int64], owner: NDArray[np.int64], size: int) -> Any:
    """Positive pointwise mutual information of words within the window, contexts smoothed by 0.75 (Levy et al. 2015)."""
    import scipy.sparse as sp

    total = sp.csr_matrix((size, size), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        left, right = word[:-distance], word[distance:]
        near = (owner[:-distance] == owner[distance:]) & (left >= 0) & (right >= 0)
        value = np.full(int(near.sum()), (WINDOW - distance + 1) / WINDOW, dtype=np.float32)
        total = total + sp.coo_matrix((value, (left[near], right[near])), shape=(size, size)).tocsr()
    pairs = (total + total.T).tocoo()
    words = np.bincount(pairs.row, pairs.data, size)
    contexts = np.bincount(pairs.col, pairs.data, size) ** 0.75
    contexts /= max(contexts.sum(), 1e-9)
    value = np.log(pairs.data / (words[pairs.row] * contexts[pairs.col]))
    keep = value > 0
    return sp.csr_matrix((value[keep].astype(np.float32), (pairs.row[keep], pairs.col[keep])), shape=(size, size))


def _factors(matrix: Any, dimensions: int, seed: int, rounds: int = 3) -> Matrix:
    """Left factors of a truncated SVD by subspace iteration (Halko et al. 2011), singular values to the power ¼, unit rows."""
    draw = np.random.default_rng(seed).standard_normal((matrix.shape[1], dimensions + 20)).astype(np.float32)
    basis = np.linalg.qr(matrix @ draw)[0]
    for _ in range(rounds):
        basis = np.linalg.qr(matrix @ np.linalg.qr(matrix.T @ basis)[0])[0]
    small, values, _ = np.linalg.svd((matrix.T @ basis).T, full_matrices=False)
    return unit(((basis @ small)[:, :dimensions] * values[:dimensions] ** 0.25).astype(np.float32))


def _first_direction(vectors: Matrix) -> Matrix:
    if not len(vectors):
        return np.zeros(vectors.shape[1], np.float32)
    out: Matrix = np.linalg.svd(vectors, full_matrices=False)[2][0].astype(np.float32)
    return out


def save(model: WordVectors, file: Path) -> None:
    """Writes a model without pickle: bytes where rounding costs nothing, and only those question vectors that training moved."""
    moved = np.nonzero(np.any(model.question != model.record, axis=1))[0]
    meta = {"format": FORMAT, "trained_on": model.trained_on}
    np.savez_compressed(
        file,
        keys=model.keys,
        weight=model.weight,
        record=_pack(model.record),
        moved=moved.astype(np.int32),
        question=_pack(model.question[moved]),
        question_scale=_scale(model.question[moved]),
        common=model.common,
        pairs=model.pairs,
        pair_weight=model.pair_weight,
        pair_vectors=_pack(model.pair_vectors),
        pair_scale=_scale(model.pair_vectors),
        turn=model.turn.astype(np.float16),
        meta=np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8),
    )


def load(file: Path) -> WordVectors:
    """Reads what ``save`` wrote; ``BadSetting`` when it is something else."""
    try:
        with np.load(file, allow_pickle=False) as data:
            meta = json.loads(data["meta"].tobytes())
            if meta["format"] != FORMAT:
                raise ValueError(f"format {meta['format']}")
            record = unit(data["record"].astype(np.float32))
            question = record.copy()
            question[data["moved"]] = data["question"].astype(np.float32) * data["question_scale"][:, None]
            pairs = data["pair_vectors"].astype(np.float32) * data["pair_scale"][:, None]
            turn = data["turn"].astype(np.float32) if "turn" in data else no_vectors()
            common = (data["common"], meta["trained_on"], data["pairs"], data["pair_weight"], pairs, turn)
            return WordVectors(data["keys"], data["weight"], record, question, *common)
    except (OSError, ValueError, KeyError) as error:
        raise BadSetting(f"向量模型文件打不开（{file.name}：{error}）。请用 jianzheng train 重新生成，或删除它。") from error


def pairs_of(codes: NDArray[np.uint16]) -> Pairs:
    """The distinct bigrams of word characters in a folded text."""
    both = WORD[codes[:-1]] & WORD[codes[1:]]
    return np.unique(codes[:-1][both].astype(np.uint32) * np.uint32(65536) + codes[1:][both])


def _scale(vectors: Matrix) -> Matrix:
    if not vectors.size:
        return np.zeros(len(vectors), np.float32)
    out: Matrix = (np.abs(vectors).max(axis=1, initial=1e-9) / 127).astype(np.float32)
    return out


def _pack(vectors: Matrix) -> NDArray[np.int8]:
    if not vectors.size:
        return vectors.astype(np.int8)
    return np.round(vectors / _scale(vectors)[:, None]).astype(np.int8)
