"""The day a version took effect, and how that is known. Trap: the last article of an amended text carries the ORIGINAL's date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from ingest.law_header import DATE, to_date
from knowledge.text import parse_number
from knowledge.types import Event, Instrument, Provision

_KIND_WORDS = (
    "法典|法|条例|规定|办法|细则|实施细则|实施办法|决定|决议|解释|规则|规程|通则|通知|批复|意见"
    "|暂行\\S{2,4}|修正案|规范|制度|标准|安排|方案|若干规定|解答|章程|纲要|命令|令"
)
_SELF = rf"(?:本|此|该)\s?(?:{_KIND_WORDS})"
_STATED = re.compile(
    rf"(?:{_SELF}[^。；]{{0,40}}?|^\s*)自\s*(?:{DATE}|(?P<pub>公布|发布|颁布|通过|印发|批准)(?:之)?日)(?P<delay>[^，。；]{{0,14}}?)(?:起|以后|后|开始)?\s*"
    r"(?:施行|实施|生效|执行|实行|试行)"
)
_LATE = re.compile(rf"(?:{_SELF})[^。；]{{0,6}}?(?:从|于|由)\s*{DATE}\s*(?:起|开始)?\s*(?:施行|实施|生效|执行|实行)")
_ON_PUBLICATION = re.compile(
    rf"{_SELF}[^。；]{{0,8}}(?:从|自|由)?(?:公布|发布|颁布|通过|批准)(?:之)?日[^。；]{{0,6}}(?:施行|实施|生效|执行|实行|起)"
)
_DELAY = re.compile(r"(?:起|后|满|之后)*\s*(?:满)?([一二三四五六七八九十两\d]{1,4})\s*(日|天|个月|月)")


_SLACK = 31  # days by which the date in a file's name may lie after the day a text took effect (published late), unless it was amended


def with_effective(instrument: Instrument, provisions: Sequence[Provision]) -> Instrument:
    """The instrument with ``effective`` and ``effective_basis``.

    Bases: ``article`` (the text's own last article), ``header`` (题注 施行), ``on_publication``, ``amendment`` (the stated
    date is the original's, so the day of the amendment is taken, which the amending decision may have postponed),
    ``not_stated`` (stays ``None``).
    """
    published = instrument.published
    stated, how = _stated(provisions, instrument)
    header = _header_date(instrument.history)
    amended = _amended(instrument.history, published)
    for day, basis in ((header, "header"), (stated, how)) if _header_is_newer(header, stated) else ((stated, how), (header, "header")):
        if day and (published is None or day >= published or (not amended and (published - day).days <= _SLACK)):
            return replace(instrument, effective=day, effective_basis=basis)
    if published and (amended or stated or header):
        return replace(instrument, effective=published, effective_basis="amendment")
    return replace(instrument, effective=None, effective_basis="not_stated")


def _header_is_newer(header: date | None, stated: date | None) -> bool:
    return bool(header and stated and header > stated)


def _amended(history: tuple[Event, ...], published: date | None) -> bool:
    """True when this version is an amended one. Without a version date any amendment counts."""
    days = [event.on for event in history if event.kind in ("修正", "修订")]
    first = [event.on for event in history if event.kind in ("通过", "公布", "批准") and event.on]
    passed = [event.on for event in history if event.kind == "通过" and event.on]
    if len(passed) > 1 and (max(passed) - min(passed)).days > 400:  # passed again years later: amended without saying so (司法解释)
        return True
    return bool(days) and (not first or published is None or published > min(first) or len(days) > 1)


def _header_date(history: tuple[Event, ...]) -> date | None:
    days = [event.on for event in history if event.on and (event.kind == "施行" or re.search(r"(?:公布|发布)(?:之日起?)?施行", event.text))]
    return max(days) if days else None


def _stated(provisions: Sequence[Provision], instrument: Instrument) -> tuple[date | None, str]:
    """(day, basis) from the text's own words, searched from its end."""
    own = [p for p in provisions if p.kind != "annex"]
    for provision in [*reversed(own[-4:]), *own[:-4][:3], *reversed(own[3:-4])]:
        if "行" not in provision.text and "效" not in provision.text:
            continue
        for match in [*_STATED.finditer(provision.text), *_LATE.finditer(provision.text)]:
            day = to_date(match) if match.group("y") else _relative(match.groupdict().get("delay") or "", _proclaimed(instrument))
            if day:
                return day, "article" if match.group("y") else "on_publication"
        if _ON_PUBLICATION.search(provision.text) and _proclaimed(instrument):
            return _proclaimed(instrument), "on_publication"
    return None, "not_stated"


def _proclaimed(instrument: Instrument) -> date | None:
    """The day of publication of this version: the 公布 event that is not before it, else the version's own date."""
    days = [event.on for event in instrument.history if event.on and event.kind == "公布"]
    later = [day for day in days if instrument.published is None or day >= instrument.published]
    return max(later) if later else instrument.published


def _relative(words: str, base: date | None) -> date | None:
    """自公布之日起三十日后: the day of publication and what is added to it."""
    match = _DELAY.search(words)
    if base is None or not match:
        return base
    count = parse_number(match.group(1)) or 0
    if match.group(2) in ("日", "天"):
        return base + timedelta(days=count)
    year, month = divmod(base.year * 12 + base.month - 1 + count, 12)
    for last in (base.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return None
