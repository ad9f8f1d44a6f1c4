"""The library prepared for many decisions in one run: the same answers as ``World``, what was read once is remembered.

A draft asks thirty questions, a ledger ten thousand; the library does not change while they are asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from assistant.audit_fast import fast_norms
from assistant.cite import norm_citation
from assistant.claims import Claim, claims_in
from assistant.question import Query
from assistant.recognise import Reading
from assistant.world import Row, World
from knowledge.references import find_references
from knowledge.scan import Haystack, Scan, _why_not
from knowledge.store import Library, StoredInstrument, StoredProvision, StoredRequirement
from knowledge.types import Citation, TextKind

_KEPT = frozenset({
    "revision", "corpus_hash", "instruments_by_ref", "find_doc_number", "article", "provision", "provisions_of", "provision_counts", "coverage",
    "norms", "entry", "instrument_by_ref",
})  # fmt: skip


class _Remembering:
    """A ``Library`` whose reads are remembered; only for a run in which the library does not change."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._kept: dict[tuple[Any, ...], Any] = {}
        self._provisions: dict[int, StoredProvision] = {}

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._library, name)
        if name not in _KEPT:
            return inner

        def remembered(*args: Any) -> Any:
            key = (name, *args)
            if key not in self._kept:
                self._kept[key] = inner(*args)
            return self._kept[key]

        setattr(self, name, remembered)
        return remembered

    def instruments(self, name: str | None = None) -> list[StoredInstrument]:
        """See ``Library``; by name from a table made once."""
        return self._all if name is None else self._by_name.get(name, [])

    @cached_property
    def _all(self) -> list[StoredInstrument]:
        return self._library.instruments()

    @cached_property
    def _by_name(self) -> dict[str, list[StoredInstrument]]:
        table: dict[str, list[StoredInstrument]] = defaultdict(list)
        for item in self._all:
            table[item.instrument.name].append(item)
        return dict(table)

    def provisions_by_id(self, ids: list[int]) -> dict[int, StoredProvision]:
        """See ``Library``."""
        missing = [i for i in ids if i not in self._provisions]
        if missing:
            self._provisions.update(self._library.provisions_by_id(missing))
        return {i: self._provisions[i] for i in ids if i in self._provisions}


class RememberingWorld(World):
    """``World`` for one state of a library and many questions: what was read once is kept."""

    def __init__(self, library: Library) -> None:
        super().__init__(_Remembering(library), fast_norms())  # type: ignore[arg-type]
        self._chains: dict[str, tuple[str, ...]] = {}
        self._coverings: dict[str, tuple[bool, bool]] = {}

    def chain(self, region: str) -> tuple[str, ...]:
        """See ``World``."""
        if region not in self._chains:
            self._chains[region] = super().chain(region)
        return self._chains[region]

    def covered(self, region: str) -> tuple[bool, bool]:
        """See ``World``."""
        if region not in self._coverings:
            self._coverings[region] = super().covered(region)
        return self._coverings[region]


