"""One clause that asks for papers: what its verb governs, whether it is a demand, on whom."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest import requirement_layout as layout
from ingest.requirement_context import Around, around, has_modal, is_authority, matter_after, matter_in, matter_of_condition
from ingest.requirement_objects import Piece, split_materials
from ingest.requirement_patterns import patterns

_LIST_LEAD = re.compile(
    r"(?:下列|以下|如下|下述)[^，。；：并提]{0,24}(?:材料|文件|证件|资料|证明|凭证|证书|手续|单证|文书|书面|表格|证照|附件)[^。；：]{0,120}：?$"
)
_LIST_OPEN = re.compile(
    r"(?:提交|提供|出示|附具|附送|报送|交验|携带|递交|附上|缴验|呈报)(?:相应|相关|有关)?(?:材料|文件|证件|资料|证明)?：$"
)
_LISTED = re.compile("下列|以下|如下|下述")
_NOT_PAPERS = re.compile(r"(?:内容|事项|条件|情形|信息|情况|程序|步骤|规定)[^，。；：]{0,4}：?$")
_CUT = re.compile(
    r"(?<=[明件料证书照簿本表单据票函信卡图告案程同])(?=(?:，?(?:向|到|至|前往|办理|申请(?!表|书|材料|人)|申领|领取|购买|参加|进行|方可|即可|可以|应当|供|备查|备案|并(?!附)|予以|由|报(?!告)|送|后|时|之日|经|乘|享受|火化|安葬|支取|报销|落户|迁入|进入|依法|换|就近|在|方能|免费|作为|按照|通过|予|才)))"
)
_REFERS = re.compile(r"^(?:的(?![，。；]|$)|之日|之后|后|时(?!，应)|前|齐全|不)")
_CUE = re.compile(
    r"申请|办理|登记|备案|报名|领取|申报|申领|报考|换发|补办|注册|报检|托运|购买|审批|报批|验收|年检|年审|入学|入园|就医|享受|火化|安葬|支取|报销|迁入|落户|登记|就读|提取|参保|向[^，。；]{2,40}(?:部门|机关|机构|政府|局|中心|委员会|街道办事处)"
)
_NO_OBJECT = re.compile(r"的(?=[^，。；])|应当|必须|须|可以|不得|(?<!方)可(?!以)|是|作为(?:办理|认定)|上(?!述)|中")
_WIDE_HEAD = re.compile(r"提供|提出|补充|附|携带|准备|(?<!提)(?<!递)(?<!呈)(?<!送)交$")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a sentence inherits from what stands before it."""

    matter: str | None = None
    title: str | None = None  # the matter the law's title names: the last resort
    lead: bool = False  # inside a list, whose lead names the matter for every item
    addressee: str | None = None
    recipient: str | None = None
    condition: str | None = None
    modal: bool = False


def last_verb(clause: str) -> re.Match[str] | None:
    cut = _LISTED.search(clause)
    last = None
    for m in patterns().verb.finditer(clause):
        if cut is None or m.start() < cut.start() or last is None:
            last = m
    return last


def lead_kind(clause: str, verb: re.Match[str] | None) -> str | None:
    """``papers``: the items name materials; ``steps``: they are sentences (cases, duties, steps); ``None``: no demand can be in them."""
    p = patterns()
    if any(x.search(clause) for scope in ("sentence", "segment") for x in p.excludes(scope)):
        return None
    named = bool(_LIST_LEAD.search(clause)) or (bool(_LIST_OPEN.search(clause)) and not _LISTED.search(clause))
    if named and verb is not None and not _NOT_PAPERS.search(clause):
        return "papers"
    if _LIST_OPEN.search(clause):
        return "steps"  # 「有下列情形之一的，应当提供证明材料：」
    if any(x.search(clause) for x in p.excludes("lead")):
        return None
    return "steps" if has_modal(clause) or "手续" in clause or "程序" in clause else None


def matter_of(verb: re.Match[str] | None, left: str, after: str, frame: Frame) -> str | None:
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


def left_excluded(left: str) -> bool:
    return any(x.search(left) for x in patterns().excludes("left"))


