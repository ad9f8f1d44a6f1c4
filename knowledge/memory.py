"""Questions whose right provisions a person confirmed 已确认的问题: a memory for the ranker, kept apart from law.

A file of questions holds vectors, hashes and references, never the questions' words, so that a shipped memory quotes nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import BadSetting
from knowledge.features import Rows, Scores
from knowledge.segment import U16, WORD
from knowledge.shelf import Shelf
from knowledge.wordvectors import pairs_of, unit

Matrix = NDArray[np.float32]
Marks = NDArray[np.uint32]

FORMAT = 2

NEIGHBOURS = {"memory": 40, "asked": 100}  # similar questions that count: few of the confirmed ones, more of the many examples
RECALLED = {"memory": 25, "asked": 60}  # similar questions whose provisions become candidates
CHAPTERS, PER_CHAPTER = 8, 30  # chapters of similar questions that become candidates, with their best articles
LAWS, PER_LAW = 4, 40  # and laws
SAME = 0.85  # likeness of wording from which two questions are the same one
SHARP = 4  # power of a similarity: near questions say much more than distant ones
_MIX = np.uint32(2654435761)


def marks_of(codes: U16) -> Marks:
    """Hashes of the characters and bigrams of a folded question, each once, ascending: enough to compare two questions, not to read one."""
    single = np.unique(codes[WORD[codes]]).astype(np.uint32) << np.uint32(16)
    out: Marks = np.unique(np.concatenate([single, pairs_of(codes)]) * _MIX)
    return out


@dataclass(frozen=True)
class Wording:
    """Marks of many questions, turned round: for each mark (ascending) the questions that hold it."""

    marks: Marks
    at: NDArray[np.int64]  # (marks + 1,)
    holders: NDArray[np.int32]
    idf: Matrix
    size: Matrix  # (questions,) length of each question's vector

    @classmethod
    def of(cls, questions: Sequence[Marks]) -> Wording:
        """From the marks of each question."""
        flat = np.concatenate([*questions, np.zeros(0, np.uint32)])
        owner = np.repeat(np.arange(len(questions), dtype=np.int32), [len(q) for q in questions])
        order = np.argsort(flat, kind="stable")
        marks, count = np.unique(flat, return_counts=True)
        idf = np.log1p((len(questions) - count + 0.5) / (count + 0.5)).astype(np.float32)
        weight = np.repeat(idf, count) ** 2
        size = np.sqrt(np.bincount(owner[order], weight, minlength=len(questions))).astype(np.float32)
        at = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        return cls(marks.astype(np.uint32), at, owner[order], idf, np.maximum(size, 1e-6))

    def similar(self, asked: Marks) -> Matrix:
        """Cosine of a question's weighted marks with each remembered question's."""
        unseen = float(np.log1p(2 * len(self.size) + 1.0))
        place = np.searchsorted(self.marks, asked)
        place[place == len(self.marks)] = 0
        known = place[self.marks[place] == asked] if len(self.marks) else place[:0]
        out = np.zeros(len(self.size), np.float32)
        for n in known:
            out[self.holders[self.at[n] : self.at[n + 1]]] += self.idf[n] ** 2
        length = np.sqrt(float((self.idf[known] ** 2).sum()) + (len(asked) - len(known)) * unseen**2)
        result: Matrix = (out / self.size / max(length, 1e-6)).astype(np.float32)
        return result


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much a question resembles each remembered one, 0 to 1: by meaning (vectors) and by wording (characters)."""

    meaning: Matrix
    wording: Matrix

    @property
    def both(self) -> Matrix:
        """The mean of the two."""
        out: Matrix = (self.meaning + self.wording) / np.float32(2)
        return out


