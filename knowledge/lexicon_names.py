"""Names of materials as lists and guides print them: what to strip, how to split, what an ending says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.lexicon_data import ProofKind

_QUANTITY = re.compile(r"(?:各|一式)?[一二两三四五六七八九十\d]+[份张页本套](?:以上)?$")
_COPIES = re.compile(r"(?:的|及其?|和|或|、)?(?:原件|复印件|扫描件|电子件|正本|副本|正副本|原件及复印件|原件和复印件|\(复印件\)|照片件)$")
_LEAD = re.compile(r"^(?:纸质|电子|书面|有效|相关|有关|合法|取消|保留|需要?|提交|提供|出具|开具|出示|查验|核验)的?")
_BRACKETS = re.compile(r"[《》〈〉“”\"'「」【】]")
_PARENTHESIS = re.compile(r"[（(][^（）()]*[）)]$")
_TO_PROVE = re.compile(r"^(?:能够?|可以|用以|用于)?证明(.{2,})的(?:材料|文件|资料|凭证|证明|证据)(?:材料)?$")
_INNER = re.compile(r"\(([^()]*)\)")
_ISSUED = re.compile(r"^.{2,24}?(?:出具|开具|核发|颁发|签发|发放|提供|盖章)的?(?=.{3,})")
_GENERIC = re.compile(
    r"^(?:本人|个人|公民|居民|群众|申请人|当事人|其|该|有关|相关|合法|有效|符合|证明|的|之|及|等|原件|复印件|材料|文件|情况|状况|间|之间|关于|农村|城镇|社区|村|村民)+"
    r"|(?:的|之|间|之间|等|等材料|原件|复印件|材料|文件|、|及|和|与|或)+$"
)
_AND = "(?:以及|及|和|或者?|与)"
_SPLIT = re.compile(rf"[、，,；;/]|(?<=证明){_AND}|(?<=[）)]){_AND}|(?<=证书){_AND}(?=.{{3,}})")

# Endings in the order they are tried; the first that fits decides.
_KINDS: tuple[tuple[re.Pattern[str], ProofKind], ...] = (
    (re.compile(r"信用报告$|征信报告$"), ProofKind.CREDIT_REPORT),
    (re.compile(r"公证书?$|判决书?$|裁定书?$|调解书$|裁决书$|仲裁书$|公证文书$|司法文书$|法律文书$|司法鉴定(?:意见书?|书)?$"),
     ProofKind.JUDICIAL),
    (re.compile(r"(?:申请|登记|申报|备案|审核|报名|汇总|信息|情况)(?:书|表|单|函)$|委托书$|承诺书?$|声明书?$|保证书$|说明书?$|自述$|告知书$|授权书$|推荐信$"),
     ProofKind.DECLARATION),
    (re.compile(r"(?:评估|检测|检验|验资|审计|鉴证|评价|勘察|测绘|监测|认证|可行性研究|论证|安全评价|环境影响|体检)(?:报告|报告书|报告表|意见)?(?:书|表)?$"),
     ProofKind.INTERMEDIARY),
    (re.compile(r"合同书?$|协议书?$|发票$|收据$|票据$|流水$|清单$|病历$|对账单$|回执$|凭证$|单据$|车票$|处方$|账单$|章程$|名册$|名单$|方案$|制度$|图纸?$"),
     ProofKind.VOUCHER),
    (re.compile(r"照片$|相片$|印章$|印模$|图片$|录像$|视频$|光盘$"), ProofKind.OTHER),
    (re.compile(r"审批表$|批复$|批准书$|批准文件$|批文$|通知书$|决定书?$|核准书$|备案文件$|会议纪要$|决议$"), ProofKind.APPROVAL),
    (re.compile(r"证明(?:书|信|材料|文件|表|单)?$|介绍信$|鉴定(?:表|意见|材料|书)?$|证实$|证言$|政审表?$|意见书?$"), ProofKind.PROOF),
    (re.compile(r"许可证书?$|执照$|证书$|户口[簿本]$|身份证$|护照$|通行证$|居住证$|登记证$|[^保见佐物]证$|学位证$|毕业证$|执业证$|资格证$|不动产权证$"),
     ProofKind.LICENCE),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A free name resolved: canonical ``name``, ``residue`` = distinguishing words it does not hold (经办人与死者), ``how`` it matched."""

    name: str
    residue: str
    how: str


@dataclass(frozen=True, slots=True)
class AmbiguousName:
    """A free name that fits several canonical names."""

    candidates: tuple[str, ...]


def strip_name(name: str) -> str:
    """A material's name without quotation marks, copies, quantities, lead words and the body that issues it."""
    text = _BRACKETS.sub("", name).strip("。.:：;；、,， ")
    text = re.sub(r"^[\d一二三四五六七八九十]+[.、．]\s*", "", text)
    previous = ""
    while previous != text and len(text) > 2:
        previous = text
        text = _QUANTITY.sub("", text)
        text = _COPIES.sub("", text)
        text = _PARENTHESIS.sub("", text) or text
        shorter = _LEAD.sub("", text)
        text = shorter if len(shorter) >= 3 else text
    return _ISSUED.sub("", text) or text


def readings(name: str) -> tuple[str, ...]:
    """Names to look up for one folded name: as it is, without brackets, with their words in or instead (生存(健在)证明 → 健在证明)."""
    plain = strip_name(name)
    if match := _TO_PROVE.match(plain):
        plain = match.group(1) + "证明"
    forms = [name.strip(), plain]
    if inner := _INNER.search(plain):
        before, after = plain[: inner.start()], plain[inner.end() :]
        forms += [before + after, before + inner.group(1) + after, inner.group(1) + after]
    return tuple(dict.fromkeys(form for form in forms if len(form) > 1))


def strip_residue(text: str) -> str:
    """Modifiers that distinguish; generic ones (本人, 有关, 的, 材料) are dropped."""
    previous = ""
    while previous != text:
        previous = text
        text = _GENERIC.sub("", text).strip("的（）() ")
    return text


def split_names(name: str) -> tuple[str, ...]:
    """The single names of a compound cell: 、 ， / and 和/及/或 after a …证明. Brackets are not split open."""
    depth = 0
    parts = [""]
    index = 0
    while index < len(name):
        char = name[index]
        depth += (char in "（(《") - (char in "）)》")
        match = _SPLIT.match(name, index) if depth <= 0 else None
        if match and match.end() > match.start():
            parts.append("")
            index = match.end()
            continue
        parts[-1] += char
        index += 1
    return tuple(part.strip() for part in parts if part.strip())


def guess_kind(name: str) -> ProofKind:
    """What an unknown material is, by its ending; ``proof`` when the ending says 证明, ``other`` when it says nothing."""
    for pattern, kind in _KINDS:
        if pattern.search(name):
            return kind
    return ProofKind.OTHER
