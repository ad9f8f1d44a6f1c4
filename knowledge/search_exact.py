"""References are looked up, never searched: 民法典第三条, 优化营商环境条例44条3款, 公通字〔2016〕21号, a list row by title and number."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from knowledge.errors import NotFound
from knowledge.search_index import entry_record, provision_record
from knowledge.shelf import Record
from knowledge.store_records import StoredDocument, StoredInstrument
from knowledge.text import parse_number

if TYPE_CHECKING:
    from knowledge.store import Library

_NUMERAL = r"(?:\d{1,5}|[〇零一二三四五六七八九十百千]{1,9})"
_ROW = re.compile(rf"《?(?P<home>.+?)》?[\s　]*(?:第[\s　]*(?P<number>{_NUMERAL})[\s　]*[行号项]|序号[\s　]*(?P<serial>{_NUMERAL}))$")
_LONGEST = 60  # characters of a 文号
_FIRST = 20  # provisions shown of a whole norm


def exact_records(library: Library, query: str, day: date | None) -> list[Record]:
    """What ``query`` names when the whole of it is one reference: the clause (its article's record, cut to the clause), the articles of a norm
    named by its 文号 or full title, or a list row. Empty when it is no reference, or names nothing in the library."""
    text = query.strip()
    return _stored(library, text) or _row(library, text) or _cited(library, text, day) or _numbered(library, text)


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
    wanted = _number(match["number"] or match["serial"])
    out = []
    for document in _lists(library).get(_plain(match["home"]), ()):
        entries = library.entries(document_id=document)
        by_serial = [e for e in entries if _number(e.entry.serial or "") == wanted]
        out += [entry_record(e) for e in by_serial or [e for e in entries if str(e.row_number) == wanted]]
    return out


def _number(text: str) -> str:
    """A serial number 序号 as digits where it is one: 十二 and ``12.`` are ``12``."""
    bare = text.strip(". 、（）()第项号行　")
    value = parse_number(bare)
    return bare if value is None else str(value)


def _plain(name: str) -> str:
    return re.sub(r"\s+", "", name).strip("《》").translate(_WIDTH)


_WIDTH = str.maketrans("（）：，〔〕［］[]", "():,()()()")
_homes: WeakKeyDictionary[Library, tuple[int, dict[str, tuple[int, ...]]]] = WeakKeyDictionary()


def _lists(library: Library) -> dict[str, tuple[int, ...]]:
    """Documents with rows, by title, file and 文号; worked out once per state of the library."""
    revision = library.revision()
    known = _homes.get(library)
    if known is None or known[0] != revision:
        names: dict[str, set[int]] = {}
        for entry in library.entries():
            for name in (entry.title, entry.file, entry.doc_number):
                if name:
                    names.setdefault(_plain(name), set()).add(entry.document_id)
        known = _homes[library] = revision, {name: tuple(sorted(ids)) for name, ids in names.items()}
    return known[1]


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


def _numbered(library: Library, text: str) -> list[Record]:
    """The rows or provisions of the documents whose 文号 ``text`` is."""
    if not 4 <= len(text) <= _LONGEST or not text.endswith("号"):
        return []
    found: list[Record] = []
    for item in library.find_doc_number(text):
        if isinstance(item, StoredInstrument):
            found += [provision_record(p) for p in library.provisions_of(item.id)]
        elif isinstance(item, StoredDocument):
            rows = [entry_record(e) for e in library.entries(document_id=item.id)]
            found += rows or [provision_record(p) for p in library.provisions_in(item.id) if p.instrument is not None]
        if len(found) >= _FIRST:
            break
    return found[:_FIRST]


def _norm(library: Library, ref: str) -> list[Record]:
    homes: list[StoredInstrument] = library.instruments_by_ref(ref)
    return [provision_record(p) for home in homes for p in library.provisions_of(home.id)][:_FIRST]
