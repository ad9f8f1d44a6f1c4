"""审一审 clicked through: the demo draft and guide in, findings and a parcel out; not for visitors."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.browser.conftest import ROOT
from tests.browser.test_ask import LOOKS

Open = Callable[..., Any]


def test_a_visitor_is_led_to_the_log_in(open_page: Open) -> None:
    page = open_page("/audit/", footer=False)
    page.wait_for_selector(".jz-sheet")


@LOOKS
def test_a_draft_is_audited_and_the_results_are_taken_away(
    as_admin: Open, no_barrier: Callable[[Any], None], tmp_path: Path, width: int, dark: bool
) -> None:
    page = as_admin("/audit/", width=width, dark=dark)
    page.locator("#jz-file input[type=file]").set_input_files(ROOT / "corpora" / "demo" / "temporary-relief-draft.docx")
    page.wait_for_function("document.querySelector('#jz-file').innerText.includes('temporary-relief')")
    page.locator("#jz-ask").click()
    page.wait_for_selector("#jz-answer .jz-part", timeout=60_000)
    assert page.locator("#jz-answer .jz-cite").count() >= 3
    page.locator("#jz-answer .jz-cite summary").first.click()
    assert "建议写法" in page.locator("#jz-answer .jz-finding").first.inner_text()
    no_barrier(page)
    with page.expect_download() as waiting:
        page.locator("#jz-parcel a[download]").first.click()
    target = tmp_path / "parcel.zip"
    waiting.value.save_as(target)
    assert any(name.endswith("问题清单.xlsx") for name in zipfile.ZipFile(target).namelist())
