"""Who, to whom, for what, when: the words around a demand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.requirement_patterns import patterns

_MODAL = re.compile(
    r"应当|(?<![供对相适响反回感])应(?![用对急收付聘届试有])|必须|须(?!知)|需要|需(?!求)|可以|(?<![许认])可(?![能靠行])|不得|方可|(?<![主重必])要(?!求|件|点|约|素)"
)
_ASKED = re.compile(
    r"(?:要求|责令|通知|责成|告知|限期|(?<!申)请(?!求))(?P<who>[^，。；]{0,40}?(?:在[^，。；]{1,10}时，向[^，。；]{2,20})?)(?:重新|如实|及时|限期|依法|应当|按照[^，。；]{0,10}|在[^，。；]{0,14}|再|另行|重复)*$"
)
_RECIPIENT = re.compile(
    r"(?:向|到|(?<![填申呈上提])报|至|前往)(?P<to>[^，。；：向]{2,40}?)(?:提出|申请(?!人|机)|申报|办理|提交|提供|出示|报送|递交|(?:登记|备案|报告|注册)(?!机|部|主管|管理|窗|人)|交验|缴验|领取|如实|书面|申领|说明|呈交|申办|购|进行|交(?!通|易)|$)"
)
_STOP = (
    r"(?=时|之日|之前|前(?=，|应|$)|，|：|；|。|应当|必须|(?<!必)须|(?<!所)需(?!要的)|可以|(?<!许)可(?!证|行)|向|后|方可|"
    r"的(?=[，；：应须必需可]|$)|$)"
)
_STRONG = re.compile(
    r"(?P<m>(?:提出(?=[^，。；]{2,20}申请)|申请(?!人|书|材料|表|单位|者|文件|报告|资料|的|时|，|后|机关|之日)|申办|申领|申报|办理(?!指南|条件|时限|流程|所需|程序|等|结果|部门|机构|依据)|领取|换领|补领|换发|补发|补办|报考|报名(?=参加)|要求(?=优先|安排|享受|补办))"
    r"[^，。；：]{2,40}?)" + _STOP
)
_WEAK = re.compile(
    r"(?P<m>(?:开办|设立(?!的|单位|人)|开设|从事|举办|变更|注销(?!的)|登记(?![机人证部簿申的])|备案(?![的机部材])|报批|购买(?!人|方)|购置|租赁|进口|出口|收养(?!人|登记机)|送养(?!人)|"
    r"迁移|提取|享受|报检|运输|转让|成立|结婚|离婚|复婚|注册(?![会商资地])|新建|开业|开工|加入|入学|转学|就读|上岗|饲养|设置|捐赠(?!人)|征收)[^，。；：、]{1,36}?)"
    + _STOP
)
_NO_MATTER = re.compile(
    r"(?:委托|代理|代为|他人|提出(?:书面)?申请|有下列|下列|规定|本条|前款|前条|^(?:办理|领取|申请)(?:有关|相关|审批|登记|备案|的|注册|变更|报批)*手续$|第[一二三四五六七八九十百]+[条款项])"
)
_STRIP = re.compile(
    r"之日起.*$|的[^的，。]{0,8}(?:单位|企业|书面申请)$|的(?:单位|个人|组织|企业|人员|职工|公民|申请人|当事人|单位和个人|单位或者个人|.{0,4}人)?$|(?:手续)?(?:的|时)$"
)
_AFTER = tuple(
    re.compile(r"^[^。；]{0,40}?(?P<m>(?:" + words + r")[^，。；]{0,60})")
    for words in (
        r"提出(?=[^，。；]{2,20}申请)|申请(?!人|书|的|材料|表)|申办|申领|申报|办理|领取|换领|换发|补领|报名参加|购买|提取|享受|参加",
        r"报名|登记(?!机|部|窗)|备案|乘坐|入学|取得|上岗|从业|进入|进出|出入|利用|迁入|出境|入境",
    )
)
_SHORT = re.compile(r"(?:上岗|入学|出境|入境|从业)$")
_TITLE = re.compile(
    r"^(?:中华人民共和国|[^《》]{2,8}?[省市](?!场)(?:实施)?|实施)?(?:《(?:中华人民共和国)?(?P<q>[^《》]+)》)?(?P<t>.*?)(?:实施)?(?:暂行)?(?:管理)?(?:条例|办法|规定|细则|规则|法|决定|若干规定)*(?:（[^（）]*）)?$"
)
_CONDITION = re.compile(r"(?:^|[。；：])(?P<c>[^。；：]*(?:的|时|后|前))，[^。；：]*$")
_SUBJECT_CUT = re.compile(r"^.*(?:时|后|前|期间)(?=[^时后前]*$)|^(?:其中|但是?|同时|其他|并且?|由)")
_NAME_END = re.compile(
    r"(?<!^)(?:向|凭|持|自|按照|依照|根据|经(?!营|纪|办|济)|在|到|对(?!外)|并|还|同时|提出|填写|报送|提交|提请|制定|实施|进行|开展|收到|接到|发现|认为|说明|以|已|于|除|如|另|均|不|及时|依法|分别|书面|没有)"
)
_ASKED_END = re.compile(r"(?<!^)(?:说明|如实|并|在|向|对(?!外)|限期|按|依|及时)")
_NAME = re.compile(
    r"^(?!并|还|另|同时|需|按|依|在|自|向|经|提|填|可|也|如|凭|持|不|未|且|以|则|第|前款|一并|随|无|为|对|将|符合|视为|通过|一般|指导|（|申请(?!人|单位|者|企业|机构|方)|办理|每|从|因|有)[^，。；]{2,40}$"
)
_DOER = re.compile(
    r"(?P<who>(?!申请|办理)[^，。；]{1,24}?)(?:申请(?!人)|办理|申领|申报|从事|要求|需要|需|领取|购买|经营|因|在|属于|为|向|有下列|自)"
    r"|(?P<officer>[^，。；]{2,24}?(?:人员|民警|机关|部门|委员会|政府|法院))(?=[^，。；]{2,}$)"
)


@dataclass(frozen=True, slots=True)
class Around:
    """Context of one demand; unknown parts are ``None``."""

    addressee: str | None = None
    recipient: str | None = None
    condition: str | None = None
    asked: bool = False  # an authority requires it from someone: 「可以要求申请人提供」


def is_authority(name: str) -> bool:
    """Whether a name is that of an authority or of a person on duty, who gives no papers as an applicant."""
    return bool(patterns().authority.search(name))


def matter_in(text: str, *, weak: bool = True) -> str | None:
    """The matter named in ``text`` (「申请设立…的」, 「办理…登记」), or ``None``; without ``weak`` only after 申请, 办理 and their like."""
    for pattern in (_STRONG, _WEAK) if weak else (_STRONG,):
        found = [_STRIP.sub("", m.group("m").strip()) for m in pattern.finditer(text)]
        found = [x for x in found if len(x) > 3 and not _NO_MATTER.search(x)]
        if found:
            return found[-1]
    return None


def matter_after(text: str) -> str | None:
    """The matter that follows 「凭…证明」, or ``None``."""
    for pattern in _AFTER:
        m = pattern.match(text)
        if m and (len(m.group("m")) > 3 or _SHORT.match(m.group("m"))) and not _NO_MATTER.search(m.group("m")):
            return _STRIP.sub("", m.group("m").strip())
    return None


def matter_of_condition(condition: str | None) -> str | None:
    """「以专利作价出资的」 names the matter when nothing else does."""
    if not condition or _NO_MATTER.search(condition):
        return None
    name = re.sub(r"^(?:依照|依据|按照|根据)[^，]{2,30}规定", "", re.split(r"，", condition)[-1])
    name = re.sub(r"(?:的|时|后|前)$", "", name)
    return name if 3 < len(name) <= 40 else None


def matter_of_title(title: str) -> str | None:
    """The matter a law's title names: 「收养登记办法」 → 收养登记; ``None`` for an empty title."""
    m = _TITLE.match(re.sub(r"\s", "", title))
    name = (m.group("q") or m.group("t")) if m else ""
    name = re.sub(r"(?:实施)?(?:条例|办法|规定|法)$", "", name or "")
    return name or None


