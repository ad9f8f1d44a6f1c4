"""Lexicon files → records: what a proof 证明, a matter 办理事项 or a body 单位 is called, loaded and checked.

The data lives in ``corpora/national/lexicon/*.toml``: tables ``[[proof]]`` and ``[[matter]]`` (with ``members``: other documents or
matters of the same nature, each a name of its own), ``[[body]]``, ``[[pattern]]`` and ``[[ambiguous]]``. An unknown key, an unknown
value or one surface claimed by two canonical names is refused with ``BadRule``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.errors import BadRule

LEXICON_FOLDER = Path(__file__).parents[1] / "corpora" / "national" / "lexicon"

FIELDS = (
    "身份户籍", "婚姻家庭", "生育卫生", "教育考试", "就业社保", "住房不动产", "民政救助", "司法公证", "公安出入境", "交通运输",
    "市场主体", "税务财政", "金融信用", "建设规划", "农林水", "食品药品", "资源环境", "安全应急", "文化旅游", "退役军人", "知识产权",
    "海关外贸", "通用",
)  # fmt: skip
RISKS = ("国家安全", "国家秘密", "公共安全", "金融审慎监管", "生态环境保护", "人身健康", "生命财产安全", "重要涉外")


_DOT = re.compile(r"(?<!\\)\.(?=[{*+?])")


class ProofKind(StrEnum):
    """What a material is; only ``proof`` is a 证明事项 (国办发〔2020〕42号（四）), the others follow their own rules."""

    PROOF = "proof"
    LICENCE = "licence"  # 法定证照
    DECLARATION = "declaration"  # 申请表, 委托书, 声明, 承诺书
    VOUCHER = "voucher"  # 合同, 发票, 流水, 病历
    INTERMEDIARY = "intermediary"  # 评估, 检测, 验资, 审计报告
    CREDIT_REPORT = "credit_report"  # 信用报告
    JUDICIAL = "judicial"  # 公证书, 判决书, 鉴定意见
    APPROVAL = "approval"  # 审批表, 批准文件, 通知书
    OTHER = "other"  # 照片, 印章 …


class BodyKind(StrEnum):
    """Type of a body that asks for or issues a material (decision.md section 3)."""

    ADMINISTRATIVE = "行政机关"
    AUTHORISED = "法律法规授权组织"
    UTILITY = "公用企事业单位"
    NOTARY = "公证机构"
    FINANCIAL = "金融机构"
    EMPLOYER = "用人单位"
    COMMUNITY = "村居委会"
    POLICE_STATION = "派出所"
    MEDICAL = "医疗机构"
    SCHOOL = "学校"
    JUDICIAL = "司法机关"
    FOREIGN = "外国使领馆"
    TENDERER = "招标人"
    INTERMEDIARY = "中介机构"
    ASSOCIATION = "行业协会"
    MILITARY = "军队"
    ENTERPRISE = "企业"


# Which rule says a body does not issue a proof any more: key in the legal-basis records → (body type, document number).
NOT_ISSUED_RULES: Mapping[str, tuple[str, str]] = {
    "mf20-20": ("村居委会", "民发〔2020〕20号"),
    "gtz16-21-9": ("派出所", "公通字〔2016〕21号"),
    "gtz16-21-5": ("派出所", "公通字〔2016〕21号"),
    "gtz16-21-6": ("派出所", "公通字〔2016〕21号"),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A material by its canonical name 规范名称, and what is known of it."""

    name: str
    kind: ProofKind = ProofKind.PROOF
    field: str = "通用"
    aliases: tuple[str, ...] = ()  # official variants
    lay: tuple[str, ...] = ()  # how people say it
    fact: str = ""  # what it certifies
    holder: str = ""  # who holds the data
    issuers: tuple[str, ...] = ()  # who commonly issues it
    covered_by: tuple[str, ...] = ()  # licences or documents that show the same fact
    shared: bool | None = None  # a nationally shared data item; None: not known
    shared_note: str = ""
    ambiguous_matters: bool = False  # the answer turns on the matter: ask back when none is given
    not_issued_by: tuple[str, ...] = ()  # keys of NOT_ISSUED_RULES
    commitment_field: str = ""  # a risk of RISKS that usually excludes 告知承诺


