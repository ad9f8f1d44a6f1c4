"""One demand → its findings: basis (B1–B5, J1), lists (L1, L2), catch-all (O1), issuer (C2) and the ways to do without it (A1–A8)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from assistant.answer import INSTEAD, PATH_WORDS
from assistant.audit_basis import Basis, check_basis, names_proof
from assistant.audit_demands import Demand
from assistant.audit_lists import Listed, canonical_of, listed, look_alikes, names_of, same_matter
from assistant.audit_types import Finding, Judged, code_texts, unverifiable
from assistant.audit_world import AuditWorld
from assistant.cite import entry_citation, norm_citation, provision_citation
from assistant.decide import Result, decide_query
from assistant.question import understand
from knowledge.lexicon import lexicon
from knowledge.lexicon_data import Proof, ProofKind
from knowledge.lexicon_names import NameMatch
from knowledge.norms import EffectKind
from knowledge.store import StoredRequirement
from knowledge.types import Citation, ListKind, Path, Role, TextKind, Verdict

_SEALED = re.compile(r"盖章|公章|印章|签章|证实|出证")
_STATE = re.compile(r"说明|介绍信|意见|鉴定|推荐|审核表|登记表|声明|承诺")
_FORM = re.compile(r"申请表|申请书|登记表|承诺书|委托书|声明|照片|复印件$|样张$")
_ORDER = {"missing": 0, "ended": 1, "elsewhere": 2, "low": 3, "silent": 4}
_PATHS = {
    "A1": Path.SUBSTITUTE,
    "A2": Path.SUBSTITUTE,
    "A7": Path.SUBSTITUTE,
    "A3": Path.COMMITMENT,
    "A5": Path.DEPT_VERIFICATION,
    "A6": Path.DATA_SHARING,
}
_MODAL = re.compile(r"出具|开具")


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for a whole file: the world, the place, the day, and the materials demanded in it."""

    world: AuditWorld
    region: str
    day: date
    materials: tuple[str, ...] = ()
    quick: bool = False  # ledgers: rows that basis or list settle are not decided again
    decided: dict[str, Result] = field(default_factory=dict)


def judge(setting: Setting, demand: Demand) -> Judged:
    """Decide one demand and find its faults."""
    if demand.catch_all:
        done = Judged(demand, False, None, (Basis("none"),), None, str(Verdict.MAY_NOT_DEMAND), str(Path.DIRECT_CANCEL))
        return replace(done, findings=(_finding(setting, done, "O1", ""),))
    if demand.list_kind is not ListKind.LEDGER:
        return _judge_list_row(setting, demand)
    record, is_proof = kind_of(demand)
    bases = check_basis(
        setting.world, demand.basis, demand.name, region=setting.region, day=setting.day, matter=demand.matter, is_proof=is_proof
    )
    hits = listed(setting.world, demand, region=setting.region, day=setting.day)
    proof = record.name if record else None
    base = Judged(demand, is_proof, proof, bases, None, str(Verdict.MAY_NOT_DEMAND), _plain_path(record, hits))
    if not (setting.quick and _settled_by_basis(base, hits)):
        result = _decide(setting, demand)
        base = replace(base, result=result, verdict=str(result.decision.verdict), path=_path(result))
    faults = _basis_findings(setting, base, hits)
    faults += _list_findings(setting, base, hits, bool(faults))
    if any(f.code == "L1" and f.severity == "error" for f in faults):
        faults = [f for f in faults if f.code != "B1"]
    faults += _issuer_findings(setting, base)
    verdict, path = _settled(base, faults, hits)
    base = replace(base, verdict=verdict, path=path)
    faults = [replace(f, verdict=verdict, path=path) for f in faults]
    return replace(base, findings=(*faults, *_ways(setting, base, record, hits)))


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
    if kind is ProofKind.PROOF:
        return record, True
    if kind in (ProofKind.LICENCE, ProofKind.VOUCHER, ProofKind.CREDIT_REPORT, ProofKind.JUDICIAL, ProofKind.INTERMEDIARY):
        return record, False
    sealed = bool(issuer) and bool(_SEALED.search(cell) or _STATE.search(plain)) and not re.match(r".*(?:申请表|申请书)", plain)
    return record, sealed or plain.endswith(("证明", "证明材料", "证明文件", "证明书"))


def _decide(setting: Setting, demand: Demand) -> Result:
    matter = demand.purpose or demand.matter
    issuer = f"{demand.issuer}出具的" if demand.issuer and not _MODAL.search(demand.name) else ""
    text = (f"办理{matter}，" if matter else "") + f"要求提交{issuer}{demand.name}"
    if demand.basis and not setting.quick:  # in a ledger the basis is checked by itself, and equal demands are decided once
        text += f"，依据是{demand.basis}"
    if text not in setting.decided:
        query = understand(text, region=setting.region, as_of=setting.day, role=Role.REVIEWER, today=setting.day)
        setting.decided[text] = decide_query(setting.world, replace(query, out=None, tell=""))
    return setting.decided[text]


