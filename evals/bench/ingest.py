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
import json, sys
from pathlib import Path
from ingest.pipeline import ingest_paths
from knowledge.store import Library
with Library.open(Path(sys.argv[1]), writable=True) as library:
    reports = ingest_paths([Path(sys.argv[2])], library, jobs=int(sys.argv[3]))
print(json.dumps({"files": len(reports), "rejected": sum(r.status == "rejected" for r in reports), "provisions": sum(r.provisions for r in reports)}))
"""


def laws(jobs: int = 2) -> dict[str, Any]:
    """All of ``../shared/laws`` into a new library, lexical index included, with ``jobs`` reading processes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _LAWS_IN_CHILD, f"{folder}/library", str(LAWS), str(jobs)]
        start = time.perf_counter()
        running = subprocess.Popen(command, cwd=HOME, stdout=subprocess.PIPE)
        peak = _Peak(running.pid)
        out, _ = running.communicate()
        figures: dict[str, Any] = json.loads(out)
        figures |= {"seconds": round(time.perf_counter() - start, 1), "peak_mb": peak.stop()}
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

    def stop(self) -> int:
        """The peak in megabytes."""
        self.running = False
        self.thread.join()
        return round(self.most / 1024)


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
    """Print the figures, one line of JSON each."""
    print(json.dumps({"machine": {"processors": os.cpu_count(), "load": os.getloadavg()[0]}}, ensure_ascii=False), flush=True)
    jobs: list[tuple[str, Callable[[], dict[str, Any]], Path]] = [
        ("laws", laws, LAWS),
        ("list_pdfs", list_pdfs, LAYOUTS),
        ("scans", scans, LISTS),
        ("sandbox", sandbox, LAYOUTS),
    ]
    for name, work, needs in jobs:
        print(json.dumps({name: work() if needs.is_dir() else f"{needs.name} is not here"}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
