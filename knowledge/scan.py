"""The exhaustive scan that proves absence 查无依据: every provision of every norm in the library is looked at, and what nearly fits says why it fails.

The report says how many instruments and provisions in force were searched, for which words, and what the library
does not hold. "Not in this library" is not "no basis in law" (``coverage``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knowledge.store import Library, StoredProvision
from knowledge.types import Level, NearMiss, Status, TextKind
from knowledge.validity import status_on

_QUALIFIED = frozenset({Level.CONSTITUTION, Level.LAW, Level.ADMIN_REGULATION, Level.STATE_COUNCIL_DECISION, Level.LOCAL_REGULATION})


@dataclass(frozen=True, slots=True)
class Scan:
    """What was searched and what was met. ``hits`` are provisions in force here, of sufficient rank, that contain a term."""

    instruments: int
    provisions: int
    terms: tuple[str, ...]
    coverage: str
    hits: tuple[StoredProvision, ...] = ()
    near: tuple[NearMiss, ...] = ()


def scan(library: Library, terms: Iterable[str], *, day: date, regions: Iterable[str], limit: int = 20) -> Scan:
    """Search all stored provisions for any of ``terms``.

    Args:
        library: the store; verbatim texts only (gists prove nothing).
        terms: names and aliases of the proof; shorter than two characters are refused by being dropped.
        day: the day on which a norm must be in force.
        regions: the region chain, ending in 全国.
        limit: near misses kept (hits are all kept).

    Returns:
        The scan. A provision that contains a term and fails is a near miss with its first reason: repealed, not_yet_in_force, other_region, rank.
    """
    inside = frozenset(regions)
    words = tuple(dict.fromkeys(t for t in terms if len(t) >= 2))
    searched: set[int] = set()
    for item in library.instruments():
        inst = item.instrument
        if inst.text_kind is TextKind.VERBATIM and inst.region in inside and status_on(inst, day) is Status.IN_FORCE:
            searched.add(item.id)
    hits: dict[int, StoredProvision] = {}
    near: dict[str, NearMiss] = {}
    for word in words:
        for found in library.iter_provisions(containing=word):
            owner = found.instrument
            if owner is None or owner.instrument.text_kind is not TextKind.VERBATIM:
                continue
            why = _why_not(found, day, inside)
            if why is None:
                hits[found.id] = found
            elif found.ref not in near:
                near[found.ref] = NearMiss(found.ref, why, f"{found.title}{found.label}提到“{word}”")
    order = ("rank", "repealed", "not_yet_in_force", "other_region")
    ranked = sorted(near.values(), key=lambda m: (order.index(m.why_not), m.ref))
    return Scan(len(searched), _provisions(library, searched), words, _coverage(library), tuple(hits[i] for i in sorted(hits)), tuple(ranked[:limit]))


def _why_not(found: StoredProvision, day: date, inside: frozenset[str]) -> str | None:
    inst = found.instrument.instrument if found.instrument else None
    if inst is None:
        return "rank"
    status = status_on(inst, day)
    if status in (Status.REPEALED, Status.AMENDED):
        return "repealed"
    if status is Status.NOT_YET:
        return "not_yet_in_force"
    if inst.region not in inside:
        return "other_region"
    return None if inst.level in _QUALIFIED else "rank"


def _provisions(library: Library, instruments: set[int]) -> int:
    return sum(n for i, n in library.provision_counts().items() if i in instruments)


def _coverage(library: Library) -> str:
    cover = library.coverage()
    groups: dict[str, int] = {}
    for row in cover.rows:
        groups[row.group] = groups.get(row.group, 0) + row.documents
    parts = [f"{_NAMES.get(g, g)}{n}部" for g, n in sorted(groups.items()) if g in _NAMES]
    newest = f"，最新文本日期{cover.newest}" if cover.newest else ""
    return ("本库收有：" + "、".join(parts) + newest + "；未收入的不能说没有。") if parts else "本库没有法规原文；未收入的不能说没有。"


_NAMES = {
    "law": "法律",
    "admin_regulation": "行政法规",
    "local_regulation": "地方性法规",
    "dept_rule": "部门规章",
    "local_rule": "地方政府规章",
    "judicial_interpretation": "司法解释",
    "normative_document": "规范性文件",
}
