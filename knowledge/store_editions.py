"""A new edition of a known file: which rows stayed, which were reworded, which came and went."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update

from knowledge.store_records import Changes, Prepared
from knowledge.store_schema import fetch, instrument, list_entry

Row = dict[str, Any]
_KEEP = 300  # characters of an old wording kept in a change record


def same_norm(connection: Connection, document_id: int, prepared: Prepared) -> bool:
    """Whether a file held the same version of the same norm; what is not a norm (a list, a file of records) fits anything at its place."""
    new = prepared.instrument
    if new is None:
        return True
    old = fetch(connection, select(instrument.c.ref, instrument.c.part).where(instrument.c.document_id == document_id))
    return not old or (new["ref"], new["part"]) in {(row["ref"], row["part"]) for row in old}


def entry_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes two list rows the same row."""
    names = ("list_kind", "proof_name", "matter", "purpose", "original_basis", "requesting_body", "issuing_body", "replacement", "path")
    return tuple(row[name] for name in names)


def entry_text(row: Mapping[str, Any]) -> str:
    """A row in one line, for change records."""
    return "；".join(str(part) for part in entry_key(row)[1:] if part)


def requirement_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes two requirements the same."""
    return tuple(row[name] for name in ("provision", "material", "sentence", "span_start", "span_end", "negative"))


def number_rows(connection: Connection, rows: list[Row], old_id: int | None, next_row: int) -> int:
    """Give each row its number: an unchanged row, or a reworded one of the same proof and matter, keeps the number it had."""
    free: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    loose: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    if old_id is not None:
        for old in fetch(connection, select(list_entry).where(list_entry.c.document_id == old_id).order_by(list_entry.c.ord)):
            free[entry_key(old)].append(old["row_number"])
            loose[(old["proof_name"], old["matter"])].append(old["row_number"])
    used: set[int] = set()
    for row in rows:
        if numbers := free[entry_key(row)]:
            row["row_number"] = numbers.pop(0)
            used.add(row["row_number"])
    for row in rows:
        if not row["row_number"]:
            numbers = [number for number in loose[(row["proof_name"], row["matter"])] if number not in used]
            row["row_number"] = numbers[0] if numbers else next_row
            next_row += not numbers
            used.add(row["row_number"])
    return next_row


def reconcile(
    connection: Connection,
    table: Table,
    rows: list[Row],
    old_id: int,
    key: Callable[[Mapping[str, Any]], tuple[Any, ...]],
    name: Callable[[Mapping[str, Any]], str],
    text: Callable[[Mapping[str, Any]], str],
) -> tuple[list[Row], Changes]:
    """Move the unchanged rows of the old edition to the new one, with their ids; the others stay with the old edition.

    Returns:
        The rows that are new and must be inserted, and what changed. Moved rows get their old id in place.
    """
    old_rows: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for old in fetch(connection, select(table).where(table.c.document_id == old_id).order_by(table.c.ord)):
        old_rows[key(old)].append(old)
    fresh: list[Row] = []
    moved: list[Row] = []
    for row in rows:
        if same := old_rows[key(row)]:
            row["id"] = same.pop(0)["id"]
            moved.append({f"_{column}": value for column, value in row.items()})
        else:
            fresh.append(row)
    if moved:
        names = [column[1:] for column in moved[0] if column != "_id"]
        statement = update(table).where(table.c.id == bindparam("_id")).values({item: bindparam(f"_{item}") for item in names})
        connection.execute(statement, moved)
    return fresh, _changes(fresh, [old for left in old_rows.values() for old in left], len(moved), name, text)


def _changes(
    fresh: Iterable[Row],
    gone: Iterable[Mapping[str, Any]],
    kept: int,
    name: Callable[[Mapping[str, Any]], str],
    text: Callable[[Mapping[str, Any]], str],
) -> Changes:
    before = {name(row): text(row)[:_KEEP] for row in gone}
    after = dict.fromkeys(name(row) for row in fresh)
    return Changes(
        added=tuple(item for item in after if item not in before),
        removed=tuple((item, words) for item, words in before.items() if item not in after),
        changed=tuple((item, words) for item, words in before.items() if item in after),
        kept=kept,
    )


def load_changes(value: str | None) -> Changes | None:
    if not value:
        return None
    data = json.loads(value)
    return Changes(
        added=tuple(data["added"]),
        removed=tuple((ref, words) for ref, words in data["removed"]),
        changed=tuple((ref, words) for ref, words in data["changed"]),
        kept=data["kept"],
    )
