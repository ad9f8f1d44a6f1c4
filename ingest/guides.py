"""Service guides 办事指南 written as running text: the numbered materials below 申请材料 → rows, as a guide's table would give them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.blocks import Paragraph
from knowledge.types import ListEntry, ListKind, Locator

_HEAD = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．]\s*)?[【\[]?(?:需要?|应当?|所需)?(?:申请|申报|申办|办理|提交|提供|所需|受理)?(?:提交|提供)?的?"
    r"(?:证明)?材料(?:清单|目录|名称|要求|一览)?[】\]]?\s*(?:如下)?\s*(?:[:：]\s*(?P<rest>.*))?$"
)
_NEXT = re.compile(
    r"^\s*(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十]{1,3}[)）]|第[一二三四五六七八九十]+[条章部]|[【\[])"
)
_ITEM = re.compile(r"^\s*(?:[（(](\d{1,2}|[一二三四五六七八九十]{1,3})[)）]|(\d{1,2})[.．、)）](?!\d)|([①-⑳]))\s*(?P<text>.+)$")
_INLINE = re.compile(r"(?:^|[;；。\s])\s*(?:[（(](\d{1,2})[)）]|(\d{1,2})[.．、)）](?!\d)|([①-⑳]))\s*")
_BASIS = re.compile(
    r"[（(](?:设定)?(?:依据|根据)?[:：]?\s*((?:《[^》]+》)[^（()）]*)[)）]|[，,；;](?:设定)?依据(?:为)?[:：]?\s*(《[^》]+》[^，,；;。]*)"
)
_ISSUER = re.compile(r"[（(，,]\s*由?([^（()），,；;]{2,16}?)(?:出具|开具)[)）]?")
_COPIES = re.compile(
    r"[（(][^（()）]*(?:原件|复印件|一式|\d+\s*份|盖章|现场|窗口提供|核验)[^（()）]*[)）]|[，,]\s*(?:原件|复印件|一式|\d+份).*$"
)


def read_guide(paragraphs: Sequence[Paragraph]) -> tuple[ListEntry, ...]:
    """Materials listed below a heading such as 四、申请材料, until the next heading of its rank; empty when there is no such list."""
    out: list[ListEntry] = []
    open_rank: str | None = None
    for p in paragraphs:
        text = p.text.strip()
        head = _HEAD.match(text) if len(text) <= 24 or "材料" in text[:16] else None
        if head:
            open_rank = _rank(text)
            if head["rest"]:
                out.extend(_inline(head["rest"], p.locator))
            continue
        if open_rank is None:
            continue
        item = _ITEM.match(text)
        if item and _rank(text) != open_rank:
            out.append(_entry(item["text"], p.locator, next((g for g in item.groups()[:3] if g), None)))
        elif _NEXT.match(text) or (p.style in ("title", "heading") and not item):
            open_rank = None
    return tuple(e for e in out if len(e.proof_name) >= 2)


def _rank(text: str) -> str:
    """The kind of numbering a line opens with: a list below 四、 may run 1. 2. or (一)(二), never 五、."""
    if re.match(r"\s*[一二三四五六七八九十]{1,3}[、.．]", text):
        return "一、"
    if re.match(r"\s*[（(][一二三四五六七八九十]", text):
        return "（一）"
    if re.match(r"\s*[（(]?\d", text):
        return "1"
    return ""


def _inline(text: str, where: Locator) -> list[ListEntry]:
    """Materials run together in one paragraph: 1.…;2.…;3.…, or parted by 、 when there are no numbers."""
    marks = list(_INLINE.finditer(text))
    if len(marks) >= 2:
        ends = [m.start() for m in marks[1:]] + [len(text)]
        return [_entry(text[m.end() : end], where, next((g for g in m.groups() if g), None)) for m, end in zip(marks, ends, strict=True)]
    return [_entry(t, where, None) for t in re.split(r"[、；;](?![^（(]*[)）])", text) if t.strip()]


def _entry(text: str, where: Locator, serial: str | None) -> ListEntry:
    plain = text.strip(" ;；。,，")
    basis = _BASIS.search(plain)
    issuer = _ISSUER.search(plain)
    name = _COPIES.sub("", _BASIS.sub("", plain)).strip(" ;；。,，、")
    issuing = issuer.group(1) if issuer and not re.search(r"相关|有关|申请人", issuer.group(1)) else None
    return ListEntry(
        ListKind.LEDGER,
        name,
        original_basis=next((g for g in basis.groups() if g), None) if basis else None,
        issuing_body=issuing,
        serial=serial,
        locator=where,
    )
