"""Catalogues of shared data 数据共享目录: which data replaces which proof. They decide nothing: no proof is cancelled or kept by them.

国务院《政务数据共享条例》(2025) 第三章: the catalogue names the data, who provides it and how it is shared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.columns import Columns, squash
from ingest.tables import LogicalTable
from knowledge.types import ListEntry, ListKind, Path

_HEADINGS = (
    ("proof_name", re.compile(r"替代.*(证明|证照|材料)|(对应|涉及|关联|减免|免交).*(证明|证照|材料)|^(证明|证照)(事项|材料)?(名称)?$")),
    ("issuing_body", re.compile(r"(提供|来源|责任|共享)(单位|部门|方|机关)")),
    ("replacement", re.compile(r"(数据|信息|资源|证照)(资源)?(目录)?(名称|项)?$")),
    ("matter", re.compile(r"(适用|应用|使用)(事项|场景|范围|业务)|^事项")),
)


def as_catalogue(table: LogicalTable) -> LogicalTable:
    """The table with its columns named as a catalogue has them: the proof that may be left out, the data in its place, who provides it.

    A table without a column of proofs comes back as it is.
    """
    found: dict[str, list[int]] = {}
    for i, heading in enumerate(table.columns.headings):
        field = next((name for name, pattern in _HEADINGS if pattern.search(squash(heading))), None)
        if field:
            found.setdefault(field, []).append(i)
    if "proof_name" not in found:
        return table
    taken = {i for columns in found.values() for i in columns}
    kept = ((field, tuple(i for i in columns if i not in taken)) for field, columns in table.columns.by_field if field not in found)
    by_field = (*((field, tuple(columns)) for field, columns in found.items()), *((f, c) for f, c in kept if c))
    return replace(table, columns=Columns(by_field, table.columns.headings, table.columns.parents))


def catalogue_entries(entries: Sequence[ListEntry]) -> tuple[ListEntry, ...]:
    """Rows of a catalogue: no effect of their own, and what replaces the proof is shared data."""
    return tuple(replace(e, list_kind=ListKind.LEDGER, path=Path.DATA_SHARING) for e in entries)
