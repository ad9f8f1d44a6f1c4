"""Writing one document in one transaction: find its earlier edition, keep what did not change, record what did."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update

from knowledge.store_codec import dump
from knowledge.store_corrections import apply_corrections
from knowledge.store_records import Changes, Prepared, PutResult
from knowledge.store_schema import document, document_text, fetch, instrument, list_entry, meta, provision, repeal_fact, requirement
from knowledge.store_validity import refresh_names

Row = dict[str, Any]
_KEEP = 300  # characters of an old wording kept in a change record


def put_prepared(connection: Connection, prepared: Prepared) -> PutResult:
    """Store one document, or recognise it; the caller owns the transaction."""
    head = prepared.document
    known = _one(connection, select(document).where(document.c.sha256 == head["sha256"], document.c.active == 1))
    if known and known["digest"] == head["digest"]:
        return PutResult("unchanged", known["id"], known["ref"])
    previous = known or _predecessor(connection, prepared)
    new_id = _insert_document(connection, prepared, previous)
    ref = str(head["ref"])
    old_id = previous["id"] if previous else None
    instrument_id = _put_instrument(connection, prepared, new_id, old_id)
    corrected = apply_corrections(connection, ref, prepared)
    changes = _put_rows(connection, corrected, new_id, old_id, instrument_id, previous["next_row"] if previous else 1)
    names = _put_repeals(connection, prepared, new_id, old_id)
    if previous:
        _retire(connection, previous["id"], new_id, changes)
        names |= _names_of(connection, [previous["id"]])
    if prepared.instrument:
        names.add(str(prepared.instrument["name"]))
    refresh_names(connection, names)
    bump(connection)
    return PutResult("replaced" if previous else "stored", new_id, ref, changes)


def bump(connection: Connection) -> int:
    """Count the library's revision up; readers drop what they remembered."""
    value = int(connection.execute(select(meta.c.value).where(meta.c.key == "revision")).scalar() or 0) + 1
    set_meta(connection, "revision", str(value))
    return value


def set_meta(connection: Connection, key: str, value: str) -> None:
    done = connection.execute(update(meta).where(meta.c.key == key).values(value=value))
    if not done.rowcount:
        connection.execute(insert(meta), {"key": key, "value": value})


def forget_document(connection: Connection, document_id: int) -> None:
    """Take a document out of the library: kept, inactive, no longer found."""
    connection.execute(update(document).where(document.c.id == document_id).values(active=0))
    refresh_names(connection, _names_of(connection, [document_id]))
    bump(connection)


def _one(connection: Connection, statement: Any) -> Mapping[str, Any] | None:
    return next(iter(fetch(connection, statement)), None)


def _predecessor(connection: Connection, prepared: Prepared) -> Mapping[str, Any] | None:
    """The earlier edition of the same logical document, or None.

    A list is the same document when it stands at the same path. A law must also be the same version of the same norm: another version
    lives beside it. A file of the same name and identity whose earlier path is gone (moved, or an upload) is the same document too.
    """
    head = prepared.document
    rows = fetch(connection, select(document).where(document.c.file == head["file"], document.c.active == 1))
    identity = ("kind", "title", "doc_number", "region", "published")
    for row in rows:
        if row["path"] == head["path"]:
            if _same_norm(connection, row["id"], prepared):
                return row
        elif (
            all(row[key] == head[key] for key in identity)
            and not Path(row["path"]).is_file()
            and _same_norm(connection, row["id"], prepared)
        ):
            return row
    return None


def _same_norm(connection: Connection, document_id: int, prepared: Prepared) -> bool:
    old = connection.execute(select(instrument.c.ref, instrument.c.part).where(instrument.c.document_id == document_id)).all()
    if not old:
        return True
    new = prepared.instrument
    return new is not None and (new["ref"], new["part"]) in {(row.ref, row.part) for row in old}


