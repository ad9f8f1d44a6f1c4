"""Requirements read from the texts that ask for the material in question: for this matter, in force here on the day. Pure on the ``World``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.lists import overlap
from assistant.question import Query
from assistant.world import World, key_of
from knowledge.lexicon import Mention
from knowledge.lexicon_data import Proof
from knowledge.store import StoredRequirement

_GENERIC = re.compile(r"^(有关|相关|其他|其它|证明|材料|文件|证件|必要|合法|有效|的|和|或者?|及|、|等|规定)+$")
_STOP = re.compile(
    r"窗口|还要|要不要|能不能|需要|提供|提交|证明|办理|申请|材料|可以|怎么|为什么|有没有|规定|登记|依据|我|他|她|吗|呢|让|叫|说|了|的"
)


@dataclass(frozen=True, slots=True)
class Need:
    """A requirement that fits: ``score`` joins how far the material and the matter are the ones asked about."""

    stored: StoredRequirement
    material: float
    matter: float

    @property
    def score(self) -> float:
        return self.material + self.matter


def find_needs(world: World, query: Query, proof: Mention | None, record: Proof | None, *, limit: int = 5) -> list[Need]:
    """Positive requirements for the material, best first; empty when none is found (which proves nothing by itself, see ``scan``)."""
    if proof is None:
        return []
    chain, day = set(world.chain(query.region)), query.as_of
    surface = key_of(proof.surface)
    names = {key_of(n) for n in ((record.name, *record.aliases) if record else (proof.surface,)) if len(key_of(n)) >= 4}
    rest = _STOP.sub(" ", key_of(query.text).replace(surface, " "))
    out: list[Need] = []
    for stored in _candidates(world, names | {surface}):
        req, inst = stored.requirement, stored.instrument
        if req.negative or inst is None or inst.instrument.region not in chain or not world.in_force(inst, day):
            continue
        material = _material(key_of(req.material), names, surface)
        if material == 0:
            continue
        matter = _matter(rest, query, req.matter or "", inst.instrument.title, req.sentence)
        if material + matter >= 1.25 and matter >= 0.35:
            out.append(Need(stored, material, round(matter, 4)))
    out.sort(key=lambda n: (-n.score, n.stored.id))
    return out[:limit]


def _candidates(world: World, names: set[str]) -> Iterator[StoredRequirement]:
    for stored in world.requirements:
        material = stored.requirement.material
        if any(n in material for n in names):
            yield stored
        elif stored.requirement.proof and stored.requirement.proof in names:
            yield stored


def _material(material: str, names: set[str], surface: str) -> float:
    if not material or _GENERIC.match(material):
        return 0.0
    if material in names or material == surface:
        return 1.0
    if any(n in material for n in names | {surface} if len(n) >= 4):
        return 0.9
    return 0.0


def _matter(rest: str, query: Query, matter: str, title: str, sentence: str) -> float:
    """How far the question speaks of this matter: its named matter in the requirement, else shared wording."""
    for mention in query.matters:
        name = mention.name or mention.surface
        if name in matter or name in title or mention.surface in matter or mention.surface in sentence:
            return 1.0
    words = [w for w in rest.split() if len(w) >= 2]
    pool = matter + title + sentence
    return max((overlap(w, pool) * min(1.0, len(w) / 4) for w in words), default=0.0)
