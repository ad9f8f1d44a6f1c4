"""Chinese legal text: numerals, width, look-alikes, invisible characters, matching names; offsets lead back to the source.

Matching works on normalised text, quoting works on the source: ``normalise`` therefore returns both the text and, for each of its
characters, the place in the source. ``opencc`` is imported only when traditional characters are met.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_DIGIT = {
    **{c: i for i, c in enumerate("〇一二三四五六七八九")},
    **{c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")},
    **{c: i for i, c in enumerate("0123456789")},
    **{c: i for i, c in enumerate("０１２３４５６７８９")},
    "○": 0,
    "Ｏ": 0,
    "O": 0,
    "两": 2,
    "兩": 2,
    "弌": 1,
    "弐": 2,
    "幺": 1,
    "貳": 2,
    "參": 3,
    "陸": 6,
    "ニ": 2,
    "－": 1,
    "—": 1,
    "―": 1,
    "ー": 1,
}
_SCALE = {
    "十": 10,
    "拾": 10,
    "百": 100,
    "佰": 100,
    "千": 1000,
    "仟": 1000,
    "万": 10_000,
    "萬": 10_000,
    "亿": 100_000_000,
    "億": 100_000_000,
}
_TENS = {"廿": 20, "卅": 30, "卌": 40}
NUMERAL = "〇零一二三四五六七八九十百千两廿卅"  # the characters of a numeral in running text
LOOSE_NUMERAL = NUMERAL + "○Oニ－—―ー0-9０-９"  # with the look-alikes seen in labels; for a character class

_INVISIBLE = frozenset("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff\u00ad")
_SPACES = frozenset("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t")
_LOOKALIKE = {"笫": "第", "絛": "条", "項": "项", "條": "条", "〈": "《", "〉": "》", "＜": "《", "＞": "》", "﹙": "(", "﹚": ")"}
_CHANGES = re.compile(
    "[\u00a0\u00ad\u1680\u2000-\u200f\u202a-\u202f\u205f\u2060\u2e80-\u2fdf\u3000\t\uf900-\ufaff\ufe30-\ufe6f\ufeff\uff01-\uff5e"
    "\U0002f800-\U0002fa1f笫絛項條〈〉]"
)
_TRAILING_NOTE = re.compile(r"[（(]\s*((?:19|20)\d{2}(?:[-年./].*?)?(?:修订|修正|修改|公布|版|本|施行|文本)?[^（）()]{0,8})\s*[)）]$")
_NAME_DROP = re.compile(r"[《》〈〉<>＜＞「」『』“”\"\s\u200b-\u200f\ufeff]|中华人民共和国")


@dataclass(frozen=True, slots=True)
class Normalised:
    """Normalised text and, for each of its characters, the index of the source character it came from."""

    text: str
    offsets: tuple[int, ...]
    length: int  # of the source

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Half-open span in the source for a half-open span here; an empty span stays empty."""
        if start >= len(self.offsets):
            return self.length, self.length
        begin = self.offsets[start]
        return (begin, begin) if end <= start else (begin, self.offsets[end - 1] + 1)


def _fold(char: str) -> str:
    """What one source character becomes: nothing, itself, or its plain form."""
    if char in _INVISIBLE:
        return ""
    if char in _SPACES:
        return " "
    if char in _LOOKALIKE:
        return _LOOKALIKE[char]
    code = ord(char)
    if 0xFF01 <= code <= 0xFF5E:
        return chr(code - 0xFEE0)
    if 0x2E80 <= code <= 0x2FDF or 0xF900 <= code <= 0xFAFF or 0xFE30 <= code <= 0xFE6F or 0x2F800 <= code <= 0x2FA1F:
        return unicodedata.normalize("NFKC", char)
    return char


def normalise(text: str, *, simplified: bool = False) -> Normalised:
    """Text for matching: full width → ASCII, spaces → a blank, no invisible characters, 笫 → 第, 〈〉 → 《》, radicals → characters.

    ``simplified`` also turns traditional characters into simplified ones (the length stays the same). Never raises.
    """
    if _CHANGES.search(text) is None:
        out, offsets = text, range(len(text))
    else:
        pieces: list[str] = []
        places: list[int] = []
        for index, char in enumerate(text):
            new = _fold(char) if _CHANGES.match(char) else char
            pieces.append(new)
            places.extend([index] * len(new))
        out, offsets = "".join(pieces), places  # type: ignore[assignment]
    if simplified:
        out = simplify(out)
    return Normalised(out, tuple(offsets), len(text))


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def simplify(text: str) -> str:
    """Traditional → simplified characters, same length always: a phrase rule that would change the length is applied by character."""
    if text.isascii():
        return text
    converted: str = _converter().convert(text)
    if len(converted) == len(text):
        return converted
    single = (_converter().convert(char) for char in text)
    return "".join(new if len(new) == 1 else old for old, new in zip(text, single, strict=True))


