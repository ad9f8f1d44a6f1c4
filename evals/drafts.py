"""Audits of drafts with planted faults: the figures of the shared scorer, and whether every finding stands where and on what it should.

    python -m evals.run drafts own-drafts

Beside the scorer's recall per code and false alarms: ``unfounded`` (findings with neither an article nor the reason why there is none),
``unworded`` (findings without a suggestion), ``comments`` and ``misplaced`` (comments in the copies that ``audit --out`` leaves, and those whose
paragraph or cell does not hold the demand), ``text_changed`` (.docx copies whose text is not the original's).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

Verb = Callable[..., str]
Score = Callable[..., tuple[dict[str, Any], list[str]]]
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def measure(gold: Path, files: Sequence[Path], out: Path, library: Path, verb: Verb, score: Score) -> tuple[dict[str, Any], list[str]]:
    """Audit ``files`` in one call and score the findings.

    Args:
        gold: lines of the shared gold format.
        out: where the findings and the commented copies go.
        library: the library to audit with.
        verb, score: ``evals.run.verb`` and ``evals.run.score``.

    Returns:
        Figures and the demands missed, in words. Raises RuntimeError when the audit printed nothing.
    """
    out.mkdir(parents=True, exist_ok=True)
    found = out / "findings.json"
    printed = verb("audit", *map(str, files), "--out", str(out / "copies"), "--json", library=library)
    if not printed.strip():
        raise RuntimeError("the audit printed nothing")
    found.write_text(printed, "utf-8")
    figures, misses = score("score_findings.py", str(gold), str(found), "--misses", "400")
    reports = json.loads(printed)
    figures["false_alarm_rate"] = round(figures["false_alarms"] / max(1, figures["clean"]), 4)
    findings = [f for r in reports for f in r["findings"]]
    figures["unfounded"] = sum(1 for f in findings if not f["citations"] and not f.get("no_citation"))
    figures["unworded"] = sum(1 for f in findings if not f["suggestion"])
    figures["unread"] = [r["file"] for r in reports if r.get("error")]
    demands = {r["file"]: {_plain(f["demand"]) for f in r["findings"]} for r in reports}
    figures |= _copies(files, out / "copies", demands)
    return figures, misses


def _copies(files: Sequence[Path], folder: Path, demands: dict[str, set[str]]) -> dict[str, Any]:
    comments = misplaced = changed = 0
    for source in files:
        copy = folder / f"{source.stem}-批注{source.suffix}"
        if not copy.exists():
            continue
        read = _word if source.suffix == ".docx" else _cells
        for text in read(copy):
            comments += 1
            misplaced += not any(d in text or (len(text) >= 3 and text in d) for d in demands[source.name])
        changed += source.suffix == ".docx" and _text(source) != _text(copy)
    return {"comments": comments, "misplaced": misplaced, "text_changed": changed}


def _word(path: Path) -> Iterator[str]:
    """The text of every paragraph that a comment starts in."""
    import docx

    for paragraph in docx.Document(str(path)).element.body.iter(f"{_W}p"):
        for _ in paragraph.iter(f"{_W}commentRangeStart"):
            yield _plain("".join(t.text or "" for t in paragraph.iter(f"{_W}t")))


def _cells(path: Path) -> Iterator[str]:
    """The text of every cell with a comment."""
    import openpyxl

    for sheet in openpyxl.load_workbook(str(path)).worksheets:
        for row in sheet.iter_rows():
            yield from (_plain(str(cell.value)) for cell in row if cell.comment is not None)


def _text(path: Path) -> list[str]:
    import docx

    return [t.text or "" for t in docx.Document(str(path)).element.body.iter(f"{_W}t")]


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text)
