"""查清单 and 看全局 clicked through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from tests.browser.test_ask import LOOKS

Open = Callable[..., Any]


@LOOKS
def test_filter_open_a_row_and_take_the_rows_away(open_page: Open, tmp_path: Path, width: int, dark: bool) -> None:
    page = open_page("/lists/", width=width, dark=dark)
    page.wait_for_selector(".jz-listhead")
    page.locator("#jz-region input").fill("云溪省清江市")
    page.locator("#jz-proof input, #jz-proof textarea").fill("亲属关系证明")
    page.locator("#jz-ask").click()
    page.wait_for_function("document.querySelectorAll('.jz-cite').length > 0 && document.querySelectorAll('.jz-cite').length < 20")
    assert "云溪省清江市" in page.locator(".jz-cite").first.inner_text()
    page.locator(".jz-cite summary").first.click()
    page.wait_for_selector(".jz-cite[open] .jz-past")
    assert page.locator(".jz-cite[open] tr[aria-current=true]").count() == 1
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载表格").click()
    target = tmp_path / "rows.xlsx"
    waiting.value.save_as(target)
    assert load_workbook(target).active.max_row == 1 + page.locator(".jz-cite").count()


def test_pages_of_rows(open_page: Open) -> None:
    page = open_page("/lists/")
    page.wait_for_selector(".jz-cite")
    first = page.locator(".jz-cite").first.inner_text()
    page.locator("#jz-on").click()
    page.wait_for_function("document.querySelector('.jz-listhead p').innerText.includes('51')")
    assert page.locator(".jz-cite").first.inner_text() != first
    page.locator("#jz-back").click()
    page.wait_for_function("document.querySelector('.jz-listhead p').innerText.includes('第1到')")


def test_the_retained_list_of_a_region_as_of_a_day_can_be_published(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/lists/")
    page.wait_for_selector(".jz-listhead")
    page.locator("#jz-region input").fill("云溪省清江市")
    page.get_by_label("清单种类").click()
    page.get_by_role("option", name="保留").click()
    page.wait_for_function("[...document.querySelectorAll('.jz-cite .jz-kind')].every(kind => kind.innerText === '保留')")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载公布用清单").click()
    waiting.value.save_as(tmp_path / "publish.xlsx")
    heads = [cell.value for cell in load_workbook(tmp_path / "publish.xlsx").active[1]]
    assert {"设定依据", "索要单位", "开具单位", "办理指南"} <= set(heads)


@LOOKS
def test_the_overview_counts(open_page: Open, width: int, dark: bool) -> None:
    page = open_page("/overview/", width=width, dark=dark)
    page.wait_for_selector(".jz-overview")
    assert page.locator(".jz-bars").count() >= 5
    assert page.locator(".jz-grid td").count() == 10
    assert "台账只向" in page.locator(".jz-overview").inner_text()
    whole = page.locator(".jz-headline dd").first.inner_text()
    page.locator("#jz-region input").fill("云溪省清江市")
    page.locator("#jz-ask").click()
    page.wait_for_function(f"document.querySelector('.jz-headline dd').innerText !== '{whole}'")


def test_circular_proofs_are_drawn_for_staff_and_told_in_a_table(as_admin: Open) -> None:
    page = as_admin("/overview/")
    page.wait_for_selector(".jz-graph")
    assert page.locator(".jz-graph path").count() >= 3
    assert "要先有" in page.locator(".jz-part:has(.jz-graph) table").inner_text()


@LOOKS
def test_a_report_is_answered_at_once_and_seen_by_reviewers_only(open_page: Open, as_admin: Open, width: int, dark: bool) -> None:
    page = open_page("/reports/", width=width, dark=dark)
    page.locator("#jz-proof input, #jz-proof textarea").fill("家庭人口证明")
    page.locator("#jz-matter input, #jz-matter textarea").fill("临时救助申请")
    page.locator("#jz-unit input, #jz-unit textarea").fill("某街道窗口")
    page.locator("#jz-region input").fill("云溪省清江市")
    page.locator("#jz-ask").click()
    page.wait_for_selector(".jz-done")
    assert "不能要" in page.locator(".jz-done").inner_text()
    assert "线索与在册清单对照" not in page.locator("body").inner_text()
    page = as_admin("/reports/")
    page.wait_for_selector(".jz-part table")
    assert "明取暗留" in page.locator(".jz-part").inner_text()
