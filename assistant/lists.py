"""Which list rows answer a question: by the proof's very name or its canonical name, by matter, along the region chain, on the day. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from assistant.postings import words_of
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


NEAR_PROOF, NEAR_MATTER, NEAR_BOTH, LEAD = 0.25, 0.2, 0.58, 0.1  # shares of words; set on free-worded questions about list rows


def near_row(world: World, query: Query, day: date) -> RowFit | None:
    """The one row whose proof and matter both share many words with the question, when no row's name stands in it; ``None`` unless it stands out.

    Lay wording only (驻店药师的注册证 for 执业药师注册证书): material and matter must both be recognised, and the next row that says something
    else must lie well behind.
    """
    chain = world.chain(query.region)
    words = words_of(query.text)
    proofs, matters = world.row_words
    about = matters.shared(words)
    found: list[tuple[float, int, RowFit]] = []
    for at, both in proofs.shared(words).items():
        row = world.rows[at]
        region = row.stored.region or "全国"
        if at not in about or region not in chain or not _published(row, day):
            continue
        proof, matter = both / proofs.sizes[at], about[at] / matters.sizes[at]
        if proof >= NEAR_PROOF and matter >= NEAR_MATTER and proof + matter >= NEAR_BOTH:
            near = chain.index(region)
            local = 0.15 if region != "全国" else 0.0
            found.append((proof + matter + local, -at, RowFit(row, False, len(row.proof_key), _graded(matter), near)))
    if not found:
        return None
    found.sort(key=lambda f: f[:2], reverse=True)
    best = found[0][2]
    rival = next((s for s, _, f in found[1:] if (f.kind, f.row.proof_key) != (best.kind, best.row.proof_key)), 0.0)
    return best if found[0][0] - rival >= LEAD else None


def _graded(share: float) -> float:
    """The ``matter`` of a row recognised by free words: always a match, the better the more of its words were met."""
    return 0.6 + 0.3 * share


def half_recognised(fit: RowFit) -> bool:
    """Whether about half of the matter's words were met, for a row that ``near_row`` found."""
    return (fit.matter or 0.0) >= _graded(0.45)


def named_rows(world: World, query: Query) -> tuple[str, ...]:
    """Keys of the list rows whose whole proof name stands in the question, longest first."""
    return tuple(key for key, _ in _named_in(world, key_of(query.text)))


def _named_in(world: World, text: str) -> list[tuple[str, tuple[Row, ...]]]:
    """Row names that stand in the text, longest first; a name inside a longer one that also stands there is dropped."""
    heads = {a + b for a, b in zip(text, text[1:], strict=False)}
    keys = sorted((place, k) for head in heads for place, k in world.proofs_by_head.get(head, ()) if k in text)
    found = sorted(((k, world.rows_by_proof[k]) for _, k in keys), key=lambda kv: -len(kv[0]))
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
