"""The body of a law text, line by line: what opens a provision, what belongs to it, what stands between two provisions."""

from __future__ import annotations

from ingest.law_lines import (
    Line,
    inline_articles,
    looks_like_reference,
    open_quotes,
    point_heading,
    starts_annex,
    table_title,
    unfinished,
)
from ingest.law_points import choose_scheme
from ingest.law_state import Segment, State
from knowledge.text import article_label


def _heading(state: State, line: Line) -> None:
    """Pushes a heading; a title wrapped onto a second line before the next label is joined by ``_wrapped_heading``."""
    level = line.level
    if not level:  # 附则, 序言, 一、一般规定: as deep as the numbered headings with the same marks
        level = state.mark_levels.get(line.marks, 3 if line.marks <= 2 else line.marks + 1)
    while state.headings and state.headings[-1][0] >= level:
        state.headings.pop()
    state.headings.append((level, line.text))
    state.under_heading = True
    state.segment("heading", line)


def read_articles(state: State, body: list[Line]) -> None:
    """A text with 第X条: each line opens an article, is a heading, begins an annex, or belongs to what is open."""
    for index, line in enumerate(body):
        following = body[index + 1] if index + 1 < len(body) else None
        if line.kind == "markup":
            state.segment("markup", line)
            continue
        if line.kind == "article" and _accepts(state, line):
            _open_article(state, line)
        elif _is_heading(state, line) or _is_plain_heading(state, line, following):
            _heading(state, line)
        elif _wraps_heading(state, line, following):
            level, title = state.headings.pop()
            state.headings.append((level, title + line.text))
            state.segments.append(Segment("heading", line.start, line.end))
        elif state.number and _begins_annex(state, line, body, index):
            state.annex = True
            _open_annex(state, line)
        else:
            _add_line(state, line)
        state.previous = line


def _is_heading(state: State, line: Line) -> bool:
    """A heading of this text: not one inside quoted articles, and in an annex only a numbered one."""
    return line.kind == "heading" and not state.inserted and not (state.annex and not line.level)


def _add_line(state: State, line: Line) -> None:
    """A line of running text. A heading in an annex makes a part of its own, so that each part is unbroken in the source."""
    if line.marks:
        state.markup_before(line)
    if line.kind == "heading" and state.annex:
        state.open("annex").titled = True
        state.add(line.start, line.end)
    else:
        _add_text(state, line)


def _accepts(state: State, line: Line) -> bool:
    """Whether a line that begins with 第…条 opens an article. The number decides first, the words after it second."""
    assert line.number is not None
    rest = state.text[line.body : line.body + 4]
    if state.annex and not (line.number == state.number + 1 and line.spaced):
        return False
    if not line.spaced and looks_like_reference(rest):
        return False
    expected = (line.number == state.number + 1 and not line.sub) or (line.number == state.number and line.sub == state.sub + 1)
    broken = state.previous is not None and state.previous.kind != "heading" and unfinished(state.previous.text)
    if expected:
        return not (broken and looks_like_reference(rest, line.spaced))
    if state.quotes or state.inserted or not line.spaced or looks_like_reference(rest, spaced=True):
        return False
    return not state.number or (line.number >= state.number and not broken)


def _open_article(state: State, line: Line) -> None:
    assert line.number is not None
    label_end = line.body if line.body <= line.end else line.end
    _note_number(state, line.number, line.sub, line.start, label_end)
    state.open("article", line.number, line.sub, (line.start, label_end))
    state.annex = False
    _add_text(state, line, line.body)


def _note_number(state: State, number: int, sub: int, start: int, end: int) -> None:
    """Keeps count: a jump leaves gaps, the same number again is a repeat."""
    label = article_label(number, sub)
    if (number, sub) == (state.number, state.sub) and state.number:
        state.repeats.append(number)
        state.problem("LAW_REPEATED_ARTICLE", f"{label}出现了两次，两处都已收录，请核对原文。", start, end)
    elif state.number and number > state.number + 1:
        state.gaps.extend(range(state.number + 1, number))
    state.number, state.sub = number, sub


def _add_text(state: State, line: Line, start: int | None = None) -> None:
    """Adds a line to the open provision and cuts it where the next expected article begins in mid-line."""
    begin = line.start if start is None else start
    if begin >= line.end:
        return
    base = line.start
    if state.number and not state.annex and "条" in line.text:
        for at, body, number, sub, _ in inline_articles(line.text):
            expected = (number == state.number + 1 and not sub) or (number == state.number and sub == state.sub + 1)
            if expected and base + at > begin and not open_quotes(state.text[begin : base + at], state.quotes):
                state.add(begin, base + at)
                _note_number(state, number, sub, base + at, base + body)
                state.open("article", number, sub, (base + at, base + body))
                state.problem("LAW_INLINE_ARTICLE", f"{article_label(number, sub)}与前一条排在同一行，已拆开。", base + at, base + body)
                begin = base + body
    state.add(begin, line.end)


