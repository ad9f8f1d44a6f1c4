"""Find references in running text: 《…》第…条第…款第（…）项, bare titles, 本法第…条, 前款, 文号. What they point at: ``knowledge.resolve``.

Finding never guesses: a mention says what is written and where; whether such a norm or article exists is another question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from knowledge.text import article_label, clause_label, doc_number, law_name, normalise, parse_number

_NUM = r"[〇零一二三四五六七八九十百千两\d]{1,7}"
_LOC = re.compile(
    rf"第?\s*(?P<number>{_NUM})\s*条(?:\s*之\s*(?P<sub>[一二三四五六七八九十\d]{{1,3}})(?![一二三四五六七八九十\d]*[款项]))?"
    rf"(?:\s*第?\s*(?P<para>{_NUM})\s*款)?(?:\s*第?\s*[（(]?\s*(?P<item>{_NUM})\s*[)）]?\s*项)?(?:\s*第?\s*(?P<subitem>{_NUM})\s*目)?"
)
_PART = re.compile(rf"(?:第\s*(?P<para>{_NUM})\s*款)?(?:第?\s*[（(]?\s*(?P<item>{_NUM})\s*[)）]?\s*项)?(?:第?\s*(?P<subitem>{_NUM})\s*目)?")
_JOIN = re.compile(r"\s*(?P<range>至|到|[-—~～])?\s*(?:、|，|和|及|以及|或者|或|与|并)?\s*(?=第|[（(])")
_TITLE = re.compile(r"《(?P<title>(?:[^《》]|《[^《》]*》)+)》")
_AFTER_TITLE = re.compile(
    r"\s*(?:[（(](?P<note>[^（）()]{1,40})[)）])?\s*(?:[（(](?P<note2>[^（）()]{1,40})[)）])?\s*(?:@(?P<version>[\w-]+))?\s*(?:的)?\s*"
)
_ENDING = "法典|宪法|法|条例|规定|办法|细则|决定|决议|解释|规则|规程|通则|准则|意见|通知|批复|方案|规范|安排|纲要"
_BARE = re.compile(
    rf"[\u4e00-\u9fff·、（）]{{1,45}}(?:{_ENDING})(?:[（(][^（）()]{{1,12}}[)）])?(?=\s*(?:的\s*)?(?:第\s*{_NUM}|\d{{1,4}}|[一二三四五六七八九十百零]{{1,7}})\s*[条项])"
)
# 劳动合同法, 基本法 and 样本条例 do not point at themselves
_WHO = r"(?:(?<![合共相不])同|(?<![基根样版资成标])本|(?<!应)该|此)"
_SELF = re.compile(
    rf"(?P<who>{_WHO})(?:实施|暂行|若干)?(?:法典|法|条例|规定|办法|细则|决定|解释|规则|规程|通则|意见|通知|规范)(?=\s*第\s*{_NUM}\s*条)"
)
_SELF_NAMED = re.compile(rf"{_WHO}(?:实施|暂行|若干)?(?:{_ENDING})$")
_RELATIVE = re.compile(
    rf"(?<![目当之以年日天网线身路])(?P<which>前|上)(?P<count>[一二两三四五六七八九十]{{0,2}})(?P<unit>款|条|项)(?![例件约目额项式待])"
    rf"|(?P<this>本条|本款)(?![例件约项额])(?:第\s*(?P<para>{_NUM})\s*款)?"
    rf"(?:第\s*[（(]?\s*(?P<item>{_NUM})\s*[)）]?\s*项)?"
)
# the code of an organ in a 文号 never holds these characters, so the words before it are cut at them
_CODE = "[^\\W\\d_A-Za-z和与及按据照依见看的由在对或款条项说到用引反定问是了要从号查凭第违]"
_DOC = re.compile(
    rf"(?:{_CODE}){{1,14}}\s*[〔［\[【（(﹝]\s*(?:19|20)\d{{2}}\s*[〕］\]】）)﹞]\s*(?:第\s*)?\d{{1,5}}\s*号"
    rf"|(?:中华人民共和国)?(?:{_CODE}|、){{2,24}}?令\s*[（(]?第?\s*[\d〇零一二三四五六七八九十百]+\s*号|(?<!\d)\d{{1,4}}\s*号令"
)
_NESTED = re.compile(
    rf"(?P<organ>[\u4e00-\u9fff、]{{0,30}})(?:关于[\u4e00-\u9fff]{{0,10}}|实施)《[^《》]{{1,40}}》[^\W\d_第，。]{{0,30}}?"
    rf"(?:解释|规定|办法|意见|批复|决定|细则|条例)(?:[（(][一二三四五六七八九十]+[)）])?(?P<loc>(?=\s*第\s*{_NUM}\s*条))?"
)
_MAKER = re.compile(r"(?:法院|检察院|部|局|院|委员会|会|省|市|州|县|区)$")
_INNER_LOC = re.compile(rf"第?\s*{_NUM}\s*[条款项目](?!例)")
# only words that begin no title: 国家…法, 对外…法, 看守所条例 must stay whole (``knowledge.resolve`` cuts with the library's names at hand)
_LEAD = re.compile(r"^(?:根据|依据|依照|按照|参照|适用|违反|符合|引用|请问|以及|或者|并且|但是|因为|所以|如果|和|与|及|或|、|，|我国的?)+")
_DOC_LEAD = re.compile(
    r"^(?:根据|依据|依照|按照|参照|见|看|和|与|及|以及|或|、|的|由|按|在|对|引用|违反|规定|请问|文件|通知|意见|解释|办法|原|日(?=原|国|公|财|教))+"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One place of a text that points at a norm. ``start``/``end``: half-open characters in the text searched.

    ``kind``: ``title`` (《…》), ``bare`` (a title without 《》), ``self`` (本法第…条, or 第…条 alone), ``relative`` (前款, 本条),
    ``doc_number``. ``until``: last article of a range. ``relative``: the words, with ``back`` = how many 款/条 before.
    """

    start: int
    end: int
    text: str
    kind: str
    title: str | None = None  # as written, without 《》
    name: str | None = None  # matching name
    doc_number: str | None = None
    version: str | None = None
    number: int | None = None
    sub: int = 0
    para: int | None = None
    item: int | None = None
    subitem: int | None = None
    until: int | None = None
    relative: str | None = None
    back: int = 0

    @property
    def label(self) -> str:
        """第四十四条第一款第（二）项; empty when no article is named."""
        article = article_label(self.number, self.sub) if self.number else ""
        return article + clause_label(self.para, self.item, self.subitem)


