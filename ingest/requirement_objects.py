"""The object of a demand: an enumeration of papers → single materials with their issuing body, kind and strength."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.requirement_patterns import patterns
from knowledge.types import Strength

_OPEN, _CLOSE = "（《“‘〈【[", "）》”’〉】]"
_JOINT = re.compile(r"以及|或者|并附|、|和|及(?!时|其附)|或|(?<!、证明)(?<!者证明)(?<!和证明)与(?!其|本|原)|，")
_TAIL = re.compile(
    r"(?:等(?:(?:有关|相关|其他|书面|申请|必要|合法|有效|证明)*(?:材料|文件|证件|资料|证明|证明材料|手续|凭证|证书|证明文件))?|等[^，。；、的]{0,6}|"
    r"各?[一二三四五六七八九十两壹贰叁1-9]式?[一二三四五六七八九十两1-9]?[份张套寸]|原件及?|[（][^（）]*[）]|[；。，：、 》”]+|[各])$"
)
_ET_CETERA = re.compile(r"等((?:有关|相关|其他|书面|必要|合法|有效)*[^，。；、等]{2,8})$")
_LEFT = re.compile(
    r"^(?:[，；、： 《“]|以下|下列|相应的|相关的|有关的|其(?![他它中余])|该|本人的|经(?:过)?(?:公证|认证)的|并|还|一并|"
    r"应当|同时|以及|或者|及|和|以|"
    r"由(?=[^，。；]{2,30}(?:出具|开具|签发|核发|颁发)))+"
)
_ISSUED = re.compile(
    r"^(?:由|经|自|凭|持|依据)?(?P<body>(?:(?!符合|条件|情况|下列)[^，。；：《》]){2,60}?)(?:依法|统一|共同|书面|分别|联合)?"
    r"(?:出具|开具|签发|颁发|核发|发给|制发|发放|提供|作出|公证|认证|批准|准许|签署|签发并盖章|盖章|证实|确认|认可|签章|审定|审核|鉴定)"
    r"(?:或者?(?:出具|认可|签发|颁发|公证|认证)|并[^，。；的]{1,12}|、?(?:盖章|认可|签字|认证|公证))*的(?P<rest>.{2,})$"
)
_PAREN_BODY = re.compile(r"[（](?:由)?((?!窗口)[^（），；、]{2,30}?)(?:出具|开具|提供|签发)[^（）]{0,4}[）]")
_COPY_ONLY = re.compile(r"^(?:其|的)?(?:原件|复印件|复制件|影印件|副本|正本|原件、|电子件|电子版)+$")
_WEAK_BODY = re.compile(
    r"^(?:申请人|本人|其|当事人|自己|双方|法定代表人|负责人|本单位|法人|公司|股东|合伙人|全体[^的]{0,8}|出资人|发起人|委托人|权利人|夫妻双方)$"
)
_OWN_ISSUER = re.compile(r"(?:签署|签字|签名|盖章|签章)$")
_RECORD = re.compile(r"(?:无|有无)[^的]{0,8}(?:犯罪|违法)记录|介绍信|公证书|鉴定证明|户籍(?:证明|登记)|死亡(?:证明|证)")


@dataclass(frozen=True, slots=True)
class Piece:
    """One material inside a text: half-open span of the trimmed material, and who issues it."""

    text: str
    start: int
    end: int
    issuing_body: str | None = None


def has_head(text: str, *, strict: bool = False) -> bool:
    """Whether ``text`` ends like the name of a paper (证明, 申请书, 许可证 …)."""
    p = patterns()
    text = text.rstrip("》”")
    return bool(p.head.search(text)) and not p.false_head.search(text) and not (strict and p.weak_head.search(text))


def _joints(text: str) -> list[tuple[int, int]]:
    """Enumeration marks outside brackets, as spans."""
    found: list[tuple[int, int]] = []
    depth, i = 0, 0
    while i < len(text):
        char = text[i]
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth = max(0, depth - 1)
        elif depth == 0 and (m := _JOINT.match(text, i)):
            found.append(m.span())
            i = m.end()
            continue
        i += 1
    return found


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Cuts leading connectives and trailing 等…/brackets/quantities."""
    changed = True
    while changed and start < end:
        changed = False
        if m := _LEFT.match(text[start:end]):
            start += m.end()
            changed = m.end() > 0
        if m := _TAIL.search(text[start:end]):
            kept = text[start : start + m.start()]
            if m.group()[0] == "等" and has_head(text[start:end]) and not has_head(kept.rstrip("、，")):
                break  # 「住址、就业等证明材料」 is one material
            end = start + m.start()
            changed = True
    return start, end


