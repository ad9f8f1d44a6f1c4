"""What the decision engine says of one demand: the same ``decide`` as ``ask``, once per material, matter and basis."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.audit_demand import Demand
from assistant.audit_types import Ruling
from assistant.decide import decide_query, path_of, rule
from assistant.question import Query, understand
from knowledge.types import Role

if TYPE_CHECKING:
    from assistant.audit_rules import Setting

_MODAL = re.compile(r"出具|开具")
_LIMITED = re.compile(r"村|居民|居委|社区|派出所|公安")  # bodies that may certify certain things only: the issuer decides


def ruling(setting: Setting, demand: Demand) -> Ruling:
    """The decision on a demand; equal questions are decided once.

    A whole ledger (``setting.quick``) is decided by the same rules on the same facts, only that nothing is cited and searched for display.
    """
    matter = demand.purpose or demand.matter
    told = bool(demand.issuer) and not _MODAL.search(demand.name) and (not setting.quick or bool(_LIMITED.search(demand.issuer or "")))
    issuer = f"{demand.issuer}出具的" if told else ""
    text = (f"办理{matter}，" if matter else "") + f"要求提交{issuer}{demand.name}"
    if demand.basis and not setting.quick:  # in a ledger the basis is checked by itself, and equal demands are decided once
        text += f"，依据是{demand.basis}"
    if text not in setting.decided:
        query = understand(text, region=setting.region, as_of=setting.day, role=Role.REVIEWER, today=setting.day)
        setting.decided[text] = _decided(setting, replace(query, out=None, tell=""))
    return setting.decided[text]


def _decided(setting: Setting, query: Query) -> Ruling:
    if setting.quick:
        _, evidence, outcome = rule(setting.world, query)
        path = path_of(outcome)
        return Ruling(str(outcome.verdict), str(path) if path else None, evidence.chosen, evidence.needs)
    result = decide_query(setting.world, query)
    decision, evidence = result.decision, result.evidence
    searched = (decision.scan.instruments, decision.scan.provisions)
    return Ruling(str(decision.verdict), str(decision.path) if decision.path else None, evidence.chosen, evidence.needs, searched)
