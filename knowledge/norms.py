"""Legal-basis records 依据记录: one provision each, annotated so that rules can decide on it.

The data is ``corpora/national/norms.jsonl`` (fields explained in ``norms.schema.md`` beside it). Facts are facts; ``gist`` is our own
summary and is always shown as such. Annotations say what the provision does to a proof (:class:`NormEffect`), which other norms it
conflicts with and which a lawyer cites with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any, TypeVar

from knowledge.errors import BadRule
from knowledge.types import Level, Path, Status, Strength, TextKind, Verdict

DEFAULT_FILE = FilePath(__file__).parents[1] / "corpora" / "national" / "norms.jsonl"
_E = TypeVar("_E", bound=StrEnum)


class EffectKind(StrEnum):
    """What a provision does to a proof or to the procedure around it."""

    SETS = "sets"  # 设定: the applicant must give it
    FORBIDS = "forbids"  # 不得索要, or the fact may not be asked at all
    SHARES = "shares"  # 数据共享/联网核查, then it need not be given
    VERIFIES = "verifies"  # 由机关核查, not by the applicant
    COMMITS = "commits"  # 书面承诺代替
    SUBSTITUTES = "substitutes"  # 证照或其他材料代替, or the right issuer instead of the wrong one
    AGENCY = "agency"  # 代办
    LISTS = "lists"  # 清单管理
    RANKS = "ranks"  # 位阶, 冲突, who may set
    REPEALS = "repeals"  # 废止
    PROCEDURE = "procedure"  # 一次告知, 公示, 受理
    REMEDY = "remedy"  # 投诉, 复议, 诉讼, 审查建议
    LIABILITY = "liability"  # 责任
    CONDITION = "condition"  # 法定条件, which is not yet a demand for a proof
    ISSUER_DUTY = "issuer_duty"  # somebody must issue it; not a demand on the applicant
    DEFINITION = "definition"
    SCOPE = "scope"
    INTERMEDIARY = "intermediary"  # 中介服务


# facts a question may show; the rules engine asks for them by these names
FACTS: Mapping[str, str] = {
    "data_available": "系统里查得到、已联网、可共享",
    "system_down": "系统故障、没有权限、接口不通",
    "networked": "开具方已与办理机关联网",
    "licence_in_hand": "申请人手里有能说明同一事实的证照",
    "unwilling_to_commit": "申请人不愿或不能承诺",
    "false_commitment_before": "曾虚假承诺或有较严重失信且未修复",
    "false_commitment_found": "承诺被查出不实",
    "risk_excluded": "事项落在不得告知承诺的高风险领域",
    "named_by_law": "法律、法规、国务院决定点名要",
    "rule_or_document_only": "依据只有规章、规范性文件、通知或系统弹窗",
    "local_regulation_only": "依据只有地方性法规",
    "off_list": "不在保留清单上",
    "on_cancel_list": "在取消清单上",
    "basis_repealed": "依据已废止或已改",
    "issuer_cannot_verify": "开具方核实不了",
    "cross_border": "国（境）外使用或由国（境）外出具",
    "treaty_state": "文书来自《取消外国公文书认证要求的公约》缔约国",
    "outside_village_list": "属于村（居）委会不应出具的证明",
    "asked_by_employer": "由用人单位索要",
    "works_with_minors": "岗位密切接触未成年人",
    "industry_ban_by_law": "法律、行政法规对岗位有从业禁止",
    "asked_by_court": "法院或诉讼环节",
    "collateral_relative": "三代以内旁系同辈血亲",
    "foundling": "查找不到生父母的未成年人",
    "unnatural_death": "非正常死亡",
    "death_at_home": "居家死亡",
    "small_deposit": "已故存款人小额存款",
    "lives_abroad": "本人居住在国（境）外",
    "cannot_come": "本人不能到场",
    "special_group": "低保等已认定的特殊群体",
    "transfer_to_third_party": "不可逆后果",
    "said": "提问里说到的情形，只看 words",
}


@dataclass(frozen=True, slots=True)
class When:
    """A fact on which an effect depends: it applies when ``fact`` is ``expected``; ``words``: phrases of a question that show the fact."""

    fact: str
    expected: bool = True
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """Another norm, and the rule by which the two stand to each other."""

    key: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class NormEffect:
    """What one provision does to one material (or, when ``general``, to every material) in one matter.

    ``proofs`` are canonical names, ``proof_words``/``matter_words`` words that identify them in lay or official wording. ``matters`` empty
    with ``general`` true: every matter. ``bodies``: the kinds of requesting bodies bound, empty for all. ``path`` is the path that section
    9 of ``decision.md`` gives for this material under this norm, ``alternatives`` other defensible ones; ``verdict`` what follows when the
    norm applies squarely; ``when`` facts it depends on; ``instead`` what the window or the citizen does instead, one Chinese sentence.
    """

    effect: EffectKind
    strength: Strength | None = None
    proofs: tuple[str, ...] = ()
    proof_words: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    matter_words: tuple[str, ...] = ()
    applicant: str | None = None
    recipient: str | None = None
    issuers: tuple[str, ...] = ()
    general: bool = False
    bodies: tuple[str, ...] = ()
    path: Path | None = None
    path_why: str = ""
    alternatives: tuple[Path, ...] = ()
    verdict: Verdict | None = None
    verdict_why: str = ""
    when: tuple[When, ...] = ()
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Norm:
    """One provision of one version of an instrument; in force on days ``[effective, ended)``.

    A date known only to the month or year stands at its first day, see :attr:`vague`. ``by_what`` names what replaced or repealed it, in
    Chinese. ``article`` is ``None`` or a heading for texts without articles (``article_kind`` ``section``); ``article_verified`` false when
    the number was not seen on an official text. ``source`` is a path inside the law folder (``in_repo``) or a note where it was checked.
    """

    key: str
    title: str
    level: Level
    region: str
    gist: str
    article: str | None = None
    doc_number: str | None = None
    issuer: str | None = None
    published: date | None = None
    effective: date | None = None
    ended: date | None = None
    status: Status = Status.IN_FORCE
    by_what: str | None = None
    topic: str = ""
    article_verified: bool = False
    article_kind: str = "number"
    status_checked_to: str = ""
    effective_basis: str = ""
    source: str = ""
    in_repo: bool = False
    note: str | None = None
    vague: tuple[str, ...] = ()  # dates known only to the period: "effective:month", "ended:year"
    effects: tuple[NormEffect, ...] = ()
    prevails_over: tuple[Relation, ...] = ()
    yields_to: tuple[Relation, ...] = ()
    companions: tuple[str, ...] = ()
    lead: bool = False
    text_kind: TextKind = TextKind.GIST

    @property
    def name(self) -> str:
        """Matching name 比对名: without 中华人民共和国, 《》 and a trailing （2025年修订）."""
        bare = self.title.split("（2")[0]
        for drop in ("中华人民共和国", "《", "》", "“", "”", " "):
            bare = bare.replace(drop, "")
        return bare

    @property
    def cite(self) -> str:
        """``《优化营商环境条例》第四十四条``; without the article when its number is not verified."""
        return f"《{self.title}》{self.article or ''}" if self.article_verified else f"《{self.title}》"

    def in_force_on(self, day: date) -> bool | None:
        """Whether it applies on ``day`` (``[effective, ended)``); ``None`` when the dates known do not tell."""
        if self.ended is not None and day >= self.ended:
            return False
        if self.effective is None:
            return None
        if day < self.effective:
            return False
        if self.ended is None and self.status in (Status.REPEALED, Status.AMENDED, Status.UNKNOWN):
            return None
        return None if self._in_doubt(day) else True

    def _in_doubt(self, day: date) -> bool:
        """True while ``day`` lies in the month or year that a vague date stands for."""
        if "effective:month" in self.vague and self.effective:
            return (day.year, day.month) == (self.effective.year, self.effective.month)
        return "effective:year" in self.vague and self.effective is not None and day.year == self.effective.year


@dataclass(frozen=True, slots=True)
class NormBook:
    """All records in file order, with access by key and by name."""

    norms: tuple[Norm, ...]
    _by_key: Mapping[str, Norm] = field(default_factory=dict, repr=False)
    _by_name: Mapping[str, tuple[Norm, ...]] = field(default_factory=dict, repr=False)

    def __iter__(self) -> Iterator[Norm]:
        return iter(self.norms)

    def __len__(self) -> int:
        return len(self.norms)

    def get(self, key: str) -> Norm | None:
        """The record of that key, ``None`` when there is none."""
        return self._by_key.get(key)

    def __getitem__(self, key: str) -> Norm:
        return self._by_key[key]

    def of(self, name: str) -> tuple[Norm, ...]:
        """Records of an instrument by its matching name (all versions), empty when none."""
        return self._by_name.get(name, ())

    def with_effect(self, *kinds: EffectKind) -> tuple[tuple[Norm, NormEffect], ...]:
        """(norm, effect) pairs of these kinds, in file order."""
        return tuple((norm, effect) for norm in self.norms for effect in norm.effects if effect.effect in kinds)


def load_norms(path: FilePath | None = None) -> NormBook:
    """The records of ``path`` (default: the shipped file), validated; the same file is read once.

    Raises :class:`knowledge.errors.BadRule` naming line, key and field when a record does not validate.
    """
    return _load(str(path or DEFAULT_FILE))


@lru_cache(maxsize=4)
def _load(path: str) -> NormBook:
    with open(path, encoding="utf-8") as lines:
        return parse_norms(lines, where=FilePath(path).name)


def parse_norms(lines: Iterable[str], where: str = "norms.jsonl") -> NormBook:
    """Records from JSON lines, validated like :func:`load_norms`."""
    norms: list[Norm] = []
    by_key: dict[str, Norm] = {}
    by_name: dict[str, list[Norm]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            norm = norm_from_dict(raw)
        except (ValueError, KeyError, TypeError) as error:
            raise BadRule(f"{where} 第{number}行不合格：{error}。请对照 norms.schema.md 改正这一行。") from error
        if norm.key in by_key:
            raise BadRule(f"{where} 第{number}行的 key“{norm.key}”与前面的记录重复，请改名。")
        norms.append(norm)
        by_key[norm.key] = norm
        by_name.setdefault(norm.name, []).append(norm)
    _check_links(norms, by_key, where)
    return NormBook(tuple(norms), by_key, {name: tuple(found) for name, found in by_name.items()})


def _check_links(norms: Sequence[Norm], by_key: Mapping[str, Norm], where: str) -> None:
    for norm in norms:
        links = [*norm.companions, *(r.key for r in norm.prevails_over), *(r.key for r in norm.yields_to)]
        for key in links:
            if key not in by_key:
                raise BadRule(f"{where} 记录“{norm.key}”引用了不存在的 key“{key}”，请改正或补上该记录。")


_NORM_KEYS = frozenset(Norm.__dataclass_fields__) - {"vague", "text_kind"}
_EFFECT_KEYS = frozenset(NormEffect.__dataclass_fields__)


def norm_from_dict(raw: Mapping[str, Any]) -> Norm:
    """One record from its JSON object. Raises ``ValueError``/``KeyError`` (Chinese message) on unknown fields, values or dates."""
    _refuse_unknown(raw, _NORM_KEYS, "记录")
    dates: dict[str, Any] = {}
    vague = []
    for name in ("published", "effective", "ended"):
        dates[name], precision = _day(raw.get(name))
        if precision:
            vague.append(f"{name}:{precision}")
    plain: dict[str, Any] = {k: v for k, v in raw.items() if k not in dates and k not in _SPECIAL}
    return Norm(
        **plain,
        **dates,
        level=_enum(Level, raw["level"], "level"),
        status=_enum(Status, raw.get("status", "in_force"), "status"),
        vague=tuple(vague),
        effects=tuple(effect_from_dict(e) for e in raw.get("effects", ())),
        prevails_over=tuple(_relation(r) for r in raw.get("prevails_over", ())),
        yields_to=tuple(_relation(r) for r in raw.get("yields_to", ())),
        companions=tuple(raw.get("companions", ())),
    )


_SPECIAL = frozenset({"level", "status", "effects", "prevails_over", "yields_to", "companions"})


def effect_from_dict(raw: Mapping[str, Any]) -> NormEffect:
    """One effect from its JSON object; raises ``ValueError`` on unknown fields, facts or values."""
    _refuse_unknown(raw, _EFFECT_KEYS, "effects")
    lists = {k: tuple(raw.get(k, ())) for k in ("proofs", "proof_words", "matters", "matter_words", "issuers", "bodies")}
    return NormEffect(
        effect=_enum(EffectKind, raw["effect"], "effect"),
        strength=None if raw.get("strength") is None else _enum(Strength, raw["strength"], "strength"),
        path=None if raw.get("path") is None else _enum(Path, raw["path"], "path"),
        verdict=None if raw.get("verdict") is None else _enum(Verdict, raw["verdict"], "verdict"),
        alternatives=tuple(_enum(Path, p, "alternatives") for p in raw.get("alternatives", ())),
        when=tuple(_when(w) for w in raw.get("when", ())),
        applicant=raw.get("applicant"),
        recipient=raw.get("recipient"),
        general=bool(raw.get("general", False)),
        path_why=raw.get("path_why", ""),
        verdict_why=raw.get("verdict_why", ""),
        instead=raw.get("instead", ""),
        **lists,
    )


def _when(raw: Mapping[str, Any]) -> When:
    _refuse_unknown(raw, frozenset({"fact", "is", "words"}), "when")
    if raw["fact"] not in FACTS:
        raise ValueError(f"when 的 fact“{raw['fact']}”不在 FACTS 表里")
    return When(raw["fact"], bool(raw.get("is", True)), tuple(raw.get("words", ())))


def _relation(raw: Mapping[str, Any]) -> Relation:
    _refuse_unknown(raw, frozenset({"key", "rule"}), "关系")
    return Relation(raw["key"], raw.get("rule", ""))


def _refuse_unknown(raw: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    if extra := set(raw) - known:
        raise ValueError(f"{what}里有不认识的字段 {'、'.join(sorted(extra))}")


def _enum(kind: type[_E], value: str, name: str) -> _E:
    try:
        return kind(value)
    except ValueError:
        allowed = "、".join(member.value for member in kind)
        raise ValueError(f"{name} 的取值“{value}”不在允许的范围（{allowed}）") from None


def _day(text: str | None) -> tuple[date | None, str]:
    """``2021-09`` → (2021-09-01, "month"); ``2021`` → (2021-01-01, "year"); a full date → (date, ""); nothing → (None, "")."""
    if text is None:
        return None, ""
    precision = {4: "year", 7: "month", 10: ""}.get(len(text))
    if precision is None:
        raise ValueError(f"日期“{text}”不是 ISO 格式")
    return date.fromisoformat((text + "-01-01")[:10]), precision
