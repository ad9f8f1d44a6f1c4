"""Administrative divisions 行政区划: names in any usual form → one region with its chain (义乌市 → 金华市 → 浙江省 → 全国), or ambiguous.

朝阳区 alone stands for several districts and is never resolved without context. A name is a full path (浙江省金华市义乌市), as stored
with every list and law. More regions (a fictional demo city) can be added from a TOML file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from knowledge.errors import BadRule

NATION = "全国"
DATA = Path(__file__).parent / "data" / "regions.tsv"
DEMO = Path(__file__).parents[1] / "corpora" / "demo" / "regions.toml"

_LEVELS = {0: "nation", 2: "province", 4: "prefecture", 6: "county"}
_MUNICIPALITIES = ("11", "12", "31", "50")
_ETHNIC = re.compile(
    r"(?:(?:蒙古|回|藏|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|普米|怒|鄂温克"
    r"|保安|裕固|独龙|哈萨克|各)族|蒙古|哈萨克|柯尔克孜|锡伯|塔吉克|鄂伦春|维吾尔)+自治"
)
_PROVINCES = {"内蒙古自治区": "内蒙古", "广西壮族自治区": "广西", "西藏自治区": "西藏", "宁夏回族自治区": "宁夏",
              "新疆维吾尔自治区": "新疆", "香港特别行政区": "香港", "澳门特别行政区": "澳门"}  # fmt: skip
_PAREN = re.compile(r"[\s（(【\[].*$")
_NOT_BEFORE = {
    "河": "黄淮漳渭",
    "山": "泰华恒嵩衡行东",
    "海口": "出入",
    "江": "珠长金",
    "西藏": "东",
    "成都": "完组建构",
    "吉安": "大",
    "海城市": "沿",
    "上城区": "以",
}
_NOT_AFTER = re.compile(r"路|街|大道|银行|大学|师范|学院|话|菜|口岸|部|岸|方言|时报|晚报")
_BEFORE_CUE = re.compile(r"(?:^|[在到去来回于从往住我他她们是:：,，。；;？?！!、和跟与省市州县区“\"「(（]|现在|目前|户口|老家|人在)$")
_AFTER_CUE = re.compile(
    r"市|人|户口|户籍|籍|办|这边|这里|那边|本地|当地|的|能|要|可以|规定|有|没|怎|不|民政|公安|社保|人社|公积金|居委|村|这|[,，。；;？?！!、)）]|$"
)
_STRONG_AFTER = re.compile(r"办|这边|这里|那边|县城|本地|当地|老家|工作|上班|上学|住|生活|民政|公安|社保|政务|人[,，。]|户口")
_ORIGIN_AFTER = re.compile(r"(?:的)?(?:人(?!民|社|力|事|才|防|大)|户口|户籍|籍|居民|身份证|老家)")
_ORIGIN_BEFORE = re.compile(r"(?:户口|户籍|老家|籍贯|出生地?|来自|祖籍|原籍)(?:所在地)?(?:都|也)?(?:在|是|:|：)?$")
_PLACE_BEFORE = re.compile(r"(?:在|到|去|来|回|于|往|向|是)$")
_LEVEL_AFTER = re.compile(r"级(?:以上|以下|人民|各)")
_TINY = ("市中区", "新城区", "老城区", "城中区", "港口区", "城关区", "解放区", "和平区", "建设区", "新建区", "中心区")
_TITLE = re.compile(r"[^，。；？！,;?!\s的]{0,30}(?:条例|实施办法|若干规定|管理办法|管理规定|实施细则)")


@dataclass(frozen=True, slots=True)
class Region:
    """One division. ``name`` is the full path (浙江省金华市义乌市), ``short`` its own official name (义乌市)."""

    name: str
    short: str
    level: str  # nation | province | prefecture | county
    code: str = ""
    parent: str | None = None  # full path of the next higher division
    special_zone: bool = False  # 经济特区 (深圳 珠海 汕头 厦门 海南): may vary national law (立法法第八十四条)
    older_power: bool = False  # 省会, 经济特区所在地的市, 较大的市: earlier regulations stay valid (立法法第八十一条末款)
    wordlike: bool = False  # the short form is also an ordinary word
    full_only: bool = False  # in running text only the full name counts (合作市, 公安县)


@dataclass(frozen=True, slots=True)
class AmbiguousRegion:
    """A name that fits several divisions; ``candidates`` in the order of their codes."""

    candidates: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class RegionMention:
    """A region in running text, half-open span. ``cue``: ``place`` (在杭州办), ``origin`` (杭州户口) or ""; ``title``: in a law's name."""

    start: int
    end: int
    surface: str
    region: Region | None  # None when ambiguous
    candidates: tuple[Region, ...] = ()
    cue: str = ""
    title: bool = False