def _subject(left: str) -> str | None:
    """The subject of the last clause of ``left`` that has one, or of the condition before it (「申请人办理…的」)."""
    for n, clause in enumerate(reversed(re.split(r"[，。；：]", left))):
        clause = clause.strip()
        if not clause:
            continue
        modal = _MODAL.search(clause)
        if modal is None and clause.endswith(("的", "时", "后", "前", "内", "起", "情况下")):
            m = _DOER.match(clause)
            if m:
                name = m.group("who") or m.group("officer")
                if _NAME.match(name):
                    return name
            continue
        if modal is None and n > 0 and not _RECIPIENT.search(clause):
            continue
        name = _SUBJECT_CUT.sub("", clause[: modal.start()] if modal else clause)
        name = _NAME_END.split(name)[0].strip()
        if _NAME.match(name):
            return name
    return None


def around(left: str) -> Around:
    """Reads the words before a demand verb (from the start of its sentence)."""
    asked = _ASKED.search(left)
    if asked:
        who = _ASKED_END.split(asked.group("who"))[0].strip("其向 ") or None
        return Around(who, _subject(left[: asked.start()]), _condition(left), True)
    to = None
    for m in _RECIPIENT.finditer(left):
        to = m.group("to").strip()
    return Around(_subject(left), to, _condition(left))


def _condition(left: str) -> str | None:
    m = _CONDITION.search(left)
    return m.group("c").strip() if m else None


def has_modal(text: str) -> bool:
    """Whether a duty or leave is expressed: 应当, 须, 可以 …"""
    return bool(_MODAL.search(text))
