"""The real lists beside the project, read in place: the figures that issue 3 asks for."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from ingest.parse import parse_file

DOCUMENTS = Path(__file__).parents[1].parent / "shared" / "lists" / "documents"
pytestmark = [pytest.mark.real, pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="../shared/lists is not here")]
FIELDS = ["matter", "purpose", "original_basis", "requesting_body", "issuing_body", "replacement"]


def norm(text: object) -> str:
    """As ``score_rows.py`` compares."""
    out = re.sub(r"\s", "", str(text or ""))
    for a, b in ("(（", ")）", ",，", ";；", ":："):
        out = out.replace(a, b)
    return out.strip("。，；")


def measure(formats: set[str]) -> dict[str, float]:
    want = defaultdict(list)
    for line in (DOCUMENTS / "manifest.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["format"] in formats:
            want[row["file"]].append(row)
    n: Counter[str] = Counter()
    for file, rows in want.items():
        found = parse_file(DOCUMENTS / file)
        left = list(found.entries)
        n["extra"] += max(0, len(left) - len(rows))
        n["files"] += 1
        n["title"] += norm(found.title) == norm(rows[0]["list_title"])
        for row in rows:
            n["rows"] += 1
            hit = next(
                (
                    e
                    for e in left
                    if norm(e.proof_name) == norm(row["proof_name"]) and (not row["matter"] or norm(e.matter) == norm(row["matter"]))
                ),
                None,
            )
            if hit is None:
                continue
            left.remove(hit)
            n["found"] += 1
            n["kind"] += hit.list_kind.value == row["list_kind"]
            n["located"] += hit.locator.chars is not None
            for field in FIELDS:
                if row[field]:
                    n["cells"] += 1
                    n["cells_ok"] += norm(getattr(hit, field)) == norm(row[field])
            if row["path"] != "unknown":
                n["paths"] += 1
                n["paths_ok"] += hit.path.value == row["path"]
    return {
        "recall": n["found"] / n["rows"],
        "extra": float(n["extra"]),
        "cells": n["cells_ok"] / n["cells"],
        "kind": n["kind"] / n["found"],
        "path": n["paths_ok"] / n["paths"],
        "title": n["title"] / n["files"],
        "located": n["located"] / n["found"],
    }


def test_born_digital_lists() -> None:
    got = measure({"xlsx", "docx", "html", "pdf"})
    assert got["recall"] == 1.0 and got["extra"] == 0 and got["located"] == 1.0
    assert got["cells"] >= 0.99 and got["kind"] >= 0.98 and got["title"] >= 0.95 and got["path"] >= 0.95


def test_prose_lists() -> None:
    got = measure({"prose"})
    assert got["recall"] >= 0.95 and got["extra"] == 0 and got["kind"] >= 0.98 and got["title"] >= 0.95 and got["path"] >= 0.90
