"""Gathers from the library what the rules ask for: norms that fit, list rows, requirements, claimed bases, coverage. It decides nothing.

``gather`` returns the flat facts that ``knowledge.rules`` reads and the evidence behind them, so that every citation of a decision points to a
stored text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assistant.claims import STATES, Claim, read_claims
from assistant.conflicts import Chosen, choose, choose_general
from assistant.lists import ListFindings, RowFit, find_rows
from assistant.match import Fit
from assistant.needs import Need, find_needs
from assistant.question import Query
from assistant.world import World
from knowledge.lexicon import Mention, lexicon
from knowledge.lexicon_data import BodyKind, Proof, ProofKind
from knowledge.norms import EffectKind
from knowledge.rules import Fact
from knowledge.text import law_name
from knowledge.types import Path

DECISIVE = frozenset(
    ["off_list", "on_list", "cancelled_stated", "data_available", "system_down", "nobody_issues", "repeated_supplement", "false_commitment_before", "unwilling_to_commit", "beyond_city_power", "e_licence", "made_elsewhere", "sensitive_field", "false_commitment_consequence", "self_check_asked", "forced_commitment", "commitment_withdrawn", "committed_already", "sent_between", "issuer_cannot_verify", "catch_all"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands behind the facts: used for citations, near misses and the page."""

    query: Query
    fits: tuple[Fit, ...] = ()
    chosen: Chosen | None = None
    stale: tuple[Fit, ...] = ()
    elsewhere: tuple[Fit, ...] = ()
    lists: ListFindings = field(default_factory=ListFindings)
    rows: tuple[RowFit, ...] = ()
    needs: tuple[Need, ...] = ()
    claims: tuple[Claim, ...] = ()
    proof: Mention | None = None
    matter: Mention | None = None
    record: Proof | None = None
    near: Mapping[str, float] = field(default_factory=dict)


def gather(world: World, query: Query) -> tuple[dict[str, Fact], Evidence]:  # evidence.query is the query as finally read
    """Facts and evidence for one query (one material: several are split by ``assistant.decide``)."""
    day, chain = query.as_of, world.chain(query.region)
    fits = tuple(world.norms.fits(query, day, chain))
    stale = tuple(world.norms.stale(query, day, chain)[:4])
    elsewhere = tuple(world.norms.elsewhere(query, day, chain)[:6])
    lists = find_rows(world, query, day)
    claims = read_claims(world, query)
    proof, record = main_proof(query, fits, lists)
    matter = query.matters[0] if query.matters else None
    chosen = choose(world.norms.book, fits, query, day, chain)
    hits: tuple[str, ...] = ()
    if (chosen is None or not chosen.firm) and query.out is None and "vague_object" not in query.flags:
        hits = world.hits(query.text, query.region, day)
        chosen = choose(world.norms.book, tuple(lift(world, query, fits, hits)), query, day, chain) or chosen
    doctrine = None if chosen else choose_general(world.norms, query, day, chain, near(world, hits))
    if query.out == "unrelated" and chosen is not None:
        query = replace(query, out=None, tell="")
    rows = _rows_that_count(lists, query, chosen)
    if chosen is not None and "list_status_asked" not in query.flags:  # another name for it, on a list for no matter, is weaker than a norm
        rows = tuple(r for r in rows if r.exact or r.matter is not None)
    needs = () if chosen and chosen.firm else tuple(find_needs(world, query, proof, record, hits))
    evidence = Evidence(query, fits, chosen, stale, elsewhere, lists, rows, needs, claims, proof, matter, record, near(world, hits))
    facts: dict[str, Fact] = {f"q.{flag}": True for flag in query.flags}
    facts |= _frame(world, query)
    facts |= _material(proof, record, matter)
    facts |= _people(query)
    facts |= _claimed(query, claims)
    facts |= _norm(chosen, query)
    facts |= _stale(stale, chosen, claims)
    facts |= _doctrine(doctrine)
    facts |= _listed(rows, lists, record)
    facts["list.norm_keys"] = chosen.keys[:3] if chosen and chosen.firm and (chosen.fit.matter > 0 or not query.matters) else ()
    facts |= _needed(needs)
    facts["q.specific"] = bool(chosen or rows)
    facts["ask.kind"] = ask_kind(query, evidence, facts, chain)
    return facts, evidence