NATIONAL = Region(NATION, NATION, "nation")


def _short_forms(name: str, level: str) -> list[str]:
    """Usual shorter forms of an official name: 浙江省 → 浙江; 恩施土家族苗族自治州 → 恩施, 恩施州; 义乌市 → 义乌."""
    if level == "province":
        return [_PROVINCES.get(name, name.rstrip("省市"))]
    if "自治" in name and (match := _ETHNIC.search(name)):
        stem, tail = name[: match.start()], name[match.end() :]
        return [stem + tail, stem] if len(stem) >= 2 else []
    stem = name[:-2] if name.endswith(("地区", "新区", "林区")) else name.rstrip("市盟县区旗")
    return [stem] if len(stem) >= 2 and stem != name else []


class Gazetteer:
    """The table of divisions with its indexes; ``gazetteer()`` gives the shared one."""

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        self.by_name: dict[str, Region] = {NATION: NATIONAL}
        self.by_code: dict[str, Region] = {}
        self._full: dict[str, list[Region]] = {}
        self._short: dict[str, list[Region]] = {}
        for code, name, flags in rows:
            self._add(code, name, set(flags.split(",")))
        self.longest = max((len(surface) for surface in (*self._full, *self._short)), default=0)
        self._heads = {surface[:2] for surface in (*self._full, *self._short)}

    def _add(self, code: str, short: str, flags: set[str]) -> Region:
        parent = next((self.by_code[code[:n]] for n in (4, 2) if n < len(code) and code[:n] in self.by_code), NATIONAL)
        region = Region(
            name=short if parent is NATIONAL else parent.name + short,
            short=short,
            level=_LEVELS[len(code)],
            code=code,
            parent=parent.name,
            special_zone="zone" in flags,
            older_power=bool(flags & {"capital", "larger"}) or ("zone" in flags and len(code) == 4),
            wordlike="word" in flags,
            full_only="full" in flags,
        )
        self.by_name[region.name] = self.by_code[code] = region
        self._full.setdefault(short, []).append(region)
        for form in _short_forms(short, region.level):
            self._short.setdefault(form, []).append(region)
        return region

    def named(self, surface: str) -> list[Region]:
        """Divisions with this official name."""
        return self._full.get(surface, [])

    def shortened(self, surface: str) -> list[Region]:
        """Divisions with this shortened name."""
        return self._short.get(surface, [])

    def pieces(self, text: str, start: int) -> Iterable[tuple[int, list[Region], bool]]:
        """Surfaces of the table that begin at ``start``, longest first: ``(end, regions, is_official_name)``."""
        if text[start : start + 2] not in self._heads:
            return
        for end in range(min(len(text), start + self.longest), start + 1, -1):
            surface = text[start:end]
            if regions := self._full.get(surface):
                yield end, regions, True
            if regions := self._short.get(surface):
                yield end, regions, False

    def is_below(self, inner: Region, outer: Region) -> bool:
        """True when ``inner`` lies in ``outer`` (or is it)."""
        return outer is NATIONAL or inner.name == outer.name or inner.name.startswith(outer.name)


def _extra_rows(path: Path, taken: set[str]) -> list[tuple[str, str, str]]:
    """Rows of a TOML file with ``[[region]] name, parent`` tables (full paths; provinces have no parent)."""
    document = tomllib.loads(path.read_text("utf-8"))
    codes: dict[str, str] = {}
    rows = []
    for entry in document.get("region", ()):
        name, parent = str(entry.get("name", "")), str(entry.get("parent", "") or "")
        if not name or (parent and parent not in codes):
            raise BadRule(f"行政区划文件 {path.name} 里“{name}”的上级“{parent}”要先写在它前面。")
        short = name.removeprefix(parent)
        base = codes.get(parent, "")
        code = next(base + f"{n:02d}" for n in range(99, 0, -1) if base + f"{n:02d}" not in taken)
        taken.add(code)
        codes[parent + short] = code
        rows.append((code, short, ",".join(entry.get("flags", ()))))
    return rows


