"""问一问 clicked through: ask → card → citation in its source → question back → region; by mouse and by keyboard, in both themes and at two widths."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from docx import Document

Open = Callable[..., Any]
LOOKS = pytest.mark.parametrize(
    ("width", "dark"), [(1280, False), (1280, True), (360, False), (360, True)], ids=["wide", "wide-dark", "phone", "phone-dark"]
)
VERDICTS = {"能要", "不能要", "看情况", "定不了"}


def ask(page: Any, question: str, *, region: str = "") -> None:
    page.get_by_role("textbox", name="在哪里办").or_(page.get_by_role("combobox", name="在哪里办")).fill(region)
    page.locator("#jz-question textarea").fill(question)
    page.locator("#jz-question textarea").press("Enter")
    page.wait_for_selector("#jz-answer .jz-card")
    page.wait_for_function("!document.querySelector('#jz-answer').classList.contains('is-busy')")


@LOOKS
def test_a_question_brings_a_card_with_verdict_path_and_citations(open_page: Open, width: int, dark: bool) -> None:
    page = open_page(width=width, dark=dark)
    ask(page, "办理公租房要收入证明吗", region="清江市")
    card = page.locator(".jz-card")
    assert card.locator("h2").inner_text() == "不能要"
    assert card.locator("svg.jz-shape").count() == 1
    assert "部门核验" in card.locator(".jz-path").inner_text()
    assert card.locator(".jz-now p").inner_text()
    assert card.locator(".jz-basis .jz-cite").count() >= 1
    assert "云溪省清江市" in card.locator(".jz-coverage").inner_text()
    assert card.locator("h2").is_visible() and card.locator(".jz-now p").is_visible()
    top = card.locator("h2").bounding_box()["y"]
    assert 0 <= top < 800  # the verdict is on the screen without scrolling


def test_a_citation_of_a_sheet_opens_its_rows_with_the_row_marked(open_page: Open) -> None:
    page = open_page()
    ask(page, "办理公租房要收入证明吗", region="云溪省清江市")
    page.locator(".jz-basis .jz-cite summary").first.click()
    marked = page.locator(".jz-basis .jz-cite").first.locator("tr[aria-current=true]")
    marked.wait_for()
    assert "收入证明" in marked.inner_text()
    assert "工作表" in page.locator(".jz-basis .jz-file").first.inner_text()


def test_a_citation_of_a_pdf_shows_the_page_with_the_row_boxed(open_page: Open) -> None:
    page = open_page()
    ask(page, "申请临时救助，街道要我交家庭人口证明", region="云溪省清江市")
    page.locator(".jz-basis .jz-cite summary").first.click()
    image = page.locator(".jz-page img").first
    image.wait_for()
    image.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.jz-page img').naturalWidth > 600")
    assert "家庭人口证明" in image.get_attribute("alt")
    orange = """image => { const c = document.createElement('canvas'); c.width = image.naturalWidth; c.height = image.naturalHeight;
        const x = c.getContext('2d'); x.drawImage(image, 0, 0); const d = x.getImageData(0, 0, c.width, c.height).data; let n = 0;
        for (let i = 0; i < d.length; i += 4) if (d[i] > 190 && d[i + 1] < 120 && d[i + 2] < 60) n++; return n; }"""
    assert image.evaluate(orange) > 500  # the edge of the box


def test_every_example_is_answered(open_page: Open) -> None:
    page = open_page()
    count = page.locator(".jz-examples button").count()
    assert count >= 5
    for number in range(count):
        page.locator(".jz-examples button").nth(number).click()
        page.wait_for_selector("#jz-answer .jz-card h2")
        words = page.locator(".jz-card h2").first.inner_text()
        assert words in VERDICTS | {"还差一点"}, words
        page.locator("#jz-new").click()
        page.wait_for_selector(".jz-examples")


def test_a_question_back_comes_with_buttons_and_a_button_answers_it(open_page: Open) -> None:
    page = open_page()
    ask(page, "要我开亲属关系证明")
    assert page.locator(".jz-back").count() in (1, 2)
    page.locator(".jz-back .jz-chip[data-ask]").first.click()
    page.wait_for_function("!document.querySelector('.jz-back')")
    assert page.locator(".jz-card h2").first.inner_text() in VERDICTS


def test_the_next_question_follows_on(open_page: Open) -> None:
    page = open_page()
    ask(page, "结婚登记要户口簿吗")
    page.locator("#jz-question textarea").fill("那离婚登记呢")
    page.locator("#jz-question textarea").press("Enter")
    page.wait_for_selector(".jz-follow")
    assert "户口簿" in page.locator(".jz-follow").inner_text()
    assert "离婚登记" in page.locator(".jz-what").inner_text()


def test_another_region_another_answer(open_page: Open) -> None:
    page = open_page()
    ask(page, "办理公租房要收入证明吗", region="云溪省清江市")
    here = page.locator(".jz-coverage").inner_text()
    ask(page, "办理公租房要收入证明吗", region="全国")
    page.wait_for_function("document.querySelector('.jz-coverage').innerText.includes('全国')")
    assert page.locator(".jz-coverage").inner_text() != here


def test_a_shared_region_name_is_asked_back_and_a_wrong_one_named(open_page: Open) -> None:
    page = open_page()
    ask(page, "办理公租房要收入证明吗", region="朝阳区")
    assert page.locator(".jz-card .jz-chip[data-region]").count() >= 2
    ask(page, "办理公租房要收入证明吗", region="没有这个地方")
    page.wait_for_function("document.querySelector('.jz-summary').innerText.includes('没有这个地方')")


def test_names_are_suggested_by_pinyin_initials_and_taken_by_keyboard(open_page: Open) -> None:
    page = open_page()
    page.locator("body").press("/")
    page.keyboard.type("我要wfzjl", delay=20)
    page.wait_for_selector("#jz-question-list:not([hidden]) li")
    assert page.locator("#jz-question-list li").first.inner_text() == "无犯罪记录证明"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#jz-question textarea").input_value() == "我要无犯罪记录证明"


def test_all_by_keyboard(open_page: Open) -> None:
    page = open_page()
    page.evaluate("window.print = () => { window.printed = true; }")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("结婚登记还要户口簿吗")
    page.keyboard.press("Enter")
    page.wait_for_selector("#jz-answer .jz-card")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    assert page.evaluate("window.printed") is True
    page.locator(".jz-cite summary").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".jz-cite[open] .jz-file")


def test_a_letter_is_taken_away_by_its_key(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("radio", name="窗口人员").check(force=True)
    ask(page, "办理公租房要收入证明吗", region="云溪省清江市")
    page.keyboard.press("Escape")
    with page.expect_download() as waiting:
        page.keyboard.press("v")
    assert waiting.value.suggested_filename == "部门核查函-收入证明.docx"
    assert "可以这样对群众说" in page.locator(".jz-say").inner_text()


def test_what_is_typed_and_what_is_stored_is_only_ever_text(open_page: Open) -> None:
    page = open_page()
    ask(page, "<img src=x onerror=window.bad=1>${window.bad=2}{{bad}} 办理公租房要收入证明吗", region="<b>清江市</b>")
    assert page.evaluate("window.bad") is None
    assert page.locator("#jz-answer img, #jz-answer b").count() == 0


def test_large_type_theme_and_language(open_page: Open) -> None:
    page = open_page()
    size = "parseFloat(getComputedStyle(document.querySelector('.jz-title p')).fontSize)"
    before = page.evaluate(size)
    page.get_by_role("button", name="大字").click()
    page.wait_for_function(f"{size} > {before * 1.2}")
    page.get_by_role("button", name="深浅色").click()
    assert page.evaluate("document.body.classList.contains('dark')")
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/en/")
    page.wait_for_selector("footer.jz-footer")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.locator("#jz-question textarea").fill("结婚登记还要户口簿吗")
    page.locator("#jz-question textarea").press("Enter")
    assert page.locator("#jz-answer .jz-card h2").inner_text() == "May not be required"


def test_numbers_of_persons_are_hidden(open_page: Open) -> None:
    page = open_page()
    ask(page, "我的身份证号是110101199003070011，电话13800138000，办理公租房要收入证明吗", region="云溪省清江市")
    assert "已经隐去" in page.locator(".jz-follow").first.inner_text()
    assert "110101199003070011" not in page.locator("#jz-answer").inner_html()
    assert "13800138000" not in page.locator("#jz-answer").inner_html()


def test_a_follow_up_can_be_asked_afresh(open_page: Open) -> None:
    page = open_page()
    ask(page, "结婚登记要户口簿吗")
    page.locator("#jz-question textarea").fill("要我开亲属关系证明")
    page.locator("#jz-question textarea").press("Enter")
    page.wait_for_selector(".jz-follow")
    page.get_by_role("button", name="不接上一问").click()
    page.wait_for_selector(".jz-back")
    assert page.locator(".jz-follow").count() == 0


def test_every_letter_of_a_citizen_opens_and_names_the_proof(open_page: Open) -> None:
    page = open_page()
    ask(page, "申请临时救助，街道要我交家庭人口证明", region="云溪省清江市")
    for name, words in (("给窗口看的说明", "窗口工作人员"), ("投诉信草稿", "12345")):
        link = page.get_by_role("link", name=name)
        reply = page.request.get(page.url.rstrip("/") + link.get_attribute("href"))
        text = "\n".join(p.text for p in Document(io.BytesIO(reply.body())).paragraphs)
        assert words in text and "家庭" in text


def test_a_commitment_form_is_taken_away_by_its_key(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("radio", name="窗口人员").check(force=True)
    ask(page, "办理社会保险补贴申领要未就业证明吗", region="云溪省清江市")
    page.keyboard.press("Escape")
    with page.expect_download() as waiting:
        page.keyboard.press("c")
    assert waiting.value.suggested_filename.startswith("告知承诺书-")


def test_the_region_is_remembered_in_this_browser(open_page: Open) -> None:
    page = open_page()
    ask(page, "办理公租房要收入证明吗", region="云溪省清江市")
    page.reload()
    page.wait_for_function("document.querySelector('#jz-region input')?.value === '云溪省清江市'")


def test_a_day_in_the_past_has_its_own_answer(open_page: Open) -> None:
    page = open_page()
    assert "今天" in page.locator("#jz-day input").get_attribute("placeholder")
    page.locator("#jz-day input").focus()
    page.locator("#jz-day input").fill("2019-01-01")
    ask(page, "办理公租房要收入证明吗", region="云溪省清江市")
    assert "2019-01-01" in page.locator(".jz-coverage").inner_text()


def test_the_card_prints_without_the_form(open_page: Open) -> None:
    page = open_page()
    ask(page, "结婚登记还要户口簿吗")
    page.emulate_media(media="print")
    assert page.locator(".jz-card h2").first.is_visible()
    for hidden in ("#jz-form", ".jz-header", ".jz-actions"):
        assert not page.locator(hidden).first.is_visible()
