"""Which norm prevails: the partial order of 立法法(2023) 第九十八条 to 第一百零六条, with its open places left open.

An integer rank cannot say that a departmental rule and a local regulation are decided by the State Council; the outcome RULING_NEEDED can.
The order itself is data (``knowledge/data/levels.toml``), each entry with its legal basis.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any

from knowledge.errors import BadRule
from knowledge.types import Instrument, Level


class Precedence(StrEnum):
    """Answer to "which of two norms that contradict each other applies?"."""

    A = "a"
    B = "b"
    EQUAL_SPECIAL_THEN_NEW = "equal_special_then_new"  # 特别优于一般, 新优于旧; which is special is a legal question
    RULING_NEEDED = "ruling_needed"
    SEPARATE = "separate"  # they never apply to the same case (other region)
    UNKNOWN = "unknown"  # the rank of one is not known


@dataclass(frozen=True, slots=True)
class Standing:
    """What the order needs to know of a norm.

    ``varies``: 变通, an autonomous or special-zone regulation that departs from higher law under its authority; ``special``: the
    special rule as against a general one; ``None`` where not known.
    """

    level: Level
    region: str = "全国"
    issuer: str | None = None
    effective: date | None = None
    varies: bool | None = None
    special: bool | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """``who`` decides when a ruling is needed; ``basis`` is the provision applied; ``note`` what remains to be checked (Chinese)."""

    precedence: Precedence
    basis: str = ""
    who: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CityScope:
    """What a city divided into districts may regulate. ``legacy``: outside ``fields`` its older regulations go on."""

    fields: tuple[str, ...]
    basis: str
    legacy: bool = False
    note: str = ""


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """The data file, checked: every level has an entry, no pair is ordered both ways. Raises ``BadRule`` when it is not sound."""
    data = tomllib.loads(resources.files("knowledge").joinpath("data/levels.toml").read_text("utf-8"))
    missing = {str(level) for level in Level} - set(data["level"])
    pairs = {(entry["higher"], low) for entry in data["order"] for low in entry["lower"]}
    names = {name for pair in pairs for name in pair} | {name for entry in data["ruling"] for name in entry["between"]}
    both = {pair for pair in pairs if pair[::-1] in pairs}
    if missing or both or names - set(data["level"]):
        raise BadRule(
            f"levels.toml 有误：缺少 {missing or '无'}；互为上下位 {both or '无'}；未知位阶 {names - set(data['level']) or '无'}。"
        )
    return data


def standing(instrument: Instrument) -> Standing:
    """A version's standing. Whether a zone or autonomous regulation really departs from higher law must be read in its text."""
    return Standing(instrument.level, instrument.region, instrument.issuer, instrument.effective or instrument.published)


def level_name(level: Level) -> str:
    """行政法规, 部门规章, …"""
    return str(table()["level"][str(level)]["name"])


def may_set_proof(level: Level) -> bool:
    """Whether a norm of this rank may set a proof: 法律, 法规, 国务院决定 (优化营商环境条例 第四十四条第一款)."""
    return bool(table()["level"][str(level)]["may_set_proof"])


def proof_power(level: Level) -> tuple[bool, str, str]:
    """(may set a proof, legal basis, note) for a rank."""
    entry = table()["level"][str(level)]
    return bool(entry["may_set_proof"]), str(entry["basis"]), str(entry.get("note", ""))


def local_additions(region: str) -> tuple[tuple[str, str], ...]:
    """(what it adds, legal basis) of the local law on proofs in force for a region, the region's own and those of the regions above."""
    return tuple((entry["adds"], entry["basis"]) for entry in table()["local"] if region.startswith(entry["region"]))


def covers(outer: str, inner: str) -> bool:
    """Whether a region holds another (全国 holds all, 浙江省 holds 浙江省杭州市)."""
    return outer == "全国" or inner.startswith(outer)


def prevails(a: Standing, b: Standing) -> Ruling:
    """Which of two contradicting norms applies where both could. Never raises."""
    if Level.UNKNOWN in (a.level, b.level) or Level.TREATY in (a.level, b.level):
        return Ruling(Precedence.UNKNOWN, note="位阶没有查明（条约须核对批准和国内转化情况），先核实文件。")
    if not covers(a.region, b.region) and not covers(b.region, a.region):
        return Ruling(Precedence.SEPARATE, note="两个规范适用于不同地区，不发生冲突。")
    varied = _variation(a, b)
    if varied:
        return varied
    if a.level is b.level:
        return _same_level(a, b)
    local = _local_levels(a, b) or _flip(_local_levels(b, a))
    return local or _by_order(a, b) or _by_ruling(a, b)


def _flip(ruling: Ruling | None) -> Ruling | None:
    if ruling is None or ruling.precedence not in (Precedence.A, Precedence.B):
        return ruling
    return Ruling(Precedence.B if ruling.precedence is Precedence.A else Precedence.A, ruling.basis, ruling.who, ruling.note)


def _variation(a: Standing, b: Standing) -> Ruling | None:
    """自治条例, 单行条例 and 经济特区法规 that depart from higher law under their authority (第一百零一条)."""
    for one, other, answer in ((a, b, Precedence.A), (b, a, Precedence.B)):
        if (
            one.varies
            and one.level is Level.LOCAL_REGULATION
            and other.level is not Level.CONSTITUTION
            and covers(other.region, one.region)
        ):
            note = "先核实是否属于依法变通；经济特区法规与法律不一致且不能确定如何适用的，由全国人民代表大会常务委员会裁决。"
            return Ruling(answer, "立法法第一百零一条", note=note)
    return None


