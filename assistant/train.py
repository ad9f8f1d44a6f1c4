"""Trains what search learns from questions: question vectors, the memory of confirmed questions, the ranker.

Every figure a training question contributes is computed by models that have not seen it: half of the folds leave out questions at random, the other
half leave out whole chapters, so that the ranker learns what to trust both where similar questions were confirmed and where none were.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.asked import alone, asked_questions
from assistant.train_questions import NOTHING, Questions
from assistant.train_ranker import Example, example, fit_ranker
from assistant.train_words import move, sampled, turn
from knowledge import memory, ranker, wordvectors
from knowledge.candidates import Engine
from knowledge.errors import BadSetting
from knowledge.lexical import LexicalIndex
from knowledge.memory import Confirmed, Memory, Wording, marks_of
from knowledge.search_index import embed_all, folder_of, is_current, refresh, word_vectors
from knowledge.segment import WORD, cut, encode
from knowledge.text import simplify
from knowledge.vectors import ExactVectors, write_vectors
from knowledge.wordvectors import Pairs, WordVectors, pairs_of

if TYPE_CHECKING:
    from knowledge.store import Library

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]

FOLDS = 5  # of each kind
SAMPLE = 20_000  # records in which bigrams are counted
RECORDS = 12_000  # records that question vectors are compared with
CHAPTERS_COUNT = 0.2  # weight of an example from a chapter fold beside one from a random fold
CONFIRMED = "confirmed.jsonl"
OFTEN = 4  # example questions that must share a bigram before it gets a vector of its own


def read_questions(folder: Path, index: LexicalIndex, split: str | None = "train") -> tuple[Questions, tuple[str, ...]]:
    """A folder in the shape of BEIR: ``queries.jsonl`` (``_id``, ``text``, ``split``) and ``qrels.tsv`` (id, file, label); and the questions' ids.

    Questions none of whose answers is in the library are left out. ``split`` ``None`` reads them all.
    """
    try:
        lines = (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        given = [json.loads(line) for line in lines if line.strip()]
        right: dict[str, list[tuple[str, str]]] = {}
        for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
            key, file, label = line.split("\t")
            right.setdefault(key, []).append((file.rsplit("/", 1)[-1], label))
    except (OSError, ValueError) as error:
        raise BadSetting(f"问题集 {folder} 读不了：{error}。应有 queries.jsonl 和 qrels.tsv（编号、文件、条号）。") from error
    wanted = {pair for pairs in right.values() for pair in pairs}
    where = _rows_by_place(index, wanted)
    texts, answers, keys = [], [], []
    for item in given:
        rows = sorted({row for pair in right.get(str(item["_id"]), ()) for row in where.get(pair, ())})
        if rows and split in (None, item.get("split")):
            texts.append(str(item["text"]))
            answers.append(np.array(rows, dtype=np.int64))
            keys.append(str(item["_id"]))
    return Questions(tuple(texts), tuple(answers)), tuple(keys)


def _rows_by_place(index: LexicalIndex, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], list[int]]:
    out: dict[tuple[str, str], list[int]] = {}
    for row, (_, _, label, document) in enumerate(index.shelf.references()):
        if (document, label) in wanted:
            out.setdefault((document, label), []).append(row)
    return out


def add_confirmed(library: Library, question: str, refs: Sequence[str]) -> int:
    """Keeps a question and the refs that answer it, beside the indexes and apart from law; returns how many are kept."""
    file = folder_of(library) / CONFIRMED
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = _confirmed_lines(file)
    kept[question.strip()] = list(refs)
    part = file.with_suffix(".part")
    part.write_text("".join(json.dumps({"text": q, "refs": r}, ensure_ascii=False) + "\n" for q, r in kept.items()), encoding="utf-8")
    part.replace(file)
    return len(kept)


def _confirmed_lines(file: Path) -> dict[str, list[str]]:
    if not file.is_file():
        return {}
    rows = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    return {row["text"]: row["refs"] for row in rows}


def confirmed_questions(library: Library, index: LexicalIndex) -> Questions:
    """What ``confirm`` kept, as far as the library still holds it."""
    kept = _confirmed_lines(folder_of(library) / CONFIRMED)
    wanted = {ref for refs in kept.values() for ref in refs}
    where: dict[str, int] = {ref: row for row, (ref, *_) in enumerate(index.shelf.references()) if ref in wanted}
    pairs = [(text, sorted(where[ref] for ref in refs if ref in where)) for text, refs in kept.items()]
    pairs = [(text, rows) for text, rows in pairs if rows]
    return Questions(tuple(t for t, _ in pairs), tuple(np.array(r, dtype=np.int64) for _, r in pairs))


@dataclass(frozen=True)
class Trainer:
    """An engine without memory, the vectors of all its rows, and the example questions that ship with the program."""

    engine: Engine
    words: WordVectors
    vectors: Floats
    asked: Questions = NOTHING

    def tokens(self, texts: Sequence[str]) -> list[tuple[Rows, Pairs]]:
        """Vocabulary rows and bigrams of each text."""
        dictionary, vocabulary = self.engine.index.dictionary, self.engine.vocabulary
        folded = [encode(simplify(text)) for text in texts]
        return [(vocabulary[cut(codes, dictionary)[1]], pairs_of(codes)) for codes in folded]

    @cached_property
    def common_pairs(self) -> tuple[Pairs, Floats]:
        """Share of records that hold each bigram (a sample of them): frequent bigrams say little about a question."""
        shelf = self.engine.shelf
        sample = np.unique(np.linspace(0, max(0, shelf.size - 1), min(shelf.size, SAMPLE)).astype(np.int64))
        codes, owner = shelf.slice(sample)
        both = WORD[codes[:-1]] & WORD[codes[1:]] & (owner[:-1] == owner[1:])
        pairs = codes[:-1][both].astype(np.uint64) * np.uint64(65536) + codes[1:][both]
        once = np.unique(pairs * np.uint64(2**20) + owner[:-1][both].astype(np.uint64))
        found, count = np.unique(once >> np.uint64(20), return_counts=True)
        return found.astype(np.uint32), (count / max(1, len(sample))).astype(np.float32)

    @cached_property
    def schooled(self) -> WordVectors:
        """Word vectors that learned from the example questions; the records' side is as it was."""
        if not self.asked.texts:
            return self.words.untaught()
        records, rows = sampled(self.vectors, np.unique(np.concatenate(self.asked.answers)), RECORDS)
        right = [np.searchsorted(rows, a) for a in self.asked.answers]
        return move(self.words.untaught(), self._asked_tokens, right, records, self.common_pairs, self.asked.digest, twice=OFTEN)

    @cached_property
    def _asked_tokens(self) -> list[tuple[Rows, Pairs]]:
        return self.tokens(self.asked.texts)

    def taught(self, questions: Questions, without: Rows | None = None) -> tuple[Engine, WordVectors]:
        """The engine with question vectors and memory learned from ``questions``, after the example questions; it does not remember those whose
        answers lie in a chapter of ``without``."""
        if not questions.texts:
            return self.engine, self.words
        records, rows = sampled(self.vectors, np.unique(np.concatenate(questions.answers)), RECORDS)
        tokens = self.tokens(questions.texts)
        right = [np.searchsorted(rows, a) for a in questions.answers]
        words = move(self.schooled, tokens, right, records, self.common_pairs, questions.digest)
        words = replace(words, turn=turn(words.questions(tokens, plain=True), right, records))
        return self.engine.having(words, remembered(questions, tokens, words), self._examples(words, without)), words

    def _examples(self, words: WordVectors, without: Rows | None) -> Memory | None:
        kept, tokens = self.asked, self._asked_tokens
        if without is not None:
            chapter = self.engine.shelf.chapter
            which = np.array([n for n, rows in enumerate(kept.answers) if not np.isin(chapter[rows], without).any()], dtype=np.int64)
            kept, tokens = kept.take(which), [tokens[n] for n in which]
        return remembered(kept, tokens, words, "asked") if kept.texts else None


