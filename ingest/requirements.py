"""Sentences that demand a material → ``Requirement``: who must give what to whom, for which matter, issued by whom.

Pure and without a model. Direction decides (../shared/reference/law-texts.md, trap 5): certificates an authority issues, evidence in court,
inspection duties and penalties are not demands on an applicant. Wording lives in ``data/demands.toml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ingest import requirement_layout as layout
from ingest.requirement_context import (
    Around,
    around,
    has_modal,
    is_authority,
    matter_after,
    matter_in,
    matter_of_condition,
    matter_of_title,
)
from ingest.requirement_objects import Piece, classify, has_head, split_materials
from ingest.requirement_patterns import ITEM_MARK, SENTENCE_END, WIDE, patterns
from knowledge.types import Provision, Requirement

_LIST_LEAD = re.compile(
    r"(?:下列|以下|如下|下述)[^，。；：并提]{0,24}(?:材料|文件|证件|资料|证明|凭证|证书|手续|单证|文书|书面|表格|证照|附件)[^。；：]{0,120}：?$|"
    r"(?:提交|提供|出示|附具|附送|报送|交验|携带|递交|附上|缴验|呈报)(?:相应|相关|有关)?(?:材料|文件|证件|资料|证明)?：$"
)
_NOT_PAPERS = re.compile(r"(?:内容|事项|条件|情形|信息|情况|程序|步骤|规定)[^，。；：]{0,4}：?$")
_COURT_TITLE = re.compile(
    r"最高人民法院|最高人民检察院|人民检察院|诉讼|仲裁法|监察法|刑法|案件程序|破产法|海事|引渡法|法官|陪审|人民法院|统计法|审计|人民代表大会|立法|制定地方性法规|预算|议事规则|选举|代表建议|组织法"
)
_CUT = re.compile(
    r"(?<=[明件料证书照簿本表单据票函信卡图告案程同])(?=(?:，?(?:向|到|至|前往|办理|申请(?!表|书|材料|人)|申领|领取|购买|参加|进行|方可|即可|可以|应当|供|备查|备案|并(?!附)|予以|由|报(?!告)|送|后|时|之日|经|乘|享受|进入|依法|换|就近|在|方能|免费|作为|按照|通过|予|才)))"
)
_SEGMENT = re.compile(r"[；]")
_CHUNK = re.compile(r"，")
_REFERS = re.compile(r"^(?:的(?![，。；]|$)|之日|之后|后|时(?!，应)|前|齐全|不)")
_CUE = re.compile(
    r"申请|办理|登记|备案|报名|领取|申报|申领|报考|换发|补办|注册|报检|托运|购买|审批|报批|验收|年检|年审|入学|就医|提取|参保|向[^，。；]{2,40}(?:部门|机关|机构|政府|局|中心|委员会|街道办事处)"
)
_NO_OBJECT = re.compile(r"的(?=[^，。；])|应当|必须|须|可以|不得|(?<!方)可(?!以)|是|作为(?:办理|认定)|上(?!述)|中")
_PROCEDURE = re.compile(r"提出[^，。；]{0,6}申请|^(?:向|从事)[^，。；]{2,40}(?:提出|办理|报|申请)|有下列情形")
_SUPPLY = re.compile("提供|提交|出具|出示|报送|补充|递交|交验|开具")
_WIDE_HEAD = re.compile(r"提供|提出|补充|附|携带|准备|(?<!提)(?<!递)(?<!呈)(?<!送)交$")


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a sentence inherits from what stands before it."""

    matter: str | None = None
    title: str | None = None  # the matter the law's title names: the last resort
    lead: bool = False  # inside a list, whose lead names the matter for every item
    addressee: str | None = None
    recipient: str | None = None
    condition: str | None = None
    modal: bool = False


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
    found = _extract(text, _Frame(matter=before, title=title))
    return tuple(replace(r, provision=_ref_at(provision, r.span)) for r in found)


def extract_from_sentence(sentence: str, *, matter: str | None = None, addressee: str | None = None) -> tuple[Requirement, ...]:
    """The demands of one sentence, list item or table cell of a guide or a draft.

    A bare name (「无欠费证明」, 「申请表（一式两份）」) counts as a demand, because a guide lists what it asks for.
    ``matter`` and ``addressee`` are used where the sentence names none. No paper word at all: an empty tuple.
    """
    frame = _Frame(matter=matter, addressee=addressee, modal=True)
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


def _extract(text: str, frame: _Frame) -> tuple[Requirement, ...]:
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


