"""Files and folders into the library: readers in parallel, one writer, one report per file.

The same bytes twice change nothing; a bad file is rejected whole; a killed run leaves every file either in the library or not.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from ingest.pipeline_read import Given, Known, Read, parser_fingerprint, read_all
from knowledge.errors import RejectedFile
from knowledge.store import Changes, Library, PutResult
from knowledge.types import Conservation, Problem

log = logging.getLogger(__name__)

SUFFIXES = frozenset(
    f".{name}"
    for names in (
        "pdf docx docm xlsx xlsm xls et csv tsv html htm xhtml mht mhtml",
        "md markdown txt ofd doc wps rtf",
        "png jpg jpeg tif tiff bmp webp gif",
    )
    for name in names.split()
)
_SKIPPED_NAMES = frozenset({"_index.md", "readme.md", "readme.txt", "license.md", "template.md", "changelog.md"})
_TEXT_FORMATS = frozenset({"md", "txt"})  # their text is in the store; no copy of the file is kept
_BATCH = 16  # files read in one task and written in one transaction
_SMALL = 6  # fewer files than this are read without a pool
_KILLED = "读取文件 {} 的进程被系统终止（内存不足，或文件有害），未入库，知识库没有变化。请检查该文件，或拆分后再试。"


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of one file. ``status``: stored | replaced (a new edition) | unchanged | rejected (``reason`` says why)."""

    file: str
    path: str
    status: str
    kind: str | None = None
    ref: str | None = None
    title: str | None = None
    sha256: str | None = None
    provisions: int = 0
    entries: int = 0
    requirements: int = 0
    problems: tuple[Problem, ...] = ()
    conservation: Conservation | None = None
    changes: Changes = Changes()
    reason: str | None = None
    seconds: float = 0.0

    @property
    def ready(self) -> bool:
        """True when the file is in and nothing of it is missing 守恒."""
        if self.status == "unchanged":
            return True
        return self.status != "rejected" and self.conservation is not None and self.conservation.holds


Progress = Callable[[int, int, IngestReport], None]


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The files to read: named files as they are; folders searched for known formats, without hidden files, indexes and READMEs."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = (item for item in sorted(path.rglob("*")) if _wanted(item.relative_to(path)) and item.is_file())
            found.update(dict.fromkeys(inside))
        else:
            found[path] = None
    return list(found)


def _wanted(relative: Path) -> bool:
    if any(part.startswith((".", "~$")) for part in relative.parts):
        return False
    return relative.suffix.lower() in SUFFIXES and relative.name.lower() not in _SKIPPED_NAMES


def ingest_paths(
    paths: Iterable[Path],
    library: Library,
    *,
    region: str | None = None,
    kind: str | None = None,
    published: date | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    refresh: bool = True,
) -> list[IngestReport]:
    """Read files or folders into the library.

    Args:
        paths: files or folders.
        library: opened for writing.
        region, kind, published: given by hand for all these files; they win over what the documents say, and are remembered.
        jobs: reading processes; default: the machine's processors, at most 8. 1 reads in this process.
        progress: called after each file with (done, total, its report).
        refresh: bring the search indexes up to date afterwards.

    Returns:
        One report per file, in the order of the files.
    """
    files = find_files(paths)
    known = {sha: _known(row) for sha, row in library.parsers().items()}
    readings = _Readings(Given(region, kind, published), known, jobs or min(8, os.cpu_count() or 1))
    reports: list[IngestReport] = []
    for batch in readings.batches(files):
        for report in _write(library, batch):
            reports.append(report)
            if progress:
                progress(len(reports), len(files), report)
    if refresh:
        refresh_indexes(library)
    return reports


def ingest_file(path: Path, library: Library, **options: Any) -> IngestReport:
    """One file; options as for ``ingest_paths``."""
    return ingest_paths([path], library, jobs=1, **options)[0]


def refresh_indexes(library: Library) -> None:
    """Bring the lexical index in step with the store."""
    from knowledge.search import refresh

    refresh(library)


def _write(library: Library, batch: Sequence[Read]) -> list[IngestReport]:
    """One transaction for the batch; if that fails, one per file, so that one file cannot keep the others out."""
    fresh = [item for item in batch if item.prepared is not None]
    for item in fresh:
        _keep_original(library, item)
    try:
        results = library.put_many([item.prepared for item in fresh if item.prepared])
        outcome = dict(zip([item.path for item in fresh], results, strict=True))
        return [_report(item, outcome.get(item.path)) for item in batch]
    except RejectedFile:
        return [_write_alone(library, item) for item in batch]


