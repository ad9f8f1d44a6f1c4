"""A parsed file → every material it demands of an applicant: table rows, list items and sentences, each with its claimed basis and place. Pure.

``demand`` is the cell or sentence as written, so that a reviewer finds it again; ``name`` is the material in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from assistant.audit_cells import MARK, basis_in, clean, issuer_in, matter_in_title, purpose_of
from assistant.audit_demand import PAPER, Demand, catch_all, pieces
from assistant.audit_prose import LABEL, PLAIN, item, names_paper, prose, provisions
from ingest.blocks import Blocks, Table
from ingest.requirements import extract_from_sentence
from ingest.rows import proof_column
from ingest.tables import LogicalTable, logical_tables
from knowledge.types import DocKind, ListEntry, ListKind, ParsedDocument

_CITES = re.compile(
    r"《[^《》]{2,40}(?:法|条例|规定|办法|细则|决定|意见|通知|规范|方案|规程|守则|纪要|标准|准则|章程)[^《》]{0,10}》|》第.{1,6}条"
)
_BASIS_LABEL = re.compile(r"(?:依据|出处|规定)(?:之?[一二三四五六七八九十]+|\d+)?$")
_MATTER_LABEL = re.compile(r"^(?:(?:办理|服务|政务|申请|业务|办事)?(?:事项|业务)(?:名称)?|办事指南|服务指南)$")
_NAMELESS = re.compile(
    r"^(?:有关|相关|上述|下列|以下|前款|申请|申报|办理|所需|所有|全部|必要|规定|要求|齐全|完整|真实|的|和|及|证明|材料|文件|资料|手续|证件)+$"
)


def demands_of(blocks: Blocks, document: ParsedDocument) -> tuple[Demand, ...]:
    """Every demand of a file in reading order; negative sentences (不得要求提供…) and list effects (取消) are none."""
    requester = document.issuer
    found = [*_rows(document), *_tables(blocks, document)]
    found += provisions(document) if document.provisions and document.kind in (DocKind.DRAFT, DocKind.LAW) else prose(blocks, document)
    ordered = sorted(found, key=lambda d: (d.locator.chars or (1 << 40, 0))[0])
    unique: dict[tuple[str, object], Demand] = {}
    for d in ordered:
        if _NAMELESS.match(d.name) and not d.catch_all:
            continue
        unique.setdefault((PLAIN.sub("", d.demand) + d.name, d.locator.chars or d.locator), d)
    return tuple(replace(d, order=n, requester=d.requester or requester) for n, d in enumerate(unique.values(), 1))


# ---------- tables ----------
def _rows(document: ParsedDocument) -> Iterator[Demand]:
    for entry in document.entries:
        parts = pieces(entry.proof_name)
        if len(parts) < 2:
            yield row_demand(entry, document)
            continue
        for part in parts:
            made = list(item(part, entry.matter or matter_in_title(document.title), entry.locator, True, entry.original_basis))
            yield from (replace(d, kind="row", requester=entry.requesting_body, entry=entry) for d in made)


def row_demand(entry: ListEntry, document: ParsedDocument) -> Demand:
    """A row of a guide or ledger as a demand."""
    cell = entry.proof_name
    bare, purpose = purpose_of(cell)
    name = clean(bare)
    return Demand(
        demand=cell,
        name=name,
        matter=entry.matter or matter_in_title(document.title),
        basis=entry.original_basis or basis_in(cell) or _beside(entry),
        locator=entry.locator,
        kind="row",
        purpose=purpose,
        issuer=issuer_in(cell, entry.issuing_body),
        requester=entry.requesting_body,
        context="｜".join(v for _, v in entry.extra),
        catch_all=catch_all(cell),
        list_kind=entry.list_kind,
        entry=entry,
    )


def _beside(entry: ListEntry) -> str | None:
    """The basis in a column whose heading does not say so: the first other cell that cites something."""
    return next((v.strip() for _, v in entry.extra if _CITES.search(v)), None)


def _tables(blocks: Blocks, document: ParsedDocument) -> Iterator[Demand]:
    """Tables without a heading of their own (label | content): cells that list materials, or name one."""
    read = {(e.locator.sheet, e.locator.table, e.locator.row) for e in document.entries}
    if not any(isinstance(b, Table) for b in blocks.blocks):
        return
    logical, loose = logical_tables(blocks.blocks)
    matter = matter_in_title(document.title)
    for nameless in logical:
        if proof_column(nameless) is None and document.kind not in (DocKind.LIST, DocKind.NOTICE):
            yield from _nameless(nameless, document)
    strangers = set(loose)
    for table in (b for b in blocks.blocks if isinstance(b, Table) and b in strangers):
        matter, last = _named_matter(table) or matter, []
        for row in table.rows:
            if row and (row[0].locator.sheet, row[0].locator.table, row[0].locator.row) in read:
                continue
            label = row[0].text if row else ""
            if last and len(row) == 2 and _BASIS_LABEL.search(PLAIN.sub("", label)):
                yield from (replace(d, basis=d.basis or row[1].text.strip() or None) for d in last)
                last = []
                continue
            yield from last
            last = []
            listing = bool(LABEL.search(PLAIN.sub("", label)))
            basis = next((c.text for c in row if "《" in c.text and not names_paper(c.text) and not extract_from_sentence(c.text)), None)
            for cell in row[1:] if len(row) > 1 else row:
                if cell.inherited or not cell.text or cell.text == basis:
                    continue
                for text in pieces(cell.text):
                    last += item(text, matter, cell.locator, listing, basis)
        yield from last


def _named_matter(table: Table) -> str | None:
    """What a form of labels says its matter is (办理事项 | 义务教育入学报名)."""
    for row in table.rows:
        if len(row) == 2 and _MATTER_LABEL.search(PLAIN.sub("", row[0].text)):
            return matter_in_title(f"{row[1].text.strip()}办事指南") or row[1].text.strip() or None
    return None


def _nameless(table: LogicalTable, document: ParsedDocument) -> Iterator[Demand]:
    """A table whose heading names no proofs (名称 | 依据): the column that reads most like a column of materials."""
    basis = table.columns.first("original_basis")
    taken = {c for f in ("serial", "original_basis", "issuing_body", "requesting_body", "matter") for c in table.columns.of(f)}
    shares = []
    for column in range(len(table.columns.headings)):
        cells = [r.cells[column] for r in table.rows if r.cells[column].strip()]
        if column not in taken and cells:
            shares.append((sum(1 for c in cells if PAPER.search(MARK.sub("", c))) / len(cells), -column))
    if not shares or max(shares)[0] < 0.6:
        return
    best = -max(shares)[1]
    issuer = table.columns.first("issuing_body")
    for row in table.rows:
        cell = row.cells[best].strip()
        if not cell:
            continue
        entry = ListEntry(
            ListKind.LEDGER,
            cell,
            original_basis=(row.cells[basis].strip() or None) if basis is not None else None,
            issuing_body=(row.cells[issuer].strip() or None) if issuer is not None else None,
            locator=row.locator,
        )
        yield row_demand(entry, document)


__all__ = ["Demand", "catch_all", "demands_of", "issuer_in", "matter_in_title"]