def _list(text: str, wide: str, start: int, end: int, items: list[tuple[int, int]], frame: _Frame) -> list[Requirement]:
    """A lead with items: 「应当提交下列材料：」, or a procedure whose items are sentences of their own."""
    lead = wide[start:end].rstrip()
    p = patterns()
    results = _sentence(text, wide, start, end, frame)
    clause = lead[max(lead.rfind("；"), lead.rfind("。")) + 1 :]
    verb = _last_verb(clause)
    listed = bool(_LIST_LEAD.search(clause)) and verb is not None and not _NOT_PAPERS.search(clause)
    if any(
        x.search(clause if scope != "lead" or not listed else "") for scope in ("lead", "sentence", "segment") for x in p.excludes(scope)
    ):
        return results
    context = around(clause[: verb.start()] if verb else clause)
    inner = replace(
        frame,
        matter=_matter(verb, clause[: verb.start()] if verb else clause, clause[verb.end() :] if verb else "", frame),
        lead=True,
        addressee=context.addressee or frame.addressee,
        recipient=context.recipient or frame.recipient,
        condition=context.condition,
        modal=True,
    )
    if listed and verb is not None and (_left_excluded(clause[: verb.start()]) or _by_authority(context, verb)):
        return results
    for begin, stop in items:
        if listed:
            results += _item(text, wide, begin, stop, inner)
        elif has_modal(clause) or "手续" in clause or "程序" in clause:
            results += _sentence(text, wide, begin, stop, inner)
    return results


def _last_verb(clause: str) -> re.Match[str] | None:
    cut = re.search(r"下列|以下|如下|下述", clause)
    last = None
    for m in patterns().verb.finditer(clause):
        if cut is None or m.start() < cut.start() or last is None:
            last = m
    return last


def _item(text: str, wide: str, begin: int, stop: int, frame: _Frame) -> list[Requirement]:
    """One 项 of a list of papers: a bare name, or a condition with its own sentence."""
    sentence = text[begin:stop].strip()
    results: list[Requirement] = []
    verbs = [m for m in layout.verbs(wide, begin, stop) if m.lastgroup == "submit" and has_modal(wide[begin : m.start()])]
    bare_end = stop
    if verbs:
        bare_end = max(begin, max(wide.rfind(c, begin, verbs[0].start()) for c in "，；。"))
        if not has_head(wide[begin:bare_end].rstrip("，；。")):
            bare_end = begin
        results += _sentence(text, wide, begin, stop, frame)
    return [_requirement(text, p, frame, sentence) for p in _item_pieces(wide, begin, bare_end, opens=not verbs)] + results


def _item_pieces(wide: str, begin: int, stop: int, *, bare: bool = False, opens: bool = True) -> tuple[Piece, ...]:
    body = wide[begin:stop]
    cut = re.search(r"[；。]", body)
    body = body[: cut.start()] if cut else body
    condition = re.match(r"^(?:[^，。；]{0,60}的，)+", body)
    offset = condition.end() if condition else 0
    body = body[offset:]
    kept = layout.enumeration_length(body)
    opens = opens and not _PROCEDURE.search(body)
    if bare and not any(h in body for h in "证材文件资料书表单照函簿票"):
        return ()
    return split_materials(body[:kept], begin + offset, whole=opens and not bare and bool(body.strip()))


def _sentence(text: str, wide: str, start: int, end: int, frame: _Frame) -> list[Requirement]:
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


def _segment(text: str, wide: str, begin: int, stop: int, frame: _Frame) -> tuple[list[Requirement], _Frame]:
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
        got = _object(wide, m, stop)
        if got is None or _left_excluded(left):
            continue
        pieces, after = got
        context = around(left)
        if _by_authority(context, m, wide[m.end() : stop]) or not (accepted or _is_demand(m, left, after, frame, context)):
            continue
        accepted = True
        inner = replace(
            frame,
            matter=_matter(m, left, after, frame),
            addressee=context.addressee or frame.addressee,
            recipient=context.recipient or frame.recipient,
            condition=context.condition or frame.condition,
        )
        results += [_requirement(text, piece, inner, sentence) for piece in pieces]
    if accepted:
        frame = replace(frame, addressee=context.addressee or frame.addressee, recipient=context.recipient or frame.recipient, modal=True)
    return results, frame


def _matter(verb: re.Match[str] | None, left: str, after: str, frame: _Frame) -> str | None:
    """办理事项: 「凭…办理 X」, the sentence's own 申请 X, the lead or an earlier sentence, a weaker word, the condition."""
    if frame.lead and frame.matter:
        return frame.matter
    follows = matter_after(after)
    if follows and verb is not None and verb.lastgroup in ("by", "hold"):
        return follows
    if strong := matter_in(left, weak=False):
        return strong
    opening = re.match(r"(?:从事|开办|设立|举办|饲养|设置|变更|注销|转让)[^，。；]{2,40}?(?:的|，|，?应当)", left)
    return (
        (matter_in(opening.group()) if opening else None)
        or frame.matter
        or matter_in(left)
        or follows
        or matter_of_condition(around(left).condition)
    )


