"""Question → Decision: the one function that verb, page, audit and API share.

``question`` reads, ``facts`` gathers, ``knowledge.rules`` decides, and this module turns keys into citations of stored texts, adds what
nearly fitted, and proves absence by an exhaustive scan. The same input and the same corpus give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from assistant.asking import ask_kind
from assistant.cite import Citer
from assistant.facts import Evidence, gather
from assistant.lists import named_rows
from assistant.question import Query, refused, understand
from assistant.second_look import asked_back, beside_of, declined, facts_of_second, leading, little_known, second_reading
from assistant.world import World, key_of
from knowledge.lexicon import Mention, lexicon
from knowledge.lexicon_data import ProofKind
from knowledge.rules import Fact, Outcome, evaluate
from knowledge.types import Decision, NearMiss, Path, Role, ScanReport, Step, Verdict

MAX_CITATIONS = 8
LEADING = 4  # citations of the answer itself before those beside it


@dataclass(frozen=True, slots=True)
class Result:
    """A decision with what it rests on, for the page and the JSON writer."""

    query: Query
    decision: Decision
    facts: dict[str, Fact]
    evidence: Evidence
    outcome: Outcome
    parts: tuple[Result, ...] = ()


def decide(
    world: World,
    question: str,
    *,
    region: str | None = None,
    as_of: date | None = None,
    role: Role = Role.CITIZEN,
    today: date | None = None,
) -> Result:
    """Decide one question.

    Args:
        world: the library as read.
        question: plain words; personal numbers are masked before anything else happens.
        region: full administrative name, ``全国``, or None to take it from the question.
        as_of: the day asked about; None for the day of asking (or a day the question names).
        role: changes wording only.
        today: the day of asking; a test may set it.

    Returns:
        The result; an out-of-scope question has ``query.out``, an under-specified one ``decision.missing`` and no verdict.
    """
    query = understand(question, region=region, as_of=as_of, role=role, today=today)
    several = _several(world, query)
    if several and not query.out:
        return _join(world, query, [_one(world, _only(query, m, several)) for m in several])
    return _one(world, query)


def decide_query(world: World, query: Query) -> Result:
    """Decide a query that is already read (audit and ledgers build theirs from cells)."""
    return _one(world, query)


def rule(world: World, query: Query) -> tuple[dict[str, Fact], Evidence, Outcome]:
    """Facts, evidence and what the rules make of them, without citations and without counting what was searched (ledgers of thousands of rows)."""
    facts, evidence = gather(world, query)
    query = evidence.query
    facts["ask.kind"] = ask_kind(query, evidence, facts, world.chain(query.region))
    outcome = evaluate(facts, query.as_of)
    reading = world.recognise(query)
    if not reading.scopes:  # audits, and a library of code without the model
        return facts, evidence, outcome
    return _looked_at_again(world, query, facts, replace(evidence, reading=reading), outcome)


def _looked_at_again(
    world: World, query: Query, facts: dict[str, Fact], evidence: Evidence, outcome: Outcome
) -> tuple[dict[str, Fact], Evidence, Outcome]:
    """What ``second_look`` makes of it: declined, asked back, another norm put before the rules, or norms shown beside the answer."""
    if scope := declined(query, evidence):
        query = refused(query, scope)
        more: dict[str, Fact] = {"scope.out": scope}
    elif kind := asked_back(query, evidence, outcome):
        query = replace(query, out=None, tell="")
        more = {"scope.out": None, "ask.kind": kind}
    elif top := second_reading(query, evidence, outcome):
        query = replace(query, out=None, tell="")
        more = facts_of_second(query, evidence, outcome, top)
    else:
        more = {}
    evidence = replace(evidence, query=query)
    if more:
        facts = facts | more
        outcome = evaluate(facts, query.as_of)
    beside: dict[str, Fact] = {} if query.out or facts.get("ask.kind") else _beside(world, query, evidence, outcome)
    return (facts | beside, evidence, evaluate(facts | beside, query.as_of)) if beside else (facts, evidence, outcome)


def _beside(world: World, query: Query, evidence: Evidence, outcome: Outcome) -> dict[str, Fact]:
    """Norms, and where the wording is little known the nearest provision, that are shown beside the answer."""
    lead = leading(evidence, outcome)
    near = {r.norm.key: r.norm.cite for r in beside_of(evidence, outcome) if r is not lead}
    if little_known(evidence, outcome):
        hits = evidence.hits or world.hits(query.text, query.region, query.as_of)
        if hits and not {*world.norms_at(hits[0])} & {*outcome.cites, *near} and (found := world.library.provision(hits[0])) is not None:
            title = found.instrument.instrument.title if found.instrument else found.title
            near[f"ref:{hits[0]}"] = f"《{title}》{found.label}"
    beside: dict[str, Fact] = {"near.names": tuple(near.values()), "near.keys": tuple(near)} if near else {}
    if lead:
        beside |= {"lead.name": lead.norm.cite, "lead.key": lead.norm.key, "lead.example": lead.example}
    return beside


def _one(world: World, query: Query) -> Result:
    facts, evidence, outcome = rule(world, query)
    query = evidence.query
    citer = Citer(world, query, evidence)
    citations = () if query.out else citer.citations(_leading(outcome, facts), MAX_CITATIONS)
    report = _scan(world, query, evidence, outcome)
    decision = Decision(
        verdict=outcome.verdict,
        path=path_of(outcome),
        steps=tuple(_with_refs(s, citer) for s in outcome.steps),
        citations=citations,
        near_misses=() if query.out else _near_misses(world, evidence, citer, report.near),
        alternatives=outcome.alternatives,
        missing=outcome.missing,
        scan=ScanReport(world.corpus, report.instruments, report.provisions, report.terms, report.coverage),
        notes={"instead": outcome.instead, "decided_by": outcome.decided_by or ""},
    )
    return Result(query, decision, facts, evidence, outcome)


def _leading(outcome: Outcome, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """What speaks of this very matter and says the same, then what decided, what else the wording points to, and the rest."""
    beside, lead = facts.get("near.keys") or (), facts.get("lead.key")
    assert isinstance(beside, tuple)
    first = (lead,) if isinstance(lead, str) else ()
    return tuple(dict.fromkeys((*first, *outcome.cites[:LEADING], *beside, *outcome.cites[LEADING:])))


def path_of(outcome: Outcome) -> Path | None:
    """The path of an outcome; None when it has none, or nothing was decided."""
    if outcome.verdict is Verdict.UNDETERMINED and outcome.path is None:
        return None
    return None if outcome.path is Path.UNKNOWN else outcome.path


def _with_refs(step: Step, citer: Citer) -> Step:
    refs = [r for key in step.citations for r in citer.refs(key)]
    return replace(step, citations=tuple(dict.fromkeys(refs)))


@dataclass(frozen=True, slots=True)
class _Scanned:
    instruments: int = 0
    provisions: int = 0
    terms: tuple[str, ...] = ()
    coverage: str = ""
    near: tuple[NearMiss, ...] = ()


def _scan(world: World, query: Query, evidence: Evidence, outcome: Outcome) -> _Scanned:
    """The exhaustive scan, run where the answer rests on absence (or says that it cannot be told)."""
    if not (outcome.decided_by or "").startswith("absence") or evidence.proof is None:
        return _Scanned()
    terms = _terms(evidence)
    found = world.haystack.scan(terms, day=query.as_of, regions=world.chain(query.region))
    return _Scanned(found.instruments, found.provisions, terms, found.coverage, found.near)


def _terms(evidence: Evidence) -> tuple[str, ...]:
    record, mention = evidence.record, evidence.proof
    names = [record.name, *record.aliases] if record else []
    if mention is not None:
        names.append(mention.surface)
    return tuple(dict.fromkeys(n for n in names if len(n) >= 2))


def _near_misses(world: World, evidence: Evidence, citer: Citer, scanned: Iterable[NearMiss]) -> tuple[NearMiss, ...]:
    out: list[NearMiss] = []
    for fit in evidence.stale[:3]:
        ended = fit.norm.ended is not None and evidence.query.as_of >= fit.norm.ended
        why = "repealed" if ended or fit.norm.effective is None or fit.norm.effective <= evidence.query.as_of else "not_yet_in_force"
        out += [NearMiss(r, why, fit.norm.by_what or "") for r in citer.refs(fit.norm.key)]
    out += [NearMiss(r, "other_region", f.norm.region) for f in evidence.elsewhere[:3] for r in citer.refs(f.norm.key)]
    out += [NearMiss(f.row.stored.ref, "other_matter", f.row.stored.entry.matter or "") for f in evidence.lists.other_matter[:3]]
    out += [NearMiss(f.row.stored.ref, "other_region", f.row.stored.region or "") for f in evidence.lists.precedents[:5]]
    out += list(scanned)
    seen: dict[str, NearMiss] = {}
    for miss in out:
        seen.setdefault(miss.ref, miss)
    return tuple(seen.values())[:12]


# ---------- several materials in one question: each is decided for itself ----------
def _several(world: World, query: Query) -> list[Mention]:
    """Three or more different materials demanded together (户口本、无犯罪、婚育证明、体检四样都要).

    Materials that one list row names in one breath (学历证明、工作年限证明等…) are that row's one item, not several.
    """
    names = {m.name: m for m in query.proofs if m.name}
    for key in named_rows(world, query):
        inside = [n for n, m in names.items() if key_of(m.surface) in key]
        for name in inside[1:]:
            del names[name]
    listed = query.text.count("、") >= 2
    return list(names.values()) if len(names) >= 3 and listed else []


def _only(query: Query, keep: Mention, all_of: list[Mention]) -> Query:
    """The same question with one material only; the words of the others are blanked so that nothing else matches them."""
    text = query.text
    for mention in query.proofs:
        if mention.name != keep.name:
            text = text[: mention.start] + "　" * (mention.end - mention.start) + text[mention.end :]
    found = replace(query.found, proofs=tuple(m for m in query.proofs if m.name == keep.name))
    return replace(query, text=text, found=found)


def _join(world: World, query: Query, parts: list[Result]) -> Result:
    """One answer from several: the common verdict, else conditional; the commonest path; every part in the steps."""
    verdicts = {p.decision.verdict for p in parts}
    firm = [p for p in parts if p.decision.verdict is not Verdict.UNDETERMINED]
    verdict = verdicts.pop() if len(verdicts) == 1 else Verdict.CONDITIONAL
    paths = Counter(p.decision.path for p in firm if p.decision.path and not _is_licence(p))
    best = paths.most_common(1)[0][0] if paths else next((p.decision.path for p in firm if p.decision.path), None)
    steps: list[Step] = []
    citations = []
    for part in parts:
        name = str(part.facts.get("proof.name") or "材料")
        steps += [replace(s, fact=f"【{name}】{s.fact}") for s in part.decision.steps]
        citations += [c for c in part.decision.citations[:3] if c.ref not in {x.ref for x in citations}]
    decision = replace(
        parts[0].decision,
        verdict=verdict,
        path=best,
        steps=tuple(steps),
        citations=tuple(citations[: MAX_CITATIONS + 4]),
        near_misses=tuple(m for p in parts for m in p.decision.near_misses)[:12],
        missing=tuple(dict.fromkeys(m for p in parts for m in p.decision.missing)),
        notes={"instead": "", "decided_by": "several"},
    )
    return Result(query, decision, parts[0].facts | {"q.asks_several": True}, parts[0].evidence, parts[0].outcome, tuple(parts))


def _is_licence(part: Result) -> bool:
    record = lexicon().proof(str(part.facts.get("proof.name")))
    return record is not None and record.kind is ProofKind.LICENCE
