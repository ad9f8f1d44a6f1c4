"""One material demanded, and what is open-ended: the record that every reader of drafts makes, and the catch-all wordings (O1). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.audit_cells import MARK
from knowledge.types import ListEntry, ListKind, Locator, Requirement

_SUBMARK = re.compile(r"(?:^|[\n；;。])\s*(?=(?:[（(]?\d{1,2}[)）.．、](?!\d)|[①-⑳]|[（(][一二三四五六七八九十]{1,3}[)）]))")
_OPENS = re.compile(
    r"(?:申请|申报|申办|办理|所需|需要?|应当?|须|提交|提供|报送|递交|携带|收取|上报|准备)[^。；]{0,14}(?:材料|资料|要件|文件|证件|证明|手续)(?:清单|目录|如下|包括|有)?[^。；：:]{0,10}[：:]?\s*$"
    r"|(?:材料|资料|要件|文件|证件|证明|手续)(?:清单|目录)?(?:如下|包括|有)?\s*[：:]\s*$|下列[^。；]{0,12}[：:]\s*$"
)
_HEAD = r"(?:材料|资料|文件|证明|手续|证件|要件|凭证|佐证|证据)"
_LOOSE = (
    r"(?:法律|法规|规章|政策|国家|省|市|县|区|上级|本级|主管|部门|行政|机关|单位|窗口|经办|受理|审批|审核|登记|发证|承办|工作|需要?|应当?|必须|必要|要求|规定|认为|可能|可以|提交"
    r"|提供|出具|报送|补充|补正|核实|办理|申请|申报|依法|根据|情况|实际|视|有关|相关|涉及|所需|指定|确需|合理|的|或者?|和|及|与|、|等|以及|在|中|时|有|由|为|者|人|材料|证明|文件|凭证|佐证|证据|资料"
    r"|手续|证件|要件|支撑|补强|能够|能|足以|说明|反映|佐证)*"
)
_ASKS = r"(?:要求|规定|需要|认为|指定|通知|告知|提出|确定)"
_OFFICE = r"(?:部门|机关|机构|窗口|单位|人员|中心|学校|银行|法院|街道|社区|村委会|工作组|验收组|民警|局|委|所|站|科|处|办)"
_OTHER = r"(?<![无没或])(?<!没有)(?<!或者)(?:其他|其它|别的|另外)"
_CATCH = re.compile(
    rf"{_OTHER}{_LOOSE}{_HEAD}"
    rf"|{_OTHER}[^。；，、《》]{{0,12}}{_ASKS}的?[^。；，、《》]{{0,8}}{_HEAD}$"
    rf"|(?:等|及|和|与|以及)(?:其他)?(?:相关|有关){_LOOSE}(?:证明|材料|资料|文件)+"
    rf"|(?:根据|视|按照?)[^。；，《》]{{0,16}}(?:需要|情况|情形|要求|实际)[^。；，《》]{{0,12}}(?:补充|补交|补正|追加|增加|提交|提供|要求)[^。；，《》]{{0,10}}{_HEAD}$"
    rf"|认为(?:有)?(?:必要|需要|应当?)[^。；《》]{{0,14}}{_HEAD}|^(?:[^，。；《》]{{0,12}}(?:规定|要求|需要)的?)?(?:有关|相关|必要)的?{_HEAD}+$"
    rf"|(?:补充|追加|增加)[^。；《》]{{0,8}}(?:有关|相关|必要)(?:的)?{_HEAD}"
    rf"|(?:另外|另行|临时|额外|当场|酌情|进一步){_ASKS}[^。；，、《》]{{0,6}}的{_LOOSE}{_HEAD}$"
    rf"|{_OFFICE}[^。；，、《》的]{{0,8}}{_ASKS}[^。；，、《》的]{{0,10}}的{_LOOSE}{_HEAD}$"
    rf"|^(?:法律|法规|规章|政策|上级|窗口|工作人员)[^。；《》]{{0,14}}(?:要求|规定|指定|需要)的[^。；《》]{{0,6}}{_HEAD}+$"
)
NOT_CATCH = re.compile(r"不得|无需|无须|不再|不需|除[^。；]{0,20}外")
_PAPER = re.compile(
    r"(?:证明|材料|文件|资料|证件|证|书|表|单|函|簿|照|报告|合同|协议|说明|凭证|票据|发票|收据|章程|卡|本|册|小结|病历|执照|照片|方案|图)(?:正本|副本|原件|复印件)*(?:[一二三四五六七八九两\d]+[份张页套])?(?:[（(][^（）()]*[)）])?$"
)
PAPER = re.compile(
    r"(?:证明|材料|文件|资料|证件|证|书|表|单|函|簿|照|报告|合同|协议|说明|凭证|票据|发票|收据|章程|卡|本|册|小结|病历|执照|照片|方案|图)(?:正本|副本|原件|复印件)*(?:[一二三四五六七八九两\d]+[份张页套])?(?:[（(][^（）()]*[)）])?$"
)


@dataclass(frozen=True, slots=True)
class Demand:
    """One material demanded. ``order`` counts in reading order from 1; ``kind``: row | item | sentence; ``serial`` as printed."""

    demand: str
    name: str
    matter: str | None
    basis: str | None
    locator: Locator
    order: int = 0
    kind: str = "row"
    purpose: str | None = None  # 用于… in the cell itself
    issuer: str | None = None
    requester: str | None = None
    context: str = ""
    catch_all: bool = False
    list_kind: ListKind = ListKind.LEDGER
    entry: ListEntry | None = None
    requirement: Requirement | None = None


def catch_all(text: str) -> bool:
    """兜底: whether it is an open-ended demand that names no material (其他需要提交的材料, 窗口认为必要的证明)."""
    plain = re.sub(r"《[^》]*》", "", MARK.sub("", text))
    return bool(_CATCH.search(plain)) and not NOT_CATCH.search(plain)


def pieces(text: str) -> list[str]:
    """The numbered or line-separated items of one cell; the cell itself when it has none."""
    parts = [p.strip() for p in _SUBMARK.split(text) if p and p.strip()]
    out = [line.strip() for part in parts for line in (part.split("\n") if not _SUBMARK.search(part) else [part]) if line.strip()]
    return out or [text]