@dataclass(frozen=True, slots=True)
class Matter:
    """Something an applicant gets done 办理事项. ``risk``: the risks (of RISKS) that exclude 告知承诺 (国办发〔2020〕42号)."""

    name: str
    field: str = "通用"
    aliases: tuple[str, ...] = ()
    lay: tuple[str, ...] = ()
    body: str = ""  # who handles it
    risk: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A body that asks for or issues materials."""

    name: str
    kind: BodyKind = BodyKind.ADMINISTRATIVE
    aliases: tuple[str, ...] = ()
    lay: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A lay way of saying something that a fixed word cannot hold. ``kind``: proof | matter; ``examples`` fire, ``not_examples`` do not."""

    kind: str
    name: str
    regex: str
    examples: tuple[str, ...]
    not_examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LexiconData:
    """All records of one lexicon, checked."""

    proofs: Mapping[str, Proof] = field(default_factory=dict)
    matters: Mapping[str, Matter] = field(default_factory=dict)
    bodies: Mapping[str, Body] = field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()
    ambiguous: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)  # kind → surface → candidates


@cache
def _keys(record: type) -> dict[str, str]:
    return {f.name: str(f.type) for f in fields(record)}


def _build(record: type, raw: Mapping[str, Any], where: str) -> Any:
    """A record from one TOML table; lists become tuples. Raises BadRule for an unknown key or a value of the wrong type."""
    keys = _keys(record)
    values: dict[str, Any] = {}
    for key, value in raw.items():
        expected = keys.get(key)
        if expected is None:
            raise BadRule(f"词库 {where} 里有不认识的键“{key}”，可用的键是：{'、'.join(keys)}。")
        if expected.startswith("tuple"):
            if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
                raise BadRule(f"词库 {where} 的“{key}”应当是字符串列表。")
            value = tuple(value)
        elif "bool" in expected:
            if not isinstance(value, bool):
                raise BadRule(f"词库 {where} 的“{key}”应当是 true 或 false。")
        elif not isinstance(value, str):
            raise BadRule(f"词库 {where} 的“{key}”应当是字符串。")
        elif expected in ("ProofKind", "BodyKind"):
            value = _choice(ProofKind if expected == "ProofKind" else BodyKind, value, where, key)
        values[key] = value
    if not values.get("name"):
        raise BadRule(f"词库 {where} 有一条没有 name。")
    return record(**values)


def _choice(enum: type[StrEnum], value: str, where: str, key: str) -> StrEnum:
    try:
        return enum(value)
    except ValueError:
        raise BadRule(f"词库 {where} 的“{key}”不能是“{value}”，可用的值是：{'、'.join(enum)}。") from None


def compile_pattern(pattern: Pattern) -> re.Pattern[str]:
    """The pattern's regular expression; a bare ``.`` in it does not cross a comma, a full stop or the like."""
    return re.compile(_DOT.sub(r"[^,，.。、;；?？!！]", pattern.regex))


def _check(records: Iterable[Proof | Matter], where: str) -> None:
    for record in records:
        if record.field not in FIELDS:
            raise BadRule(f"词库 {where}“{record.name}”的 field“{record.field}”不在 {'、'.join(FIELDS)} 之中。")
        risks = (record.commitment_field,) if isinstance(record, Proof) else record.risk
        if unknown := [risk for risk in risks if risk and risk not in RISKS]:
            raise BadRule(f"词库 {where}“{record.name}”的风险领域“{unknown[0]}”不在 {'、'.join(RISKS)} 之中。")
        if isinstance(record, Proof) and (odd := [rule for rule in record.not_issued_by if rule not in NOT_ISSUED_RULES]):
            raise BadRule(f"词库 {where}“{record.name}”的 not_issued_by“{odd[0]}”没有登记。")


