"""A second proof on top of a valid one: 有医学死亡证明，又让村里再证一遍. Pure.

Where the question says that the material which the norm names, or one of the alternatives it leaves open, is already there, what is asked on top of
it has no basis (优化营商环境条例第四十四条: what other means settle is not to be asked again).
"""

from __future__ import annotations

import re

from assistant.match import Fit
from assistant.question import Query
from knowledge.lexicon import lexicon

_MORE = re.compile(r"[，。；,;]?[^，。；,;]{0,8}?(还|又|再|仍)(说|非)?(要|让|叫|得|需|须|说|问|把|喊)|再(证|开|出|盖)一")
_THERE = re.compile(
    r"(?<!没)(?<!未)(有|出了|开了|开好|交了|办了|拿了|拿到|给了|提供了|出具了|做了|做好|带了|过了|齐了|都在|在手|写了|签了|认了|上传了|传过)"
)
_ASKED = re.compile(r"证|开|盖|公证|另|一[张份遍]|声明|意见|说明")


def second_proof(query: Query, fit: Fit) -> bool:
    """Whether the material of ``fit`` is said to be there already and something else is asked for on top.

    Another material that the lexicon knows and the norm does not name keeps its own basis; then the answer is False.
    """
    more = _MORE.search(query.text)
    if more is None or fit.proof <= 0:
        return False
    before, after = query.text[: more.start()], query.text[more.start() :]
    if not _THERE.search(before) or not _ASKED.search(after):
        return False
    effect = fit.effect
    words = [w for w in (*effect.proofs, *effect.proof_words) if len(w) >= 2]
    here = [w for w in words if w in before]
    if not here:
        return False
    named = {m.name for m in query.proofs if m.name and m.start >= more.start()}
    own = {m.name for p in effect.proofs for m in lexicon().find_proofs(p) if m.name}
    if named & own and not _alternatives(fit):
        return False
    return all(n in own or n in WHO_ONLY for n in named)


def _alternatives(fit: Fit) -> bool:
    return len(fit.effect.proofs) >= 2 and "或" in fit.norm.gist


# names that say who stamps it, not what it certifies: nothing can be decided, or proved absent, on them alone
WHO_ONLY = frozenset({"村居委会证明", "派出所证明", "单位证明", "情况证明", "村民小组证明", "街道证明"})
_CERTIFIED = re.compile(
    r"证明(一下|一遍)?(我|他|她|它|俺|咱|本人|自己|孩子|老人|老人家|申请人|当事人)?(们|家|家里)?(确实|的确|真|确|已经|已)?(是|在|有|得了|为)?(?P<fact>[^，。；？?！!证]{2,12})"
)


def certified_fact(text: str, start: int) -> str | None:
    """What is to be certified, as a name: 让派出所证明我是大专学历 → 大专学历证明; ``None`` when the text does not go on."""
    hit = _CERTIFIED.search(text, max(0, start - 1))
    return hit["fact"] + "证明" if hit else None
