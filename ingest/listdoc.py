"""Facts about a document that stand around its tables: title, 文号, issuer, region, dates, effect of a list."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ingest.blocks import Blocks, Paragraph, Table
from ingest.kinds import document_kinds, list_kind
from ingest.place import region_of
from knowledge.text import doc_number as standard_number
from knowledge.text import parse_number
from knowledge.types import DocKind, ListKind, Locator, Problem

ANNEX = re.compile(r"^附\s*[件表]?\s*[（(]?[\d一二三四五六七八九十]{0,3}[)）]?\s*[:：.．、]?\s*(?=\S|$)")
_LABELS = {
    "issuer": "发布机构|发布机关|发文机关|发文机构|发布单位|发文单位|制定机关|印发机关|公布机关|发布部门"
    "|印发单位|编制单位|制定单位|发布主体|信息来源|来源",
    "published": "发布日期|发布时间|公布日期|公布时间|成文日期|印发日期|发文日期|发文时间|生成日期|印发时间|公开日期|公示日期|日期",
    "effective": "施行日期|实施日期|生效日期|执行日期|施行时间|实施时间|生效时间|执行时间|起始日期",
    "number": "文号|发文字号|文件编号|发文文号",
    "none": "索引号|主题分类|主题词|有效性|时效|名称|标题|字体|浏览次数|访问量|阅读|点击|责任编辑|分享|打印|公开方式|公开属性"
    "|填报单位|填报人|联系电话|填报日期|单位|联系人|制表",
}
_ANY_LABEL = "|".join(_LABELS.values())
_OPEN, _CLOSE = r"(?:^|[\s　|｜【\[（(;；,，])[【\[]?\s*", r"\s*[】\]]?\s*[:：]\s*"
_STOP = rf"(?=\s*[|｜]|(?:[\s　;；【\[]|^)*(?:{_ANY_LABEL})\s*[】\]]?\s*[:：]|\s{{3,}}|$)"
_PAIR = {key: re.compile(rf"{_OPEN}(?:{words}){_CLOSE}(.*?)\s*[】\]]?{_STOP}") for key, words in _LABELS.items()}
_DIGIT = "[〇○零一二三四五六七八九十\\d]"
_DATE = re.compile(rf"({_DIGIT}{{4}})\s*[年./-]\s*({_DIGIT}{{1,3}})\s*[月./-]\s*({_DIGIT}{{1,3}})\s*日?")
_PARTIAL = re.compile(r"^\s*(\d{4})(\s*[年./-]\s*\d{1,2}\s*月?)?\s*年?\s*$")
_EFFECTIVE = re.compile(r"自\s*([^自，。]{6,14}?日?)\s*起\s*(?:施行|实施|执行|生效)")
_ON_PUBLICATION = re.compile(r"自(发布|公布|印发|下发)之日起(施行|实施|执行|生效)")
_PROSE_ISSUER = re.compile(r"(?:近日|日前|近期|目前)[,，]?\s*([^，,。；;]{2,40}?)(?:公布|发布|印发|下发|出台|通报)了")
_FROM_TITLE = re.compile(
    r"^([^关《》]{2,40}?(?:人民政府|政府|办公厅|办公室|委员会|委|部|厅|局|署|院|会|中心|银行|总局|小组|法院|检察院))关于"
)
# what may follow a 文号 on its line: a bracket, or the next line's label where a page's centred lines were read as one
_AFTER_NUMBER = re.compile(r"[\s　)）\]】(（|]|(发布|公布|印发|发文|成文|制定|施行|索引)[^，。]{0,4}[:：]")
_BODY_END = re.compile(r"(政府|办公厅|办公室|委员会|委|部|厅|局|署|院|会|中心|银行|总局|小组|法院|检察院)$")
_SIGNATURE = re.compile(
    r"^[^，。；《》]{2,60}(政府|办公厅|办公室|委员会|委|部|厅|局|署|院|中心|银行|总局|小组|法院|街道|部门|[省市县区])(等\d*部门)?[)）]?"
    r"([（(][^（()）]*[)）])?\s*(\d{4}[\d年月日.-]*)?$"
)
_BARE_LIST = re.compile(r"^(拟|已|依法|决定)?(取消|保留|不再|不应|免提交|免于|实行|代办|证明事项告知)[^，。关]{2,26}(清单|目录|一览表)$")
_NOT_TITLE = re.compile(
    r"^[^关于]{2,30}文件$|^[（(][^（()）]*[)）]$|^(来源|作者|编辑|责任编辑|首页|当前位置|您的位置|索引号|分享|打印|字[号体]|【|\[|单位[:：(（]|填报|联系|电话|注[:：]|备注|签发|密级|紧急程度|目\s*录|序号|第?\d+页?$|\d{4}年?[\d月日.-]*$|各[^，]{2,30}[:：]$|(主|抄)送)"
)
_OWN_NUMBER = re.compile(
    r"[一-龥（）()]{1,22}[〔\[［(（【]\s*\d{4}\s*[〕\]］)）】]\s*第?\s*\d+\s*号|[一-龥]{2,26}(?:令|公告|通告|决定)\s*[（(]?(?:\d{4}\s*年)?\s*第?\s*\d+\s*号[)）]?"
)


@dataclass(frozen=True, slots=True)
class Front:
    """What the front matter says; everything that is not said is None."""

    title: str | None
    doc_number: str | None
    issuer: str | None
    region: str | None
    published: date | None
    effective: date | None
    problems: tuple[Problem, ...] = ()


def read_date(text: str) -> date | None:
    """The first full date in ``text`` (2018-06-11, 2018年6月11日, 二〇一八年六月十一日); None when there is none or no such day."""
    found = _DATE.search(text)
    if not found:
        return None
    year, month, day = (parse_number(g.replace("○", "〇")) for g in found.groups())
    try:
        return date(year or 0, month or 0, day or 0)
    except ValueError:
        return None


def _labelled(key: str, lines: Sequence[Paragraph]) -> tuple[str, Locator] | None:
    for line in lines:
        if len(line.text) > 400:
            continue
        found = _PAIR[key].search(line.text)
        if found and found.group(1).strip():
            return found.group(1).strip(), line.locator
    return None


def is_annex_line(text: str) -> bool:
    """True for 附件1, 附件1 取消的证明事项目录, 附表2:… and the like, not for sentences about annexes."""
    return (
        bool(ANNEX.match(text))
        and len(text) <= 60
        and not re.search(r"[。；]", text)
        and (bool(re.match(r"^附\s*[件表]", text)) or len(text) <= 3)
    )


def _is_title(text: str) -> bool:
    plain = text.strip()
    if not 2 <= len(plain) <= 120 or is_annex_line(plain) or _NOT_TITLE.match(plain) or plain.endswith(("。", "；", ";", ":", "：")):
        return False
    if _SIGNATURE.match(plain) and not re.search(r"关于|证明|清单|目录", plain):
        return False
    return not _is_number_line(plain) and not _is_label_line(plain)


def _is_number_line(text: str) -> bool:
    """True for a line that is a 文号, or begins with one followed by something else."""
    plain = text.strip()
    number = _OWN_NUMBER.match(plain)
    return bool(number and (number.end() >= len(plain) - 1 or _AFTER_NUMBER.match(plain, number.end())))


def _is_label_line(text: str) -> bool:
    return any(p.search(text.strip()) for key, p in _PAIR.items() if key != "none")


def title_of(front: Sequence[Paragraph], blocks: Blocks, name: str) -> str | None:
    """The document's own title: a line set as a title, else the first line that can be one, else the annex's own name, else the properties.

    ``front``: paragraphs before the first table or article, in order. None when nothing can be a title.
    """
    lines = [p for p in front if p.style not in ("header", "footer")]
    meta = dict(blocks.meta)
    able = [i for i, p in enumerate(lines) if _is_title(p.text)]
    above = _above_number(lines)
    choices = [i for i in able if lines[i].style == "title"] or [i for i in able if i == above]
    if not choices:
        choices = [i for i in able if lines[i].style == "heading" and len(lines[i].text.strip()) >= 6]
    if not choices and meta.get("article_title"):
        return meta["article_title"]
    if not choices and len(able) > 1 and able[1] == able[0] + 1 and _BARE_LIST.match(lines[able[0]].text.strip()):
        choices = able[1:2]  # 取消的证明事项清单 above the title of the paper it belongs to
    for i in choices or able:
        text = lines[i].text.strip()
        return _whole(lines, i, text.split("\n")[0] if len(text) > 100 else text.replace("\n", ""))
    for p in lines:
        rest = ANNEX.sub("", p.text, count=1).strip() if is_annex_line(p.text) else ""
        if len(rest) >= 4:
            return rest
    declared = meta.get("title", "")
    return declared if 4 <= len(declared) <= 120 and re.search(r"[一-龥]{3}", declared) else None


def _whole(lines: Sequence[Paragraph], index: int, first: str) -> str:
    """A title set on two lines (某某市人民政府办公室 / 关于…的通知) as one."""
    following = lines[index + 1].text.strip() if index + 1 < len(lines) else ""
    if re.match(r"关于|公布|印发", following) and "关于" not in first and _BODY_END.search(first) and _is_title(following):
        return first + following
    return first


def _above_number(lines: Sequence[Paragraph]) -> int | None:
    """The line right above the 文号 or 发布机构 line, which is where the title stands; a title on two lines gives its first."""
    marked = next((i for i, p in enumerate(lines) if i and (_is_number_line(p.text) or _is_label_line(p.text))), None)
    if marked is None:
        return None
    first = lines[marked - 2].text.strip() if marked >= 2 else ""
    return marked - 2 if first and _whole(lines, marked - 2, first) != first else marked - 1


def number_of(front: Sequence[Paragraph]) -> str | None:
    """The document's own 文号 in its standard form (〔〕), from front matter only, never from a basis cited in a sentence."""
    labelled = _labelled("number", front)
    if labelled:
        return standard_number(labelled[0]) or labelled[0]
    for line in front:
        text = line.text.strip()
        found = _OWN_NUMBER.search(text)
        if found is None or len(text) > 200:
            continue
        alone = found.start() == 0 or text[: found.start()].strip(" 　(（[【-—") == ""
        if alone and (found.end() == len(text) or _AFTER_NUMBER.match(text, found.end())):
            return _standard(found.group())
    for line in front[:4]:  # 关于…的通知(…〔2018〕8号)
        tail = re.search(rf"[（(]({_OWN_NUMBER.pattern})[)）]\s*$", line.text.strip())
        if tail:
            return _standard(tail.group(1))
    return None


