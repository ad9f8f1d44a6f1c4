"""Audit: layouts of other hands — lists that lost their bullets, label forms, questions and answers, lists of what need not be brought."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.audit import audit_files
from assistant.audit_cells import matter_in_heading, matter_in_title
from assistant.audit_demand import Demand, catch_all
from assistant.audit_spoken import open_ended, spoken
from assistant.world import World
from knowledge.store import Library
from tests.factories import law

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("library")
    with Library.open(folder, writable=True) as library:
        library.put(law("清江市招牌管理条例", {1: ["为管理招牌，制定本条例。"], 2: ["招牌应当整洁。"]}))
    return World(Library.open(folder))


def asked(world: World, folder: Path, text: str, name: str = "页面.md") -> list[Demand]:
    path = folder / name
    path.write_text(text, "utf-8")
    return [j.demand for j in audit_files(world, [path], as_of=DAY)[0].judged]


def codes(world: World, folder: Path, text: str, name: str = "页面.md") -> dict[str, set[str]]:
    path = folder / name
    path.write_text(text, "utf-8")
    return {j.demand.name: {f.code for f in j.findings} for j in audit_files(world, [path], as_of=DAY)[0].judged}


def test_a_list_of_what_need_not_be_brought_is_no_demand(world: World, tmp_path: Path) -> None:
    text = "清江市招牌备案办事指南\n申请材料：\n- 申请表\n- 街坊同意证明\n以下不用带：\n- 居住证明\n- 无房证明\n"
    assert [d.name for d in asked(world, tmp_path, text, "页面.txt")] == ["申请表", "街坊同意证明"]


def test_a_question_does_not_open_such_a_list(world: World, tmp_path: Path) -> None:
    text = "清江市招牌备案常见问题\n要不要查收入？\n应当提交收入见证证明。\n还有呢？\n还应当提交窗口认为需要的其他证明材料。\n"
    found = asked(world, tmp_path, text, "页面.txt")
    assert [d.catch_all for d in found] == [False, True]


def test_lines_under_a_heading_without_bullets(world: World, tmp_path: Path) -> None:
    text = (
        "<h1>清江市招牌备案</h1><h2>开店带上这些来</h2><p>申请表（窗口领）</p><p>单位出具的品行证明</p>"
        "<p>街坊同意证明——依据：《清江市招牌管理条例》第二条</p><h2>这些不要</h2><p>收入证明</p><p>居住证明</p>"
    )
    found = asked(world, tmp_path, text, "页面.html")
    assert [d.name for d in found] == ["申请表", "单位出具的品行证明", "街坊同意证明"]
    assert found[-1].basis == "《清江市招牌管理条例》第二条"


def test_a_label_form_names_its_matter_and_gives_bases_in_rows_of_their_own(world: World, tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "表.xlsx"
    rows = (
        ("办理事项", "招牌备案登记"),
        ("实施机构", "清江市城管局"),
        ("材料1", "招牌申请表（窗口领）"),
        ("材料2", "街坊同意证明（依据：《清江市招牌管理条例》第二条）"),
        ("材料3", "色彩和谐证明"),
        ("材料3依据", "《清江市招牌管理条例》第九十条"),
    )
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for n, cells in enumerate(rows):
            for column, text in enumerate(cells):
                sheet.write_string(n, column, text)
    found = {j.demand.name: j.demand for j in audit_files(world, [path], as_of=DAY)[0].judged}
    assert list(found) == ["招牌申请表", "街坊同意证明", "色彩和谐证明"]
    assert found["街坊同意证明"].basis == "《清江市招牌管理条例》第二条"
    assert found["色彩和谐证明"].basis == "《清江市招牌管理条例》第九十条"
    assert {d.matter for d in found.values()} == {"招牌备案登记"}


def test_what_a_demand_says_of_itself(world: World, tmp_path: Path) -> None:
    text = (
        "清江市招牌备案办事指南\n申请材料：\n- 门牌归属证明（持有营业执照的也须提供）\n- 无欠费证明（系统可联网核验的仍须提供）\n"
        "- 店面权属证明\n- 店面权属情况证明（村委会另行出具）\n"
    )
    found = codes(world, tmp_path, text, "页面.txt")
    assert "A1" in next(v for k, v in found.items() if k.startswith("门牌"))
    assert "A6" in next(v for k, v in found.items() if k.startswith("无欠费"))
    assert "D1" in next(v for k, v in found.items() if k.startswith("店面权属情况"))


def test_two_offices_that_send_to_each_other_for_one_matter(world: World, tmp_path: Path) -> None:
    text = (
        "清江市证明事项台账\n序号,证明名称,办理事项,设定依据,索要单位,开具单位\n"
        "1,来访人员居住证明,外来人员登记,,清江市公安局,清江市人口中心\n2,来访人员登记证明,外来人员登记,,清江市人口中心,清江市公安局\n"
    )
    found = codes(world, tmp_path, text, "台账.csv")
    assert all("C1" in c for c in found.values())


@pytest.mark.parametrize(
    ("title", "matter"),
    [
        ("清江市公共租赁住房资格审核一问一答（试行）", "公共租赁住房资格审核"),
        ("清江市招牌备案明白纸", "招牌备案"),
        ("关于规范困难群众帮扶申请工作的通知", "困难群众帮扶申请"),
    ],
)
def test_matters_in_titles(title: str, matter: str) -> None:
    assert matter_in_title(title) == matter


def test_matters_in_headings() -> None:
    assert matter_in_heading("❶ 高龄津贴，带上这些来") == "高龄津贴"
    assert matter_in_heading("二、申请材料") is None


def test_sentences() -> None:
    assert [r.material for r in spoken("答：依照《清江市招牌管理条例》第二条，提交店面由来证明。", ())] == ["店面由来证明"]
    assert not list(spoken("窗口联网查，谁也不得再向您要求提交无房证明。", ()))
    assert list(open_ended("乡镇人民政府认为确需其他佐证材料的，购机者应当配合提供。", ()))
    assert not list(open_ended("省级部门应当将其他有关材料报送国务院。", ()))
    assert catch_all("其他能够说明情况的有关证明")


def test_a_column_of_serial_codes_is_no_matter_and_a_document_is_a_basis(world: World, tmp_path: Path) -> None:
    text = (
        "清江市招牌备案办事指南\n材料编号,提交材料,依据条款\nCL01,街坊同意证明,《清江市招牌管理条例》第二条\n"
        "CL02,单位评价证明,《清江市城管局窗口规程》\nCL03,色彩证明,\n"
    )
    found = asked(world, tmp_path, text, "指南.csv")
    assert {d.matter for d in found} == {"招牌备案"}
    assert [d.basis for d in found] == ["《清江市招牌管理条例》第二条", "《清江市城管局窗口规程》", None]
