"""The rows of all lists as one register: filters, the history of a proof, precedents elsewhere, and spreadsheets. Reads only."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.access import Person, may_see
from assistant.audit_xlsx import safe
from assistant.pages.words import LIST_KIND, PATH, choice
from assistant.world import World, key_of
from knowledge.lexicon import lexicon
from knowledge.store import StoredEntry

MOST = 20_000  # rows in one spreadsheet
_XLSX = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


@dataclass(frozen=True, slots=True)
class Item:
    """A row prepared for filtering: ``document_kind`` decides who may see it, ``canonical`` is the lexicon's name, ``day`` when it took effect."""

    stored: StoredEntry
    document_kind: str
    canonical: str | None
    day: date | None

    @property
    def name_key(self) -> str:
        """Rows of one proof share it."""
        return self.canonical or key_of(self.stored.entry.proof_name)


@dataclass(frozen=True, slots=True)
class Filter:
    """What to show; empty fields do not limit. ``region`` is a full name: its own rows, those of the regions above it and those within it."""

    region: str = ""
    proof: str = ""
    body: str = ""
    matter: str = ""
    path: str = ""
    kind: str = ""
    day: date | None = None


def read_items(world: World) -> tuple[Item, ...]:
    """Every row of every list and ledger, newest list first within a proof's name."""
    kinds = {document.id: document.kind for document in world.library.documents()}
    names = lexicon()
    items = []
    for stored in world.library.entries():
        match = names.canonical_proof(stored.entry.proof_name)
        canonical = getattr(match, "name", None) if not getattr(match, "residue", "") else None
        items.append(Item(stored, kinds.get(stored.document_id, "unknown"), canonical, stored.effective or stored.published))
    return tuple(items)


def select(items: Iterable[Item], wanted: Filter, person: Person, chain: Sequence[str]) -> list[Item]:
    """Rows that a person may see and that pass the filter, in store order. Ledgers only when asked for by kind.

    Asked for retained proofs, it leaves out those that a later list, in force on the day, has cancelled where the row applies.
    """
    items = tuple(items)
    proof, body, matter = key_of(wanted.proof), key_of(wanted.body), key_of(wanted.matter)
    gone = _cancelled(items, wanted.day or date.today()) if wanted.kind == "retain" else {}
    return [
        item
        for item in items
        if may_see(person, item.document_kind)
        and (wanted.kind == str(item.stored.entry.list_kind) or (not wanted.kind and item.stored.entry.list_kind != "ledger"))
        and (not wanted.path or str(item.stored.entry.path) == wanted.path)
        and (not wanted.region or _reaches(item.stored.region or "全国", wanted.region, chain))
        and (wanted.day is None or item.day is None or item.day <= wanted.day)
        and (not proof or proof in key_of(item.stored.entry.proof_name) or proof == key_of(item.canonical))
        and (
            not body
            or any(body in key_of(name) for name in (item.stored.entry.requesting_body, item.stored.entry.issuing_body, item.stored.issuer))
        )
        and (not matter or matter in key_of(item.stored.entry.matter or item.stored.entry.purpose))
        and not any(_ends(other, item) for other in gone.get(item.name_key, ()))
    ]


def _cancelled(items: Iterable[Item], day: date) -> dict[str, list[Item]]:
    """Rows of cancellation lists that have taken effect by a day, by the name of their proof."""
    table: dict[str, list[Item]] = {}
    for item in items:
        if item.stored.entry.list_kind == "cancel" and item.day is not None and item.day <= day:
            table.setdefault(item.name_key, []).append(item)
    return table


def _ends(cancelled: Item, kept: Item) -> bool:
    """Whether a cancellation ended a retained row: later, for the region or one around it, and for the same matter or for all."""
    here, there = kept.stored.region or "全国", cancelled.stored.region or "全国"
    later = kept.day is None or (cancelled.day or date.min) > kept.day
    matters = [key_of(item.stored.entry.matter or item.stored.entry.purpose) for item in (cancelled, kept)]
    return later and (there == "全国" or here.startswith(there)) and (not matters[0] or matters[0] == matters[1])


