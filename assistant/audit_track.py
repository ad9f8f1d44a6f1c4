"""Tracked changes: a copy of the draft in which the proposed deletions and wordings are revisions that the drafter accepts or rejects.

Rejecting all revisions gives the original text back, character for character; nothing else in the document is touched.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.audit_docx import AUTHOR, Places, by_demand
from assistant.audit_types import AuditReport, Finding
from knowledge.errors import JianzhengError

_NEW = re.compile(r"改为：“(.+?)”")
_DROPS = frozenset({"B1", "B2", "B3", "B4", "B5", "L1", "O1", "C2"})


def tracked_copy(source: Path, target: Path, report: AuditReport) -> int:
    """Write ``source`` (.docx) to ``target`` with one revision per demand that should go; returns how many were placed.

    Errors, catch-all clauses and proofs nobody can verify are struck out, and where the suggestion has a wording it is inserted behind.
    A demand whose words are not found in one paragraph is left alone. Raises JianzhengError when the file is no Word document.
    """
    import docx

    try:
        document = docx.Document(str(source))
    except Exception as error:
        raise JianzhengError(f"“{source.name}”不能做修订（{type(error).__name__}）。只有 .docx 可以，请另存为 .docx。") from error
    places, count = Places(document), 0
    for findings in by_demand(report.findings).values():
        wrong = next((f for f in findings if f.code in _DROPS and f.severity != "info"), None)
        paragraph = places.find(wrong) if wrong is not None else None
        if wrong is not None and paragraph is not None and _strike(paragraph._p, wrong.demand.demand, new_words(findings), count):
            count += 1
    document.save(str(target))
    return count


def new_words(findings: Iterable[Finding]) -> str:
    """The wording proposed in place of a demand; empty when it is only struck out."""
    return next((m.group(1) for f in findings if f.severity != "info" and (m := _NEW.search(f.suggestion))), "")


def _strike(paragraph: Any, words: str, new: str, number: int) -> bool:
    """Mark ``words`` of a paragraph as deleted and ``new`` as inserted behind them; False when they are not there as plain runs."""
    from docx.oxml.ns import qn

    runs = [r for r in paragraph.findall(qn("w:r")) if r.find(qn("w:t")) is not None]
    text = "".join(_text(r) for r in runs)
    at = _find(text, words)
    if at is None:
        return False
    marked = [part for run, begin in _starts(runs) for part in _cut(run, at[0] - begin, at[1] - begin)]
    if not marked:
        return False
    gone = _revision("w:del", 2 * number + 1)
    marked[0].addprevious(gone)
    for run in marked:
        for node in run.findall(qn("w:t")):
            node.tag = qn("w:delText")
        gone.append(run)
    if new:
        came = _revision("w:ins", 2 * number + 2)
        made = copy.deepcopy(marked[-1])
        for node in made.findall(qn("w:delText")):
            made.remove(node)
        made.text = new
        came.append(made)
        gone.addnext(came)
    return True


def _find(text: str, words: str) -> tuple[int, int] | None:
    """Where the words stand, white space aside."""
    plain = [n for n, c in enumerate(text) if not c.isspace()]
    wanted = re.sub(r"\s", "", words)
    begin = "".join(text[n] for n in plain).find(wanted)
    return (plain[begin], plain[begin + len(wanted) - 1] + 1) if begin >= 0 and wanted else None


def _starts(runs: list[Any]) -> list[tuple[Any, int]]:
    out, at = [], 0
    for run in runs:
        out.append((run, at))
        at += len(_text(run))
    return out


def _cut(run: Any, begin: int, end: int) -> list[Any]:
    """The part of a run from ``begin`` to ``end`` as a run of its own, split off where needed; none outside."""
    text = _text(run)
    begin, end = max(begin, 0), min(end, len(text))
    if begin >= end:
        return []
    if begin:
        before = copy.deepcopy(run)
        before.text = text[:begin]
        run.addprevious(before)
    if end < len(text):
        after = copy.deepcopy(run)
        after.text = text[end:]
        run.addnext(after)
    if begin or end < len(text):
        run.text = text[begin:end]
    return [run]


def _text(run: Any) -> str:
    from docx.oxml.ns import qn

    return "".join(t.text or "" for t in run.findall(qn("w:t")))


def _revision(tag: str, number: int) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    made.set(qn("w:id"), str(900000 + number))
    made.set(qn("w:author"), AUTHOR)
    made.set(qn("w:date"), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return made
