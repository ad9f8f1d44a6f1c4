"""Faults that show only between demands: circular proofs (C1) and the same fact demanded twice (D1), in one file or over a set of files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.audit_lists import same_matter, words_in
from assistant.audit_rules import Setting
from assistant.audit_types import Finding, Judged
from assistant.audit_wording import finding
from assistant.world import key_of
from knowledge.lexicon import lexicon

_STEM = re.compile(r"(?:情况|状况|人员|家庭)?(?:证明|认定|书|证)+(?:材料|文件)?$")
_PLACE = re.compile(r"^[^，。]{1,6}?(?:省|市|县|区|州|旗)")
_KEEP = 2
_ONE_MORE = re.compile(r"(?:再次|再行|重新|另行|另外|重复|二次)(?=[^，。；（）()]{0,6}?(?:出具|开具|提供|提交|证明))")


@dataclass(frozen=True, slots=True)
class Placed:
    """A judged demand with the file and the place of its file, for comparisons over a set."""

    file: str
    index: int
    judged: Judged


def repeats(setting: Setting, judged: Sequence[Judged]) -> list[Finding]:
    """D1 within one file: two demands of one matter and one addressee that certify the same fact."""
    groups: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for j in judged:
        fact = _fact(j)
        if fact and j.is_proof and not j.demand.catch_all:
            groups[(fact, key_of(j.demand.matter))].append(j)
    out: list[Finding] = list(_again(setting, judged))
    for group in groups.values():
        if len(group) < 2:
            continue
        for j in group:
            if j.named:
                continue
            others = "、".join(dict.fromkeys(f"“{o.demand.name}”" for o in group if o is not j))
            out.append(finding(setting, j, "D1", f"与{others}证明同一事实，重复要求。"))
    return out


def _again(setting: Setting, judged: Sequence[Judged]) -> Iterator[Finding]:
    """A demand that says itself that it is one more (再次出具, 另行出具) of what another demand of the matter already shows."""
    proofs = [j for j in judged if j.is_proof and not j.demand.catch_all]
    for j in proofs:
        if j.named or not _ONE_MORE.search(j.demand.demand):
            continue
        mine = words_in(_ONE_MORE.sub("", j.demand.name).rpartition("的")[2])
        same = [o for o in proofs if o is not j and key_of(o.demand.matter) == key_of(j.demand.matter)]
        other = max(same, key=lambda o: len(mine & words_in(o.demand.name)), default=None)
        if other is not None and len(mine & words_in(other.demand.name)) >= max(1, len(mine) / 2):
            yield finding(setting, j, "D1", f"与“{other.demand.name}”证明同一事实，重复要求。")


def _fact(j: Judged) -> str | None:
    """What a demand certifies: its canonical proof; 未就业 and 失业 are one fact."""
    if j.proof is None:
        return key_of(re.sub(r"[（(][^（）()]*[)）]", "", j.demand.name)) or None
    record = lexicon().proof(j.proof)
    return _SAME_FACT.get(j.proof, j.proof) if record else j.proof


_SAME_FACT = {"工作证明": "就业状况", "失业证明": "就业状况", "单身证明": "婚姻状况证明", "未婚证明": "婚姻状况证明"}


@dataclass(frozen=True, slots=True)
class _Edge:
    """A demand that sends the applicant from one matter to another body's matter; ``strict``: that matter's very result is demanded."""

    source: str
    target: str
    placed: Placed
    strict: bool


def circles(setting: Setting, placed: Sequence[Placed]) -> list[tuple[Placed, Finding]]:
    """C1 over a set: matter M asks for a proof of body B, whose own matter (directly or over others) asks for a proof of M's body.

    At least one step of the circle must demand the very result of the next matter (低收入家庭证明 of 低收入家庭认定), the others
    at least something of its field. Every demand on a circle of at most four steps that no law names is a finding.
    """
    edges = _edges(placed)
    out: dict[tuple[str, int], tuple[Placed, Finding]] = {}
    for start in [e for group in edges.values() for e in group if e.strict]:
        way = _way_back(edges, start)
        if way is None:
            continue
        chain = "→".join([start.source, *(e.target for e in (start, *way))])
        for edge in (start, *way):
            p = edge.placed
            if p.judged.named or (p.file, p.index) in out:
                continue
            note = f"办“{edge.source}”要“{p.judged.demand.name}”，开具单位办“{edge.target}”又绕回来索要：{chain}，互为前提。"
            out[(p.file, p.index)] = (p, finding(setting, p.judged, "C1", note))
    for one, other in _mutual(placed):
        if (one.file, one.index) not in out:
            a, b = one.judged.demand, other.judged.demand
            note = f"同办“{a.matter}”，{a.requester}要{a.issuer}开的“{a.name}”，{b.requester}又要{b.issuer}开的“{b.name}”，互为前提。"
            out[(one.file, one.index)] = (one, finding(setting, one.judged, "C1", note))
    return list(out.values())


def _mutual(placed: Sequence[Placed]) -> Iterator[tuple[Placed, Placed]]:
    """Demands of one matter with which two offices send the applicant to each other, each with the demand that goes the other way."""
    ways: dict[tuple[str, str, str], list[Placed]] = defaultdict(list)
    for p in placed:
        asks, gives = _office(p.judged.demand.requester), _office(p.judged.demand.issuer)
        if p.judged.is_proof and p.judged.demand.matter and asks and gives and asks != gives:
            ways[key_of(p.judged.demand.matter), asks, gives].append(p)
    for (matter, asks, gives), there in ways.items():
        back = ways.get((matter, gives, asks), ())
        yield from ((p, back[0]) for p in there if back and not p.judged.named)


def _edges(placed: Sequence[Placed]) -> dict[str, list[_Edge]]:
    offices: dict[str, set[str]] = defaultdict(set)
    handled: dict[str, set[str]] = defaultdict(set)  # office → its matters
    for p in placed:
        if p.judged.demand.matter and p.judged.demand.requester:
            office = _office(p.judged.demand.requester)
            offices[p.judged.demand.matter].add(office)
            handled[office].add(p.judged.demand.matter)
    edges: dict[str, list[_Edge]] = defaultdict(list)
    cache: dict[str, list[str]] = {}
    for p in placed:
        demand = p.judged.demand
        issuer = _office(demand.issuer)
        if not issuer or not demand.matter or not p.judged.is_proof:
            continue
        if issuer not in cache:
            cache[issuer] = [o for o in handled if _same_office(issuer, o)]
        for office in cache[issuer]:
            if office in offices[demand.matter]:
                continue
            for other in sorted(handled[office]):
                strict = _result_of(p, other)
                if strict or _akin(p, other):
                    edges[demand.matter].append(_Edge(demand.matter, other, p, strict))
    return edges


def _way_back(edges: dict[str, list[_Edge]], start: _Edge) -> list[_Edge] | None:
    """The shortest way from the end of ``start`` to its beginning along at most three edges; None when there is none."""
    ways: list[list[_Edge]] = [[e] for e in edges.get(start.target, ())]
    for _ in range(3):
        for way in ways:
            if way[-1].target == start.source:
                return way
        seen = {start.source, start.target}
        ways = [[*way, e] for way in ways[:200] for e in edges.get(way[-1].target, ()) if e.target not in seen - {start.source}]
    return None


def _result_of(p: Placed, matter: str) -> bool:
    """Whether the demanded proof is what the matter gives out (就业困难人员证明 of 就业困难人员认定)."""
    stem = _STEM.sub("", re.sub(r"[（(][^（）()]*[)）]", "", p.judged.demand.name))
    subject = re.sub(r"(?:的)?(?:申请|认定|登记|办理|审批|审核|备案|确认|申领|核定|待遇|资格)+$", "", matter)
    if len(stem) < 2 or len(subject) < 2:
        return False
    return stem in matter or subject in p.judged.demand.name or same_matter(stem, subject) >= 0.6


def _akin(p: Placed, matter: str) -> bool:
    """Whether proof and matter belong to one field, or share a word."""
    record = lexicon().proof(p.judged.proof) if p.judged.proof else None
    fields = {lexicon().data.matters[m.name].field for m in lexicon().find_matters(matter) if m.name}
    if record is not None and record.field in fields:
        return True
    stem = _STEM.sub("", p.judged.demand.name)
    return any(stem[i : i + 2] in matter for i in range(len(stem) - 1))


def _office(body: str | None) -> str:
    return _PLACE.sub("", re.sub(r"[（(][^（）()]*[)）]", "", body or "")).strip()


def _same_office(a: str, b: str) -> bool:
    if not a or not b:
        return False
    if a == b or (len(a) >= 3 and a in b) or (len(b) >= 3 and b in a):
        return True
    names = [{m.name for m in lexicon().find_bodies(t) if m.name} for t in (a, b)]
    return bool(names[0] & names[1])


def shared_facts(setting: Setting, placed: Sequence[Placed]) -> list[tuple[Placed, Finding]]:
    """D1 over a set: several departments demand the same fact, which one of them could pass on to the others (information only)."""
    groups: dict[str, list[Placed]] = defaultdict(list)
    for p in placed:
        if p.judged.proof and p.judged.is_proof:
            groups[p.judged.proof].append(p)
    out = []
    for proof, group in groups.items():
        offices = sorted({_office(p.judged.demand.requester) for p in group if p.judged.demand.requester})
        if len(offices) < 2:
            continue
        for p in group:
            others = "、".join(o for o in offices if o != _office(p.judged.demand.requester))[:60]
            made = finding(setting, p.judged, "D1", f"“{proof}”{others}也在索要，同一事实由多个部门分别要求证明。")
            out.append((p, replace(made, severity="info")))
    return out


def attach(judged: Sequence[Judged], findings: Iterable[Finding]) -> tuple[Judged, ...]:
    """The judged demands with further findings, each on its own demand; one finding per code and demand."""
    by_order: dict[int, list[Finding]] = defaultdict(list)
    for f in findings:
        by_order[f.demand.order].append(f)
    out = []
    for j in judged:
        have = {f.code for f in j.findings}
        more = tuple(f for f in by_order.get(j.demand.order, ()) if f.code not in have)
        out.append(replace(j, findings=(*j.findings, *more)) if more else j)
    return tuple(out)
