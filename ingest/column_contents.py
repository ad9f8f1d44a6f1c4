"""Columns whose heading says nothing we know, told by what stands in them: bodies, legal bases, what happens instead, the matter.

Only columns without a field are looked at, and only for fields that the table lacks: a heading always has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.columns import Columns
from ingest.paths import label_path, text_path
from knowledge.types import Path

_BASIS = re.compile(r"《[^》]{2,60}》|第[一二三四五六七八九十百零\d]+条|[〔\[［(（]\d{4}[〕\]］)）]\s*\d+号")
_BODY = re.compile(
    r"(局|委|委员会|部|部门|中心|政府|办|办公室|厅|站|所|院|会|社区|街道|乡镇?|镇|村|机关|银行|学校|大队|支队|队|公司|单位|机构|处|科|股|窗口|协会|联)([（(][^（）()]*[)）])?$"
)
_NO_MATTER = re.compile(r"^[^\u4e00-\u9fff]*$|^(是|否|有|无|详见|见|同上)|^https?:|\d{7}|^.$")
_MOST, _MANY = 0.8, 0.5
_LONGEST_MATTER = 60


def completed(columns: Columns, rows: Sequence[Sequence[str]]) -> Columns:
    """``columns`` with fields for the unknown columns that their cells give away; as it was where nothing is certain.

    ``rows``: the cells of every row of the table. At least three filled cells are needed before a column is judged.
    """
    known = {field for field, _ in columns.by_field}
    taken = {c for _, cs in columns.by_field for c in cs}
    if "proof_name" not in known:
        return columns
    found: list[tuple[str, tuple[int, ...]]] = []
    free: dict[int, list[str]] = {}
    for i, heading in enumerate(columns.headings):
        cells = [row[i].strip() for row in rows if i < len(row) and row[i].strip()]
        if i not in taken and heading and len(cells) >= 3:
            free[i] = cells
    for field, fits in (("original_basis", _is_basis), ("requesting_body", _is_body), ("issuing_body", _is_body), ("replacement", _tells)):
        column = next((i for i, cells in free.items() if fits(cells)), None)
        if field not in known and column is not None:
            found.append((field, (column,)))
            del free[column]
    matters = [i for i, cells in free.items() if _is_matter(cells)]
    if "matter" not in known and "purpose" not in known and len(matters) == 1:
        found.append(("matter", (matters[0],)))
    return replace(columns, by_field=(*columns.by_field, *found)) if found else columns


def _share(cells: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(1 for c in cells if pattern.search(c)) / len(cells)


def _is_basis(cells: Sequence[str]) -> bool:
    return _share(cells, _BASIS) >= _MANY


def _is_body(cells: Sequence[str]) -> bool:
    return _share([c if len(c) <= 30 else "" for c in cells], _BODY) >= _MOST


def _tells(cells: Sequence[str]) -> bool:
    """True for sentences or labels most of which name a way of doing without the proof."""
    told = sum(1 for c in cells if text_path(c) is not Path.UNKNOWN or label_path(c) is not Path.UNKNOWN)
    return told >= _MANY * len(cells) and sum(map(len, cells)) / len(cells) >= 4


def _is_matter(cells: Sequence[str]) -> bool:
    return not any(_NO_MATTER.search(c) for c in cells) and max(map(len, cells)) <= _LONGEST_MATTER and min(map(len, cells)) >= 3