def remembered(questions: Questions, tokens: Sequence[tuple[Rows, Pairs]], words: WordVectors, kind: str = "memory") -> Memory:
    """Questions as a memory of an engine with these ``words``."""
    pairs = np.repeat(np.arange(len(tokens)), [len(a) for a in questions.answers])
    wording = Wording.of([marks_of(encode(simplify(text))) for text in questions.texts])
    plain, moved = words.questions(tokens, plain=True), words.questions(tokens)
    return Memory(plain, moved, wording, pairs, np.concatenate(questions.answers), kind)


def trainer(index: LexicalIndex, words: WordVectors, asked: Questions = NOTHING) -> Trainer:
    """Embeds all rows of ``index`` with ``words``."""
    vectors = np.concatenate([*embed_all(index, words), np.zeros((0, words.record.shape[1]), np.float32)])
    return Trainer(Engine(index, words, ExactVectors(vectors)), words, vectors, asked)


def folds(questions: Questions, chapter: NDArray[np.int32], seed: int = 1) -> Iterator[tuple[Rows, Rows, Rows | None]]:
    """(kept, left out) question numbers: ``FOLDS`` at random, then ``FOLDS`` by chapter (no left-out chapter among the kept), with those chapters."""
    draw = np.random.default_rng(seed)
    fold = draw.integers(0, FOLDS, len(questions.texts))
    for n in range(FOLDS):
        yield np.nonzero(fold != n)[0], np.nonzero(fold == n)[0], None
    chapters = np.unique(chapter[np.concatenate(questions.answers)]) if questions.answers else np.zeros(0, np.int32)
    fold_of = dict(zip(chapters.tolist(), draw.integers(0, FOLDS, len(chapters)), strict=True))
    for n in range(FOLDS):
        out = np.array([any(fold_of[int(c)] == n for c in chapter[a]) for a in questions.answers], dtype=np.bool_)
        yield np.nonzero(~out)[0], np.nonzero(out)[0], np.array([c for c, at in fold_of.items() if at == n], dtype=np.int64)


