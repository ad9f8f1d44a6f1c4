"""The basis that a demand claims, checked: does it exist, was it in force, may it set a proof, is it of this place, does it name this proof?

``assistant.claims`` resolves and dates a claim; this module adds what a reviewer looks up next: laws that another text has repealed although
the library does not hold them, norms recorded as ended, and whether the cited article speaks of the proof at all.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path as FilePath

from assistant.audit_names import cores, names_proof, record_of
from assistant.audit_world import AuditWorld
from assistant.cite import norm_citation, provision_citation
from assistant.claims import Claim
from knowledge.hierarchy import may_set_proof
from knowledge.norms import EffectKind
from knowledge.regions import find_regions
from knowledge.repeals import find_repeals
from knowledge.store import StoredProvision
from knowledge.text import article_label, law_name
from knowledge.types import Citation, Instrument, Level, TextKind

_GENERAL = re.compile(
    r"(?:提交|提供|出具|出示|递交|报送|持|凭)[^。；]{0,30}(?:有关|相关|必要|符合[^。；]{0,16}条件|其他)[^。；]{0,8}(?:证明|材料|文件)"
)
_LOW_WORDS = re.compile(
    r"规章|规范性文件|文件|通知|内部|惯例|会议|纪要|制度|要求|指南|须知|口头|领导|上级|习惯|惯常|系统|窗口|工作需要|部门规定|单位规定|规程|流程|口径|备忘|记录|守则|标准|办法|细则|意见"
)
_NONE = re.compile(r"^[\s/／\\—–_-]*$|^(无|没有|暂无|空|不详|未知|未明确|无依据|N/?A|待定|待补充?)$", re.I)
_QUOTED = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》")


@dataclass(frozen=True, slots=True)
class Basis:
    """One checked basis. ``state``: none | vague | missing | ended | low | elsewhere | silent | general | named | unknown.

    ``named``: a qualified text in force names the proof (or, where only the instrument is cited, one of its articles does);
    ``general``: it asks for proofs in general words; ``unknown``: the library cannot tell.
    """

    state: str
    shown: str = ""
    note: str = ""
    level: Level | None = None
    citations: tuple[Citation, ...] = ()
    claim: Claim | None = None

    @property
    def fault(self) -> str | None:
        """The code of this basis's fault, or None."""
        return {"missing": "B4", "ended": "B3", "low": "B2", "silent": "B5", "elsewhere": "J1"}.get(self.state)


def check_basis(
    world: AuditWorld, basis: str | None, proof: str, *, region: str, day: date, matter: str | None = None, is_proof: bool = True
) -> tuple[Basis, ...]:
    """Every basis that a cell or sentence claims, as written; one ``none`` when nothing is claimed. Equal cells are checked once."""
    key = (basis, proof, region, day, matter, is_proof)
    if key not in world.checked:
        world.checked[key] = _check(world, (basis or "").strip(), proof, matter or "", region, day, is_proof)
    found: tuple[Basis, ...] = world.checked[key]
    return found


def _check(world: AuditWorld, text: str, proof: str, matter: str, region: str, day: date, is_proof: bool) -> tuple[Basis, ...]:
    if not text or _NONE.match(text):
        return (Basis("none"),)
    claims = world.claims(text, day)
    out = [_checked(world, c, proof, matter, region, day) for c in claims]
    resolved = "".join(c.name for c in claims)
    for title in _QUOTED.findall(text):
        if title not in resolved:
            if (known := known_repeals().get(law_name(title))) and known[0] <= day:
                out.append(Basis("ended", f"《{title}》", f"已于{known[0].isoformat()}废止（{known[1]}）"))
                continue
            out.append(Basis("low", f"《{title}》", "从名称看不是法律、法规，也不是国务院决定", Level.NORMATIVE_DOCUMENT))
    if not out:
        out = [_unquoted(text)]
    if not is_proof:  # what is no 证明事项 may rest on rules; only a basis that is not there is a fault
        out = [b if b.state in ("missing", "ended") else Basis("named", b.shown, b.note, b.level, b.citations, b.claim) for b in out]
    return tuple(out)


def _unquoted(text: str) -> Basis:
    if _LOW_WORDS.search(text) and not re.search(r"法律|法规(?!定)|条例", re.sub(r"规章|规范性文件", "", text)):
        rule = "规章" in text and "文件" not in text
        return Basis("low", text, "只写了层级，没有法律、法规依据", Level.DEPT_RULE if rule else Level.NORMATIVE_DOCUMENT)
    return Basis("vague", text, "没有写明名称和条款")


