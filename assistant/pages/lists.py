"""查清单: filter the published lists, open a row in its source with its history and precedents, take it away as a spreadsheet."""

from __future__ import annotations

from typing import Any

import gradio as gr

from assistant.access import Person
from assistant.pages.html import esc, link, tag
from assistant.pages.look import footer, frame, header, title
from assistant.pages.register import Filter, Item, history, select
from assistant.pages.site import Site, full_region, read_day
from assistant.pages.source import in_context
from assistant.pages.words import LIST_KIND, PATH, choice, word

PAGE = 50  # rows shown at once


def build(site: Site, lang: str) -> gr.Blocks:
    """The page in one language."""
    with gr.Blocks(title=f"{word('nav.lists', lang)} · {word('brand', lang)}", analytics_enabled=False) as page:
        header("lists", lang, site.pages)
        title("lists.title", "lists.lead", lang)
        at = gr.State(0)
        with gr.Column(elem_id="jz-form"):
            with gr.Row():
                proof = _box("lists.proof", lang, "jz-proof", 3)
                region = _box("lists.region", lang, "jz-region", 3)
                matter = _box("lists.matter", lang, "jz-matter", 3)
            with gr.Row():
                body = _box("lists.body", lang, "jz-body", 3)
                kind = _choice("lists.kind", LIST_KIND, lang)
                path = _choice("lists.path", PATH, lang)
                day = _box("lists.day", lang, "jz-day", 2, "day.any")
            with gr.Row(elem_id="jz-buttons"):
                find = gr.Button(word("lists.find", lang), variant="primary", elem_id="jz-ask")
                new = gr.Button(word("lists.clear", lang), variant="secondary", elem_id="jz-new")
        shown = frame("", elem_id="jz-answer")
        with gr.Row(elem_id="jz-pager"):
            back = gr.Button(word("lists.back", lang), elem_id="jz-back", interactive=False)
            on = gr.Button(word("lists.on", lang), elem_id="jz-on", interactive=False)
        footer(lang)
        given = [proof, region, matter, body, kind, path, day]

        def turn(request: gr.Request, start: int, *values: Any) -> tuple[Any, ...]:
            return found(site, lang, site.person(request), start, *values)

        options: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": 20}
        out = [shown, at, back, on]

        def first(request: gr.Request, *values: Any) -> tuple[Any, ...]:
            return turn(request, 0, *values)

        def before(request: gr.Request, start: int, *values: Any) -> tuple[Any, ...]:
            return turn(request, max(0, start - PAGE), *values)

        def after(request: gr.Request, start: int, *values: Any) -> tuple[Any, ...]:
            return turn(request, start + PAGE, *values)

        for event in (page.load, find.click, *(box.submit for box in (proof, region, matter, body)), kind.change, path.change):
            event(first, given, out, **options)
        back.click(before, [at, *given], out, **options)
        on.click(after, [at, *given], out, **options)
        new.click(lambda: ("", "", "", "", "", "", ""), None, given, api_visibility="private", queue=False).then(
            first, given, out, **options
        )
    page.queue(default_concurrency_limit=20, api_open=False)
    return page


def _box(key: str, lang: str, elem_id: str, scale: int, hint: str = "") -> gr.Textbox:
    plain = gr.InputHTMLAttributes(autocomplete="off", spellcheck=False, lang="zh-CN")
    shown = word(hint, lang) if hint else None
    return gr.Textbox(
        label=word(key, lang),
        placeholder=shown,
        elem_id=elem_id,
        max_lines=1,
        max_length=60,
        scale=scale,
        min_width=150,
        html_attributes=plain,
    )


def _choice(key: str, table: dict[str, tuple[str, str]], lang: str) -> gr.Dropdown:
    choices = [(word("lists.all", lang), ""), *((choice(table, name, lang), name) for name in table)]
    return gr.Dropdown(choices, value="", label=word(key, lang), scale=2, min_width=130, filterable=False)


def read_filter(values: tuple[Any, ...]) -> tuple[Filter | None, str]:
    """The filter of the form's fields, or what is wrong with it (a key of ``words``)."""
    proof, region, matter, body, kind, path, day = (str(value or "").strip() for value in values)
    name, several = full_region(region)
    if name is None:
        return None, "many.region" if several else "bad.region"
    try:
        when = read_day(day)
    except ValueError:
        return None, "bad.day"
    return Filter(name, proof, body, matter, path, kind, when), ""