def _standard(number: str) -> str:
    plain = re.sub(r"\s", "", number)
    return re.sub(r"[\[［(（【](\d{4})[\]］)）】](?=第?\d+号)", r"〔\1〕", plain)


def issuer_of(front: Sequence[Paragraph], body: Sequence[Paragraph], title: str | None, meta: dict[str, str]) -> str | None:
    """Who issued it: a label, 近日,X公布了…, the title's opening (X关于…), the signature above the date, the page's source field."""
    labelled = _labelled("issuer", front)
    if labelled:
        return labelled[0]
    for line in body[:6]:
        found = _PROSE_ISSUER.search(line.text)
        if found:
            return found.group(1).strip()
    if title:
        found = _FROM_TITLE.match(title)
        if found:
            return found.group(1)
    for before, line in itertools.pairwise(body):
        if (
            len(line.text.strip()) <= 20
            and read_date(line.text)
            and re.fullmatch(r"[\s\d年月日〇零一二三四五六七八九十.-]+", line.text.strip())
        ):
            signed = before.text.strip()
            if 3 <= len(signed) <= 40 and _BODY_END.search(signed):
                return signed
    return meta.get("source") or None


def dates_of(
    front: Sequence[Paragraph], body: Sequence[Paragraph], meta: dict[str, str]
) -> tuple[date | None, date | None, tuple[Problem, ...]]:
    """``(published, effective, problems)``. A date without a day stays unknown and is reported."""
    problems: list[Problem] = []
    found: dict[str, date | None] = {"published": None, "effective": None}
    for key, word in (("published", "发布日期"), ("effective", "施行日期")):
        labelled = _labelled(key, front)
        if labelled:
            found[key] = read_date(labelled[0])
            if found[key] is None and _PARTIAL.match(labelled[0]):
                problems.append(Problem("PARTIAL_DATE", f"{word}只写到“{labelled[0]}”，没有具体日期，按未知处理。", labelled[1], "info"))
    published, effective = found["published"], found["effective"]
    if published is None and not problems:
        published = _unlabelled(front, body) or read_date(meta.get("published", ""))
    if effective is None:
        for line in (*front, *body):
            hit = _EFFECTIVE.search(line.text)
            if hit and read_date(hit.group(1)):
                effective = read_date(hit.group(1))
                break
            if _ON_PUBLICATION.search(line.text) and published:
                effective = published
                break
    return published, effective, tuple(problems)


