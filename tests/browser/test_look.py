"""Every page in both themes and at two widths: nothing serious for axe-core (contrast measured), nothing wider than the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.test_ask import LOOKS, ask

Open = Callable[..., Any]
Check = Callable[[Any], None]
TABS = ("入库", "来源和覆盖", "更正", "账号和令牌", "操作记录")
READY = ".jz-examples, .jz-cite, .jz-overview, .jz-sheet, #jz-unit, #jz-file"


@LOOKS
@pytest.mark.parametrize("path", ["/", "/lists/", "/overview/", "/reports/", "/login/", "/en/", "/en/lists/", "/en/overview/"])
def test_pages_for_everyone(open_page: Open, no_barrier: Check, path: str, width: int, dark: bool) -> None:
    page = open_page(path, width=width, dark=dark, footer="login" not in path)
    page.wait_for_selector(READY)
    if page.locator(".jz-cite").count():
        page.locator(".jz-cite summary").first.click()
        page.wait_for_selector(".jz-cite[open] table")
    no_barrier(page)


@LOOKS
@pytest.mark.parametrize("path", ["/audit/", "/overview/", "/reports/", "/en/library/"])
def test_pages_for_staff(as_admin: Open, no_barrier: Check, path: str, width: int, dark: bool) -> None:
    page = as_admin(path, width=width, dark=dark)
    page.wait_for_selector(READY)
    no_barrier(page)


@LOOKS
def test_every_tab_of_the_library(as_admin: Open, no_barrier: Check, width: int, dark: bool) -> None:
    page = as_admin("/library/", width=width, dark=dark)
    for name in TABS:
        tab, more = page.get_by_role("tab", name=name), page.locator(".overflow-menu > button")
        tab.or_(more).locator("visible=true").first.wait_for()  # the row of tabs is laid out after the page
        page.wait_for_timeout(300)
        if not tab.is_visible():  # a narrow screen keeps the last tabs behind a button
            more.click()
            tab = page.locator(".overflow-dropdown button", has_text=name)
        tab.click()
        page.wait_for_function("name => name === '入库' || document.querySelector('.jz-part h2, .jz-panel')", arg=name)
        page.wait_for_timeout(300)
        no_barrier(page)


@LOOKS
def test_a_card_with_everything_opened(open_page: Open, no_barrier: Check, width: int, dark: bool) -> None:
    page = open_page(width=width, dark=dark)
    ask(page, "申请临时救助，街道要我交家庭人口证明", region="云溪省清江市")
    page.locator(".jz-basis .jz-cite summary").first.click()
    page.wait_for_selector(".jz-context table")
    for fold in page.locator(".jz-fold > summary, .jz-coverage > summary").all():
        fold.click()
    no_barrier(page)


@LOOKS
def test_a_question_back(open_page: Open, no_barrier: Check, width: int, dark: bool) -> None:
    page = open_page(width=width, dark=dark)
    ask(page, "要我开亲属关系证明")
    no_barrier(page)


@pytest.mark.parametrize("path", ["/", "/lists/", "/overview/", "/reports/", "/login/"])
def test_large_type_fits_a_phone(open_page: Open, no_barrier: Check, path: str) -> None:
    page = open_page(path, width=360, footer="login" not in path)
    page.wait_for_selector(READY)
    page.get_by_role("button", name="大字").click()
    page.wait_for_function("document.documentElement.classList.contains('jz-large')")
    no_barrier(page)
