"""Header facts of a law: title, history 题注, version, 文号. What a date means is read from the words around it, never from its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from ingest.law_lines import Line
from ingest.law_origin import issuer_of, level_of, region_of
from knowledge.text import doc_number, law_name, normalise, parse_number, version_note
from knowledge.types import Event, Instrument, Level, Problem, Status

_CN_YEAR = "[〇○零一二三四五六七八九]{4}"
_CN = "[一二三四五六七八九十]{1,3}"
DATE = rf"(?:(?P<y>(?:18|19|20)\d\d|{_CN_YEAR})\s*年\s*(?P<m>\d{{1,2}}|{_CN})\s*月\s*(?P<d>\d{{1,2}}|{_CN})\s*日?)"
_DATE = re.compile(DATE)
_FILE_DATE = re.compile(r"[(（]((?:18|19|20)\d\d-\d\d-\d\d)[)）]\s*$")
_TITLES = re.compile(r"《[^《》]*(?:《[^《》]*》[^《》]*)*》|[〈<＜][^〈〉<>＜＞]*[〉>＞]")
_HEADER_WORD = re.compile(r"通过|公布|发布|颁布|批准|修正|修订|修改|施行|实施|生效|会议|公告|令第|号$|备案|废止")
_TITLE_ENDS = re.compile(
    r"(?:法|条例|规定|办法|细则|决定|决议|解释|规则|规程|通则|通知|意见|批复|规范|安排|方案|章程|公约|修正案)(?:[（(][^（）()]{1,14}[)）])?$"
)
_DOC_LINE = re.compile(r"[\u4e00-\u9fff]{1,12}[〔［\[(（]\d{4}[〕］\])）]\d{1,4}号")
_HISTORY_LINE = re.compile(r"[（(][^（）()]*(?:会议|公告|令第)[^（）()]*(?:通过|公布|施行|修正|修订)[^（）()]*[）)]")
_KINDS = (
    ("修订", "修订"),
    ("修正", "修正"),
    ("修改", "修正"),
    ("废止", "废止"),
    ("公布施行", "公布"),
    ("发布施行", "公布"),
    ("通过", "通过"),
    ("批准", "批准"),
    ("公布", "公布"),
    ("发布", "公布"),
    ("颁布", "公布"),
    ("施行", "施行"),
    ("实施", "施行"),
    ("生效", "施行"),
)
_EDGE = "（()）〔〕，。；、： \t\u3000\u00a0"
_BOOK = re.compile(r"(?:第[一二三四五六七八九十]+编\s*)?([\u4e00-\u9fff]{2,6}编|总则|附则)$")


@dataclass(frozen=True, slots=True)
class Facts:
    """The instrument as far as its header tells it; the effective date is added when the body has been read."""

    instrument: Instrument
    title_line: Line | None
    problems: tuple[Problem, ...]


def split_header(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """(header lines, body lines). The header ends at ``<!-- INFO END -->``, else at the first line that is neither title nor history."""
    for index, line in enumerate(lines):
        if line.kind == "markup" and "INFO END" in line.text:
            end = index + 1 + _repeated_title(lines[: index + 1], lines[index + 1 : index + 9])
            return lines[:end], lines[end:]
    end = _title_end(lines)
    bracket = False
    while end < len(lines):
        line = lines[end]
        if line.kind not in ("text", "article") or not (bracket or _is_header(line.text)):
            break
        bracket = (bracket or line.text[0] in "（(") and line.text[-1] not in "）)"
        end += 1
    return _with_contents(lines, end)


def _repeated_title(head: list[Line], body: list[Line]) -> int:
    """How many lines at the start of the body only say title, 文号 or history once more (司法解释 copied from a gazette)."""
    title = re.sub(r"\s", "", "".join(line.text for line in head if line.marks == 1))
    count = 0
    for line in body:
        words = re.sub(r"\s", "", line.text)
        if line.kind != "text" or not title or not (words in title or _DOC_LINE.fullmatch(words) or _HISTORY_LINE.fullmatch(words)):
            break
        count += 1
    return count


def _title_end(lines: list[Line]) -> int:
    """Number of lines that make the title: a Markdown H1, else up to three short lines without an end."""
    if lines and lines[0].marks == 1:
        return 2 if len(lines) > 1 and lines[1].marks == 1 else 1
    end = 0
    joined = ""
    while end < min(3, len(lines)) and lines[end].kind == "text" and len(lines[end].text) <= 60:
        text = lines[end].text
        if _TITLE_ENDS.search(joined) and not _TITLE_ENDS.search(text):
            break
        joined += text
        if text[-1] in "。；：，、" or _is_header(text) or re.match(r"[一二三]、|[（(]", text):
            break
        end += 1
    return end


def _is_header(text: str) -> bool:
    folded = text.lstrip(_EDGE)
    if _DATE.match(folded) or (text[0] in "（(" and _HEADER_WORD.search(text)):
        return True
    return len(text) <= 80 and text[-1] not in "。；：" and bool(doc_number(text)) and len(text) <= 40


def _with_contents(lines: list[Line], end: int) -> tuple[list[Line], list[Line]]:
    """A table of contents (目录) between header and body belongs to the header: its headings come again."""
    if end < len(lines) and re.fullmatch(r"目\s*[录次]", lines[end].text):
        first = re.sub(r"\s", "", lines[end + 1].text) if end + 1 < len(lines) else ""
        for index in range(end + 2, min(len(lines), end + 400)):
            again = re.sub(r"\s", "", lines[index].text)
            if lines[index].kind == "article" or (again and first.startswith(again)) or again == first:
                return lines[:index], lines[index:]
    return lines[:end], lines[end:]


def read_header(head: list[Line], *, name: str, folder: str | None, text: str) -> Facts:
    """Title, events, version, issuer, level, region and 文号 from the header lines, the file's name and its folder. Never raises."""
    title_line, title, part = _title(head, name)
    events = read_events(_history(head, title_line, title))
    stem = re.sub(r"\.\w{1,5}$", "", name)
    stamped = _FILE_DATE.search(stem)
    version = _iso(stamped.group(1)) if stamped else _latest(events)
    level = level_of(title, events, folder)
    issuer = issuer_of(title, events, level, folder)
    instrument = Instrument(
        name=law_name(title),
        title=title,
        version=version.isoformat() if version else "undated",
        level=level,
        region=region_of(title, events, level, folder),
        issuer=issuer,
        doc_number=_doc_number(head, events, level),
        part=part,
        published=version,
        status=Status.REPEALED if re.search(r"[（(](?:已废止|失效|已失效)[)）]", title + stem) else Status.UNKNOWN,
        history=events,
    )
    problems: list[Problem] = []
    if title_line is None:
        problems.append(Problem("LAW_NO_TITLE", "没有找到标题，已用文件名代替；请核对。"))
    if version is None:
        problems.append(Problem("LAW_UNDATED", "文件名和题注都没有日期，版本记为 undated；时间效力按未知处理。", severity="info"))
    return Facts(instrument, title_line, tuple(problems))


