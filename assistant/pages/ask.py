"""问一问: one box, one card. The page reads the form, asks ``decide`` and shows what came back."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

import gradio as gr

from assistant.access import Rank
from assistant.decide import Result
from assistant.pages.card import card, message
from assistant.pages.dialog import Before, buttons, follow, remember
from assistant.pages.html import esc, tag
from assistant.pages.look import footer, frame, header, title
from assistant.pages.site import Site, full_region, read_day
from assistant.pages.words import word
from assistant.question import mask
from knowledge.errors import JianzhengError
from knowledge.types import Role

log = logging.getLogger("jianzheng.ask")
LONGEST = 2000
_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def build(site: Site, lang: str) -> gr.Blocks:
    """The page in one language."""
    with gr.Blocks(title=f"{word('brand', lang)} · {word('tagline', lang)}", analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        header("ask", lang, site.pages)
        title("title", "lead", lang)
        before = gr.State(None)
        with gr.Column(elem_id="jz-form"):
            question = _question(lang)
            with gr.Row(elem_id="jz-given"):
                region = _region(lang, site.region)
                day = _day(lang)
                role = _role(lang)
            with gr.Row(elem_id="jz-buttons"):
                ask = gr.Button(word("ask", lang), variant="primary", elem_id="jz-ask", scale=4)
                new = gr.Button(word("new", lang), variant="secondary", elem_id="jz-new", scale=1, min_width=110)
        shown = frame(_examples(site, lang), elem_id="jz-answer")
        footer(lang, keys=True)

        def answer(text: str, place: str | None, when: str | None, who: str, earlier: Before | None) -> tuple[str, Before | None]:
            return respond(site, lang, text, place, when, who, earlier)

        given, out = [question, region, day, role, before], [shown, before]
        for event in (ask.click, question.submit):
            event(answer, given, out, concurrency_limit=20, **_QUIET)
        new.click(lambda: ("", _examples(site, lang), None), None, [question, shown, before], queue=False, **_QUIET)

        def own_role(request: gr.Request) -> Any:
            return _role_of(site, request)

        page.load(own_role, None, role, queue=False, **_QUIET)
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
        day = read_day(when)
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
    result, answer = site.answer(full, region, day, role)
    options = buttons(world, result, lambda question: site.answer(question, region, day, role)[0])
    shown = card(answer, world.library, lang, options=options, plain=site.helper is not None)
    return _notes(text, taken, lang) + _meant(site, result, lang) + shown, remember(result) or earlier


def _notes(text: str, taken: str, lang: str) -> str:
    """What was taken over from the question before, with a way out; and that numbers were hidden, when they were."""
    notes = []
    if mask(text) != text:
        notes.append(tag("p", esc(word("masked", lang)), cls="jz-follow", role="status"))
    if taken:
        drop = tag("button", esc(word("follow.drop", lang)), type="button", cls="jz-link", data_fresh=mask(text))
        notes.append(tag("p", esc(f"{word('follow', lang)}：{taken}"), "　", drop, cls="jz-follow"))
    return "".join(notes)


def _role_of(site: Site, request: gr.Request) -> Any:
    """Staff start in their own role."""
    rank = site.person(request).rank
    return gr.skip() if rank < Rank.WINDOW else "window" if rank == Rank.WINDOW else "reviewer"


def _meant(site: Site, result: Result, lang: str) -> str:
    """A reading of a question that was not understood, proposed by the optional model as a button; nothing without one."""
    vague = result.query.out == "unrelated" or result.facts.get("ask.kind") in ("vague", "proof")
    reading = site.helper.read(result.query.text) if site.helper is not None and vague else None
    if reading is None:
        return ""
    button = tag("button", esc(reading.question), type="button", cls="jz-chip", data_ask=reading.question)
    return tag("p", esc(word("meant", lang)), cls="jz-follow") + tag("div", button, cls="jz-choices")


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


def _region(lang: str, value: str) -> gr.Textbox:
    plain = gr.InputHTMLAttributes(autocomplete="off", spellcheck=False, lang="zh-CN")
    label, hint = word("region", lang), word("region.auto", lang)
    return gr.Textbox(
        value, label=label, placeholder=hint, elem_id="jz-region", max_lines=1, max_length=60, scale=3, min_width=200, html_attributes=plain
    )


def _day(lang: str) -> gr.Textbox:
    plain = gr.InputHTMLAttributes(autocomplete="off")
    return gr.Textbox(
        label=word("day", lang), placeholder=word("day.hint", lang), elem_id="jz-day", max_lines=1, max_length=12, scale=2, min_width=150,
        html_attributes=plain,
    )  # fmt: skip


def _role(lang: str) -> gr.Radio:
    choices = [(word(f"role.{role}", lang), str(role)) for role in Role]
    return gr.Radio(choices, value="citizen", label=word("role", lang), elem_id="jz-role", scale=3, min_width=260)


def _examples(site: Site, lang: str) -> str:
    chips = []
    for question, region in site.examples():
        place = tag("small", esc(region)) if region else ""
        chips.append(tag("button", tag("span", esc(question)), place, type="button", cls="jz-chip", data_ask=question, data_region=region))
    return tag("section", tag("h2", esc(word("examples", lang))), tag("div", *chips, cls="jz-choices"), cls="jz-examples")