def surfaces_of(record: Proof | Matter | Body) -> tuple[tuple[str, str], ...]:
    """The written surfaces of a record with how each counts: ``((surface, "exact"|"alias"|"lay"), …)``."""
    return (
        (record.name, "exact"),
        *((alias, "alias") for alias in record.aliases),
        *((word, "lay") for word in record.lay),
    )


def _check_collisions(kind: str, records: Mapping[str, Any], ambiguous: Mapping[str, tuple[str, ...]]) -> None:
    owner: dict[str, str] = {}
    for record in records.values():
        for surface, _ in surfaces_of(record):
            other = owner.setdefault(surface, record.name)
            if other != record.name and surface not in ambiguous:
                raise BadRule(f"词库 {kind} 里“{surface}”同时属于“{other}”和“{record.name}”：改掉一个，或写进 [[ambiguous]]。")
            if len(surface) < 2:
                raise BadRule(f"词库 {kind}“{record.name}”的说法“{surface}”太短，至少两个字。")
    for surface, names in ambiguous.items():
        if unknown := [name for name in names if name not in records]:
            raise BadRule(f"词库 [[ambiguous]]“{surface}”指向不存在的“{unknown[0]}”。")
        if len(names) < 2:
            raise BadRule(f"词库 [[ambiguous]]“{surface}”至少要有两个候选。")


def _records(record_type: type, row: Mapping[str, Any], where: str) -> list[Any]:
    """The record of one table and one more for each of its ``members``: other things of which the same facts are known."""
    if record_type is Body or "members" not in row:
        return [_build(record_type, row, where)]
    record = _build(record_type, {key: value for key, value in row.items() if key != "members"}, where)
    return [record, *(replace(record, name=str(member), aliases=(), lay=()) for member in row["members"])]


def _tables(folder: Path) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise BadRule(f"词库目录 {folder} 里没有 .toml 文件。")
    for path in files:
        try:
            document = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadRule(f"词库文件 {path.name} 读不懂：{error}") from error
        for table, rows in document.items():
            if table not in ("proof", "matter", "body", "pattern", "ambiguous"):
                raise BadRule(f"词库文件 {path.name} 有不认识的表“{table}”。")
            for row in rows:
                yield path.name, table, row


def load_data(folder: Path = LEXICON_FOLDER) -> LexiconData:
    """Reads and checks every ``*.toml`` of ``folder``. Raises BadRule naming file, entry and what is allowed."""
    found: dict[str, dict[str, Any]] = {"proof": {}, "matter": {}, "body": {}}
    record_types: dict[str, type] = {"proof": Proof, "matter": Matter, "body": Body}
    patterns: list[Pattern] = []
    ambiguous: dict[str, dict[str, tuple[str, ...]]] = {"proof": {}, "matter": {}, "body": {}}
    for file, table, row in _tables(folder):
        where = f"{file} [[{table}]] {row.get('name', row.get('surface', ''))}"
        if table in record_types:
            for record in _records(record_types[table], row, where):
                if record.name in found[table]:
                    raise BadRule(f"词库 {where} 里的“{record.name}”重复出现。")
                found[table][record.name] = record
        elif table == "pattern":
            pattern = _build(Pattern, row, where)
            re.compile(pattern.regex)
            patterns.append(pattern)
        else:
            if set(row) != {"kind", "surface", "candidates"} or row["kind"] not in ambiguous:
                raise BadRule(f"词库 {where} 应当只有 kind、surface、candidates 三个键。")
            ambiguous[row["kind"]][row["surface"]] = tuple(row["candidates"])
    _check([*found["proof"].values(), *found["matter"].values()], str(folder.name))
    for kind, records in found.items():
        _check_collisions(kind, records, ambiguous[kind])
    for pattern in patterns:
        if pattern.name not in found.get(pattern.kind, {}):
            raise BadRule(f"词库 [[pattern]] 指向不存在的 {pattern.kind}“{pattern.name}”。")
    return LexiconData(found["proof"], found["matter"], found["body"], tuple(patterns), ambiguous)