def _history(head: list[Line], title_line: Line | None, title: str) -> list[str]:
    """The header lines that tell the history: not the title again, not a 文号 on its own line."""
    lines = [line.text for line in head if line.kind != "markup" and line is not title_line and line.marks == 0]
    return [text for text in lines if re.sub(r"\s", "", text) not in title and not _DOC_LINE.fullmatch(re.sub(r"\s", "", text))]


def _title(head: list[Line], name: str) -> tuple[Line | None, str, str | None]:
    """(line, title, book): the H1; a second H1 is the book of a code stored in files (民法典 婚姻家庭编)."""
    stem = _FILE_DATE.sub("", re.sub(r"\.\w{1,5}$", "", name)).strip()
    marked = [line for line in head if line.marks == 1 and line.text]
    if marked:
        title = re.sub(r"\s+", "", marked[0].text)
        book = _BOOK.search(re.sub(r"\s+", "", marked[1].text)) if len(marked) > 1 else None
        return marked[0], title or stem or "无标题", book.group(1) if book else None
    plain = [line for line in head[: _title_end(head)] if line.text]
    if plain and not any(line.kind == "article" for line in plain):
        return plain[0], "".join(re.sub(r"\s+", "", line.text) for line in plain), None
    return None, stem or "无标题", None


def read_events(lines: list[str]) -> tuple[Event, ...]:
    """题注 lines → dated events. A line without a date continues the one before; a line may hold several; 《》 hold none."""
    joined: list[str] = []
    for line in lines:
        folded = normalise(line).text.strip()
        if joined and not _DATE.match(folded.lstrip(_EDGE)) and not _open_year(folded):
            joined[-1] += folded
        elif folded:
            joined.append(folded)
    events: list[Event] = []
    for line in joined:
        cuts = [match for match in _DATE.finditer(line) if _outside_titles(line, match.start())]
        for index, match in enumerate(cuts):
            end = cuts[index + 1].start() if index + 1 < len(cuts) else len(line)
            words = re.sub(r"(?:根据|并经|的)$", "", line[match.end() : end].strip(_EDGE)).strip(_EDGE)
            events.append(Event(to_date(match), event_kind(words, line[: match.start()][-1:]), words))
    return tuple(events)