def find_references(text: str, *, known: Callable[[str], bool] | None = None) -> tuple[Mention, ...]:
    """Every reference in the text, in order, none overlapping another.

    ``known``: tells whether a matching name is a norm of the library; with it, bare titles without an article are found too and a bare
    title is cut where a known name begins. Lists (第一条、第三条) give one mention each; a range (第一条至第五条) gives one with ``until``.
    """
    folded = normalise(text)
    found: list[Mention] = []
    last_title: Mention | None = None
    position = 0
    words = folded.text
    for start, end, make in _heads(words, known):
        if start < position:
            continue
        head = make()
        if head.relative is None:
            mentions, position = _with_locators(words, head, end)
        else:
            mentions, position = [head], end
        if head.kind == "anaphor":
            mentions = [_refer_back(mention, last_title) for mention in mentions]
        elif head.kind in ("title", "bare"):
            last_title = head
        found.extend(mentions)
    return tuple(_in_source(mention, folded.source_span(mention.start, mention.end), text) for mention in found)


def _in_source(mention: Mention, span: tuple[int, int], text: str) -> Mention:
    return replace(mention, start=span[0], end=span[1], text=text[span[0] : span[1]])


def _refer_back(mention: Mention, last: Mention | None) -> Mention:
    """该条例第…条 belongs to the title named last."""
    if last is None:
        return replace(mention, kind="self")
    return replace(mention, kind="title", title=last.title, name=last.name, doc_number=last.doc_number, version=last.version)


Head = tuple[int, int, Callable[[], Mention]]


def _heads(words: str, known: Callable[[str], bool] | None) -> Iterator[Head]:
    """Where references begin, in order; the longest of those that begin at the same place first."""
    heads: list[Head] = []
    for match in _TITLE.finditer(words):
        heads.append((match.start(), match.end(), lambda m=match: _titled(m)))  # type: ignore[misc]
    for match in _SELF.finditer(words):
        kind = "self" if match["who"] == "本" else "anaphor"
        heads.append((match.start(), match.end(), lambda m=match, k=kind: Mention(m.start(), m.end(), m.group(), k)))  # type: ignore[misc]
    for match in _RELATIVE.finditer(words):
        heads.append((match.start(), match.end(), lambda m=match: _relative(m)))  # type: ignore[misc]
    for match in _DOC.finditer(words):
        start = match.start() + _lead(_DOC_LEAD, match.group())
        heads.append((start, match.end(), lambda s=start, m=match: _numbered(words, s, m.end())))  # type: ignore[misc]
    for start, end in _bare_titles(words, known):
        heads.append((start, end, lambda s=start, e=end: _bare(words, s, e)))  # type: ignore[misc]
    for match in re.finditer(rf"第\s*{_NUM}\s*条", words):
        heads.append((match.start(), match.start(), lambda m=match: Mention(m.start(), m.start(), "", "self")))  # type: ignore[misc]
    return iter(sorted(heads, key=lambda head: (head[0], -head[1])))


def _lead(pattern: re.Pattern[str], words: str) -> int:
    match = pattern.match(words)
    return match.end() if match and match.end() < len(words) - 1 else 0


def _titled(match: re.Match[str]) -> Mention:
    return Mention(match.start(), match.end(), match.group(), "title", match["title"], law_name(match["title"]))


def _bare(words: str, start: int, end: int) -> Mention:
    title = words[start:end]
    return Mention(start, end, title, "bare", title, law_name(title))


def _numbered(words: str, start: int, end: int) -> Mention:
    written = words[start:end]
    short = re.fullmatch(r"(\d{1,4})\s*号令", written)
    number = f"国务院令第{short.group(1)}号" if short else doc_number(written)
    return Mention(start, end, written, "doc_number", doc_number=number)