def _reaches(own: str, wanted: str, chain: Sequence[str]) -> bool:
    return own in chain or (wanted != "全国" and own.startswith(wanted))


def history(items: Iterable[Item], item: Item, person: Person, chain: Sequence[str]) -> tuple[list[Item], list[Item]]:
    """Other rows of the same proof, oldest first: those that reach the item's region, and those of other regions (precedents)."""
    same = [
        other
        for other in items
        if other.name_key == item.name_key and other.stored.ref != item.stored.ref and other.stored.entry.list_kind != "ledger"
        if may_see(person, other.document_kind)
    ]
    same.sort(key=lambda other: (other.day or date.min, other.stored.ref))
    near = [other for other in same if (other.stored.region or "全国") in chain]
    return near, [other for other in same if other not in near]


_PLAIN = (
    ("证明名称", 26), ("办理事项", 24), ("清单种类", 10), ("取消路径", 14), ("取消后的办理方式", 36), ("设定依据", 36), ("索要单位", 20), ("开具单位", 20),
    ("地区", 18), ("清单名称", 36), ("文号", 18), ("序号", 6), ("公布日期", 12), ("施行日期", 12), ("文件", 22),
)  # fmt: skip
_PUBLISH = (
    ("序号", 6),
    ("证明名称", 26),
    ("办理事项", 24),
    ("设定依据", 40),
    ("索要单位", 22),
    ("开具单位", 22),
    ("办理指南", 44),
    ("缺少的内容", 20),
)


def workbook(items: Sequence[Item], *, publish: bool = False) -> bytes:
    """The rows as .xlsx; ``publish``: the columns that a published list must have, with what is missing named. No formula survives."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _XLSX) as book:
        sheet = book.add_worksheet("清单")
        head = book.add_format({"bold": True, "bg_color": "#EDF2F3", "border": 1, "text_wrap": True, "valign": "top"})
        cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        columns = _PUBLISH if publish else _PLAIN
        for column, (name, width) in enumerate(columns):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, head)
        for number, item in enumerate(items[:MOST], 1):
            values = _published(number, item) if publish else _plain(item)
            for column, value in enumerate(values):
                sheet.write_string(number, column, safe(value), cell)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(items[:MOST]), 1), len(columns) - 1)
    return out.getvalue()


def _plain(item: Item) -> tuple[object, ...]:
    stored, entry = item.stored, item.stored.entry
    kind, path = choice(LIST_KIND, str(entry.list_kind)), choice(PATH, str(entry.path)) if entry.path != "unknown" else ""
    basis = (entry.replacement, entry.original_basis, entry.requesting_body, entry.issuing_body)
    source = (stored.region, stored.title, stored.doc_number, entry.serial, stored.published, stored.effective, stored.file)
    return (entry.proof_name, entry.matter or entry.purpose, kind, path, *basis, *source)


def missing(item: Item) -> list[str]:
    """Which of the columns that a published list must have are empty (优化营商环境条例第四十四条第三款)."""
    entry = item.stored.entry
    needed = {"设定依据": entry.original_basis, "索要单位": entry.requesting_body, "开具单位": entry.issuing_body, "办理指南": guide(item)}
    return [name for name, value in needed.items() if not value]


def guide(item: Item) -> str:
    """The handling guide of a row: its own column where there is one, else how it is handled."""
    extra = dict(item.stored.entry.extra)
    named = next((value for name, value in extra.items() if "指南" in name and value), "")
    kept = item.stored.entry.replacement or ""
    return named or ("" if kept in ("保留", "继续保留") else kept)


def _published(number: int, item: Item) -> tuple[object, ...]:
    entry = item.stored.entry
    basis = (entry.original_basis, entry.requesting_body, entry.issuing_body)
    return (number, entry.proof_name, entry.matter or entry.purpose, *basis, guide(item), "、".join(missing(item)))
