"""What a recogniser mistakes in Chinese official texts and the text itself puts right: the brackets of a 文号, book-title marks, a stop for a comma."""

from __future__ import annotations

import re

from ingest.glyphs import clean, is_cjk

_QUOTES = str.maketrans({"<": "《", ">": "》", "〈": "《", "〉": "》"})
_YEAR = re.compile(r"(?:〔\s*(?=\d{4}\s*[\])］）〕])|[\[(［（](?=\d{4}\s*〕))(\d{4})\s*[\])］）〕]")
_OPEN, _SHUT = r"[\[(（［〔{【「『]", r"[\])）］〕}】」』]"
_NUMBERED = re.compile(rf"(?:(?<=[\u4e00-\u9fff])|^)\s*{_OPEN}\s*((?:19|20)\d{{2}})\s*{_SHUT}\s*(?=(?:第\s*)?\d{{1,5}}\s*号)")
_TWICE = re.compile(r"[（(](?=[（(][\u4e00-\u9fff]{1,8}〔\d{4}〕(?:第)?\d{1,5}号[)）](?![)）]))")
_STOP = re.compile(r"(?<=[\u4e00-\u9fff])[．](?=[\u4e00-\u9fff])")
_TITLE = 60  # characters of a title in book-title marks whose end was read as a bracket


def line_text(text: str) -> str:
    """One line as read: angle brackets around Chinese are book-title marks; a year between unlike brackets stands between the brackets of a 文号."""
    out = clean(text).strip()
    if not any(is_cjk(c) for c in out):
        return out
    return _YEAR.sub(r"〔\1〕", out.translate(_QUOTES))


def whole_text(text: str) -> str:
    """The joined text of a cell or paragraph: 清民(2014)33号 → 清民〔2014〕33号, 《办法)(清民…) → 《办法》(清民…), 公安．残联 → 公安、残联."""
    out = _TWICE.sub("", _NUMBERED.sub(r"〔\1〕", text))
    return _titles(_STOP.sub("、", out))


def _titles(text: str) -> str:
    """``text`` with 》 for a closing bracket that nothing opened since 《."""
    if "《" not in text:
        return text
    out = list(text)
    start, depth = -1, 0
    for i, char in enumerate(text):
        if char == "《":
            start, depth = i, 0
        elif char == "》":
            start = -1
        elif start >= 0 and char in "（(":
            depth += 1
        elif start >= 0 and char in "）)":
            depth -= 1
            if depth < 0:
                if 1 < i - start < _TITLE:
                    out[i] = "》"
                    if text[i + 1 : i + 2] in ("）", ")", "》") and text[i + 2 : i + 3] in ("（", "("):
                        out[i + 1] = ""
                start = -1
    return "".join(out)