def _insert_document(connection: Connection, prepared: Prepared, previous: Mapping[str, Any] | None) -> int:
    head = prepared.document
    head["ref"] = previous["ref"] if previous else _document_ref(connection, prepared)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    values = head | {
        "revision": previous["revision"] + 1 if previous else 1,
        "next_row": 1,
        "active": 1,
        "ingested_at": now,
    }
    done = connection.execute(insert(document), values)
    assert done.inserted_primary_key is not None
    new_id = int(done.inserted_primary_key[0])
    connection.execute(insert(document_text), {"document_id": new_id, "data": prepared.text})
    return new_id


def _document_ref(connection: Connection, prepared: Prepared) -> str:
    """``标题@2018-05-03``; without a title or a date, or when taken by another document, marked with the start of its hash."""
    head = prepared.document
    if prepared.instrument:
        return str(prepared.instrument["ref"])
    title = "".join(str(head["title"] or Path(str(head["file"])).stem).split()).replace("#", "＃").replace("@", "＠")
    short = str(head["sha256"])[:6]
    ref = f"{title}@{head['published'] or short}"
    taken = connection.execute(select(func.count()).select_from(document).where(document.c.ref == ref)).scalar()
    return f"{ref}~{short}" if taken else ref


def _put_instrument(connection: Connection, prepared: Prepared, new_id: int, old_id: int | None) -> int | None:
    row = prepared.instrument
    if row is None:
        return None
    values = row | {"document_id": new_id}
    if old_id is not None:
        kept = connection.execute(
            select(instrument.c.id).where(instrument.c.document_id == old_id, instrument.c.ref == row["ref"])
        ).scalar()
        if kept is not None:
            connection.execute(update(instrument).where(instrument.c.id == kept).values(**values))
            return int(kept)
    done = connection.execute(insert(instrument), values)
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def _put_rows(
    connection: Connection, prepared: Prepared, new_id: int, old_id: int | None, instrument_id: int | None, next_row: int
) -> Changes:
    provisions = [row | {"document_id": new_id, "instrument_id": instrument_id} for row in prepared.provisions]
    parts = [_reconcile(connection, provision, provisions, old_id, lambda row: (row["ref"], row["text"]), lambda row: row["ref"])]
    entries = [row | {"document_id": new_id, "row_number": 0} for row in prepared.entries]
    next_row = _number_rows(connection, entries, old_id, next_row)
    parts.append(_reconcile(connection, list_entry, entries, old_id, _entry_key, lambda row: f"row_{row['row_number']}", text=entry_text))
    connection.execute(update(document).where(document.c.id == new_id).values(next_row=next_row))
    if prepared.requirements:
        ids = _provision_ids(connection, new_id)
        requirements = [
            row | {"document_id": new_id, "provision_id": _provision_id(ids, str(row["provision"]))} for row in prepared.requirements
        ]
        _reconcile(connection, requirement, requirements, old_id, _requirement_key, lambda row: row["material"])
    return Changes(
        added=parts[0].added + parts[1].added,
        removed=parts[0].removed + parts[1].removed,
        changed=parts[0].changed + parts[1].changed,
        kept=parts[0].kept + parts[1].kept,
    )


def _provision_ids(connection: Connection, document_id: int) -> dict[str, int]:
    rows = connection.execute(select(provision.c.ref, provision.c.id).where(provision.c.document_id == document_id)).all()
    return {row.ref: row.id for row in rows}


def _provision_id(ids: Mapping[str, int], ref: str) -> int | None:
    """The article's row for ``…#art_6.para_1.item_2``."""
    while ref and ref not in ids:
        head, dot, _ = ref.rpartition(".")
        ref = head if dot and "#" in head else ""
    return ids.get(ref)


def _entry_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    names = ("list_kind", "proof_name", "matter", "purpose", "original_basis", "requesting_body", "issuing_body", "replacement", "path")
    return tuple(row[name] for name in names)


def entry_text(row: Mapping[str, Any]) -> str:
    """A row in one line, for change records."""
    return "；".join(str(part) for part in _entry_key(row)[1:] if part)


def _requirement_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("provision", "material", "sentence", "span_start", "span_end", "negative"))


