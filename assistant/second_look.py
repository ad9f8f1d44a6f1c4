"""A second look at questions that the word lists did not read, or read loosely: the norm that people mean when they ask like this. Pure.

The first reading goes by names of proofs and matters. Where it had to ask back, found nothing, found a norm by half its words only, or found
another norm than the wording points to, and ``recognise`` knows the wording from its examples, that norm is put before the rules. Lists,
doctrines and norms that fit firmly are left as they are. A message like those that are declined or asked back is declined or asked back.
How far the second reading may be trusted was set on decision sets whose authors saw neither the word lists nor the examples (DECISIONS.md).
"""

from __future__ import annotations

from assistant.conflicts import Chosen
from assistant.facts import Evidence, norm_facts
from assistant.match import Fit
from assistant.question import Query
from assistant.recognise import Reading, Recognised
from knowledge.rules import Fact, Outcome
from knowledge.text import hanzi
from knowledge.types import Path, Verdict

# how like a declined message a question must be, the latter where a norm fits firmly, and how far that must exceed half its likeness to the others
DECLINED, DECLINED_THOUGH_FOUND, DECLINED_BEFORE_OK = 0.36, 0.55, 0.1
# … a message that is asked back, the second where a doctrine or a firm norm speaks, the third where the word lists saw nothing of ours (one of
# 900 questions that are to be answered is above the first)
ASKED, ASKED_THOUGH_FOUND, ASKED_NOT_DECLINED = 0.42, 0.6, 0.25
DOUBTFUL = 0.25  # from here a question may be one to decline, and the second reading does not speak
THIN = 0.35  # from here it may be one to ask back
NEITHER = 0.6  # how like the examples a question must be that seemed to be about something else altogether
TOLD, WELL_TOLD = 20, 24  # Chinese characters from which a question that would be asked back says enough
SURE = {"ask": 0.12, "scope": 0.12, "absence": 0.2, "req": 0.12, "norm": 0.08, "body": 0.2, "fact": 0.2, "doctrine": 0.7, "asked": 0.4}
SURE_WELL_TOLD = 0.05
NEAR, NEAR_FIRM = (
    0.12,
    0.14,
)  # how like an example the question must be where the first reading found no norm, and where it found one or none exists
FOUND = frozenset({"norm", "body", "fact", "doctrine", "asked"})  # kinds of rules that answer from something the first reading found
CASE_SURE = {"norm": 0.92, "body": 0.9, "fact": 0.9, "doctrine": 0.8, "asked": 0.8}  # within the norm, in these
THOUGH_UNREAL = 0.8  # how sure it must be where the question quotes a text that does not exist
UNBORNE = 0.15  # from here a norm of the same answer takes the place of one that no example bears out
LED = frozenset({"norm", "doctrine", "asked", "absence"})  # kinds whose answer a norm of the same answer may lead
LEADS, LEADS_CASE = 0.7, 0.8  # how likely that norm must be, and its case
SHOWN = 0.1  # how likely a norm must be to be shown beside the answer
SHOWN_BESIDE_LIST = 0.3
KNOWN = 0.6  # below, the wording is not well known, and the provision whose words are nearest is shown as well


def declined(query: Query, evidence: Evidence) -> str | None:
    """The scope under which a question is declined that the patterns let pass; None: it is not."""
    key, most = _most_declined(evidence.reading)
    found = evidence.chosen is not None and evidence.chosen.firm
    if query.out not in (None, "unrelated") or most < (DECLINED_THOUGH_FOUND if found else DECLINED):
        return None
    return key if most - evidence.reading.scopes.get("ok", 0.0) / 2 >= DECLINED_BEFORE_OK else None


def asked_back(query: Query, evidence: Evidence, outcome: Outcome) -> str | None:
    """What is asked back (``ask.kind``) of a message too thin for an answer; None where the first reading stands."""
    by = (outcome.decided_by or "").split(".")[0]
    if by == "ask" or query.out not in (None, "unrelated") or hanzi(query.text) > WELL_TOLD:
        return None
    found = by == "doctrine" or (by == "norm" and evidence.chosen is not None and evidence.chosen.firm)
    least = ASKED_NOT_DECLINED if query.out else ASKED_THOUGH_FOUND if found else ASKED
    if evidence.reading.scopes.get("ask", 0.0) < least:
        return None
    if evidence.rows and (query.region_stated or "list_status_asked" in query.flags):
        return None
    return "matter" if evidence.proof is not None else "proof" if evidence.matter is not None else "vague"


