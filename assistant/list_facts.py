"""What the rows of lists say to the rules: which of them count, their effect, path and basis. Pure."""

from __future__ import annotations

from assistant.conflicts import Chosen
from assistant.lists import ListFindings, RowFit
from assistant.question import Query
from knowledge.lexicon_data import Proof
from knowledge.rules import Fact
from knowledge.text import law_name
from knowledge.types import Path


def rows_that_count(lists: ListFindings, query: Query, chosen: Chosen | None) -> tuple[RowFit, ...]:
    """Rows that may carry the verdict: the very name; or its canonical name with the same matter. Without a matter asked, rows for one matter wait."""
    firm = [f for f in lists.here if f.exact or (f.matter or 0) >= 0.8 or (f.matter is None and not query.matters)]
    if not firm and "list_status_asked" in query.flags:
        firm = [f for f in lists.other_matter if f.exact]
    if not firm:
        return ()
    best = firm[0]
    same = [f for f in firm if f.row.proof_key == best.row.proof_key or f.row.canonical == best.row.canonical is not None]
    once = {(law_name(f.row.stored.title or ""), f.row.proof_key, f.row.matter_key): f for f in reversed(same)}
    return tuple(f for f in same if f in once.values())


def listed(rows: tuple[RowFit, ...], lists: ListFindings, record: Proof | None) -> dict[str, Fact]:
    """The facts that the rules ask of the rows that count; only ``list.fits`` and the precedents when there are none."""
    facts: dict[str, Fact] = {"list.fits": bool(rows), "list.precedents": len(lists.precedents)}
    if not rows:
        return facts
    best = rows[0]
    entry, stored = best.row.stored.entry, best.row.stored
    rivals = [r for r in rows if r.near == best.near and r.exact == best.exact and (r.matter or 0) >= (best.matter or 0) - 0.01]
    kinds = {r.kind for r in rivals}
    facts |= {
        "list.kind": best.kind,
        "list.exact": best.exact,
        "list.path": str(row_path(best, record)),
        "list.title": f"《{stored.title}》" if stored.title else stored.file,
        "list.proof": entry.proof_name,
        "list.matter": entry.matter,
        "list.replacement": entry.replacement or "",
        "list.issuing_body": entry.issuing_body,
        "list.agree": len(kinds) == 1,
        "list.matter_fits": best.matter is not None,
        "list.retain_too": "retain" in kinds and bool(kinds & {"cancel", "not_issued_by"}),
        "list.basis_state": basis_state(entry.original_basis) if best.kind == "retain" else None,
        "list.keys": tuple(dict.fromkeys(f"row:{r.row.stored.id}" for r in rows[:3])),
    }
    return facts


def basis_state(basis: str | None) -> str:
    """A coarse reading of a list's basis cell: what the words themselves admit (``document``, ``dept_rule``), else ``ok``."""
    text = basis or ""
    if not text or (any(w in text for w in ("法", "条例", "国务院")) and "通知" not in text):
        return "ok"
    if "规章" in text and "法规" not in text:
        return "dept_rule"
    if text.endswith(("通知", "通知》", "办事指南", "会议纪要", "内部规定")):
        return "document"
    return "ok"


def row_path(fit: RowFit, record: Proof | None) -> Path:
    """The row's own path; where the list does not say, the first of the seven questions that the proof's facts answer."""
    entry = fit.row.stored.entry
    if entry.path is not Path.UNKNOWN:
        return entry.path
    if fit.kind == "commitment":
        return Path.COMMITMENT
    if record and record.covered_by:
        return Path.SUBSTITUTE
    if record and record.shared:
        return Path.DATA_SHARING
    return Path.DIRECT_CANCEL if fit.kind == "cancel" else Path.RETAIN if fit.kind == "retain" else Path.DEPT_VERIFICATION
