"""Typed reads. Every read sees one consistent state; nothing here writes."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from sqlalchemy import Engine, Select, Table, func, or_, select

from knowledge.errors import Ambiguous, NotFound
from knowledge.store_codec import (
    day,
    doc_number_key,
    load_document,
    load_entry,
    load_instrument,
    load_provision,
    load_requirement,
)
from knowledge.store_corrections import load_correction
from knowledge.store_editions import load_changes
from knowledge.store_records import (
    Changes,
    StoredCorrection,
    StoredDocument,
    StoredEntry,
    StoredInstrument,
    StoredProvision,
    StoredRequirement,
)
from knowledge.store_schema import correction, document, document_text, fetch, instrument, list_entry, meta, norm, provision, requirement

T = TypeVar("T")
_FEW = 30
_LOOK_AGAIN = 0.002  # seconds; one answer reads some hundred records, and each would ask for the revision
_ENTRY_HEAD = ("title", "doc_number", "issuer", "region", "published", "effective")


class Reader:
    """The reading half of ``Library``. Active editions only, unless said otherwise."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._memory: dict[str, Any] = {}
        self._memory_revision = -1
        self._look_again = _LOOK_AGAIN  # a writer sets it to -1: it must see its own changes at once
        self._looked = float("-inf")  # when the count was last read, on the monotonic clock
        self._guard = threading.Lock()

    def revision(self) -> int:
        """Counts up with every change; cheap, for caches."""
        with self.engine.connect() as connection:
            return int(connection.execute(select(meta.c.value).where(meta.c.key == "revision")).scalar() or 0)

    def meta(self, key: str) -> str | None:
        """A small fact kept with ``Library.set_meta``; None when there is none."""
        rows = self._rows(select(meta.c.value).where(meta.c.key == key))
        return rows[0]["value"] if rows else None

    def _remember(self, key: str, make: Callable[[], T]) -> T:
        """What ``make`` gives, worked out once per state of the library; threads share it."""
        if time.monotonic() - self._looked > self._look_again:
            revision = self.revision()
            with self._guard:
                if revision != self._memory_revision:
                    self._memory, self._memory_revision = {}, revision
                self._looked = time.monotonic()
        memory = self._memory
        if key not in memory:
            memory[key] = make()
        value: T = memory[key]
        return value

    def _rows(self, statement: Select[Any]) -> list[Mapping[str, Any]]:
        with self.engine.connect() as connection:
            return fetch(connection, statement)

    # documents

    def documents(self, *, kind: str | None = None, include_old: bool = False) -> list[StoredDocument]:
        """Files in the library, by reference; ``include_old`` adds replaced editions."""
        statement = select(document).order_by(document.c.ref, document.c.revision, document.c.id)
        if kind:
            statement = statement.where(document.c.kind == kind)
        if not include_old:
            statement = statement.where(document.c.active == 1)
        return [load_document(row) for row in self._rows(statement)]

    def document(self, key: int | str) -> StoredDocument | None:
        """By row id, document ref, sha256 or file name (the first active match); None when nothing matches."""
        if isinstance(key, int):
            rows = self._rows(select(document).where(document.c.id == key))
        else:
            named = or_(document.c.ref == key, document.c.sha256 == key, document.c.file == key)
            rows = self._rows(select(document).where(named, document.c.active == 1).order_by(document.c.sha256))
        return load_document(rows[0]) if rows else None

    def text(self, document_id: int) -> str:
        """The normalised text that ``Locator.chars`` points into; empty when the document has none."""
        import zlib

        rows = self._rows(select(document_text.c.data).where(document_text.c.document_id == document_id))
        return zlib.decompress(rows[0]["data"]).decode("utf-8") if rows else ""

    def changes(self) -> list[tuple[StoredDocument, Changes]]:
        """Every edition that replaced an earlier one, newest first, with what changed."""
        rows = self._rows(select(document).where(document.c.changes.is_not(None)).order_by(document.c.id.desc()))
        return [(load_document(row), changes) for row in rows if (changes := load_changes(row["changes"]))]

    def corrections(self) -> list[StoredCorrection]:
        return [load_correction(row) for row in self._rows(select(correction).order_by(correction.c.id))]

    # instruments

    def _load_instruments(self, *where: Any) -> dict[int, StoredInstrument]:
        joined = select(instrument, document.c.sha256, document.c.file).join(document, document.c.id == instrument.c.document_id)
        shown = joined.where(document.c.active == 1, instrument.c.shadowed_by.is_(None), *where)
        order = (instrument.c.name, instrument.c.version, instrument.c.part, document.c.sha256)
        return {row["id"]: load_instrument(row) for row in self._rows(shown.order_by(*order))}

    def _all_instruments(self) -> dict[int, StoredInstrument]:
        return self._remember("instruments", self._load_instruments)

    def _by_name(self) -> dict[str, list[StoredInstrument]]:
        def load() -> dict[str, list[StoredInstrument]]:
            names: dict[str, list[StoredInstrument]] = {}
            for item in self._all_instruments().values():
                names.setdefault(item.instrument.name, []).append(item)
            return names

        return self._remember("names", load)

    def _wants_all(self) -> bool:
        """A few look-ups are answered one by one; from then on all instruments are kept in memory (a fifth of a second once)."""
        asked: list[int] = self._remember("asked", list)
        asked.append(1)
        return len(asked) > _FEW or "instruments" in self._memory

    def instruments(self, name: str | None = None) -> list[StoredInstrument]:
        """All versions in the library, oldest first; ``name`` = matching name (``Instrument.name``); empty when unknown."""
        if name is None:
            return list(self._all_instruments().values())
        if self._wants_all():
            return list(self._by_name().get(name, ()))
        return list(self._load_instruments(instrument.c.name == name).values())

    def names(self) -> list[str]:
        """Matching names of all instruments."""
        return list(self._by_name())

    def instrument(self, instrument_id: int) -> StoredInstrument | None:
        """By row id; None when unknown."""
        if self._wants_all():
            return self._all_instruments().get(instrument_id)
        return self._load_instruments(instrument.c.id == instrument_id).get(instrument_id)

    def instrument_by_ref(self, ref: str) -> StoredInstrument | None:
        """``优化营商环境条例@2019-10-22`` → the instrument; of a text in several books, the first; None when unknown."""
        return next(iter(self.instruments_by_ref(ref)), None)

    def instruments_by_ref(self, ref: str) -> list[StoredInstrument]:
        """All files with this ref (the books of 民法典); the fullest text of each book first."""
        name, _, version = ref.partition("#")[0].rpartition("@")
        found = [item for item in self.instruments(name) if item.instrument.version == version]
        return sorted(found, key=lambda item: (item.instrument.part or "", -(item.last_article or 0), item.sha256))

    # provisions

    def _load_provision(self, row: Mapping[str, Any], instruments: Mapping[int, StoredInstrument] | None = None) -> StoredProvision:
        key = row["instrument_id"]
        home = None if key is None else self.instrument(key) if instruments is None else instruments.get(key)
        return StoredProvision(row["id"], row["document_id"], row["sha256"], row["file"], load_provision(row), home)

    @staticmethod
    def _provisions() -> Select[Any]:
        shown = or_(provision.c.instrument_id.is_(None), instrument.c.shadowed_by.is_(None))
        return (
            select(provision, document.c.sha256, document.c.file)
            .join(document, document.c.id == provision.c.document_id)
            .outerjoin(instrument, instrument.c.id == provision.c.instrument_id)
            .where(document.c.active == 1, shown)
        )

    def provision(self, ref: str) -> StoredProvision | None:
        """An article ``…#art_44`` or a clause ``…#art_44.para_1``; None when nothing stands there."""
        rest: list[str] = []
        head = ref
        while head:
            rows = self._rows(self._provisions().where(provision.c.ref == head).order_by(document.c.sha256))
            if rows:
                found = self._load_provision(rows[0])
                return found if not rest else with_unit(found, ".".join(rest))
            head, dot, step = head.rpartition(".")
            if not dot or "#" not in head:
                return None
            rest.insert(0, step)
        return None

    def provisions_of(self, instrument_id: int) -> list[StoredProvision]:
        """All provisions of an instrument in order."""
        instruments = self._all_instruments()
        statement = self._provisions().where(provision.c.instrument_id == instrument_id).order_by(provision.c.ord)
        return [self._load_provision(row, instruments) for row in self._rows(statement)]

    def provisions_in(self, document_id: int) -> list[StoredProvision]:
        """All provisions of a document in order (guides and drafts have no instrument)."""
        instruments = self._all_instruments()
        statement = self._provisions().where(provision.c.document_id == document_id).order_by(provision.c.ord)
        return [self._load_provision(row, instruments) for row in self._rows(statement)]

    def article(self, name: str, version: str | None, number: int, sub: int = 0) -> StoredProvision | None:
        """第``number``条(之``sub``) of a version; ``version`` None = the newest in the library. None when there is no such article."""
        versions = self.instruments(name)
        if version is None and versions:
            version = max(item.instrument.version for item in versions if item.instrument.version != "undated" or len(versions) == 1)
        ids = [item.id for item in versions if item.instrument.version == version]
        if not ids:
            return None
        here = (provision.c.instrument_id.in_(ids), provision.c.number == number, provision.c.sub == sub, provision.c.kind == "article")
        rows = self._rows(self._provisions().where(*here).order_by(document.c.sha256, provision.c.ord))
        return self._load_provision(rows[0]) if rows else None

    def iter_provisions(self, chunk: int = 2000, *, containing: str | None = None) -> Iterator[StoredProvision]:
        """Every provision in the library, by row id. ``containing``: only those whose text holds this string."""
        statement = self._provisions().order_by(provision.c.id)
        if containing:
            statement = statement.where(provision.c.text.contains(containing, autoescape=True))
        instruments = self._all_instruments()
        with self.engine.connect().execution_options(yield_per=chunk) as connection:
            for row in connection.execute(statement).mappings():
                yield self._load_provision(cast(Mapping[str, Any], row), instruments)

    def texts(self) -> list[tuple[int, int, str]]:
        """``(provision id, instrument id, text)`` of every provision of a norm, by id: the plain material of an exhaustive scan."""
        shown = (document.c.active == 1, instrument.c.shadowed_by.is_(None))
        statement = (
            select(provision.c.id, provision.c.instrument_id, provision.c.text)
            .join(document, document.c.id == provision.c.document_id)
            .join(instrument, instrument.c.id == provision.c.instrument_id)
            .where(*shown)
            .order_by(provision.c.id)
        )
        with self.engine.connect() as connection:
            return [(int(row[0]), int(row[1]), str(row[2])) for row in connection.execute(statement)]

    def provisions_by_id(self, ids: list[int]) -> dict[int, StoredProvision]:
        """Provisions by row id; unknown ids are left out."""
        instruments = self._all_instruments()
        return {row["id"]: self._load_provision(row, instruments) for row in self._in_chunks(self._provisions(), provision, ids)}

    # list rows

    @staticmethod
    def _entries() -> Select[Any]:
        head = [document.c[name] for name in (*_ENTRY_HEAD, "sha256", "file")]
        joined = select(list_entry, document.c.ref.label("document_ref"), *head).join(document, document.c.id == list_entry.c.document_id)
        return joined.where(document.c.active == 1)

    def entries(self, *, document_id: int | None = None, proof_name: str | None = None) -> list[StoredEntry]:
        """List and ledger rows in the library, by document and place."""
        statement = self._entries().order_by(list_entry.c.document_id, list_entry.c.ord)
        if document_id is not None:
            statement = statement.where(list_entry.c.document_id == document_id)
        if proof_name is not None:
            statement = statement.where(list_entry.c.proof_name == proof_name)
        return [_stored_entry(row) for row in self._rows(statement)]

    def entry(self, key: int | str) -> StoredEntry | None:
        """A row by id or by ref ``<document ref>#row_12``; None when there is none."""
        if isinstance(key, int):
            rows = self._rows(self._entries().where(list_entry.c.id == key))
        else:
            home, _, step = key.rpartition("#row_")
            if not step.isdecimal():
                return None
            rows = self._rows(self._entries().where(document.c.ref == home, list_entry.c.row_number == int(step)))
        return _stored_entry(rows[0]) if rows else None

    def entries_by_id(self, ids: list[int]) -> dict[int, StoredEntry]:
        """List rows by row id; unknown ids are left out."""
        return {row["id"]: _stored_entry(row) for row in self._in_chunks(self._entries(), list_entry, ids)}

    def _in_chunks(self, statement: Select[Any], table: Table, ids: list[int]) -> Iterator[Mapping[str, Any]]:
        for start in range(0, len(ids), 500):
            yield from self._rows(statement.where(table.c.id.in_(ids[start : start + 500])))

    # requirements and norms

    def requirements(
        self,
        *,
        document_id: int | None = None,
        provision_id: int | None = None,
        proof: str | None = None,
        material_contains: str | None = None,
        is_proof: bool | None = None,
        negative: bool | None = None,
    ) -> list[StoredRequirement]:
        """Demands for materials, all conditions joined by AND."""
        shown = or_(instrument.c.id.is_(None), instrument.c.shadowed_by.is_(None))
        statement = (
            select(requirement, document.c.sha256, document.c.file, provision.c.instrument_id)
            .join(document, document.c.id == requirement.c.document_id)
            .outerjoin(provision, provision.c.id == requirement.c.provision_id)
            .outerjoin(instrument, instrument.c.id == provision.c.instrument_id)
            .where(document.c.active == 1, shown)
            .order_by(requirement.c.document_id, requirement.c.ord)
        )
        exact = {"document_id": document_id, "provision_id": provision_id, "proof": proof, "is_proof": is_proof, "negative": negative}
        for name, value in exact.items():
            if value is not None:
                statement = statement.where(requirement.c[name] == (int(value) if isinstance(value, bool) else value))
        if material_contains:
            statement = statement.where(requirement.c.material.contains(material_contains, autoescape=True))
        instruments = self._all_instruments()
        return [
            StoredRequirement(
                row["id"],
                row["document_id"],
                row["sha256"],
                row["file"],
                load_requirement(row),
                row["provision_id"],
                instruments.get(row["instrument_id"]),
            )
            for row in self._rows(statement)
        ]

    def norms(self) -> list[dict[str, Any]]:
        """The legal-basis records as they were ingested, in order; ``provision_id`` and ``instrument_id`` added when stored."""
        import json

        statement = select(norm).join(document, document.c.id == norm.c.document_id).where(document.c.active == 1).order_by(norm.c.ord)
        ids = ("provision_id", "instrument_id")
        return [json.loads(row["data"]) | {name: row[name] for name in ids} for row in self._rows(statement)]

    # finding by number

    def find_doc_number(self, number: str) -> list[StoredInstrument | StoredDocument]:
        """What carries this 文号, whatever its brackets and spaces (``公通字[2016] 21号``): norms first, then other documents."""
        key = doc_number_key(number)
        if not key:
            return []
        ids = {row["id"] for row in self._rows(select(instrument.c.id).where(instrument.c.doc_number_key == key))}
        found: list[StoredInstrument | StoredDocument] = [item for item in self.instruments() if item.id in ids]
        homes = {item.document_id for item in found if isinstance(item, StoredInstrument)}
        rows = self._rows(select(document).where(document.c.doc_number_key == key, document.c.active == 1).order_by(document.c.ref))
        return found + [load_document(row) for row in rows if row["id"] not in homes]

    def count(self, table: Table) -> int:
        """Rows of a table that belong to active documents."""
        statement = select(func.count()).select_from(table).join(document, document.c.id == table.c.document_id)
        return int(self._rows(statement.where(document.c.active == 1))[0]["count_1"])

    def show(self, ref: str) -> StoredInstrument | StoredProvision | StoredEntry | StoredDocument:
        """Whatever a ref names.

        Raises:
            NotFound: nothing in the library has this ref.
            Ambiguous: a document ref that several files share.
        """
        if "#row_" in ref and (entry := self.entry(ref)):
            return entry
        if "#" in ref and (found := self.provision(ref)):
            return found
        if home := self.instrument_by_ref(ref):
            return home
        rows = self._rows(select(document).where(document.c.ref == ref, document.c.active == 1))
        if len(rows) > 1:
            raise Ambiguous(f"“{ref}”有 {len(rows)} 份文件，请用文件名或 sha256 指明。", tuple(row["sha256"] for row in rows))
        if rows:
            return load_document(rows[0])
        raise NotFound(f"知识库里没有“{ref}”。用 jianzheng sources 查看已入库的文件。")


def with_unit(found: StoredProvision, steps: str) -> StoredProvision | None:
    """The clause ``para_1.item_2`` of an article; None when it has no such clause. An undivided article is its own first clause."""
    from dataclasses import replace

    for unit in found.provision.units:
        if unit.steps == steps:
            return replace(found, unit=unit)
    if not found.provision.units and re.fullmatch(r"para_1", steps):
        from knowledge.types import Unit

        return replace(found, unit=Unit("para_1", "第一款", 0, len(found.provision.text)))
    return None


def _stored_entry(row: Mapping[str, Any]) -> StoredEntry:
    return StoredEntry(
        id=row["id"],
        ref=f"{row['document_ref']}#row_{row['row_number']}",
        document_id=row["document_id"],
        sha256=row["sha256"],
        file=row["file"],
        entry=load_entry(row),
        title=row["title"],
        doc_number=row["doc_number"],
        issuer=row["issuer"],
        region=row["region"],
        published=day(row["published"]),
        effective=day(row["effective"]),
        row_number=row["row_number"],
    )
