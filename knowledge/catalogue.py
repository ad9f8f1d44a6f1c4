"""Catalogues for ``knowledge.resolve``: one over parsed texts in memory, one over a library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from knowledge.text import doc_number
from knowledge.types import Instrument, Provision

if TYPE_CHECKING:
    from knowledge.store import Library


class MemoryCatalogue:
    """Instruments with their provisions, as ``ingest.law.parse_law`` gives them."""

    def __init__(self, texts: Iterable[tuple[Instrument, Sequence[Provision]]]) -> None:
        self._by_name: dict[str, list[Instrument]] = {}
        self._by_number: dict[str, list[Instrument]] = {}
        self._steps: dict[tuple[str, str | None], set[str]] = {}
        self._last: dict[tuple[str, str | None], int] = {}
        for instrument, provisions in texts:
            self._add(instrument, provisions)

    def _add(self, instrument: Instrument, provisions: Sequence[Provision]) -> None:
        self._by_name.setdefault(instrument.name, []).append(instrument)
        if instrument.doc_number:
            self._by_number.setdefault(instrument.doc_number, []).append(instrument)
        key = (instrument.ref, instrument.part)
        steps = self._steps.setdefault(key, set())
        for provision in provisions:
            own = provision.ref.partition("#")[2]
            steps.add(own)
            steps.update(f"{own}.{unit.steps}" for unit in provision.units)
            if provision.kind == "article" and provision.number:
                self._last[key] = max(self._last.get(key, 0), provision.number)

    def instruments(self, name: str) -> Sequence[Instrument]:
        """See ``knowledge.resolve.Catalogue``."""
        return self._by_name.get(name, ())

    def by_doc_number(self, number: str) -> Sequence[Instrument]:
        """See ``knowledge.resolve.Catalogue``."""
        return self._by_number.get(doc_number(number) or number, ())

    def has(self, instrument: Instrument, steps: str) -> bool:
        """See ``knowledge.resolve.Catalogue``."""
        return steps in self._steps.get((instrument.ref, instrument.part), ())

    def last_article(self, instrument: Instrument) -> int | None:
        """See ``knowledge.resolve.Catalogue``."""
        return self._last.get((instrument.ref, instrument.part))


class LibraryCatalogue:
    """The same questions put to a library; gists do not count as held whole, so they have no last article."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def instruments(self, name: str) -> Sequence[Instrument]:
        """See ``knowledge.resolve.Catalogue``."""
        return [stored.instrument for stored in self._library.instruments(name)]

    def by_doc_number(self, number: str) -> Sequence[Instrument]:
        """See ``knowledge.resolve.Catalogue``."""
        found = self._library.find_doc_number(doc_number(number) or number)
        return [stored.instrument for stored in found if hasattr(stored, "instrument")]

    def has(self, instrument: Instrument, steps: str) -> bool:
        """See ``knowledge.resolve.Catalogue``."""
        found = self._library.provision(f"{instrument.ref}#{steps}")
        return found is not None and (found.instrument is None or found.instrument.instrument.part == instrument.part)

    def last_article(self, instrument: Instrument) -> int | None:
        """See ``knowledge.resolve.Catalogue``."""
        lasts = [stored.last_article for stored in self._library.instruments_by_ref(instrument.ref)]
        return max((last for last in lasts if last is not None), default=None)
