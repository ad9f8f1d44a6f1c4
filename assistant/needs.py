"""Requirements read from the texts that ask for the material in question: for this matter, in force here on the day. Pure on the ``World``.

All requirements of the library (some thousands) are compared with the question by their own words: the material's, and those of matter, sentence and
title. A requirement that fits is a fact for the rules; one that names the same material for something else only stands in the way of claiming that no
norm knows it.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.question import Query
from assistant.world import World, key_of
from knowledge.lexicon import Mention, lexicon
from knowledge.lexicon_data import Proof
from knowledge.scan import QUALIFIED
from knowledge.store import StoredRequirement

_GENERIC = re.compile(r"^(?:有关|相关|其他|其它|证明|材料|文件|证件|必要|合法|有效|资料|的|和|或者?|及|、|等|规定|所需|应当|提交|需要)+$")
_COMMON = frozenset(
    {"证明", "材料", "文件", "提交", "提供", "申请", "登记", "办理", "有关", "相关", "规定", "需要", "窗口", "还要", "情况", "部门"}
)
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


def grams(text: str) -> list[str]:
    """Character bigrams of the Chinese runs of a text."""
    return [a + b for a, b in zip(text, text[1:], strict=False) if "\u4e00" <= a <= "\u9fff" and "\u4e00" <= b <= "\u9fff"]


class NeedIndex:
    """Every positive requirement of a library, ready to be compared with questions."""

    def __init__(self, requirements: Iterable[StoredRequirement]) -> None:
        self.rows = [r for r in requirements if not r.requirement.negative and not _GENERIC.match(key_of(r.requirement.material))]
        self._material = [frozenset(g for g in grams(key_of(r.requirement.material)) if g not in _COMMON) for r in self.rows]
        self._canonical: dict[int, str | None] = {}
        self._endings = [key_of(r.requirement.material)[:2] for r in self.rows]
        contexts = [
            Counter(
                g
                for g in grams(
                    (r.requirement.matter or "") * 2 + r.requirement.sentence + (r.instrument.instrument.name if r.instrument else "") * 2
                )
                if g not in _COMMON
            )
            for r in self.rows
        ]
        df: Counter[str] = Counter(g for c in contexts for g in c)
        total = len(contexts) or 1
        self._idf = {g: math.log(1 + total / n) for g, n in df.items()}
        self._post: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for row, counts in enumerate(contexts):
            weights = {g: (1 + math.log(n)) * self._idf[g] for g, n in counts.items()}
            norm = math.sqrt(sum(w * w for w in weights.values())) or 1.0
            for gram, weight in weights.items():
                self._post[gram].append((row, weight / norm))

    def _name_of(self, row: int) -> str | None:
        """The lexicon's name for a material; looked up once, and only for materials that come into question."""
        if row not in self._canonical:
            material = self.rows[row].requirement.material
            self._canonical[row] = getattr(lexicon().canonical_proof(material), "name", None) if len(material) <= 24 else None
        return self._canonical[row]

    def _context(self, text: str) -> dict[int, float]:
        counts = Counter(g for g in grams(text) if g in self._idf)
        weights = {g: (1 + math.log(n)) * self._idf[g] for g, n in counts.items()}
        norm = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        out: dict[int, float] = defaultdict(float)
        for gram, weight in weights.items():
            for row, other in self._post[gram]:
                out[row] += weight / norm * other
        return out

    def search(
        self, world: World, query: Query, proof: Mention | None, record: Proof | None, hits: tuple[str, ...] = (), *, limit: int = 8
    ) -> list[Need]:
        """Requirements in force here that name the material, best first."""
        chain, day = set(world.chain(query.region)), query.as_of
        names = {record.name} if record else set()
        surface = frozenset(g for g in grams(key_of(proof.surface if proof else "")) if g not in _COMMON)
        wanted = frozenset(g for g in grams(key_of(query.text)) if g not in _COMMON)
        context = self._context(query.text)
        places = {ref: place for place, ref in reversed(list(enumerate(hits)))}
        matters = {m.name or m.surface for m in query.matters}
        out: list[Need] = []
        for row, stored in enumerate(self.rows):
            mine = self._material[row]
            place = places.get(stored.requirement.provision.split(".")[0])
            material = _share(mine, surface or wanted)
            sure = material >= MATERIAL and bool(surface)
            if place is not None and place < 5 and material < MATERIAL and mine & (surface or wanted):
                material = MATERIAL  # the wording already leads to this article: one shared word of the material is enough to look
            if not surface and place is None:
                continue
            if material < MATERIAL and names and (mine & surface or self._endings[row] in wanted) and self._name_of(row) in names:
                material, sure = 1.0, True
            if material < MATERIAL:
                continue
            inst = stored.instrument
            if (
                inst is None
                or inst.instrument.region not in chain
                or inst.instrument.level not in QUALIFIED
                or not world.in_force(inst, day)
            ):
                continue
            likeness = context.get(row, 0.0) + (0.2 * (1 - place / len(hits)) if place is not None else 0.0)
            words = (stored.requirement.matter or "") + inst.instrument.name
            if any(m and m in words for m in matters):
                likeness += 0.15
            if inst.instrument.region != "全国":
                likeness += 0.01
            out.append(Need(stored, round(material, 4), round(likeness, 4), sure))
        out.sort(key=lambda n: (not n.sure, -n.score, n.stored.id))
        return out[:limit]


def _share(material: frozenset[str], asked: frozenset[str]) -> float:
    """How far two materials share their words: of the shorter one, at least two bigrams."""
    if not material or not asked:
        return 0.0
    both = len(material & asked)
    return both / len(material) if both >= min(2, len(material)) else 0.0


def find_needs(world: World, query: Query, proof: Mention | None, record: Proof | None, hits: tuple[str, ...] = ()) -> list[Need]:
    """Requirements for the material, those that fit first; empty when no norm in force here names it."""
    return world.need_index.search(world, query, proof, record, hits)
