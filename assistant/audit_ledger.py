"""Ledger clean-up 台账清理: an opinion for every row by the chosen city's policy, what does not agree, and lists ready to be published in batches."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.audit_types import AuditReport, Judged
from assistant.policy import Policy, policies, policy, relief_exception
from assistant.world import key_of
from knowledge.types import ListKind, Path, Verdict

CANCEL, RETAIN, COMMIT, PENDING = "取消", "保留", "告知承诺", "待核对"
_ASKED = (ListKind.LEDGER, ListKind.RETAIN)  # rows that ask for a proof; those of other lists are decided already
_CARRIES = frozenset({"named", "general", "unknown"})  # states of a basis on which a proof may stay for now


@dataclass(frozen=True, slots=True)
class Opinion:
    """清理意见 of one row. ``list_name``: 取消 | 保留 | 告知承诺 | 待核对 | 不列入; ``batch`` from 1, None for what is retained."""

    file: str
    judged: Judged
    list_name: str
    label: str
    reason: str
    batch: int | None
    exception: bool = False


@dataclass(frozen=True, slots=True)
class CleanUp:
    """Everything that the clean-up of one or several ledgers brought to light."""

    policy: Policy
    opinions: tuple[Opinion, ...] = ()
    disagreements: tuple[tuple[str, tuple[Opinion, ...]], ...] = ()
    repeats: tuple[tuple[str, tuple[Opinion, ...]], ...] = ()

    @property
    def ended(self) -> tuple[Opinion, ...]:
        """Rows whose basis is repealed, not yet in force, or does not exist."""
        return tuple(o for o in self.opinions if any(b.state in ("ended", "missing") for b in o.judged.bases))

    @property
    def exceptions(self) -> tuple[Opinion, ...]:
        return tuple(o for o in self.opinions if o.exception)

    def listed(self, list_name: str, batch: int | None = None) -> tuple[Opinion, ...]:
        """Rows of one list (and one batch), the same proof for the same matter once."""
        seen: dict[tuple[str, str, str], Opinion] = {}
        for o in self.opinions:
            if o.list_name == list_name and (batch is None or o.batch == batch):
                d = o.judged.demand
                seen.setdefault((key_of(d.name), key_of(d.matter), key_of(d.requester)), o)
        return tuple(seen.values())


def clean_up(reports: Sequence[AuditReport], chosen: Policy) -> CleanUp:
    """Opinions on every row of the reports' ledgers, and what shows only between rows."""
    rows = ((r, j) for r in reports for j in r.judged if j.demand.list_kind in _ASKED)
    opinions = tuple(opinion(r.file, j, chosen) for r, j in rows if j.demand.entry is not None or j.is_proof)
    return CleanUp(chosen, opinions, _disagreements(opinions), _repeats(opinions))


def opinion(file: str, j: Judged, chosen: Policy) -> Opinion:
    """The opinion on one row.

    A proof that a law names stays on the retained list even where another way is better (a city cannot cancel what a law sets); the
    label then says the better way. What is no 证明事项 is not listed for cancellation.
    """
    path = j.path or str(Path.RETAIN)
    if not j.is_proof and not j.demand.catch_all:
        return Opinion(file, j, "不列入", "不属于证明事项", "证照、表格、凭证或者本人声明，不作为证明事项清理", None)
    if j.named and j.verdict in (Verdict.MAY_DEMAND, Verdict.CONDITIONAL) and not any(f.severity == "error" for f in j.findings):
        better = "" if path == Path.RETAIN else f"，办理方式改为{chosen.labels[path].removeprefix('取消，改为').removeprefix('取消，')}"
        basis = "、".join(dict.fromkeys(b.shown for b in j.bases if b.state == "named"))
        return Opinion(file, j, RETAIN, chosen.labels["retain"] + better, f"{basis}点名规定", None)
    if reason := relief_exception(chosen, j.demand.matter, path):
        return Opinion(file, j, RETAIN, "暂予保留", reason, None, exception=True)
    if path in (Path.RETAIN, Path.AGENCY):
        path = str(Path.DIRECT_CANCEL) if j.verdict == Verdict.MAY_NOT_DEMAND else path
    if path in (Path.RETAIN, Path.AGENCY) and not any(b.state in _CARRIES for b in j.bases):
        return Opinion(file, j, PENDING, "待核对依据，暂不公布", f"{_why(j)}；没有依据的不能列入保留清单", None)
    if path in (Path.RETAIN, Path.AGENCY):
        return Opinion(file, j, RETAIN, chosen.labels[path], _why(j), None)
    batch = chosen.batch(path) or len(chosen.batches)
    return Opinion(file, j, COMMIT if path == Path.COMMITMENT else CANCEL, chosen.labels[path], _why(j), batch)


