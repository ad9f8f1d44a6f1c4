"""A1–A8: the ways to do without a proof that lexicon, lists or the decision know; at most two of them on one demand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from assistant.audit_lists import Listed
from assistant.audit_types import Finding, Judged
from assistant.audit_wording import finding
from assistant.cite import entry_citation
from knowledge.lexicon import lexicon
from knowledge.lexicon_data import Proof, ProofKind
from knowledge.types import Path

if TYPE_CHECKING:
    from assistant.audit_rules import Setting

_MOST = 2
_COVERS = {ProofKind.LICENCE: "A1", ProofKind.JUDICIAL: "A2", ProofKind.VOUCHER: "A7"}
_STILL = r"[^，。；（）()]{0,4}?(?:也|仍|还|同样|一律|均|都)(?:然|旧)?(?:须|需|应|要|得|必须)"
_HELD = re.compile(
    rf"(?:持有?|(?:已经?|业已)(?:提交|提供|出示|取得|办理|领取|持有|有)了?|有)(?P<held>[^，。；（）()]{{2,20}}?)(?:的|后|时|，){_STILL}"
)
_ONLINE = re.compile(rf"(?:可以?|能够?|已|均可)(?:在线|线上|联网|共享|系统|平台)*(?:核验|核查|查询|查到|共享|比对|调取|获取){_STILL}")
_PLACE = re.compile(r"^[^，。]{1,12}(?:省|市|县|区|州|旗|盟)(?=.{2})")
_OFFICE = re.compile(r"(?:管理)?(?:局|厅|委员会|部门|委|处|站|所|中心)$")


def ways(setting: Setting, judged: Judged, record: Proof | None, hits: Sequence[Listed]) -> list[Finding]:
    """The findings A1–A8 of a demand, the nearest way first; none for what is no 证明事项 or where nothing is known."""
    if not judged.is_proof:
        return []
    found: dict[str, Finding] = {}
    for way in _ways(setting, judged, record, hits):
        found.setdefault(way.code, way)
        if len(found) == _MOST:
            break
    return list(found.values())


def _ways(setting: Setting, judged: Judged, record: Proof | None, hits: Sequence[Listed]) -> Iterator[Finding]:
    demand, covered, holder = judged.demand, record.covered_by if record else (), record.holder if record else ""
    here = next((c for c in covered for m in setting.materials if c in m and m != demand.demand), None)
    if here:
        yield finding(setting, judged, "A8", here)
    if said := _own_words(demand.demand):
        yield finding(setting, judged, *said)
    if own_fact(demand.requester, demand.issuer, holder):
        yield finding(setting, judged, "A4", holder or demand.issuer or "")
    commit = next((h for h in hits if h.kind == "commitment"), None)
    if commit:
        row = commit.row.stored
        yield finding(setting, judged, "A3", f"《{row.title or row.file}》把它列为实行告知承诺的证明事项。", own=(entry_citation(row),))
    cover = next(((code, c) for c in covered if c != here and (code := _COVERS.get(lexicon().kind_of(c)))), None)
    if cover:
        yield finding(setting, judged, *cover)
    if judged.path == Path.COMMITMENT and not commit:
        yield finding(setting, judged, "A3", "这项事实主要由申请人自己掌握，可以事后核查，适合告知承诺。")
    elif judged.path == Path.DEPT_VERIFICATION:
        yield finding(setting, judged, "A5", f"有关情况由{demand.issuer or holder or '其他单位'}掌握。")
    elif judged.path == Path.DATA_SHARING or (record and record.shared):
        yield finding(setting, judged, "A6", f"有关信息由{holder or '有关部门'}掌握，可以共享查询。")


def _own_words(cell: str) -> tuple[str, str] | None:
    """The code and what takes the proof's place, where the demand itself says that it is asked for although something is there already."""
    if _ONLINE.search(cell):
        return "A6", "材料自己写明有关信息可以联网核验。"
    held = _HELD.search(cell)
    if held is None:
        return None
    record = lexicon().canonical_proof(held.group("held"))
    code = _COVERS.get(lexicon().kind_of(getattr(record, "name", None) or held.group("held")))
    return (code, held.group("held")) if code else None


def own_fact(requester: str | None, issuer: str | None, holder: str) -> bool:
    """Whether the office that asks holds the fact itself: it is the issuer, or its field is that of the holder (民政局, 民政部门)."""
    asking = _field(requester)
    return len(asking) >= 2 and (
        asking == _field(issuer) or any(asking == _field(h) or asking in h for h in re.split("[;；、]", holder) if h)
    )


def _field(body: str | None) -> str:
    """清江市人力资源和社会保障局 → 人力资源社会保障."""
    return _OFFICE.sub("", _PLACE.sub("", body or "")).replace("和", "")


__all__ = ["own_fact", "ways"]
