"""A code with its reason, its articles and the wording proposed in legal drafting language (``data/audit.toml``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.audit_demand import Demand
from assistant.audit_lists import Listed
from assistant.audit_types import Finding, Judged, code_texts
from knowledge.types import Citation, Path

if TYPE_CHECKING:
    from assistant.audit_rules import Setting


def finding(
    setting: Setting,
    judged: Judged,
    code: str,
    note: str,
    *,
    basis: str = "",
    own: tuple[Citation, ...] = (),
    row: Listed | None = None,
) -> Finding:
    """The finding of ``code`` on a judged demand. ``note`` says what was found, ``own`` is cited first, ``row`` gives the way instead."""
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
