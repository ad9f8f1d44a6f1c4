"""Search measured: STARD as it comes, chapters never seen in training, our own lay questions; peers and latency on request.

    python -m evals.search --library DIR [--shared DIR] [--train] [--heldout] [--peers] [--latency] [--out FILE]

``DIR`` holds the benchmark corpus (``--build`` ingests the files of ``stard/corpus_files.tsv`` into it). Nothing here trains on dev or on the lay set.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.asked import asked_questions
from assistant.train import Trainer, read_questions, train_ranker, trainer
from assistant.train_questions import Questions
from knowledge.lexical import LexicalIndex
from knowledge.search import Search, open_search
from knowledge.search_index import folder_of, word_vectors
from knowledge.shelf import Scope, Shelf
from knowledge.store import Library

REPO = Path(__file__).resolve().parents[1]
HELD_SEED = 12  # of the split of chapters; with it BM25 stands where the design's own split had it
HELD_SHARE = 5  # one chapter in so many is held out
DEPTH = 100
OURS = ("nothing trained", "as installed", "trained")

Rows = NDArray[np.int64]
Method = Callable[[str], Sequence[int]]  # question → rows, best first


@dataclass(frozen=True)
class Result:
    """Figures of a method over questions, and per question whether a right answer was among the first ten."""

    name: str
    figures: Mapping[str, float]
    right: tuple[bool, ...]


def measure(name: str, method: Method, questions: Questions) -> Result:
    """Recall@5/10/20/100, MRR@10 and nDCG@10 (binary) of a method, as ``score_search.py`` computes them; milliseconds per question."""
    total: dict[str, float] = {}
    right, spent = [], []
    for text, answers in zip(questions.texts, questions.answers, strict=True):
        start = time.perf_counter()
        found = [int(row) for row in method(text)]
        spent.append(time.perf_counter() - start)
        gold = {int(row) for row in answers}
        one = {f"recall@{k}": len(gold & set(found[:k])) / len(gold) for k in (5, 10, 20, 100)}
        one["mrr@10"] = next((1 / n for n, row in enumerate(found[:10], 1) if row in gold), 0.0)
        ideal = sum(1 / math.log2(n + 1) for n in range(1, min(10, len(gold)) + 1))
        one["ndcg@10"] = sum(1 / math.log2(n + 1) for n, row in enumerate(found[:10], 1) if row in gold) / ideal
        total = {key: total.get(key, 0.0) + value for key, value in one.items()}
        right.append(one["mrr@10"] > 0)
    figures = {key: round(value / max(1, len(right)), 4) for key, value in total.items()}
    if spent:
        figures |= {"p50_ms": round(float(np.percentile(spent, 50)) * 1e3, 1), "p95_ms": round(float(np.percentile(spent, 95)) * 1e3, 1)}
    return Result(name, figures, tuple(right))


def ranked(search: Search, scope: Scope | None = None) -> Method:
    """A search as a method."""

    def method(text: str) -> Sequence[int]:
        table = search.engine.table(text, scope, full=search.ranker is not None)
        if not len(table.rows):
            return ()
        found: Rows = table.rows[np.argsort(-search.score(table), kind="stable")[:DEPTH]]
        return found.tolist()

    return method


def channel(index: LexicalIndex, name: str) -> Method:
    """One lexical channel alone (``chars`` is BM25 over characters and bigrams)."""
    return lambda text: index.search(text, DEPTH, channel=name)[0].tolist()


def held_chapters(questions: Questions, shelf: Shelf, seed: int = HELD_SEED) -> Rows:
    """The chapters that are held out, by their numbers on the shelf.

    Chapters are drawn by their names, so that the split does not move with the order in which a library was filled.
    """
    chapter = shelf.chapter
    first = {int(c): int(row) for rows in questions.answers for row, c in zip(rows, chapter[rows], strict=True)}
    items = {c: shelf.record(row) for c, row in first.items()}
    chapters = sorted(items, key=lambda c: (items[c].document, items[c].name, items[c].headings))
    random.Random(seed).shuffle(chapters)
    return np.array(chapters[: len(chapters) // HELD_SHARE], dtype=np.int64)


def held_out(questions: Questions, shelf: Shelf, held: Rows) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For each question whether any, and whether every, chapter of its answers is held out."""
    inside = [np.isin(shelf.chapter[rows], held) for rows in questions.answers]
    return np.array([bool(i.any()) for i in inside]), np.array([bool(i.all()) for i in inside])


def taught_search(base: Trainer, questions: Questions, progress: Callable[[str], None] | None = None) -> Search:
    """A search trained on ``questions`` and nothing else, as ``jianzheng train`` trains it."""
    ranker = train_ranker(base, questions, progress)
    engine, _ = base.taught(questions)
    return Search(engine, ranker)


def compare(before: Result, after: Result) -> tuple[list[int], list[int]]:
    """Numbers of the questions won and lost between two methods (a right answer among the first ten)."""
    pairs = list(enumerate(zip(before.right, after.right, strict=True)))
    return [n for n, (a, b) in pairs if b and not a], [n for n, (a, b) in pairs if a and not b]


