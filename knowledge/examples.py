"""Example questions 示例问法: what people say when they mean a provision, and how like a new question is to them. Pure; numpy only.

``corpora/national/questions.jsonl`` holds questions written for each record of ``norms.jsonl``, each with the answer a careful lawyer gives. They
carry lay wording to the provision that speaks of it; what the provision means is then decided by its annotation and the rules.

``knowledge/data/recogniser.npz`` is made from them by ``python -m evals.train_recogniser`` and holds only arrays: the character groups of the
examples (one to three characters, weighted by rarity), and the coefficients of a kernel ridge regression from likeness to *outcomes*, an
outcome being one norm with one verdict.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from threading import Lock
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import BadRule
from knowledge.norms import DEFAULT_FILE as NORMS_FILE
from knowledge.norms import NormBook
from knowledge.types import Verdict

BANK_FILE = NORMS_FILE.with_name("questions.jsonl")
MESSAGES_FILE = NORMS_FILE.with_name("messages.jsonl")
MODEL_FILE = FilePath(__file__).parent / "data" / "recogniser.npz"
VERDICTS = tuple(str(v) for v in Verdict)
PATHS = ("", "retain", "direct_cancel", "data_sharing", "dept_verification", "commitment", "substitute", "agency")
SCOPES = (
    "ok", "ask", "forgery", "drafting", "others_data", "family_property", "criminal", "tax_money", "medical", "system", "chat", "foreign_embassy",
)  # fmt: skip
SIZES = {1: 0.4, 2: 1.0, 3: 0.8}  # characters in a group → weight
_DROP = re.compile(r"[^\u4e00-\u9fff0-9a-zA-Z]")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One example question 示例问法: ``key`` the norm cited first, ``effect`` the place of its effect that fits (None: none is annotated)."""

    text: str
    key: str
    verdict: str
    path: str | None
    effect: int | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """An example of what is declined, asked back, or (``ok``) answered although it looks like that; ``scope`` one of ``SCOPES``."""

    text: str
    scope: str


def load_messages(file: FilePath = MESSAGES_FILE) -> tuple[Message, ...]:
    """The shipped messages, in file order; raises BadRule as :func:`load_examples`."""
    out = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        try:
            raw = json.loads(line)
            found = Message(raw["q"], raw["scope"])
        except (ValueError, KeyError) as error:
            raise BadRule(f"示例消息 {file.name} 第{number}行读不了：{error}。每行应有 q 和 scope。") from error
        if found.scope not in SCOPES:
            raise BadRule(f"示例消息 {file.name} 第{number}行：scope 应为 {SCOPES} 之一，现为 {found.scope!r}。")
        out.append(found)
    return tuple(out)


def load_examples(file: FilePath = BANK_FILE) -> tuple[Example, ...]:
    """The shipped examples, in file order.

    Raises:
        BadRule: a line that is no JSON object, or a verdict outside its enum (message in Chinese with the line).
    """
    return tuple(ExampleLines(file))


def _example(line: str, number: int, name: str) -> Example:
    try:
        raw = json.loads(line)
        found = Example(raw["q"], raw["key"], raw["verdict"], raw.get("path"), raw.get("i"), tuple(raw.get("also") or ()))
    except (ValueError, KeyError) as error:
        raise BadRule(f"示例问法 {name} 第{number}行读不了：{error}。每行应有 q、key、verdict，可有 path、i、also。") from error
    if found.verdict not in VERDICTS:
        raise BadRule(f"示例问法 {name} 第{number}行：verdict 应为 {VERDICTS} 之一，现为 {found.verdict!r}。")
    if (found.path or "") not in PATHS:
        raise BadRule(f"示例问法 {name} 第{number}行：path 应为空或者 {PATHS[1:]} 之一，现为 {found.path!r}。")
    return found


class ExampleLines(Sequence[Example]):
    """The examples of a file, each read when it is asked for: an answer shows one of thousands."""

    def __init__(self, file: FilePath = BANK_FILE) -> None:
        self.name, self.lines = file.name, file.read_bytes().splitlines()

    def __len__(self) -> int:
        return len(self.lines)

    @overload
    def __getitem__(self, place: int) -> Example: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Example, ...]: ...
    def __getitem__(self, place: int | slice) -> Example | tuple[Example, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self.lines))))
        return _example(self.lines[place].decode("utf-8"), place + 1, self.name)


def groups(text: str) -> Counter[str]:
    """Character groups of one to three characters, punctuation and spaces left out."""
    bare = _DROP.sub("", text)
    out: Counter[str] = Counter(bare)
    out.update(a + b for a, b in zip(bare, bare[1:], strict=False))
    out.update(a + b + c for a, b, c in zip(bare, bare[1:], bare[2:], strict=False))
    return out


