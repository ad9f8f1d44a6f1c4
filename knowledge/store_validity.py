"""Keeps ``instrument.ended`` in step with later versions and repeals, inside the transaction that brings them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from knowledge.store_codec import day, iso, load_norm
from knowledge.store_schema import document, fetch, instrument, repeal_fact
from knowledge.types import Instrument
from knowledge.validity import RepealFact, close_versions

_SHARED = "other_book"  # an effective day lent by another book of the same code: worked out anew each time


def refresh_names(connection: Connection, names: set[str]) -> None:
    """Recompute when each version of the named norms ended (``knowledge.validity.close_versions``); order of arrival does not matter."""
    ordered = sorted(names)
    for start in range(0, len(ordered), 500):
        _refresh(connection, ordered[start : start + 500])


def _refresh(connection: Connection, names: list[str]) -> None:
    rows = fetch(
        connection,
        select(instrument)
        .join(document, document.c.id == instrument.c.document_id)
        .where(instrument.c.name.in_(names), document.c.active == 1)
        .order_by(instrument.c.ref, document.c.sha256, instrument.c.id),
    )
    facts = fetch(
        connection,
        select(repeal_fact)
        .join(document, document.c.id == repeal_fact.c.document_id)
        .where(repeal_fact.c.name.in_(names), document.c.active == 1),
    )
    repeals = [RepealFact(fact["name"], day(fact["on_day"]), fact["by_ref"]) for fact in facts]
    closed = close_versions([_as_recorded(row) for row in rows], repeals)
    changed = [values for row, norm in zip(rows, closed, strict=True) if (values := _changed(row, norm))]
    if changed:
        names_set = ("ended", "ended_by", "effective", "effective_basis")
        statement = (
            update(instrument).where(instrument.c.id == bindparam("_id")).values({name: bindparam(f"_{name}") for name in names_set})
        )
        connection.execute(statement, changed)


def _as_recorded(row: Mapping[str, Any]) -> Instrument:
    """The instrument as its own source dates it."""
    norm = load_norm(row)
    ended, by = json.loads(row["ended_source"]) if row["ended_source"] else (None, None)
    norm = replace(norm, ended=day(ended), ended_by=by)
    return replace(norm, effective=None, effective_basis=None) if norm.effective_basis == _SHARED else norm


def _changed(row: Mapping[str, Any], norm: Instrument) -> dict[str, Any] | None:
    values = {
        "ended": iso(norm.ended),
        "ended_by": norm.ended_by,
        "effective": iso(norm.effective),
        "effective_basis": norm.effective_basis,
    }
    if all(row[name] == value for name, value in values.items()):
        return None
    return {"_id": row["id"], **{f"_{name}": value for name, value in values.items()}}
