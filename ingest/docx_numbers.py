"""Automatic numbering of Word documents: the labels (第一条, 1., （一）) that the file does not store as text."""

from __future__ import annotations

import re
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "〇一二三四五六七八九"
_STEMS = "甲乙丙丁戊己庚辛壬癸"


def chinese_number(n: int) -> str:
    """``23`` → ``二十三``, for 1 to 9999; other numbers in digits."""
    if not 0 < n < 10_000:
        return str(n)
    out, zero = "", False
    for unit, base in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = n // base % 10
        if digit:
            out += ("零" if zero and out else "") + _DIGITS[digit] + unit
            zero = False
        else:
            zero = True
    return out[1:] if out.startswith("一十") else out


def _roman(n: int) -> str:
    out = ""
    for value, sign in ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
        while n >= value:
            out, n = out + sign, n - value
    return out


def _print(n: int, style: str) -> str:
    if style.startswith(("chinese", "taiwanese")) or style in ("ideographDigital", "japaneseCounting"):
        return chinese_number(n)
    if style == "ideographTraditional":
        return _STEMS[(n - 1) % 10]
    if style == "lowerLetter":
        return chr(ord("a") + (n - 1) % 26)
    if style == "upperLetter":
        return chr(ord("A") + (n - 1) % 26)
    if style == "lowerRoman":
        return _roman(n)
    if style == "upperRoman":
        return _roman(n).upper()
    if style == "decimalEnclosedCircle" and n <= 20:
        return chr(0x2460 + n - 1)
    return f"{n:02d}" if style == "decimalZero" else str(n)


class Numbering:
    """Counts numbered paragraphs in document order and prints their labels."""

    def __init__(self, root: Any, styles: Any) -> None:
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, list[int]] = {}
        self._styles: dict[str, tuple[str, int]] = {}
        if root is not None:
            for abstract in root.iter(W + "abstractNum"):
                levels = {int(v.get(W + "ilvl", "0")): self._level(v) for v in abstract.iter(W + "lvl")}
                self._levels[abstract.get(W + "abstractNumId")] = levels
            for num in root.iter(W + "num"):
                target = num.find(W + "abstractNumId")
                if target is not None:
                    self._abstract[num.get(W + "numId")] = target.get(W + "val")
        if styles is not None:
            for style in styles.iter(W + "style"):
                found = self._properties(style.find(W + "pPr"))
                if found is not None:
                    self._styles[style.get(W + "styleId")] = found

    @staticmethod
    def _level(level: Any) -> tuple[str, str, int]:
        def value(tag: str, default: str) -> str:
            node = level.find(W + tag)
            return default if node is None else str(node.get(W + "val", default))

        start = value("start", "1")
        return value("numFmt", "decimal"), value("lvlText", ""), int(start) if start.isdigit() else 1

    @staticmethod
    def _properties(ppr: Any) -> tuple[str, int] | None:
        node = None if ppr is None else ppr.find(W + "numPr")
        number = None if node is None else node.find(W + "numId")
        if node is None or number is None:
            return None
        level = node.find(W + "ilvl")
        return str(number.get(W + "val")), 0 if level is None else int(level.get(W + "val", "0"))

    def label(self, paragraph: Any) -> str:
        """The printed label of a paragraph, empty for an unnumbered or bulleted one. Call once per paragraph, in order."""
        ppr = paragraph.find(W + "pPr")
        found = self._properties(ppr)
        if found is None and ppr is not None:
            style = ppr.find(W + "pStyle")
            found = None if style is None else self._styles.get(style.get(W + "val"))
        if found is None or found[0] == "0":
            return ""
        abstract = self._abstract.get(found[0], "")
        levels = self._levels.get(abstract, {})
        if found[1] not in levels or levels[found[1]][0] in ("bullet", "none"):
            return ""
        counts = self._counts.setdefault(abstract, [])
        while len(counts) <= found[1]:
            counts.append(levels.get(len(counts), ("", "", 1))[2] - 1)
        counts[found[1]] += 1
        del counts[found[1] + 1 :]

        def shown(match: re.Match[str]) -> str:
            i = int(match.group(1)) - 1
            return _print(max(counts[i], 1), levels[i][0]) if i < len(counts) and i in levels else ""

        return re.sub(r"%(\d)", shown, levels[found[1]][1])