def _open_year(text: str) -> bool:
    return bool(re.match(r"\S{0,20}(?:令|公告)第", text)) and not text.startswith("第")


def _outside_titles(line: str, at: int) -> bool:
    before = line[:at]
    return before.count("《") <= before.count("》") or before.endswith(("根据", "》"))


def event_kind(words: str, before: str = "") -> str:
    """通过 公布 批准 施行 修正 修订 废止 其他, from the words that follow a date (titles left out)."""
    outside = _TITLES.sub("", words)
    if outside.startswith(("起施行", "施行", "起生效", "起实施")) or (before == "自" and "施行" in outside[:4]):
        return "施行"
    for word, kind in _KINDS:
        if word in outside:
            return "修正" if kind == "通过" and re.search(r"修正案|修改", words) and "通过的" in outside else kind
    return "修正" if re.search(r"决定》?.{0,3}(?:第.次)?修", words) else "其他"


def to_date(match: re.Match[str]) -> date | None:
    """A match of ``DATE`` as a date; ``None`` when there is no such day (2月30日)."""
    year, month, day = (parse_number(match.group(name)) for name in ("y", "m", "d"))
    try:
        return date(year or 0, month or 0, day or 0)
    except ValueError:
        return None


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _latest(events: tuple[Event, ...]) -> date | None:
    days = [event.on for event in events if event.on and event.kind not in ("施行", "废止")]
    return max(days) if days else None


def _doc_number(head: list[Line], events: tuple[Event, ...], level: Level) -> str | None:
    """The 令 or 文号 under which the text was first published; laws are cited without their 主席令."""
    if level in (Level.LAW, Level.CONSTITUTION, Level.LOCAL_REGULATION):
        return None
    for line in head:
        if _DOC_LINE.fullmatch(re.sub(r"\s", "", line.text)):
            return doc_number(line.text)
    for event in events:
        number = doc_number(re.sub(r"^(?:由|经|以)", "", _TITLES.sub("", event.text)))
        if number:
            return number
    for line in head:
        if line.marks == 0 and line.kind == "text" and len(line.text) <= 60:
            number = doc_number(line.text)
            if number:
                return number
    return None


def note_of(title: str) -> str | None:
    """The version note that ``knowledge.text.law_name`` leaves out of the name."""
    return version_note(title)
