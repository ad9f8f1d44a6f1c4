"""Lists written as prose: 取消《…》第…条设定的…证明,改为… / 保留“…” / 对“…”实行告知承诺 / 不再出具“…” → entries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.blocks import Paragraph
from ingest.kinds import list_kind
from ingest.notice_items import QUOTE, read_item
from ingest.paths import path_of
from knowledge.types import ListEntry, ListKind, Problem

_NUMBER = re.compile(
    r"^\s*(?:[（(]([一二三四五六七八九十百\d]{1,4})[)）]|([一二三四五六七八九十百]{1,4})、|(\d{1,3})[.．、)）](?!\d)"
    r"|第([一二三四五六七八九十百\d]{1,4})项[:：、]?|[①-⑳])\s*"
)
_HINT = re.compile(r"取消|保留|承诺|代办|代跑|不再|不得|无需|无须|免于|免予|停止|改为|废止")

_LEAD = re.compile(r"(?:下列|以下|如下)[^“”]{0,40}(?:[:：。]|$)")  # 决定取消下列证明：
_ASIDE = re.compile(r"^.{0,10}(?:要求|保障措施|工作安排|其他事项|附则|注意事项)[。:：]?$")
_CHARGE = re.compile(  # an instruction to the offices, not an item of the list
    r"各|要|应当|不得|必须|严格|加强|强化|做好|落实|完善|建立|健全|开展|组织|推进|规范|明确|提高|认真|进一步|坚持|凡|本|取消后|清单|对(?:清单|上述|取消|保留|确)"
)


@dataclass(frozen=True, slots=True)
class Prose:
    """What prose yields: entries, problems and the paragraphs that look like items and could not be read."""

    entries: tuple[ListEntry, ...]
    problems: tuple[Problem, ...] = ()
    unread: tuple[Paragraph, ...] = ()


def read_notice(paragraphs: Sequence[Paragraph], title: str | None = None) -> Prose:
    """Read the numbered items (or sentences) of a notice. Sentences without an effect of the lists (取消, 保留, …) are left alone.

    A numbered item that names a proof but no effect takes the effect of the heading above it (一、取消的证明事项).
    """
    entries: list[ListEntry] = []
    problems: list[Problem] = []
    unread: list[Paragraph] = []
    above: ListKind | None = None
    numbered = any(_NUMBER.match(p.text) for p in paragraphs)
    for p in paragraphs:
        if p.style in ("header", "footer") or p.text.strip() == (title or "").strip():
            continue
        number = _NUMBER.match(p.text)
        text = p.text[number.end() :].strip() if number else p.text.strip()
        if _is_heading(text) or (_LEAD.search(text) and list_kind(text) is not None):
            above = list_kind(text) or above
            continue
        if _ASIDE.search(text):
            above = None
        if not number and (numbered or not QUOTE.search(text)) and "设定的" not in text:
            continue
        made = _item(text, above if number else None)
        if not made and number and "证明" in text and not _CHARGE.match(text) and (_HINT.search(text[:60]) or above):
            unread.append(p)
            problems.append(Problem("ITEM_NOT_READ", f"这一项没有读成清单条目：{text[:50]}。请核对原文。", p.locator))
        serial = next((g for g in number.groups() if g), None) if number else None
        entries.extend(replace(e, serial=serial, locator=p.locator) for e in made)
    return Prose(tuple(entries), tuple(problems), tuple(unread))


def _item(text: str, above: ListKind | None) -> list[ListEntry]:
    """Entries of one paragraph. Under a heading the first sentence may only name the proof, and the next say what happens instead."""
    first, *rest = sentences(text) or [""]
    made = read_item(first, above)
    for sentence in rest:
        more = read_item(sentence)
        told = re.sub(r"^取消后[，,]?", "", sentence).strip(" 。；;")
        if made and not more and above is not None and all(e.replacement is None for e in made):
            made = [replace(e, replacement=told, path=path_of(e.list_kind, told)) for e in made]
        made += more
    return made


def _is_heading(text: str) -> bool:
    """A short line that names an effect and ends like a heading: 取消的证明事项(12项), 保留的证明材料目录."""
    plain = re.sub(r"[（(][^（()）]*[)）]|[:：]$", "", text).strip()
    if len(plain) > 40 or QUOTE.search(text) or "《" in text or re.search(r"[，。；]", plain):
        return False
    return bool(re.search(r"(?:的|类|部分|清单|目录|事项|证明|材料|如下|方面)$", plain)) and list_kind(plain) is not None


def sentences(text: str) -> list[str]:
    """Sentences ended by 。 outside brackets and quotation marks."""
    out, depth, start = [], 0, 0
    for i, c in enumerate(text):
        if c in "（(《“「":
            depth += 1
        elif c in "）)》”」":
            depth = max(depth - 1, 0)
        elif c == "。" and depth == 0:
            out.append(text[start : i + 1])
            start = i + 1
    return [s.strip() for s in [*out, text[start:]] if s.strip()]
