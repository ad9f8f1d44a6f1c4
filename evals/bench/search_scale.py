"""The lexical index and Chroma at 10 thousand, 100 thousand and a million records: texts of a library repeated and perturbed.

    python -m evals.bench.search_scale --library DIR [--sizes 10000,100000,1000000] [--chroma 10000,100000] [--folder DIR]

One Markdown row per size: rate of ingest, disk, memory, milliseconds without and with filters, what it takes to delete and update. Behind each time
stands the processor's own time in brackets, which other jobs on the machine disturb less. The lexical index has no deletion and no update: it is
built anew beside the old one, and "build s" is what that takes.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from evals.search import REPO
from knowledge.lexical import LexicalIndex, build
from knowledge.search_index import folder_of
from knowledge.shelf import Record, Scope
from knowledge.store import Library
from knowledge.vectors import ChromaVectors
from knowledge.wordvectors import unit

REGIONS = tuple(f"云溪省第{n}市" for n in range(20))
FILTERS = {
    "in force": Scope(day=date(2026, 11, 21)),
    "one region in 20": Scope(regions=(REGIONS[3],)),
    "region and day": Scope(regions=(REGIONS[3],), day=date(2026, 11, 21)),
}


def perturbed(records: list[Record], count: int, seed: int = 0) -> Iterator[Record]:
    """``count`` records: those given, over and over, each time with two stretches of characters exchanged, in some region and period."""
    draw = random.Random(seed)
    for number in range(count):
        base = records[number % len(records)]
        text = base.text
        if number >= len(records) and len(text) > 8:
            cut = draw.randrange(2, len(text) - 2)
            other = records[draw.randrange(len(records))].text[:20]
            text = text[cut:] + other + text[:cut]
        ended = "2020-01-01" if draw.random() < 0.1 else None
        yield replace(
            base, id=number, ref=f"{base.ref}~{number}", text=text, region=draw.choice(REGIONS), effective="2001-01-01", ended=ended
        )


def lexical(records: list[Record], count: int, questions: list[str], folder: Path) -> str:
    """One row for the lexical index."""
    where = folder / f"lexical-{count}"
    spent = time.process_time()
    report = build(perturbed(records, count), where, threads=2)
    spent = time.process_time() - spent
    started = time.perf_counter()
    index = LexicalIndex(where)
    opened = time.perf_counter() - started
    cells = [
        f"{count:,}",
        f"{count / report.seconds:,.0f}",
        f"{report.seconds:.0f} ({spent:.0f})",
        f"{report.bytes / 1e6:,.0f}",
        f"{opened * 1e3:.0f}",
    ]
    for scope in (None, *FILTERS.values()):
        cells.append(_times(lambda text, scope=scope: index.search(text, 100, scope=scope), questions))  # type: ignore[misc]
    cells.append(_times(lambda text: index.search(text, 100, channel="words"), questions))
    cells.append(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f}")
    shutil.rmtree(where)
    return "| " + " | ".join(cells) + " |"


def chroma(count: int, folder: Path, dimensions: int = 300) -> str:
    """One row for Chroma: random unit vectors around a thousand centres."""
    draw = np.random.default_rng(0)
    centres = draw.normal(size=(1000, dimensions)).astype(np.float32)
    vectors = unit(centres[draw.integers(0, 1000, count)] + 0.7 * draw.normal(size=(count, dimensions)).astype(np.float32))
    where = folder / f"chroma-{count}"
    started, used = time.perf_counter(), time.process_time()
    with ChromaVectors.writing(where, "bench") as store:
        store.rebuild(vectors)
        wrote, used = time.perf_counter() - started, time.process_time() - used
        asked = unit(vectors[draw.integers(0, count, 100)] + 0.3 * draw.normal(size=(100, dimensions)).astype(np.float32))
        spent, found = [], 0.0
        for vector in asked:
            begin = time.perf_counter()
            rows = set(store.nearest(vector, 100).tolist())
            spent.append(time.perf_counter() - begin)
            found += len(rows & set(np.argsort(-(vectors @ vector))[:100].tolist())) / 100
        changed = _changed(store, vectors)
    size = sum(file.stat().st_size for file in where.rglob("*") if file.is_file())
    shutil.rmtree(where)
    p50, p95 = np.percentile(spent, [50, 95]) * 1e3
    cells = [
        f"{count:,}",
        f"{count / wrote:,.0f}",
        f"{wrote:.0f} ({used:.0f})",
        f"{size / 1e6:,.0f}",
        f"{p50:.1f} / {p95:.1f}",
        f"{found / 100:.3f}",
        changed,
    ]
    return "| " + " | ".join([*cells, f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f}"]) + " |"


def _changed(store: ChromaVectors, vectors: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> str:
    """Updates and deletions a second, on a hundredth of the rows."""
    ids = [str(n) for n in range(0, len(vectors), 100)]
    begin = time.perf_counter()
    store._collection.upsert(ids=ids, embeddings=vectors[::100][: len(ids)])
    updated = time.perf_counter() - begin
    begin = time.perf_counter()
    store._collection.delete(ids=ids)
    return f"{len(ids) / updated:,.0f} / {len(ids) / (time.perf_counter() - begin):,.0f}"


def _times(method: object, questions: list[str]) -> str:
    assert callable(method)
    for text in questions[:5]:
        method(text)
    spent, used = [], []
    for text in questions:
        begin, cpu = time.perf_counter(), time.thread_time()
        method(text)
        used.append(time.thread_time() - cpu)
        spent.append(time.perf_counter() - begin)
    (p50, p95), (c50, c95) = np.percentile(spent, [50, 95]) * 1e3, np.percentile(used, [50, 95]) * 1e3
    return f"{p50:.1f} / {p95:.1f} ({c50:.1f} / {c95:.1f})"


def main() -> None:
    """Command line; see the module's first lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--chroma", default="")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="jianzheng-bench-"))
    lines = (REPO / "evals" / "datasets" / "lay" / "queries.jsonl").read_text(encoding="utf-8").splitlines()

    questions = [json.loads(line)["text"] for line in lines][:150]
    with Library.open(options.library) as library:
        shelf = LexicalIndex(folder_of(library)).shelf
        records = [shelf.record(row) for row in range(shelf.size)]
    print("| records | rec/s | build s | disk MB | open ms | p50 / p95 ms | " + " | ".join(FILTERS) + " | words channel | max RSS MB |")
    print("|" + "---|" * 11)
    for count in filter(None, options.sizes.split(",")):
        print(lexical(records, int(count), questions, folder), flush=True)
    if options.chroma:
        print("\n| vectors | rec/s | build s | disk MB | p50 / p95 ms | recall@100 of exact | updates / deletions a second | max RSS MB |")
        print("|" + "---|" * 8)
        for count in options.chroma.split(","):
            print(chroma(int(count), folder), flush=True)


if __name__ == "__main__":
    main()