def _left_excluded(left: str) -> bool:
    return any(x.search(left) for x in patterns().excludes("left"))


def _by_authority(context: Around, verb: re.Match[str], following: str = "") -> bool:
    """An authority hands papers on: no demand on an applicant, unless it asks someone for them."""
    if verb.lastgroup == "hold" or (verb.lastgroup == "by" and re.match(r"[^，。；]{1,50}?(?:给予)?办理", following)):
        return False
    return bool(context.addressee and is_authority(context.addressee))


def _is_demand(verb: re.Match[str], left: str, after: str, frame: _Frame, context: Around) -> bool:
    tail = left[-60:]
    if context.asked:
        return True
    if verb.lastgroup == "hold":
        return not _REFERS.match(after) or "方可" in after[:8] or has_modal(tail)
    if _REFERS.match(after) and not has_modal(tail):
        return False
    if verb.lastgroup == "by":
        return has_modal(tail) or bool(_CUE.search(after[:40])) or has_modal(after[:20]) or frame.modal
    if after.startswith("的") and not has_modal(tail):
        return False
    return has_modal(tail) or frame.modal or bool(_CUE.search(left))


def _object(wide: str, verb: re.Match[str], stop: int) -> tuple[tuple[Piece, ...], str] | None:
    """The papers after a verb and what follows them, or ``None``."""
    start = verb.end()
    body = wide[start:stop]
    length = layout.enumeration_length(body)
    inner = next((m for m in layout.verbs(wide, start, start + length) if m.lastgroup == "submit"), None)
    if inner:
        length = inner.start() - start
    cut = _CUT.search(body, 1, length)
    if cut:
        length = cut.start()
    region = body[:length]
    shown = re.match(r"(?:下列|以下|如下)[^，；。]*$", region)
    if shown:
        return None
    end = layout.last_head(region, body[length : length + 4])
    if end == 0:
        return None
    after = body[end:].lstrip("》”")
    if _NO_OBJECT.match(after) or (region[:end].endswith("证明") and re.match(r"[其该符具自本事]|\w{2,20}的(?!$)", after)):
        return None
    strict = bool(_WIDE_HEAD.search(verb.group())) or verb.lastgroup == "hold"
    pieces = split_materials(region[:end], start, strict=strict)
    if verb.lastgroup == "hold":
        pieces = tuple(x for x in pieces if "证明" in x.text)
        weak = (
            re.search(r"(?:具有|具备|有|取得)$", verb.group()) and not verb.group().endswith("附有") and not verb.group().endswith("持有")
        )
        if weak and not (_CUE.search(wide[max(0, verb.start() - 40) : verb.start()]) or "健康" in wide[start : start + length]):
            return None
    pieces = tuple(
        x for x in pieces if not re.search("下列|以下|如下", x.text) and not any(e.search(x.text) for e in patterns().excludes("material"))
    )
    return (pieces, after) if pieces else None


def _negative(text: str, segment: str, begin: int, m: re.Match[str], frame: _Frame, sentence: str) -> list[Requirement]:
    """「不得要求…提供 X」 and 「X…的，不得要求重复提供」."""
    body = segment[m.end() :]
    end = layout.last_head(body[: layout.enumeration_length(body)])
    if re.match(r"[其该符具自本事]", body[end:]):
        return []
    pieces = split_materials(body[:end], begin + m.end()) if end else ()
    if not pieces:
        pieces = _topic(segment[: m.start()], begin) if _SUPPLY.search(m.group()) else ()
        if not pieces:
            return []
    context = around(segment[: m.start()])
    asked = re.search(r"(?:要求|责令|强制)([^，。；]{1,20}?)(?:重复|再|另行)?(?:提供|提交|出具|出示|报送)", m.group())
    inner = replace(
        frame,
        matter=_matter(None, segment[: m.start()], "", frame),
        addressee=asked.group(1) if asked else frame.addressee,
        recipient=context.addressee,
        condition=context.condition or frame.condition,
    )
    return [replace(_requirement(text, piece, inner, sentence), negative=True) for piece in pieces]


def _topic(before: str, begin: int) -> tuple[Piece, ...]:
    """The papers named before 「，不得要求提供」: the nearest of the clauses before that names any."""
    position = len(before)
    for n, clause in enumerate(reversed(before.split("，"))):
        position -= len(clause) + (n > 0)
        verb = re.search(r"(?:提交|提供|收取|报送)(?!的)过?(?=[^，。；]{2,}$)", clause)
        offset = verb.end() if verb else len(clause) - len(clause.lstrip("对"))
        end = layout.last_head(clause[offset:])
        if end and n < 4 and (pieces := split_materials(clause[offset : offset + end], begin + position + offset)):
            return pieces
    return ()


def _requirement(text: str, piece: Piece, frame: _Frame, sentence: str) -> Requirement:
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