def found(site: Site, lang: str, person: Person, start: int, *values: Any) -> tuple[Any, ...]:
    """The page of rows from ``start``, with the state of the buttons."""
    wanted, problem = read_filter(values)
    if wanted is None:
        text = word(problem, lang, region=values[1], day=values[6])
        return tag("p", esc(text), cls="jz-note", role="alert"), 0, gr.update(interactive=False), gr.update(interactive=False)
    world = site.world()
    rows = select(site.items(), wanted, person, world.chain(wanted.region or "全国"))
    if wanted.region:
        order = {name: number for number, name in enumerate(world.chain(wanted.region))}
        rows.sort(key=lambda item: order.get(item.stored.region or "全国", -1))
    start = start if start < len(rows) else 0
    here = rows[start : start + PAGE]
    count = word("lists.count", lang, total=len(rows), first=start + 1 if rows else 0, last=start + len(here))
    names = ("proof", "region", "matter", "body", "kind", "path", "day")
    query = dict(zip(names, (str(value or "").strip() for value in values), strict=True))
    links = [
        tag("a", esc(word(key, lang)), href=link("/lists.xlsx", form=form, **query), cls="jz-chip", download=True)
        for key, form in (("lists.xlsx", ""), ("lists.publish", "publish"))
    ]
    top = tag("div", tag("p", esc(count), role="status"), tag("div", *links, cls="jz-choices"), cls="jz-listhead")
    return (
        top + "".join(_row(item, wanted.region, lang) for item in here),
        start,
        gr.update(interactive=start > 0),
        gr.update(interactive=start + PAGE < len(rows)),
    )


def _row(item: Item, region: str, lang: str) -> str:
    entry, stored = item.stored.entry, item.stored
    kind = tag("span", esc(choice(LIST_KIND, str(entry.list_kind), lang)), cls=f"jz-kind is-{entry.list_kind}")
    path = choice(PATH, str(entry.path), lang) if entry.path != "unknown" else ""
    where = "　".join(part for part in (stored.region or "", stored.title or stored.file, str(item.day or "")) if part)
    name = tag("span", esc(entry.proof_name), kind, cls="jz-cite-name")
    what = tag(
        "span",
        esc("　".join(part for part in (entry.matter or entry.purpose or "", path, entry.replacement or "") if part)),
        cls="jz-cite-text",
    )
    place = tag(
        "div",
        tag("p", esc(word("waiting", lang))),
        cls="jz-context",
        data_src=link("/history", ref=stored.ref, region=region, lang=lang),
        aria_live="polite",
    )
    return tag("details", tag("summary", name, what, tag("span", esc(where), cls="jz-why")), place, cls="jz-cite", data_ref=stored.ref)


def past(site: Site, item: Item, person: Person, region: str, lang: str) -> str:
    """A row in its source, then when the same proof stood on which list in the region (empty: the row's own), then precedents elsewhere."""
    world = site.world()
    near, elsewhere = history(site.items(), item, person, world.chain(region or item.stored.region or "全国"))
    shown = in_context(world.library, item.stored.ref, lang)
    for key, others in (("lists.history", near), ("lists.precedents", elsewhere)):
        if others:
            lines = [tag("li", *_line(other, lang)) for other in others[:12]]
            more = tag("li", esc(word("lists.more", lang, number=len(others) - 12))) if len(others) > 12 else ""
            shown += tag("div", tag("h4", esc(word(key, lang, number=len(others)))), tag("ul", *lines, more), cls="jz-past")
    return shown


def _line(item: Item, lang: str) -> tuple[str, ...]:
    entry = item.stored.entry
    kind = tag("span", esc(choice(LIST_KIND, str(entry.list_kind), lang)), cls=f"jz-kind is-{entry.list_kind}")
    path = choice(PATH, str(entry.path), lang) if entry.path != "unknown" else ""
    words = "　".join(part for part in (item.stored.region or "", item.stored.title or "", entry.matter or "", path) if part)
    return (tag("time", esc(item.day or "—")), kind, esc(words))
