"""The conservation ledger of a list: what came in, what came out, and in words what is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.blocks import Blocks, Paragraph
from ingest.glyphs import visible
from ingest.listdoc import Front
from ingest.notices import Prose
from knowledge.types import Conservation, DocKind, ListEntry, ListKind, Locator, Problem

_TOTAL = re.compile(r"(?:共|合计|总计)(?:计|有|取消|保留|梳理|公布|清理出?|涉及)*\s*(\d{1,4})\s*(?:项|种|个|条|类)")
_TITLE_TOTAL = re.compile(r"(?<!第)(\d{1,4})\s*(?:项|种|个|类)[^，。]{0,8}(?:证明|证照|材料)|[（(](?:共)?(\d{1,4})项[)）]")

_LOOSE = re.compile(r" {2,}|\t")  # pieces of a line that stand apart, as columns do


@dataclass(frozen=True, slots=True)
class ListParse:
    """What the tables of a document gave: ``unread`` counts visible characters of rows and tables that became nothing."""

    entries: tuple[ListEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: int = 0
    kinds: tuple[ListKind | None, ...] = ()
    printed_total: int | None = None
    rows: int = 0


def _serials(entries: Sequence[ListEntry]) -> tuple[int | None, int | None, tuple[int, ...], tuple[int, ...]]:
    """First, last, gaps and repeats of the printed serial numbers; a serial that starts again at 1 opens a new run."""
    numbers = [int(m.group()) for e in entries if e.serial and (m := re.fullmatch(r"\d{1,5}", e.serial.strip(" .、")))]
    if not numbers:
        return None, None, (), ()
    gaps: list[int] = []
    repeats: list[int] = []
    run = [numbers[0]]
    for number in [*numbers[1:], 1]:
        if number == 1 and len(run) >= 1:
            count = Counter(run)
            gaps.extend(n for n in range(min(run), max(run)) if n not in count)
            repeats.extend(n for n, c in count.items() if c > 1)
            run = [number]
        else:
            run.append(number)
    return numbers[0], max(numbers), tuple(sorted(gaps)), tuple(sorted(repeats))


def _printed_total(blocks: Blocks, listed: ListParse, front: Front) -> int | None:
    """A number of items that the document itself prints: a total row, 共…项, or the title's 取消36项."""
    if listed.printed_total is not None:
        return listed.printed_total
    for block in blocks.blocks:
        if isinstance(block, Paragraph) and block.style not in ("header", "footer"):
            found = _TOTAL.search(block.text)
            if found and "证明" in block.text:
                return int(found.group(1))
    found = _TITLE_TOTAL.search(front.title or "")
    return int(next(g for g in found.groups() if g)) if found else None


def ledger_of(blocks: Blocks, listed: ListParse, prose: Prose, entries: Sequence[ListEntry], front: Front, kind: DocKind) -> Conservation:
    """Characters in and out, serials, printed total and pages without text of a list or notice."""
    into = int(dict(blocks.meta).get("characters", visible(blocks.text)))
    left = listed.unread + sum(visible(p.text) for p in prose.unread)
    split = {e.locator: e for e in entries if e.serial}
    first, last, gaps, repeats = _serials(list(split.values()) if len(split) < len(entries) else entries)
    total = _printed_total(blocks, listed, front) if entries and kind is not DocKind.GUIDE else None
    return Conservation(into, visible(blocks.text) - left, first, last, gaps, repeats, total, len(entries), blocks.pages_without_text)


def ledger_problems(ledger: Conservation, blocks: Blocks, kind: DocKind) -> tuple[Problem, ...]:
    """Say in words what the ledger of a list found wrong."""
    out: list[Problem] = []
    if kind in (DocKind.LAW, DocKind.DRAFT):
        return ()
    if ledger.gaps:
        out.append(Problem("SERIAL_GAP", f"序号有断号：缺 {_some(ledger.gaps)}。请核对原文件是否漏行或分批公布。"))
    if ledger.repeats:
        out.append(Problem("SERIAL_REPEAT", f"序号有重复：{_some(ledger.repeats)}。请核对原文件。"))
    if ledger.printed_total is not None and ledger.printed_total != ledger.rows:
        out.append(
            Problem(
                "TOTAL_DIFFERS",
                f"文中写明共 {ledger.printed_total} 项，实际读到 {ledger.rows} 行。请核对是否只附了一部分或按别的口径计数。",
            )
        )
    if blocks.pages_without_text:
        out.append(
            Problem(
                "PAGE_WITHOUT_TEXT",
                f"第 {_some(blocks.pages_without_text)} 页没有文字(可能是扫描件),没有读入。",
                Locator(page=blocks.pages_without_text[0]),
            )
        )
    if ledger.characters_in != ledger.characters_in_units:
        out.append(
            Problem("CHARACTERS_LOST", f"文件有 {ledger.characters_in} 个字，读入 {ledger.characters_in_units} 个，相差部分请核对。")
        )
    loose = [b for b in blocks.blocks if isinstance(b, Paragraph) and len(_LOOSE.split(b.text.strip())) >= 3]
    if len(loose) >= 2 and kind is not DocKind.GUIDE:
        out.append(
            Problem(
                "ROWS_OUTSIDE_TABLE",
                f"有 {len(loose)} 行字排成几栏，却没有读进任何表格（如“{loose[0].text.strip()[:30]}”），可能漏了行。请对照原件核对这一段。",
                loose[0].locator,
            )
        )
    if ledger.rows == 0 and kind in (DocKind.LIST, DocKind.LEDGER):
        out.append(Problem("NO_ROWS", "文件像清单，但没有读到任何一行。请核对表头。", severity="error"))
    return tuple(out)


def _some(numbers: Sequence[int]) -> str:
    shown = "、".join(str(n) for n in numbers[:12])
    return shown + ("等" if len(numbers) > 12 else "")
