"""``make bench``: how fast the product answers, on the library of the evals. Prints one JSON object per measurement.

    python -m evals.bench [ask] [cold] [show] [ingest] [page]

``ask``: every question of ``../shared/cases/law.jsonl`` (our own cases where that is absent) in one warm process, after one pass that warms it.
``cold``: a new process from start to first answer. ``show``: an exact clause in a warm process. ``ingest``: all law texts into a fresh store.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from evals.run import HERE, REPO, SHARED, Skipped, full_library, shared


def spread(seconds: list[float]) -> dict[str, Any]:
    """Milliseconds: median, 95th percentile, worst."""
    ordered = sorted(seconds)
    at = min(len(ordered) - 1, int(0.95 * len(ordered)))
    return {
        "n": len(ordered),
        "p50_ms": round(1000 * statistics.median(ordered), 1),
        "p95_ms": round(1000 * ordered[at], 1),
        "max_ms": round(1000 * ordered[-1], 1),
    }


def ask() -> dict[str, Any]:
    """Warm answers, wall time."""
    from assistant.answer import to_json
    from assistant.decide import decide
    from assistant.world import World
    from knowledge.store import Library

    cases = SHARED / "cases" / "law.jsonl"
    source = cases if cases.exists() else HERE / "datasets" / "decisions" / "own.jsonl"
    rows = [json.loads(line) for line in source.read_text("utf-8").splitlines() if line.strip()]
    world = World(Library.open(full_library()))
    times: list[float] = []
    for measured in (False, True):
        for row in rows:
            started = time.perf_counter()
            day = date.fromisoformat(row["as_of"]) if row.get("as_of") else None
            to_json(decide(world, row["question"], region=row.get("region"), as_of=day))
            if measured:
                times.append(time.perf_counter() - started)
    return spread(times)


def cold() -> dict[str, Any]:
    """A new process, start to first answer, five times."""
    library = full_library()
    command = [sys.executable, "-m", "assistant.cli", "--library", str(library), "ask", "收养孩子要体检证明吗", "--json"]
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run(command, cwd=REPO, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return spread(times)


def show() -> dict[str, Any]:
    """An exact clause, warm."""
    from knowledge.store import Library

    library = Library.open(full_library())
    times = []
    for _ in range(200):
        started = time.perf_counter()
        assert library.provision("优化营商环境条例@2019-10-22#art_44.para_3") is not None
        times.append(time.perf_counter() - started)
    return spread(times)


def ingest() -> dict[str, Any]:
    """All of ../shared/laws into a fresh store, indexes not included."""
    from ingest.pipeline import ingest_paths
    from knowledge.store import Library

    laws = shared("laws")
    with tempfile.TemporaryDirectory() as folder, Library.open(Path(folder), writable=True) as library:
        started = time.perf_counter()
        reports = ingest_paths([laws], library, refresh=False)
        return {"files": len(reports), "seconds": round(time.perf_counter() - started, 1)}


def page() -> dict[str, Any]:
    """The ask page: one user, a browser, twenty users at once; see ``evals.bench.page``."""
    from evals.bench.page import page as measured

    return measured()


def audit() -> dict[str, Any]:
    """A ledger of 10,000 rows cleaned up, and 200 drafts in one call (``evals.bench.audit``)."""
    from evals.bench.audit import ledger, many

    library = full_library()
    return {"ledger": ledger(library), "drafts": many(library)}


BENCHES: dict[str, Callable[[], dict[str, Any]]] = {"show": show, "ask": ask, "cold": cold, "ingest": ingest, "page": page, "audit": audit}


def main(names: list[str]) -> int:
    """Run the named measurements, or all."""
    for name in names or list(BENCHES):
        try:
            print(json.dumps({"bench": name, **BENCHES[name]()}, ensure_ascii=False), flush=True)
        except Skipped as reason:
            print(json.dumps({"bench": name, "skipped": str(reason)}, ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
