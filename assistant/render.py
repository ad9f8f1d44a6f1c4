"""Answers as plain text for a terminal or a printer: verdict, what to do instead, the legal basis, and, on request, the tree of reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assistant.answer import PATH_WORDS, VERDICT_WORDS
from knowledge.types import Path, Verdict

_MARKS = {"may_demand": "●", "may_not_demand": "✕", "conditional": "◐", "undetermined": "？"}
_WHY = {
    "rank": "位阶不够",
    "repealed": "已废止或被取代",
    "not_yet_in_force": "还没施行",
    "other_region": "别的地区",
    "other_matter": "别的事项",
    "other_addressee": "对象不同",
}


def plain_text(answer: dict[str, Any]) -> str:
    """The card: verdict in words and shape, path, what to do instead, citations with their text (a gist is marked as one)."""
    return "\n".join(_card(answer))


def _card(answer: dict[str, Any]) -> Iterator[str]:
    if answer["scope"] == "out":
        yield f"不在受理范围：{answer['summary']}"
        return
    verdict = VERDICT_WORDS[Verdict(answer["verdict"])]
    path = PATH_WORDS.get(Path(answer["path"])) if answer["path"] else None
    yield f"{_MARKS[answer['verdict']]} {verdict}" + (f"　路径：{path}" if path else "") + f"　（{answer['region']}，{answer['as_of']}）"
    yield answer["summary"]
    if answer["instead"]:
        yield f"现在怎么办：{answer['instead']}"
    for question in answer["clarify"]:
        yield f"请补充：{question}"
    if answer["citations"]:
        yield "依据："
    for cite in answer["citations"]:
        kind = "" if cite["text_kind"] == "verbatim" else "〔要旨，非原文〕"
        number = f"（{cite['doc_number']}）" if cite["doc_number"] else ""
        yield f"  《{cite['title'].strip('《》')}》{number}{cite['article'] or ''}{kind}：{' '.join(cite['text'].split())[:160]}"
    if answer["near_misses"]:
        yield "为什么不是这些："
    for miss in answer["near_misses"][:6]:
        yield f"  {miss['ref']}：{_WHY.get(miss['why_not'], miss['why_not'])}{'，' + miss['note'] if miss['note'] else ''}"
    if answer["scan"]["coverage"]:
        yield answer["scan"]["coverage"]


def explain_text(answer: dict[str, Any]) -> str:
    """The tree: each step with its rule, fact, outcome and authority; then what would change the answer."""
    lines = [f"问：{answer['question']}", f"　{answer['region']}，{answer['as_of']}，语料 {answer['scan']['corpus'][:12]}"]
    steps = answer["steps"]
    for number, step in enumerate(steps, 1):
        last = number == len(steps)
        lines.append(f"{'└' if last else '├'}─ {step['rule']}")
        pad = "　" if last else "│"
        lines.append(f"{pad}　　事实：{step['fact']}")
        lines.append(f"{pad}　　结论：{step['outcome']}")
        lines += [f"{pad}　　依据：{ref}" for ref in step["citations"]]
    if answer["alternatives"]:
        lines.append("备选路径：" + "、".join(PATH_WORDS[Path(p)] for p in answer["alternatives"]))
    if answer["policy"] and answer["policy"]["label"]:
        lines.append(f"本地口径：{answer['policy']['label']}（{answer['policy']['title']}）")
    if answer["policy"] and answer["policy"]["exception"]:
        lines.append(f"例外：{answer['policy']['exception']}")
    lines += [f"要取消须先：{sentence}" for sentence in answer["would_change"]]
    if answer["missing"]:
        lines.append("还缺：" + "；".join(answer["missing"]))
    return "\n".join([*lines, "", plain_text(answer)])
