"""Gathers from the library what the rules ask for: norms that fit, list rows, requirements, claimed bases, coverage. It decides nothing.

``gather`` returns the flat facts that ``knowledge.rules`` reads and the evidence behind them, so that every citation of a decision points to a
stored text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assistant.claims import STATES, Claim, read_claims
from assistant.conflicts import Chosen, choose, choose_general
from assistant.inhand import WHO_ONLY, certified_fact, second_proof
from assistant.issuers import wrong_issuer
from assistant.list_facts import listed, rows_that_count
from assistant.lists import ListFindings, RowFit, find_rows, half_recognised, near_row
from assistant.match import Fit
from assistant.needs import Need, find_needs
from assistant.question import Query, topics
from assistant.recognise import Reading
from assistant.world import World
from knowledge.lexicon import Mention, lexicon
from knowledge.lexicon_data import BodyKind, Proof, ProofKind
from knowledge.norms import EffectKind
from knowledge.rules import Fact
from knowledge.text import law_name

DECISIVE = frozenset(
    ["off_list", "on_list", "cancelled_stated", "data_available", "system_down", "nobody_issues", "repeated_supplement", "false_commitment_before", "unwilling_to_commit", "beyond_city_power", "e_licence", "made_elsewhere", "sensitive_field", "false_commitment_consequence", "self_check_asked", "forced_commitment", "commitment_withdrawn", "committed_already", "sent_between", "issuer_cannot_verify", "catch_all", "definition_asked", "no_basis_stated"]
) | topics()  # fmt: skip

SOFT_SCOPE = frozenset({"tax_money", "criminal", "medical", "chat"})  # a norm that fits material and matter shows that a proof is meant


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
    reading: Reading = field(default_factory=Reading)
    hits: tuple[str, ...] = ()  # provisions whose words are nearest, where they were searched for


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
    if chosen is not None and (
        query.out == "unrelated" or (query.out in SOFT_SCOPE and chosen.firm and chosen.fit.square and chosen.fit.matter > 0)
    ):
        query = replace(query, out=None, tell="")
    rows = rows_that_count(lists, query, chosen)
    worded = () if rows or query.out else tuple(r for r in [near_row(world, query, day)] if r is not None)
    named = (
        chosen is not None
        and chosen.firm
        and chosen.fit.matter > 0
        and (
            chosen.verdict == "may_demand"
            or chosen.fit.norm.region != "全国"
            or (chosen.verdict == "conditional" and not any(map(half_recognised, worded)))
        )
    )
    if chosen is not None and met(chosen.fit) and chosen.fit.matter > 0:
        rows = tuple(r for r in rows if r.exact)
    if worded and not named:
        rows = worded
    if chosen is not None and "list_status_asked" not in query.flags:  # another name for it, on a list for no matter, is weaker than a norm
        rows = tuple(r for r in rows if r.exact or r.matter is not None)
    needs = () if chosen and chosen.firm else tuple(find_needs(world, query, proof, record, hits))
    evidence = Evidence(
        query, fits, chosen, stale, elsewhere, lists, rows, needs, claims, proof, matter, record, near(world, hits), hits=hits
    )
    facts: dict[str, Fact] = {f"q.{flag}": True for flag in query.flags}
    facts |= _frame(world, query)
    facts |= _material(proof, record, matter)
    facts |= _people(query)
    facts |= _claimed(query, claims)
    facts |= norm_facts(chosen, query, record)
    facts |= _stale(tuple(f for f in stale if f.norm.ended is not None and f.norm.ended <= day), chosen, claims)
    facts |= _doctrine(doctrine)
    facts |= listed(rows, lists, record)
    facts["list.norm_keys"] = chosen.keys[:3] if chosen and chosen.firm and (chosen.fit.matter > 0 or not query.matters) else ()
    if chosen is not None and (chosen.conflict == "upper" or met(chosen.fit) or _named_law(world, chosen, claims)):
        facts["list.exact"] = False  # a text that the law overrules, or a case that a norm is made for: the norm answers, not the list
    facts |= _needed(needs)
    facts["q.specific"] = bool(chosen or rows)
    return facts, evidence


def near(world: World, hits: tuple[str, ...]) -> dict[str, float]:
    """Norm keys among the search hits, with a weight from 1 (first) down to 0."""
    out: dict[str, float] = {}
    for place, ref in enumerate(hits):
        for key in world.norms_at(ref):
            out.setdefault(key, 1 - place / max(1, len(hits)))
    return out


def lift(world: World, query: Query, fits: tuple[Fit, ...], hits: tuple[str, ...]) -> list[Fit]:
    """Fits whose provision is also what the question's wording is nearest to: nearness stands in for a matter that no word list names.

    The material must still have been recognised by its own words; nearness alone makes nothing fit. Papers that a provision leaves out are asked
    for everywhere: for them its matter must have been named.
    """
    weights = near(world, hits)
    known = any(m.name for m in query.matters)
    out = []
    for fit in fits:
        weight = weights.get(fit.norm.key, 0.0)
        if weight and fit.proof > 0 and (fit.matter > 0 or fit.effect.effect is not EffectKind.FORBIDS or not fit.effect.matter_words):
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
    if first.name in WHO_ONLY and (fact := certified_fact(query.text, first.start)):
        known = next((m for m in names.find_proofs(fact) if m.name and m.end == len(fact)), None)
        first = replace(first, name=known.name) if known else first
    return first, names.proof(first.name) if first.name else None


def _material(proof: Mention | None, record: Proof | None, matter: Mention | None) -> dict[str, Fact]:
    names = lexicon()
    risk = names.matter(matter.name) if matter and matter.name else None
    facts: dict[str, Fact] = {
        "proof.name": (proof.name or proof.surface) if proof else None,
        "proof.known": proof is not None,
        "proof.named": record is not None,
        "proof.kind": str(record.kind) if record else (str(names.kind_of(proof.surface)) if proof else None),
        "proof.high_risk": bool(record and (record.ambiguous_matters or record.name in WHO_ONLY)) or bool(proof and proof.candidates),
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


def norm_facts(chosen: Chosen | None, query: Query, record: Proof | None) -> dict[str, Fact]:
    """What the rules ask of the norm that carries the answer."""
    decisive = bool(query.flags & DECISIVE) or bool(set(query.levels) & {"document", "dept_rule", "local_rule", "rule"})
    if chosen is None or (not chosen.firm and decisive):
        return {"norm.fits": False, "norm.keys": chosen.keys[:1] if chosen else ()}
    norm, effect = chosen.fit.norm, chosen.fit.effect
    return {
        "norm.fits": True,
        "norm.sure": chosen.firm and chosen.fit.matter > 0.5 and not effect.general,  # its matter was named, not guessed
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
        "norm.wrong_issuer": wrong_issuer(chosen, query, record),
        "norm.second": chosen.verdict == "may_demand" and second_proof(query, chosen.fit),
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


def _named_law(world: World, chosen: Chosen, claims: tuple[Claim, ...]) -> bool:
    """Whether the question itself speaks of the law that the answer rests on."""
    names = {n.name for k in chosen.keys if (n := world.norms.book.get(k)) is not None}
    return any(law_name(c.name.split("第")[0]) in names for c in claims)


def met(fit: Fit) -> bool:
    """Whether the effect is made for a case that the question states."""
    return any(w.expected for w in fit.effect.when) and not fit.unmet


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
