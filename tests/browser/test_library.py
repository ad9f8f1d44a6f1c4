"""资料库 clicked through by its administrator: preview, what would change, taking in, correction, accounts, the log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.browser.test_ask import _axe

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
    page.locator("#jz-preview").click()
    page.wait_for_function(
        "/比较了\\d+个相关问题/.test(document.querySelector('#jz-answer').innerText) && !document.querySelector('#jz-answer').innerText.includes('正在')"
    )
    read = page.locator("#jz-answer").inner_text()
    assert "最低工资标准执行证明" in read and "清单" in read
    page.locator("#jz-take").click()
    page.wait_for_selector(".jz-done")
    assert "已入库" in page.locator(".jz-done").inner_text()
    page.get_by_role("tab", name="来源和覆盖").click()
    page.wait_for_function("document.body.innerText.includes('第三批取消证明事项目录')")
    page.get_by_role("tab", name="操作记录").click()
    page.wait_for_function("document.body.innerText.includes('upload')")
    assert "记录链完整" in page.locator("body").inner_text()


def test_accounts_and_tokens(as_admin: Open) -> None:
    page = as_admin("/library/")
    page.get_by_role("tab", name="账号和令牌").click()
    page.get_by_label("账号", exact=True).fill("窗口乙")
    page.get_by_label("口令", exact=True).fill("短")
    page.get_by_role("button", name="设置账号").click()
    page.wait_for_function("document.body.innerText.includes('口令至少')")
    page.get_by_label("口令", exact=True).fill("足够长的口令-2026")
    page.get_by_role("button", name="设置账号").click()
    page.wait_for_function("document.body.innerText.includes('已设为窗口人员')")
    page.get_by_role("button", name="发放令牌").click()
    page.wait_for_function("document.body.innerText.includes('jz_')")


def test_mistakes_are_one_sentence(as_admin: Open) -> None:
    page = as_admin("/library/")
    page.locator("#jz-take").click()
    page.wait_for_selector(".jz-note")
    assert "请先选一个文件" in page.locator(".jz-note").inner_text()
    page.get_by_role("tab", name="更正").click()
    page.get_by_role("button", name="更正").click()
    page.wait_for_function("document.body.innerText.includes('位置、字段和理由都要写')")


@pytest.mark.parametrize("width", [1100, 360])
def test_nothing_serious_for_axe(as_admin: Open, axe: str, width: int) -> None:
    page = as_admin("/library/", width=width)
    for name in ("来源和覆盖", "入库"):
        if page.get_by_role("tab", name=name).count():
            page.get_by_role("tab", name=name).first.click()
    page.wait_for_timeout(500)
    _axe(page, axe)
