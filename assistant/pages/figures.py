"""What the lists and ledgers show when counted: by path, body, level, list and year; repeated and circular proofs; lapsing bases; gaps. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.pages.register import Item, missing
from assistant.world import World
from knowledge.lexicon import lexicon
from knowledge.regions import gazetteer
from knowledge.text import law_name

_FINANCE = re.compile(r"银行|保险(?!.{0,3}(中心|经办|事业))|证券|信用社|金融机构|小额贷款|担保公司")
_SERVICE = re.compile(
    r"供水|供电|供气|燃气|热力|电力|自来水|通信|电信|移动|联通|邮政|公交|医院|学校|幼儿园|公证|殡仪|公积金|图书馆|档案馆|服务网点|服务中心|协会"
)
_VILLAGE = re.compile(r"村（居）|村民委员会|居民委员会|村委|居委|社区|村居")
_TOWN = re.compile(r"乡镇|街道|镇人民政府|乡人民政府|镇政府")
_OFFICE = re.compile(r"[（(][^（）()]*[)）]|^.{2,6}?[省市县区](?=.{2,})")
_STEM = re.compile(r"(证明|说明|材料|文件|情况|书|表)+$")
_ACT = re.compile(r"(的)?(申请|认定|登记|办理|审批|审核|备案|确认|申领|核定|待遇|资格|享受)+$")
SECTORS, TIERS = ("政府部门", "公共服务单位", "金融机构"), ("市县", "镇街", "村居")
LEVELS = {"nation": "国家", "province": "省级", "prefecture": "市级", "county": "县级"}


@dataclass(frozen=True, slots=True)
class Circle:
    """Two matters that wait for each other: ``first`` asks for a paper of the body that handles ``second``, which asks for one back."""

    first: Item
    second: Item


def count(items: Iterable[Item], key: Callable[[Item], str | None], most: int | None = None) -> list[tuple[str, int]]:
    """How many rows per key, the most first; rows without one are left out. ``most``: the rest as one line 其他."""
    table = Counter(name for item in items if (name := key(item)))
    rows = sorted(table.items(), key=lambda row: (-row[1], row[0]))
    if most and len(rows) > most:
        rows = [*rows[:most], ("其他", sum(number for _, number in rows[most:]))]
    return rows


def body_of(item: Item) -> str | None:
    """The body that asks for the proof, without what stands in brackets."""
    name = re.sub(r"[（(][^（）()]*[)）]", "", item.stored.entry.requesting_body or "").strip()
    return name or None


def level_of(item: Item) -> str | None:
    """The level of the list's region."""
    region = gazetteer().by_name.get(item.stored.region or "全国")
    return LEVELS.get(region.level) if region else None


def list_of(item: Item) -> str:
    """The list of a row with its year."""
    year = f"（{item.day.year}）" if item.day else ""
    return f"{item.stored.title or item.stored.file}{year}"


def year_of(item: Item) -> str | None:
    """The year in which a row's list took effect."""
    return f"{item.day.year}年" if item.day else None


def grid(items: Iterable[Item]) -> dict[tuple[str, str], int]:
    """The 3+3 grid: who asks (政府部门, 公共服务单位, 金融机构) by how near to the people (市县, 镇街, 村居)."""
    table: Counter[tuple[str, str]] = Counter()
    for item in items:
        name = item.stored.entry.requesting_body
        if name:
            sector = SECTORS[2] if _FINANCE.search(name) else SECTORS[1] if _SERVICE.search(name) else SECTORS[0]
            tier = TIERS[2] if _VILLAGE.search(name) else TIERS[1] if _TOWN.search(name) else TIERS[0]
            table[sector, tier] += 1
    return dict(table)


