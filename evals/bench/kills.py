"""``kill -9`` at random moments of ``jianzheng ingest``: the library opens, nothing is lost, nothing is doubled, search still answers.

    python -m evals.bench.kills [ROUNDS]

Each round edits some of the files, starts the real command in a session of its own (readers and full-text index included), kills all its
processes, and looks at what is there: every file once, in its old or its new edition, never half. At the end one undisturbed run must give
what a new library gives. The quick form, without the command's start, is a test (``tests/test_pipeline.py``).
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from knowledge.search import open_search
from knowledge.store import Library
from knowledge.text import format_number

HOME = Path(__file__).parents[2]
FILES, ARTICLES = 24, 40
COMMAND = [sys.executable, "-W", "ignore", "-m", "assistant.cli", "--library"]


def write(folder: Path, number: int, turn: int) -> None:
    """One made-up norm; ``turn`` stands in every second article."""
    lines = [f"# 清江市第{number}号办法", "", "2020年3月1日 清江市人民政府公布", "", "<!-- INFO END -->", ""]
    for article in range(1, ARTICLES + 1):
        lines += [f"第{format_number(article)}条 " + (f"本条于第{turn}轮改动。" if article % 2 else "不得要求提交居住情况证明。"), ""]
    (folder / f"清江市第{number}号办法(2020-03-01).md").write_text("\n".join(lines), "utf-8")


def faults(library_folder: Path) -> list[str]:
    """What is wrong with the library, in words; empty when nothing is."""
    with Library.open(library_folder) as library:
        out = [str(fault) for fault in library.integrity_check()]
        documents = library.documents()
        paths = [item.path for item in documents]
        if len(paths) != len(set(paths)) or len(paths) != FILES:
            out.append(f"{len(paths)} documents, {len(set(paths))} files, {FILES} wanted")
        turns: dict[str, set[str]] = {}
        count = 0
        for item in library.iter_provisions():
            count += 1
            if "轮改动" in item.text:
                turns.setdefault(item.file, set()).add(item.text)
        if count != FILES * ARTICLES:
            out.append(f"{count} articles, {FILES * ARTICLES} wanted")
        out += [f"{file} mixes editions" for file, seen in turns.items() if len(seen) > 1]
        if not open_search(library).search("居住情况证明", all_versions=True):
            out.append("search finds nothing")
    return out


def run(rounds: int = 50, seed: int = 7) -> dict[str, Any]:
    """Kill ``rounds`` ingests while they run (one that ended first is done again); ``faults`` in the figures must be 0."""
    random.seed(seed)
    found: list[str] = []
    killed = 0
    with tempfile.TemporaryDirectory() as place:
        folder, library = Path(place, "in"), Path(place, "library")
        folder.mkdir()
        for number in range(FILES):
            write(folder, number, 0)
        command = [*COMMAND, str(library), "ingest", str(folder), "--jobs", "2", "--json"]
        begun = time.perf_counter()
        subprocess.run(command, cwd=HOME, stdout=subprocess.DEVNULL, check=True)
        longest = time.perf_counter() - begun
        turn = 0
        while killed < rounds and turn < 3 * rounds:
            turn += 1
            for number in random.sample(range(FILES), 8):
                write(folder, number, turn)
            child = subprocess.Popen(command, cwd=HOME, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(random.uniform(0.2, 0.9) * longest)
            killed += child.poll() is None
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            found += [f"round {turn}: {fault}" for fault in faults(library)]
        subprocess.run(command, cwd=HOME, stdout=subprocess.DEVNULL, check=True)
        found += [f"at the end: {fault}" for fault in faults(library)]
        subprocess.run([*COMMAND, f"{place}/fresh", "ingest", str(folder), "--json"], cwd=HOME, stdout=subprocess.DEVNULL, check=True)
        with Library.open(library) as worn, Library.open(Path(place, "fresh")) as fresh:
            same = worn.corpus_hash() == fresh.corpus_hash()
    if not same:
        found.append("the corpus differs from a new library's")
    return {"rounds": turn, "killed_while_running": killed, "faults": len(found), "which": found[:20]}


if __name__ == "__main__":
    figures = run(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
    print(json.dumps(figures, ensure_ascii=False))
    raise SystemExit(1 if figures["faults"] else 0)
