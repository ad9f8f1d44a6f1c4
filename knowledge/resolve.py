"""What a reference points at: one candidate, AMBIGUOUS, or NOT_FOUND. An invented title or article is never mapped to a neighbour."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Protocol

from knowledge.references import Mention
from knowledge.text import article_label, clause_label, format_number, law_name
from knowledge.types import Instrument, Status
from knowledge.validity import AmbiguousVersion, starts, status_on, version_on

# a bare title may be cut only behind one of these; a cut behind 省, 市 or any other noun would turn 某市X条例 into X条例
_FUNCTION = re.compile(
    r"(?:[据照按在于从以由及和与或是把用拿说问想请查看了的吗呢吧过将除其这那里时见如像叫称对被让给为有具均凭，。；：、？！ “”\"']"
    r"|违反|符合|办理|适用|引用|认定|属于|触犯|处理|参考|遵守|构成|达到|从事)$"
)
_PLACE = re.compile(r"(?:省|市|县|区|州|旗|盟|国|北京|上海|天津|重庆|广东|浙江|山东|河南|深圳|我市|我省|本市|本省)$")


class Outcome(StrEnum):
    """What became of a reference."""

    FOUND = "found"
    AMBIGUOUS = "ambiguous"
    NOT_FOUND = "not_found"


class Catalogue(Protocol):
    """What resolving needs to know of a library."""

    def instruments(self, name: str) -> Sequence[Instrument]:
        """All versions whose matching name is exactly ``name``."""

    def by_doc_number(self, number: str) -> Sequence[Instrument]:
        """All versions published under a 文号 or 令 (standard form)."""

    def has(self, instrument: Instrument, steps: str) -> bool:
        """Whether ``art_44``, ``art_44.para_1`` or ``point_4`` exists in that version."""

    def last_article(self, instrument: Instrument) -> int | None:
        """The number of the last article; ``None`` when the text has no articles or is not held whole."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where a relative reference stands: the version, and the article and 款 it is written in."""

    instrument: Instrument
    number: int | None = None
    sub: int = 0
    para: int | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """``code`` of a failure: title | version | article | clause | context; ``reason`` is a Chinese sentence for the user.

    ``status``: validity of ``instrument`` on the day asked (a reference to a repealed text is FOUND and says so).
    """

    outcome: Outcome
    mention: Mention
    instrument: Instrument | None = None
    steps: str | None = None
    label: str = ""
    candidates: tuple[Instrument, ...] = ()
    code: str = ""
    reason: str = ""
    status: Status = Status.UNKNOWN

    @property
    def ref(self) -> str | None:
        """``优化营商环境条例@2019-10-22#art_44.para_1``; without steps when the whole norm is meant; ``None`` unless FOUND."""
        if self.outcome is not Outcome.FOUND or self.instrument is None:
            return None
        return self.instrument.ref + (f"#{self.steps}" if self.steps else "")


@lru_cache(maxsize=1)
def short_names() -> dict[str, str]:
    """Abbreviations in common use → matching name (``knowledge/data/law_short_names.toml``)."""
    data = tomllib.loads(resources.files("knowledge").joinpath("data/law_short_names.toml").read_text("utf-8"))
    return {short: full for full, shorts in data["short_names"].items() for short in shorts}


def resolve(mention: Mention, catalogue: Catalogue, as_of: date | None = None, context: Context | None = None) -> Resolution:
    """The one norm and place a mention points at.

    ``as_of``: the version in force that day is meant; without it several versions are AMBIGUOUS. ``context``: for 本法, 前款 …
    Never raises; NOT_FOUND says in Chinese what does not exist.
    """
    if mention.relative is not None:
        mention, failure = _absolute(mention, context)
        if failure:
            return failure
    if mention.kind in ("self", "relative"):
        if context is None:
            return _fail(mention, "context", f"“{mention.text}”没有写明是哪部法。请写出名称，例如《…法》第…条。")
        here = context.instrument
        books = [one for one in catalogue.instruments(here.name) if one.ref == here.ref] or [here]
        return _place(mention, books, catalogue, as_of or starts(here))
    found, name = _candidates(mention, catalogue)
    if not found:
        called = f"《{mention.title}》" if mention.title else mention.doc_number or mention.text
        return _fail(mention, "title", f"库中没有{called}。请核对名称；没有入库不等于没有这个文件。")
    if name and name != mention.name:
        mention = replace(mention, name=name)
    return _choose(mention, found, catalogue, as_of)


def _fail(
    mention: Mention, code: str, reason: str, instrument: Instrument | None = None, candidates: tuple[Instrument, ...] = ()
) -> Resolution:
    outcome = Outcome.AMBIGUOUS if candidates else Outcome.NOT_FOUND
    return Resolution(outcome, mention, instrument, label=mention.label, candidates=candidates, code=code, reason=reason)


def _candidates(mention: Mention, catalogue: Catalogue) -> tuple[Sequence[Instrument], str | None]:
    """Versions by exact name, by a declared abbreviation, by 文号; a bare title also without the words in front of it."""
    if mention.name:
        for name in (mention.name, short_names().get(mention.name)):
            found = catalogue.instruments(name) if name else ()
            if found:
                return found, name
    if mention.doc_number:
        found = catalogue.by_doc_number(mention.doc_number)
        if found and (not mention.name or _one_family(found)):
            return found, None
    if mention.kind == "bare" and mention.title:
        for at in range(1, len(mention.title) - 1):
            before = mention.title[:at]
            if _FUNCTION.search(before) and not _PLACE.search(before):
                name = law_name(mention.title[at:])
                name = short_names().get(name, name)
                found = catalogue.instruments(name)
                if found:
                    return found, name
    return (), None


