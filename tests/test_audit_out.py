"""Audit outputs: comments at the place with the text untouched, spreadsheets without formulas, the summary, the verb."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pytest

from assistant.audit import audit_file, audit_files
from assistant.audit_out import write_outputs
from assistant.audit_xlsx import ADDED, safe
from assistant.world import World
from knowledge.store import Library
from knowledge.types import Level
from tests.factories import law

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("library")
    with Library.open(folder, writable=True) as library:
        library.put(
            law("清江市招牌管理条例", {1: ["为管理招牌，制定本条例。"], 2: ["应当提交同意设置证明。"]}, level=Level.LOCAL_REGULATION)
        )
    return World(Library.open(folder))


def word_guide(path: Path) -> Path:
    document = docx.Document()
    document.add_heading("清江市店铺招牌设置备案办事指南", 0)
    document.add_paragraph("申请人应当提交街坊同意证明。")
    table = document.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ("序号", "材料名称", "设定依据"), strict=True):
        cell.text = text
    for row in (
        ("1", "备案申请表", ""),
        ("2", "同意设置证明", "《清江市招牌管理条例》第二条"),
        ("3", "花色证明", "《清江市招牌管理条例》第九十条"),
    ):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.save(str(path))
    return path


def text_of(path: Path) -> list[str]:
    document = docx.Document(str(path))
    return [p.text for p in document.paragraphs] + [c.text for t in document.tables for r in t.rows for c in r.cells]


def anchored(path: Path) -> dict[str, str]:
    """Paragraph text → comment text."""
    document = docx.Document(str(path))
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    out = {}
    for paragraph in document.element.body.iter(f"{w}p"):
        for start in paragraph.iter(f"{w}commentRangeStart"):
            comment = document.comments.get(int(start.get(f"{w}id")))
            out["".join(t.text or "" for t in paragraph.iter(f"{w}t"))] = comment.text
    return out


def test_comments_stand_at_the_cell_and_the_sentence_and_the_text_is_untouched(world: World, tmp_path: Path) -> None:
    source = word_guide(tmp_path / "指南.docx")
    report = audit_file(world, source, as_of=DAY)
    paths = [p for p, problem in write_outputs(tmp_path / "out", [report], ("docx",)) if not problem]
    copy = next(p for p in paths if p.name == "指南-批注.docx")
    assert text_of(copy) == text_of(source)
    found = anchored(copy)
    assert set(found) == {"申请人应当提交街坊同意证明。", "花色证明"}
    assert "B4" in found["花色证明"] and "第九十条" in found["花色证明"]
    assert (tmp_path / "out" / "审核情况一页纸.docx").exists()


def revised(path: Path, keep: str, drop: str) -> list[str]:
    """Paragraph texts after accepting (keep ins, drop del) or rejecting (the other way round) all revisions."""
    document = docx.Document(str(path))
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    out = []
    for paragraph in document.element.body.iter(f"{w}p"):
        gone = {t for node in paragraph.iter(f"{w}{drop}") for t in node.iter(f"{w}t", f"{w}delText")}
        out.append("".join(t.text or "" for t in paragraph.iter(f"{w}t", f"{w}delText") if t not in gone))
    return out


def test_tracked_changes_rejected_give_the_original_and_accepted_the_wording(world: World, tmp_path: Path) -> None:
    source = word_guide(tmp_path / "指南.docx")
    report = audit_file(world, source, as_of=DAY)
    assert [p.name for p, problem in write_outputs(tmp_path / "out", [report], ("track",)) if not problem] == ["指南-修订.docx"]
    copy = tmp_path / "out" / "指南-修订.docx"
    assert revised(copy, "del", "ins") == revised(source, "", "none")
    accepted = revised(copy, "ins", "del")
    assert "花色证明" not in accepted and not any("街坊同意证明" in t for t in accepted)
    assert "备案申请表" in accepted and "同意设置证明" in accepted


def test_formulas_are_neutralised(world: World, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["清江市城管局证明事项台账"],
        ["序号", "证明名称", "办理事项", "设定依据", "索要单位", "开具单位"],
        [1, "花色证明", "招牌备案", '=HYPERLINK("x")', "清江市城管局", "+cmd|' /C calc'!A0"],
        [2, "=1+1", "招牌备案", "", "清江市城管局", "@SUM(A1)"],
    ):
        sheet.append(row)
    source = tmp_path / "台账.xlsx"
    book.save(source)
    report = audit_file(world, source, as_of=DAY)
    assert report.kind == "ledger"
    list(write_outputs(tmp_path / "out", [report], ("xlsx",)))
    written = sorted((tmp_path / "out").glob("*.xlsx"))
    assert [p.name for p in written] == ["台账-清理意见.xlsx", "问题清单.xlsx"]
    for path in written:
        for sheet in openpyxl.load_workbook(path).worksheets:
            for cells in sheet.iter_rows():
                assert not any(c.data_type == "f" or str(c.value or "").startswith(("=", "+", "@")) for c in cells)
    ledger = openpyxl.load_workbook(written[0]).worksheets[0]
    assert [c.value for c in ledger[2]][-len(ADDED) :] == list(ADDED)
    assert ledger.cell(3, 7).value == "不能要"


def test_cells_of_a_spreadsheet_guide_get_comments(world: World, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["清江市招牌备案办事指南"], ["序号", "申请材料", "设定依据"], [1, "备案申请表", ""], [2, "花色证明", ""]):
        book.active.append(row)
    source = tmp_path / "指南.xlsx"
    book.save(source)
    list(write_outputs(tmp_path / "out", [audit_file(world, source, as_of=DAY)], ("xlsx",)))
    sheet = openpyxl.load_workbook(tmp_path / "out" / "指南-批注.xlsx").active
    assert sheet["B4"].comment is not None and "B1" in sheet["B4"].comment.text
    assert sheet["B3"].comment is None


def test_json_has_what_the_contract_names(world: World, tmp_path: Path) -> None:
    reports = audit_files(world, [word_guide(tmp_path / "指南.docx")], as_of=DAY)
    list(write_outputs(tmp_path / "out", reports, ("json",)))
    data = json.loads((tmp_path / "out" / "findings.json").read_text("utf-8"))[0]
    assert set(data["findings"][0]) >= {
        "code", "severity", "title", "demand", "proof_name", "matter", "verdict", "path", "citations", "suggestion", "locator",
    }  # fmt: skip
    assert data["counts"]["B4"] == 1


@pytest.mark.parametrize(("text", "written"), [("=A1", "'=A1"), ("-1+2", "'-1+2"), ("证明", "证明"), (None, ""), ("\tx", "'\tx")])
def test_safe(text: str | None, written: str) -> None:
    assert safe(text) == written
