"""Who made a norm, its rank and where it applies: from its history, its title and its folder, in that order of trust."""

from __future__ import annotations

import re
from functools import lru_cache

from knowledge.regions import Region, parse_region
from knowledge.types import Event, Level

PROVINCES = {
    **{
        name: name + "省"
        for name in [
            "河北",
            "山西",
            "辽宁",
            "吉林",
            "黑龙江",
            "江苏",
            "浙江",
            "安徽",
            "福建",
            "江西",
            "山东",
            "河南",
            "湖北",
            "湖南",
            "广东",
            "海南",
            "四川",
            "贵州",
            "云南",
            "陕西",
            "甘肃",
            "青海",
            "台湾",
        ]
    },
    **{name: name + "市" for name in ["北京", "天津", "上海", "重庆"]},
    "内蒙古": "内蒙古自治区",
    "广西": "广西壮族自治区",
    "西藏": "西藏自治区",
    "宁夏": "宁夏回族自治区",
    "新疆": "新疆维吾尔自治区",
    "香港": "香港特别行政区",
    "澳门": "澳门特别行政区",
}
_FULL = frozenset(PROVINCES.values())
_NATIONAL = {"宪法相关法", "刑法", "民法典", "民法商法", "社会法", "经济法", "行政法", "诉讼与非诉讼程序法", "法律"}
_FOLDERS = {
    **dict.fromkeys(_NATIONAL, Level.LAW),
    "宪法": Level.CONSTITUTION,
    "行政法规": Level.ADMIN_REGULATION,
    "部门规章": Level.DEPT_RULE,
    "司法解释": Level.JUDICIAL_INTERPRETATION,
    "地方性法规": Level.LOCAL_REGULATION,
    "自治条例": Level.LOCAL_REGULATION,
    "单行条例": Level.LOCAL_REGULATION,
    "经济特区法规": Level.LOCAL_REGULATION,
    "地方政府规章": Level.LOCAL_RULE,
    "政府规章": Level.LOCAL_RULE,
    "规范性文件": Level.NORMATIVE_DOCUMENT,
    "国际条约": Level.TREATY,
}
_NPC = re.compile(r"全国人民代表大会(常务委员会|常委会)?|全国人大(常委会)?")
_LOCAL_BODY = re.compile(
    r"([\u4e00-\u9fff]{1,14}?(?:省|自治区|市|自治州|自治县|自治旗|州|盟|县|区|旗))(?:第?[一二三四五六七八九十]+届)?"
    r"(?:人民代表大会(常务委员会|常委会)?|人大(常委会)?)"
)
_SHORT_BODY = re.compile(r"^(省|市|自治县|自治区)第?[一二三四五六七八九十]+届(?:人民代表大会|人大)")
_COURT = re.compile(r"最高人民法院|最高人民检察院")
_STATE_COUNCIL = re.compile(r"国务院|政务院")
_MILITARY = re.compile(r"国务院、(?:中华人民共和国)?中央军(?:事委员会|委)|中央军(?:事委员会|委)、国务院")
_BY_STATE_COUNCIL = re.compile(
    r"国务院(?:、(?:中华人民共和国)?中央军(?:事委员会|委))?令|国务院第.{1,6}次常务会议|国务院、?(?:中央军委|中央军事委员会)?\s*(?:批准|发布|公布|颁布)"
)
_DEPARTMENT = re.compile(
    r"([\u4e00-\u9fff、]{2,40}?(?:部|委员会|总局|局|署|银行|会|办公室|办公厅|厅))\s*(?:令第|公告|公布|发布|印发|制定|批准)"
)
_LEAD = re.compile(r"^(?:根据|经|由|并|自|的|和|及|、|，|。|；)+")
_NOTICE = re.compile(r"(?:通知|意见|公告|通告|函|要点|方案|批复|纪要|指引|指南)(?:[（(][^（()）]*[)）])?$")


