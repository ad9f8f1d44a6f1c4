"""Decision → answer: the JSON of ``interface.md`` and plain sentences. Every sentence about the law rests on a citation, or it is not written."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from assistant.decide import Result
from assistant.policy import policy_for, relief_exception, what_would_have_to_change
from knowledge.types import Citation, Level, Locator, Path, Role, Verdict

VERDICT_WORDS = {
    Verdict.MAY_DEMAND: "能要",
    Verdict.MAY_NOT_DEMAND: "不能要",
    Verdict.CONDITIONAL: "看情况",
    Verdict.UNDETERMINED: "定不了",
}
PATH_WORDS = {
    Path.DIRECT_CANCEL: "直接取消",
    Path.DATA_SHARING: "数据共享（网络核验）",
    Path.DEPT_VERIFICATION: "部门核验",
    Path.COMMITMENT: "告知承诺",
    Path.SUBSTITUTE: "证照或其他材料替代",
    Path.AGENCY: "代办",
    Path.RETAIN: "保留",
}
INSTEAD = {
    Path.DIRECT_CANCEL: "不用交，也不用去开；窗口不得以没交为由退件。",
    Path.DATA_SHARING: "由窗口在共享平台上查询核验，申请人不用交。",
    Path.DEPT_VERIFICATION: "由办理部门向掌握情况的单位函询核查，申请人不用跑。",
    Path.COMMITMENT: "窗口一次告知条件和不实后果，申请人自愿书面承诺后直接办。",
    Path.SUBSTITUTE: "出示已有的证照、合同或者其他材料即可，不用另开证明。",
    Path.AGENCY: "由机关、村居或者近亲属代为取得，不用本人来回跑。",
    Path.RETAIN: "按依据提交；窗口应当一次告知名称、条文和开具单位。",
}
NOT_ISSUED = "没有列明的，先收件，再由部门核实。"


def to_json(result: Result, *, identifier: str | None = None, question: str | None = None) -> dict[str, Any]:
    """The answer as ``ask --json`` prints it; key order and content are stable for equal inputs and an equal corpus."""
    query, decision = result.query, result.decision
    out: dict[str, Any] = {"id": identifier} if identifier is not None else {}
    out |= {
        "question": query.text,
        "as_of": query.as_of.isoformat(),
        "region": query.region,
        "role": str(query.role),
        "scope": "out" if query.out else "in",
        "proof": _named(result, "proof"),
        "matter": _named(result, "matter"),
        "verdict": str(decision.verdict),
        "path": str(decision.path) if decision.path else None,
        "summary": summary(result),
        "instead": instead(result),
        "clarify": clarify(result),
        "citations": [citation_json(c) for c in decision.citations],
        "steps": [asdict(s) for s in decision.steps],
        "near_misses": [{"ref": m.ref, "why_not": m.why_not, "note": m.note} for m in decision.near_misses],
        "alternatives": [str(p) for p in decision.alternatives],
        "policy": policy_json(result),
        "would_change": list(would_change(result)),
        "missing": list(decision.missing),
        "scan": asdict(decision.scan),
    }
    if result.parts:
        out["parts"] = [
            {
                "proof": p.facts.get("proof.name"),
                "verdict": str(p.decision.verdict),
                "path": str(p.decision.path) if p.decision.path else None,
            }
            for p in result.parts
        ]
    return out


def policy_json(result: Result) -> dict[str, Any] | None:
    """How the place itself goes about it: title and region of its policy 清理口径, its word for the path, the batch; None without a path."""
    decision = result.decision
    if result.query.out or decision.path is None:
        return None
    here = policy_for(result.query.region)
    return {
        "title": here.title,
        "region": here.region,
        "label": here.label(decision.path),
        "batch": here.batch(decision.path),
        "exception": relief_exception(here, str(result.facts.get("matter.name") or ""), decision.path),
    }


def would_change(result: Result) -> tuple[str, ...]:
    """What would have to change before a proof that may be demanded could go; empty for every other answer."""
    decision = result.decision
    kept = decision.verdict is Verdict.MAY_DEMAND or (decision.verdict is Verdict.CONDITIONAL and decision.path is Path.RETAIN)
    if result.query.out or not kept or not decision.citations:
        return ()
    first, record = decision.citations[0], result.evidence.record
    field = result.facts.get("matter.field") if result.facts.get("matter.excluded") else None
    return what_would_have_to_change(
        basis=cite_words(first),
        level=first.level if first.level in {str(v) for v in Level} else None,
        holder=record.holder if record else None,
        shared=bool(record and record.shared),
        excluded=f"事项属于{field}，风险较大" if field else None,
    )


def dumps(answer: dict[str, Any]) -> str:
    """One line of JSON, the same bytes for the same answer."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"), default=str)


