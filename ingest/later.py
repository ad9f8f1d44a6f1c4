"""Vectors after the rest: store and full-text index are ready at once, the vectors are computed by a process of their own.

Until they are whole, search does without them. ``search/vectors.progress`` in the library says how far they are.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from knowledge.store import Library

_NOTE = "search/vectors.progress"
_HOME = Path(__file__).parents[1]


def refresh_later(library: Library) -> int:
    """Bring the full-text index in step and start a process for the vectors; returns its id. It outlives this process."""
    from knowledge.search import refresh_lexical

    refresh_lexical(library)
    command = [sys.executable, "-m", "ingest.later", str(library.folder)]
    started = subprocess.Popen(
        command,
        cwd=_HOME,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _note(library.folder, started.pid, 0, 0)
    return started.pid


def vectors_progress(library: Library) -> tuple[int, int] | None:
    """``(done, total)`` while a process computes vectors (total 0: it is starting); None when none does."""
    try:
        note = json.loads((library.folder / _NOTE).read_text("utf-8"))
        os.kill(int(note["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return None
    return int(note["done"]), int(note["total"])


def _note(folder: Path, pid: int, done: int, total: int) -> None:
    """Written aside and renamed, so that a reader never sees half of it."""
    fresh = folder / f"{_NOTE}.{os.getpid()}"
    fresh.write_text(json.dumps({"pid": pid, "done": done, "total": total}), "utf-8")
    fresh.replace(folder / _NOTE)


def main(folder: Path) -> None:
    """Compute the vectors of the library in ``folder``; another index published meanwhile ends this one's work without harm."""
    from knowledge.search import refresh_vectors

    with contextlib.suppress(OSError):
        os.nice(5)
    with Library.open(folder) as library:
        refresh_vectors(library, progress=lambda done, total: _note(folder, os.getpid(), done, total))
        (folder / _NOTE).unlink(missing_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
