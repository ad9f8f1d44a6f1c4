"""Is there a basis that the draft does not cite? A provision in force that names this proof in its own words, for this matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from assistant.audit_demand import Demand
from assistant.audit_lists import same_matter
from assistant.audit_names import names_itself
from assistant.audit_types import Judged
from assistant.cite import norm_citation, provision_citation
from knowledge.norms import EffectKind, NormEffect
from knowledge.scan import QUALIFIED
from knowledge.store import StoredProvision
from knowledge.types import Citation, TextKind

if TYPE_CHECKING:
    from assistant.audit_rules import Setting


def found_basis(setting: Setting, judged: Judged) -> Citation | None:
    """The provision that carries the demand although it is not cited; None when neither norms, requirements nor the scan know one."""
    return next(_norms(setting, judged, strict=True), None) or next(_needs(setting, judged), None) or next(_scanned(setting, judged), None)


def near_basis(setting: Setting, judged: Judged) -> Citation | None:
    """A provision of this matter that asks for something like it under another name: worth a look, no basis."""
    return next(_norms(setting, judged, strict=False), None)


def _norms(setting: Setting, judged: Judged, *, strict: bool) -> Iterator[Citation]:
    chosen = judged.ruling.chosen if judged.ruling else None
    if chosen is None or chosen.fit.effect.effect is not EffectKind.SETS or chosen.fit.norm.level not in QUALIFIED or chosen.fit.proof <= 0:
        return
    text = setting.world.text_of(chosen.fit.norm)
    if text is None or not _for_effect(chosen.fit.effect, chosen.fit.norm.title, judged.demand):
        return
    gist = text.provision.text_kind is TextKind.GIST
    words = (*chosen.fit.effect.proofs, *chosen.fit.effect.proof_words) if gist else ()
    if not strict or names_itself(text.text + "".join(f"，{w}证明材料" for w in words), judged.demand.name):
        yield norm_citation(chosen.fit.norm, text, setting.day)


def _needs(setting: Setting, judged: Judged) -> Iterator[Citation]:
    for need in judged.ruling.needs if judged.ruling else ():
        stored = need.stored
        if stored.instrument is None or stored.instrument.instrument.level not in QUALIFIED:
            continue
        title = stored.instrument.instrument.title
        if need.material >= 0.9 and _about(judged.demand, (stored.requirement.matter or "", title)):
            found = setting.world.library.provision(stored.requirement.provision)
            if found is not None and names_itself(found.text, judged.demand.name):
                yield provision_citation(found, setting.day)


def _scanned(setting: Setting, judged: Judged) -> Iterator[Citation]:
    """Every provision in force here that holds the very name, where its law or its words speak of the matter."""
    name = re.sub(r"[（(][^（）()]*[)）]|\s", "", judged.demand.name)
    if setting.quick or not 4 <= len(name) <= 20:
        return
    chain = setting.world.chain(setting.region)
    for found in setting.world.containing(name):
        inst = found.instrument
        if inst is None or inst.instrument.region not in chain or inst.instrument.level not in QUALIFIED:
            continue
        if setting.world.in_force(inst, setting.day) and _speaks_of(found, judged.demand):
            yield provision_citation(found, setting.day)


def _speaks_of(found: StoredProvision, demand: Demand) -> bool:
    wanted = re.sub(r"(?:的)?(?:申请|办理|登记|申领|备案|审批|认定)+$", "", demand.purpose or demand.matter or "")
    return len(wanted) >= 3 and (wanted in found.text or wanted in found.title)


def _for_effect(effect: NormEffect, title: str, demand: Demand) -> bool:
    wanted = demand.purpose or demand.matter or ""
    if any(len(w) >= 2 and w in wanted for w in (*effect.matters, *effect.matter_words)):
        return True
    return _about(demand, (*effect.matters, title))


def _about(demand: Demand, matters: tuple[str, ...]) -> bool:
    wanted = demand.purpose or demand.matter or ""
    return any(same_matter(wanted, m) >= 0.6 for m in matters)