def near(world: World, hits: tuple[str, ...]) -> dict[str, float]:
    """Norm keys among the search hits, with a weight from 1 (first) down to 0."""
    out: dict[str, float] = {}
    for place, ref in enumerate(hits):
        for key in world.norm_of.get(ref, ()):
            out.setdefault(key, 1 - place / max(1, len(hits)))
    return out


def lift(world: World, query: Query, fits: tuple[Fit, ...], hits: tuple[str, ...]) -> list[Fit]:
    """Fits whose provision is also what the question's wording is nearest to: nearness stands in for a matter that no word list names.

    The material must still have been recognised by its own words; nearness alone makes nothing fit.
    """
    weights = near(world, hits)
    known = any(m.name for m in query.matters)
    out = []
    for fit in fits:
        weight = weights.get(fit.norm.key, 0.0)
        if weight and fit.proof > 0:
            matter = max(fit.matter, 0.5) if weight >= (0.99 if known else 0.5) else fit.matter
            fit = replace(fit, matter=matter, score=fit.score + 0.5 * weight)
        out.append(fit)
    return sorted(out, key=lambda f: (-f.score, f.norm.key))


def _frame(world: World, query: Query) -> dict[str, Fact]:
    national, local = world.covered(query.region)
    note = "库内没有成规模的法律、行政法规原文" if not national else "" if local else f"库内没有{query.region}的地方性法规"
    return {
        "scope.out": query.out,
        "region.name": query.region,
        "region.local": query.region != "全国",
        "day": query.as_of.isoformat(),
        "role": str(query.role),
        "scan.covered": national and local,
        "scan.local_covered": local,
        "scan.note": note,
    }


def main_proof(query: Query, fits: tuple[Fit, ...], lists: ListFindings) -> tuple[Mention | None, Proof | None]:
    """The material that the question is about: a proof before a licence, a named one before an unknown one."""
    names = lexicon()

    def weight(m: Mention) -> tuple[int, int]:
        record = names.proof(m.name) if m.name else None
        kind = record.kind if record else ProofKind.PROOF
        return (0 if kind is ProofKind.PROOF else 1 if kind not in (ProofKind.LICENCE, ProofKind.DECLARATION) else 2, m.start)

    mentions = sorted(query.proofs, key=weight)
    if not mentions or weight(mentions[0])[0] > 0:
        mentions = [*names.find_free_proofs(query.text), *mentions]
    if not mentions:
        return None, None
    first = mentions[0]
    return first, names.proof(first.name) if first.name else None


_DEMANDED = re.compile(r"要求|说(了)?要|要有|让(我|群众|咱|俺|当事人|申请人)|叫(我|俺)|非要|要我|还要(我|交)")
# names that say who stamps it, not what it certifies: nothing can be decided, or proved absent, on them alone
_UNSPECIFIC = frozenset({"村居委会证明", "派出所证明", "单位证明", "情况证明", "村民小组证明", "街道证明"})


def _material(proof: Mention | None, record: Proof | None, matter: Mention | None) -> dict[str, Fact]:
    names = lexicon()
    risk = names.matter(matter.name) if matter and matter.name else None
    facts: dict[str, Fact] = {
        "proof.name": (proof.name or proof.surface) if proof else None,
        "proof.known": proof is not None,
        "proof.named": record is not None,
        "proof.kind": str(record.kind) if record else (str(names.kind_of(proof.surface)) if proof else None),
        "proof.high_risk": bool(record and (record.ambiguous_matters or record.name in _UNSPECIFIC)) or bool(proof and proof.candidates),
        "proof.shared": bool(record and record.shared),
        "proof.holder": record.holder if record else None,
        "proof.covered_by": tuple(record.covered_by) if record else (),
        "matter.name": (matter.name or matter.surface) if matter else None,
        "matter.known": matter is not None,
        "matter.field": risk.field if risk else None,
        "matter.excluded": bool(risk and risk.risk),
    }
    if record:
        kinds = []
        if "mf20-20" in record.not_issued_by:
            kinds.append("村居")
        if any(k.startswith("gtz16") for k in record.not_issued_by):
            kinds.append("派出所")
        facts["proof.not_issued_by"] = tuple(kinds)
    return facts


