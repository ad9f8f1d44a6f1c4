"""The library as the decision sees it: list rows, requirements, norms and texts, read once and kept while the store's revision stands.

A ``World`` is read-only and safe to share between threads. It answers by value: nothing here decides.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from assistant.keys import key_of
from assistant.match import NormIndex, norm_index
from assistant.postings import Postings
from assistant.question import Query
from assistant.recognise import Reading, recognise
from knowledge.errors import BadRule, JianzhengError
from knowledge.lexicon import lexicon
from knowledge.norms import Norm
from knowledge.regions import chain_names
from knowledge.scan import Haystack
from knowledge.store import Library, StoredEntry, StoredInstrument, StoredProvision, StoredRequirement
from knowledge.text import law_name
from knowledge.types import Status, TextKind
from knowledge.validity import status_on

if TYPE_CHECKING:
    from assistant.needs import NeedIndex
    from knowledge.search import Search

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A list row prepared for matching: ``proof_key``/``matter_key`` without punctuation, ``canonical`` names from the lexicon."""

    stored: StoredEntry
    proof_key: str
    matter_key: str
    canonical: str | None
    matters: frozenset[str] = frozenset()


class World:
    """What one state of a library knows. ``corpus`` is its hash; two equal hashes give equal answers."""

    def __init__(self, library: Library, norms: NormIndex | None = None) -> None:
        """``norms``: another index over the shipped norms; ``None`` for the plain one."""
        self.library = library
        self.revision = library.revision()
        self.norms: NormIndex = norms or norm_index()
        self._texts: dict[str, StoredProvision | None] = {}
        self._norms_at: dict[str, tuple[str, ...]] = {}

    @cached_property
    def corpus(self) -> str:
        return self.library.corpus_hash()

    def chain(self, region: str) -> tuple[str, ...]:
        """A region and those above it, ending in 全国; an unknown region stands alone below 全国."""
        return chain_names(region)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every row of every active list, in store order (ledger rows have no effect of their own and stay out)."""
        names = lexicon()
        out = []
        for stored in self.library.entries():
            if stored.entry.list_kind == "ledger":
                continue
            match = names.canonical_proof(stored.entry.proof_name)
            canonical = getattr(match, "name", None) if not getattr(match, "residue", "") else None
            matter = stored.entry.matter or stored.entry.purpose
            known = frozenset(m.name for m in names.find_matters(matter) if m.name) if matter else frozenset()
            out.append(Row(stored, key_of(stored.entry.proof_name), key_of(matter), canonical, known))
        return tuple(out)

    @cached_property
    def row_words(self) -> tuple[Postings, Postings]:
        """The words of the rows' proof names and of their matters, in the order of ``rows``."""
        return Postings([r.proof_key for r in self.rows]), Postings([r.matter_key for r in self.rows])

    @cached_property
    def rows_by_proof(self) -> dict[str, tuple[Row, ...]]:
        table: dict[str, list[Row]] = {}
        for row in self.rows:
            table.setdefault(row.proof_key, []).append(row)
        return {k: tuple(v) for k, v in table.items() if len(k) > 1}

    @cached_property
    def proofs_by_head(self) -> dict[str, list[tuple[int, str]]]:
        """The keys of ``rows_by_proof`` by their first two characters, each with its place among them."""
        table: dict[str, list[tuple[int, str]]] = {}
        for place, key in enumerate(self.rows_by_proof):
            table.setdefault(key[:2], []).append((place, key))
        return table

    @cached_property
    def rows_by_canonical(self) -> dict[str, tuple[Row, ...]]:
        table: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.canonical:
                table.setdefault(row.canonical, []).append(row)
        return {k: tuple(v) for k, v in table.items()}

    @cached_property
    def requirements(self) -> tuple[StoredRequirement, ...]:
        """Demands read from norms (guides and drafts carry none of their own authority)."""
        return tuple(r for r in self.library.requirements() if r.instrument is not None)

    @cached_property
    def need_index(self) -> NeedIndex:
        from assistant.needs import NeedIndex

        return NeedIndex(self.requirements)

    def hits(self, text: str, region: str, day: date, limit: int = 8) -> tuple[str, ...]:
        """References of the provisions in force here whose wording is nearest to a question, best first (lay wording → statute).

        Feeds the facts; decides nothing. Empty when no search index can be opened.
        """
        search = self._search
        if search is None:
            return ()
        found = search.search(text, limit, regions=self.chain(region), day=day, kinds=("provision",))
        return tuple(hit.record.ref for hit in found)

    def recognise(self, query: Query) -> Reading:
        """What a question seems to speak of by its wording. Feeds the second look; decides nothing."""
        return recognise(self.norms, query, self.chain(query.region))

    @cached_property
    def _search(self) -> Search | None:
        from knowledge.search import open_search

        try:
            search = open_search(self.library)
        except JianzhengError as error:
            log.warning("answering without search: %s", error)
            return None
        try:
            lexicon().verify_dictionary(search.engine.index.cut)
        except BadRule as error:  # an index from before the word list grew still serves
            log.warning("search index with an older dictionary: %s", error)
        return search

    def norms_at(self, ref: str) -> tuple[str, ...]:
        """Keys of the norms that stand for a stored article; empty for an article that no record is about."""
        if ref not in self._norms_at:
            same = self.norms.book.of(law_name(ref.split("@", 1)[0]))
            found = ((n.key, self.text_of(n)) for n in same)
            self._norms_at[ref] = tuple(key for key, text in found if text is not None and text.provision.ref == ref)
        return self._norms_at[ref]

    @cached_property
    def haystack(self) -> Haystack:
        """All norm texts, for exhaustive scans."""
        return Haystack(self.library)

    @cached_property
    def verbatim(self) -> tuple[StoredInstrument, ...]:
        return tuple(i for i in self.library.instruments() if i.instrument.text_kind is TextKind.VERBATIM)

    def covered(self, region: str) -> tuple[bool, bool]:
        """Whether absence can be asserted: (national laws and administrative regulations are here, the region's own regulations are here)."""
        national = sum(1 for i in self.verbatim if str(i.instrument.level) in ("law", "admin_regulation"))
        inside = set(self.chain(region)) - {"全国"}
        local = any(i.instrument.region in inside for i in self.verbatim if str(i.instrument.level) == "local_regulation")
        return national >= 600, local or not inside

    def in_force(self, stored: StoredInstrument, day: date) -> bool:
        """Whether a version is in force that day; an unknown start counts when the text was published before."""
        return status_on(stored.instrument, day) is Status.IN_FORCE

    def text_of(self, norm: Norm) -> StoredProvision | None:
        """The stored provision a norm stands for: the source's words where the library has that version, else our gist."""
        if norm.key not in self._texts:
            wanted = norm.published.isoformat() if norm.published else None
            self._texts[norm.key] = self._article(norm, wanted) or self._gist(norm)
        return self._texts[norm.key]

    def _article(self, norm: Norm, version: str | None) -> StoredProvision | None:
        from knowledge.store_norms import article_steps

        if not norm.in_repo or not norm.article or norm.article_kind != "number":
            return None
        _, number, sub = article_steps(norm.article)
        if number is None:
            return None
        texts = [i for i in self.library.instruments(norm.name) if i.instrument.text_kind is TextKind.VERBATIM]
        exact = [i for i in texts if i.instrument.version == version] or ([] if len(texts) != 1 else texts)
        for item in exact or self._source(norm, texts):
            for version_name in {item.instrument.version}:
                found = self.library.article(norm.name, version_name, number, sub)
                if found is not None:
                    return found
        return None

    @staticmethod
    def _source(norm: Norm, texts: Iterable[StoredInstrument]) -> list[StoredInstrument]:
        file = norm.source.rsplit("/", 1)[-1]
        return [i for i in texts if i.file == file]

    def _gist(self, norm: Norm) -> StoredProvision | None:
        record = self._norm_rows.get(norm.key)
        if record is None or not record.get("provision_id"):
            return None
        return self.library.provisions_by_id([record["provision_id"]]).get(record["provision_id"])

    @cached_property
    def _norm_rows(self) -> dict[str, dict[str, object]]:
        return {str(r["key"]): r for r in self.library.norms()}  # type: ignore[misc]


def open_world(location: str, database_url: str | None = None) -> World:
    """Open a library for reading and wrap it."""
    return World(Library.open(location, database_url=database_url))