def hanzi(text: str) -> int:
    """Chinese characters in a text."""
    return sum("\u4e00" <= c <= "\u9fff" for c in text)


def squeeze(text: str) -> str:
    """The text without white space: two texts that squeeze to the same string say the same."""
    return "".join(text.split())


@lru_cache(maxsize=32_768)
def parse_number(numeral: str) -> int | None:
    """``一百二十八`` → 128, ``128`` → 128, ``廿三`` → 23, ``二〇二〇`` → 2020, ``一百零四`` → 104. ``None`` for anything else."""
    numeral = squeeze(numeral)
    if not numeral:
        return None
    total, section, digit, digits_only = 0, 0, 0, True
    value = 0
    for char in numeral:
        if char in _DIGIT:
            digit = _DIGIT[char]
            value = value * 10 + digit
        elif char in _TENS:
            section, digit, digits_only = section + _TENS[char], 0, False
        elif char in _SCALE:
            scale, digits_only = _SCALE[char], False
            if scale >= 10_000:
                total, section = total + (section + digit or 1) * scale, 0
            else:
                section += (digit or 1) * scale
            digit = 0
        else:
            return None
    return value if digits_only else total + section + digit


@lru_cache(maxsize=32_768)
def format_number(number: int) -> str:
    """128 → ``一百二十八``; 10 → ``十``; 104 → ``一百零四``. Raises ``ValueError`` outside 0…99999."""
    if not 0 <= number <= 99_999:
        raise ValueError(f"number out of range: {number}")
    if number == 0:
        return "零"
    out, pending_zero = "", False
    for scale, name in ((10_000, "万"), (1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, scale)
        if digit == 0:
            pending_zero = bool(out) and number > 0
            continue
        out += ("零" if pending_zero else "") + ("" if digit == 1 and scale == 10 and not out else "一二三四五六七八九"[digit - 1]) + name
        pending_zero = False
    return out


@lru_cache(maxsize=32_768)
def article_label(number: int, sub: int = 0) -> str:
    """(17, 1) → ``第十七条之一``; (44, 0) → ``第四十四条``."""
    return f"第{format_number(number)}条" + (f"之{format_number(sub)}" if sub else "")


@lru_cache(maxsize=32_768)
def clause_label(para: int | None = None, item: int | None = None, subitem: int | None = None) -> str:
    """(1, 2, None) → ``第一款第（二）项`` (立法法(2023) 第六十五条: 款 unnumbered, 项 in brackets, 目 in Arabic numerals)."""
    out = f"第{format_number(para)}款" if para else ""
    out += f"第（{format_number(item)}）项" if item else ""
    return out + (f"第{subitem}目" if subitem else "")


def version_note(title: str) -> str | None:
    """``…条例（2025年修订）`` → ``2025年修订``; a parenthesis that is part of the name (试行, 一) → ``None``."""
    match = _TRAILING_NOTE.search(title.strip())
    return match.group(1) if match else None


@lru_cache(maxsize=65_536)
def law_name(title: str) -> str:
    """Matching name of a norm: no 《》, 中华人民共和国 or spaces, brackets full width, no trailing ``version_note``."""
    name = _NAME_DROP.sub("", title.strip())
    name = _TRAILING_NOTE.sub("", name)
    return _NAME_DROP.sub("", name.replace("(", "（").replace(")", "）").replace("笫", "第"))


_DOC_NUMBER = re.compile(
    r"(?P<organ>[\u4e00-\u9fff]{1,14}?)\s*[〔［\[【（(﹝〈﹙]\s*(?P<year>(?:19|20)\d{2})\s*[〕］\]】）)﹞〉﹚]\s*(?:第\s*)?(?P<serial>\d{1,5})\s*号"
)
_ORDER = re.compile(r"(?P<organ>[\u4e00-\u9fff、]{2,30}?)令\s*(?:\(|（)?第?\s*(?P<serial>[0-9０-９〇零一二三四五六七八九十百千]+)\s*号")


def doc_number(text: str) -> str | None:
    """The first 文号 in the text in its standard form, ``公通字〔2016〕21号`` or ``国务院令第722号``; ``None`` when there is none."""
    folded = normalise(text).text
    match = _DOC_NUMBER.search(folded)
    order = _ORDER.search(folded)
    if match and (order is None or match.start() <= order.start()):
        return f"{match['organ']}〔{match['year']}〕{int(match['serial'])}号"
    if order is None:
        return None
    organ = order["organ"].replace("中华人民共和国", "")
    serial = parse_number(order["serial"])
    return f"{organ}令第{serial}号" if serial is not None else None