def _relative(match: re.Match[str]) -> Mention:
    number = {name: parse_number(match[name]) if match[name] else None for name in ("count", "para", "item")}
    back = 0 if match["this"] else (number["count"] or 1)
    relative = match["this"] or f"{match['which']}{match['unit']}"
    return Mention(
        match.start(), match.end(), match.group(), "relative", para=number["para"], item=number["item"], relative=relative, back=back
    )


def _bare_titles(words: str, known: Callable[[str], bool] | None) -> Iterator[tuple[int, int]]:
    """Titles without 《》 right before an article number; with ``known`` also those standing alone."""
    for match in _NESTED.finditer(words):
        start = match.start() + _lead(_LEAD, match.group())
        if match["loc"] is not None or _MAKER.search(match["organ"]):
            yield start, match.end()
    locators = [loc.end() for loc in _INNER_LOC.finditer(words)]
    for match in _BARE.finditer(words):
        start = max([match.start(), *(end for end in locators if end < match.end())])
        start += _lead(_LEAD, words[start : match.end()])
        if known is not None:
            start = next((at for at in range(match.start(), match.end() - 1) if known(law_name(words[at : match.end()]))), start)
        cut = max(words.rfind(mark, start, match.end()) for mark in ("、", "）")) + 1 if known is None else 0
        if not _SELF_NAMED.search(words[max(start, cut) : match.end()]):
            yield max(start, cut), match.end()
    if known is not None:
        for match in re.finditer(rf"(?:{_ENDING})", words):
            for at in range(max(0, match.end() - 45), match.end() - 1):
                if known(law_name(words[at : match.end()])) and _stands_alone(words, at):
                    yield at, match.end()
                    break


def _stands_alone(words: str, at: int) -> bool:
    """A known name is not the tail of a longer one (上海市优化营商环境条例 holds 优化营商环境条例)."""
    return at == 0 or not re.search(r"(?:省|市|县|区|州|旗|国|暂行|实施|[\u4e00-\u9fff]特区)$", words[max(0, at - 4) : at])


def _with_locators(words: str, head: Mention, end: int) -> tuple[list[Mention], int]:
    """The head with every article, clause and item that follows it; the head alone when none does."""
    after = _AFTER_TITLE.match(words, end)
    assert after is not None
    notes = [after[name] for name in ("note", "note2") if after[name]] if head.kind in ("title", "bare") else []
    for note in notes:
        number = doc_number(note)
        head = replace(head, doc_number=number or head.doc_number, version=head.version or (None if number else _version(note)))
    head = replace(head, version=after["version"] or head.version)
    at = after.end() if notes or after["version"] or head.kind != "self" else end
    loc = _LOC.match(words, at)
    if loc is None:
        point = re.compile(rf"第\s*[（(]?\s*({_NUM})\s*[)）]?\s*项").match(words, at)
        if point and head.kind in ("title", "bare", "doc_number"):
            return [replace(head, item=parse_number(point.group(1)), end=point.end())], point.end()
        close = max(after.end("note"), after.end("note2")) + 1 if notes else end
        return [replace(head, end=max(end, close))], max(end, close)
    first = replace(_located(head, loc), end=loc.end())
    return _list(words, first, loc.end())


def _list(words: str, first: Mention, end: int) -> tuple[list[Mention], int]:
    """第一条、第三条和第五条第二款; 第一条至第五条; 第一款、第三款."""
    mentions = [first]
    while True:
        join = _JOIN.match(words, end)
        if join is None:
            return mentions, end
        loc = _LOC.match(words, join.end())
        last = mentions[-1]
        if loc and words[loc.start()] == "第":
            step = _located(replace(first, version=first.version), loc)
            if join["range"] and step.number and not step.para:
                mentions[-1] = replace(last, until=step.number, end=loc.end())
            else:
                mentions.append(replace(step, start=loc.start(), end=loc.end()))
            end = loc.end()
            continue
        part = _PART.match(words, join.end())
        if part is None or part.end() == join.end() or join.end() == end:
            return mentions, end
        para, item, subitem = (parse_number(part[name]) if part[name] else None for name in ("para", "item", "subitem"))
        step = replace(last, para=para or last.para, item=item, subitem=subitem, start=part.start(), end=part.end(), until=None)
        mentions.append(step)
        end = part.end()


def _located(head: Mention, loc: re.Match[str]) -> Mention:
    value = {name: parse_number(loc[name]) if loc[name] else None for name in ("number", "sub", "para", "item", "subitem")}
    return replace(
        head, number=value["number"], sub=value["sub"] or 0, para=value["para"], item=value["item"], subitem=value["subitem"], until=None
    )


def _version(note: str) -> str | None:
    """（2015年修正） → 2015; （2019-10-22） → 2019-10-22; anything else is part of the name or says nothing of the version."""
    match = re.match(r"((?:19|20)\d{2})(?:[-年./](\d{1,2})[-月./](\d{1,2}))?", note)
    if match is None:
        return None
    return f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}" if match[2] else match[1]