def _path(result: Result) -> str | None:
    return str(result.decision.path) if result.decision.path else None


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
    found = found_basis(setting, judged)
    if found:
        return []
    note = "按法律、行政法规、国务院决定和本地法规检索，没有找到点名规定这项证明的条文"
    if judged.result is not None and judged.result.decision.scan.instruments:
        scan = judged.result.decision.scan
        note += f"（已查当日有效的{scan.instruments}部、{scan.provisions}条）"
    vague = next((b for b in judged.bases if b.state == "vague"), None)
    if vague:
        note = f"依据栏写的“{vague.shown}”没有名称和条款；{note}"
    return [_finding(setting, judged, "B1", note + "。")]


def _one_per_code(faulty: Sequence[Basis]) -> list[Basis]:
    seen: dict[str, Basis] = {}
    for b in faulty:
        seen.setdefault(b.fault or "", b)
    return list(seen.values())


def _basis_finding(setting: Setting, judged: Judged, basis: Basis) -> Finding:
    code = basis.fault or "B1"
    made = _finding(setting, judged, code, basis.note, basis=basis.shown, own=basis.citations)
    if code == "B5" and (better := found_basis(setting, judged)):
        right = f"《{better.title}》{better.article or ''}"
        made = replace(made, suggestion=f"将依据更正为{right}，并核对适用范围。", citations=(*basis.citations, better))
    return made


def found_basis(setting: Setting, judged: Judged) -> Citation | None:
    """A qualified provision in force that names this proof for this matter although the draft does not cite it."""
    result, demand = judged.result, judged.demand
    if result is None:
        return None
    chosen = result.evidence.chosen
    if chosen is not None and chosen.fit.effect.effect is EffectKind.SETS and chosen.fit.proof > 0 and chosen.fit.matter > 0:
        norm, effect = chosen.fit.norm, chosen.fit.effect
        text = setting.world.text_of(norm)
        words = [w for w in (*effect.proofs, *effect.proof_words) if len(w) >= 3 and w in demand.name]
        known = judged.proof is not None and judged.proof in effect.proofs
        if text is not None and norm.level.value in _QUALIFIED and (known or words) and _names(text.text, demand, text.provision.text_kind):
            return norm_citation(norm, text, setting.day)
    for need in result.evidence.needs:
        if need.material >= 0.9 and need.stored.instrument is not None and _for_matter(need.stored, demand):
            found = setting.world.library.provision(need.stored.requirement.provision)
            if found is not None and need.stored.instrument.instrument.level.value in _QUALIFIED:
                return provision_citation(found, setting.day)
    return None


def _for_matter(stored: StoredRequirement, demand: Demand) -> bool:
    title = stored.instrument.instrument.title if stored.instrument else ""
    wanted = demand.purpose or demand.matter or ""
    return max(same_matter(wanted, stored.requirement.matter or ""), same_matter(wanted, title)) >= 0.6


_QUALIFIED = frozenset({"law", "admin_regulation", "state_council_decision", "local_regulation", "constitution"})


def _names(text: str, demand: Demand, kind: TextKind) -> bool:
    return kind is TextKind.GIST or names_proof(text, demand.name)


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
        return [_finding(setting, judged, "L1", note, own=(entry_citation(row),), row=hit)]
    if not judged.is_proof or judged.named:
        return []
    for hit in look_alikes(setting.world, judged.demand, region=setting.region, day=setting.day):
        row = hit.row.stored
        note = f"疑似换名：《{(row.title or row.file).strip('《》')}》（{row.region or '全国'}）已就同一事项取消“{row.entry.proof_name}”，请核对是否同一证明。"
        return [replace(_finding(setting, judged, "L1", note, own=(entry_citation(row),), row=hit), severity="warning")]
    return []


def _judge_list_row(setting: Setting, demand: Demand) -> Judged:
    """A row of a published list: a retained one must say basis, who asks, who issues and how (条例第四十四条第三款)."""
    done = Judged(demand, True, None, (Basis("none"),), None, str(Verdict.UNDETERMINED), None)
    entry = demand.entry
    if demand.list_kind is not ListKind.RETAIN or entry is None:
        return done
    guide = any(re.search("指南|流程|办理方式|网址", k) for k, _ in entry.extra)
    missing = [
        word
        for word, there in (
            ("设定依据", entry.original_basis),
            ("索要单位", entry.requesting_body),
            ("开具单位", entry.issuing_body),
            ("办理指南", guide),
        )
        if not there
    ]
    bases = check_basis(setting.world, entry.original_basis, demand.name, region=setting.region, day=setting.day, matter=demand.matter)
    done = replace(done, bases=bases, verdict=str(Verdict.MAY_DEMAND), path=str(Path.RETAIN))
    faults = [_finding(setting, done, "L2", "、".join(missing))] if missing else []
    faulty = sorted((b for b in bases if b.fault), key=lambda b: _ORDER[b.state])
    if faulty and not done.named:
        faults.append(_basis_finding(setting, done, faulty[0]))
    return replace(done, findings=tuple(faults))


