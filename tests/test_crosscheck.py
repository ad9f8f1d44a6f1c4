"""Tables are compared with a second reading of the same place; the layouts that are read right raise no doubt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.blocks import Cell, Table
from ingest.crosscheck import doubts
from ingest.formats import read_here

DOCUMENTS = Path(__file__).parent / "documents"
NAME = "repeated-headers.pdf"


def tables() -> list[Table]:
    found = read_here((DOCUMENTS / NAME).read_bytes(), NAME)
    return [b for b in found.blocks if isinstance(b, Table) and b.locator.page == 1]


def said(table: Table) -> list[str]:
    return [p.message for p in doubts((DOCUMENTS / NAME).read_bytes(), [(1, [table], [])])]


@pytest.mark.parametrize("file", sorted(f.name for f in DOCUMENTS.glob("*.pdf")))
def test_no_doubt_where_both_ways_agree(file: str) -> None:
    found = read_here((DOCUMENTS / file).read_bytes(), file)
    assert not [p.message for p in found.problems if p.code == "EXTRACTIONS_DIFFER"]


def test_a_lost_row_and_lost_characters_are_shown() -> None:
    (table,) = tables()
    assert said(table) == []
    assert "取出的字不同" in said(replace(table, rows=table.rows[:-1]))[0]
    blank = tuple(Cell("", c.locator) if i == 1 else c for i, c in enumerate(table.rows[2]))
    assert "另一方法多" in said(replace(table, rows=(*table.rows[:2], blank, *table.rows[3:])))[0]


def test_a_row_whose_serial_went_elsewhere_is_shown() -> None:
    (table,) = tables()
    row = table.rows[3]
    moved = (replace(row[0], text=""), replace(row[1], text=row[0].text + row[1].text), *row[2:])
    assert "序号" in said(replace(table, rows=(*table.rows[:3], moved, *table.rows[4:])))[0]


def test_a_file_that_does_not_open_raises_no_doubt() -> None:
    assert doubts(b"%PDF-1.4 broken", [(1, tables(), [])]) == []
