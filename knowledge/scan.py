"""The exhaustive scan that proves absence 查无依据: every provision of every norm in the library is looked at, and what nearly fits says why it fails.

The report says how many instruments and provisions in force were searched, for which words, and what the library does not hold. "Not in this library"
is not "no basis in law" (``coverage``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knowledge.store import Library
from knowledge.store_records import StoredInstrument
from knowledge.types import Level, NearMiss, Status, TextKind
from knowledge.validity import status_on

QUALIFIED = frozenset({Level.CONSTITUTION, Level.LAW, Level.ADMIN_REGULATION, Level.STATE_COUNCIL_DECISION, Level.LOCAL_REGULATION})


@dataclass(frozen=True, slots=True)
class Scan:
    """What was searched and what was met. ``hits`` are ids of provisions in force here, of sufficient rank, that contain a term."""

    instruments: int
    provisions: int
    terms: tuple[str, ...]
    coverage: str
    hits: tuple[int, ...] = ()
    near: tuple[NearMiss, ...] = ()


class Haystack:
    """All texts of a library's norms as one string, so that a term is looked for in every provision at once."""

    def __init__(self, library: Library) -> None:
        self.library = library
        rows = [(pid, iid, text) for pid, iid, text in library.texts()]
        self._ids = [pid for pid, _, _ in rows]
        self._owners = [iid for _, iid, _ in rows]
        self._starts: list[int] = []
        at = 0
        for _, _, text in rows:
            self._starts.append(at)
            at += len(text) + 1
        self._text = "\n".join(text for _, _, text in rows)
        self._counts: dict[int, int] = {}
        for owner in self._owners:
            self._counts[owner] = self._counts.get(owner, 0) + 1
        self._by_id = {item.id: item for item in library.instruments()}

    def find(self, term: str) -> list[tuple[int, int]]:
        """``(provision id, instrument id)`` of every provision that contains the term, in store order."""
        found: list[tuple[int, int]] = []
        at = self._text.find(term)
        while at >= 0:
            row = bisect_right(self._starts, at) - 1
            found.append((self._ids[row], self._owners[row]))
            following = self._starts[row + 1] if row + 1 < len(self._starts) else len(self._text)
            at = self._text.find(term, following)
        return found

    def scan(self, terms: Iterable[str], *, day: date, regions: Iterable[str], limit: int = 12) -> Scan:
        """Search every stored provision for any of ``terms``.

        Args:
            terms: names and aliases of the proof; words shorter than two characters are dropped.
            day: the day on which a norm must be in force.
            regions: the region chain, ending in 全国.
            limit: near misses kept (hits are all kept).

        Returns:
            The scan. A provision that contains a term and fails is a near miss with its first reason: rank, repealed, not_yet_in_force,
            other_region.
        """
        inside = frozenset(regions)
        words = tuple(dict.fromkeys(t for t in terms if len(t) >= 2))
        searched = {i for i, item in self._by_id.items() if _why_not(item, day, inside, any_rank=True) is None}
        hits: dict[int, None] = {}
        near: dict[int, tuple[str, str]] = {}
        for word in words:
            for pid, owner in self.find(word):
                item = self._by_id.get(owner)
                if item is None or item.instrument.text_kind is not TextKind.VERBATIM:
                    continue
                why = _why_not(item, day, inside)
                if why is None:
                    hits[pid] = None
                else:
                    near.setdefault(pid, (why, word))
        return Scan(
            instruments=len(searched),
            provisions=sum(self._counts.get(i, 0) for i in searched),
            terms=words,
            coverage=coverage_words(self.library),
            hits=tuple(hits),
            near=self._near(near, limit),
        )

    def _near(self, near: dict[int, tuple[str, str]], limit: int) -> tuple[NearMiss, ...]:
        order = ("rank", "repealed", "not_yet_in_force", "other_region")
        kept = sorted(near, key=lambda pid: (order.index(near[pid][0]), pid))[:limit]
        stored = self.library.provisions_by_id(kept)
        return tuple(
            NearMiss(stored[pid].ref, near[pid][0], f"{stored[pid].title}{stored[pid].label}提到“{near[pid][1]}”")
            for pid in kept
            if pid in stored
        )


def _why_not(item: StoredInstrument, day: date, inside: frozenset[str], *, any_rank: bool = False) -> str | None:
    inst = item.instrument
    if inst.text_kind is not TextKind.VERBATIM:
        return "rank"
    status = status_on(inst, day)
    if status in (Status.REPEALED, Status.AMENDED):
        return "repealed"
    if status is Status.NOT_YET:
        return "not_yet_in_force"
    if inst.region not in inside:
        return "other_region"
    return None if any_rank or inst.level in QUALIFIED else "rank"


def coverage_words(library: Library) -> str:
    """One sentence on what the library holds, for the answer: a scan never claims more than this."""
    cover = library.coverage()
    groups: dict[str, int] = {}
    for row in cover.rows:
        groups[row.group] = groups.get(row.group, 0) + row.documents
    parts = [f"{_NAMES[g]}{n}部" for g, n in sorted(groups.items()) if g in _NAMES]
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