def load(extra: Iterable[Path] = ()) -> Gazetteer:
    """The shipped table plus the regions of each existing file in ``extra``. Raises BadRule for a region without its parent."""
    rows = []
    for line in DATA.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            code, name, *flags = line.split("\t")
            rows.append((code, name, flags[0] if flags else ""))
    taken = {code for code, _, _ in rows}
    for path in extra:
        if path.is_file():
            rows += _extra_rows(path, taken)
    return Gazetteer(rows)


@cache
def gazetteer() -> Gazetteer:
    """The shared table: shipped divisions and those of the demo corpus."""
    return load((DEMO,))


def _descend(table: Gazetteer, text: str, start: int, above: Region | None) -> list[tuple[int, Region]]:
    """Every way to read names of the table from ``start`` to the end of ``text``, each below the one before."""
    if start == len(text):
        return [(0, above)] if above else []
    found: list[tuple[int, Region]] = []
    for end, regions, official in table.pieces(text, start):
        for region in regions:
            if above is None or (region.name != above.name and table.is_below(region, above)):
                found += [(rank + (not official), leaf) for rank, leaf in _descend(table, text, end, region)]
    return found


def parse_region(text: str, within: Region | None = None) -> Region | AmbiguousRegion | None:
    """One region from a name in any usual form (武汉, 湖北武汉市, 义乌, 全国), or AmbiguousRegion, or None when nothing fits.

    A short form that names a province means the province (吉林, 海南); one that names a prefecture wins over counties. ``within`` keeps
    only what lies in it.
    """
    name = _PAREN.sub("", text.strip())
    if name in ("全国", "国家", "中国", "中央", "中华人民共和国"):
        return NATIONAL
    table = gazetteer()
    if name in table.by_name and (within is None or table.is_below(table.by_name[name], within)):
        return table.by_name[name]
    ways = [(rank, region) for rank, region in _descend(table, name, 0, None) if within is None or table.is_below(region, within)]
    if not ways:
        return None
    best = min(rank for rank, _ in ways)
    regions = list(dict.fromkeys(region for rank, region in ways if rank == best))
    return _choose(regions)


def _choose(regions: list[Region]) -> Region | AmbiguousRegion:
    if len(regions) == 1:
        return regions[0]
    for level in ("province", "prefecture"):
        higher = [region for region in regions if region.level == level]
        if len(higher) == 1 and (level == "province" or not any(r.code[:2] in _MUNICIPALITIES for r in regions)):
            return higher[0]
        if higher:
            break
    return AmbiguousRegion(tuple(sorted(regions, key=lambda region: region.code)))


def chain(region: Region | str) -> tuple[Region, ...]:
    """The region and everything above it, nearest first, ending with 全国. Raises KeyError for a name that is not a full path."""
    table = gazetteer()
    here = table.by_name[region] if isinstance(region, str) else region
    found = [here]
    while here.parent:
        here = table.by_name[here.parent]
        found.append(here)
    return tuple(found)


def chain_names(region: str) -> tuple[str, ...]:
    """The names of :func:`chain`; a region that is not known stands alone below 全国."""
    try:
        return tuple(r.name for r in chain(region))
    except KeyError:
        return (region, "全国")


def covers(outer: Region | str, inner: Region | str) -> bool:
    """True when a norm of ``outer`` reaches ``inner``: the same region or one above it. Unknown names cover nothing."""
    table = gazetteer()
    outer_region = table.by_name.get(outer) if isinstance(outer, str) else outer
    inner_region = table.by_name.get(inner) if isinstance(inner, str) else inner
    if outer_region is None or inner_region is None:
        return False
    return any(region.name == outer_region.name for region in chain(inner_region))


def find_regions(text: str, *, titles: bool = False, within: Region | None = None) -> tuple[RegionMention, ...]:
    """Divisions named in running text, in order; names that follow one another downwards (浙江金华义乌) are one mention.

    Names in 《…》 are left out unless ``titles``; a name at the head of a bare law title (浙江省…条例) is marked ``title``. Short names
    that are also ordinary words (日照, 东方) and short county names count only where the words around them show a place. A county name
    that several regions share is settled by ``within`` or by another region named in the text, else the mention is ambiguous.
    """
    table = gazetteer()
    quoted = [match.span() for match in re.finditer(r"《[^》]*》", text)]
    mentions: list[RegionMention] = []
    at = 0
    while at < len(text) - 1:
        if not titles and (skip := next((end for start, end in quoted if start <= at < end), None)):
            at = skip
            continue
        mention = _read(table, text, at)
        if mention:
            mentions.append(mention)
            at = mention.end
        else:
            at += 1
    return tuple(_settle(table, mentions, within))