class AuditWorld(RememberingWorld):
    """``World`` for one run over many demands; see the module."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._claims: dict[tuple[str, date], tuple[Claim, ...]] = {}
        self._cancelled_here: dict[tuple[str, date], tuple[tuple[Row, frozenset[str]], ...]] = {}
        self.checked: dict[Any, Any] = {}  # bases checked, see ``assistant.audit_basis``
        self._norm_citations: dict[tuple[str, date], Citation | None] = {}
        self._containing: dict[str, tuple[StoredProvision, ...]] = {}
        self._own_numbers: dict[str, frozenset[int]] = {}

    def hits(self, text: str, region: str, day: date, limit: int = 8) -> tuple[str, ...]:
        """None: search leads from lay wording to provisions, and drafts and ledgers name their materials in official words."""
        return ()

    def recognise(self, query: Query) -> Reading:
        """Nothing: drafts and ledgers speak official words, and a finding must not rest on likeness to somebody's question."""
        return Reading()

    def cite(self, key: str, day: date) -> Citation | None:
        """The citation of a norm by its key; None when the library holds neither its text nor its gist."""
        place = (key, day)
        if place not in self._norm_citations:
            norm = self.norms.book.get(key)
            text = self.text_of(norm) if norm else None
            self._norm_citations[place] = norm_citation(norm, text, day) if norm and text else None
        return self._norm_citations[place]

    def claims(self, text: str, day: date) -> tuple[Claim, ...]:
        """``claims_in`` on this library; equal cells are read once."""
        key = (text, day)
        if key not in self._claims:
            self._claims[key] = claims_in(self, text, day)
        return self._claims[key]

    def own_numbers(self, found: StoredProvision) -> frozenset[int]:
        """Numbers of the articles of the same text that a provision refers to (本条例第二十二条)."""
        if found.ref not in self._own_numbers:
            self._own_numbers[found.ref] = frozenset(m.number for m in find_references(found.text) if m.kind == "self" and m.number)
        return self._own_numbers[found.ref]

    def cancelled_here(self, region: str, day: date) -> tuple[tuple[Row, frozenset[str]], ...]:
        """Rows of cancellation lists in force in the region chain that name a matter, each with the words of its proof name."""
        if (region, day) not in self._cancelled_here:
            from assistant.audit_lists import words_in

            chain = self.chain(region)
            dated = ((r, r.stored.effective or r.stored.published) for r in self.cancelled if r.matter_key)
            here = (r for r, since in dated if (r.stored.region or "全国") in chain and (since is None or since <= day))
            self._cancelled_here[region, day] = tuple((r, words_in(r.stored.entry.proof_name)) for r in here)
        return self._cancelled_here[region, day]

    @cached_property
    def haystack(self) -> _Remembered:
        """All norm texts, for exhaustive scans; a term is looked for once."""
        return _Remembered(self.library)

    @cached_property
    def required_by(self) -> dict[str, list[StoredRequirement]]:
        """Requirements by the article they stand in."""
        table: dict[str, list[StoredRequirement]] = defaultdict(list)
        for stored in self.requirements:
            base, _, steps = stored.requirement.provision.partition("#")
            table[f"{base}#{steps.split('.')[0]}"].append(stored)
        return dict(table)

    @cached_property
    def cancelled(self) -> tuple[Row, ...]:
        """Rows of cancellation lists."""
        return tuple(r for r in self.rows if str(r.stored.entry.list_kind) == "cancel")

    @cached_property
    def rows_by_stem(self) -> dict[str, list[Row]]:
        """List rows by what their proof certifies (``audit_lists.stem_of``)."""
        from assistant.audit_lists import stem_of

        table: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            table[stem_of(row.stored.entry.proof_name)].append(row)
        return dict(table)

    def containing(self, word: str) -> tuple[StoredProvision, ...]:
        """Stored verbatim provisions that contain ``word``, in store order."""
        if word not in self._containing:
            ids = [pid for pid, _ in self.haystack.find(word)]
            found = self.library.provisions_by_id(ids)
            kept = [found[i] for i in ids if i in found and found[i].provision.text_kind is TextKind.VERBATIM]
            self._containing[word] = tuple(kept)
        return self._containing[word]


class _Remembered(Haystack):
    """A haystack that looks for each term once."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._found: dict[str, list[tuple[int, int]]] = {}
        self._empty: dict[tuple[date, tuple[str, ...]], Scan] = {}

    def find(self, term: str) -> list[tuple[int, int]]:
        """See ``Haystack``."""
        if term not in self._found:
            self._found[term] = super().find(term)
        return self._found[term]

    def scan(self, terms: Iterable[str], *, day: date, regions: Iterable[str], limit: int = 12) -> Scan:
        """See ``Haystack``; what is searched that day in that region is counted once."""
        chain = tuple(regions)
        key = (day, chain)
        if key not in self._empty:
            self._empty[key] = super().scan((), day=day, regions=chain, limit=limit)
        words = tuple(dict.fromkeys(t for t in terms if len(t) >= 2))
        hits: dict[int, None] = {}
        near: dict[int, tuple[str, str]] = {}
        for word in words:
            for pid, owner in self.find(word):
                item = self._by_id.get(owner)
                if item is None or item.instrument.text_kind is not TextKind.VERBATIM:
                    continue
                why = _why_not(item, day, frozenset(chain))
                if why is None:
                    hits[pid] = None
                else:
                    near.setdefault(pid, (why, word))
        return replace(self._empty[key], terms=words, hits=tuple(hits), near=self._near(near, limit))


def prepared(world: World) -> AuditWorld:
    """The world itself when it is prepared, else one prepared over the same library and kept with it."""
    if isinstance(world, AuditWorld):
        return world
    if world not in _PREPARED:
        _PREPARED[world] = AuditWorld(world.library)
    return _PREPARED[world]


_PREPARED: WeakKeyDictionary[World, AuditWorld] = WeakKeyDictionary()
__all__ = ["AuditWorld", "prepared"]
