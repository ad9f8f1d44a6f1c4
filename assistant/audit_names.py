"""Does a text speak of a proof? The words that carry a proof's name, and whether they stand in a provision. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from knowledge.lexicon import lexicon
from knowledge.lexicon_data import Proof

_VERB = re.compile(r"[^，。；]{0,20}(?:出具|开具|核发|签发|颁发|提供|证实|认定|核实|盖章|公证)的")
_TAIL = re.compile(r"(?:的)?(?:证明|证实)?(?:书|件)?(?:原件|复印件)?(?:材料|文件|资料|手续|文书)?$")
_LEAD = re.compile(
    r"^(?:申请人|本人|当事人|申请单位|单位|家庭|企业|个人|有关|相关|有效|合法|所在地?|经营者|法定代表人|其他|纸质)+(?:的|所)?"
)
_SPEAKS = re.compile(r"证明|材料|文件|证件|凭证|手续|资料|报告|意见|同意|鉴定|检查")


@lru_cache(maxsize=40000)
def record_of(proof: str) -> Proof | None:
    """The lexicon's record of a proof by any of its names; None when it is unknown or ambiguous."""
    match = lexicon().canonical_proof(proof)
    name = getattr(match, "name", None) if getattr(match, "how", None) != "pinyin" else None
    return lexicon().proof(name) if name else None


@lru_cache(maxsize=40000)
def cores(proof: str) -> tuple[str, ...]:
    """The words that carry a proof's name: without who issues it, 证明 and the like; its canonical name and variants as well."""
    plain = re.sub(r"[（(][^（）()]*[)）]", "", proof).strip("《》“”\"' ")
    stripped = _core(_VERB.sub("", plain))
    found = [stripped, _core(plain)]
    record = record_of(plain)
    if record is not None:
        found += [_core(record.name), *(c for c in map(_core, record.aliases) if len(c) >= 3)]
    return tuple(dict.fromkeys(c for c in found if len(c) >= 2))


def _core(name: str) -> str:
    out = _LEAD.sub("", _TAIL.sub("", name.strip()))
    return out if len(out) >= 2 else _TAIL.sub("", name.strip())


@lru_cache(maxsize=40000)
def names_proof(text: str, proof: str) -> bool:
    """Whether a provision speaks of the proof: one of its core words stands there, or most of a long one within one clause.

    A name alone is not enough where the text has no word for papers at all (证明, 材料, 证件 …); a word of two characters must stand
    right before one.
    """
    plain = re.sub(r"\s+", "", text)
    if not _SPEAKS.search(plain):
        return False
    return any(_near(core, plain) for core in cores(proof))


@lru_cache(maxsize=40000)
def names_itself(text: str, proof: str) -> bool:
    """Whether a text names the proof by the demand's own words (no other name of it)."""
    plain = re.sub(r"\s+", "", text)
    bare = re.sub(r"[（(][^（）()]*[)）]", "", proof).strip("《》“”\"' ")
    words = dict.fromkeys(c for c in (_core(_VERB.sub("", bare)), _core(bare)) if len(c) >= 2)
    return bool(_SPEAKS.search(plain)) and any(_near(c, plain) for c in words)


def _near(core: str, text: str) -> bool:
    if core in text and (len(core) > 2 or re.search(re.escape(core) + r"[^，。；]{0,14}(?:证明|材料|文件|证件|报告|意见|凭证|证书)", text)):
        return True
    parts = [p for p in re.split(r"[、和及与或]|以及", core) if len(p) >= 2]
    if len(parts) > 1 and all(p in text or (len(p) >= 4 and p[:2] in text and p[-2:] in text) for p in parts):
        return True
    if len(core) < 4:
        return False
    pairs = {a + b for a, b in zip(core, core[1:], strict=False)}
    best = max((_share(pairs, clause) for clause in re.split(r"[。；\n]", text)), default=0.0)
    return best >= (0.66 if len(core) < 6 else 0.5)


def _share(pairs: set[str], clause: str) -> float:
    return sum(1 for p in pairs if p in clause) / len(pairs)
