"""Characters that look right and are not: radicals in place of ideographs, zero-width characters, odd spaces.

Browsers that print Chinese pages to PDF often map a glyph back to a radical (``⼾⼝`` for 户口, ``⻔`` for 门); every later comparison
would fail without a sign. Every replacement is one character for one, so offsets do not move; only zero-width characters disappear.
"""

from __future__ import annotations

import unicodedata

# CJK Radicals Supplement has no compatibility decomposition; pairs radical, ideograph.
_SUPPLEMENT = (
    "⺁厂⺄乙⺅亻⺆冂⺇几⺉刂⺊卜⺎兀⺐尢⺒巳⺓幺⺔彑⺕彐⺖忄⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺦丬⺧牛⺨犭⺩王⺪疋⺫目⺬示⺭礻⺮竹"
    "⺯糹⺰纟⺲罒⺴网⺶羊⺷羊⺸羊⺹耂⺺肀⺻聿⺼肉⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻇角⻈讠⻉贝⻊足⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑長⻒镸⻓长⻔门⻖阝"
    "⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻞飠⻠饣⻡首⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
)
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"


def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = {}
    for code in range(0x2F00, 0x2FD6):  # Kangxi radicals
        table[code] = unicodedata.normalize("NFKC", chr(code))
    for code in range(0xF900, 0xFB00):  # compatibility ideographs
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1:
            table[code] = plain
    table.update({ord(a): b for a, b in zip(_SUPPLEMENT[::2], _SUPPLEMENT[1::2], strict=True)})
    table[0x2F3E] = "户"  # its decomposition is the traditional 戶; simplified fonts print 户 with it
    table[0x00A0] = " "
    table[0x2028] = table[0x2029] = "\n"
    table.update({ord(c): None for c in _ZERO_WIDTH})
    return table


_TABLE = _table()


def clean(text: str) -> str:
    """Return ``text`` with radicals as ideographs, no zero-width characters, no-break spaces as spaces. Width is left alone."""
    return text.translate(_TABLE)


def visible(text: str) -> int:
    """Number of characters of ``text`` that are not white space: the unit of the conservation ledger."""
    return len("".join(text.split()))


def is_cjk(char: str) -> bool:
    """True for Chinese ideographs and Chinese or full-width punctuation."""
    code = ord(char)
    return 0x2E80 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0xFF00 <= code <= 0xFFEF or 0x20000 <= code <= 0x3FFFF


def join_wrapped(first: str, second: str) -> str:
    """Join two halves of a wrapped line: no space between Chinese characters, one between Latin words or numbers' words."""
    if not first or not second:
        return first + second
    a, b = first[-1], second[0]
    if a.isascii() and b.isascii() and a.isalpha() and b.isalpha():
        return f"{first} {second}"
    return first + second