def _local_levels(a: Standing, b: Standing) -> Ruling | None:
    """A local regulation against a local rule (第一百条第一款, 第八十一条第二款)."""
    if (a.level, b.level) != (Level.LOCAL_REGULATION, Level.LOCAL_RULE):
        return None
    if covers(a.region, b.region):
        return Ruling(Precedence.A, "立法法第一百条第一款")
    who = "省、自治区人民代表大会常务委员会"
    return Ruling(Precedence.RULING_NEEDED, "立法法第八十一条第二款", who, "设区的市法规与省级政府规章抵触，批准机关审查时处理。")


def _by_order(a: Standing, b: Standing) -> Ruling | None:
    for entry in table()["order"]:
        if entry["higher"] == str(a.level) and str(b.level) in entry["lower"]:
            return Ruling(Precedence.A, entry["basis"])
        if entry["higher"] == str(b.level) and str(a.level) in entry["lower"]:
            return Ruling(Precedence.B, entry["basis"])
    return None


def _by_ruling(a: Standing, b: Standing) -> Ruling:
    for entry in table()["ruling"]:
        if sorted(entry["between"]) == sorted((str(a.level), str(b.level))):
            return Ruling(Precedence.RULING_NEEDED, entry["basis"], entry["who"])
    if {a.level, b.level} == {Level.ADMIN_REGULATION, Level.STATE_COUNCIL_DECISION}:
        return _special_then_new(a, b, "立法法第一百零三条", "国务院", "立法法第一百零五条第二款")
    if Level.JUDICIAL_INTERPRETATION in (a.level, b.level):
        return Ruling(Precedence.SEPARATE, "立法法第一百一十九条", note="司法解释约束审判、检察工作，与行政规范不在同一序列。")
    return Ruling(Precedence.UNKNOWN, note="没有可以适用的规则，请示有权机关。")


def _same_level(a: Standing, b: Standing) -> Ruling:
    """Same rank: the organ above first, then special before general and new before old, else the organ that rules."""
    if a.region != b.region and a.level is Level.LOCAL_REGULATION:
        return Ruling(Precedence.A if covers(a.region, b.region) else Precedence.B, "立法法第八十一条第一款")
    if a.region != b.region and a.level is Level.LOCAL_RULE:
        return Ruling(Precedence.A if covers(a.region, b.region) else Precedence.B, "立法法第一百条第二款")
    one_organ = a.level in (Level.LAW, Level.ADMIN_REGULATION, Level.STATE_COUNCIL_DECISION, Level.CONSTITUTION) or (
        a.region == b.region and (a.level in (Level.LOCAL_REGULATION, Level.LOCAL_RULE) or (a.issuer is not None and a.issuer == b.issuer))
    )
    if one_organ:
        entry = next((e for e in table()["same_organ"] if e["level"] == str(a.level)), {"who": "制定机关", "basis": "立法法第一百零三条"})
        return _special_then_new(a, b, "立法法第一百零三条", entry["who"], entry["basis"])
    for ruling in table()["ruling"]:
        if ruling["between"] == [str(a.level), str(b.level)]:
            return Ruling(Precedence.RULING_NEEDED, ruling["basis"], ruling["who"])
    return Ruling(Precedence.EQUAL_SPECIAL_THEN_NEW, "立法法第一百零三条")


def _special_then_new(a: Standing, b: Standing, basis: str, who: str, ruling_basis: str) -> Ruling:
    """第一百零三条; a new general rule against an old special one is for the organ that rules."""
    special = None if a.special is None or b.special is None or a.special == b.special else (Precedence.A if a.special else Precedence.B)
    newer = None
    if a.effective and b.effective and a.effective != b.effective:
        newer = Precedence.A if a.effective > b.effective else Precedence.B
    if special and newer and special is not newer:
        return Ruling(Precedence.RULING_NEEDED, ruling_basis, who, "新的一般规定与旧的特别规定不一致，不能确定如何适用时报请裁决。")
    if special or (newer and a.special is not None and a.special == b.special):
        return Ruling(special or newer or Precedence.UNKNOWN, basis)
    return Ruling(Precedence.EQUAL_SPECIAL_THEN_NEW, basis, who, "先看哪一个是特别规定，再看新旧；拿不准的报请裁决。")


def city_scope(region: str, published: date | None) -> CityScope | None:
    """What a city divided into districts could regulate on the day a text was published; ``None`` for provinces and for the nation.

    ``legacy``: a city of the old list whose text is older than the rule, and so goes on even outside the fields.
    """
    data = table()["city"]
    inner = region
    for end in ("自治区", "省"):
        inner = inner.split(end, 1)[-1] if end in inner else inner
    if region == "全国" or not inner or inner == region:
        return None
    old = published is not None and published < data["since_before"]
    fields = data["fields"] if published is None or published >= data["since"] else data["fields_before"]
    legacy = old and any(inner.startswith(city) for city in data["legacy"])
    basis = data["legacy_basis"] if legacy else data["basis"]
    note = "此前制定、超出事项范围的继续有效。" if legacy else "超出事项范围的，窗口不自行认定无效，报请审查；须经省级人大常委会批准。"
    return CityScope(tuple(fields), basis, legacy, note)
