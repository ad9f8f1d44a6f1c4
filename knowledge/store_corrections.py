"""Corrections by hand: anchored to file hash, place and text; re-applied when the file is read again, or queued."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from knowledge.errors import NotFound
from knowledge.store_codec import dump
from knowledge.store_records import Prepared, StoredCorrection, StoredEntry, StoredProvision
from knowledge.store_schema import correction, document, fetch, list_entry, provision

Row = dict[str, Any]
ENTRY_FIELDS = (
    "proof_name", "matter", "purpose", "original_basis", "requesting_body", "issuing_body", "replacement", "path", "list_kind", "serial",
)  # fmt: skip


def apply_corrections(connection: Connection, document_ref: str, prepared: Prepared) -> Prepared:
    """The prepared rows with every standing correction of this document applied; what no longer fits is queued."""
    rows = fetch(
        connection,
        select(correction).where(correction.c.document_ref == document_ref, correction.c.state != "withdrawn").order_by(correction.c.id),
    )
    entries, provisions = list(prepared.entries), list(prepared.provisions)
    for item in rows:
        place = json.loads(item["place"])
        if item["field"] == "text":
            done = _correct_provision(provisions, place, item)
        else:
            done = _correct_entry(entries, place, item)
        state = "applied" if done else "queued"
        if state != item["state"]:
            connection.execute(update(correction).where(correction.c.id == item["id"]).values(state=state))
    return replace(prepared, entries=entries, provisions=provisions)


def _correct_entry(rows: list[Row], place: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    field, old, new = item["field"], item["old_text"] or None, item["new_text"] or None
    fits = [index for index, row in enumerate(rows) if row.get(field) == old and row["proof_name"] == place["proof_name"]]
    exact = [index for index in fits if rows[index]["locator"] == place["locator"]]
    chosen = exact if len(exact) == 1 else fits
    if len(chosen) == 1:
        rows[chosen[0]] = rows[chosen[0]] | {field: new}
        return True
    return any(row.get(field) == new and row["locator"] == place["locator"] for row in rows)


def _correct_provision(rows: list[Row], place: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    for index, row in enumerate(rows):
        if row["ref"] != place["ref"]:
            continue
        if row["text"].count(item["old_text"]) == 1:
            rows[index] = row | _reworded(row, item["old_text"], item["new_text"])
            return True
        return item["new_text"] in row["text"]
    return False


def _reworded(row: Mapping[str, Any], old: str, new: str) -> Row:
    """New text and units whose spans follow the shift."""
    at = row["text"].index(old)
    shift = len(new) - len(old)
    units = [
        [steps, label, start + (shift if start > at else 0), end + (shift if end >= at + len(old) else 0)]
        for steps, label, start, end in json.loads(row["units"])
    ]
    return {"text": row["text"].replace(old, new), "units": dump(units)}


def correct_entry(connection: Connection, entry: StoredEntry, field: str, new: str, reason: str) -> int:
    """Record and apply a correction of one field of a list row."""
    if field not in ENTRY_FIELDS:
        raise NotFound(f"清单行没有可更正的字段“{field}”。可用：{'、'.join(ENTRY_FIELDS)}。")
    row = fetch(connection, select(list_entry).where(list_entry.c.id == entry.id))[0]
    place = {"ref": entry.ref, "proof_name": row["proof_name"], "locator": row["locator"]}
    old = row[field] or ""
    connection.execute(update(list_entry).where(list_entry.c.id == entry.id).values({field: new or None}))
    return _record(connection, entry.document_id, place, field, old, new, reason)


def correct_provision(connection: Connection, found: StoredProvision, old: str, new: str, reason: str) -> int:
    """Record and apply a correction inside an article's text (an OCR slip, a look-alike character)."""
    row = fetch(connection, select(provision).where(provision.c.id == found.id))[0]
    times = row["text"].count(old) if old else 0
    if times != 1:
        raise NotFound(f"在{found.provision.label}中，“{old}”出现了 {times} 次；要更正的文字须恰好出现一次，请多抄或少抄几个字。")
    place = {"ref": row["ref"], "locator": row["locator"]}
    connection.execute(update(provision).where(provision.c.id == found.id).values(_reworded(row, old, new)))
    return _record(connection, found.document_id, place, "text", old, new, reason)


def _record(connection: Connection, document_id: int, place: Row, field: str, old: str, new: str, reason: str) -> int:
    home = connection.execute(select(document.c.ref, document.c.sha256).where(document.c.id == document_id)).one()
    new_id = int(connection.execute(select(func.max(correction.c.id))).scalar() or 0) + 1
    values = {
        "id": new_id,
        "sha256": home.sha256,
        "document_ref": home.ref,
        "place": dump(place),
        "field": field,
        "old_text": old,
        "new_text": new,
        "reason": reason,
        "state": "applied",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    connection.execute(insert(correction), values)
    return new_id


def load_correction(row: Mapping[str, Any]) -> StoredCorrection:
    return StoredCorrection(**{key: row[key] for key in StoredCorrection.__dataclass_fields__})
