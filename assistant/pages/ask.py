"""问一问: one box, one card. The page reads the form, asks ``decide`` and shows what came back."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

import gradio as gr

from assistant.answer import to_json
from assistant.decide import decide
from assistant.pages.card import card, message
from assistant.pages.dialog import Before, buttons, follow, remember
from assistant.pages.html import esc, tag
from assistant.pages.look import footer, frame, header
from assistant.pages.site import Site, full_region
from assistant.pages.words import word
from knowledge.errors import JianzhengError
from knowledge.types import Role

log = logging.getLogger("jianzheng.ask")
LONGEST = 2000

# questions that the shipped corpora answer: one of each verdict, with its region ("" = nationwide)
EXAMPLES = (
    ("办理公租房要收入证明吗", "云溪省清江市"),
    ("申请临时救助，街道要我交家庭人口证明", "云溪省清江市"),
    ("结婚登记还要户口簿吗", ""),
    ("申请法律援助要经济困难证明吗", ""),
    ("考教师资格证要无犯罪记录证明吗", ""),
    ("要我开亲属关系证明", ""),
)


def build(site: Site, lang: str) -> gr.Blocks:
    """The page in one language."""
    with gr.Blocks(title=f"{word('brand', lang)} · {word('tagline', lang)}", analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        header("ask", lang, site.pages)
        frame(_title(lang))
        before = gr.State(None)
        with gr.Column(elem_id="jz-form"):
            question = _question(lang)
            with gr.Row(elem_id="jz-given"):
                region = _region(lang)
                day = _day(lang)
                role = _role(lang)
            with gr.Row(elem_id="jz-buttons"):
                ask = gr.Button(word("ask", lang), variant="primary", elem_id="jz-ask", scale=4)
                new = gr.Button(word("new", lang), variant="secondary", elem_id="jz-new", scale=1, min_width=110)
        shown = frame(_examples(lang), elem_id="jz-answer")
        footer(lang)

        def answer(text: str, place: str | None, when: str | None, who: str, earlier: Before | None) -> tuple[str, Before | None]:
            return respond(site, lang, text, place, when, who, earlier)

        given, out = [question, region, day, role, before], [shown, before]
        for event in (ask.click, question.submit):
            event(answer, given, out, api_visibility="private", show_progress="hidden", concurrency_limit=20)
        new.click(
            lambda: ("", _examples(lang), None),
            None,
            [question, shown, before],
            api_visibility="private",
            show_progress="hidden",
            queue=False,
        )
    page.queue(default_concurrency_limit=20, api_open=False)
    return page


def respond(
    site: Site, lang: str, text: str, place: str | None, when: str | None, who: str, earlier: Before | None
) -> tuple[str, Before | None]:
    """The card for what was typed, and what the next question may follow on from. Every refusal is a card with one sentence."""
    text = (text or "").strip()
    if not text:
        return message(word("empty", lang)), earlier
    if len(text) > LONGEST:
        return message(word("long", lang)), earlier
    region, several = full_region(place)
    if region is None and several:
        shown = [(name, name) for name in several[:12]]
        return message(word("many.region", lang, region=place), shown, region=True), earlier
    if region is None:
        return message(word("bad.region", lang, region=place)), earlier
    try:
        day = date.fromisoformat(when.strip()) if when and when.strip() else None
    except ValueError:
        return message(word("bad.day", lang, day=when)), earlier
    try:
        return _answer(site, lang, text, region or None, day, Role(who), earlier)
    except JianzhengError as error:
        return message(str(error)), earlier
    except Exception:
        log.exception("a question failed")
        return message(word("failed", lang)), earlier


def _answer(
    site: Site, lang: str, text: str, region: str | None, day: date | None, role: Role, earlier: Before | None
) -> tuple[str, Before | None]:
    world = site.world()
    full, taken = follow(earlier, text)
    region = region or (earlier.region if earlier and taken else None)
    result = decide(world, full, region=region, as_of=day, role=role)
    answer: dict[str, Any] = to_json(result)
    note = tag("p", esc(f"{word('follow', lang)}：{taken}"), cls="jz-follow") if taken else ""
    return note + card(answer, world.library, lang, options=buttons(world, result)), remember(result) or earlier


def _title(lang: str) -> str:
    return tag("div", tag("h1", esc(word("title", lang))), tag("p", esc(word("lead", lang))), cls="jz-title", id="jz-main", tabindex="-1")


def _question(lang: str) -> gr.Textbox:
    return gr.Textbox(
        label=word("question", lang),
        placeholder=word("question.hint", lang),
        lines=1,
        max_lines=5,
        max_length=LONGEST,
        elem_id="jz-question",
        autofocus=True,
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False, lang="zh-CN", enterkeyhint="search"),
    )


def _region(lang: str) -> gr.Textbox:
    plain = gr.InputHTMLAttributes(autocomplete="off", spellcheck=False, lang="zh-CN")
    label, hint = word("region", lang), word("region.auto", lang)
    return gr.Textbox(
        label=label, placeholder=hint, elem_id="jz-region", max_lines=1, max_length=60, scale=3, min_width=200, html_attributes=plain
    )


def _day(lang: str) -> gr.Textbox:
    plain = gr.InputHTMLAttributes(autocomplete="off")
    return gr.Textbox(label=word("day", lang), elem_id="jz-day", max_lines=1, max_length=10, scale=2, min_width=150, html_attributes=plain)


def _role(lang: str) -> gr.Radio:
    choices = [(word(f"role.{role}", lang), str(role)) for role in Role]
    return gr.Radio(choices, value="citizen", label=word("role", lang), elem_id="jz-role", scale=3, min_width=260)


def _examples(lang: str) -> str:
    chips = []
    for question, region in EXAMPLES:
        place = tag("small", esc(region)) if region else ""
        chips.append(tag("button", tag("span", esc(question)), place, type="button", cls="jz-chip", data_ask=question, data_region=region))
    return tag("section", tag("h2", esc(word("examples", lang))), tag("div", *chips, cls="jz-choices"), cls="jz-examples")
