"""One demand → its findings: basis (B1–B5, J1), lists (L1, L2), catch-all (O1), issuer (C2) and the ways to do without it (A1–A8)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from assistant.answer import INSTEAD, PATH_WORDS
from assistant.audit_basis import Basis, check_basis
from assistant.audit_decide import ruling
from assistant.audit_demand import Demand
from assistant.audit_found import found_basis, near_basis
from assistant.audit_lists import Listed, canonical_of, listed, look_alikes, names_of, same_matter
from assistant.audit_types import Finding, Judged, Ruling, unverifiable
from assistant.audit_ways import ways
from assistant.audit_wording import finding
from assistant.audit_world import AuditWorld
from assistant.cite import entry_citation
from knowledge.lexicon import lexicon
from knowledge.lexicon_data import Proof, ProofKind
from knowledge.lexicon_names import NameMatch
from knowledge.types import ListKind, Path, Verdict

_SEALED = re.compile(r"盖章|公章|印章|签章|证实|出证")
_STATE = re.compile(r"说明|介绍信|意见|鉴定|推荐|审核表|登记表|声明|承诺")
_IDENTITY = re.compile(r"^[^，。；的]{0,12}(?:的)?(?:有效)?身份证明(?:材料|文件)?$")
_ORDER = {"missing": 0, "ended": 1, "elsewhere": 2, "low": 3, "silent": 4}


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for a whole file: the world, the place, the day, and the materials demanded in it."""

    world: AuditWorld
    region: str
    day: date
    materials: tuple[str, ...] = ()
    quick: bool = False  # ledgers: rows that basis or list settle are not decided again
    decided: dict[str, Ruling] = field(default_factory=dict)


def judge(setting: Setting, demand: Demand) -> Judged:
    """Decide one demand and find its faults."""
    if demand.catch_all:
        if _as_the_law_says(setting, demand):
            return Judged(demand, False, None, (Basis("named"),), None, str(Verdict.MAY_DEMAND), None)
        done = Judged(demand, False, None, (Basis("none"),), None, str(Verdict.MAY_NOT_DEMAND), str(Path.DIRECT_CANCEL))
        return replace(done, findings=(finding(setting, done, "O1", ""),))
    if demand.list_kind not in (ListKind.LEDGER, ListKind.RETAIN):  # a row that takes a proof away asks for nothing
        return Judged(demand, True, None, (Basis("none"),), None, str(Verdict.UNDETERMINED), None)
    record, is_proof = kind_of(demand)
    bases = check_basis(
        setting.world, demand.basis, demand.name, region=setting.region, day=setting.day, matter=demand.matter, is_proof=is_proof
    )
    hits = listed(setting.world, demand, region=setting.region, day=setting.day)
    proof = record.name if record else None
    base = Judged(demand, is_proof, proof, bases, None, str(Verdict.MAY_NOT_DEMAND), _plain_path(record, hits))
    if not (setting.quick and _settled_by_basis(base, hits)):
        found = ruling(setting, demand)
        base = replace(base, ruling=found, verdict=found.verdict, path=found.path)
    faults = _basis_findings(setting, base, hits)
    faults += _list_findings(setting, base, hits, bool(faults))
    if any(f.code == "L1" and f.severity == "error" for f in faults):
        faults = [f for f in faults if f.code != "B1"]
    faults += _incomplete(setting, base)
    faults += _issuer_findings(setting, base)
    verdict, path = _settled(base, faults, hits)
    base = replace(base, verdict=verdict, path=path)
    faults = [replace(f, verdict=verdict, path=path) for f in faults]
    return replace(base, findings=(*faults, *ways(setting, base, record, hits)))


def _as_the_law_says(setting: Setting, demand: Demand) -> bool:
    """An open-ended item that repeats the words of the qualified article it cites."""
    if not demand.basis:
        return False
    core = re.sub(r"[\s，。；、（）()]", "", demand.name)
    bases = check_basis(setting.world, demand.basis, demand.name, region=setting.region, day=setting.day, matter=demand.matter)
    texts = [re.sub(r"[\s，。；、（）()]", "", c.text) for b in bases if b.state in ("named", "general", "silent") for c in b.citations]
    return len(core) >= 6 and any(core in t for t in texts)


def _settled_by_basis(judged: Judged, hits: Sequence[Listed]) -> bool:
    """Whether basis or list alone settle a ledger row: no 证明事项, a basis that cannot carry it, or a cancellation for this very matter."""
    if not judged.is_proof:
        return True
    if any(h.kind == "cancel" and (h.matter or 0) >= 0.85 for h in hits) and not judged.named:
        return True
    states = {b.state for b in judged.bases}
    return bool(states) and states <= {"missing", "ended", "low"}