# ---------- issuer ----------
def _issuer_findings(setting: Setting, judged: Judged) -> list[Finding]:
    demand = judged.demand
    if not judged.is_proof or judged.named:
        return []
    plain = re.sub(r"[（(][^（）()]*[)）]", "", demand.name)
    hit = next((m for u in unverifiable() if (m := u.pattern.search(plain))), None)
    record = lexicon().proof(judged.proof) if judged.proof else None
    if hit is None and not (record and "无法核实" in record.holder):
        return []
    who = demand.issuer or "开具单位"
    return [_finding(setting, judged, "C2", f"“{plain}”要证明的情况，{who}没有职权也没有办法调查核实，开出的证明没有真实性保障。")]


# ---------- ways to do without ----------
def _ways(setting: Setting, judged: Judged, record: Proof | None, hits: Sequence[Listed]) -> list[Finding]:
    """A1–A8, at most two and only where the lexicon, a list or the decision says so."""
    if not judged.is_proof:
        return []
    out: list[Finding] = []
    covered = record.covered_by if record else ()
    here = next((c for c in covered for m in setting.materials if c in m and m != judged.demand.demand), None)
    if here:
        out.append(_finding(setting, judged, "A8", here))
    for cover in covered:
        kind = lexicon().kind_of(cover)
        code = {ProofKind.LICENCE: "A1", ProofKind.JUDICIAL: "A2", ProofKind.VOUCHER: "A7"}.get(kind)
        if code and cover != here:
            out.append(_finding(setting, judged, code, cover))
            break
    commit = next((h for h in hits if h.kind == "commitment"), None)
    if commit:
        row = commit.row.stored
        out.append(
            _finding(setting, judged, "A3", f"《{row.title or row.file}》把它列为实行告知承诺的证明事项。", own=(entry_citation(row),))
        )
    elif judged.path == Path.DATA_SHARING or (record and record.shared and not covered):
        out.append(_finding(setting, judged, "A6", f"有关信息由{(record.holder if record else '') or '有关部门'}掌握，可以共享查询。"))
    elif judged.path == Path.DEPT_VERIFICATION:
        out.append(
            _finding(setting, judged, "A5", f"有关情况由{judged.demand.issuer or (record.holder if record else '') or '其他单位'}掌握。")
        )
    if record and judged.demand.requester and record.holder and judged.demand.requester[-4:] in record.holder:
        out.append(_finding(setting, judged, "A4", record.holder))
    return out[:2]


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


def _finding(
    setting: Setting,
    judged: Judged,
    code: str,
    note: str,
    *,
    basis: str = "",
    own: tuple[Citation, ...] = (),
    row: Listed | None = None,
) -> Finding:
    text = code_texts()[code]
    demand = judged.demand
    path = row.row.stored.entry.path if row is not None and row.row.stored.entry.path is not Path.UNKNOWN else None
    shown_path = str(path) if path else judged.path
    words = {
        "name": demand.name.rstrip("。；"),
        "matter": demand.matter or "",
        "basis": basis or demand.basis or "",
        "note": note,
        "office": demand.requester or "受理机关",
        "path": path_words(shown_path, demand, row),
    }
    return Finding(
        code=code,
        severity=text.severity,
        title=text.title,
        demand=demand,
        reason=text.reason.format_map(words),
        suggestion=text.suggestion.format_map(words),
        verdict=judged.verdict,
        path=shown_path,
        citations=_citations(setting, text.cite + (text.local if setting.region != "全国" else ()), own),
    )


def path_words(path: str | None, demand: Demand, row: Listed | None) -> str:
    """The drafting sentence for what takes the proof's place."""
    office = demand.requester or "受理机关"
    replacement = row.row.stored.entry.replacement if row is not None else None
    if replacement and len(replacement) <= 60:
        return f"改为：“{replacement.rstrip('。')}，申请人无需提交。”"
    sentences = {
        "data_sharing": f"改为：“有关情况由{office}通过政务数据共享平台查询核验，申请人无需提交。”",
        "dept_verification": f"改为：“有关情况由{office}向掌握情况的单位核查，申请人无需提交。”",
        "commitment": f"改为：“申请人可以自愿书面承诺，{office}依法核查，不再索要证明。”",
        "substitute": "改为：“申请人出示已有的证照、合同或者其他申请材料，不再另行提交证明。”",
        "agency": f"改为：“由{office}代为取得，申请人无需提交。”",
    }
    return sentences.get(path or "", "确需核实有关情况的，由" + office + "自行核查。")


def _citations(setting: Setting, keys: Sequence[str], own: tuple[Citation, ...]) -> tuple[Citation, ...]:
    out = list(own)
    chain = setting.world.chain(setting.region)
    for key in keys:
        norm = setting.world.norms.book.get(key)
        if norm is None or norm.region not in chain or norm.in_force_on(setting.day) is False:
            continue
        cited = setting.world.cite(key, setting.day)
        if cited is not None and all(c.ref != cited.ref for c in out):
            out.append(cited)
    return tuple(out)


__all__ = ["INSTEAD", "PATH_WORDS", "Setting", "found_basis", "judge", "kind_of", "same_matter"]
