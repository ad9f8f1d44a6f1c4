"""How fast files become records: all law texts into store and lexical index, list PDFs against raw pdfplumber, one scanned page.

Memory is the proportional set size of this process and all its children together, sampled five times a second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HOME = Path(__file__).parents[2]
SHARED = HOME.parent / "shared"
LAWS, LISTS = SHARED / "laws", SHARED / "lists" / "documents"
LAYOUTS = HOME / "tests" / "documents"
_LAWS_IN_CHILD = """
import json, os, sys, time
from pathlib import Path
from ingest.pipeline import ingest_paths
from knowledge.search import refresh_lexical, refresh_vectors
from knowledge.store import Library

def phase(name, **more):
    spent = os.times()
    print(json.dumps({"phase": name, "at": time.perf_counter() - start, "cpu": sum(spent[:4]), **more}), flush=True)

start = time.perf_counter()
with Library.open(Path(sys.argv[1]), writable=True) as library:
    reports = ingest_paths([Path(sys.argv[2])], library, jobs=int(sys.argv[3]), refresh=False)
    rejected = sum(r.status == "rejected" for r in reports)
    phase("store", files=len(reports), rejected=rejected, provisions=sum(r.provisions for r in reports))
    phase("lexical", records=refresh_lexical(library).records)
    phase("vectors", vectors=refresh_vectors(library))
"""


def laws(jobs: int = 2) -> dict[str, Any]:
    """All of ``../shared/laws`` into a new library with ``jobs`` reading processes, phase by phase: store, lexical index, vectors.

    ``seconds`` and ``peak_mb`` are those until search answers (store and lexical index); the vectors follow. ``cpu_seconds`` is the
    processor time of all processes, which a busy machine changes less than the time on the clock; ``least_seconds`` is it over ``jobs``.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _LAWS_IN_CHILD, f"{folder}/library", str(LAWS), str(jobs)]
        running = subprocess.Popen(command, cwd=HOME, stdout=subprocess.PIPE, text=True)
        peak = _Peak(running.pid)
        figures: dict[str, Any] = {}
        before = {"at": 0.0, "cpu": 0.0}
        for line in running.stdout or ():
            found = json.loads(line)
            name = found.pop("phase")
            figures[name] = {
                "seconds": round(found.pop("at") - before["at"], 1),
                "cpu_seconds": round(found.pop("cpu") - before["cpu"], 1),
                "peak_mb": peak.take(),
                **found,
            }
            before = {key: json.loads(line)[key] for key in ("at", "cpu")}
        running.wait()
        peak.stop()
        ready = [figures[name] for name in ("store", "lexical")]
        cpu = round(sum(f["cpu_seconds"] for f in ready), 1)
        figures |= {
            "seconds": round(sum(f["seconds"] for f in ready), 1),
            "cpu_seconds": cpu,
            "least_seconds": round(cpu / jobs, 1),
            "peak_mb": max(f["peak_mb"] for f in ready),
        }
        figures["library_mb"] = round(sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file()) / 1e6)
    return figures


def list_pdfs() -> dict[str, Any]:
    """Pages per second of our reader and of pdfplumber's ``extract_tables`` alone, on the same born-digital files; processor time."""
    import pdfplumber

    from ingest.read_pdf import read_pdf

    files = sorted(f for folder in (LISTS, LAYOUTS) if folder.is_dir() for f in folder.glob("*.pdf") if ".scan." not in f.name)
    pages = 0

    def raw() -> None:
        nonlocal pages
        for file in files:
            with pdfplumber.open(file) as pdf:
                for page in pdf.pages:
                    page.extract_tables()
                    page.close()
                    pages += 1

    ours, theirs = [], []
    read_pdf(files[0].read_bytes(), files[0].name)  # what is loaded once is not counted
    for _ in range(2):
        theirs.append(_seconds(raw))
        ours.append(_seconds(lambda: [read_pdf(f.read_bytes(), f.name) for f in files]))
    pages //= 2
    return {
        "files": len(files),
        "pages": pages,
        "ours_pages_per_second": round(pages / min(ours), 2),
        "pdfplumber_pages_per_second": round(pages / min(theirs), 2),
        "ratio": round(min(theirs) / min(ours), 2),
    }


def scans() -> dict[str, Any]:
    """One scanned page: processor seconds, the second page of the process (models loaded)."""
    from ingest.ocr import engine
    from ingest.read_scan import read_scan

    files = sorted(LISTS.glob("*.scan.pdf"))[:2]
    reader = engine()
    if reader is None or len(files) < 2:
        return {"recogniser": None}
    seconds = [_seconds(lambda file=file: read_scan(file.read_bytes(), file.name)) for file in files]  # type: ignore[misc]
    return {"recogniser": reader.name, "cpu_seconds_first_page": round(seconds[0], 1), "cpu_seconds_next_page": round(seconds[1], 1)}


def sandbox() -> dict[str, Any]:
    """What the child process costs: start of the first, and a small spreadsheet read again and again with and without it."""
    from ingest.formats import read, read_here

    data = next(iter(sorted(LAYOUTS.glob("*.xlsx")))).read_bytes()
    first = _wall(lambda: read(data, "a.xlsx"))
    read_here(data, "a.xlsx")
    inside, outside = (_wall(lambda f=f: [f(data, "a.xlsx") for _ in range(50)]) / 50 for f in (read, read_here))  # type: ignore[misc]
    return {"start_seconds": round(first, 2), "per_file_ms": round(1000 * inside, 1), "without_child_ms": round(1000 * outside, 1)}


class _Peak:
    """Watches a process and its descendants."""

    def __init__(self, pid: int) -> None:
        self.pid, self.most, self.running = pid, 0.0, True
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        while self.running:
            self.most = max(self.most, sum(_resident(p) for p in _family(self.pid)))
            time.sleep(0.2)

    def take(self) -> int:
        """The peak in megabytes since the last time it was asked for."""
        most, self.most = self.most, 0.0
        return round(most / 1024)

    def stop(self) -> None:
        """Watch no longer."""
        self.running = False
        self.thread.join()


def _family(pid: int) -> Iterable[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


def _resident(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1])
    except OSError:
        pass
    return 0.0


def _seconds(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _wall(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print the figures, one line of JSON each; names of benchmarks as arguments run only those."""
    print(json.dumps({"machine": {"processors": os.cpu_count(), "load": os.getloadavg()[0]}}, ensure_ascii=False), flush=True)
    jobs: list[tuple[str, Callable[[], dict[str, Any]], Path]] = [
        ("laws", laws, LAWS),
        ("list_pdfs", list_pdfs, LAYOUTS),
        ("scans", scans, LISTS),
        ("sandbox", sandbox, LAYOUTS),
    ]
    wanted = sys.argv[1:] if __name__ == "__main__" else []
    for name, work, needs in jobs:
        if wanted and name not in wanted:
            continue
        print(json.dumps({name: work() if needs.is_dir() else f"{needs.name} is not here"}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
