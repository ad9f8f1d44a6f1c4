"""A reference typed by a person, or one of our own refs: the whole input is one reference, or it is none."""

from __future__ import annotations

import re
from dataclasses import replace

from knowledge.references import Mention, find_references
from knowledge.text import doc_number, law_name, normalise, parse_number

_REF = re.compile(r"(?P<name>[^@#\s]+)@(?P<version>[\w-]+)(?:#(?P<steps>[\w.~-]+))?")
_STEPS = re.compile(
    r"(?:art_(?P<number>\d+)(?:-(?P<sub>\d+))?|point_(?P<point>\d+))?(?:\.?para_(?P<para>\d+))?(?:\.item_(?P<item>\d+))?(?:\.subitem_(?P<subitem>\d+))?"
)
_NUM = r"[〇零一二三四五六七八九十百千两\d]{1,7}"
_INPUT = re.compile(
    rf"《?(?P<title>[^《》@#]{{2,80}}?(?:《[^《》]*》[^《》@#]{{0,20}})?)》?\s*(?:[（(](?P<note>(?:19|20)\d\d[^（）()]*)[)）])?\s*(?:@\s*(?P<version>[\d-]+))?\s*"
    rf"(?:第?\s*(?P<number>{_NUM})\s*条(?:\s*之\s*(?P<sub>[一二三四五六七八九十\d]{{1,3}})(?!\s*[款项]))?)?"
    rf"(?:\s*第?\s*(?P<para>{_NUM})\s*款)?(?:\s*第?\s*[（(]?\s*(?P<item>{_NUM})\s*[)）]?\s*项)?(?:\s*第?\s*(?P<subitem>{_NUM})\s*目)?"
)
_LAWISH = re.compile(
    r"(?:法典|宪法|法|条例|规定|办法|细则|决定|决议|解释|规则|规程|通则|准则|意见|通知|批复|方案|规范|安排|纲要|编|修正案)(?:[（(][^（）()]{1,12}[)）])?$"
)
_TAIL = re.compile(r"^(?P<title>.*?(?:法典|法|条例|规定|办法|细则|决定|解释))\s*(?P<number>\d{1,4})(?:[-.](?P<para>\d{1,2}))?$")


def parse_reference(text: str) -> Mention | None:
    """``优化营商环境条例44条3款``, ``《立法法》(2015)第八十条``, ``民法典@2020-05-28#art_1098``, ``公通字〔2016〕21号``, ``民法典1098``.

    ``None`` when the whole text is not one reference (a question, a proof's name).
    """
    words = normalise(text.strip().strip("。，、；;,.?？")).text.strip()
    ref = _REF.fullmatch(words)
    if ref:
        return _from_ref(ref, words)
    tail = _TAIL.match(words)
    if tail:
        return Mention(
            0, len(words), words, "bare", tail["title"], law_name(tail["title"]), number=int(tail["number"]), para=_int(tail["para"])
        )
    number = doc_number(words)
    if (
        number
        and (found := find_references(words))
        and found[0].kind == "doc_number"
        and found[0].start == 0
        and found[-1].end == len(words)
    ):
        return found[0]
    match = _INPUT.fullmatch(words)
    if match is None:
        return None
    return _from_input(match, words)


def _from_ref(match: re.Match[str], words: str) -> Mention | None:
    steps = _STEPS.fullmatch(match["steps"] or "")
    mention = Mention(0, len(words), words, "title", match["name"], law_name(match["name"]), version=match["version"])
    if steps is None:
        return None
    if steps["point"]:
        return replace(mention, item=int(steps["point"]), para=_int(steps["para"]))
    return replace(
        mention,
        number=_int(steps["number"]),
        sub=_int(steps["sub"]) or 0,
        para=_int(steps["para"]),
        item=_int(steps["item"]),
        subitem=_int(steps["subitem"]),
    )


def _from_input(match: re.Match[str], words: str) -> Mention | None:
    value = {name: parse_number(match[name]) if match[name] else None for name in ("number", "sub", "para", "item", "subitem")}
    title = match["title"].strip()
    quoted = words.startswith("《")
    if not quoted and not _LAWISH.search(title) and not value["number"]:
        return None
    if not quoted and (
        len(title) > 60 or re.search(r"[，。？！；：:?!]|[吗呢哪谁几]|怎么|什么|是否|能不能|可以|多少|要不要|有没有", title)
    ):
        return None
    note = re.match(r"(?:19|20)\d\d(?:-\d\d-\d\d)?", match["note"] or "")
    return Mention(
        0,
        len(words),
        words,
        "title" if quoted else "bare",
        title,
        law_name(title),
        version=match["version"] or (note.group() if note else None),
        number=value["number"],
        sub=value["sub"] or 0,
        para=value["para"],
        item=value["item"],
        subitem=value["subitem"],
    )


def _int(text: str | None) -> int | None:
    return int(text) if text else None