def _one_family(found: Sequence[Instrument]) -> bool:
    return len({instrument.name for instrument in found}) == 1


def _choose(mention: Mention, found: Sequence[Instrument], catalogue: Catalogue, as_of: date | None) -> Resolution:
    """By the version written, then by the day; several left are AMBIGUOUS."""
    if mention.version:
        versions = [one for one in found if one.version.startswith(mention.version)]
        if not versions:
            known = "、".join(sorted({one.version for one in found}))
            return _fail(mention, "version", f"《{found[0].title}》没有{mention.version}的版本；库中有：{known}。")
        found = versions
    by_ref: dict[str, list[Instrument]] = {}
    for one in found:
        by_ref.setdefault(one.ref, []).append(one)
    if len(by_ref) == 1:
        return _place(mention, found, catalogue, as_of)
    if as_of is None:
        versions_shown = "、".join(sorted(one.version for one in {one.ref: one for one in found}.values()))
        reason = f"《{found[0].title}》有几个版本：{versions_shown}。请写明版本或日期。"
        return _fail(mention, "version", reason, candidates=tuple(ones[0] for ones in by_ref.values()))
    current = version_on([ones[0] for ones in by_ref.values()], as_of)
    if isinstance(current, AmbiguousVersion):
        names = "、".join(f"{one.title}（{one.version}）" for one in current.candidates)
        return _fail(mention, "version", f"{as_of}有几个版本可能有效：{names}。请写明版本。", candidates=current.candidates)
    current = current or _nearest_in_time([ones[0] for ones in by_ref.values()], as_of)
    return _place(mention, by_ref[current.ref], catalogue, as_of)


def _nearest_in_time(versions: Sequence[Instrument], day: date) -> Instrument:
    """None in force: the last that had begun (now repealed), else the first that will begin."""
    begun = [one for one in versions if (starts(one) or date.max) <= day]
    if begun:
        return max(begun, key=lambda one: (starts(one) or date.min, one.version))
    return min(versions, key=lambda one: (starts(one) or date.max, one.version))


def _place(mention: Mention, books: Sequence[Instrument], catalogue: Catalogue, as_of: date | None) -> Resolution:
    """The article and clause in the version (or in one of the books of the version)."""
    chosen = books[0]
    status = status_on(chosen, as_of) if as_of else chosen.status
    if mention.number is None and mention.item is None:
        return Resolution(Outcome.FOUND, mention, chosen, status=status)
    base = f"art_{mention.number}" + (f"-{mention.sub}" if mention.sub else "") if mention.number else f"point_{mention.item}"
    chosen_book = next((one for one in books if catalogue.has(one, base)), None)
    if chosen_book is None:
        return _no_article(mention, books, catalogue)
    if mention.number is None:
        label = f"第{format_number(mention.item or 0)}项"
        return Resolution(Outcome.FOUND, mention, chosen_book, base, label, status=status)
    steps, missing = _clause(mention, chosen_book, catalogue, base)
    if steps is None:
        title = chosen_book.title
        reason = f"《{title}》{article_label(mention.number, mention.sub)}没有{missing}。请核对款、项。"
        return _fail(mention, "clause", reason, chosen_book)
    return Resolution(Outcome.FOUND, mention, chosen_book, steps, mention.label, status=status)


def _no_article(mention: Mention, books: Sequence[Instrument], catalogue: Catalogue) -> Resolution:
    wanted = article_label(mention.number, mention.sub) if mention.number else f"第{format_number(mention.item or 0)}项"
    lasts = [last for last in map(catalogue.last_article, books) if last is not None]
    title = books[0].title
    if mention.number and lasts and mention.number > max(lasts):
        reason = f"《{title}》最后一条是{article_label(max(lasts))}，没有{wanted}。"
    elif not lasts and mention.number:
        reason = f"库中的《{title}》没有条文，无法核对{wanted}。"
    else:
        reason = f"库中的《{title}》（{books[0].version}）没有{wanted}。"
    return _fail(mention, "article", reason, books[0])


def _clause(mention: Mention, instrument: Instrument, catalogue: Catalogue, base: str) -> tuple[str | None, str]:
    """(steps, what is missing): an 项 without 款 is looked for in every 款, and must be in one only or in the first."""
    tail = (f".item_{mention.item}" if mention.item else "") + (f".subitem_{mention.subitem}" if mention.subitem else "")
    label = clause_label(mention.para, mention.item, mention.subitem)
    if not mention.para and not tail:
        return base, ""
    paras = [mention.para] if mention.para else range(1, 13)
    for para in paras:
        steps = f"{base}.para_{para}{tail}"
        if catalogue.has(instrument, steps):
            return steps, ""
    return None, label


def _absolute(mention: Mention, context: Context | None) -> tuple[Mention, Resolution | None]:
    """前款, 前条, 本条, 本款 → article and 款 of the context."""
    if context is None or context.number is None:
        return mention, _fail(mention, "context", f"“{mention.text}”离开上下文无法确定。请写出法名和条号。")
    unit = (mention.relative or "")[-1]
    if (mention.relative or "").startswith("本"):
        para = mention.para or (context.para if unit == "款" else None)
        return replace(mention, number=context.number, sub=context.sub, para=para, relative=None), None
    if unit == "条":
        number = context.number - mention.back
        gone = number < 1
        moved = replace(mention, number=max(number, 1), relative=None)
    elif unit == "款":
        para = (context.para or 0) - mention.back
        gone = para < 1
        moved = replace(mention, number=context.number, sub=context.sub, para=max(para, 1), relative=None)
    else:
        gone, moved = True, mention
    return moved, _fail(mention, "context", f"“{mention.text}”之前没有这样的条款。") if gone else None
