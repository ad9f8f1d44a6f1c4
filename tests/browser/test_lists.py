"""查清单 and 看全局 clicked through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.browser.test_ask import _axe

Open = Callable[..., Any]


def test_filter_open_a_row_and_take_the_rows_away(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/lists/")
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


def test_the_overview_counts(open_page: Open) -> None:
    page = open_page("/overview/")
    page.wait_for_selector(".jz-overview")
    assert page.locator(".jz-bars").count() >= 5
    assert page.locator(".jz-grid td").count() == 10
    assert "台账只向" in page.locator(".jz-overview").inner_text()
    whole = page.locator(".jz-headline dd").first.inner_text()
    page.locator("#jz-region input").fill("云溪省清江市")
    page.locator("#jz-ask").click()
    page.wait_for_function(f"document.querySelector('.jz-headline dd').innerText !== '{whole}'")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1100, 360])
@pytest.mark.parametrize("path", ["/lists/", "/overview/", "/en/lists/", "/login/"])
def test_nothing_serious_for_axe(open_page: Open, axe: str, path: str, width: int, dark: bool) -> None:
    page = open_page(path, width=width, dark=dark, footer="login" not in path)
    page.wait_for_selector(".jz-cite, .jz-overview, .jz-sheet")
    if page.locator(".jz-cite").count():
        page.locator(".jz-cite summary").first.click()
        page.wait_for_selector(".jz-cite[open] table")
    _axe(page, axe)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
