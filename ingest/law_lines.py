"""Lines of a Chinese law text: what each line is, before anything is decided about the whole.

立法法(2023) 第六十五条: 编、章、节、条 are numbered in Chinese numerals, 款 has no number, 项 is numbered in Chinese numerals in brackets,
目 in Arabic numerals. The table of patterns:

=========  ==========================  =================
level      written                     numeral
=========  ==========================  =================
编 章 节    第一编 第二分编 第三章 第四节   Chinese
条          第四十四条, 第十七条之一      Chinese (+ sub)
款          unlabelled paragraph        none
项          （一） (一)                  Chinese, brackets
目          1. 1． 1、 （1） ①           Arabic
=========  ==========================  =================
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.text import LOOSE_NUMERAL, NUMERAL, parse_number

_N = f"[{LOOSE_NUMERAL}]"
# a label may carry stray blanks, full width digits or look-alikes: 笫五十四条, 第三十－条, 第一百二十八 条, 第12条
_LABEL = re.compile(rf"[第笫]\s*({_N}{{1,9}})\s*[条絛條](?:\s?之\s?([{NUMERAL}]{{1,3}})(?![{NUMERAL}]*[款项]))?")
_HEADING = re.compile(rf"[第笫]\s*[{LOOSE_NUMERAL}]{{1,5}}\s*(编|分编|章|节)(?=[\s\u3000]|$|[^规的第、，。；：和或至])")
_SPACED_HEADING = re.compile(rf"[第笫]\s*[{NUMERAL}]{{1,5}}\s*[编章节][\s\u3000]")
_BARE_HEADING = re.compile(r"(总|附|罚|分)\s*则|序\s*言|前\s*言|引\s*言|目\s*[录次]")
_POINT_HEADING = re.compile(rf"([{NUMERAL}]+)、|[（(]([{NUMERAL}]+)[)）]")
_ITEM = re.compile(rf"[（(〔]\s*([{NUMERAL}]{{1,4}})\s*[)）〕](?!项|款|、第|至)")
_SUBITEM = re.compile(r"(?:[（(]\s*(\d{1,2})\s*[)）]|(\d{1,2})\s*[.．、](?!\d)|([①-⑳]))")
_ANNEX = re.compile(
    r"附\s*[:：]|附\s*[件表录图注](?:\s*[一二三四五六七八九十\d１-９]+)?(?:\s*[:：、.．]|[\s\u3000]|$)|(?:抄?送|抄报|主题词|印发)[:：]"
)
_TABLE_TITLE = re.compile(
    r"[^。；：，]{2,40}(?:表|目录|清单|名录|式样|图案|范围|分类)[一二三四五六七八九十\d]*\s*(?:[（(][^（()）]{1,40}[)）])?$"
)
_QUOTED = re.compile(r"[“”]")
_END = frozenset("。；：！？”’）)》〉…;:!?」』】〕|")
_NEVER_CONTINUES = re.compile(
    rf"前[{NUMERAL}]?[款项条]|本[条款](?!例)|[（(〔]\s*[{NUMERAL}\d]|[{NUMERAL}]{{1,3}}、|\d{{1,2}}[.．、]|[①-⑳“]|违反|依照前|有前|附[:：件表录图]|第[{NUMERAL}]+款"
)


@dataclass(slots=True)
class Line:
    """One non-blank line. ``start``/``end``: the content without indentation and Markdown marks; ``marks`` = number of ``#``."""

    kind: str  # markup | heading | article | text
    start: int
    end: int
    text: str
    marks: int = 0
    number: int | None = None  # of an article candidate
    sub: int = 0
    body: int = 0  # where the article's own text starts, in the whole text
    spaced: bool = True  # white space (or nothing) follows the label
    level: int = 0  # of a heading: 1 编, 2 分编, 3 章, 4 节, 0 other


_LINE = re.compile(r"[^\n]*[^\s][^\n]*")
_MARKUP = re.compile(r"<!--.*?-->\s*$")
_EMPTY = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]+")
_LEVELS = {"编": 1, "分编": 2, "章": 3, "节": 4}


def read_lines(text: str) -> list[Line]:
    """Every non-blank line of the text, classified on its own. The conservation of characters starts here: nothing is dropped."""
    lines: list[Line] = []
    for match in _LINE.finditer(text):
        raw = match.group()
        content = raw.strip()
        start = match.start() + (len(raw) - len(raw.lstrip()))
        lines.append(_classify(content, start))
    return lines


def _classify(content: str, start: int) -> Line:
    first = content[0]
    if (first == "<" and _MARKUP.match(content)) or (first in "\u200b\u200c\u200d\u2060" and _EMPTY.fullmatch(content)):
        return Line("markup", start, start + len(content), content)
    if first == "#":
        inner = content.lstrip("#")
        marks = len(content) - len(inner)
        title = inner.strip()
        begin = start + content.find(title) if title else start + len(content)
        return Line("heading", begin, begin + len(title), title, marks=marks, level=heading_level(title))
    if first in "第笫":
        label = _LABEL.match(content)
        if label:
            return _article_line(content, start, label)
        level = heading_level(content)
        if level and len(content) <= 50 and (content[-1] not in "。；：，、" or (content[-1] in "，、" and _SPACED_HEADING.match(content))):
            return Line("heading", start, start + len(content), content, level=level)
    elif len(content) <= 6 and _BARE_HEADING.fullmatch(content):
        return Line("heading", start, start + len(content), content)
    return Line("text", start, start + len(content), content)