@dataclass(frozen=True)
class Memory:
    """Confirmed questions: ``plain`` (questions, dimensions) unit vectors; for each pair the question and the shelf row that answered it.

    ``rows`` refer to one shelf (``Memory.place`` makes them from references).
    """

    plain: Matrix
    moved: Matrix  # the same questions with trained word vectors
    wording: Wording
    question: NDArray[np.int64]  # (pairs,)
    rows: NDArray[np.int64]  # (pairs,)
    kind: str = "memory"  # what its features are called after

    @property
    def empty(self) -> bool:
        """True when nothing was confirmed, or none of it is in this library."""
        return not len(self.rows)

    def similar(self, plain: Matrix, moved: Matrix, marks: Marks) -> Likeness:
        """Likeness of a question (two vectors, and its marks) to each remembered one."""
        meaning: Matrix = np.clip((self.plain @ plain + self.moved @ moved) / 2, 0, 1)
        return Likeness(meaning, self.wording.similar(marks))

    def recalled(self, like: Likeness, chapter: NDArray[np.int32], law: NDArray[np.int32]) -> Recalled:
        """Provisions of the most similar questions, and the chapters and laws they point to, best first."""
        if self.empty:
            none = np.zeros(0, np.int32)
            return Recalled(np.zeros(0, np.int64), none, none)
        both = like.both
        hit = self._near(both, RECALLED[self.kind])[self.question]
        rows, weight = self.rows[hit], both[self.question[hit]] ** SHARP
        return Recalled(np.unique(rows), _most(chapter[rows], weight, CHAPTERS), _most(law[rows], weight, LAWS))

    def pull(self, like: Likeness, vectors: Callable[[Rows], Matrix]) -> Matrix:
        """Where the provisions of similar questions lie: their ``vectors``, weighted by likeness, (dimensions,)."""
        both = like.both
        hit = self._near(both, RECALLED["memory"])[self.question]
        pulled: Matrix = unit(((both[self.question[hit]] ** SHARP) @ vectors(self.rows[hit]))[None, :])[0]
        return pulled

    def confirmed(self, like: Likeness, rows: Rows) -> Matrix:
        """1 for the ``rows`` that were confirmed for this very question, else 0."""
        same = self.rows[like.wording[self.question] >= SAME]
        out: Matrix = np.isin(rows, same).astype(np.float32)
        return out

    def features(self, like: Likeness, rows: Rows, shelf: Shelf) -> Scores:
        """What similar questions say of each candidate, of its chapter and of its law."""
        if self.empty:
            return {name: np.zeros(len(rows), np.float32) for name in feature_names(self.kind)}
        out: Scores = {}
        both = like.both
        use = np.nonzero(self._near(both, NEIGHBOURS[self.kind])[self.question])[0]
        asked, answer = self.question[use], self.rows[use]
        weight = both[asked] ** SHARP
        everything = float(weight.sum()) or 1.0
        prior = "prior" if self.kind == "memory" else f"{self.kind}_prior"
        for name, group in (("article", None), ("chapter", shelf.chapter), ("law", shelf.law)):
            of_pair = answer if group is None else group[answer].astype(np.int64)
            wanted = rows if group is None else group[rows].astype(np.int64)
            keys, of = np.unique(wanted, return_inverse=True)
            place = np.searchsorted(keys, of_pair)
            place[place == len(keys)] = 0
            here = keys[place] == of_pair
            best, word, total = (np.zeros(len(keys), np.float32) for _ in range(3))
            np.maximum.at(best, place[here], like.meaning[asked[here]])
            np.maximum.at(word, place[here], like.wording[asked[here]])
            np.add.at(total, place[here], weight[here])
            out[f"{self.kind}_{name}_best"] = best[of]
            out[f"{self.kind}_{name}_word"] = word[of]
            out[f"{self.kind}_{name}_sum"] = np.sqrt(np.sqrt(total))[of]
            out[f"{self.kind}_{name}_part"] = np.log1p(50 * total / everything).astype(np.float32)[of]
            counts = self._counts[name] if group is None else self._grouped(name, group)
            out[f"{prior}_{name}"] = np.log1p(counts[np.minimum(keys, len(counts) - 1)] * (keys < len(counts)))[of].astype(np.float32)
        out[f"{self.kind}_nearest"] = np.full(len(rows), float(like.meaning.max(initial=0)), np.float32)
        out[f"{self.kind}_nearest_word"] = np.full(len(rows), float(like.wording.max(initial=0)), np.float32)
        return out

    @staticmethod
    def _near(both: Matrix, count: int) -> NDArray[np.bool_]:
        """True for the ``count`` questions that are most alike."""
        near = np.zeros(len(both), np.bool_)
        near[np.argpartition(-both, min(count, len(both)) - 1)[:count]] = True
        return near

    @cached_property
    def _counts(self) -> dict[str, NDArray[np.int64]]:
        """How many remembered questions each row answers."""
        return {"article": np.bincount(self.rows)}

    def _grouped(self, name: str, group: NDArray[np.int32]) -> NDArray[np.int64]:
        """How many remembered answers lie in each chapter or law of one shelf."""
        if name not in self._counts:
            self._counts[name] = np.bincount(group[self.rows])
        return self._counts[name]


