"""The corpora that come with the program: national legal-basis records, national lists, and the fictional demo city."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ingest.pipeline import IngestReport, Progress, find_files, ingest_paths, refresh_indexes
from knowledge.errors import RejectedFile
from knowledge.store import Library, PutResult
from knowledge.types import DocKind, Locator, ParsedDocument

NORMS = "national/norms.jsonl"
_STAMP = "corpora"


def ingest_norms(path: Path, library: Library) -> PutResult:
    """Store a file of legal-basis records, one JSON object per line, as gists.

    Raises:
        RejectedFile: a line is not an object with key, title and gist.
    """
    data = path.read_bytes()
    records = [
        (_record(path, number, line), Locator(row=number))
        for number, line in enumerate(data.decode("utf-8").splitlines(), 1)
        if line.strip()
    ]
    parsed = ParsedDocument(
        file=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        format="jsonl",
        kind=DocKind.LAW,
        title="全国法律依据要点",
        region="全国",
        signals=("legal-basis records",),
    )
    return library.put_norms(parsed, records)


def _record(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise RejectedFile(f"{path.name} 第 {number} 行不是 JSON（{error.msg}）。每行应是一个对象。") from error
    missing = [name for name in ("key", "title", "gist") if not isinstance(record, dict) or not record.get(name)]
    if missing:
        raise RejectedFile(f"{path.name} 第 {number} 行缺少 {'、'.join(missing)}。")
    found: dict[str, Any] = record
    return found


def corpora_stamp(folder: Path) -> str:
    """Hash over the names and bytes of the files that ``ensure_corpora`` reads, and over the code that reads them."""
    from ingest.pipeline_read import parser_fingerprint

    digest = hashlib.sha256(parser_fingerprint().encode())
    for file in _files(folder):
        digest.update(str(file.relative_to(folder)).encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    norms = [folder / NORMS] if (folder / NORMS).is_file() else []
    places = [place for place in (folder / "national" / "lists", folder / "demo") if place.is_dir()]
    return norms + find_files(places)


def corpora_missing(library: Library, folder: Path) -> bool:
    """True when ``ensure_corpora`` has something to do."""
    return folder.is_dir() and library.meta(_STAMP) != corpora_stamp(folder)


def ensure_corpora(library: Library, folder: Path, *, progress: Progress | None = None, jobs: int | None = None) -> list[IngestReport]:
    """Bring the shipped corpora into the library when they are new or changed; empty when there is nothing to do.

    Args:
        library: opened for writing.
        folder: the ``corpora`` folder.
        progress: as for ``ingest_paths``.
    """
    if not corpora_missing(library, folder):
        return []
    reports = []
    files = _files(folder)
    if files and files[0] == folder / NORMS:
        result = ingest_norms(files[0], library)
        count = len(library.norms())
        reports.append(IngestReport(files[0].name, str(files[0]), result.status, kind="law", ref=result.ref, provisions=count))
        if progress:
            progress(1, len(files), reports[0])
        files = files[1:]
    done = len(reports)

    def shifted(count: int, total: int, report: IngestReport) -> None:
        if progress:
            progress(count + done, total + done, report)

    reports += ingest_paths(files, library, progress=shifted, jobs=jobs, refresh=False)
    refresh_indexes(library)
    library.set_meta(_STAMP, corpora_stamp(folder))
    return reports
