"""Example questions for search 示例问题: how people ask for an article, written by us and shipped; kept apart from law and from what users confirm.

``corpora/national/asked.jsonl`` holds one question a line, ``{"q": …, "refs": […]}``, the article that answers it first. They teach ``jianzheng train``
how lay words lead to statutes; they decide nothing and are shown to nobody as an answer.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from assistant.settings import CORPORA
from assistant.train_questions import NOTHING, Questions
from knowledge.errors import BadSetting
from knowledge.lexical import LexicalIndex

FILE = CORPORA / "national" / "asked.jsonl"
ENOUGH = 300  # example questions the library must hold answers of before a ranker is learned from them alone
OWN_SHARE = 15  # one of so many then stands for real questions


@lru_cache(maxsize=2)
def _lines(file: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    out = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        try:
            raw = json.loads(line)
            out.append((str(raw["q"]), tuple(map(str, raw["refs"]))))
        except (ValueError, KeyError, TypeError) as error:
            raise BadSetting(f"示例问题 {file.name} 第{number}行读不了：{error}。每行应有 q 和 refs。") from error
    return tuple(out)


def asked_questions(index: LexicalIndex, file: Path = FILE) -> Questions:
    """The example questions that this library can answer; nothing where the file is missing.

    An article is found by its reference, else by the law's name and its number in whatever version the library has.

    Raises:
        BadSetting: a line is not a question with references.
    """
    if not file.is_file():
        return NOTHING
    exact: dict[str, int] = {}
    versions: dict[tuple[str, str], list[int]] = {}
    for row, (ref, *_) in enumerate(index.shelf.references()):
        exact[ref] = row
        versions.setdefault(_unversioned(ref), []).append(row)
    texts, answers = [], []
    for text, refs in _lines(file):
        rows = sorted({row for ref in refs for row in ([exact[ref]] if ref in exact else versions.get(_unversioned(ref), ()))})
        if rows:
            texts.append(text)
            answers.append(np.array(rows, dtype=np.int64))
    return Questions(tuple(texts), tuple(answers))


def _unversioned(ref: str) -> tuple[str, str]:
    name, _, place = ref.partition("#")
    return name.partition("@")[0], place


def alone(asked: Questions) -> tuple[Questions, Questions]:
    """(questions to learn the ranker from, example questions beside them) where nobody gave any; nothing where the library holds too few."""
    if len(asked.texts) < ENOUGH:
        return NOTHING, asked
    stands = np.arange(len(asked.texts)) % OWN_SHARE == 0
    return asked.take(np.nonzero(stands)[0]), asked.take(np.nonzero(~stands)[0])