def _write_alone(library: Library, item: Read) -> IngestReport:
    try:
        return _report(item, library.put(item.prepared) if item.prepared else None)
    except RejectedFile as error:
        return IngestReport(item.path.name, str(item.path), "rejected", sha256=item.sha256, reason=str(error), seconds=item.seconds)


def _keep_original(library: Library, item: Read) -> None:
    """Before the row, so that a stored document always has its file; a copy without a row does no harm."""
    if item.prepared is not None and item.prepared.document["format"] not in _TEXT_FORMATS and item.sha256:
        library.keep_original(item.path.read_bytes(), item.sha256, item.path.suffix)


def _report(item: Read, result: PutResult | None) -> IngestReport:
    common = {"sha256": item.sha256, "seconds": round(item.seconds, 4)}
    if item.reason is not None:
        return IngestReport(item.path.name, str(item.path), "rejected", reason=item.reason, **common)  # type: ignore[arg-type]
    if item.prepared is None or result is None:
        return _unchanged(item)
    head = item.prepared.document
    return IngestReport(
        file=item.path.name,
        path=str(item.path),
        status=result.status,
        kind=str(head["kind"]),
        ref=result.ref,
        title=str(head["title"]) if head["title"] else None,
        provisions=len(item.prepared.provisions),
        entries=len(item.prepared.entries),
        requirements=len(item.prepared.requirements),
        problems=item.problems,
        conservation=item.conservation,
        changes=result.changes,
        **common,  # type: ignore[arg-type]
    )


def _known(row: Mapping[str, Any]) -> Known:
    counts = (row["provisions"], row["entries"], row["requirements"])
    return Known(row["ref"], row["parser"], row["given"], row["kind"], row["title"], counts)


def _unchanged(item: Read) -> IngestReport:
    known = item.known
    report = IngestReport(item.path.name, str(item.path), "unchanged", sha256=item.sha256, seconds=round(item.seconds, 4))
    if known is None:
        return report
    provisions, entries, demands = known.counts
    known_as = replace(report, kind=known.kind, ref=known.ref, title=known.title)
    return replace(known_as, provisions=provisions, entries=entries, requirements=demands)


class _Readings:
    """Reads files in order, in a pool of processes; a process that dies costs only the file that killed it."""

    def __init__(self, given: Given, known: Mapping[str, Known], jobs: int) -> None:
        self.given, self.known, self.jobs, self.parser = given, known, jobs, parser_fingerprint()

    def batches(self, files: Sequence[Path]) -> Iterator[list[Read]]:
        """Lists of readings in file order; at most a few lists wait in memory."""
        if self.jobs == 1 or len(files) < _SMALL:
            for start in range(0, len(files), _BATCH):
                yield read_all(files[start : start + _BATCH], self.given, self.known, self.parser)
            return
        size = max(1, min(_BATCH, len(files) // (2 * self.jobs)))
        yield from self._pooled([list(files[start : start + size]) for start in range(0, len(files), size)])

    def _pooled(self, batches: Iterable[list[Path]]) -> Iterator[list[Read]]:
        todo = deque(batches)
        waiting: deque[tuple[list[Path], Future[list[Read]]]] = deque()
        pool = self._pool(self.jobs)
        try:
            while todo or waiting:
                while todo and len(waiting) < 3 * self.jobs:
                    batch = todo.popleft()
                    try:
                        waiting.append((batch, pool.submit(_read_batch, batch)))
                    except BrokenProcessPool:
                        todo.appendleft(batch)
                        break
                batch, future = waiting.popleft()
                try:
                    yield future.result()
                except BrokenProcessPool:
                    log.warning("a reading process died; reading its %d files one by one", len(batch))
                    pool.shutdown(wait=False, cancel_futures=True)
                    todo.extendleft(item for item, _ in reversed(waiting))
                    waiting.clear()
                    yield list(self._one_by_one(batch))
                    pool = self._pool(self.jobs)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _one_by_one(self, paths: Iterable[Path]) -> Iterator[Read]:
        pool = self._pool(1)
        try:
            for path in paths:
                try:
                    yield pool.submit(_read_batch, [path]).result()[0]
                except BrokenProcessPool:
                    yield Read(path, reason=_KILLED.format(path.name))
                    pool = self._pool(1)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _pool(self, jobs: int) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(jobs, context, _start, (self.given, self.known, self.parser))


_task: tuple[Given, Mapping[str, Known], str] | None = None


def _start(given: Given, known: Mapping[str, Known], parser: str) -> None:
    """Once per reading process; Ctrl-C is left to the writer. Records make no cycles, so garbage is looked for less often."""
    global _task
    gc.set_threshold(200_000, 20, 20)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _task = (given, known, parser)


def _read_batch(paths: Sequence[Path]) -> list[Read]:
    assert _task is not None
    return read_all(paths, *_task)
