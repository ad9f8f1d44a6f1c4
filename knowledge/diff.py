"""Two versions of a norm side by side: which clauses were added, removed, changed or only renumbered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from knowledge.text import squeeze
from knowledge.types import Provision

_NUMBERS = re.compile(r"第[一二三四五六七八九十百千零〇]+(?=[条款项章节编])|\([一二三四五六七八九十]+\)")
_WIDTH = str.maketrans("（），；：！？［］０１２３４５６７８９", "(),;:!?[]0123456789")
_SAME = 0.55  # share of common character pairs from which two articles are one article reworded
_SAME_NUMBER = 0.3  # the same, for articles that carry the same number


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``kind``: added | removed | changed | renumbered (the words stayed, the number moved).

    Labels and refs go down to 款 or 项 where only that changed; the side that does not exist is ``None``. ``note`` is set when nothing but
    cited article numbers differ. ``edits``: (old start, old end, new start, new end) in the two texts.
    """

    kind: str
    old_ref: str | None = None
    new_ref: str | None = None
    old_label: str | None = None
    new_label: str | None = None
    old_text: str | None = None
    new_text: str | None = None
    note: str = ""
    edits: tuple[tuple[int, int, int, int], ...] = ()


def _plain(text: str) -> str:
    """A text without blanks and without regard to full or half width, for comparing."""
    return squeeze(text).translate(_WIDTH)


def edits_between(old: str, new: str) -> tuple[tuple[int, int, int, int], ...]:
    """Where two texts differ: (old start, old end, new start, new end); empty for equal texts. Full and half width are the same."""
    codes = SequenceMatcher(None, old.translate(_WIDTH), new.translate(_WIDTH), autojunk=False).get_opcodes()
    return tuple((a, b, c, d) for tag, a, b, c, d in codes if tag != "equal")


@dataclass(frozen=True, slots=True)
class _Clause:
    ref: str
    label: str
    text: str
    number: str = ""


def diff_versions(old_provisions: Sequence[Provision], new_provisions: Sequence[Provision]) -> tuple[Change, ...]:
    """The differences between two versions, in the order of the new one (what was removed stands where it stood). Empty: no difference.

    An article that kept its words under another number is ``renumbered``; a reworded one is matched by its words (most common character
    pairs), not by its number, and its changed 款 and 项 are listed singly.
    """
    old = [_clause(provision) for provision in old_provisions]
    new = [_clause(provision) for provision in new_provisions]
    pairs = _match(old, new)
    place = {partner: index for index, partner in pairs.items()}  # old → new
    entries: list[tuple[tuple[int, int], list[Change]]] = []
    for index, clause in enumerate(new):
        partner = pairs.get(index)
        entries.append(((index, -1), [_added(clause)] if partner is None else _compare(old_provisions[partner], new_provisions[index])))
    before = -1
    for index, clause in enumerate(old):
        before = place.get(index, before)
        if index not in place:
            entries.append(((before, index), [_removed(clause)]))
    return tuple(change for _, changes in sorted(entries, key=lambda entry: entry[0]) for change in changes)


def _clause(provision: Provision) -> _Clause:
    return _Clause(provision.ref, provision.label, provision.text, provision.ref.partition("#")[2])


def _removed(clause: _Clause) -> Change:
    return Change("removed", old_ref=clause.ref, old_label=clause.label, old_text=clause.text)


def _added(clause: _Clause) -> Change:
    return Change("added", new_ref=clause.ref, new_label=clause.label, new_text=clause.text)


def _pairs(text: str) -> Counter[str]:
    words = _NUMBERS.sub("", _plain(text))
    return Counter(a + b for a, b in pairwise(words)) or Counter([words])


def _alike(left: Counter[str], right: Counter[str]) -> float:
    common = sum((left & right).values())
    return 2 * common / (sum(left.values()) + sum(right.values()) or 1)


def _match(old: Sequence[_Clause], new: Sequence[_Clause]) -> dict[int, int]:
    """New index → old index: equal words first (nearest place), then the most alike."""
    pairs: dict[int, int] = {}
    left_over = set(range(len(old)))
    by_words: dict[str, list[int]] = {}
    for index, clause in enumerate(old):
        by_words.setdefault(_plain(clause.text), []).append(index)
    for index, clause in enumerate(new):
        same = [i for i in by_words.get(_plain(clause.text), []) if i in left_over]
        if same:
            best = min(same, key=lambda i: (old[i].number != clause.number, abs(i - index)))
            pairs[index] = best
            left_over.discard(best)
    open_new = [index for index in range(len(new)) if index not in pairs]
    left = {index: _pairs(old[index].text) for index in left_over}
    right = {index: _pairs(new[index].text) for index in open_new}
    scored = []
    for i in open_new:
        for j in left_over:
            score = _alike(left[j], right[i])
            if score >= (_SAME_NUMBER if old[j].number == new[i].number else _SAME):
                scored.append((score + 0.05 * (old[j].number == new[i].number), -abs(i - j), i, j))
    for _, _, i, j in sorted(scored, reverse=True):
        if i not in pairs and j in left_over:
            pairs[i] = j
            left_over.discard(j)
    return pairs


def _compare(old: Provision, new: Provision) -> list[Change]:
    """The differences of two matched articles, down to the smallest clause that holds them."""
    if _plain(old.text) == _plain(new.text):
        return [] if old.label == new.label else [_changed(_clause(old), _clause(new), "renumbered")]
    left, right = _parts(old), _parts(new)
    if len(left) < 2 and len(right) < 2:
        return [_changed(_clause(old), _clause(new))]
    pairs = _match(left, right)
    used = set(pairs.values())
    changes = []
    for index, clause in enumerate(right):
        if index not in pairs:
            changes.append(_added(clause))
        elif _plain(left[pairs[index]].text) != _plain(clause.text):
            changes.append(_changed(left[pairs[index]], clause))
        elif left[pairs[index]].number != clause.number or old.label != new.label:
            changes.append(_changed(left[pairs[index]], clause, "renumbered"))
    changes.extend(_removed(clause) for index, clause in enumerate(left) if index not in used)
    return changes


def _parts(provision: Provision) -> list[_Clause]:
    """The leaves of an article: 项 (without their 目), and each 款 with the words outside its 项."""
    items = [unit for unit in provision.units if unit.steps.count(".") == 1]
    out: list[_Clause] = []
    for unit in provision.units:
        if unit.steps.count(".") > 1:
            continue
        if unit.steps.count(".") == 1:
            text = provision.text[unit.start : unit.end]
            out.append(_Clause(f"{provision.ref}.{unit.steps}", provision.label + unit.label, text, unit.steps))
            continue
        own = provision.text[unit.start : unit.end]
        inner = [item for item in items if item.steps.startswith(unit.steps + ".")]
        if inner:
            own = provision.text[unit.start : inner[0].start] + provision.text[inner[-1].end : unit.end]
        if own.strip():
            out.append(_Clause(f"{provision.ref}.{unit.steps}", provision.label + unit.label, own.strip(), unit.steps))
    return out


def _changed(old: _Clause, new: _Clause, kind: str = "changed") -> Change:
    edits: tuple[tuple[int, int, int, int], ...] = ()
    note = ""
    if kind == "changed":
        note = "仅条号引用或编号变化" if _NUMBERS.sub("", _plain(old.text)) == _NUMBERS.sub("", _plain(new.text)) else ""
        edits = edits_between(old.text, new.text)
    return Change(kind, old.ref, new.ref, old.label, new.label, old.text, new.text, note, edits)