def train_ranker(base: Trainer, questions: Questions, progress: Callable[[str], None] | None = None) -> ranker.Ranker:
    """A ranker from questions."""
    examples: list[Example] = []
    for number, (kept, left, without) in enumerate(folds(questions, base.engine.shelf.chapter), 1):
        if progress:
            progress(f"第 {number}/{2 * FOLDS} 折：学 {len(kept)} 问，留 {len(left)} 问")
        engine, _ = base.taught(questions.take(kept), without)
        weight = 1.0 if number <= FOLDS else CHAPTERS_COUNT
        for n in left:
            table = engine.table(questions.texts[n])
            if len(table.rows) and (one := example(table, questions.answers[n], int(n), weight)):
                examples.append(one)
    return fit_ranker(examples, questions.digest)


def confirmed_from(base: Trainer, questions: Questions, words: WordVectors) -> Confirmed:
    """The memory as it is kept: vectors and references."""
    tokens = base.tokens(questions.texts)
    wanted = {int(row) for rows in questions.answers for row in rows}
    of = {row: (ref, name, label) for row, (ref, name, label, _) in enumerate(base.engine.shelf.references()) if row in wanted}
    answers = tuple(tuple(of[int(row)] for row in rows) for rows in questions.answers)
    marks = tuple(marks_of(encode(simplify(text))) for text in questions.texts)
    return Confirmed(words.questions(tokens, plain=True), words.questions(tokens), marks, answers, words.trained_on)


def train_library(
    library: Library, folder: Path | None, *, fit: bool = False, progress: Callable[[str], None] | None = None
) -> Mapping[str, Any]:
    """Trains on a folder of questions and on the library's confirmed ones, after the shipped example questions; where there are neither, on the
    example questions alone. The models are kept with the library's indexes.

    Word vectors are those the library has (the shipped ones, or its own); ``fit`` learns them anew from the library's texts. Where there are none,
    they are always learned.
    """
    started = time.perf_counter()
    tell = progress or (lambda _: None)
    if not is_current(library):
        tell("更新索引")
        refresh(library)
    index = LexicalIndex(folder_of(library))
    questions = confirmed_questions(library, index)
    if folder is not None:
        given, _ = read_questions(folder, index)
        questions = Questions(given.texts + questions.texts, given.answers + questions.answers)
    asked = asked_questions(index)
    if not questions.texts:
        questions, asked = alone(asked)
    if not questions.texts:
        raise BadSetting("没有可学的问题。请给出问题集目录，或先用 jianzheng confirm 记下问题和它的条文。")
    tell("词向量")
    fitted = wordvectors.fit(index.word_ids, index.word_at, index.dictionary) if fit else word_vectors(folder_of(library), index)
    if fitted is None:
        raise BadSetting("知识库太小，学不出词向量。请先导入更多条文。")
    base = trainer(index, fitted.untaught(), asked)
    model = train_ranker(base, questions, tell)
    _, words = base.taught(questions)
    kept = [confirmed_from(base, some, words) for some in (questions, asked)]
    write_models(folder_of(library) / "model", words, kept[0], kept[1], model)
    write_vectors(index.folder, words.name, embed_all(index, words))
    return {
        "questions": len(questions.texts),
        "examples": len(asked.texts),
        "trained_on": questions.digest,
        "seconds": round(time.perf_counter() - started, 1),
    }


def write_models(folder: Path, words: WordVectors, confirmed: Confirmed, asked: Confirmed, model: ranker.Ranker) -> None:
    """Writes the four model files, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    wordvectors.save(words, folder / "part-words.npz")
    memory.save(confirmed, folder / "part-memory.npz")
    memory.save(asked, folder / "part-asked.npz")
    (folder / "part-ranker.json").write_text(ranker.to_json(model), encoding="utf-8")
    for name in ("words.npz", "memory.npz", "asked.npz", "ranker.json"):
        (folder / f"part-{name}").replace(folder / name)
