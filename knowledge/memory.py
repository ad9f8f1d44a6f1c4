"""Questions whose right provisions a person confirmed 已确认的问题: a memory for the ranker, kept apart from law.

A file of questions holds vectors and references, never the questions' words, so that a shipped memory quotes nobody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import BadSetting
from knowledge.features import Rows, Scores
from knowledge.shelf import Shelf

Matrix = NDArray[np.float32]

NEIGHBOURS = 40  # similar questions that count
RECALLED = 25  # similar questions whose provisions become candidates
CHAPTERS, PER_CHAPTER = 6, 25  # chapters of similar questions that become candidates, with their best articles


@dataclass(frozen=True)
class Memory:
    """Confirmed questions: ``plain`` (questions, dimensions) unit vectors; for each pair the question and the shelf row that answered it.

    ``rows`` refer to one shelf (``Memory.place`` makes them from references).
    """

    plain: Matrix
    moved: Matrix  # the same questions with trained word vectors
    question: NDArray[np.int64]  # (pairs,)
    rows: NDArray[np.int64]  # (pairs,)

    @property
    def empty(self) -> bool:
        """True when nothing was confirmed, or none of it is in this library."""
        return not len(self.rows)

    def similar(self, plain: Matrix, moved: Matrix) -> Matrix:
        """Similarity of a question (two vectors) to each remembered one, 0 to 1."""
        out: Matrix = np.clip((self.plain @ plain + self.moved @ moved) / 2, 0, 1)
        return out

    def recalled(self, similarity: Matrix, chapter: NDArray[np.int32]) -> tuple[Rows, NDArray[np.int32]]:
        """Provisions of the most similar questions, and the chapters they point to, best first."""
        if self.empty:
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        near = np.argsort(-similarity, kind="stable")[:RECALLED]
        hit = np.isin(self.question, near)
        votes: dict[int, float] = {}
        for row, weight in zip(self.rows[hit], similarity[self.question[hit]], strict=True):
            key = int(chapter[row])
            votes[key] = votes.get(key, 0.0) + float(weight) ** 3
        best = sorted(votes, key=lambda c: (-votes[c], c))[:CHAPTERS]
        return np.unique(self.rows[hit]), np.array(best, dtype=np.int32)

    def features(self, similarity: Matrix, rows: Rows, shelf: Shelf) -> Scores:
        """What similar questions say of each candidate, of its chapter and of its law."""
        out: Scores = {}
        if self.empty:
            return {name: np.zeros(len(rows), np.float32) for name in FEATURES}
        near = np.zeros(len(similarity), np.bool_)
        near[np.argsort(-similarity, kind="stable")[:NEIGHBOURS]] = True
        use = near[self.question]
        weight = similarity[self.question]
        for name, group in (("article", None), ("chapter", shelf.chapter), ("law", shelf.law)):
            of_pair = self.rows if group is None else group[self.rows].astype(np.int64)
            wanted = rows if group is None else group[rows].astype(np.int64)
            keys, of = np.unique(wanted, return_inverse=True)
            place = np.searchsorted(keys, of_pair)
            place[place == len(keys)] = 0
            known = keys[place] == of_pair
            best, total, prior = (np.zeros(len(keys), np.float32) for _ in range(3))
            np.add.at(prior, place[known], 1)
            here = known & use
            np.maximum.at(best, place[here], weight[here])
            np.add.at(total, place[here], weight[here] ** 3)
            out[f"memory_{name}_best"] = best[of]
            out[f"memory_{name}_sum"] = total[of]
            out[f"prior_{name}"] = np.log1p(prior)[of]
        out["memory_nearest"] = np.full(len(rows), float(similarity.max(initial=0)), np.float32)
        return out


_GROUPS = ("article", "chapter", "law")
FEATURES = (
    *(f"memory_{g}_best" for g in _GROUPS), *(f"memory_{g}_sum" for g in _GROUPS), *(f"prior_{g}" for g in _GROUPS), "memory_nearest",
)  # fmt: skip


@dataclass(frozen=True)
class Confirmed:
    """Confirmed questions as they are kept: vectors and, for each, the references of its right provisions (name and label as fallback)."""

    plain: Matrix
    moved: Matrix
    answers: tuple[tuple[tuple[str, str, str], ...], ...]  # (ref, name, label)
    trained_on: str = ""

    def place(self, where: Mapping[str, Sequence[int]]) -> Memory:
        """The memory on a shelf; ``where`` gives rows by ref and by ``name + " " + label``. What the shelf does not hold is left out."""
        question, rows = [], []
        for n, answers in enumerate(self.answers):
            for ref, name, label in answers:
                for row in where.get(ref) or where.get(f"{name} {label}") or ():
                    question.append(n)
                    rows.append(row)
        return Memory(self.plain, self.moved, np.array(question, dtype=np.int64), np.array(rows, dtype=np.int64))


def save(memory: Confirmed, file: Path) -> None:
    """Writes a memory without pickle."""
    meta = {"format": 1, "trained_on": memory.trained_on, "answers": memory.answers}
    packed = [np.round(np.clip(v, -1, 1) * 127).astype(np.int8) for v in (memory.plain, memory.moved)]
    raw = np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), dtype=np.uint8)
    np.savez_compressed(file, plain=packed[0], moved=packed[1], meta=raw)


def load(file: Path) -> Confirmed:
    """Reads what ``save`` wrote; ``BadSetting`` when it is something else."""
    try:
        with np.load(file, allow_pickle=False) as data:
            meta = json.loads(data["meta"].tobytes())
            plain, moved = (data[k].astype(np.float32) / 127 for k in ("plain", "moved"))
    except (OSError, ValueError, KeyError) as error:
        raise BadSetting(f"问题记忆文件打不开（{file.name}：{error}）。请用 jianzheng train 重新生成。") from error
    answers = tuple(tuple((str(r), str(n), str(x)) for r, n, x in one) for one in meta["answers"])
    return Confirmed(plain, moved, answers, str(meta["trained_on"]))