def _article_line(content: str, start: int, label: re.Match[str]) -> Line:
    rest = content[label.end() :]
    body = start + label.end() + (len(rest) - len(rest.lstrip()))
    number = parse_number(label.group(1))
    sub = parse_number(label.group(2)) or 0 if label.group(2) else 0
    spaced = not rest or rest[0].isspace()
    return Line("article" if number else "text", start, start + len(content), content, number=number, sub=sub, body=body, spaced=spaced)


def heading_level(title: str) -> int:
    """1 编, 2 分编, 3 章, 4 节; 0 when the title carries no such number."""
    match = _HEADING.match(title)
    return _LEVELS[match.group(1)] if match else 0


def looks_like_reference(rest: str, spaced: bool = False) -> bool:
    """True when the words after 第…条 show that it is cited and not a label (``规定的…``, ``、第…``, ``第二款``, ``至``).

    After a blank only what can never begin an article counts.
    """
    if spaced:
        return rest[:1] in ("的", "、", "，", "。", "；", "》") or rest.startswith("规定")
    return bool(rest) and (
        rest[0] in "的、，。；：和或至与及之所中第》）" or rest.startswith(("规定", "修改", "改为", "增加", "删去", "并入", "作为", "移"))
    )


def unfinished(previous: str) -> bool:
    """True when a paragraph does not end where its line ends (no closing punctuation), so the next line continues it."""
    return previous[-1] not in _END


def continues(previous: str, line: str) -> bool:
    """True when ``line`` is the wrapped rest of ``previous`` (126 files of the corpus break lines in mid-sentence)."""
    if not unfinished(previous) or "＝" in line or "＝" in previous or "=" in line:
        return False
    return not _NEVER_CONTINUES.match(line) or (previous[-1] in "、和或及与并且的" and not item_number(line) and line[0] != "“")


def item_number(line: str) -> tuple[int, int] | None:
    """（三）… → (3, length of the label); ``None`` for anything else."""
    match = _ITEM.match(line)
    number = parse_number(match.group(1)) if match else None
    return (number, match.end()) if match and number else None


def subitem_number(line: str) -> tuple[int, int] | None:
    """``2．…``, ``（2）…`` or ``②…`` → (2, length of the label); ``None`` for anything else."""
    match = _SUBITEM.match(line)
    if not match:
        return None
    number = ord(match.group(3)) - 0x245F if match.group(3) else int(match.group(1) or match.group(2))
    return number, match.end()


def point_heading(line: str) -> tuple[str, int, int] | None:
    """``四、…`` → ("一、", 4, label length); ``（四）…`` → ("（一）", 4, …); ``4.…`` → ("1.", 4, …): the ways 决定 number their points."""
    match = _POINT_HEADING.match(line)
    if match:
        number = parse_number(match.group(1) or match.group(2))
        return ("一、" if match.group(1) else "（一）", number, match.end()) if number else None
    arabic = subitem_number(line)
    return ("1.", arabic[0], arabic[1]) if arabic and line[0] not in "①②③④⑤⑥⑦⑧⑨⑩" else None


def starts_annex(line: str) -> bool:
    """True for 附：, 附件一, 附表, 附录, 附图 and the distribution list 送：… (never for 附则)."""
    return line[0] in "附抄送主印" and bool(_ANNEX.match(line))


def table_title(line: str) -> bool:
    """True for the printed title of a table that follows a law without the word 附 (个人所得税税率表一（…适用）)."""
    return len(line) <= 70 and bool(_TABLE_TITLE.fullmatch(line))


def open_quotes(text: str, before: int = 0) -> int:
    """Balance of “ and ” after ``text``, starting from ``before`` and never below nought."""
    if "“" not in text and "”" not in text:
        return before
    for match in _QUOTED.finditer(text):
        before = before + 1 if match.group() == "“" else max(0, before - 1)
    return before


_INLINE = re.compile(rf"(?<=[。；：！？”）)\s])[第笫]({_N}{{1,9}})\s*条(?:之([{NUMERAL}]{{1,3}}))?")


def inline_articles(text: str) -> list[tuple[int, int, int, int, bool]]:
    """Article labels inside a line, after the end of a sentence: (start of label, start of body, number, sub, spaced)."""
    found: list[tuple[int, int, int, int, bool]] = []
    for match in _INLINE.finditer(text):
        number = parse_number(match.group(1))
        rest = text[match.end() : match.end() + 12]
        spaced = not rest or rest[0].isspace()
        cited = looks_like_reference(rest.lstrip(), spaced)
        if number and match.start() > 0 and not cited:
            body = match.end() + (len(rest) - len(rest.lstrip()))
            found.append((match.start(), body, number, parse_number(match.group(2) or "") or 0, spaced))
    return found