def rarity(texts: Iterable[Counter[str]], count: int) -> dict[str, float]:
    """Weight of every group that two texts share (single characters: all of them), in the order of the groups."""
    users: Counter[str] = Counter()
    for text in texts:
        users.update(text.keys())
    return {g: math.log(1 + count / n) * SIZES[len(g)] for g, n in sorted(users.items()) if n >= 2 or len(g) == 1}


def weigh(text: Counter[str], place: dict[str, int], weights: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Places and values of a text's known groups, of length one (Euclid); two empty arrays when it has none."""
    known = sorted((place[g], n) for g, n in text.items() if g in place)
    where = np.array([k for k, _ in known], dtype=np.int64)
    value = weights[where] * (1 + np.log(np.array([n for _, n in known], dtype=np.float64)))
    length = float(np.sqrt((value**2).sum())) or 1.0
    return where, value / length


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like a question is to every example (0–1), to every norm's own words (0–1), and the regression's values for every outcome and for the
    manner of asking, whatever the norm: one for each of ``VERDICTS``, then of ``PATHS``, then of ``SCOPES``."""

    examples: Floats
    norms: Floats
    outcomes: Floats
    manner: Floats

    def scope(self, name: str) -> float:
        """How like the question is to messages of that scope: about 1 for an example of it, about 0 for others."""
        return float(self.manner[len(VERDICTS) + len(PATHS) + SCOPES.index(name)])


class ExampleModel:
    """The arrays of the model file, ready for questions. Safe to share between threads."""

    def __init__(self, arrays: dict[str, Any]) -> None:
        words = bytes(arrays["groups"]).decode("utf-8").split("\n")
        self.place = {g: i for i, g in enumerate(words)}
        self.weights: Floats = arrays["weights"].astype(np.float64)
        self.start, self.row, self.value = (
            arrays["start"].astype(np.int64),
            arrays["row"].astype(np.int64),
            arrays["value"].astype(np.float64),
        )
        self.keys = bytes(arrays["keys"]).decode("utf-8").split("\n")
        self.outcome_norm = arrays["outcome_norm"].astype(np.int64)
        self.outcome_verdict = [VERDICTS[i] for i in arrays["outcome_verdict"]]
        self.example_path = arrays["example_path"].astype(np.int64)
        self.example_outcome = arrays["example_outcome"].astype(np.int64)
        self.manner: Floats = arrays["manner"].astype(np.float64)
        self.rank_weights: Floats = arrays["rank_weights"].astype(np.float64)
        self.case_weights: Floats = arrays["case_weights"].astype(np.float64)
        self.source = bytes(arrays["source"]).decode("utf-8")
        self._coefficient: NDArray[np.float32] = arrays["coefficient"].astype(np.float32)
        self._of_example, self._from = arrays["coefficient_row"].astype(np.intp), arrays["coefficient_start"].astype(np.intp)

    def likeness(self, text: str) -> Likeness:
        """Compare a question with all examples and norms."""
        where, value = weigh(groups(text), self.place, self.weights)
        many = len(self.example_outcome)
        spans = [slice(self.start[g], self.start[g + 1]) for g in where]
        rows = np.concatenate([self.row[s] for s in spans]) if spans else np.zeros(0, np.int64)
        parts = np.concatenate([self.value[s] * v for s, v in zip(spans, value, strict=True)]) if spans else np.zeros(0)
        messages = len(self.manner)  # the examples, then the messages
        alike: Floats = np.bincount(rows, parts, minlength=messages + len(self.keys)).astype(np.float64)
        shares = self._coefficient * alike[:messages].astype(np.float32)[self._of_example]
        outcomes: Floats = np.add.reduceat(np.append(shares, np.float32(0)), self._from).astype(np.float64)
        outcomes[np.diff(self._from, append=len(shares)) == 0] = 0.0  # reduceat gives the next value where a span is empty
        return Likeness(alike[:many], alike[messages:], outcomes, alike[:messages] @ self.manner)


def fingerprint(book: NormBook) -> str:
    """Hash of all that the model is made from: the examples and messages, and of the norms their keys, words and verdicts."""
    made = hashlib.sha256(BANK_FILE.read_bytes() + MESSAGES_FILE.read_bytes())
    for norm in book:
        made.update(f"\n{norm.key}\t{norm.title}\t{norm.gist}".encode())
        for e in norm.effects:
            made.update(f"\t{e.effect} {e.strength} {e.verdict} {' '.join(e.proof_words)} {' '.join(e.matter_words)}".encode())
    return made.hexdigest()


_loading = Lock()


def example_model(file: FilePath = MODEL_FILE) -> ExampleModel | None:
    """The shipped model; None where the file is absent (lay wording is then recognised by word lists and search alone)."""
    with _loading:
        return _model(file)


@lru_cache(maxsize=1)
def _model(file: FilePath) -> ExampleModel | None:
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as arrays:
        return ExampleModel({name: arrays[name] for name in arrays.files})


@lru_cache(maxsize=1)
def examples() -> ExampleLines:
    """The shipped examples."""
    return ExampleLines()