def _is_plain_heading(state: State, line: Line, following: Line | None) -> bool:
    """``一、一般规定`` on a line of its own right before an article, in a text without Markdown marks."""
    if line.kind != "text" or following is None or following.kind != "article" or following.number != state.number + 1:
        return False
    return len(line.text) <= 30 and line.text[-1] not in "。；：，、”" and point_heading(line.text) is not None and not state.quotes


def _wraps_heading(state: State, line: Line, following: Line | None) -> bool:
    """A chapter title that runs on: an unfinished line between a heading and an article or the next heading."""
    if line.kind != "text" or state.previous is None or state.previous.kind != "heading" or not state.headings:
        return False
    return (
        following is not None and following.kind in ("article", "heading") and len(line.text) <= 40 and line.text[-1] not in "。；：，、”"
    )


def _begins_annex(state: State, line: Line, body: list[Line], index: int) -> bool:
    """附件 and its kind, or the title of a table after the last article, when no further article follows in order."""
    if line.kind == "article" or any(
        other.kind == "article" and other.number == state.number + 1 and other.spaced for other in body[index + 1 :]
    ):
        return False
    if starts_annex(line.text):
        return True
    after_sentence = state.previous is None or not unfinished(state.previous.text)
    fresh = state.annex and len(state.blocks[-1].pieces) < 2  # the title below 附件一：
    return (state.annex or after_sentence) and not fresh and table_title(line.text) and not point_heading(line.text)


def _open_annex(state: State, line: Line) -> None:
    state.headings.clear()
    if line.marks:
        state.markup_before(line)
    state.open("annex").titled = True
    state.add(line.start, line.end)


def read_points(state: State, body: list[Line]) -> None:
    """A text without articles: points by its own numbering, else paragraphs."""
    scheme = choose_scheme(body)
    for index, line in enumerate(body):
        if line.kind == "markup":
            state.segment("markup", line)
            state.previous = line
            continue
        point = point_heading(line.text) if scheme and not state.quotes and not state.annex else None
        if point and point[0] == scheme and point[1] == state.number + 1:
            _open_point(state, line, point[1], point[2], titled=_titles_point(line, body, index))
        elif line.kind == "heading" and not state.annex:
            _heading(state, line)
        elif (
            state.blocks and starts_annex(line.text) and not any(_is_point(other, scheme, state.number + 1) for other in body[index + 1 :])
        ):
            state.annex = True
            _open_annex(state, line)
        elif scheme is None and not state.annex and not (state.blocks and _continues_paragraph(state, line)):
            state.number += 1
            state.open("paragraph", state.number)
            state.add(line.start, line.end)
        elif line.kind == "heading":
            state.markup_before(line)
            state.open("annex").titled = True
            state.add(line.start, line.end)
        else:
            state.add(line.start, line.end)
        state.previous = line


def _is_point(line: Line, scheme: str | None, number: int) -> bool:
    found = point_heading(line.text) if scheme else None
    return found is not None and found[:2] == (scheme, number)


def _titles_point(line: Line, body: list[Line], index: int) -> bool:
    """A point that opens with a title of its own: a Markdown heading, or a short line without an end."""
    return line.kind == "heading" or (len(line.text) <= 30 and line.text[-1] not in "。；：，、”" and index + 1 < len(body))


def _continues_paragraph(state: State, line: Line) -> bool:
    """A table row, an item or the rest of a broken sentence stays with the paragraph before it."""
    previous = state.previous
    if previous is None or previous.kind != "text":
        return False
    if line.text[0] == "|":
        return previous.text[0] == "|"
    return bool(state.quotes) or unfinished(previous.text) or previous.text[-1] in "：:；;" or point_heading(line.text) is not None


def _open_point(state: State, line: Line, number: int, width: int, *, titled: bool) -> None:
    if line.kind == "heading":
        state.markup_before(line)
        state.headings = [entry for entry in state.headings if entry[0] < 3]
    state.number = number
    block = state.open("point", number, 0, (line.start, line.start + width))
    block.titled = titled
    begin = line.start + width
    while begin < line.end and state.text[begin].isspace():
        begin += 1
    state.add(begin, line.end)