def _read(table: Gazetteer, text: str, start: int) -> RegionMention | None:
    """The longest downward run of names that begins at ``start``."""
    end, regions = start, tuple[Region, ...]()
    while step := _step(table, text, end, regions):
        end, regions = step
    if not regions:
        return None
    head = re.match(_TITLE, text[end:])
    one = regions[0] if len(regions) == 1 else None
    return RegionMention(start, end, text[start:end], one, () if one else regions, _cue(text, start, end), head is not None)


def _step(table: Gazetteer, text: str, at: int, above: tuple[Region, ...]) -> tuple[int, tuple[Region, ...]] | None:
    for end, regions, official in table.pieces(text, at):
        if above:
            below = [r for r in regions if any(r.name != up.name and table.is_below(r, up) for up in above)]
            if below and (official or not _NOT_AFTER.match(text, end)):
                return end, tuple(below)
            continue
        fit = [region for region in regions if _plausible(text, at, end, region, official)]
        if fit:
            chosen = _choose(fit) if not official else None
            return end, (chosen,) if isinstance(chosen, Region) else tuple(fit)
    return None


def _plausible(text: str, start: int, end: int, region: Region, official: bool) -> bool:
    """Does a surface without a higher name before it mean the place?"""
    before, after = text[max(0, start - 6) : start], text[end : end + 8]
    surface = text[start:end]
    for key, bad in _NOT_BEFORE.items():
        if before and before[-1] in bad and (surface == key or (len(key) == 1 and len(surface) == 2 and surface[0] == key)):
            return False
    placed = bool(_PLACE_BEFORE.search(before))
    strong = bool(_STRONG_AFTER.match(after))
    if official:
        tiny = len(surface) <= 2 or surface in _TINY
        return placed and strong if tiny else not _LEVEL_AFTER.match(after)
    if _NOT_AFTER.match(after) or region.full_only:
        return False
    if region.level == "county" and not region.short.endswith("市"):
        alone = len(gazetteer().shortened(surface)) == 1
        return not region.wordlike and strong and (placed or (alone and bool(_BEFORE_CUE.search(before))))
    if region.wordlike:
        return (placed and bool(_AFTER_CUE.match(after)) and bool(after)) or (bool(_BEFORE_CUE.search(before)) and strong)
    if region.level == "county":
        return bool(_BEFORE_CUE.search(before)) and (strong or bool(_AFTER_CUE.match(after)))
    return True


def _cue(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - 10) : start], text[end : end + 6]
    if _ORIGIN_BEFORE.search(before) or _ORIGIN_AFTER.match(after):
        return "origin"
    return "place" if _PLACE_BEFORE.search(before) or _STRONG_AFTER.match(after) else ""


def _settle(table: Gazetteer, mentions: list[RegionMention], within: Region | None) -> Iterable[RegionMention]:
    """Ambiguous mentions are settled by ``within`` or by the other regions of the text when exactly one candidate remains."""
    known = [mention.region for mention in mentions if mention.region] + ([within] if within else [])
    for mention in mentions:
        if mention.region is None:
            left = [c for c in mention.candidates if any(c.name != up.name and table.is_below(c, up) for up in known)]
            if len(left) == 1:
                mention = replace(mention, region=left[0], candidates=())
        yield mention


def main_region(text: str, within: Region | None = None) -> Region | AmbiguousRegion | None:
    """The region a question is about: where it is handled (在杭州办) before an unmarked name before where someone is from (上海人).

    Two different places of the same standing give AmbiguousRegion unless one lies in the other; no region gives None.
    """
    mentions = find_regions(text, within=within)
    for cues, title in ((("place",), False), (("",), False), (("origin",), False), (("place", "", "origin"), True)):
        group = [m for m in mentions if m.cue in cues and m.title is title]
        if not group:
            continue
        regions = list(dict.fromkeys(m.region for m in group if m.region))
        if not regions:
            return AmbiguousRegion(group[0].candidates)
        deepest = max(regions, key=lambda region: len(region.code))
        if all(covers(region, deepest) for region in regions):
            return deepest
        return AmbiguousRegion(tuple(regions))
    return None