def _plain_path(record: Proof | None, hits: Sequence[Listed]) -> str:
    """The first of the seven questions that the list or the lexicon answers (decision.md section 9)."""
    for hit in hits:
        if hit.row.stored.entry.path is not Path.UNKNOWN:
            return str(hit.row.stored.entry.path)
    if record is None or "无法核实" in record.holder:
        return str(Path.DIRECT_CANCEL)
    if record.covered_by:
        return str(Path.SUBSTITUTE)
    if record.shared:
        return str(Path.DATA_SHARING)
    return str(Path.DEPT_VERIFICATION if record.holder else Path.DIRECT_CANCEL)


def kind_of(demand: Demand) -> tuple[Proof | None, bool]:
    """The lexicon's record and whether the demand is a 证明事项: issued by another body to show a fact."""
    return _kind(names_of(demand), demand.name, demand.demand, demand.issuer)


@lru_cache(maxsize=20000)
def _kind(names: tuple[str, ...], name: str, cell: str, issuer: str | None) -> tuple[Proof | None, bool]:
    record = None
    for form in names:
        match = canonical_of(form)
        found = lexicon().proof(match.name) if isinstance(match, NameMatch) else None
        if found is not None and (record is None or found.kind is ProofKind.PROOF):
            record = found
        if record is not None and record.kind is ProofKind.PROOF:
            break
    plain = re.sub(r"[（(][^（）()]*[)）]", "", name)
    kind = lexicon().kind_of(plain)
    if not issuer and _IDENTITY.search(plain):
        return record, False  # whoever shows an identity card has shown it
    if kind is ProofKind.PROOF:
        return record, True
    if kind in (ProofKind.LICENCE, ProofKind.VOUCHER, ProofKind.CREDIT_REPORT, ProofKind.JUDICIAL, ProofKind.INTERMEDIARY):
        return record, False
    sealed = bool(issuer) and bool(_SEALED.search(cell) or _STATE.search(plain)) and not re.match(r".*(?:申请表|申请书)", plain)
    return record, sealed or plain.endswith(("证明", "证明材料", "证明文件", "证明书"))


# ---------- basis ----------
def _basis_findings(setting: Setting, judged: Judged, hits: Sequence[Listed]) -> list[Finding]:
    faulty = sorted((b for b in judged.bases if b.fault), key=lambda b: _ORDER[b.state])
    good = [b for b in judged.bases if b.state in ("named", "general", "unknown")]
    firm = [b for b in faulty if b.state in ("missing", "ended")]
    if firm or (faulty and not good):
        return [_basis_finding(setting, judged, b) for b in _one_per_code(firm or faulty[:1])]
    if good or not judged.is_proof:
        return []
    if any(h.kind in ("retain", "commitment") for h in hits):
        return []
    if found_basis(setting, judged):
        return []
    note = "按法律、行政法规、国务院决定和本地法规检索，没有找到点名规定这项证明的条文"
    if judged.ruling is not None and judged.ruling.searched[0]:
        note += "（已查当日有效的{}部、{}条）".format(*judged.ruling.searched)
    vague = next((b for b in judged.bases if b.state == "vague"), None)
    if vague:
        note = f"依据栏写的“{vague.shown}”没有名称和条款；{note}"
    if near := near_basis(setting, judged):
        note += f"。相近的规定有《{near.title}》{near.article or ''}，如果就是这一项，请按条文写明名称和依据"
    return [finding(setting, judged, "B1", note + "。")]


def _one_per_code(faulty: Sequence[Basis]) -> list[Basis]:
    seen: dict[str, Basis] = {}
    for b in faulty:
        seen.setdefault(b.fault or "", b)
    return list(seen.values())


def _basis_finding(setting: Setting, judged: Judged, basis: Basis) -> Finding:
    code = basis.fault or "B1"
    made = finding(setting, judged, code, basis.note, basis=basis.shown, own=basis.citations)
    if code == "B5" and (better := found_basis(setting, judged)):
        right = f"《{better.title}》{better.article or ''}"
        made = replace(made, suggestion=f"将依据更正为{right}，并核对适用范围。", citations=(*basis.citations, better))
    return made