def by_authority(context: Around, verb: re.Match[str], following: str = "") -> bool:
    """An authority hands papers on: no demand on an applicant, unless it asks someone for them."""
    if verb.lastgroup in ("hold", "check") or (verb.lastgroup == "by" and re.match(r"[^，。；]{1,50}?(?:给予)?办理", following)):
        return False
    return bool(context.addressee and is_authority(context.addressee))


def is_demand(verb: re.Match[str], left: str, after: str, frame: Frame, context: Around) -> bool:
    tail = left[-60:]
    if verb.lastgroup == "check":
        checker = re.split("[，。；]", left)[-1] or context.addressee or frame.addressee or ""
        duty = has_modal(verb.group()) or frame.modal
        return duty and (is_authority(checker) or bool(re.search("登记机关|学校|幼儿园|托幼机构|医疗(?:卫生)?机构", checker)))
    if verb.group() == "出具" and not _applicant_issues(left, verb, context):
        return False
    if context.asked:
        return True
    if verb.lastgroup == "hold":
        return not _REFERS.match(after) or "方可" in after[:8] or has_modal(tail)
    if _REFERS.match(after) and not has_modal(tail):
        return False
    if verb.lastgroup == "by":
        if verb.group() == "凭" and re.search(r"(?:^|，|火化|安葬|取)$", left):
            return True
        return has_modal(tail) or bool(_CUE.search(after[:40])) or has_modal(after[:20]) or frame.modal
    if after.startswith("的") and not has_modal(tail):
        return False
    return has_modal(tail) or frame.modal or bool(_CUE.search(left))


def _applicant_issues(left: str, verb: re.Match[str], context: Around) -> bool:
    """「当事人办理…应当出具本人的…」, not 「医院应当出具证明」; or what another body wrote (「出具评估机构的报告」)."""
    if re.match(r"[^，。；的]{2,24}(?:机构|机关|部门|单位|医院|委员会|银行)的", verb.string[verb.end() :]):
        return has_modal(left)
    if not has_modal(left[-60:]) and "并" not in left[-2:]:
        return False
    if context.addressee and (patterns().issuer.search(context.addressee) or is_authority(context.addressee)):
        return False
    return bool(_CUE.search(left)) and not re.search(
        r"由[^，。；]{2,40}$|(?<!已)经[^，。；]{2,30}$|向[^，。；]{2,20}(?:人|者|职工|家属|公民|群众)$|"
        r"(?:机关|机构|部门|医院|委员会|单位)(?:应当|应|须|必须|可以|同意)?$",
        left,
    )


def object_of(wide: str, verb: re.Match[str], stop: int) -> tuple[tuple[Piece, ...], str] | None:
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
    end = 0
    if verb.lastgroup == "by":
        end = layout.first_object_end(body[: layout.enumeration_length(body)])
    end = end or layout.last_head(region, body[length : length + 4])
    region = body[:end]
    if end == 0:
        return None
    after = body[end:].lstrip("》”")
    if (verb.lastgroup != "by" and _NO_OBJECT.match(after)) or (region[:end].endswith("证明") and re.match("[其该符具自本事]", after)):
        return None
    strict = bool(_WIDE_HEAD.search(verb.group())) or verb.lastgroup == "hold"
    pieces = split_materials(region[:end], start, strict=strict)
    if verb.lastgroup in ("hold", "check"):
        pieces = tuple(x for x in pieces if "证明" in x.text)
    if verb.lastgroup == "hold":
        weak = (
            re.search(r"(?:具有|具备|有|取得)$", verb.group()) and not verb.group().endswith("附有") and not verb.group().endswith("持有")
        )
        if weak and not (_CUE.search(wide[max(0, verb.start() - 40) : verb.start()]) or "健康" in wide[start : start + length]):
            return None
    pieces = tuple(
        x for x in pieces if not re.search("下列|以下|如下", x.text) and not any(e.search(x.text) for e in patterns().excludes("material"))
    )
    return (pieces, after) if pieces else None


def topic_of(before: str, begin: int) -> tuple[Piece, ...]:
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