def _piece(text: str, start: int, end: int, base: int) -> Piece | None:
    body: str | None = None
    if m := _PAREN_BODY.search(text[start:end]):
        body = m.group(1)
    start, end = _trim(text, start, end)
    if end - start < 1:
        return None
    if (m := _ISSUED.match(text[start:end])) and not _OWN_ISSUER.search(m.group(0)[: m.start("rest") - 1]):
        name = m.group("body").strip()
        start += m.start("rest")
        start, end = _trim(text, start, end)
        name = re.sub(r"(?:为其|依法|统一)$", "", name)
        body = body or (None if _WEAK_BODY.match(name) else name)
    material = text[start:end].strip()
    return Piece(material, base + start, base + end, body) if len(material) > 1 else None


def split_materials(text: str, base: int = 0, *, strict: bool = False, whole: bool = False) -> tuple[Piece, ...]:
    """Splits 「身份证、户口簿以及由…出具的…证明」 into its materials.

    ``base`` is added to the spans; ``strict`` accepts only the heads that 提供 can carry; with ``whole`` (an item of a
    「下列材料」 list) a text without any paper word is one material as it stands. Nothing found: an empty tuple.
    """
    cuts = [*_joints(text), (len(text), len(text))]
    pieces: list[Piece] = []
    begin = 0
    for left, right in cuts:
        part_end = _trim(text, begin, left)[1]
        if part_end <= begin:
            continue
        if left < len(text) and not has_head(text[begin:part_end], strict=strict):
            continue  # 「职业、收入和财产状况证明」 is one material
        if has_head(text[begin:part_end], strict=strict) and not _COPY_ONLY.match(text[begin:part_end].strip()):
            if piece := _piece(text, begin, left, base):
                pieces.append(piece)
        elif whole and not pieces:
            pieces += _whole(text, begin, left, base)
        begin = right
    return tuple(pieces)


def _whole(text: str, begin: int, end: int, base: int) -> list[Piece]:
    """An item of a list of papers without a paper word, or one whose only paper word follows 等 (「位置、面积等说明」)."""
    kept = text[begin:end].rstrip("；。，：、 ")
    if _ET_CETERA.search(kept) and has_head(kept):
        start = begin + len(kept) - len(kept.lstrip())
        return [Piece(kept.strip(), base + start, base + begin + len(kept))]
    piece = _piece(text, begin, end, base)
    return [piece] if piece else []


def classify(material: str, issuing_body: str | None = None) -> tuple[bool, Strength]:
    """``(is_proof, strength)`` of a material as written.

    A proof 证明事项 describes a fact and is issued by another body (国办发〔2020〕42号); licences 证照, forms, own declarations,
    contracts and vouchers are not (decision.md section 2).
    """
    p = patterns()
    strength = Strength.NAMED
    if p.delegated.search(material) and not re.match("符合|具备|能?够?证明", material):
        strength = Strength.DELEGATED
    elif p.general.match(material):
        strength = Strength.GENERAL
    if strength is not Strength.NAMED:
        return "证明" in material and not p.form.search(material), strength
    if _RECORD.search(material):
        return True, strength
    core = re.sub(r"（[^（）]*）", "", material)
    if "等" in core and has_head(core.rsplit("等", 1)[1]):
        core = core.rsplit("等", 1)[1]
    if "证明" not in core or p.licence.search(core) or p.form.search(core):
        return False, strength
    head = core[core.rfind("证明") :]
    return bool(
        re.match(r"证明(?:文件|材料|书|信|函|资料|单|文书|凭证|手续)?(?:的?(?:原件|复印件|复制件|副本|和|及|或者?)*)$", head)
    ), strength
