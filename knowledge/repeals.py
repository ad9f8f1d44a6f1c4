"""同时废止 clauses: which norms a text ends, and from which day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knowledge.text import law_name, parse_number
from knowledge.types import Instrument, Locator, Provision

_CN = "一二三四五六七八九十"
_DATE = re.compile(
    rf"((?:18|19|20)\d\d|[〇○零一二三四五六七八九]{{4}})\s*年\s*(\d{{1,2}}|[{_CN}]{{1,3}})\s*月\s*(\d{{1,2}}|[{_CN}]{{1,3}})\s*日"
)
_TITLE = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》")
_SENTENCE = re.compile(r"[^。；\n]+")
_ENDS = re.compile(
    r"(?:同时|即行|一并|予以|均|自行|随之|也)\s*(?:废止|失效|停止执行)|(?:起|即)(?:废止|失效|停止执行)|不再(?:施行|适用|执行)"
)
_REPEALS = re.compile(r"(?:^|[，、：\s])(?:现?(?:决定)?)?废止[^《》，、的程]{0,14}(?=《)")
_SINCE = re.compile(r"自\s*" + _DATE.pattern + r"\s*起?\s*(?:施行|实施|生效|执行)")
_AMENDING = re.compile(r"^[^《]{0,6}(?:第?[一二三四五六七八九十]*次?\s*)(?:修正|修订|修改|批准)|^的决定")
_NOT_ENDING = re.compile(r"(?:不|未|没有|尚未|或者|、|和|后|被)\s*$")


@dataclass(frozen=True, slots=True)
class Repeal:
    """A norm that a text ends. ``on``: the day the clause states; ``dated``: the day given for the repealed text; span in the text."""

    name: str
    title: str
    on: date | None
    dated: date | None
    start: int
    end: int


def find_repeals(text: str) -> tuple[Repeal, ...]:
    """The norms that a provision's text repeals (``《甲》《乙》同时废止``, ``废止《丙》``). Empty when it repeals none.

    Titles of the decisions that had amended the repealed text, and clauses that speak of repealing in general, are not counted.
    """
    if "废止" not in text and "失效" not in text and "不再" not in text and "停止执行" not in text:
        return ()
    since = _SINCE.search(text)
    on = _day(since) if since else None
    found: list[Repeal] = []
    for sentence in _SENTENCE.finditer(text):
        first, last = _objects(sentence.group())
        if last <= first:
            continue
        base, words = sentence.start(), sentence.group()
        before = first
        for match in _TITLE.finditer(words, first, last):
            if not (_AMENDING.match(words[match.end() :]) or match.group(1).startswith(("关于修改", "关于修订"))):
                days = [day for day in map(_day, _DATE.finditer(words, before, match.start())) if day]
                found.append(
                    Repeal(law_name(match.group(1)), match.group(1), on, max(days, default=None), base + match.start(), base + match.end())
                )
                before = match.end()
    return tuple(found)


def _objects(words: str) -> tuple[int, int]:
    """The stretch of a sentence whose titles are repealed; (0, 0) when it repeals nothing."""
    ends = [match for match in _ENDS.finditer(words) if not _NOT_ENDING.search(words[: match.start()][-3:])]
    if ends:
        return 0, ends[-1].start()
    lead = _REPEALS.search(words)
    return (lead.end(), len(words)) if lead else (0, 0)


def _day(match: re.Match[str]) -> date | None:
    year, month, day = (parse_number(part) for part in match.groups()[:3])
    try:
        return date(year or 0, month or 0, day or 0)
    except ValueError:
        return None


def repeals_of(instrument: Instrument, provisions: Iterable[Provision]) -> tuple[tuple[str, str, date | None, Locator], ...]:
    """(title, matching name, day, place) of every norm a text repeals.

    The day is the one the clause states (an amended text keeps the original's day there, which is the right one), else the text's own
    effective day, else its publication. An older norm of the same name is a version, not a repeal, and is left to the versions.
    """
    out: list[tuple[str, str, date | None, Locator]] = []
    for provision in provisions:
        if provision.kind == "annex":
            continue
        for repeal in find_repeals(provision.text):
            if repeal.name != instrument.name:
                day = repeal.on or instrument.effective or instrument.published
                out.append((repeal.title, repeal.name, day, provision.locator))
    return tuple(out)
