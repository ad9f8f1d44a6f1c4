"""L1: does the demanded proof stand on a cancellation or not-issued list in force here, under this or another name? Pure on the world."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from assistant.audit_demand import Demand
from assistant.audit_world import AuditWorld
from assistant.lists import overlap
from assistant.world import Row, key_of
from knowledge.lexicon import lexicon
from knowledge.lexicon_data import BodyKind
from knowledge.lexicon_names import AmbiguousName, NameMatch

_STATEMENT = re.compile(r"(?:情况|状况)?(?:说明|介绍|反映|声明|鉴定表?|意见|登记表|确认书)$")
_ADDED = re.compile(r"(?:(?:相关|有关)?(?:情况|状况|信息)?的?(?:证明|证实)(?:材料|文件|书|信|函)?)$|^(?:本人|申请人|个人|纸质)的?")
_BARRED = (("村居", re.compile(r"村|居委|居民委员会|社区|自治组织")), ("公安", re.compile(r"派出所|公安|警务")))
_FILLER = re.compile(r"申请|办理|登记|申领|申报|审批|备案|业务|事项|服务|领取|认定|审核|手续|的|时")


@dataclass(frozen=True, slots=True)
class Listed:
    """A list row that the demand meets; ``other_name``: the list calls it differently (死灰复燃)."""

    row: Row
    kind: str
    other_name: bool
    matter: float | None
    likely: bool = False  # neither name nor lexicon say it is the same, its words and its matter do


@lru_cache(maxsize=40000)
def canonical_of(name: str) -> NameMatch | AmbiguousName | None:
    """``Lexicon.canonical_proof``; equal cells are looked up once. Official papers are not read by their sound (意愿证明 is not 医院证明)."""
    match = lexicon().canonical_proof(name)
    return None if isinstance(match, NameMatch) and match.how == "pinyin" else match


@lru_cache(maxsize=40000)
def same_name(left: str, right: str) -> bool:
    """One proof under two names."""
    return lexicon().same_proof(left, right) == "same"


@lru_cache(maxsize=20000)
def _matters(text: str) -> frozenset[str]:
    return frozenset(m.name for m in lexicon().find_matters(text) if m.name)


def names_of(demand: Demand) -> tuple[str, ...]:
    """The demand's name as lists may write it: as it is, without brackets, a stamped 说明 as 证明."""
    plain = re.sub(r"[（(][^（）()]*[)）]", "", demand.name).strip("《》“”\"' ")
    bare = re.sub(r"^[^，。；、（）()]{1,24}?(?:出具|开具|核发|签发|盖章|审核|签字|见证)的", "", plain)
    out = [demand.name, plain, bare, re.sub(r"复印件$|原件$", "", bare)]
    stem = _STATEMENT.sub("", bare)
    if stem != bare and demand.issuer and len(stem) >= 2:
        out += [f"{stem}证明", f"{stem}情况证明", f"{stem}状况证明"]
    return tuple(dict.fromkeys(n for n in out if n))


@lru_cache(maxsize=40000)
def stem_of(name: str) -> str:
    """What a name certifies, without the words that lists add or leave out: 住房情况证明 and 住房证明 are 住房; empty when too little is left."""
    stem = _ADDED.sub("", key_of(re.sub(r"[（(][^（）()]*[)）]", "", name)))
    return stem if len(stem) >= 2 else ""


def listed(world: AuditWorld, demand: Demand, *, region: str, day: date) -> tuple[Listed, ...]:
    """Rows of lists in force in the region chain that the demand meets, the most telling first."""
    chain = world.chain(region)
    names = names_of(demand)
    keys = {key_of(n) for n in names} | {key_of(demand.demand)}
    found: dict[int, tuple[Row, bool]] = {}
    for key in keys:
        for row in world.rows_by_proof.get(key, ()):
            found.setdefault(row.stored.id, (row, False))
    for stem in {stem_of(n) for n in names} - {""}:
        for row in world.rows_by_stem.get(stem, ()):
            found.setdefault(row.stored.id, (row, True))
    for name in names:
        match = canonical_of(name)
        canonical = getattr(match, "name", None)
        if canonical is None or (getattr(match, "residue", "") and not demand.issuer):
            continue
        for row in world.rows_by_canonical.get(canonical, ()):
            if row.stored.id not in found and same_name(name, row.stored.entry.proof_name):
                found[row.stored.id] = (row, True)
    out = []
    for row, other in found.values():
        since = row.stored.effective or row.stored.published
        if (row.stored.region or "全国") not in chain or (since is not None and since > day):
            continue
        hit = _fits(row, demand, other)
        if hit is not None:
            out.append(hit)
    out.sort(
        key=lambda h: (
            h.other_name,
            -(h.matter if h.matter is not None else 0.5),
            chain.index(h.row.stored.region or "全国"),
            h.row.stored.id,
        )
    )
    return tuple(out)


