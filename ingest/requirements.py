"""Sentences that demand a material → ``Requirement``: who must give what to whom, for which matter, issued by whom.

Pure and without a model. Direction decides (../shared/reference/law-texts.md, trap 5): certificates an authority issues, evidence in court,
inspection duties and penalties are not demands on an applicant. Wording lives in ``data/demands.toml``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ingest import requirement_layout as layout
from ingest.requirement_clause import Frame, by_authority, is_demand, last_verb, lead_kind, left_excluded, matter_of, object_of, topic_of
from ingest.requirement_context import Around, around, has_modal, matter_in, matter_of_title
from ingest.requirement_objects import Piece, classify, has_head, split_materials
from ingest.requirement_patterns import ITEM_MARK, SENTENCE_END, WIDE, patterns
from knowledge.types import Provision, Requirement

_COURT_TITLE = re.compile(
    r"最高人民法院|最高人民检察院|人民检察院|诉讼|仲裁法|监察法|刑法|案件程序|破产法|海事|引渡法|法官|陪审|人民法院|统计法|审计|人民代表大会|立法|制定地方性法规|预算|议事规则|选举|代表建议|组织法"
)
_SEGMENT = re.compile(r"[；]")
_CHUNK = re.compile(r"，")
_PROCEDURE = re.compile(r"提出[^，。；]{0,6}申请|^(?:向|从事)[^，。；]{2,40}(?:提出|办理|报|申请)|有下列情形")
_ENDS = re.compile(r"[，。；、]|$|的?(?:，|。)|核验|原件|，?但")
_SUPPLY = re.compile("提供|提交|出具|出示|报送|补充|递交|交验|开具")


def extract_requirements(provision: Provision, *, title: str, previous: Provision | None = None) -> tuple[Requirement, ...]:
    """The materials that a provision demands of an applicant, or forbids to demand.

    ``title`` is the title of the law (it names the matter when nothing nearer does); ``previous`` the provision before, for 「前条」.
    Spans are half-open characters in ``provision.text``. A provision without demands gives an empty tuple; nothing is raised.
    """
    text = provision.text
    p = patterns()
    if not p.asks.search(text) or not p.trigger.search(text) or _COURT_TITLE.search(title):
        return ()
    before = None
    if previous is not None and re.match(r"[^，。；]{0,12}前条", text):
        before = matter_in(previous.text)
    found = _extract(text, Frame(matter=before, title=title))
    return tuple(replace(r, provision=_ref_at(provision, r.span)) for r in found)


def extract_from_sentence(sentence: str, *, matter: str | None = None, addressee: str | None = None) -> tuple[Requirement, ...]:
    """The demands of one sentence, list item or table cell of a guide or a draft.

    A bare name (「无欠费证明」, 「申请表（一式两份）」) counts as a demand, because a guide lists what it asks for.
    ``matter`` and ``addressee`` are used where the sentence names none. No paper word at all: an empty tuple.
    """
    frame = Frame(matter=matter, addressee=addressee, modal=True)
    found = _extract(sentence, frame)
    if found:
        return found
    wide = sentence.translate(WIDE)
    mark = ITEM_MARK.match(wide)
    start = mark.end() if mark else 0
    if patterns().negative.search(wide) or re.search("应当|必须|不得", wide) or SENTENCE_END.search(wide.rstrip("。\n ")):
        return ()
    return tuple(_requirement(sentence, p, frame, sentence) for p in _item_pieces(wide, start, len(wide), bare=True))


def _ref_at(provision: Provision, span: tuple[int, int]) -> str:
    """The ref of the innermost unit that holds ``span``."""
    best = None
    for unit in provision.units:
        if unit.start <= span[0] < unit.end and (best is None or unit.end - unit.start < best.end - best.start):
            best = unit
    return f"{provision.ref}.{best.steps}" if best else provision.ref


def _extract(text: str, frame: Frame) -> tuple[Requirement, ...]:
    wide = text.translate(WIDE)
    found: dict[tuple[int, int], Requirement] = {}
    local = frame
    for start, end, items in layout.blocks(wide):
        local = replace(local, condition=None)
        if items:
            results = _list(text, wide, start, end, items, local)
        else:
            results = _sentence(text, wide, start, end, local)
        for r in results:
            found.setdefault(r.span, r)
        if named := matter_in(wide[start:end], weak=False):
            local = replace(local, matter=named)
    return tuple(found[k] for k in sorted(found))


def _list(text: str, wide: str, start: int, end: int, items: list[tuple[int, int]], frame: Frame) -> list[Requirement]:
    """A lead with items: 「应当提交下列材料：」, or a procedure whose items are sentences of their own."""
    lead = wide[start:end].rstrip()
    results = _sentence(text, wide, start, end, frame)
    clause = lead[max(lead.rfind("；"), lead.rfind("。")) + 1 :]
    verb = last_verb(clause)
    kind = lead_kind(clause, verb)
    if kind is None and "应当履行下列" in clause:  # duties: only the proofs that must be checked are demands on somebody
        items, kind = [x for x in items if wide.startswith("查验", x[0])], "steps"
        frame = replace(frame, addressee=clause.split("，")[0])
    if kind is None:
        return results
    context = around(clause[: verb.start()] if verb else clause)
    inner = replace(
        frame,
        matter=matter_of(verb, clause[: verb.start()] if verb else clause, clause[verb.end() :] if verb else "", frame),
        lead=True,
        addressee=context.addressee or frame.addressee,
        recipient=context.recipient or frame.recipient,
        condition=context.condition,
        modal=True,
    )
    if kind == "papers" and verb is not None and (left_excluded(clause[: verb.start()]) or by_authority(context, verb)):
        return results
    read = _item if kind == "papers" else _sentence
    for begin, stop in items:
        results += read(text, wide, begin, stop, inner)
    return results


def _item(text: str, wide: str, begin: int, stop: int, frame: Frame) -> list[Requirement]:
    """One 项 of a list of papers: a bare name, or a condition with its own sentence."""
    sentence = text[begin:stop].strip()
    results: list[Requirement] = []
    verbs = [m for m in layout.verbs(wide, begin, stop) if m.lastgroup == "submit" and _opens_demand(wide[begin : m.start()])]
    bare_end = stop
    if verbs:
        bare_end = max(begin, max(wide.rfind(c, begin, verbs[0].start()) for c in "，；。"))
        if not has_head(wide[begin:bare_end].rstrip("，；。")):
            bare_end = begin
        results += _sentence(text, wide, begin, stop, frame)
    return [_requirement(text, p, frame, sentence) for p in _item_pieces(wide, begin, bare_end, opens=not verbs)] + results


def _opens_demand(left: str) -> bool:
    return has_modal(left) or left.endswith("的，")


def _item_pieces(wide: str, begin: int, stop: int, *, bare: bool = False, opens: bool = True) -> tuple[Piece, ...]:
    body = wide[begin:stop]
    cut = re.search(r"[；。]", body)
    body = body[: cut.start()] if cut else body
    condition = re.match(r"^(?:[^，。；（）]{0,60}的，)+", body)
    offset = condition.end() if condition else 0
    body = body[offset:]
    kept = layout.enumeration_length(body)
    opens = opens and not _PROCEDURE.search(body)
    if bare and not has_head(re.sub(r"（[^（）]*）|[；。，\s]+$", "", body)):
        return ()
    return split_materials(body[:kept], begin + offset, whole=opens and not bare and bool(body.strip()))


def _sentence(text: str, wide: str, start: int, end: int, frame: Frame) -> list[Requirement]:
    """Demands in one sentence; 「；」 separates clauses that share the subject."""
    whole = wide[start:end]
    if not patterns().trigger.search(whole) or any(x.search(whole) for x in patterns().excludes("sentence")):
        return []
    results: list[Requirement] = []
    begin = start
    inherited = frame
    for stop in [*(start + m.start() for m in _SEGMENT.finditer(whole)), end]:
        found, inherited = _segment(text, wide, begin, stop, inherited)
        results += found
        begin = stop + 1
    return results


def _segment(text: str, wide: str, begin: int, stop: int, frame: Frame) -> tuple[list[Requirement], Frame]:
    segment = wide[begin:stop]
    p = patterns()
    if any(x.search(segment) for x in p.excludes("segment")):
        return [], frame
    sentence = text[begin:stop].strip()
    negatives = list(p.negative.finditer(segment))
    results = [r for m in negatives for r in _negative(text, segment, begin, m, frame, sentence)]
    context = Around()
    accepted = False
    for m in layout.verbs(wide, begin, stop):
        at = m.start() - begin
        if any(n.start() <= at < n.end() or (n.end() <= at and "，" not in segment[n.end() : at]) for n in negatives):
            continue
        left = segment[:at]
        got = object_of(wide, m, stop)
        if got is None or left_excluded(left):
            continue
        pieces, after = got
        context = around(left)
        if by_authority(context, m, wide[m.end() : stop]) or not (accepted or is_demand(m, left, after, frame, context)):
            continue
        accepted = True
        inner = replace(
            frame,
            matter=matter_of(m, left, after, frame),
            addressee=context.addressee or frame.addressee,
            recipient=context.recipient or frame.recipient,
            condition=context.condition or frame.condition,
        )
        if m.lastgroup == "check":
            inner = replace(inner, addressee=None, recipient=context.addressee)
        results += [_requirement(text, piece, inner, sentence) for piece in pieces]
    if accepted:
        frame = replace(frame, addressee=context.addressee or frame.addressee, recipient=context.recipient or frame.recipient, modal=True)
    return results, frame


def _negative(text: str, segment: str, begin: int, m: re.Match[str], frame: Frame, sentence: str) -> list[Requirement]:
    """「不得要求…提供 X」 and 「X…的，不得要求重复提供」."""
    body = segment[m.end() :]
    end = layout.last_head(body[: layout.enumeration_length(body)])
    if re.match(r"[其该符具自本事]|[^，。；]{0,12}的除外", body[end:]):
        return []
    pieces = split_materials(body[:end], begin + m.end()) if end else ()
    if not pieces:
        pieces = topic_of(segment[: m.start()], begin) if _SUPPLY.search(m.group()) and _ENDS.match(body) else ()
        if not pieces:
            return []
    context = around(segment[: m.start()])
    asked = re.search(r"(?:要求|责令|强制)([^，。；]{1,20}?)(?:重复|再|另行)?(?:提供|提交|出具|出示|报送)", m.group())
    inner = replace(
        frame,
        matter=matter_of(None, segment[: m.start()], "", frame),
        addressee=asked.group(1) if asked else frame.addressee,
        recipient=context.addressee,
        condition=context.condition or frame.condition,
    )
    return [replace(_requirement(text, piece, inner, sentence), negative=True) for piece in pieces]


def _requirement(text: str, piece: Piece, frame: Frame, sentence: str) -> Requirement:
    material = text[piece.start : piece.end].strip()
    is_proof, strength = classify(piece.text, piece.issuing_body)
    return Requirement(
        provision="",
        material=material,
        is_proof=is_proof,
        strength=strength,
        matter=frame.matter or (matter_of_title(frame.title) if frame.title else None),
        condition=frame.condition,
        issuing_body=piece.issuing_body,
        addressee=frame.addressee,
        recipient=frame.recipient,
        sentence=sentence,
        span=(piece.start, piece.end),
    )