def _number_rows(connection: Connection, rows: list[Row], old_id: int | None, next_row: int) -> int:
    """Give each row its number: an unchanged row, or a reworded one of the same proof and matter, keeps the number it had."""
    free: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    loose: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    if old_id is not None:
        for old in fetch(connection, select(list_entry).where(list_entry.c.document_id == old_id).order_by(list_entry.c.ord)):
            free[_entry_key(old)].append(old["row_number"])
            loose[(old["proof_name"], old["matter"])].append(old["row_number"])
    used: set[int] = set()
    for row in rows:
        if numbers := free[_entry_key(row)]:
            row["row_number"] = numbers.pop(0)
            used.add(row["row_number"])
    for row in rows:
        if not row["row_number"]:
            numbers = [number for number in loose[(row["proof_name"], row["matter"])] if number not in used]
            row["row_number"] = numbers[0] if numbers else next_row
            next_row += not numbers
            used.add(row["row_number"])
    return next_row


def _reconcile(
    connection: Connection,
    table: Table,
    rows: list[Row],
    old_id: int | None,
    key: Callable[[Mapping[str, Any]], tuple[Any, ...]],
    name: Callable[[Mapping[str, Any]], str],
    *,
    text: Callable[[Mapping[str, Any]], str] = lambda row: str(row.get("text") or ""),
) -> Changes:
    """Insert new rows; move unchanged rows of the old edition to the new one, with their ids; leave the rest to the old edition."""
    if old_id is None:
        if rows:
            connection.execute(insert(table), rows)
        return Changes()
    old_rows: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for old in fetch(connection, select(table).where(table.c.document_id == old_id).order_by(table.c.ord)):
        old_rows[key(old)].append(old)
    fresh: list[Row] = []
    moved: list[Row] = []
    for row in rows:
        if same := old_rows[key(row)]:
            moved.append(row | {"_id": same.pop(0)["id"]})
        else:
            fresh.append(row)
    if moved:
        names = [column for column in moved[0] if column != "_id"]
        connection.execute(update(table).where(table.c.id == bindparam("_id")).values({item: bindparam(item) for item in names}), moved)
    if fresh:
        connection.execute(insert(table), fresh)
    return _changes(fresh, [old for left in old_rows.values() for old in left], len(moved), name, text)


def _changes(
    fresh: Iterable[Row],
    gone: Iterable[Mapping[str, Any]],
    kept: int,
    name: Callable[[Mapping[str, Any]], str],
    text: Callable[[Mapping[str, Any]], str],
) -> Changes:
    before = {name(row): text(row)[:_KEEP] for row in gone}
    after = {name(row) for row in fresh}
    return Changes(
        added=tuple(item for item in sorted(after) if item not in before),
        removed=tuple((item, words) for item, words in before.items() if item not in after),
        changed=tuple((item, words) for item, words in before.items() if item in after),
        kept=kept,
    )


def _put_repeals(connection: Connection, prepared: Prepared, new_id: int, old_id: int | None) -> set[str]:
    names: set[str] = set()
    if old_id is not None:
        names |= set(connection.execute(select(repeal_fact.c.name).where(repeal_fact.c.document_id == old_id)).scalars())
    if prepared.repeals:
        by = str(prepared.instrument["ref"]) if prepared.instrument else str(prepared.document["ref"])
        connection.execute(insert(repeal_fact), [row | {"document_id": new_id, "by_ref": by} for row in prepared.repeals])
        names |= {str(row["name"]) for row in prepared.repeals}
    return names


def _names_of(connection: Connection, document_ids: list[int]) -> set[str]:
    names = set(connection.execute(select(instrument.c.name).where(instrument.c.document_id.in_(document_ids))).scalars())
    return names | set(connection.execute(select(repeal_fact.c.name).where(repeal_fact.c.document_id.in_(document_ids))).scalars())


def _retire(connection: Connection, old_id: int, new_id: int, changes: Changes) -> None:
    connection.execute(update(document).where(document.c.id == old_id).values(active=0, replaced_by=new_id))
    record = {"added": changes.added, "removed": changes.removed, "changed": changes.changed, "kept": changes.kept}
    connection.execute(update(document).where(document.c.id == new_id).values(changes=dump(record)))


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
