"""Recall of the exhaustive scan on gold: every material of the hand-labelled sentences must be met in the very article that names it.

    python -m evals.scan            # full library; prints {"labels", "found", "recall"} and what was missed

Gold is ``evals/datasets/requirements/sample.jsonl`` (file, article, material), so that recall is over provisions a person has read. Labels whose
material a person completed (words that do not stand together in the text) cannot be looked for word by word and are counted apart.
"""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Any

from evals.run import HERE, full_library
from knowledge.scan import Haystack
from knowledge.store import Library

SAMPLE = HERE / "datasets" / "requirements" / "sample.jsonl"
_ARTICLE = re.compile(r"第[一二三四五六七八九十百千零〇]+条(之[一二三四五六七八九十]+)?")


def measure() -> tuple[dict[str, Any], list[str]]:
    """Figures and the labels that the scan missed; a label is found when a hit stands in its file and its article."""
    rows = [json.loads(line) for line in SAMPLE.read_text("utf-8").splitlines() if line.strip()]
    library = Library.open(full_library())
    haystack = Haystack(library)
    files = {item.id: item.file for item in library.instruments()}
    labels = found = completed = 0
    missed: list[str] = []
    for row in rows:
        article = _ARTICLE.search(row["label"])
        for label in row["labels"]:
            hits = haystack.find(label["material"])
            if not hits:
                completed += 1
                continue
            labels += 1
            inside = [pid for pid, owner in hits if files.get(owner) == PurePosixPath(row["document"]).name]
            stored = library.provisions_by_id(inside)
            if any(article is None or stored[pid].label.startswith(article.group()) for pid in inside):
                found += 1
            else:
                missed.append(f"{row['id']} {row['document']} {row['label']} {label['material']}")
    return {"labels": labels, "found": found, "recall": round(found / labels, 4) if labels else None, "completed": completed}, missed


def main() -> None:
    """Print figures and misses."""
    figures, missed = measure()
    for line in missed:
        print(line)
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
