"""Rows of list documents against their manifest, scored by ``../shared/tools/score_rows.py``: by format, and by layout for our own.

Parsing goes through the same function and the same JSON as ``jianzheng parse FILE --json``, in one process, so that the recogniser for
scans is loaded once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from evals.places import read_back

BORN = ("xlsx", "docx", "html", "pdf")
Figures = dict[str, dict[str, Any]]


def wanted(manifest: Path, formats: Iterable[str] = (), by: str = "format") -> list[dict[str, Any]]:
    """Rows of a manifest, of these formats (all when none is named); ``by``: the field by which the scorer groups its figures."""
    rows = [json.loads(line) for line in manifest.read_text("utf-8").splitlines() if line.strip()]
    chosen = set(formats)
    return [{**row, "format": row[by]} for row in rows if not chosen or row["format"] in chosen]


def parsed_as_json(file: Path) -> dict[str, Any]:
    """What ``jianzheng parse FILE --json`` prints; a refused file gives ``{"rejected": reason}``."""
    from assistant.as_json import parsed_json
    from ingest.pipeline_read import parse
    from knowledge.errors import RejectedFile

    try:
        return parsed_json(parse(file))
    except RejectedFile as error:
        return {"rejected": str(error)}


def score_rows(
    scorer: Path, folder: Path, rows: Sequence[Mapping[str, Any]], out: Path, jobs: int = 2, known: Iterable[str] = ()
) -> tuple[Figures, list[str]]:
    """Parse the documents of ``rows`` from ``folder`` and score them.

    Args:
        scorer: ``score_rows.py``.
        folder: where the files of the manifest lie.
        rows: lines of the manifest; ``format`` names the group that a figure is given for.
        out: where the parsed documents go.
        jobs: files read at a time.
        known: files whose parsed document lies in ``out`` already.

    Returns:
        Figures per group and in ``all``; the rows missed, in words.
    """
    out.mkdir(parents=True, exist_ok=True)
    files = sorted({str(row["file"]) for row in rows} - {str(name) for name in known})
    with ThreadPoolExecutor(jobs) as pool:
        for file, document in zip(files, pool.map(lambda name: parsed_as_json(folder / name), files), strict=True):
            (out / f"{file}.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    manifest = out / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    done = subprocess.run(
        [sys.executable, str(scorer), str(manifest), str(out), "--misses", "100000"], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()[:-1]  # the last line repeats "all"
    misses = [line for line in lines if line.startswith("missed ")]
    groups = (line.split(" ", 1) for line in lines if not line.startswith("missed "))
    return {name: json.loads(figures) for name, figures in groups}, misses


def flat(figures: Figures, names: Iterable[str] = ()) -> dict[str, Any]:
    """``{"pdf": {"cells": 1.0}}`` → ``{"pdf.cells": 1.0}``, for these groups (all when none is named)."""
    chosen = list(names) or list(figures)
    return {f"{name}.{key}": value for name in chosen for key, value in figures[name].items()}


def born_and_prose(scorer: Path, documents: Path, out: Path) -> tuple[dict[str, Any], list[str]]:
    """Figures of the born-digital formats, together as ``born`` and one by one, and of prose notices."""
    manifest = documents / "manifest.jsonl"
    born, missed = score_rows(scorer, documents, wanted(manifest, BORN), out / "born")
    prose, more = score_rows(scorer, documents, wanted(manifest, ("prose",)), out / "prose")
    whole = flat({"born": born.pop("all"), **born, "prose": prose["prose"]})
    for name, formats, folder in (("born", BORN, "born"), ("prose", ("prose",), "prose")):
        whole[f"{name}.read_back"], lost = _read_back(documents, out / folder, formats)
        missed += lost
    return whole, [*missed, *more]


def scanned(scorer: Path, documents: Path, out: Path) -> tuple[dict[str, Any], list[str]]:
    """Figures of scanned lists, every row's strip cut out of its page and read once more; a page takes several seconds of processor time."""
    found, missed = score_rows(scorer, documents, wanted(documents / "manifest.jsonl", ("scan",)), out / "scans")
    whole = flat(found, ("scan",))
    whole["scan.read_back"], lost = _read_back(documents, out / "scans", ("scan",))
    return whole, [*missed, *lost]


def _read_back(documents: Path, parsed: Path, formats: Iterable[str]) -> tuple[float, list[str]]:
    """Share of the rows whose place, cut out of the document and read again, holds them."""
    files = sorted({str(row["file"]) for row in wanted(documents / "manifest.jsonl", formats)})
    held, total, missed = read_back(documents, parsed, files)
    return round(held / max(total, 1), 4), missed


def layouts(scorer: Path, documents: Path, out: Path) -> tuple[dict[str, Any], list[str]]:
    """Figures of our own hard layouts (``tests/documents``), one group per layout."""
    found, missed = score_rows(scorer, documents, wanted(documents / "manifest.jsonl", by="layout"), out / "layouts")
    return flat(found), missed


def table_of(figures: Mapping[str, Any], tell: Callable[[str], None] = print) -> None:
    """Print flat figures as one line per group."""
    keys = ("files", "rows", "row_recall", "extra_rows", "cells", "list_kind", "path", "title", "located", "read_back")
    tell(f"{'group':<22}" + "".join(f"{key:>12}" for key in keys))
    for name in dict.fromkeys(key.split(".")[0] for key in figures):
        tell(f"{name:<22}" + "".join(f"{figures.get(f'{name}.{key}', '')!s:>12}" for key in keys))