def _unlabelled(front: Sequence[Paragraph], body: Sequence[Paragraph]) -> date | None:
    """A bracketed date below the title, 公布了…(2018-08-23), or a signature date standing alone near the end."""
    for line in (*front[:6], *body[:4]):
        hit = re.search(r"(?:公布|发布|印发|通过|出台)[^。]{0,20}[（(]([^（()）]{8,16})[)）]", line.text) or re.match(
            r"^[（(]([^（()）]{8,16})(?:公布|发布|印发)?[)）]$", line.text.strip()
        )
        if hit and read_date(hit.group(1)):
            return read_date(hit.group(1))
    for line in reversed(body):
        if (
            len(line.text.strip()) <= 20
            and re.fullmatch(r"[\s\d年月日〇○零一二三四五六七八九十./-]+", line.text.strip())
            and read_date(line.text)
        ):
            return read_date(line.text)
    return None


def front_of(front: Sequence[Paragraph], body: Sequence[Paragraph], blocks: Blocks, name: str) -> Front:
    """All facts of the front matter. ``body``: every paragraph of the document."""
    meta = dict(blocks.meta)
    title = title_of(front, blocks, name)
    issuer = issuer_of(front, body, title, meta)
    published, effective, problems = dates_of(front, body, meta)
    return Front(title, number_of(front), issuer, region_of(issuer, title), published, effective, problems)


