"""A law text → its instrument and provisions: 编章节条款项目, preface, points, annexes; nothing is dropped and no text is refused.

立法法(2023) 第六十五条: 编、章、节、条的序号用中文数字依次表述，款不编序号，
项的序号用中文数字加括号依次表述，目的序号用阿拉伯数字依次表述。
Every character of the source that is not white space ends up in exactly one segment: title, header, markup, heading, label or text.
"""

from __future__ import annotations

from dataclasses import replace

from ingest.law_body import read_articles, read_points
from ingest.law_dates import with_effective
from ingest.law_header import Facts, read_header, split_header
from ingest.law_lines import Line, looks_like_reference, read_lines
from ingest.law_recover import recover_gaps
from ingest.law_state import Block, LawParse, Segment, State
from ingest.law_units import build
from knowledge.text import article_label, format_number, squeeze
from knowledge.types import Conservation, Locator, Provision

__all__ = ["LawParse", "Segment", "parse_law"]


def _premark(state: State, body: list[Line]) -> None:
    for line in body:
        if line.kind == "heading" and line.level:
            state.mark_levels.setdefault(line.marks, line.level)


def parse_law(text: str, *, name: str, folder: str | None = None) -> LawParse:
    """Reads one law text. Pure; never raises on any text.

    ``name``: the file's name, of which the stem's trailing ``(2019-10-22)`` is the version; ``folder``: the path of its folder, from which
    level and province are taken when it says so (``DLC/浙江地方法规/…``, ``行政法规``). Without articles and points the text becomes
    paragraphs. What looks wrong (gaps, repeated labels, an empty body) is in ``problems`` and ``conservation``.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    lines = read_lines(text)
    head, body = split_header(lines)
    facts = read_header(head, name=name, folder=folder, text=text)
    state = State(text)
    for line in head:
        kind = "title" if line is facts.title_line else ("markup" if line.kind == "markup" else "header")
        state.segment(kind, line)
    _premark(state, body)
    articles = any(line.kind == "article" and (line.spaced or not looks_like_reference(text[line.body : line.body + 4])) for line in body)
    (read_articles if articles else read_points)(state, body)
    recover_gaps(state)
    return _finish(state, facts)


_NAMES = {"preface": "前言", "annex": "附件"}


def _finish(state: State, facts: Facts) -> LawParse:
    """Blocks → provisions with refs, and the ledger."""
    provisions = []
    taken: dict[str, int] = {}
    annexes = loose = 0
    indented = state.indents()
    for order, block in enumerate(state.blocks):
        annexes += block.kind == "annex"
        loose += block.kind == "paragraph" and block.number is None
        pieces = [state.text[a:b] for a, b in block.pieces]
        glued = state.unindented(block) if indented else frozenset()
        body, units = build(pieces, first_is_title=block.titled, join=block.kind != "annex", glued=glued)
        steps, label = _steps(block, annexes, loose)
        taken[steps] = taken.get(steps, 0) + 1
        if taken[steps] > 1:
            steps += f"~{taken[steps]}"
        start = block.label[0] if block.label[1] else (block.pieces[0][0] if block.pieces else 0)
        end = max([b for _, b in block.pieces] or [block.label[1]])
        ref = f"{facts.instrument.ref}#{steps}"
        where = Locator(chars=(start, end))
        provisions.append(Provision(ref, label, block.kind, body, block.number, block.sub, block.headings, units, where, order=order))
    if not any(p.kind != "annex" for p in provisions):
        state.problem("LAW_EMPTY", "文件只有标题和题注，没有正文；请核对来源文件是否完整。", 0, len(state.text))
    _check_first(state, facts)
    for number in state.gaps:
        state.problem("LAW_MISSING_ARTICLE", f"缺少{article_label(number)}（原文没有这一条号）；请与公布文本核对。", 0, 0)
    instrument = with_effective(facts.instrument, provisions)
    result = LawParse(instrument, tuple(provisions), (*facts.problems, *state.problems), Conservation(), tuple(state.segments), state.text)
    return replace(result, conservation=_ledger(state, result))


def _check_first(state: State, facts: Facts) -> None:
    """Labels lost before the first one found. Books of a code and 修正案 rightly start elsewhere."""
    first = next((b for b in state.blocks if b.kind == "article" and b.number), None)
    if first is None or first.number in (None, 1) or facts.instrument.part or "修正案" in facts.instrument.title:
        return
    assert first.number is not None
    label = article_label(first.number)
    state.problem("LAW_FIRST_ARTICLE", f"正文第一个条号是{label}，之前的条号在来源文件中缺失，其文字收在前言里。", *first.label)
    state.gaps[:0] = range(1, first.number)


def _steps(block: Block, annexes: int, loose: int) -> tuple[str, str]:
    """("art_17-1", "第十七条之一"), ("point_4", "第四项"), ("par_2", "第二段"), ("preface", "前言"), ("annex_1", "附件一")."""
    if block.kind == "article" and block.number is not None:
        return f"art_{block.number}" + (f"-{block.sub}" if block.sub else ""), article_label(block.number, block.sub)
    if block.kind == "point" and block.number is not None:
        return f"point_{block.number}", f"第{format_number(block.number)}项"
    if block.kind == "paragraph":
        return (f"par_{block.number}", f"第{format_number(block.number)}段") if block.number else (f"loose_{loose}", "未编号段")
    if block.kind == "annex":
        return f"annex_{annexes}", f"附件{format_number(annexes)}"
    return "preface", _NAMES[block.kind]


def _ledger(state: State, result: LawParse) -> Conservation:
    """Characters in = characters in units, counted from the output itself."""
    numbers = [p.number for p in result.provisions if p.kind in ("article", "point") and p.number is not None]
    outside = sum(len(squeeze(state.text[s.start : s.end])) for s in state.segments if s.kind != "text")
    inside = sum(len(squeeze(p.text)) for p in result.provisions)
    return Conservation(
        characters_in=len(squeeze(state.text)),
        characters_in_units=outside + inside,
        first=numbers[0] if numbers else None,
        last=numbers[-1] if numbers else None,
        gaps=tuple(state.gaps),
        repeats=tuple(state.repeats),
        rows=len(result.provisions),
    )
