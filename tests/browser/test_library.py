"""资料库 clicked through by its administrator: preview, what would change, taking in, correction, accounts, the log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.browser.conftest import ROOT
from tests.browser.test_ask import LOOKS

Open = Callable[..., Any]
HEADS = ["序号", "证明名称", "办理事项", "设定依据", "索要单位", "开具单位", "取消后的办理方式"]


@pytest.fixture
def new_list(tmp_path: Path) -> Path:
    """A third batch that cancels what the retained list of the demo city still keeps."""
    book = Workbook()
    sheet = book.active
    sheet.append(["清江市人民政府办公室关于公布第三批取消证明事项目录的通知"])
    sheet.append(HEADS)
    sheet.append([1, "残疾人专用停车位使用证明", "居住小区无障碍车位申请", "《某通知》", "清江市住房和城乡建设局", "残联", "部门核验"])
    sheet.append([2, "最低工资标准执行证明", "劳动用工备案", "《某通知》", "清江市人力资源和社会保障局", "用人单位", "告知承诺"])
    path = tmp_path / "第三批取消目录.xlsx"
    book.save(path)
    return path


def test_a_visitor_is_led_to_the_log_in(open_page: Open) -> None:
    page = open_page("/library/", footer=False)
    page.wait_for_selector(".jz-sheet")
    assert "/login/" in page.url


def test_preview_then_take_in_then_find_it(as_admin: Open, new_list: Path) -> None:
    page = as_admin("/library/")
    page.locator("#jz-file input[type=file]").set_input_files(new_list)
    page.wait_for_function("document.querySelector('#jz-file').innerText.includes('第三批')")
    page.locator("#jz-region input").fill("云溪省清江市")
    assert page.locator("#jz-take").is_disabled()
    page.locator("#jz-preview").click()
    page.wait_for_selector("#jz-take:not([disabled])")
    assert "个结论会变" in page.locator("#jz-answer").inner_text()
    read = page.locator("#jz-answer").inner_text()
    assert "最低工资标准执行证明" in read and "清单" in read
    page.locator("#jz-take").click()
    page.wait_for_selector(".jz-done")
    assert "已入库" in page.locator(".jz-done").inner_text()
    page.get_by_role("tab", name="来源和覆盖").click()
    page.wait_for_function("document.body.innerText.includes('第三批取消证明事项目录')")
    page.get_by_role("tab", name="操作记录").click()
    page.wait_for_function("document.body.innerText.includes('记录链完整')")
    assert "新入库" in page.locator(".jz-part:visible table").last.inner_text()


def test_accounts_and_tokens(as_admin: Open) -> None:
    page = as_admin("/library/")
    page.get_by_role("tab", name="账号和令牌").click()
    page.get_by_role("textbox", name="账号", exact=True).fill("窗口乙")
    page.get_by_role("textbox", name="口令", exact=True).fill("短")
    page.get_by_role("button", name="设置账号").click()
    page.wait_for_function("document.body.innerText.includes('口令至少')")
    page.get_by_role("textbox", name="口令", exact=True).fill("足够长的口令-2026")
    page.get_by_role("button", name="设置账号").click()
    page.wait_for_function("document.body.innerText.includes('已设为窗口人员')")
    page.get_by_role("button", name="发放令牌").click()
    page.wait_for_function("document.body.innerText.includes('jz_')")


def test_mistakes_are_one_sentence(as_admin: Open) -> None:
    page = as_admin("/library/")
    page.locator("#jz-preview").click()
    page.wait_for_selector(".jz-note")
    assert "请先选一个文件" in page.locator(".jz-note").inner_text()
    page.get_by_role("tab", name="更正").click()
    page.get_by_role("button", name="更正").click()
    page.wait_for_function("document.body.innerText.includes('理由都要写')")


@LOOKS
def test_the_cells_that_were_recognised_are_drawn_over_the_page(
    as_admin: Open, no_barrier: Callable[[Any], None], width: int, dark: bool
) -> None:
    page = as_admin("/library/", width=width, dark=dark)
    page.locator("#jz-file input[type=file]").set_input_files(ROOT / "corpora" / "demo" / "cancel-second-batch.pdf")
    page.wait_for_function("document.querySelector('#jz-file').innerText.includes('cancel-second')")
    page.locator("#jz-preview").click()
    page.wait_for_selector(".jz-pages img")
    assert "格" in page.locator(".jz-pages figcaption").first.inner_text()
    page.wait_for_function("document.querySelector('.jz-pages img')?.naturalWidth > 500")
    page.wait_for_selector("#jz-take:not([disabled])")
    no_barrier(page)


def test_a_norm_shows_what_rests_on_it_before_it_is_taken_in(as_admin: Open, tmp_path: Path) -> None:
    text = "清江市证明事项管理办法\n（2026年1月1日清江市人民政府令第9号公布，自2026年3月1日起施行）\n"
    text += "第一条　为了规范证明事项，制定本办法。\n第二条　申请公共租赁住房，应当提交收入证明。\n第三条　本办法自2026年3月1日起施行。\n"
    path = tmp_path / "清江市证明事项管理办法.txt"
    path.write_text(text, encoding="utf-8")
    page = as_admin("/library/")
    page.locator("#jz-file input[type=file]").set_input_files(path)
    page.wait_for_function("document.querySelector('#jz-file').innerText.includes('管理办法')")
    page.locator("#jz-preview").click()
    page.wait_for_selector("#jz-take:not([disabled])")
    assert "入库后会改变的依据" in page.locator("#jz-answer").inner_text()


def test_a_row_is_looked_up_and_corrected(as_admin: Open) -> None:
    page = as_admin("/library/")
    page.get_by_role("tab", name="更正").click()
    page.locator("#jz-place input").fill("优化营商环境条例第四十四条")
    page.get_by_role("button", name="看现在的文字").click()
    page.wait_for_selector(".jz-paper")
    assert "第四十四条" in page.locator(".jz-paper").inner_text()


def test_sources_are_found_picked_and_checked(as_admin: Open) -> None:
    page = as_admin("/library/")
    page.get_by_role("tab", name="来源和覆盖").click()
    page.wait_for_selector("[data-pick]")  # the whole list is there: nothing older can come after what is looked for
    page.locator("#jz-needle input").fill("第二批")
    page.locator("#jz-needle input").press("Enter")
    row = page.locator("tr:has([data-pick])", has_text="第二批")
    page.wait_for_function("document.querySelectorAll('[data-pick]').length > 0 && document.querySelectorAll('[data-pick]').length < 20")
    row.first.locator("[data-pick]").click()
    assert "第二批" in page.locator("#jz-ref input").input_value()
    page.get_by_role("button", name="检查完整性").click()
    page.wait_for_function("document.body.innerText.includes('没有发现损坏')")
    page.get_by_role("button", name="重建索引").click()
    page.wait_for_function("document.body.innerText.includes('已按资料库重建')")