def _checked(world: AuditWorld, claim: Claim, proof: str, matter: str, region: str, day: date) -> Basis:
    if claim.state in ("title_not_found", "unverifiable"):
        return _not_held(world, claim, region, day)
    if claim.state == "article_not_found":
        if _gist_only(world, claim):
            return Basis("unknown", claim.name, "本库只有这部法规的要旨，没有条文", claim.level, (), claim)
        ended = _repealed(world, claim, day)
        if ended is not None:
            return ended
        return Basis("missing", claim.name, claim.note, claim.level, _last_article(world, claim, day), claim)
    if claim.state in ("repealed", "amended", "not_yet"):
        return Basis("ended", claim.name, claim.note, claim.level, _cite(world, claim, day) + _enders(world, claim, day)[:1], claim)
    ended = _ended_norm(world, claim, day) or _repealed(world, claim, day)
    if ended is not None:
        return ended
    instrument = claim.resolution.instrument if claim.resolution else None
    level = claim.level or Level.UNKNOWN
    if instrument is not None and instrument.region not in world.chain(region):
        return Basis("elsewhere", claim.name, f"是{instrument.region}的规定", level, _cite(world, claim, day), claim)
    if level in (Level.DEPT_RULE, Level.LOCAL_RULE, Level.NORMATIVE_DOCUMENT) or (level is not Level.UNKNOWN and not may_set_proof(level)):
        return Basis("low", claim.name, "位阶不够", level, _cite(world, claim, day), claim)
    return _speaks(world, claim, proof, matter, day)


# ---------- existence and time ----------
def _not_held(world: AuditWorld, claim: Claim, region: str, day: date) -> Basis:
    """A title the library does not hold: repealed by a text it does hold, a document, another region's regulation, or invented."""
    ended = _repealed(world, claim, day) or _known_repeal(claim, day)
    if ended is not None:
        return ended
    if claim.state == "unverifiable":
        if claim.mention is not None and claim.mention.kind == "doc_number" and not claim.mention.title:
            low = not re.search(r"主席令|国务院令", claim.name)
            return Basis("low" if low else "unknown", claim.name, claim.note, Level.NORMATIVE_DOCUMENT if low else None, (), claim)
        if claim.mention is not None and claim.mention.doc_number and re.search(r"国务院令|主席令", claim.mention.doc_number):
            return Basis("unknown", claim.name, claim.note, claim.level, (), claim)
        return Basis("low", claim.name, claim.note, claim.level, (), claim)
    place = _place_of(claim)
    if place is not None:
        if place not in world.chain(region):
            return Basis("elsewhere", claim.name, f"从名称看是{place}的规定，本库没有收", Level.LOCAL_REGULATION, (), claim)
        if not world.covered(place)[1]:
            return Basis("unknown", claim.name, f"本库没有收{place}的地方性法规，请人工核对", Level.LOCAL_REGULATION, (), claim)
    return Basis("missing", claim.name, claim.note, claim.level, (), claim)


def _place_of(claim: Claim) -> str | None:
    """The province or city that a local regulation's title begins with; counties make no regulations."""
    title = (claim.mention.title if claim.mention else None) or ""
    for found in find_regions(title, titles=True):
        if found.start == 0 and found.region is not None and found.region.level in ("province", "prefecture"):
            return found.region.name
    return None


def _ended_norm(world: AuditWorld, claim: Claim, day: date) -> Basis | None:
    """Ended by the legal-basis records although the stored text does not know it (what was repealed after the snapshot)."""
    name = law_name((claim.mention.title if claim.mention else None) or "")
    norms = list(world.norms.book.of(name)) if name else []
    if not norms and (by := _repealing_record(world, name, day)) is not None:
        return Basis("ended", claim.name, f"已被{by.title}废止", claim.level, (by,), claim)
    if not norms or any(n.ended is None or n.ended > day for n in norms):
        return None
    norm = norms[0]
    if norm.by_what and "修" in norm.by_what and "废止" not in norm.by_what and claim.resolution and claim.resolution.instrument:
        started = claim.resolution.instrument.effective or claim.resolution.instrument.published
        if started is not None and norm.ended is not None and started >= norm.ended:
            return None  # the library already holds the text that replaced it
    found = world.text_of(norm)
    cited = [norm_citation(norm, found, day)] if found else []
    for relation in norm.yields_to:
        other = world.norms.book.get(relation.key)
        text = world.text_of(other) if other else None
        if other is not None and text is not None:
            cited.append(norm_citation(other, text, day))
    note = f"已于{norm.ended.isoformat() if norm.ended else ''}失效：{norm.by_what or ''}"
    return Basis("ended", claim.name, note, claim.level or norm.level, tuple(cited), claim)


