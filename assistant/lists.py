"""Which list rows answer a question: by the proof's very name or its canonical name, by matter, along the region chain, on the day. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from assistant.question import Query
from assistant.world import Row, World, key_of


@dataclass(frozen=True, slots=True)
class RowFit:
    """A row that names the proof asked about. ``matter`` from 0 to 1: how far its matter is the one asked about (None: the row has none)."""

    row: Row
    exact: bool
    length: int
    matter: float | None
    near: int  # place of the row's region in the chain, 0 the most local

    @property
    def kind(self) -> str:
        return str(self.row.stored.entry.list_kind)


@dataclass(frozen=True, slots=True)
class ListFindings:
    """Rows that count here (best first), rows for other matters, and rows of other regions (precedents 他山之石, never law here)."""

    here: tuple[RowFit, ...] = ()
    other_matter: tuple[RowFit, ...] = ()
    precedents: tuple[RowFit, ...] = ()


def overlap(part: str, whole: str) -> float:
    """Share of the character bigrams of ``part`` that stand in ``whole`` (0 when ``part`` is shorter than two characters)."""
    grams = Counter(a + b for a, b in zip(part, part[1:], strict=False))
    if not grams:
        return 1.0 if part and part in whole else 0.0
    return sum(1 for g in grams if g in whole) / len(grams)


def find_rows(world: World, query: Query, day: date) -> ListFindings:
    """Match the rows of all lists published by ``day`` against a question."""
    text = key_of(query.text)
    chain = world.chain(query.region)
    fits: list[RowFit] = []
    named = _named_in(world, text)
    for key, rows in named:
        rest = text.replace(key, "□")
        fits += [_fit(r, True, len(key), rest, query, chain) for r in rows if _published(r, day)]
    seen = {id(f.row) for f in fits}
    for mention in query.proofs:
        if mention.name is None:
            continue
        rest = text.replace(key_of(mention.surface), "□")
        for r in world.rows_by_canonical.get(mention.name, ()):
            if id(r) not in seen and _published(r, day):
                fits.append(_fit(r, False, len(mention.name), rest, query, chain))
    return _sort(fits, chain, query)


def _named_in(world: World, text: str) -> list[tuple[str, tuple[Row, ...]]]:
    """Row names that stand in the text, longest first; a name inside a longer one that also stands there is dropped."""
    found = sorted(((k, v) for k, v in world.rows_by_proof.items() if k in text), key=lambda kv: -len(kv[0]))
    kept: list[tuple[str, tuple[Row, ...]]] = []
    rest = text
    for key, rows in found:
        if key in rest:
            kept.append((key, rows))
            rest = rest.replace(key, "□")
        elif any(r.matter_key and r.matter_key in text for r in rows):
            kept.append((key, rows))
    return kept


def _published(row: Row, day: date) -> bool:
    since = row.stored.effective or row.stored.published
    return since is None or since <= day


def _fit(row: Row, exact: bool, length: int, rest: str, query: Query, chain: tuple[str, ...]) -> RowFit:
    region = row.stored.region or "全国"
    near = chain.index(region) if region in chain else -1
    return RowFit(row, exact, length, _matter_of(row, rest, query), near)


def _matter_of(row: Row, rest: str, query: Query) -> float | None:
    if not row.matter_key:
        return None
    if row.matter_key in rest:
        return 1.0
    names = {m.name for m in query.matters if m.name}
    if names & row.matters:
        return 0.95
    entry = row.stored.entry
    if any(n and (n in (entry.matter or "") or n in (entry.purpose or "")) for n in names):
        return 0.9
    return min(0.85, overlap(row.matter_key, rest))


def _sort(fits: list[RowFit], chain: tuple[str, ...], query: Query) -> ListFindings:
    here, other, elsewhere = [], [], []
    for fit in fits:
        if fit.near < 0:
            elsewhere.append(fit)
        elif fit.matter is None or fit.matter >= 0.6:
            here.append(fit)
        elif query.matters or fit.matter < 0.6:
            other.append(fit)

    def order(f: RowFit) -> tuple[object, ...]:
        since = f.row.stored.effective or f.row.stored.published or date.min
        return (not f.exact, -f.length, -(f.matter if f.matter is not None else 0.5), f.near, -since.toordinal(), f.row.stored.id)

    return ListFindings(tuple(sorted(here, key=order)), tuple(sorted(other, key=order)), tuple(sorted(elsewhere, key=order)))