def _people(query: Query) -> dict[str, Fact]:
    names = lexicon()
    facts: dict[str, Fact] = {}
    for role, mentions in (("body", query.requesters), ("issuer", query.issuers)):
        for mention in mentions:
            record = names.body(mention.name) if mention.name else None
            if record is not None:
                facts[f"{role}.name"], facts[f"{role}.type"] = record.name, str(record.kind)
                break
    if "asked_by_employer" in query.flags and facts.get("body.type") in (None, str(BodyKind.ENTERPRISE)):
        facts["body.name"], facts["body.type"] = "用人单位", str(BodyKind.EMPLOYER)
    # a proof that only one kind of body is barred from issuing falls only when that body is meant
    return facts


def _claimed(query: Query, claims: tuple[Claim, ...]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"claimed.level": tuple(query.levels)}
    worst = sorted(claims, key=lambda c: STATES.index(c.state))
    if worst:
        facts |= {"claimed.state": worst[0].state, "claimed.name": worst[0].name, "claimed.note": worst[0].note}
        level = {"dept_rule": "dept_rule", "local_rule": "local_rule", "normative_document": "document"}.get(str(worst[0].level))
        if not query.levels and level and worst[0].state in ("ok", "unverifiable") and not any(c.state == "ok" for c in claims[1:]):
            facts["claimed.level"] = (level,)
    return facts


def _norm(chosen: Chosen | None, query: Query) -> dict[str, Fact]:
    decisive = bool(query.flags & DECISIVE) or bool(set(query.levels) & {"document", "dept_rule", "local_rule", "rule"})
    if chosen is None or (not chosen.firm and decisive):
        return {"norm.fits": False, "norm.keys": chosen.keys[:1] if chosen else ()}
    norm, effect = chosen.fit.norm, chosen.fit.effect
    return {
        "norm.fits": True,
        "norm.special": chosen.firm and chosen.fit.matter > 0 and not effect.general,
        "norm.effect": str(effect.effect),
        "norm.strength": str(effect.strength) if effect.strength else None,
        "norm.level": str(norm.level),
        "norm.title": norm.title + (norm.article or "" if norm.article_verified else ""),
        "norm.verdict": chosen.verdict,
        "norm.path": chosen.path or "none",
        "norm.why": effect.verdict_why or effect.path_why or norm.gist,
        "norm.instead": effect.instead,
        "norm.keys": chosen.keys,
        "norm.alternatives": tuple(str(p) for p in effect.alternatives),
        "norm.conflict": chosen.conflict,
        "norm.conflict_note": chosen.note,
        "norm.issuers": effect.issuers,
        "norm.wrong_issuer": wrong_issuer(chosen, query),
    }


def _stale(stale: tuple[Fit, ...], chosen: Chosen | None, claims: tuple[Claim, ...]) -> dict[str, Fact]:
    """A norm that fits better than anything in force, or that the question itself cites, but has ended: its demand has fallen with it."""
    ended = [f for f in stale if f.norm.ended is not None and f.effect.effect is EffectKind.SETS]
    if not ended:
        return {"stale.fits": False}
    cited = {c.name for c in claims if c.state in ("repealed", "amended")}
    best = ended[0]
    named = any(best.norm.name in name for name in cited)
    if chosen is not None and chosen.fit.norm.name == best.norm.name:
        if chosen.fit.proof > 0 or best.proof == 0 or best.score < chosen.fit.score + 0.5:
            return {"stale.fits": False}
        named = True  # the text in force no longer has it
    if chosen is not None and chosen.firm and not named and best.score < chosen.fit.score + 0.1:
        return {"stale.fits": False}
    after = [r.key for r in best.norm.yields_to]
    return {
        "stale.fits": True,
        "stale.title": best.norm.title,
        "stale.ended": best.norm.ended.isoformat() if best.norm.ended else None,
        "stale.by": best.norm.by_what or "",
        "stale.keys": tuple(dict.fromkeys((*after, best.norm.key, *best.norm.companions[:2]))),
        "stale.path": str(best.effect.path) if best.effect.path else "direct_cancel",
    }