def _repealing_record(world: AuditWorld, name: str, day: date) -> Citation | None:
    """A record in force that says it repeals the instrument (its gist names what it repeals, often without 条例 or 办法)."""
    stem = re.sub(r"(?:管理)?(?:暂行)?(?:条例|办法|规定|实施细则)$", "", name)
    if len(stem) < 5:
        return None
    for norm, _ in world.norms.book.with_effect(EffectKind.REPEALS):
        if stem in norm.gist and norm.name != name and norm.in_force_on(day) is True:
            text = world.text_of(norm)
            return norm_citation(norm, text, day) if text else None
    return None


def _gist_only(world: AuditWorld, claim: Claim) -> bool:
    held = world.library.instruments((claim.mention.name if claim.mention else None) or "")
    newest = max(held, key=lambda i: i.instrument.version, default=None)
    return newest is not None and newest.instrument.text_kind is TextKind.GIST


def _known_repeal(claim: Claim, day: date) -> Basis | None:
    """Well-known repeals of texts that no library of laws in force holds (``data/repealed.toml``)."""
    title = law_name((claim.mention.title if claim.mention else None) or "")
    known = known_repeals().get(title)
    if known is None or known[0] > day:
        return None
    return Basis("ended", claim.name, f"已于{known[0].isoformat()}废止（{known[1]}）", claim.level, (), claim)


@lru_cache(maxsize=1)
def known_repeals() -> dict[str, tuple[date, str]]:
    """Matching name → (day it ended, what ended it)."""
    raw = tomllib.loads((FilePath(__file__).parent / "data" / "repealed.toml").read_text("utf-8"))
    return {law_name(r["title"]): (r["ended"], r["by"]) for r in raw["repealed"]}


def _repealed(world: AuditWorld, claim: Claim, day: date) -> Basis | None:
    """A repeal clause of a text in force names the claimed title."""
    enders = _enders(world, claim, day)
    if not enders:
        return None
    held = world.library.instruments((claim.mention.name if claim.mention else None) or "")
    if any(world.in_force(i, day) for i in held):
        return None  # a later text of the same name is in force: the clause ended an older one
    by = enders[0]
    return Basis("ended", claim.name, f"已被《{by.title}》{by.article or ''}宣布废止", claim.level, enders[:1], claim)


def _enders(world: AuditWorld, claim: Claim, day: date) -> tuple[Citation, ...]:
    title = (claim.mention.title if claim.mention else None) or ""
    name = law_name(title)
    if len(name) < 3:
        return ()
    out = []
    for found in world.containing(f"{name}》"):
        inst = found.instrument.instrument if found.instrument else None
        if inst is None or inst.name == name or not any(r.name == name for r in find_repeals(found.text)):
            continue
        begin = inst.effective or inst.published
        if begin is not None and begin <= day:
            out.append(found)
    out.sort(key=lambda f: (f.instrument.instrument.effective or date.min) if f.instrument else date.min, reverse=True)
    return tuple(provision_citation(f, day) for f in out)


# ---------- does the text speak of the proof ----------
def _speaks(world: AuditWorld, claim: Claim, proof: str, matter: str, day: date) -> Basis:
    texts = _texts(world, claim)
    if not texts or any(t.provision.text_kind is TextKind.GIST for t in texts):
        return Basis("unknown", claim.name, "本库没有这一条的原文", claim.level, (), claim)
    naming = [t for t in texts if names_proof(t.text, proof) or _requires(world, t, proof)]
    forbidding = [t for t in texts if _requires(world, t, proof, negative=True)]
    if forbidding and len(texts) < 12 and not any(_requires(world, t, proof) for t in texts):
        return Basis("silent", claim.name, "这一条恰恰是不得索要的规定", claim.level, _cited(forbidding[:1], day), claim)
    if naming or _annotated(world, claim, proof, day):
        return Basis("named", claim.name, "", claim.level, _cited((naming or texts)[:2], day), claim)
    general = [t for t in texts if _GENERAL.search(t.text)]
    article = claim.mention is not None and claim.mention.number is not None
    if general and article and _same_field(claim, matter):
        return Basis("general", claim.name, "只概括要求有关证明材料，没有点名", claim.level, _cited(general[:1], day), claim)
    return Basis("silent", claim.name, "没有提到这项证明", claim.level, _cited(texts[:1], day) if article else (), claim)