def look_alikes(world: AuditWorld, demand: Demand, *, region: str, day: date) -> tuple[Listed, ...]:
    """Cancelled rows of the same matter whose names share most words with the demand's: 火灾损失证明 come back as 受灾损失情况证明."""
    core = words_in(demand.name)
    if len(core) < 2:
        return ()
    out = []
    for row, other in world.cancelled_here(region, day):
        both = len(core & other)
        if both < 2 or 2 * both / (len(core) + len(other)) < 0.6 or _denies(demand.name) != _denies(row.stored.entry.proof_name):
            continue
        entry = row.stored.entry
        fit = max((same_matter(m, entry.matter or entry.purpose or "") for m in (demand.purpose, demand.matter) if m), default=0.0)
        if fit >= 0.85:
            out.append(Listed(row, "cancel", True, fit, likely=True))
    return tuple(out[:1])


@lru_cache(maxsize=40000)
def words_in(name: str) -> frozenset[str]:
    """Bigrams of a proof name without brackets and the words that every name has."""
    plain = re.sub(r"[（(][^（）()]*[)）]|情况|状况|证明|材料|书$", "", name)
    return frozenset(a + b for a, b in zip(plain, plain[1:], strict=False))


def _denies(name: str) -> bool:
    return bool(re.search(r"[无未不非没]", name))


def _fits(row: Row, demand: Demand, other: bool) -> Listed | None:
    entry = row.stored.entry
    kind = str(entry.list_kind)
    if kind == "not_issued_by":
        return Listed(row, kind, other, None) if barred(row, demand) else None
    if not row.matter_key:
        return Listed(row, kind, other, None)
    fit = max((same_matter(m, entry.matter or entry.purpose or "") for m in (demand.purpose, demand.matter) if m), default=0.0)
    stem = stem_of(entry.proof_name)
    if len(stem) >= 4 and stem in row.matter_key:
        fit = max(fit, 0.7)  # the matter only says what the proof shows (查验流动人口婚育情况)
    if len(row.matter_key) >= 4 and row.matter_key in key_of(demand.name):
        fit = max(fit, 0.85)  # the name itself says what it is for (学生申请助学金证明)
    return Listed(row, kind, other, fit) if fit >= 0.6 else None


def barred(row: Row, demand: Demand) -> bool:
    """Whether the list bars the body that is to issue the proof; a demand that names no issuer is not met by such a list."""
    if not demand.issuer:
        return False
    source = f"{row.stored.entry.issuing_body or ''}{row.stored.title or ''}"
    kinds = [name for name, pattern in _BARRED if pattern.search(source)]
    return any(_is_of(demand.issuer, kind) for kind in kinds[:1])


def _is_of(issuer: str, kind: str) -> bool:
    bodies = {lexicon().body(m.name).kind for m in lexicon().find_bodies(issuer) if m.name and lexicon().body(m.name)}  # type: ignore[union-attr]
    if kind == "村居":
        return BodyKind.COMMUNITY in bodies or bool(re.search(r"村[（(]?居|村民?委|居委|居民委员会|社区|村（居）", issuer))
    return BodyKind.POLICE_STATION in bodies or "派出所" in issuer or "公安" in issuer


def same_matter(left: str, right: str) -> float:
    """How far two matters are one, from 0 to 1: equal or one inside the other, one lexicon name, else shared wording both ways."""
    a, b = key_of(left), key_of(right)
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    if (a in b or b in a) and min(len(a), len(b)) >= 4:
        return 0.9
    if _matters(left) & _matters(right):
        return 0.85
    x, y = _FILLER.sub("", a), _FILLER.sub("", b)
    if len(x) >= 2 and len(y) >= 2 and x == y:
        return 0.9
    if min(len(x), len(y)) < 3:
        return 0.0
    return min(overlap(x, y), overlap(y, x))
