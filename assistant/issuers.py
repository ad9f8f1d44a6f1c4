"""Whether the body that is to issue a material is one that may: the norm's own issuers, and those that do not issue it any more. Pure."""

from __future__ import annotations

from assistant.conflicts import Chosen
from assistant.question import Query
from knowledge.lexicon import lexicon
from knowledge.lexicon_data import BodyKind, Proof
from knowledge.norms import EffectKind


def wrong_issuer(chosen: Chosen, query: Query, record: Proof | None) -> str | None:
    """The body that is to issue the material, when the norm names other issuers only; None when it fits or nobody is named."""
    effect = chosen.fit.effect
    if not effect.issuers and (mention := _barred(query, record)):
        return mention
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


def _barred(query: Query, record: Proof | None) -> str | None:
    """A village or police station that is to issue what a licence shows and what it does not issue any more."""
    if record is None or not record.covered_by:
        return None
    bars = {"mf20-20": BodyKind.COMMUNITY} | {k: BodyKind.POLICE_STATION for k in record.not_issued_by if k.startswith("gtz16")}
    for mention in query.issuers:
        body = lexicon().body(mention.name) if mention.name else None
        if body is not None and any(body.kind is kind for key, kind in bars.items() if key in record.not_issued_by):
            return mention.surface
    return None


_NARROW = frozenset({BodyKind.COMMUNITY, BodyKind.POLICE_STATION})