def _why(j: Judged) -> str:
    faults = [f for f in j.findings if f.severity != "info"]
    if faults:
        return "；".join(dict.fromkeys(f.title for f in faults))
    return "依据栏没有问题" if j.named else "没有找到点名规定这项证明的法律、法规"


def _disagreements(opinions: Sequence[Opinion]) -> tuple[tuple[str, tuple[Opinion, ...]], ...]:
    """Rows on which 索要单位 and 开具单位 do not fit: one proof for one matter said to come from different bodies, or from the asker itself."""
    groups: dict[tuple[str, str], list[Opinion]] = defaultdict(list)
    out: list[tuple[str, tuple[Opinion, ...]]] = []
    for o in opinions:
        d = o.judged.demand
        groups[(_proof(o), key_of(d.matter))].append(o)
        if d.requester and d.issuer and key_of(d.requester) == key_of(d.issuer):
            out.append((f"“{d.name}”的索要单位和开具单位都是{d.issuer}，应当内部核查", (o,)))
    for (proof, _), group in groups.items():
        issuers = {key_of(o.judged.demand.issuer): o.judged.demand.issuer for o in group if o.judged.demand.issuer}
        if len(issuers) > 1:
            names = "、".join(str(v) for v in issuers.values())
            out.append((f"同一事项的“{proof}”写了不同的开具单位：{names}", tuple(group)))
    issuing = _mutual(opinions)
    return tuple(out + issuing)


def _mutual(opinions: Sequence[Opinion]) -> list[tuple[str, tuple[Opinion, ...]]]:
    """A asks for a proof of B, while B's own ledger asks applicants for the same proof from A or somebody else: B does not hold the fact."""
    by_proof: dict[str, list[Opinion]] = defaultdict(list)
    for o in opinions:
        by_proof[_proof(o)].append(o)
    out = []
    for proof, group in by_proof.items():
        for o in group:
            issuer = key_of(o.judged.demand.issuer)
            other = next(
                (p for p in group if issuer and key_of(p.judged.demand.requester) == issuer and key_of(p.judged.demand.issuer) != issuer),
                None,
            )
            if other is not None:
                d, e = o.judged.demand, other.judged.demand
                words = f"{d.requester or o.file}认为“{proof}”由{d.issuer}开具，而{e.requester}自己也在向申请人索要（开具单位写{e.issuer or '未写'}）"
                out.append((words, (o, other)))
    return out


def _repeats(opinions: Sequence[Opinion]) -> tuple[tuple[str, tuple[Opinion, ...]], ...]:
    """The same proof asked by several departments or for several matters, most frequent first."""
    groups: dict[str, list[Opinion]] = defaultdict(list)
    for o in opinions:
        if o.judged.is_proof:
            groups[_proof(o)].append(o)
    several = [(name, tuple(g)) for name, g in groups.items() if len(g) > 1]
    return tuple(sorted(several, key=lambda p: (-len(p[1]), p[0])))


def _proof(o: Opinion) -> str:
    return o.judged.proof or re.sub(r"[（(][^（）()]*[)）]|\s", "", o.judged.demand.name)


__all__ = ["CleanUp", "Opinion", "Policy", "clean_up", "opinion", "policies", "policy"]