def repeated(items: Iterable[Item], most: int = 20) -> list[tuple[str, list[str], int, int]]:
    """The same fact asked under several names or by several bodies: ``(fact, names, bodies, rows)``, the most names first."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.canonical:
            groups[item.canonical].append(item)
    rows = []
    for fact, members in groups.items():
        names = sorted({member.stored.entry.proof_name for member in members})
        bodies = {body_of(member) for member in members} - {None}
        if len(names) > 1 and len(bodies) > 1:
            rows.append((fact, names, len(bodies), len(members)))
    return sorted(rows, key=lambda row: (-len(row[1]), -row[3], row[0]))[:most]


def circles(items: Iterable[Item]) -> list[Circle]:
    """Pairs of rows whose bodies send an applicant to each other, each for the result of the other's matter or something of its field.

    At least one of the two asks for the very result of the other's matter (就业困难人员证明 of 就业困难人员认定).
    """
    by_asker: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.stored.entry.matter and _office(item.stored.entry.requesting_body):
            by_asker[_office(item.stored.entry.requesting_body)].append(item)
    found: dict[frozenset[str], Circle] = {}
    for asker, own in by_asker.items():
        for first in own:
            issuer = _office(first.stored.entry.issuing_body)
            for other in by_asker:
                if other == asker or not _same(issuer, other):
                    continue
                for second in by_asker[other]:
                    if _same(_office(second.stored.entry.issuing_body), asker) and _wait(first, second):
                        found.setdefault(frozenset((first.stored.ref, second.stored.ref)), Circle(first, second))
    return list(found.values())


def _office(name: str | None) -> str:
    return _OFFICE.sub("", name or "").strip()


def _same(left: str, right: str) -> bool:
    return bool(left and right) and (left == right or (min(len(left), len(right)) >= 3 and (left in right or right in left)))


def _wait(first: Item, second: Item) -> bool:
    ways = [
        (first.stored.entry.proof_name, second.stored.entry.matter or ""),
        (second.stored.entry.proof_name, first.stored.entry.matter or ""),
    ]
    results = [_result(proof, matter) for proof, matter in ways]
    fields = [_field(item) for item in (first, second)]
    return any(results) and all(
        result or _akin(proof, matter, field) for result, (proof, matter), field in zip(results, ways, fields, strict=True)
    )


def _result(proof: str, matter: str) -> bool:
    stem, subject = _STEM.sub("", proof), _ACT.sub("", matter)
    return len(stem) >= 2 and len(subject) >= 2 and (stem in matter or subject in proof)


def _field(item: Item) -> str | None:
    record = lexicon().proof(item.canonical) if item.canonical else None
    return record.field if record else None


def _akin(proof: str, matter: str, field: str | None) -> bool:
    """Whether proof and matter share a word, or the lexicon puts both in one field."""
    stem = _STEM.sub("", proof)
    if any(stem[at : at + 2] in matter for at in range(len(stem) - 1)):
        return True
    names = lexicon()
    return field is not None and any(
        record.field == field for mention in names.find_matters(matter) if mention.name and (record := names.matter(mention.name))
    )


def gaps(items: Iterable[Item]) -> list[tuple[Item, list[str]]]:
    """Retained rows that lack one of 设定依据, 索要单位, 开具单位, 办理指南."""
    return [(item, empty) for item in items if item.stored.entry.list_kind == "retain" and (empty := missing(item))]


def lapsing(world: World, items: Iterable[Item], day: date, days: int = 365) -> list[tuple[Item, str, date]]:
    """Rows still standing (retained, commitment, ledger) whose named basis ended by the day or ends within ``days``: ``(row, basis, end)``."""
    ends = _ends(world)
    shown = []
    for item in items:
        if item.stored.entry.list_kind in ("retain", "commitment", "ledger") and item.stored.entry.path != "direct_cancel":
            for title in re.findall(r"《([^》]+)》", item.stored.entry.original_basis or ""):
                end = ends.get(law_name(title))
                if end is not None and end <= day + timedelta(days=days):
                    shown.append((item, title, end))
    return shown


def _ends(world: World) -> dict[str, date]:
    """Names of norms all of whose versions and legal-basis records end, with the last end."""
    versions: dict[str, list[date | None]] = defaultdict(list)
    for stored in world.library.instruments():
        versions[stored.instrument.name].append(stored.instrument.ended)
    for norm in world.norms.book:
        versions[norm.name].append(norm.ended)
    return {name: max(end for end in days if end) for name, days in versions.items() if all(days)}


def headline(items: Sequence[Item]) -> list[tuple[str, int]]:
    """Rows, lists, names of proofs, bodies that ask."""
    return [
        ("清单和台账行", len(items)),
        ("清单和台账", len({item.stored.document_id for item in items})),
        ("证明名称", len({item.stored.entry.proof_name for item in items})),
        ("索要单位", len({body_of(item) for item in items} - {None})),
    ]
