"""Keeps ``instrument.ended`` in step with later versions and repeals, inside the transaction that brings them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from knowledge.store_schema import document, fetch, instrument, repeal_fact


def refresh_names(connection: Connection, names: set[str]) -> None:
    """Recompute when each version of the named norms ended; order of arrival does not matter.

    A version ends on the day the next version of the same norm takes effect (or is published, when its effect is unknown), or on the day a
    repealing instrument takes effect; a date the source itself gives is kept.
    """
    if not names:
        return
    rows = fetch(
        connection,
        select(instrument)
        .join(document, document.c.id == instrument.c.document_id)
        .where(instrument.c.name.in_(names), document.c.active == 1)
        .order_by(instrument.c.id),
    )
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["name"], row["part"], row["region"]), []).append(row)
    facts: dict[str, list[Mapping[str, Any]]] = {}
    for fact in fetch(
        connection,
        select(repeal_fact)
        .join(document, document.c.id == repeal_fact.c.document_id)
        .where(repeal_fact.c.name.in_(names), document.c.active == 1),
    ):
        facts.setdefault(fact["name"], []).append(fact)
    changed = []
    for group in groups.values():
        for row in group:
            ended, by = _end(row, group, facts.get(row["name"], []))
            if (ended, by) != (row["ended"], row["ended_by"]):
                changed.append({"_id": row["id"], "_ended": ended, "_by": by})
    if changed:
        statement = update(instrument).where(instrument.c.id == bindparam("_id"))
        connection.execute(statement.values(ended=bindparam("_ended"), ended_by=bindparam("_by")), changed)


def _start(row: Mapping[str, Any]) -> str | None:
    start: str | None = row["effective"] or row["published"]
    return start


def _end(row: Mapping[str, Any], group: list[Mapping[str, Any]], facts: list[Mapping[str, Any]]) -> tuple[str | None, str | None]:
    if row["ended_source"]:
        ended, by = json.loads(row["ended_source"])
        return ended, by
    own = _start(row)
    ends: list[tuple[str, str]] = []
    for other in group:
        start = _start(other)
        if own and start and start > own and other["version"] > row["version"]:
            ends.append((start, other["ref"]))
    for fact in facts:
        if fact["on_day"] and own and fact["on_day"] > own and fact["by_ref"] != row["ref"]:
            ends.append((fact["on_day"], fact["by_ref"]))
    return min(ends, default=(None, None))
