"""Time: which version of a norm was in force on a day. Windows are half-open ``[effective, ended)``; unknown stays unknown.

Decided here: a text whose effective day is unknown counts as in force from the day it was published (立法法(2023) 第六十一条
makes every law say when it takes effect, and the sources that lose that day are mostly amended texts, which as a rule take effect on
publication); a text with neither day is UNKNOWN, unless its source says in force or repealed. ``since_known`` tells the two apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from knowledge.repeals import Repeal, find_repeals
from knowledge.text import law_name
from knowledge.types import Instrument, Status

__all__ = ["AmbiguousVersion", "Repeal", "RepealFact", "close_versions", "find_repeals", "since_known", "starts", "status_on", "version_on"]


@dataclass(frozen=True, slots=True)
class RepealFact:
    """Someone says that a norm ended: ``name`` as ``knowledge.text.law_name`` gives it, ``on`` the day it ended, ``by`` what ended it.

    ``dated``: the day of the repealed text where the clause names it (``2003年8月8日公布的《…》``); only texts up to that day are meant.
    """

    name: str
    on: date | None
    by: str
    dated: date | None = None
    doc_number: str | None = None


@dataclass(frozen=True, slots=True)
class AmbiguousVersion:
    """Several versions fit the day and nothing says which."""

    candidates: tuple[Instrument, ...]


def starts(instrument: Instrument) -> date | None:
    """The first day a version can be in force: its effective day, else its publication; ``None`` when both are unknown."""
    return instrument.effective or instrument.published


def since_known(instrument: Instrument) -> bool:
    """Whether the effective day was read from the text itself (not inferred from an amendment or from publication)."""
    return instrument.effective is not None and instrument.effective_basis not in ("amendment", "inferred_from_publication")


def status_on(instrument: Instrument, day: date, *, later_versions: Sequence[Instrument] = ()) -> Status:
    """Validity 时效 of one version on ``day``.

    ``later_versions``: other versions of the same norm; the first that has begun by ``day`` makes this one AMENDED. ``UNKNOWN`` when no
    date is known and the source says nothing.
    """
    begin = starts(instrument)
    if instrument.ended is not None and day >= instrument.ended:
        return _how_ended(instrument)
    if begin is not None and day < begin:
        return Status.NOT_YET
    if any(_supersedes(other, instrument, day) for other in later_versions):
        return Status.AMENDED
    if instrument.ended is None and instrument.status in (Status.REPEALED, Status.AMENDED):
        return instrument.status
    if begin is not None:
        return Status.IN_FORCE
    return instrument.status if instrument.status in (Status.IN_FORCE, Status.NOT_YET) else Status.UNKNOWN


def _how_ended(instrument: Instrument) -> Status:
    """AMENDED when the norm's own next version ended this one, else REPEALED."""
    by = instrument.ended_by
    if by is None:
        return Status.AMENDED if instrument.status is Status.AMENDED else Status.REPEALED
    return Status.AMENDED if law_name(by.split("@")[0].split("#")[0]) == instrument.name else Status.REPEALED


def _supersedes(other: Instrument, instrument: Instrument, day: date) -> bool:
    if other.ref == instrument.ref or other.name != instrument.name or other.part != instrument.part:
        return False
    own, begin = starts(instrument), starts(other)
    return begin is not None and begin <= day and (own is None or begin > own or (begin == own and other.version > instrument.version))


def version_on(versions: Iterable[Instrument], day: date) -> Instrument | AmbiguousVersion | None:
    """The version of one norm in force on ``day``: one, ``None`` (none had begun, or all had ended), or the candidates.

    Copies of the same version (one text in two folders, the books of a code) count once; a text without any date gives way to a dated one.
    """
    every = list(versions)
    live = [v for v in every if status_on(v, day, later_versions=every) is Status.IN_FORCE]
    if not live:
        live = [v for v in every if status_on(v, day, later_versions=every) is Status.UNKNOWN]
    unique = {version.ref: version for version in reversed(live)}
    if not unique:
        return None
    return next(iter(unique.values())) if len(unique) == 1 else AmbiguousVersion(tuple(unique.values()))


def close_versions(instruments: Sequence[Instrument], repeals: Iterable[RepealFact] = ()) -> tuple[Instrument, ...]:
    """The same instruments with ``ended`` and ``ended_by``, from later versions of the same norm and from repeals. The earliest end wins.

    A day the source itself gave is kept. A repeal ends only texts that had begun before it, and never the repealing text itself. The books
    of a code share the effective day that one of them states.
    """
    shared = _share_between_books(instruments)
    by_name: dict[str, list[Instrument]] = {}
    for instrument in shared:
        by_name.setdefault(instrument.name, []).append(instrument)
    facts: dict[str, list[RepealFact]] = {}
    for fact in repeals:
        facts.setdefault(fact.name, []).append(fact)
    return tuple(_closed(one, by_name[one.name], facts.get(one.name, [])) for one in shared)


def _share_between_books(instruments: Sequence[Instrument]) -> list[Instrument]:
    stated = {one.ref: one for one in instruments if one.part and one.effective}
    return [
        replace(one, effective=stated[one.ref].effective, effective_basis="other_book")
        if one.part and one.effective is None and one.ref in stated
        else one
        for one in instruments
    ]


def _closed(one: Instrument, family: Sequence[Instrument], facts: Sequence[RepealFact]) -> Instrument:
    if one.ended is not None:
        return one
    own = starts(one)
    ends: list[tuple[date, str]] = []
    for other in family:
        begin = starts(other)
        if begin and other.region == one.region and other.part == one.part and other.ref != one.ref and _later(other, begin, one, own):
            ends.append((begin, other.ref))
    for fact in facts:
        if (
            fact.on
            and fact.by != one.ref
            and (own is None or fact.on > own)
            and not (fact.dated and own and own > fact.dated and _own(fact, one))
        ):
            ends.append((fact.on, fact.by))
    day, by = min(ends, default=(None, None))
    return one if day is None else replace(one, ended=day, ended_by=by)


def _own(fact: RepealFact, one: Instrument) -> bool:
    """A clause of the same name repeals its predecessor only (婚姻登记条例 repeals an older 婚姻登记条例)."""
    return law_name(fact.by.split("@")[0]) == one.name


def _later(other: Instrument, begin: date, one: Instrument, own: date | None) -> bool:
    if own is None:
        return one.version == "undated" and other.version != "undated"
    return begin > own or (begin == own and other.version > one.version)