# ---------- lists ----------
def _list_findings(setting: Setting, judged: Judged, hits: Sequence[Listed], faulty: bool) -> list[Finding]:
    for hit in hits:
        if hit.kind not in ("cancel", "not_issued_by"):
            continue
        if not judged.is_proof and (hit.other_name or hit.matter is None):
            continue
        if judged.named and not faulty and (hit.matter is None or hit.matter < 0.85 or hit.other_name):
            continue  # a law that names it prevails over a list that does not speak of this matter
        if hit.matter is None and hit.kind == "cancel" and hit.other_name:
            continue
        row = hit.row.stored
        what = "列入不应（不再）出具的证明清单" if hit.kind == "not_issued_by" else "列入取消的证明事项清单"
        name = f"，清单上的名称是“{row.entry.proof_name}”" if hit.other_name else ""
        way = f"，取消后的办理方式：{row.entry.replacement}" if row.entry.replacement else ""
        note = f"已被《{(row.title or row.file).strip('《》')}》（{row.region or '全国'}）{what}{name}{way}。"
        return [finding(setting, judged, "L1", note, own=(entry_citation(row),), row=hit)]
    if not judged.is_proof or judged.named:
        return []
    for hit in look_alikes(setting.world, judged.demand, region=setting.region, day=setting.day):
        row = hit.row.stored
        note = f"疑似换名：《{(row.title or row.file).strip('《》')}》（{row.region or '全国'}）已就同一事项取消“{row.entry.proof_name}”，请核对是否同一证明。"
        return [replace(finding(setting, judged, "L1", note, own=(entry_citation(row),), row=hit), severity="warning")]
    return []


def _incomplete(setting: Setting, judged: Judged) -> list[Finding]:
    """A row of a retained list must say basis, who asks, who issues and how (条例第四十四条第三款)."""
    entry = judged.demand.entry
    if judged.demand.list_kind is not ListKind.RETAIN or entry is None:
        return []
    guide = any(re.search("指南|流程|办理方式|网址", k) for k, _ in entry.extra)
    parts = {
        "设定依据": judged.demand.basis,
        "索要单位": entry.requesting_body,
        "开具单位": entry.issuing_body,
        "办理指南": guide,
    }
    missing = "、".join(word for word, there in parts.items() if not there)
    return [finding(setting, judged, "L2", missing)] if missing else []


# ---------- issuer ----------
def _issuer_findings(setting: Setting, judged: Judged) -> list[Finding]:
    demand = judged.demand
    if not judged.is_proof or judged.named:
        return []
    plain = re.sub(r"[（(][^（）()]*[)）]", "", demand.name)
    able = (u for u in unverifiable() if u.by is None or u.by.search(demand.issuer or ""))
    hit = next((m for u in able if (m := u.pattern.search(plain))), None)
    record = lexicon().proof(judged.proof) if judged.proof else None
    if hit is None and not (record and "无法核实" in record.holder):
        return []
    who = demand.issuer or "开具单位"
    return [finding(setting, judged, "C2", f"“{plain}”要证明的情况，{who}没有职权也没有办法调查核实，开出的证明没有真实性保障。")]


# ---------- wording ----------
def _settled(judged: Judged, faults: Sequence[Finding], hits: Sequence[Listed]) -> tuple[str, str | None]:
    """The verdict and path shown with a demand: the decision's, unless a fault found on this text already settles it."""
    verdict, path = judged.verdict, judged.path
    codes = {f.code for f in faults}
    l1 = next((f for f in faults if f.code == "L1"), None)
    if l1 is not None and l1.path:
        path = l1.path
    if codes & {"B1", "B2", "B3", "B4", "B5", "L1", "J1"} and verdict == Verdict.MAY_DEMAND:
        verdict = str(Verdict.MAY_NOT_DEMAND)
        path = path if path not in (None, str(Path.RETAIN)) else str(Path.DIRECT_CANCEL)
    if codes & {"B1", "B2", "B3", "B4", "L1"} and verdict == Verdict.UNDETERMINED:
        verdict = str(Verdict.MAY_NOT_DEMAND)
    if codes & {"B1", "B2", "B3", "B4", "B5", "L1"} and path is None:
        path = str(Path.DIRECT_CANCEL)
    if not judged.is_proof and not faults:  # a licence, a form or a voucher: no 证明事项
        return str(Verdict.MAY_DEMAND), None
    if judged.named and not faults and verdict in (Verdict.UNDETERMINED, Verdict.MAY_NOT_DEMAND) and judged.is_proof:
        verdict = str(Verdict.MAY_DEMAND)
        path = path or str(Path.RETAIN)
    return verdict, path


__all__ = ["INSTEAD", "PATH_WORDS", "Setting", "found_basis", "judge", "kind_of", "same_matter"]
