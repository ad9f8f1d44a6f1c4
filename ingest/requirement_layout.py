"""The shape of a text in which demands are sought: sentences, lists with items, enumerations, demand verbs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.requirement_context import has_modal
from ingest.requirement_objects import has_head
from ingest.requirement_patterns import ITEM_MARK, SENTENCE_END, patterns

_GOES_ON = re.compile(r"^(?:以及|及(?!时)|和|或者|并附(?!加)|连同)")
_BOUNDARY = re.compile(
    r"$|[，。；：、）（》”\s]|的|等|以及|或|和|及|并|与|连同|原件|复[印制]件|副本|各|[一二两三四壹]|后|时|之|即|方|可|向|到|至|前往|办|申请(?!人)|申[领报办]|领|在|应|须|供|备|进行|经|由|报|依|按|作为|"
    r"享|免|火化|安葬|领|支取|报销|落户|迁|参加|乘|购|进|出|入|换|就|才|予|通过|登记|提|取得|给|送|交|查|证明|用于|以|不|是|自|随|来|其|该|符合"
)
_NAME_RUN = re.compile("[^，。；向到办申领可应进享参购在至以予依按经]{1,10}")
_GROWS = re.compile(r"[明件书照据簿表单的、和及或与等（》”所上中机人号规持]|以及|复印|原件|副本|材料|文件|资料|，(?:以及|和|或者)")


def blocks(wide: str) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Sentences; a lead ending in a colon comes with the spans of its items."""
    marks = list(ITEM_MARK.finditer(wide))
    position = 0
    while position < len(wide):
        next_mark = next((m for m in marks if m.start() >= position), None)
        stop = SENTENCE_END.search(wide, position)
        end = stop.end() if stop else len(wide)
        if (
            next_mark
            and next_mark.start() <= end
            and "：" in wide[position:end]
            and wide[position : next_mark.start()].rstrip().endswith("：")
        ):
            lead_end = next_mark.start()
            items, position = _items(wide, marks, next_mark.start())
            yield _sentence_start(wide, lead_end), lead_end, items
            continue
        if wide[position:end].strip():
            yield position, end, []
        position = max(end, position + 1)


def _sentence_start(wide: str, end: int) -> int:
    body = wide[:end].rstrip()
    return max((body.rfind(c) for c in "。！？\n"), default=-1) + 1


def _items(wide: str, marks: list[re.Match[str]], first: int) -> tuple[list[tuple[int, int]], int]:
    """Item spans from ``first`` on, and where the list ends (a line that is no item)."""
    spans: list[tuple[int, int]] = []
    run = [m for m in marks if m.start() >= first]
    position = first
    for n, mark in enumerate(run):
        gap = wide[position : mark.start()]
        if n and gap.strip():
            break
        limit = run[n + 1].start() if n + 1 < len(run) else len(wide)
        line = wide.find("\n", mark.end())
        end = min(limit, line if line >= 0 else len(wide))
        spans.append((mark.end(), end))
        position = end
    return spans, position


def verbs(wide: str, begin: int, stop: int) -> list[re.Match[str]]:
    """Demand verbs between ``begin`` and ``stop``, outside brackets and not as an attribute (「提交的材料」)."""
    depth, closed = 0, []
    for i in range(begin, stop):
        char = wide[i]
        if char in "（《“":
            depth += 1
        elif char in "）》”" and depth:
            depth -= 1
        elif depth:
            closed.append(i)
    inside = set(closed)
    return [
        m
        for m in patterns().verb.finditer(wide, begin, stop)
        if m.start() not in inside and wide[m.end() : m.end() + 1] not in ("的", "了", "过")
    ]


def enumeration_length(body: str) -> int:
    """Length of the part of ``body`` that still belongs to the enumeration (「，以及…」 goes on, other commas end it)."""
    position = 0
    depth = 0
    for i, char in enumerate(body):
        if char in "（《“":
            depth += 1
        elif char in "）》”":
            depth = max(0, depth - 1)
        elif char in "；。：\n":
            return i
        elif char == "，" and depth == 0 and not _GOES_ON.match(body[i + 1 :]):
            rest = re.split(r"[，；。：]", body[i + 1 :])[0]
            if not (
                has_head(body[position:i])
                and has_head(rest)
                and not patterns().verb.search(rest)
                and len(rest) < 40
                and not has_modal(rest)
            ):
                return i
            position = i + 1
    return len(body)


def last_head(region: str, following: str = "") -> int:
    """End of the last paper word in ``region`` that a boundary follows (0: none); ``following`` is what stands after ``region``."""
    for end in range(len(region), 0, -1):
        if has_head(region[:end][-12:]) and _BOUNDARY.match(region[end:] + following):
            return end
    return 0


def first_object_end(region: str) -> int:
    """End of the enumeration that 凭 or 持 governs: the first paper word that neither grows nor goes on (0: none)."""
    depth = 0
    for end in range(1, len(region) + 1):
        char = region[end - 1]
        depth += (char in "（") - (char in "）")
        if depth <= 0 and has_head(region[:end][-12:]) and not _GROWS.match(region[end:]) and not _more(region[end:]):
            return end
    return 0


def _more(following: str) -> bool:
    """Whether the name goes on: 「矿山报告批准文件」."""
    run = _NAME_RUN.match(following)
    return any(has_head(run.group()[:n]) for n in range(1, len(run.group()) + 1)) if run else False