def second_reading(query: Query, evidence: Evidence, outcome: Outcome) -> Recognised | None:
    """The recognised norm that should answer instead, or None where the first reading stands."""
    reading, kind = evidence.reading, (outcome.decided_by or "").split(".")[0]
    if not reading.norms or kind not in SURE or _most_declined(reading)[1] >= DOUBTFUL:
        return None
    top, length = reading.norms[0], hanzi(query.text)
    well_told = kind == "ask" and length >= WELL_TOLD
    near = NEAR_FIRM if kind == "absence" else NEAR if kind not in FOUND else 0.0
    if top.sure < (SURE_WELL_TOLD if well_told else SURE[kind]) or top.near < near:
        return None
    if kind == "req" and outcome.decided_by != "req.other_matter":  # a provision that names this proof for this matter
        return None
    if kind == "scope":
        return top if query.out == "unrelated" and reading.scopes["ok"] >= NEITHER and length >= TOLD else None
    if kind == "ask":
        return top if length >= TOLD and reading.scopes["ask"] < THIN else None
    if kind in FOUND:
        return top if _other(evidence, outcome, top, kind) else None
    return top


def _other(evidence: Evidence, outcome: Outcome, top: Recognised, kind: str) -> bool:
    """Whether the wording points elsewhere than the norm that was found, surely enough for how firmly it was found."""
    if top.sure < THOUGH_UNREAL and any(claim.state.endswith("not_found") for claim in evidence.claims):
        return False  # its wording is that of a text that does not exist
    if kind == "norm":
        chosen = evidence.chosen
        if chosen is None or chosen.fit.key == top.norm.key:
            return False
        if not chosen.firm:
            return True
        unborne = all(r.norm.key != chosen.fit.key for r in evidence.reading.norms)  # nobody asks about that norm in such words
        if unborne and top.sure >= UNBORNE and top.verdict == str(outcome.verdict):
            return True
        if top.norm.key in outcome.cites or top.near < NEAR_FIRM:
            return False
    return top.verdict != str(outcome.verdict) and top.case_sure >= CASE_SURE[kind]


def leading(evidence: Evidence, outcome: Outcome) -> Recognised | None:
    """The norm that speaks of this very matter and gives the same answer as the rule that decided: it is cited first. None where there is none."""
    kind, norms = (outcome.decided_by or "").split(".")[0], evidence.reading.norms
    if (
        kind not in LED
        or outcome.decided_by == "norm.recognised"
        or not norms
        or any(c.state.endswith("not_found") for c in evidence.claims)
    ):
        return None
    top = norms[0]
    sure = top.sure >= LEADS and top.case_sure >= LEADS_CASE and top.verdict == str(outcome.verdict)
    return top if sure and top.norm.key not in outcome.cites[:1] else None


def _most_declined(reading: Reading) -> tuple[str | None, float]:
    scopes = {k: v for k, v in reading.scopes.items() if k not in ("ok", "ask")}
    key = max(scopes, key=lambda k: scopes[k], default=None)
    return key, scopes[key] if key else 0.0


def facts_of_second(query: Query, evidence: Evidence, outcome: Outcome, top: Recognised) -> dict[str, Fact]:
    """The facts with which the rules are asked again."""
    fit = Fit(top.norm, top.effect, top.sure, 0.0, 0.0, 0.0, ())
    keys = dict.fromkeys((top.norm.key, *(r.norm.key for r in shown(evidence, outcome)), *top.norm.companions[:2]))
    path = top.path or (str(Path.DIRECT_CANCEL) if top.verdict == Verdict.MAY_NOT_DEMAND else None)
    facts = norm_facts(Chosen(fit, top.verdict, path, tuple(keys)), query, evidence.record)
    return facts | {
        "norm.recognised": True,
        "norm.example": top.example,
        "scope.out": None,
        "ask.kind": None,
        "stale.fits": False,
    }


def shown(evidence: Evidence, outcome: Outcome) -> tuple[Recognised, ...]:
    """Norms to show with an answer; an answer that rests on a list row needs company less."""
    least = SHOWN_BESIDE_LIST if (outcome.decided_by or "").startswith("list.") else SHOWN
    return tuple(r for r in evidence.reading.norms if r.sure >= least)


def little_known(evidence: Evidence, outcome: Outcome) -> bool:
    """Whether search should say which provision comes nearest: the examples hardly know the wording, nor bear out a firm norm, and no list row answers."""
    norms = evidence.reading.norms
    agreed = evidence.chosen is not None and evidence.chosen.firm and any(r.norm.key == evidence.chosen.fit.key for r in norms)
    return bool(norms) and norms[0].sure < KNOWN and not agreed and not (outcome.decided_by or "").startswith("list.")


def beside_of(evidence: Evidence, outcome: Outcome) -> tuple[Recognised, ...]:
    """Those of them on which the answer does not rest."""
    return tuple(r for r in shown(evidence, outcome) if r.norm.key not in outcome.cites)
