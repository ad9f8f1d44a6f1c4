"""What the store gives back: the core records wrapped with row ids and the document they came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from knowledge.types import Conservation, Instrument, ListEntry, Locator, Problem, Provision, Requirement, TextKind, Unit


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """One file as it was ingested. ``ref`` stays the same through corrected editions of the file; ``active`` is the current edition."""

    id: int
    ref: str
    sha256: str
    file: str  # file name, no folders
    path: str  # as given at ingest
    format: str
    kind: str
    title: str | None
    doc_number: str | None
    issuer: str | None
    region: str | None
    published: date | None
    effective: date | None
    provisions: int
    entries: int
    requirements: int
    revision: int
    active: bool
    replaced_by: int | None
    ingested_at: str
    problems: tuple[Problem, ...] = ()
    conservation: Conservation = Conservation()
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredInstrument:
    """One version of a norm; ``instrument.ended``/``ended_by`` take later versions and repeals in the library into account."""

    id: int
    document_id: int
    sha256: str
    file: str
    instrument: Instrument
    last_article: int | None = None

    @property
    def ref(self) -> str:
        return self.instrument.ref


@dataclass(frozen=True, slots=True)
class StoredProvision:
    """An article (or point, annex…), or one clause of it when ``unit`` is set."""

    id: int
    document_id: int
    sha256: str
    file: str
    provision: Provision
    instrument: StoredInstrument | None
    unit: Unit | None = None

    @property
    def ref(self) -> str:
        """``….#art_44`` or ``….#art_44.para_1``."""
        return self.provision.ref if self.unit is None else f"{self.provision.ref}.{self.unit.steps}"

    @property
    def label(self) -> str:
        """第四十四条 or 第四十四条第一款."""
        return self.provision.label if self.unit is None else f"{self.provision.label}{self.unit.label}"

    @property
    def text(self) -> str:
        """The words of the article, or of the clause alone."""
        return self.provision.text if self.unit is None else self.provision.text[self.unit.start : self.unit.end]

    @property
    def title(self) -> str:
        return self.instrument.instrument.title if self.instrument else self.provision.ref.split("@")[0]


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A list row; ``ref`` = ``<document ref>#row_12`` (the number stays with the row through corrected editions)."""

    id: int
    ref: str
    document_id: int
    sha256: str
    file: str
    entry: ListEntry
    title: str | None
    doc_number: str | None
    issuer: str | None
    region: str | None
    published: date | None
    effective: date | None
    row_number: int


@dataclass(frozen=True, slots=True)
class StoredRequirement:
    """A demand for a material; ``instrument`` is None for guides and drafts."""

    id: int
    document_id: int
    sha256: str
    file: str
    requirement: Requirement
    provision_id: int | None
    instrument: StoredInstrument | None


@dataclass(frozen=True, slots=True)
class StoredCorrection:
    """A correction by hand. ``state``: applied | queued (its place no longer carries ``old_text``) | withdrawn."""

    id: int
    document_ref: str
    sha256: str
    place: str
    field: str
    old_text: str
    new_text: str
    reason: str
    state: str
    created: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new edition of a file changed: refs of rows added, ``(ref, old text)`` of rows removed or reworded."""

    added: tuple[str, ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    changed: tuple[tuple[str, str], ...] = ()
    kept: int = 0


@dataclass(frozen=True, slots=True)
class PutResult:
    """``status``: stored (new) | replaced (a new edition of a known file) | unchanged (same bytes, same reading)."""

    status: str
    document_id: int
    ref: str
    changes: Changes = Changes()


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One cell of the coverage: a level of norms or a kind of list, in a region."""

    group: str  # a Level value, or "list:" + a ListKind value
    region: str
    documents: int
    rows: int  # articles or list rows
    newest: date | None  # newest publication date seen


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the library covers, for "not found in …, up to …" sentences."""

    rows: tuple[CoverageRow, ...] = ()
    documents: int = 0
    instruments: int = 0
    provisions: int = 0
    entries: int = 0
    requirements: int = 0
    newest: date | None = None
    oldest: date | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A parsed document as rows ready to insert: made in the reading process, small to pickle, hashed once."""

    document: dict[str, object]
    instrument: dict[str, object] | None
    provisions: list[dict[str, object]] = field(default_factory=list)
    entries: list[dict[str, object]] = field(default_factory=list)
    requirements: list[dict[str, object]] = field(default_factory=list)
    repeals: list[dict[str, object]] = field(default_factory=list)
    text: bytes = b""


__all__ = [
    "Changes",
    "Coverage",
    "CoverageRow",
    "ListEntry",
    "Locator",
    "Prepared",
    "PutResult",
    "StoredCorrection",
    "StoredDocument",
    "StoredEntry",
    "StoredInstrument",
    "StoredProvision",
    "StoredRequirement",
    "TextKind",
]