def _doctrine(found: Chosen | None) -> dict[str, Fact]:
    """A norm for every matter whose own words are those of the question."""
    if found is None:
        return {"general.fits": False}
    effect = found.fit.effect
    return {
        "general.fits": True,
        "general.title": found.fit.norm.title + (found.fit.norm.article or "" if found.fit.norm.article_verified else ""),
        "general.verdict": found.verdict,
        "general.path": found.path or "none",
        "general.why": effect.verdict_why or effect.path_why or found.fit.norm.gist,
        "general.instead": effect.instead,
        "general.keys": found.keys,
    }


def wrong_issuer(chosen: Chosen, query: Query) -> str | None:
    """The body that is to issue the material, when the norm names other issuers only; None when it fits or nobody is named."""
    effect = chosen.fit.effect
    if not effect.issuers or not query.issuers or effect.effect not in (EffectKind.SETS, EffectKind.SUBSTITUTES):
        return None
    allowed = "".join(effect.issuers)
    if "单位" in allowed.replace("医疗单位", ""):
        return None
    words = chosen.fit.why[:1]
    for mention in query.issuers:
        body = lexicon().body(mention.name) if mention.name else None
        if body is None or body.kind not in _NARROW or mention.surface in allowed:
            continue
        if body.kind is BodyKind.COMMUNITY and ("村" in allowed or "居民委员会" in allowed or "社区" in allowed):
            continue
        if body.kind is BodyKind.POLICE_STATION and "公安" in allowed:
            continue
        after = query.text[mention.end : mention.end + 16].split("，")[0]
        if any(w in after for w in words) or any(m.surface in after for m in query.proofs):
            return mention.surface
    return None


_NARROW = frozenset({BodyKind.COMMUNITY, BodyKind.POLICE_STATION})


def _rows_that_count(lists: ListFindings, query: Query, chosen: Chosen | None) -> tuple[RowFit, ...]:
    """Rows that may carry the verdict: the very name; or its canonical name with the same matter. Without a matter asked, rows for one matter wait."""
    firm = [f for f in lists.here if f.exact or (f.matter or 0) >= 0.8 or (f.matter is None and not query.matters)]
    if not firm and "list_status_asked" in query.flags:
        firm = [f for f in lists.other_matter if f.exact]
    if not firm:
        return ()
    best = firm[0]
    same = [f for f in firm if f.row.proof_key == best.row.proof_key or f.row.canonical == best.row.canonical is not None]
    once = {(law_name(f.row.stored.title or ""), f.row.proof_key, f.row.matter_key): f for f in reversed(same)}
    return tuple(f for f in same if f in once.values())


def _listed(rows: tuple[RowFit, ...], lists: ListFindings, record: Proof | None) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"list.fits": bool(rows), "list.precedents": len(lists.precedents)}
    if not rows:
        return facts
    best = rows[0]
    entry, stored = best.row.stored.entry, best.row.stored
    rivals = [r for r in rows if r.near == best.near and r.exact == best.exact and (r.matter or 0) >= (best.matter or 0) - 0.01]
    kinds = {r.kind for r in rivals}
    facts |= {
        "list.kind": best.kind,
        "list.exact": best.exact,
        "list.path": str(row_path(best, record)),
        "list.title": f"《{stored.title}》" if stored.title else stored.file,
        "list.proof": entry.proof_name,
        "list.matter": entry.matter,
        "list.replacement": entry.replacement or "",
        "list.issuing_body": entry.issuing_body,
        "list.agree": len(kinds) == 1,
        "list.matter_fits": best.matter is not None,
        "list.retain_too": "retain" in kinds and bool(kinds & {"cancel", "not_issued_by"}),
        "list.basis_state": basis_state(entry.original_basis) if best.kind == "retain" else None,
        "list.keys": tuple(dict.fromkeys(f"row:{r.row.stored.id}" for r in rows[:3])),
    }
    return facts


def basis_state(basis: str | None) -> str:
    """A coarse reading of a list's basis cell: what the words themselves admit (``document``, ``dept_rule``), else ``ok``."""
    text = basis or ""
    if not text or (any(w in text for w in ("法", "条例", "国务院")) and "通知" not in text):
        return "ok"
    if "规章" in text and "法规" not in text:
        return "dept_rule"
    if text.endswith(("通知", "通知》", "办事指南", "会议纪要", "内部规定")):
        return "document"
    return "ok"