def level_of(title: str, events: tuple[Event, ...], folder: str | None) -> Level:
    """Rank 位阶. The organ that passed the text decides; the folder decides where the history is silent; else the title. Never raises."""
    parts = re.split(r"[/\\]", folder or "")
    by_folder = next((_FOLDERS[part] for part in reversed(parts) if part in _FOLDERS), None)
    if by_folder is None and any(part.endswith(("地方法规", "地方性法规")) for part in parts):
        by_folder = Level.LOCAL_REGULATION
    if by_folder in (Level.CONSTITUTION, Level.JUDICIAL_INTERPRETATION, Level.TREATY, Level.NORMATIVE_DOCUMENT, Level.LOCAL_RULE):
        return by_folder
    passed = " ".join(event.text for event in events if event.kind in ("通过", "公布", "批准", "修订", "修正", "其他"))
    if re.fullmatch(r"(?:中华人民共和国)?宪法(?:修正案.*)?", title):
        return Level.CONSTITUTION
    by_history = _level_by_history(title, passed)
    if by_history in (Level.LAW, Level.LOCAL_REGULATION) and by_folder in (None, Level.LAW, Level.ADMIN_REGULATION):
        return by_history
    level = by_folder or by_history or _level_by_title(title)
    if level is Level.ADMIN_REGULATION and re.match(r"国务院(?:关于|对).*决定$", title):
        return Level.STATE_COUNCIL_DECISION
    if level in (Level.DEPT_RULE, Level.UNKNOWN) and _NOTICE.search(title):
        return Level.NORMATIVE_DOCUMENT
    return level


def _level_by_history(title: str, passed: str) -> Level | None:
    if re.search(r"届全国人(?:民代表大会|大)", passed) and not _COURT.search(title):
        return Level.LAW
    if _COURT.search(title) or re.search(r"审判委员会|检察委员会|法释", passed):
        return Level.JUDICIAL_INTERPRETATION
    if _BY_STATE_COUNCIL.search(passed):
        return Level.ADMIN_REGULATION
    if re.search(r"人民代表大会|人大常委会|人大(?:.{1,3})?次会议", passed) and "全国人" not in passed:
        return Level.LOCAL_REGULATION
    if re.search(r"(?:省|市|州|自治区)(?:人民)?政府(?:令第|第.{1,6}次常务会议)", passed):
        return Level.LOCAL_RULE
    if re.search(r"(?:部|委员会|总局|局|署|银行)令第", passed):
        return Level.DEPT_RULE
    return None


def _level_by_title(title: str) -> Level:
    """By the words of the title alone; UNKNOWN rather than a guess between 法规 and 规章."""
    if _COURT.search(title):
        return Level.JUDICIAL_INTERPRETATION
    if _NOTICE.search(title):
        return Level.NORMATIVE_DOCUMENT
    if re.match(r"国务院(?:关于|对).*决定$", title):
        return Level.STATE_COUNCIL_DECISION
    place = re.match(r"[\u4e00-\u9fff]{2,8}?(?:省|自治区|市|自治州|自治县|经济特区)", title)
    if place and title.endswith(("条例", "办法", "规定")):
        return Level.LOCAL_REGULATION if title.endswith("条例") else Level.UNKNOWN
    if re.match(r"中华人民共和国\S+法$", title) or re.fullmatch(r"[\u4e00-\u9fff、]{2,30}[^办]法", title):
        return Level.LAW
    if not place and re.search(r"条例(?:[（(][^（()）]*[)）])?$", title):  # 规章 may not be called 条例 (规章制定程序条例 第七条)
        return Level.ADMIN_REGULATION
    return Level.UNKNOWN


def issuer_of(title: str, events: tuple[Event, ...], level: Level, folder: str | None) -> str | None:
    """The organ that made the norm, by its full name; ``None`` when nothing says it."""
    first = [event.text for event in events if event.kind in ("通过", "公布", "批准")] + [event.text for event in events]
    if level in (Level.LAW, Level.CONSTITUTION):
        for text in first:
            match = _NPC.search(text)
            if match:
                return "全国人民代表大会" + ("常务委员会" if match.group(1) or match.group(2) else "")
        return "全国人民代表大会"
    if level in (Level.ADMIN_REGULATION, Level.STATE_COUNCIL_DECISION):
        return "国务院、中央军事委员会" if any(_MILITARY.search(text) for text in first) else "国务院"
    if level is Level.JUDICIAL_INTERPRETATION:
        named = dict.fromkeys(_COURT.findall(re.split("关于", title)[0]) or _COURT.findall(" ".join(first)))
        return "、".join(named) or None
    if level is Level.LOCAL_REGULATION:
        return _local_issuer(title, events, folder)
    for text in first:
        match = _DEPARTMENT.search(_LEAD.sub("", text))
        if match and "会议" not in match.group(1):
            return match.group(1).removeprefix("中华人民共和国")
    last = re.split(r"[/\\]", folder or "")[-1]
    return last if re.search(r"(?:部|委员会|总局|局|署|银行|会)$", last) else _title_issuer(title)