def _cited(texts: Sequence[StoredProvision], day: date) -> tuple[Citation, ...]:
    return tuple(provision_citation(t, day) for t in texts)


def _requires(world: AuditWorld, found: StoredProvision, proof: str, *, negative: bool = False) -> bool:
    """Whether a requirement read from the provision asks for (or forbids to ask for) this proof, by the lexicon or by its words."""
    record = record_of(proof)
    words = cores(proof)[:2]
    for stored in world.required_by.get(found.ref, ()):
        req = stored.requirement
        if req.negative is not negative:
            continue
        if any(w in req.material for w in words if len(w) >= 3):
            return True
        other = record_of(req.material) if record is not None else None
        if record is not None and other is not None and other.name == record.name:
            return True
    return False


def _annotated(world: AuditWorld, claim: Claim, proof: str, day: date) -> bool:
    """Whether the legal-basis records say that the cited article sets this proof."""
    title = law_name((claim.mention.title if claim.mention else None) or "")
    number = article_label(claim.mention.number, claim.mention.sub) if claim.mention and claim.mention.number else None
    record = record_of(proof)
    for norm in world.norms.book.of(title) if title else ():
        if norm.in_force_on(day) is not True or (number is not None and norm.article != number):
            continue
        for effect in norm.effects:
            if effect.effect is not EffectKind.SETS:
                continue
            if (record is not None and record.name in effect.proofs) or any(len(w) >= 3 and w in proof for w in effect.proofs):
                return True
    return False


def _texts(world: AuditWorld, claim: Claim) -> Sequence[StoredProvision]:
    """The cited article (whole, whatever clause is cited), or every article of the instrument when none is cited."""
    resolution, mention = claim.resolution, claim.mention
    instrument = resolution.instrument if resolution else None
    if instrument is None and resolution is not None and resolution.candidates:
        instrument = resolution.candidates[0]
    if instrument is None:
        return ()
    if mention is not None and mention.number is not None:
        last = mention.until or mention.number
        numbers = range(mention.number, min(last, mention.number + 30) + 1)
        found = [world.library.article(instrument.name, instrument.version, n, mention.sub) for n in numbers]
        cited = [f for f in found if f is not None]
        return cited + [f for c in cited for f in _referred(world, c, instrument)]
    return [p for i in world.library.instruments_by_ref(instrument.ref) for p in world.library.provisions_of(i.id)]


def _referred(world: AuditWorld, cited: StoredProvision, instrument: Instrument) -> list[StoredProvision]:
    """Articles of the same text whose papers the cited one asks for (本条例第二十二条规定的证明材料)."""
    found = [world.library.article(instrument.name, instrument.version, n) for n in sorted(world.own_numbers(cited))]
    return [f for f in found if f is not None]


def _same_field(claim: Claim, matter: str) -> bool:
    """Whether the instrument is about the matter: they share a word of three characters, or two of two."""
    title = law_name((claim.mention.title if claim.mention else None) or "")
    plain = re.sub(r"管理|条例|办法|规定|暂行|实施|登记|申请|办理|备案|审批|认定|申领|申报", "□", matter)
    triples = {plain[i : i + 3] for i in range(len(plain) - 2)}
    pairs = {plain[i : i + 2] for i in range(len(plain) - 1)}
    return any("□" not in t and t in title for t in triples) or sum(1 for p in pairs if "□" not in p and p in title) >= 2


# ---------- citations ----------
def _cite(world: AuditWorld, claim: Claim, day: date) -> tuple[Citation, ...]:
    if claim.mention is not None and claim.mention.number is None:
        return ()
    return tuple(provision_citation(t, day) for t in list(_texts(world, claim))[:1])


def _last_article(world: AuditWorld, claim: Claim, day: date) -> tuple[Citation, ...]:
    """The last article of the instrument: shows that the cited one is beyond it."""
    resolution = claim.resolution
    instrument = (resolution.instrument or next(iter(resolution.candidates), None)) if resolution else None
    if instrument is None and claim.mention is not None:
        held = world.library.instruments(claim.mention.name or "")
        instrument = held[-1].instrument if held else None
    if instrument is None:
        return ()
    provisions: Iterable[StoredProvision] = (
        p for i in world.library.instruments_by_ref(instrument.ref) for p in world.library.provisions_of(i.id)
    )
    articles = [p for p in provisions if p.provision.kind == "article" and p.provision.number]
    return (provision_citation(max(articles, key=lambda p: p.provision.number or 0), day),) if articles else ()
