"""Requirements read from the texts that ask for the material in question: for this matter, in force here on the day. Pure on the ``World``.

All requirements of the library (some thousands) are compared with the question by their own words: the material's, and those of matter, sentence and
title. A requirement that fits is a fact for the rules; one that names the same material for something else only stands in the way of claiming that no
norm knows it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.postings import Postings, words_of
from assistant.question import Query
from assistant.world import World, key_of
from knowledge.lexicon import Mention, lexicon
from knowledge.lexicon_data import Proof
from knowledge.scan import QUALIFIED
from knowledge.store import StoredRequirement

_GENERIC = re.compile(r"^(?:有关|相关|其他|其它|证明|材料|文件|证件|必要|合法|有效|资料|的|和|或者?|及|、|等|规定|所需|应当|提交|需要)+$")
OTHER_MATTER = 0.05
MATERIAL, CONTEXT = 0.6, 0.115  # how much of the material, and how near the context; set on evals/datasets/decisions (dev half)


@dataclass(frozen=True, slots=True)
class Need:
    """A requirement that names the material: ``material`` from 0 to 1, ``matter`` the likeness of its context to the question."""

    stored: StoredRequirement
    material: float
    matter: float
    sure: bool = True  # False: only part of the material's name is shared, the wording led here

    @property
    def fits(self) -> bool:
        """Whether material and matter are both the ones asked about."""
        return self.material >= MATERIAL and self.matter >= CONTEXT

    @property
    def score(self) -> float:
        return self.material + 4 * self.matter


class NeedIndex:
    """Every positive requirement of a library, ready to be compared with questions: postings of character bigrams, kept as arrays."""

    def __init__(self, requirements: Iterable[StoredRequirement]) -> None:
        self.rows = [r for r in requirements if not r.requirement.negative and not _GENERIC.match(key_of(r.requirement.material))]
        materials = [key_of(r.requirement.material) for r in self.rows]
        self._material = Postings(materials)
        self._endings: dict[str, list[int]] = defaultdict(list)
        for row, material in enumerate(materials):
            self._endings[material[:2]].append(row)
        self._canonical: dict[int, str | None] = {}
        self._contexts = Postings([_context_of(r) for r in self.rows])

    def _name_of(self, row: int) -> str | None:
        """The lexicon's name for a material; looked up once, and only for materials that come into question."""
        if row not in self._canonical:
            material = self.rows[row].requirement.material
            self._canonical[row] = getattr(lexicon().canonical_proof(material), "name", None) if len(material) <= 24 else None
        return self._canonical[row]

    def search(
        self, world: World, query: Query, proof: Mention | None, record: Proof | None, hits: tuple[str, ...] = (), *, limit: int = 8
    ) -> list[Need]:
        """Requirements in force here that name the material, best first."""
        chain, day = set(world.chain(query.region)), query.as_of
        names = {record.name} if record else set()
        places = {ref: place for place, ref in reversed(list(enumerate(hits)))}
        context: Sequence[float] | None = None
        matters = {m.name or m.surface for m in query.matters}
        named = any(m.name for m in query.matters)
        out: list[Need] = []
        for row, material, sure, place in self._candidates(query, proof, names, places):
            stored = self.rows[row]
            inst = stored.instrument
            if (
                inst is None
                or inst.instrument.region not in chain
                or inst.instrument.level not in QUALIFIED
                or not world.in_force(inst, day)
                or _displaced(world, stored, day)
            ):
                continue
            context = self._contexts.cosine(query.text) if context is None else context
            likeness = float(context[row]) + (0.2 * (1 - place / len(hits)) if place is not None else 0.0)
            words = (stored.requirement.matter or "") + inst.instrument.name
            if any(m and m in words for m in matters):
                likeness += 0.15
            elif named:  # another matter is named: the context must say more than usual
                likeness -= OTHER_MATTER
            if inst.instrument.region != "全国":
                likeness += 0.01
            out.append(Need(stored, round(material, 4), round(likeness, 4), sure))
        out.sort(key=lambda n: (not n.sure, -n.score, n.stored.id))
        return out[:limit]

    def _candidates(
        self, query: Query, proof: Mention | None, names: set[str], places: Mapping[str, int]
    ) -> Iterator[tuple[int, float, bool, int | None]]:
        """Rows whose material is the one asked about: row, how far, whether surely, and the place of its article among the search hits."""
        surface = words_of(proof.surface if proof else "")
        wanted = words_of(query.text)
        shared = self._material.shared(surface or wanted)
        rows = set(shared)
        if names:
            rows.update(row for gram in wanted for row in self._endings.get(gram, ()))
        for row in sorted(rows):
            both, size = shared.get(row, 0), self._material.sizes[row]
            place = places.get(self.rows[row].requirement.provision.split(".")[0])
            material = both / size if size and both >= min(2, size) else 0.0
            sure = material >= MATERIAL and bool(surface)
            if place is not None and place < 5 and material < MATERIAL and both:
                material = MATERIAL  # the wording already leads to this article: one shared word of the material is enough to look
            if not surface and place is None:
                continue
            if material < MATERIAL and names and self._name_of(row) in names:
                material, sure = 1.0, True
            if material >= MATERIAL:
                yield row, material, sure, place


def _displaced(world: World, stored: StoredRequirement, day: date) -> bool:
    """Whether the article is recorded as amended or replaced that day although its text carries no mark."""
    keys = world.norms_at(stored.requirement.provision.split(".")[0])
    return any(world.norms.book[key].in_force_on(day) is False for key in keys)


def _context_of(stored: StoredRequirement) -> str:
    name = stored.instrument.instrument.name if stored.instrument else ""
    return (stored.requirement.matter or "") * 2 + stored.requirement.sentence + name * 2


def find_needs(world: World, query: Query, proof: Mention | None, record: Proof | None, hits: tuple[str, ...] = ()) -> list[Need]:
    """Requirements for the material, those that fit first; empty when no norm in force here names it."""
    return world.need_index.search(world, query, proof, record, hits)
