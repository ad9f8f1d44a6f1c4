"""Writing documents: a batch in one transaction, each file in it whole or absent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, or_, select, update

from knowledge.store_codec import dump
from knowledge.store_corrections import apply_corrections
from knowledge.store_editions import entry_key, entry_text, number_rows, reconcile, requirement_key, same_norm
from knowledge.store_records import Changes, Prepared, PutResult
from knowledge.store_schema import (
    document,
    document_text,
    fetch,
    instrument,
    list_entry,
    meta,
    provision,
    repeal_fact,
    requirement,
)
from knowledge.store_validity import refresh_names

Row = dict[str, Any]
_IDENTITY = ("kind", "title", "doc_number", "region", "published")
_EMPTY_HEAD: Row = {"changes": None, "active": 1, "replaced_by": None, "revision": 1, "next_row": 1}


def put_all(connection: Connection, prepared: list[Prepared]) -> list[PutResult]:
    """Store documents in order, in the caller's transaction; results in the same order."""
    batch = _Batch(connection, prepared)
    results = [batch.add(item) for item in prepared]
    batch.flush()
    if any(result.status != "unchanged" for result in results):
        refresh_names(connection, batch.names)
        bump(connection)
    return results


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
    refresh_names(connection, names_of(connection, document_id))
    bump(connection)


def names_of(connection: Connection, document_id: int) -> set[str]:
    """Norms a document holds or repeals."""
    tables = (instrument, repeal_fact)
    return {row["name"] for table in tables for row in fetch(connection, select(table.c.name).where(table.c.document_id == document_id))}