def _title_issuer(title: str) -> str | None:
    match = re.match(r"([\u4e00-\u9fff、 ]{2,40}?(?:部|委员会|总局|局|署|银行|会|办公厅|国务院|人民政府|厅))(?=关于|办公厅|等)", title)
    return match.group(1) if match else None


def _bodies(events: tuple[Event, ...]) -> list[tuple[str, str, str]]:
    """(place, organ suffix, event kind) of every people's congress named outside titles."""
    out: list[tuple[str, str, str]] = []
    for event in events:
        outside = re.sub(r"《.*?》|〈.*?〉", "", event.text)
        for match in _LOCAL_BODY.finditer(_LEAD.sub("", outside)):
            place = re.sub(r"^(?:.*(?:批准|通过|根据|并经|经|的|和|、|，|及))", "", match.group(1))
            if place and not place.startswith(("本", "各", "该", "县级", "全国")) and len(place) >= 2:
                out.append((place, "人民代表大会" + ("常务委员会" if match.group(2) or match.group(3) else ""), event.kind))
    return out


def _local_issuer(title: str, events: tuple[Event, ...], folder: str | None) -> str | None:
    bodies = _bodies(events)
    for kinds in (("通过", "修订"), ("批准", "公布", "修正", "其他")):
        for place, organ, kind in bodies:
            if kind in kinds and not (kind == "批准" and any(p != place for p, _, _ in bodies)):
                return place + organ
    named = place_in_title(title) or province_of(folder)
    return f"{named}人民代表大会常务委员会" if named else None


def province_of(folder: str | None) -> str | None:
    """``DLC/浙江地方法规/地方性法规/浙江`` → 浙江省; ``None`` when the folder names no province."""
    for part in reversed(re.split(r"[/\\]", folder or "")):
        short = re.sub(r"(?:省|市|自治区)?(?:地方法规|地方性法规|地方政府规章|规范性文件)?$", "", part)
        if short in PROVINCES:
            return PROVINCES[short]
        if part in _FULL:
            return part
    return None


def place_in_title(title: str) -> str | None:
    """The place a title begins with: 杭州市…条例 → 杭州市, 深圳经济特区… → 深圳市, 绍兴黄酒… → ``None``."""
    zone = re.match(r"([\u4e00-\u9fff]{2,4})经济特区", title)
    if zone:
        return zone.group(1) + "市"
    for short, full in PROVINCES.items():
        if title.startswith(full):
            return full
        if title.startswith(short + "省"):
            return full
    if title.startswith(("关于", "国务院", "最高", "中华人民共和国", "全国")):
        return None
    match = re.match(r"([\u4e00-\u9fff]{2,12}?(?:自治州|自治县|自治旗|地区|市|县|盟))(?!场|场主体|区|政|民|级|辖)", title)
    return match.group(1) if match else None


def region_of(title: str, events: tuple[Event, ...], level: Level, folder: str | None) -> str:
    """Full administrative name (浙江省杭州市); 全国 for national norms. A place that no table knows stands as written."""
    if level not in (Level.LOCAL_REGULATION, Level.LOCAL_RULE, Level.NORMATIVE_DOCUMENT, Level.UNKNOWN):
        return "全国"
    bodies = [place for place, _, kind in _bodies(events)] if level is Level.LOCAL_REGULATION else []
    provinces = [p for p in bodies if p in _FULL or p.endswith(("省", "自治区"))]
    province = province_of(folder) or next(iter(provinces), None)
    own: str | None = next((p for p in bodies if p not in provinces), None) or place_in_title(title)
    if own is not None and own in _FULL:
        province, own = province or own, None
    if province is None and own is None:
        return "全国"
    written = own if own and province and own.startswith(province) else (province or "") + (own or "")
    return full_region(written)


@lru_cache(maxsize=4096)
def full_region(written: str) -> str:
    """The full chain of a place where the table of divisions knows one (深圳市 → 广东省深圳市), else as written."""
    found = parse_region(written)
    return found.name if isinstance(found, Region) else written
