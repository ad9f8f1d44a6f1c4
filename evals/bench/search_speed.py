"""How fast search is on a library as it stands: every channel and the ranker, warm, one core; and what a rebuild of the full-text index takes.

    OMP_NUM_THREADS=1 python -m evals.bench.search_speed --library DIR [--rebuild]

Questions are STARD's dev half and our own lay ones. Behind each time stands the processor's own in brackets. ``--rebuild`` builds the index of the
same records once more in a folder of its own; the library is only read.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from evals.search import REPO
from knowledge import lexical
from knowledge.search import open_search
from knowledge.search_index import records
from knowledge.store import Library

WARM = 20


def questions(shared: Path) -> list[str]:
    """Texts of STARD's dev questions and of the lay ones."""
    out = []
    for file, split in ((shared / "stard" / "queries.jsonl", "dev"), (REPO / "evals" / "datasets" / "lay" / "queries.jsonl", None)):
        given = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        out += [str(item["text"]) for item in given if split in (None, item.get("split"))]
    return out


def latency(library: Library, asked: list[str], *, all_versions: bool) -> str:
    """p50 / p95 of whole searches (ten hits with their reasons) in milliseconds."""
    search = open_search(library)
    for text in asked[:WARM]:
        search.search(text, all_versions=all_versions)
    spent, used = [], []
    for text in asked:
        begin, cpu = time.perf_counter(), time.process_time()
        search.search(text, all_versions=all_versions)
        used.append(time.process_time() - cpu)
        spent.append(time.perf_counter() - begin)
    (p50, p95), (c50, c95) = np.percentile(spent, [50, 95]) * 1e3, np.percentile(used, [50, 95]) * 1e3
    learned = "trained" if search.ranker else "nothing trained"
    size = search.engine.shelf.size
    return f"{size:,} records, {learned}: p50 {p50:.0f} ({c50:.0f}) ms, p95 {p95:.0f} ({c95:.0f}) ms"


def rebuild(library: Library) -> str:
    """Seconds to build the full-text index from the store."""
    folder, before = Path(tempfile.mkdtemp(prefix="jianzheng-bench-")), os.times()
    try:
        report = lexical.build(records(library), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    after = os.times()
    used = sum(after[:4]) - sum(before[:4])
    return f"{report.records:,} records built in {report.seconds:.1f} s ({used:.1f} s of processor time, the cutting process included)"


def main() -> None:
    """Command line; see the module's first lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--shared", type=Path, default=REPO.parent / "shared")
    parser.add_argument("--rebuild", action="store_true")
    options = parser.parse_args()
    with Library.open(options.library) as library:
        if options.rebuild:
            print(rebuild(library))
        asked = questions(options.shared)
        for name, everything in (("all versions", True), ("in force today", False)):
            print(f"{name}: {latency(library, asked, all_versions=everything)}", flush=True)


if __name__ == "__main__":
    main()