def next_id(connection: Connection, table: Table) -> int:
    """The id for the next row. There is one writer and no row is ever deleted, so this holds for the whole transaction."""
    return int(connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1


class _Batch:
    """Collects rows of new documents and inserts them together; a document with an earlier edition is written at once."""

    def __init__(self, connection: Connection, prepared: Iterable[Prepared]) -> None:
        self.connection = connection
        self.names: set[str] = set()
        self._pending: dict[Table, list[Row]] = defaultdict(list)
        self._next: dict[Table, int] = {}
        self._known: dict[int, Row] = {}
        self._refs: set[str] = set()
        self._now = datetime.now(UTC).isoformat(timespec="seconds")
        heads = [item.document for item in prepared]
        for start in range(0, len(heads), 200):
            part = heads[start : start + 200]
            same = or_(document.c.sha256.in_([head["sha256"] for head in part]), document.c.file.in_([head["file"] for head in part]))
            for row in fetch(connection, select(document).where(document.c.active == 1, same)):
                self._known[row["id"]] = dict(row)

    def add(self, prepared: Prepared) -> PutResult:
        head = prepared.document
        known = next((row for row in self._known.values() if row["sha256"] == head["sha256"]), None)
        if known and (known["digest"] == head["digest"] or (head["parser"] and _how_read(known) == _how_read(head))):
            if known["parser"] != head["parser"]:
                self.connection.execute(update(document).where(document.c.id == known["id"]).values(parser=head["parser"]))
            return PutResult("unchanged", known["id"], known["ref"])
        if previous := known or self._predecessor(prepared):
            return self._replace(prepared, previous)
        row = self._head(prepared, self._new_ref(prepared), 1)
        prepared = apply_corrections(self.connection, row["ref"], prepared) if prepared.entries else prepared
        entries = self._entries(prepared, row["id"])
        row["next_row"] = number_rows(self.connection, entries, None, 1)
        self._insert(document, row)
        instrument_id = self._instrument(prepared, row["id"], None)
        provisions = self._provisions(prepared, row["id"], instrument_id)
        self._pending[provision] += provisions
        self._pending[list_entry] += entries
        self._pending[requirement] += self._requirements(prepared, row["id"], provisions)
        self._finish(prepared, row)
        return PutResult("stored", row["id"], row["ref"])

    def flush(self) -> None:
        """Insert what is pending, parents first."""
        for table in (document, document_text, instrument, provision, list_entry, requirement, repeal_fact):
            if rows := self._pending.pop(table, None):
                self.connection.execute(insert(table), rows)

    def _replace(self, prepared: Prepared, previous: Row) -> PutResult:
        self.flush()
        connection, old_id = self.connection, int(previous["id"])
        self.names |= names_of(connection, old_id)
        row = self._head(prepared, previous["ref"], previous["revision"] + 1)
        self._insert(document, row)
        instrument_id = self._instrument(prepared, row["id"], old_id)
        self.flush()
        prepared = apply_corrections(connection, row["ref"], prepared)
        entries = self._entries(prepared, row["id"])
        next_row = number_rows(connection, entries, old_id, previous["next_row"])
        provisions = self._provisions(prepared, row["id"], instrument_id)
        kept_provisions = self._reconcile(provision, provisions, old_id, lambda item: (item["ref"], item["text"]), _ref, _text)
        kept_entries = self._reconcile(list_entry, entries, old_id, entry_key, _row_step, entry_text)
        demands = self._requirements(prepared, row["id"], provisions)
        self._reconcile(
            requirement, demands, old_id, requirement_key, lambda item: str(item["material"]), lambda item: str(item["sentence"])
        )
        changes = _joined(kept_provisions, kept_entries)
        self._finish(prepared, row)
        self.flush()
        record = {"added": changes.added, "removed": changes.removed, "changed": changes.changed, "kept": changes.kept}
        connection.execute(update(document).where(document.c.id == row["id"]).values(next_row=next_row, changes=dump(record)))
        connection.execute(update(document).where(document.c.id == old_id).values(active=0, replaced_by=row["id"]))
        del self._known[old_id]
        return PutResult("replaced", row["id"], row["ref"], changes)

    def _reconcile(
        self,
        table: Table,
        rows: list[Row],
        old_id: int,
        key: Callable[[Mapping[str, Any]], tuple[Any, ...]],
        name: Callable[[Mapping[str, Any]], str],
        text: Callable[[Mapping[str, Any]], str],
    ) -> Changes:
        fresh, changes = reconcile(self.connection, table, rows, old_id, key, name, text)
        self._pending[table] += fresh
        return changes

    def _predecessor(self, prepared: Prepared) -> Row | None:
        """The earlier edition of the same logical document, or None.

        A list is the same document when it stands at the same path. A law must also be the same version of the same norm: another
        version lives beside it. A file of the same name and identity whose earlier path is gone (moved, or an upload) is the same too.
        """
        head = prepared.document
        for row in [row for row in self._known.values() if row["file"] == head["file"]]:
            moved = all(row[key] == head[key] for key in _IDENTITY) and not Path(row["path"]).is_file()
            if row["path"] != head["path"] and not moved:
                continue
            self.flush()
            if same_norm(self.connection, row["id"], prepared):
                return row
        return None

    def _new_ref(self, prepared: Prepared) -> str:
        """``标题@2018-05-03``; without a title or a date, or when taken by another document, marked with the start of its hash."""
        head = prepared.document
        if prepared.instrument:
            return str(prepared.instrument["ref"])
        title = "".join(str(head["title"] or Path(str(head["file"])).stem).split()).replace("#", "＃").replace("@", "＠")
        short = str(head["sha256"])[:6]
        ref = f"{title}@{head['published'] or short}"
        taken = ref in self._refs or fetch(self.connection, select(document.c.id).where(document.c.ref == ref).limit(1))
        ref = f"{ref}~{short}" if taken else ref
        self._refs.add(ref)
        return ref

    def _id(self, table: Table) -> int:
        value = self._next[table] if table in self._next else next_id(self.connection, table)
        self._next[table] = value + 1
        return value

    def _insert(self, table: Table, row: Row) -> None:
        self._pending[table].append(row)

    def _head(self, prepared: Prepared, ref: str, revision: int) -> Row:
        extra = {"id": self._id(document), "ref": ref, "revision": revision, "ingested_at": self._now}
        return _EMPTY_HEAD | prepared.document | extra

    def _instrument(self, prepared: Prepared, document_id: int, old_id: int | None) -> int | None:
        if prepared.instrument is None:
            return None
        ref = prepared.instrument["ref"]
        if old_id is not None:
            same = select(instrument.c.id).where(instrument.c.document_id == old_id, instrument.c.ref == ref)
            if kept := fetch(self.connection, same):
                self.flush()
                values = prepared.instrument | {"document_id": document_id}
                self.connection.execute(update(instrument).where(instrument.c.id == kept[0]["id"]).values(**values))
                return int(kept[0]["id"])
        new_id = self._id(instrument)
        self._insert(instrument, prepared.instrument | {"id": new_id, "document_id": document_id, "shadowed_by": None})
        return new_id

    def _provisions(self, prepared: Prepared, document_id: int, instrument_id: int | None) -> list[Row]:
        home = {"document_id": document_id, "instrument_id": instrument_id}
        return [row | home | {"id": self._id(provision)} for row in prepared.provisions]

    def _entries(self, prepared: Prepared, document_id: int) -> list[Row]:
        return [row | {"id": self._id(list_entry), "document_id": document_id, "row_number": 0} for row in prepared.entries]

    def _requirements(self, prepared: Prepared, document_id: int, provisions: list[Row]) -> list[Row]:
        ids = {str(row["ref"]): int(row["id"]) for row in provisions}
        return [
            row | {"id": self._id(requirement), "document_id": document_id, "provision_id": _article_id(ids, str(row["provision"]))}
            for row in prepared.requirements
        ]

    def _finish(self, prepared: Prepared, row: Row) -> None:
        self._known[row["id"]] = row
        self._insert(document_text, {"document_id": row["id"], "data": prepared.text})
        for fact in prepared.repeals:
            self._insert(repeal_fact, fact | {"id": self._id(repeal_fact), "document_id": row["id"], "by_ref": row["ref"]})
            self.names.add(str(fact["name"]))
        if prepared.instrument:
            self.names.add(str(prepared.instrument["name"]))


def _how_read(head: Mapping[str, Any]) -> tuple[Any, ...]:
    """The same bytes read by the same code with the same hand-given values are the same document, whatever the file is called."""
    return head["parser"], head["given"]


def _article_id(ids: Mapping[str, int], ref: str) -> int | None:
    """The article's row for ``…#art_6.para_1.item_2``."""
    while ref and ref not in ids:
        head, dot, _ = ref.rpartition(".")
        ref = head if dot and "#" in head else ""
    return ids.get(ref)


def _ref(row: Mapping[str, Any]) -> str:
    return str(row["ref"])


def _text(row: Mapping[str, Any]) -> str:
    return str(row["text"])


def _row_step(row: Mapping[str, Any]) -> str:
    return f"row_{row['row_number']}"


def _joined(first: Changes, second: Changes) -> Changes:
    return Changes(first.added + second.added, first.removed + second.removed, first.changed + second.changed, first.kept + second.kept)
