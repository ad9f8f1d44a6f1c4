"""Bases that a question (or a ledger cell) claims: does the instrument exist, does the article, was it in force that day?

An invented law or article is named as such and never mapped to a neighbour. A local document that the library cannot hold is ``unverifiable``,
which is not the same as invented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from assistant.question import Query
from assistant.world import World
from knowledge.catalogue import LibraryCatalogue
from knowledge.references import Mention, find_references
from knowledge.resolve import Outcome, Resolution, resolve
from knowledge.types import Level, Status

STATES = ("title_not_found", "article_not_found", "repealed", "not_yet", "amended", "unverifiable", "ok")
_STATUTE = re.compile(r"(?:法典|法|条例|宪法)$")
_DOCUMENT = re.compile(r"(?:通知|意见|指南|办事指南|规范|方案|纪要|规程|要求|制度|公告|说明|目录|清单|函)(?:[（(][^（）()]*[)）])?$")
_RULE = re.compile(r"(?:办法|细则|规定|规则|决定)(?:[（(][^（）()]*[)）])?$")
_ORGAN = re.compile(r"(?:市|县|区|省|州|镇|乡|街道)[^，。]{0,12}?(?:局|委|办|厅|中心|政府|公司|处|所|站|管理)")


@dataclass(frozen=True, slots=True)
class Claim:
    """One claimed basis. ``ref`` when a stored text was found; ``note`` says in Chinese why it is not a good one."""

    name: str
    state: str
    note: str = ""
    ref: str | None = None
    level: Level | None = None
    mention: Mention | None = None
    resolution: Resolution | None = None


def read_claims(world: World, query: Query) -> tuple[Claim, ...]:
    """Claims of a question, in reading order; none when it names no basis."""
    return claims_in(world, query.text, query.as_of)


def claims_in(world: World, text: str, day: date) -> tuple[Claim, ...]:
    """Claims of any text (a question, a cell 设定依据), checked against the library on that day."""
    catalogue = LibraryCatalogue(world.library)
    out: list[Claim] = []
    for mention in find_references(text, known=lambda name: bool(world.library.instruments(name))):
        if mention.kind in ("self", "relative", "anaphor"):
            continue
        claim = _claim(mention, resolve(mention, catalogue, as_of=day))
        if claim is not None and claim.name not in {c.name for c in out}:
            out.append(claim)
    return tuple(out)


def _claim(mention: Mention, found: Resolution) -> Claim | None:
    name = f"《{mention.title}》{mention.label}" if mention.title else (mention.doc_number or mention.text)
    if found.outcome is Outcome.FOUND and found.instrument is not None:
        state = {Status.REPEALED: "repealed", Status.AMENDED: "amended", Status.NOT_YET: "not_yet"}.get(found.status, "ok")
        note = ""
        if state != "ok":
            by = f"（{found.instrument.ended_by}）" if found.instrument.ended_by else ""
            note = {"repealed": f"已经废止{by}", "amended": f"已被新的文本取代{by}", "not_yet": "还没有施行"}[state]
        return Claim(name, state, note, found.ref, found.instrument.level, mention, found)
    if found.outcome is Outcome.AMBIGUOUS:
        return Claim(name, "ok", found.reason, None, found.candidates[0].level if found.candidates else None, mention, found)
    if found.code in ("article", "clause"):
        level = found.candidates[0].level if found.candidates else (found.instrument.level if found.instrument else None)
        return Claim(name, "article_not_found", found.reason.rstrip("。"), None, level, mention, found)
    return _unknown_title(mention, name, found)


def _unknown_title(mention: Mention, name: str, found: Resolution) -> Claim | None:
    title = mention.title or ""
    if mention.kind == "doc_number" and not title:
        return Claim(name, "unverifiable", "库中没有这个文号", None, None, mention, found)
    if _DOCUMENT.search(title) or (_RULE.search(title) and _ORGAN.search(title)):
        return Claim(name, "unverifiable", "本库没有这份文件；从名称看不是法律、法规", None, Level.NORMATIVE_DOCUMENT, mention, found)
    if _RULE.search(title):
        return Claim(name, "unverifiable", "本库没有这份文件；从名称看可能是规章", None, Level.UNKNOWN, mention, found)
    if _STATUTE.search(title):
        return Claim(name, "title_not_found", "查无此法（本库收有全国性法律、行政法规和部分地方性法规）", None, None, mention, found)
    return None