def row_path(fit: RowFit, record: Proof | None) -> Path:
    """The row's own path; where the list does not say, the first of the seven questions that the proof's facts answer."""
    entry = fit.row.stored.entry
    if entry.path is not Path.UNKNOWN:
        return entry.path
    if fit.kind == "commitment":
        return Path.COMMITMENT
    if record and record.covered_by:
        return Path.SUBSTITUTE
    if record and record.shared:
        return Path.DATA_SHARING
    return Path.DIRECT_CANCEL if fit.kind == "cancel" else Path.RETAIN if fit.kind == "retain" else Path.DEPT_VERIFICATION


def _needed(needs: tuple[Need, ...]) -> dict[str, Fact]:
    mentioned: dict[str, Fact] = {
        "req.mentioned": len(needs),
        "req.others": tuple(dict.fromkeys(f"ref:{n.stored.requirement.provision}" for n in needs[:3])),
    }
    best = next((n for n in needs if n.fits), None)
    if best is None:
        return mentioned | {"req.fits": False}
    req = best.stored.requirement
    inst = best.stored.instrument.instrument if best.stored.instrument else None
    return mentioned | {
        "req.fits": best.sure,
        "req.nearby": not best.sure,
        "req.strength": str(req.strength),
        "req.level": str(inst.level) if inst else "unknown",
        "req.title": inst.title if inst else "",
        "req.material": req.material,
        "req.keys": tuple(dict.fromkeys(f"ref:{n.stored.requirement.provision}" for n in needs if n.fits))[:2],
        "req.local": bool(inst and inst.region != "全国"),
    }


def ask_kind(query: Query, evidence: Evidence, facts: Mapping[str, Fact], world_chain: tuple[str, ...]) -> str | None:
    """What must be asked back, or None. Only what can change the verdict is asked."""
    if query.out:
        return None
    if evidence.rows and not facts.get("proof.high_risk"):
        return None
    decisive = bool(query.flags & (DECISIVE | {"licence_in_hand", "treaty_state"})) or bool(query.levels) or bool(evidence.claims)
    firm_doctrine = (
        facts.get("general.fits") and len(query.text) >= 14 and not facts.get("proof.high_risk") and "vague_object" not in query.flags
    )
    decisive = decisive or bool(firm_doctrine)
    chosen = evidence.chosen
    if chosen is None and evidence.proof is None and not decisive and not evidence.needs:
        principle = {
            "agency_asked",
            "definition_asked",
            "catch_all",
            "liability_asked",
            "licence_in_hand",
            "treaty_state",
            "asked_by_court",
        } & query.flags
        return None if principle else "proof" if evidence.matter else "vague"
    if chosen is None and not decisive and "vague_object" in query.flags and not (facts.get("proof.known") and evidence.matter):
        return "vague"
    if facts.get("proof.high_risk") and not decisive and evidence.matter is None and (chosen is None or chosen.fit.matter <= 0.5):
        if evidence.rows and (evidence.rows[0].near < len(world_chain) - 1 or evidence.rows[0].matter is not None):
            return None
        unreal = any(c.state.endswith("not_found") for c in evidence.claims) or facts.get("body.type") == str(BodyKind.EMPLOYER)
        return "matter" if "list_status_asked" not in query.flags and not unreal else None
    bare = (
        evidence.matter is None and not decisive and not evidence.rows and not query.requesters and "list_status_asked" not in query.flags
    )
    unnamed = evidence.record is None or evidence.record.name in _UNSPECIFIC
    loose_end = chosen is None or (chosen.fit.matter <= 0.5 and (not query.issuers or unnamed))
    if bare and loose_end and not facts.get("req.fits") and not _DEMANDED.search(query.text):
        return "matter"
    loose = chosen is None or chosen.verdict == "conditional"
    if loose and not query.region_stated and facts.get("proof.high_risk") and not decisive and differs_by_region(evidence):
        return "region"
    return None


def differs_by_region(evidence: Evidence) -> bool:
    """Whether local norms for this very proof and matter give different answers in different places."""
    answers = {(str(f.effect.verdict), str(f.effect.path)) for f in evidence.elsewhere if f.proof > 0 and f.matter > 0}
    places = {f.norm.region for f in evidence.elsewhere if f.proof > 0 and f.matter > 0}
    return len(places) >= 2 and len(answers) >= 2
