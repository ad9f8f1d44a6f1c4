"""Whether a question must be asked back 反问, and about what: only what can change the verdict. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assistant.facts import DECISIVE, Evidence, met
from assistant.inhand import WHO_ONLY
from assistant.match import grams
from assistant.question import Query
from knowledge.lexicon_data import BodyKind
from knowledge.rules import Fact
from knowledge.text import hanzi

CLEAR_LEAD = 0.5
SHARED_WORDS = 2
SHORT = 15  # Chinese characters; a longer question says more than who asks
_MINE = re.compile(r"(我|咱|俺|咱们|我们)(的)?(这|那)(件|个|项)?(事|情况)")
_NOBODY = frozenset({"政务服务中心", "行政机关"})  # 窗口 says nothing about the matter
_DEMANDED = re.compile(r"要求|说(了)?要|要有|让(我|群众|咱|俺|当事人|申请人)|叫(我|俺)|非要|要我|还要(我|交)")


def ask_kind(query: Query, evidence: Evidence, facts: Mapping[str, Fact], world_chain: tuple[str, ...]) -> str | None:
    """What must be asked back, or None. Only what can change the verdict is asked."""
    if query.out:
        return None
    if evidence.rows and not facts.get("proof.high_risk"):
        return None
    if evidence.matter is None and evidence.record is None and _MINE.search(query.text):
        return "vague"
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
            "remedy_asked",
        } & query.flags
        return None if principle and "vague_object" not in query.flags else "proof" if evidence.matter else "vague"
    if chosen is None and not decisive and "vague_object" in query.flags and not (facts.get("proof.known") and evidence.matter):
        return "vague"
    if _recognised(query, evidence) or (evidence.chosen is not None and evidence.chosen.firm and met(evidence.chosen.fit)):
        return None
    if facts.get("proof.high_risk") and not decisive and evidence.matter is None and (chosen is None or chosen.fit.matter <= 0.5):
        if evidence.rows and (evidence.rows[0].near < len(world_chain) - 1 or evidence.rows[0].matter is not None):
            return None
        unreal = any(c.state.endswith("not_found") for c in evidence.claims) or facts.get("body.type") == str(BodyKind.EMPLOYER)
        return "matter" if "list_status_asked" not in query.flags and not unreal else None
    asked_by = [m for m in query.requesters if m.name not in _NOBODY or evidence.record is None or hanzi(query.text) > SHORT]
    bare = evidence.matter is None and not decisive and not evidence.rows and not asked_by and "list_status_asked" not in query.flags
    unnamed = evidence.record is None or evidence.record.name in WHO_ONLY
    loose_end = chosen is None or (chosen.fit.matter <= 0.5 and (not query.issuers or unnamed))
    if (
        bare
        and loose_end
        and not facts.get("req.fits")
        and ((evidence.record is not None and hanzi(query.text) <= SHORT) or not _DEMANDED.search(query.text))
    ):
        return "matter"
    loose = chosen is None or chosen.verdict == "conditional"
    if loose and not query.region_stated and facts.get("proof.high_risk") and not decisive and differs_by_region(evidence):
        return "region"
    return None


def _recognised(query: Query, evidence: Evidence) -> bool:
    """Whether one provision stands out although no word list knows the matter.

    It is named by its material, first in the search, far ahead of every other that fits, and the rest of the question speaks its words.
    """
    chosen = evidence.chosen
    if chosen is None or evidence.near.get(chosen.fit.key, 0.0) < 1.0:
        return False
    others = [f.score for f in evidence.fits if f.key != chosen.fit.key and f.key not in chosen.keys]
    if chosen.fit.score - max(others, default=0.0) < CLEAR_LEAD:
        return False
    rest = query.text
    for mention in query.proofs:
        rest = rest.replace(mention.surface, "，")
    norm = chosen.fit.norm
    return len(grams(rest).keys() & grams(norm.title + norm.gist + "，".join(chosen.fit.effect.matter_words)).keys()) >= SHARED_WORDS


def differs_by_region(evidence: Evidence) -> bool:
    """Whether local norms for this very proof and matter give different answers in different places."""
    answers = {(str(f.effect.verdict), str(f.effect.path)) for f in evidence.elsewhere if f.proof > 0 and f.matter > 0}
    places = {f.norm.region for f in evidence.elsewhere if f.proof > 0 and f.matter > 0}
    return len(places) >= 2 and len(answers) >= 2
