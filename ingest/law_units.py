"""From the lines of one article to its text and its 款, 项 and 目 (立法法(2023) 第六十五条)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.law_lines import continues, item_number, subitem_number
from knowledge.text import clause_label, parse_number
from knowledge.types import Unit

_INLINE_ITEM = re.compile(r"(?<=[：；。:;，,、\s])[（(]\s*([一二三四五六七八九十百]{1,4})\s*[)）](?!项|款|、|第|至|和)")
_HANGING = frozenset("；;，,、：:")


@dataclass(slots=True)
class _Row:
    """One line of the built text: para | item | subitem | tail, with its number."""

    kind: str
    number: int
    start: int
    end: int


def build(
    pieces: list[str], *, first_is_title: bool = False, join: bool = True, glued: frozenset[int] = frozenset()
) -> tuple[str, tuple[Unit, ...]]:
    """The article's text (wrapped lines joined, one line per 款, 项 and 目) and its addressable units.

    ``pieces``: the lines of the article in order, without indentation and without the label. ``first_is_title``: the first line
    is a heading of its own (决定 with 一、标题) and is never joined to the next. ``join=False`` keeps all lines (annexes).
    ``glued``: pieces known to continue the one before (not indented in a text that indents its paragraphs).
    """
    lines = _join(pieces, first_is_title, glued) if join else [piece for piece in pieces if piece]
    if not lines:
        return "", ()
    rows = _rows(lines)
    text = "\n".join(lines)
    if not any(row.kind == "item" for row in rows):
        rows = _inline(text, rows)
    return text, _units(rows)


def _join(pieces: list[str], first_is_title: bool, glued: frozenset[int]) -> list[str]:
    lines: list[str] = []
    for index, piece in enumerate(pieces):
        if not piece:
            continue
        if lines and not (first_is_title and len(lines) == 1) and (index in glued or continues(lines[-1], piece)):
            glue = " " if lines[-1][-1].isascii() and lines[-1][-1].isalnum() and piece[0].isascii() and piece[0].isalnum() else ""
            lines[-1] += glue + piece
        else:
            lines.append(piece)
    return lines


def _rows(lines: list[str]) -> list[_Row]:
    """Each line as 款, 项, 目 or the hanging end of a 款 after its 项."""
    rows: list[_Row] = []
    start, paras, last_item, last_sub = 0, 0, 0, 0
    for line in lines:
        end = start + len(line)
        item, sub = item_number(line), subitem_number(line)
        if item and (item[0] == last_item + 1 or item[0] == 1 or last_item):
            if item[0] == 1 and last_item:  # a second list belongs to the 款 before it, whatever its number
                last_item = 0
            if not paras:
                paras = 1
            rows.append(_Row("item", item[0], start, end))
            last_item, last_sub = item[0], 0
        elif sub and (sub[0] == last_sub + 1) and rows:
            rows.append(_Row("subitem", sub[0], start, end))
            last_sub = sub[0]
        elif rows and rows[-1].kind in ("item", "subitem") and lines[len(rows) - 1][-1] in _HANGING:
            rows.append(_Row("tail", 0, start, end))
        else:
            paras += 1
            last_item = last_sub = 0
            rows.append(_Row("para", paras, start, end))
        start = end + 1
    return rows


def _inline(text: str, rows: list[_Row]) -> list[_Row]:
    """Adds the items of a list that is printed inside one paragraph: （一）…；（二）…, counted from one without a gap."""
    if "一）" not in text and "一)" not in text:
        return rows
    out: list[_Row] = []
    for row in rows:
        out.append(row)
        wanted, found = 1, []
        for match in _INLINE_ITEM.finditer(text, row.start, row.end):
            if parse_number(match.group(1)) == wanted:
                found.append(match.start())
                wanted += 1
        if len(found) > 1:
            ends = [*found[1:], row.end]
            out.extend(_Row("item", n, a, b) for n, (a, b) in enumerate(zip(found, ends, strict=True), 1))
    return out


def _units(rows: list[_Row]) -> tuple[Unit, ...]:
    """Rows → units; a 款 reaches to the end of its 项, an 项 to the end of its 目."""
    several = sum(row.kind == "para" for row in rows) > 1
    raw: list[list[int]] = []  # para, item, subitem, start, end
    para = item = 0
    clause = entry = -1  # places in raw of the open 款 and 项
    for row in rows:
        if row.kind == "para" or clause < 0:
            para, item, clause, entry = para + 1, 0, len(raw), -1
            raw.append([para, 0, 0, row.start, row.end])
        if row.kind == "item":
            item, entry = row.number, len(raw)
            raw.append([para, item, 0, row.start, row.end])
        elif row.kind == "subitem":
            raw.append([para, item, row.number, row.start, row.end])
            if entry >= 0:
                raw[entry][4] = row.end
        raw[clause][4] = max(raw[clause][4], row.end)
    return tuple(_named(raw, several))


def _named(raw: list[list[int]], several: bool) -> list[Unit]:
    seen: dict[str, int] = {}
    out: list[Unit] = []
    for para, item, subitem, start, end in raw:
        steps = f"para_{para}" + (f".item_{item}" if item else "") + (f".subitem_{subitem}" if subitem else "")
        seen[steps] = seen.get(steps, 0) + 1
        if seen[steps] > 1:  # the same number twice in one 款: both stay addressable
            steps += f"-{seen[steps]}"
        label = clause_label(para if several or not (item or subitem) else None, item or None, subitem or None)
        out.append(Unit(steps, label, start, end))
    return out