def differences(results: Sequence[tuple[str, Result]]) -> str:
    """Against every other method, the questions that our best one (the last of ours) gains and loses, as a Markdown table."""
    best = {name: one for name, one in results if one.name in OURS}
    lines = ["| dataset | ours | other | gained | lost | questions lost |", "|---|---|---|---|---|---|"]
    for name, other in results:
        ours = best.get(name)
        if ours is None or ours is other:
            continue
        gained, lost = compare(other, ours)
        lines.append(f"| {name} | {ours.name} | {other.name} | {len(gained)} | {len(lost)} | {' '.join(map(str, lost[:12]))} |")
    return "\n".join(lines)


def lay_questions(index: LexicalIndex) -> Questions:
    """Our own lay questions, as far as the library holds their answers."""
    return read_questions(REPO / "evals" / "datasets" / "lay", index, split=None)[0]


def build(library: Path, shared: Path) -> None:
    """Ingests the benchmark corpus into ``library``."""
    from ingest.pipeline import ingest_paths

    lines = (shared / "stard" / "corpus_files.tsv").read_text(encoding="utf-8").splitlines()[1:]
    with Library.open(library, writable=True) as opened:
        ingest_paths([shared / "laws" / line.split("\t")[0] for line in lines], opened)


def standard(library: Library, shared: Path, options: argparse.Namespace) -> Iterable[tuple[str, Result]]:
    """(dataset, result) of every method asked for."""
    index = LexicalIndex(folder_of(library))
    dev, _ = read_questions(shared / "stard", index, "dev")
    train, _ = read_questions(shared / "stard", index, "train")
    lay = lay_questions(index)
    opened = open_search(library)
    sets = [("stard dev", dev), ("lay", lay)]
    for name, questions in sets:
        yield name, measure("bm25 chars", channel(index, "chars"), questions)
        yield name, measure("bm25 words", channel(index, "words"), questions)
        yield name, measure("nothing trained", ranked(opened.untrained()), questions)
        if opened.ranker:
            yield name, measure("as installed", ranked(opened), questions)
    if options.train or options.heldout:
        words = word_vectors(folder_of(library), index)
        assert words is not None, "the benchmark corpus is large enough to fit word vectors"
        base = trainer(index, words.untaught(), asked_questions(index))
        if options.train:
            trained = taught_search(base, train, print)
            for name, questions in sets:
                yield name, measure("trained", ranked(trained), questions)
        if options.heldout:
            yield from held_out_results(base, index, train, dev)


def held_out_results(base: Trainer, index: LexicalIndex, train: Questions, dev: Questions) -> Iterable[tuple[str, Result]]:
    """Questions with a held-out chapter among their answers', and those whose every chapter is held out; trained on the rest, without the example
    questions of those chapters."""
    everything = Questions(train.texts + dev.texts, train.answers + dev.answers)
    held = held_chapters(everything, index.shelf)
    any_held, all_held = held_out(everything, index.shelf, held)
    seen = everything.take(np.nonzero(~any_held[: len(train.texts)])[0])
    if base.asked.texts:
        base = replace(base, asked=base.asked.take(np.nonzero(~held_out(base.asked, index.shelf, held)[0])[0]))
    trained = taught_search(base, seen, print)
    untrained = Search(replace(base.engine, words=base.words.untaught()), None)
    for name, which in (("held-out chapters (any)", any_held), ("held-out chapters (all)", all_held)):
        questions = everything.take(np.nonzero(which)[0])
        yield name, measure("bm25 chars", channel(index, "chars"), questions)
        yield name, measure("nothing trained", ranked(untrained), questions)
        yield name, measure("trained", ranked(trained), questions)


def table(results: Sequence[tuple[str, Result]]) -> str:
    """Results as a Markdown table."""
    keys = ("recall@5", "recall@10", "recall@20", "recall@100", "mrr@10", "ndcg@10", "p50_ms", "p95_ms")
    lines = ["| dataset | n | method | " + " | ".join(keys) + " |", "|---|---|---|" + "---|" * len(keys)]
    for name, one in results:
        cells = " | ".join(str(one.figures.get(key, "–")) for key in keys)
        lines.append(f"| {name} | {len(one.right)} | {one.name} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    """Command line; see the module's first lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--shared", type=Path, default=REPO.parent / "shared")
    for flag in ("build", "train", "heldout", "peers"):
        parser.add_argument(f"--{flag}", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.build:
        build(options.library, options.shared)
    with Library.open(options.library) as library:
        results = list(standard(library, options.shared, options))
        if options.peers:
            from evals.search_peers import peers

            results += peers(LexicalIndex(folder_of(library)), options.shared)
    print(table(results))
    print()
    print(differences(results))
    if options.out:
        rows: list[dict[str, Any]] = [{"dataset": n, "method": r.name, **r.figures, "right": r.right} for n, r in results]
        options.out.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
