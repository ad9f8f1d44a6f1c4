"""The register and its figures on a few fictional rows."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from assistant.access import NOBODY, Person, Rank
from assistant.pages import figures
from assistant.pages.register import Filter, Item, guide, history, missing, select, workbook
from knowledge.store import StoredEntry
from knowledge.types import ListEntry, ListKind, Locator, Path

STAFF = Person("甲", Rank.WINDOW)
CHAIN = ("云溪省清江市", "云溪省", "全国")


def item(proof: str, number: int = 1, *, kind: ListKind = ListKind.CANCEL, region: str | None = "云溪省清江市", day: date | None = date(2020, 1, 1), canonical: str | None = None, document: str = "list", **values: object) -> Item:  # fmt: skip
    entry = ListEntry(kind, proof, serial=str(number), locator=Locator(row=number), **{"matter": "入学报名", **values})  # type: ignore[arg-type]
    stored = StoredEntry(
        number, f"清单@2020#row_{number}", 1, "0" * 64, "清单.xlsx", entry, "清单", None, "清江市政府", region, day, day, number
    )
    return Item(stored, document, canonical, day)


ROWS = [
    item("居住证明", 1, canonical="居住证明", path=Path.DATA_SHARING, requesting_body="清江市教育局"),
    item("居住情况证明", 2, canonical="居住证明", kind=ListKind.RETAIN, requesting_body="望川区公安分局", day=date(2022, 5, 1)),
    item("居住证明", 3, canonical="居住证明", region="别省别市", requesting_body="别市教育局", day=date(2018, 1, 1)),
    item("收入证明", 4, canonical="收入证明", region="全国", matter="公租房申请", path=Path.COMMITMENT),
    item("无业证明", 5, kind=ListKind.LEDGER, document="ledger", region="云溪省清江市望川区"),
]


@pytest.mark.parametrize(
    ("wanted", "person", "numbers"),
    [
        (Filter(), NOBODY, [1, 2, 3, 4]),
        (Filter(region="云溪省清江市"), NOBODY, [1, 2, 4]),
        (Filter(proof="居住"), NOBODY, [1, 2, 3]),
        (Filter(body="公安"), NOBODY, [2]),
        (Filter(matter="公租房"), NOBODY, [4]),
        (Filter(path="commitment"), NOBODY, [4]),
        (Filter(kind="retain"), NOBODY, [2]),
        (Filter(day=date(2020, 6, 1)), NOBODY, [1, 3, 4]),
        (Filter(kind="ledger"), NOBODY, []),
        (Filter(kind="ledger"), STAFF, [5]),
        (Filter(kind="ledger", region="云溪省清江市"), STAFF, [5]),
    ],
)
def test_filters(wanted: Filter, person: Person, numbers: list[int]) -> None:
    assert [found.stored.row_number for found in select(ROWS, wanted, person, CHAIN)] == numbers


@pytest.mark.parametrize(
    ("day", "matter", "region", "kept"),
    [
        (date(2021, 1, 1), "入学报名", "云溪省清江市", False),  # cancelled afterwards, here
        (date(2021, 1, 1), None, "全国", False),  # for all matters, everywhere
        (date(2021, 1, 1), "购房资格审核", "云溪省清江市", True),  # another matter
        (date(2021, 1, 1), "入学报名", "别省别市", True),  # elsewhere
        (date(2019, 1, 1), "入学报名", "云溪省清江市", True),  # earlier than the retained list
        (date(2024, 1, 1), "入学报名", "云溪省清江市", True),  # not yet on the day asked about
    ],
)
def test_the_retained_list_as_of_a_day_leaves_out_what_was_cancelled_since(day: date, matter: str | None, region: str, kept: bool) -> None:
    rows = [
        item("居住证明", 1, kind=ListKind.RETAIN, canonical="居住证明"),
        item("居住情况证明", 2, canonical="居住证明", day=day, matter=matter, region=region),
    ]
    wanted = Filter(kind="retain", region="云溪省清江市", day=date(2022, 1, 1))
    assert bool(select(rows, wanted, NOBODY, CHAIN)) is kept


def test_history_here_and_precedents_elsewhere() -> None:
    near, elsewhere = history(ROWS, ROWS[1], NOBODY, CHAIN)
    assert [found.stored.row_number for found in near] == [1]
    assert [found.stored.row_number for found in elsewhere] == [3]


def test_a_spreadsheet_holds_the_rows_and_no_formula() -> None:
    book = load_workbook(io.BytesIO(workbook([item("=1+1"), item("@SUM(A1)"), ROWS[0]])))
    cells = [book.active.cell(row, 1) for row in (2, 3, 4)]
    assert [cell.data_type for cell in cells] == ["s", "s", "s"]
    assert [str(cell.value)[0] for cell in cells] == ["'", "'", "居"]


def test_the_publishable_list_names_what_is_missing() -> None:
    whole = item(
        "甲证明",
        kind=ListKind.RETAIN,
        original_basis="《某法》第一条",
        requesting_body="甲局",
        issuing_body="乙局",
        replacement="到窗口提交",
    )
    assert missing(whole) == [] and guide(whole) == "到窗口提交"
    assert missing(item("乙证明", kind=ListKind.RETAIN, requesting_body="甲局", replacement="保留")) == ["设定依据", "开具单位", "办理指南"]
    sheet = load_workbook(io.BytesIO(workbook([item("乙证明", kind=ListKind.RETAIN)], publish=True))).active
    assert [cell.value for cell in sheet[1]][3:7] == ["设定依据", "索要单位", "开具单位", "办理指南"]
    assert "设定依据" in str(sheet.cell(2, 8).value)


def test_counts_and_grid() -> None:
    assert figures.count(ROWS, lambda row: str(row.stored.entry.list_kind)) == [("cancel", 3), ("ledger", 1), ("retain", 1)]
    assert figures.count(ROWS, figures.body_of, 1)[-1] == ("其他", 2)
    cells = figures.grid(
        [
            item("甲", requesting_body=name)
            for name in ("清江市教育局", "某某银行", "街道办事处、乡镇人民政府", "供水公司", "村（居）民委员会", "市社会保险事业中心")
        ]
    )
    assert cells == {
        ("政府部门", "市县"): 2, ("金融机构", "市县"): 1, ("政府部门", "镇街"): 1, ("公共服务单位", "市县"): 1, ("政府部门", "村居"): 1,
    }  # fmt: skip


def test_one_fact_under_two_names_by_two_bodies_is_repeated() -> None:
    assert figures.repeated(ROWS[:2]) == [("居住证明", ["居住情况证明", "居住证明"], 2, 2)]
    assert figures.repeated([ROWS[0], ROWS[0]]) == []


def test_circles() -> None:
    first = item("就业困难人员证明", 1, matter="低收入家庭认定", requesting_body="清江市民政局", issuing_body="清江市人力资源和社会保障局")
    second = item("低收入家庭证明", 2, matter="就业困难人员认定", requesting_body="人力资源和社会保障局", issuing_body="民政局")
    other = item("身高证明", 3, matter="驾驶证", requesting_body="清江市公安局", issuing_body="清江市民政局")
    assert [(found.first, found.second) for found in figures.circles([first, second, other])] == [(first, second)]
    assert figures.circles([first, other]) == []


def test_gaps_are_of_retained_rows_only() -> None:
    assert [found.stored.row_number for found, _ in figures.gaps(ROWS)] == [2]
