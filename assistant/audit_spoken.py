"""Demands that a draft words in ways no statute does: 没有…证明的不予受理, 凭…证明来办, 要求经营者出具…证明. Pure.

``ingest.requirements`` reads statutory wording and is careful; a reviewer would rather look at one sentence too many. What it has found is not
found again, negative sentences (无需, 不得要求) and papers that an office itself hands out are no demands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from assistant.audit_demand import catch_all
from ingest.requirement_objects import classify
from knowledge.types import Requirement

_NEGATIVE = re.compile(r"不得|无需|无须|不再|不需|免于|免予|免提|不用|不必|取消|严禁|禁止|不应|不要求|不能要求|停止(?:索要|收取)")
_HEAD = r"证明(?:材料|文件|书)?(?![人其了力效])"
_NAME = rf"(?P<name>(?:由?[^，。；：《》]{{2,36}}?(?:出具|开具|签发|盖章|审核|签字|见证)的)?[^，。；：、《》（）的]{{1,24}}?(?:的[^，。；：、《》（）的]{{0,8}}?)?{_HEAD})"
_GIVE = r"(?:提交|提供|出示|递交|交验|交来|交上?|带上?|带来|携带|附上?|附送|持有?|凭(?!证)|拿到?|备好|准备好?|取得|补充|上传|附具|(?<=应)附|(?<=当)附)(?!的|人|者|一下)"
_ISSUE = r"(?:出具|开具|开出?)(?!的)"
_ASKED = r"(?:要求|责令|通知|(?<![转出受])让|(?<!申)请|告知|督促)[^，。；]{1,16}?"
_MODAL = re.compile(
    r"应当?|须|必须|需|要(?!求的)|请|方可|才能|才可|不予|凭|持|前置|一律|缺一不可|退回|不受理|自行|之前|后再|^(?:[^，。；]{0,6}[：:])?(?:依照?|按照?|根据)《"
)
_WAYS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:未|没有?|不|无法|不能)(?:能|按规定|按要求|如实|及时|依法|同时|一并)*(?:{_GIVE}|{_ISSUE}){_NAME}(?=的|，|者|$)",
        rf"(?:没有|未有|缺少|缺乏){_NAME}(?=的，|者，)",
        rf"{_ASKED}(?:{_GIVE}|{_ISSUE}){_NAME}",
        rf"(?:须|需|应当?|必须|要)(?:具?有|具备|先有){_NAME}",
        rf"{_GIVE}(?:好|了|的)?{_NAME}",
        rf"(?:到|去|向|找|在)[^，。；]{{2,20}}?(?:开具?|办理|索取|取得|打印?){_NAME}",
        rf"(?:^|，|：){_NAME}(?:，|须|应当?|需|必须|一律|均)*由?(?:申请人|当事人|本人|家属|经营者|群众|企业|办事人)[^，。；]{{0,10}}(?:提供|提交|开具|自备|准备|携带|取得)",
        rf"(?:^|，|：){_NAME}(?:是|作为|为)[^，。；]{{0,12}}(?:办理|申请|受理|审批|登记|备案)?[^，。；]{{0,6}}(?:前置|必备|必要|必须|要件|条件|依据)",
    )
)
_GIVEN_OUT = re.compile(
    r"(?:机关|部门|局|委员会|政府|办事处|机构|医院|派出所|中心|窗口)(?:应当|可以|负责|依法|及时|当场|予以|免费|为[^，。；]{1,12}|向[^，。；]{1,12})*$"
)
_EMPTY = re.compile(r"^(?:有关|相关|必要|上述|下列|以下|前款|该|此|其他|书面|合法|有效|的|和|及|其|本人)*证明(?:材料|文件|书)?$")
_SENTENCE = re.compile(r"[^。；！？!?\n]+")
_LEAVE = re.compile(
    r"(?:认为|觉得|视[^，。；]{0,8}(?:需要|情况|情形)|可以?(?:另行|再|酌情|要求|请|让)|有权)[^。；]{0,40}(?:提供|提交|补充|补交|出具|出示)"
)


def spoken(text: str, known: Collection[str], matter: str | None = None) -> Iterator[Requirement]:
    """Demands in sentences that hold none of the ``known`` materials; spans are half-open characters in ``text``. None found: nothing."""
    for sentence in _SENTENCE.finditer(text):
        words = sentence.group()
        if "证明" not in words or _NEGATIVE.search(words) or not _MODAL.search(words) or any(k in words for k in known):
            continue
        hit = next((m for way in _WAYS for m in way.finditer(words) if not _mistaken(m, words)), None)
        if hit is None:
            continue
        material = hit.group("name").removeprefix("由")
        end = sentence.start() + hit.end("name")
        start = end - len(material)
        is_proof, strength = classify(material, None)
        shown = words.strip() + (text[sentence.end()] if text[sentence.end() : sentence.end() + 1] in ("。", "；") else "")
        yield Requirement("", material, is_proof, strength=strength, matter=matter, sentence=shown, span=(start, end))


def open_ended(text: str, known: Collection[str]) -> Iterator[Requirement]:
    """Sentences that let an office ask for whatever it likes (…认为确需其他佐证材料的，申请人应当提供), outside the ``known`` ones."""
    for sentence in _SENTENCE.finditer(text):
        words = sentence.group().strip()
        if any(words in k or k in words for k in known if k) or _NEGATIVE.search(words) or not _LEAVE.search(words) or not catch_all(words):
            continue
        shown = words + (text[sentence.end()] if text[sentence.end() : sentence.end() + 1] in ("。", "；") else "")
        yield Requirement("", words, False, sentence=shown, span=sentence.span())


def _mistaken(found: re.Match[str], words: str) -> bool:
    """A name without content, or a paper that an office gives out."""
    if _EMPTY.match(found.group("name")):
        return True
    asked = re.search(r"要求|责令|通知|(?<![转出受])让|(?<!申)请|告知|督促|未|没", found.group())
    return not asked and bool(_GIVEN_OUT.search(words[: found.start()]))