@dataclass(frozen=True, slots=True)
class Recalled:
    """What similar questions bring in: provisions, chapters and laws."""

    rows: Rows
    chapters: NDArray[np.int32]
    laws: NDArray[np.int32]


def _most(group: NDArray[np.int32], weight: Matrix, count: int) -> NDArray[np.int32]:
    """The groups of the greatest total weight, best first."""
    keys, of = np.unique(group, return_inverse=True)
    total = np.bincount(of, weight, minlength=len(keys))
    out: NDArray[np.int32] = keys[np.argsort(-total, kind="stable")[:count]].astype(np.int32)
    return out


_GROUPS = ("article", "chapter", "law")


def feature_names(kind: str) -> tuple[str, ...]:
    """What ``Memory.features`` gives for a memory of this ``kind``."""
    prior = "prior" if kind == "memory" else f"{kind}_prior"
    found = (f"{kind}_{g}_{what}" for g in _GROUPS for what in ("best", "word", "sum", "part"))
    return (*found, *(f"{prior}_{g}" for g in _GROUPS), f"{kind}_nearest", f"{kind}_nearest_word")


FEATURES = feature_names("memory")


@dataclass(frozen=True)
class Confirmed:
    """Confirmed questions as they are kept: vectors, marks and, for each, the references of its right provisions (name and label as fallback)."""

    plain: Matrix
    moved: Matrix
    marks: tuple[Marks, ...]
    answers: tuple[tuple[tuple[str, str, str], ...], ...]  # (ref, name, label)
    trained_on: str = ""

    def place(self, where: Mapping[str, Sequence[int]], kind: str = "memory") -> Memory:
        """The memory on a shelf; ``where`` gives rows by ref and by ``name + " " + label``. What the shelf does not hold is left out."""
        question, rows = [], []
        for n, answers in enumerate(self.answers):
            for ref, name, label in answers:
                for row in where.get(ref) or where.get(f"{name} {label}") or ():
                    question.append(n)
                    rows.append(row)
        pairs = np.array(question, dtype=np.int64), np.array(rows, dtype=np.int64)
        return Memory(self.plain, self.moved, Wording.of(self.marks), *pairs, kind)


def save(memory: Confirmed, file: Path) -> None:
    """Writes a memory without pickle."""
    meta = {"format": FORMAT, "trained_on": memory.trained_on, "answers": memory.answers}
    packed = [np.round(np.clip(v, -1, 1) * 127).astype(np.int8) for v in (memory.plain, memory.moved)]
    marks = np.concatenate([*memory.marks, np.zeros(0, np.uint32)])
    sizes = np.array([len(m) for m in memory.marks], dtype=np.int32)
    raw = np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), dtype=np.uint8)
    np.savez_compressed(file, plain=packed[0], moved=packed[1], marks=marks, sizes=sizes, meta=raw)


def load(file: Path) -> Confirmed:
    """Reads what ``save`` wrote; ``BadSetting`` when it is something else."""
    try:
        with np.load(file, allow_pickle=False) as data:
            meta = json.loads(data["meta"].tobytes())
            if meta["format"] != FORMAT:
                raise ValueError(f"format {meta['format']}")
            plain, moved = (data[k].astype(np.float32) / 127 for k in ("plain", "moved"))
            marks = tuple(np.split(data["marks"], np.cumsum(data["sizes"])[:-1])) if len(data["sizes"]) else ()
    except (OSError, ValueError, KeyError) as error:
        raise BadSetting(f"问题记忆文件打不开（{file.name}：{error}）。请用 jianzheng train 重新生成。") from error
    answers = tuple(tuple((str(r), str(n), str(x)) for r, n, x in one) for one in meta["answers"])
    return Confirmed(plain, moved, marks, answers, str(meta["trained_on"]))