def heading_kind(before: Sequence[Paragraph], sheet: str | None, title: str | None) -> tuple[ListKind | None, str]:
    """Effect of a list from the nearest heading above its table, then the sheet's name, then the title; with the words that decided."""
    close = [p for p in before if p.style not in ("header", "footer") and len(p.text) <= 80]
    for p in reversed(close):
        text = p.text.strip()
        if text != title and DocKind.LEDGER in document_kinds(text):
            return None, text
        if text != title and (
            is_annex_line(text) or p.style in ("title", "heading") or re.search(r"(清单|目录|一览表|事项表|汇总表)[)）]?$", text)
        ):
            kind = list_kind(ANNEX.sub("", text, count=1))
            if kind:
                return kind, text
    for text in (sheet or "", title or ""):
        kind = list_kind(text) if text and DocKind.LEDGER not in document_kinds(text) else None
        if kind:
            return kind, text
    for p in reversed(before):
        if p.style not in ("header", "footer") and len(p.text) <= 400 and "证明" in p.text:
            kind = list_kind(p.text)
            if kind:
                return kind, p.text[:40]
    return None, ""


def pairs_of(tables: Sequence[Table]) -> list[Paragraph]:
    """Label and value cells of an information box (索引号 | … | 发文机关 | …) as lines ``发文机关:…``."""
    out: list[Paragraph] = []
    for table in tables:
        for row in table.rows:
            for label, value in itertools.pairwise(row):
                name = re.sub(r"[\s　:：]", "", label.text)
                if value.text and not value.inherited and re.fullmatch(_ANY_LABEL, name):
                    out.append(Paragraph(f"{name}:{value.text}", label.locator))
    return out
