"""Physical tables → logical tables → entries, on small tables written as text: one row per line, ^ = merged with above, < with left."""

from __future__ import annotations

from ingest.blocks import Cell, Paragraph, Table
from ingest.rows import entries_of, split_proofs
from ingest.tables import logical_tables
from knowledge.types import ListKind, Locator, Path


def table(text: str, page: int | None = None) -> Table:
    """A table from text; ``^`` and ``<`` mark covered places."""
    raw = [[c.strip() for c in line.split("|")] for line in text.strip().splitlines()]
    rows: list[list[Cell]] = []
    for r, line in enumerate(raw):
        row: list[Cell] = []
        for c, word in enumerate(line):
            where = Locator(page=page, table=1, row=r + 1)
            if word == "^":
                row.append(Cell(rows[r - 1][c].text, where, inherited=True))
            elif word == "<":
                row.append(Cell(row[c - 1].text, where, inherited=True))
            else:
                down = 1 + next((i for i in range(len(raw) - r - 1) if raw[r + 1 + i][c] != "^"), len(raw) - r - 1)
                across = 1 + next((i for i in range(len(line) - c - 1) if line[c + 1 + i] != "<"), len(line) - c - 1)
                row.append(Cell(word, where, down, across))
        rows.append(row)
    return Table(tuple(tuple(row) for row in rows), Locator(page=page, table=1))


def test_two_storey_heading_with_spans() -> None:
    made, _ = logical_tables([table("序号|证明名称|实施情况|<|设定依据\n^|^|索要单位|开具单位|^\n1|单身证明|民政局|社区|《某办法》第三条")])
    entry = entries_of(made[0], ListKind.RETAIN)[0][0]
    assert (entry.requesting_body, entry.issuing_body, entry.original_basis) == ("民政局", "社区", "《某办法》第三条")


def test_two_storey_heading_without_span_marks() -> None:
    made, _ = logical_tables([table("序号|证明名称|实施情况||设定依据\n||索要单位|开具单位|\n1|单身证明|民政局|社区|《某办法》")])
    assert len(made[0].rows) == 1
    entry = entries_of(made[0], ListKind.RETAIN)[0][0]
    assert (entry.requesting_body, entry.issuing_body) == ("民政局", "社区")


def test_merged_values_go_down_and_blank_cells_stay_blank() -> None:
    made, _ = logical_tables([table("序号|索要单位|证明名称|办理事项\n1|民政局|单身证明|低保\n2|^|收入证明|\n3||死亡证明|殡葬")])
    entries = entries_of(made[0], ListKind.CANCEL)[0]
    assert [(e.requesting_body, e.matter) for e in entries] == [("民政局", "低保"), ("民政局", None), (None, "殡葬")]


def test_pages_join_and_repeated_heading_goes() -> None:
    pieces = [
        table("序号|证明名称|办理事项\n1|单身证明|低保", 1),
        table("序号|证明名称|办理事项\n2|收入证明|低保", 2),
        table("3|死亡证明|殡葬", 3),
    ]
    made, strangers = logical_tables(pieces)
    assert not strangers and [r.cells[1] for r in made[0].rows] == ["单身证明", "收入证明", "死亡证明"]
    assert made[0].rows[2].locator.page == 3


def test_a_row_broken_over_the_page_is_one_row() -> None:
    pieces = [table("序号|证明名称|取消后的办理方式\n1|单身证明|由民政部门联", 1), table("||网核验\n2|收入证明|书面承诺", 2)]
    made, _ = logical_tables(pieces)
    assert [r.cells[2] for r in made[0].rows] == ["由民政部门联网核验", "书面承诺"]


def test_a_merged_cell_over_the_page_keeps_its_value() -> None:
    pieces = [table("序号|索要单位|证明名称\n1|民政局|单身证明\n2|^|收入证明", 1), table("3||死亡证明\n4|^|病历证明", 2)]
    made, _ = logical_tables(pieces)
    assert [r.cells[1] for r in made[0].rows] == ["民政局"] * 4


def test_notes_totals_and_sections_are_no_rows() -> None:
    made, _ = logical_tables(
        [
            table(
                "填报单位:甲局|<|<\n序号|证明名称|取消后的办理方式\n一、数据共享的|<|<\n1|单身证明|\n二、告知承诺的|<|<\n2|收入证明|\n合计|2项|\n注:清单外不得索要|<|<"
            )
        ]
    )
    entries = entries_of(made[0], ListKind.CANCEL)[0]
    assert [(e.proof_name, e.path) for e in entries] == [("单身证明", Path.DATA_SHARING), ("收入证明", Path.COMMITMENT)]
    assert made[0].printed_total == 2 and made[0].notes[-1].text.startswith("注")
    assert made[0].before[0].text == "填报单位:甲局"


def test_ticked_columns_give_the_path() -> None:
    made, _ = logical_tables([table("序号|证明名称|清理方式|<|<\n^|^|直接取消|数据共享|告知承诺\n1|单身证明||√|\n2|收入证明|||√")])
    entries = entries_of(made[0], ListKind.CANCEL)[0]
    assert [e.path for e in entries] == [Path.DATA_SHARING, Path.COMMITMENT]


def test_a_form_on_its_side() -> None:
    made, _ = logical_tables([table("证明名称|单身证明\n办理事项|低保\n设定依据|《某办法》第二条\n开具单位|社区")])
    entry = entries_of(made[0], ListKind.RETAIN)[0][0]
    assert (entry.proof_name, entry.matter, entry.issuing_body) == ("单身证明", "低保", "社区")


def test_a_row_without_a_name_is_a_problem() -> None:
    made, _ = logical_tables([table("序号|证明名称|办理事项\n1|单身证明|低保\n2||殡葬")])
    entries, problems, unread = entries_of(made[0], ListKind.CANCEL)
    assert len(entries) == 1 and [p.code for p in problems] == ["ROW_WITHOUT_PROOF"] and len(unread) == 1


def test_purpose_stands_in_for_a_missing_matter_column() -> None:
    made, _ = logical_tables([table("序号|证明文件|用途|依据\n1|注册证书|续期|某公告")])
    entry = entries_of(made[0], ListKind.CANCEL)[0][0]
    assert (entry.matter, entry.purpose, entry.original_basis) == ("续期", "续期", "某公告")


def test_a_table_of_something_else_is_a_stranger() -> None:
    made, strangers = logical_tables([Paragraph("附表"), table("月份|降水量\n1|20\n2|35")])
    assert not made and len(strangers) == 1


def test_proofs_are_split_only_when_that_is_certain() -> None:
    assert split_proofs("1.单身证明;2.收入证明") == ("单身证明", "收入证明")
    assert split_proofs("单身证明\n住房情况证明") == ("单身证明", "住房情况证明")
    assert split_proofs("学历证明、工作年限证明") == ("学历证明、工作年限证明",)
    assert split_proofs("无犯罪记录\n证明") == ("无犯罪记录证明",)
