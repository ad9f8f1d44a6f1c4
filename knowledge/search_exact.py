"""References are looked up, never searched: 民法典第三条, 优化营商环境条例44条3款, 公通字〔2016〕21号, a list row by title and number."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from knowledge.errors import NotFound
from knowledge.search_index import entry_record, provision_record
from knowledge.shelf import Record

if TYPE_CHECKING:
    from knowledge.store import Library, StoredInstrument

_ROW = re.compile(r"《?(?P<home>.+?)》?[\s　]*(?:第[\s　]*(?P<number>\d{1,5})[\s　]*[行号项]|序号[\s　]*(?P<serial>\d{1,5}))$")
_FIRST = 20  # provisions shown of a whole norm


def exact_records(library: Library, query: str, day: date | None) -> list[Record]:
    """What ``query`` names when the whole of it is one reference: the clause (its article's record, cut to the clause), the articles of a norm
    named by its 文号 or full title, or a list row. Empty when it is no reference, or names nothing in the library."""
    text = query.strip()
    return _stored(library, text) or _row(library, text) or _cited(library, text, day)


def _stored(library: Library, text: str) -> list[Record]:
    if "#" not in text:
        return []
    try:
        entry = library.entry(text) if "#row_" in text else None
        if entry is not None:
            return [entry_record(entry)]
        return _provision(library, text)
    except NotFound:
        return []


def _provision(library: Library, ref: str) -> list[Record]:
    found = library.provision(ref)
    if found is None or found.instrument is None:
        return []
    record = provision_record(found)
    return [replace(record, ref=found.ref, label=found.label, text=found.text)]


def _row(library: Library, text: str) -> list[Record]:
    match = _ROW.match(text)
    if match is None:
        return []
    home = match["home"].strip()
    documents = [item for item in library.documents() if item.title == home or item.file == home or item.doc_number == home]
    wanted = match["number"] or match["serial"]
    out = []
    for document in documents:
        entries = library.entries(document_id=document.id)
        by_serial = [e for e in entries if (e.entry.serial or "").strip(". 、") == wanted]
        out += [entry_record(e) for e in by_serial or [e for e in entries if str(e.row_number) == wanted]]
    return out


def _cited(library: Library, text: str, day: date | None) -> list[Record]:
    from knowledge.catalogue import LibraryCatalogue
    from knowledge.reference_input import parse_reference
    from knowledge.resolve import Outcome, resolve

    mention = parse_reference(text)
    if mention is None:
        return []
    result = resolve(mention, LibraryCatalogue(library), day)
    if result.outcome is Outcome.FOUND and result.ref:
        if "#" in result.ref:
            return _provision(library, result.ref)
        return _norm(library, result.ref)
    if result.outcome is Outcome.AMBIGUOUS and mention.number is not None:
        steps = f"art_{mention.number}" + (f"-{mention.sub}" if mention.sub else "")
        return [record for item in result.candidates for record in _provision(library, f"{item.ref}#{steps}")]
    return []


def _norm(library: Library, ref: str) -> list[Record]:
    homes: list[StoredInstrument] = library.instruments_by_ref(ref)
    return [provision_record(p) for home in homes for p in library.provisions_of(home.id)][:_FIRST]