def _named(result: Result, what: str) -> dict[str, str | None] | None:
    mention = result.evidence.proof if what == "proof" else result.evidence.matter
    if mention is None:
        return None
    return {"name": mention.name or mention.surface, "matched": mention.surface}


def citation_json(c: Citation) -> dict[str, Any]:
    """A citation with its locator, as the contract has it."""
    data = asdict(c)
    data["locator"] = locator_json(c.locator)
    data["text_kind"] = str(c.text_kind)
    return data


def locator_json(locator: Locator | None) -> dict[str, Any] | None:
    """``{"page", "sheet", "row", "chars", "boxes"}``; what does not apply is null."""
    if locator is None:
        return None
    return {
        "page": locator.page,
        "sheet": locator.sheet,
        "table": locator.table,
        "row": locator.row,
        "chars": list(locator.chars) if locator.chars else None,
        "boxes": [list(b) for b in locator.boxes] or None,
    }


def cite_words(c: Citation) -> str:
    """《优化营商环境条例》第四十四条."""
    return f"《{c.title.strip('《》')}》{c.article or ''}"


def summary(result: Result) -> str:
    """One or two plain sentences: the verdict, its ground, and the reserve that belongs to it."""
    query, decision = result.query, result.decision
    if query.out:
        return query.tell
    fake = next((s for s in decision.steps if s.rule == "basis.fake"), None)
    lead = (
        f"所引的“{result.facts.get('claimed.name')}”查无此{'条' if '条' in str(result.facts.get('claimed.name')) else '文件'}，不能当依据。"
        if fake
        else ""
    )
    if result.outcome.decided_by in ("ask.back",):
        return lead + "现在还定不了：" + "；".join(clarify(result))
    subject = _subject(result)
    if result.parts:
        parts = "；".join(
            f"{p.facts.get('proof.name')}：{VERDICT_WORDS[p.decision.verdict]}"
            + (f"（{PATH_WORDS[p.decision.path]}）" if p.decision.path else "")
            for p in result.parts
        )
        return lead + f"要逐样看：{parts}。"
    decided = next((s for s in decision.steps if s.rule == result.outcome.decided_by), None)
    why = decided.outcome.rstrip("。") if decided else "还缺事实"
    cite = f"（{cite_words(decision.citations[0])}）" if decision.citations else ""
    text = f"{subject}{VERDICT_WORDS[decision.verdict]}：{why}{cite}。"
    if decision.scan.instruments:
        text += f"已扫描当日有效的{decision.scan.instruments}部法规、{decision.scan.provisions}条。"
    return lead + text


def _subject(result: Result) -> str:
    proof, matter = result.facts.get("proof.name"), result.facts.get("matter.name")
    if proof and matter:
        return f"办“{matter}”要“{proof}”，"
    return f"“{proof}”，" if proof else ""


def instead(result: Result) -> str:
    """What the window does, or the citizen brings, instead."""
    decision = result.decision
    if result.query.out or result.outcome.decided_by == "ask.back":
        return ""
    said = str(decision.notes.get("instead") or "")
    if said and said != "未说明":
        return said
    return INSTEAD[decision.path] if decision.path else NOT_ISSUED


def clarify(result: Result) -> list[str]:
    """At most two questions back, only those whose answer can change the verdict."""
    query, kind = result.query, result.facts.get("ask.kind")
    if query.out or not kind:
        return []
    window = query.role is Role.WINDOW
    proof = result.facts.get("proof.name")
    ask = {
        "vague": ["群众要办什么事？" if window else "您要办的是什么事（例如：收养登记、公租房申请）？", "要的是哪一项证明，由谁开？"],
        "proof": ["具体要的是哪一项证明，由谁开具？"],
        "matter": [f"“{proof}”是办什么事用的？不同的事，答案不一样。", "是哪个单位要的，在国内用还是国（境）外用？"],
        "region": ["在哪个省、市办理？各地规定不同。"],
        "which": [f"“{proof}”有几种可能，您指的是哪一种？"],
    }
    return ask.get(str(kind), ["请说明办什么事、要什么证明、在哪里办。"])[:2]
