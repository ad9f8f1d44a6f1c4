"""看全局: the register counted. Every chart is a table whose numbers carry a bar, so that nothing is told by the picture alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import gradio as gr

from assistant.access import Person, Rank
from assistant.pages import figures
from assistant.pages.figures import Circle
from assistant.pages.html import esc, tag
from assistant.pages.look import footer, frame, header, title
from assistant.pages.register import Filter, Item, select
from assistant.pages.site import Site, full_region
from assistant.pages.words import LIST_KIND, PATH, choice, word


def build(site: Site, lang: str) -> gr.Blocks:
    """The page in one language."""
    with gr.Blocks(title=f"{word('nav.overview', lang)} · {word('brand', lang)}", analytics_enabled=False) as page:
        header("overview", lang, site.pages)
        title("over.title", "over.lead", lang)
        with gr.Row(elem_id="jz-form"):
            plain = gr.InputHTMLAttributes(autocomplete="off", spellcheck=False, lang="zh-CN")
            region = gr.Textbox(
                label=word("over.region", lang), elem_id="jz-region", max_lines=1, max_length=60, scale=4, html_attributes=plain
            )
            find = gr.Button(word("lists.find", lang), variant="primary", elem_id="jz-ask", scale=1)
        shown = frame("", elem_id="jz-answer")
        footer(lang)

        def count(request: gr.Request, place: str) -> str:
            return counted(site, lang, site.person(request), place, date.today())

        for event in (page.load, find.click, region.submit):
            event(count, region, shown, api_visibility="private", show_progress="hidden", concurrency_limit=8)
    page.queue(default_concurrency_limit=8, api_open=False)
    return page


def counted(site: Site, lang: str, person: Person, place: str | None, day: date) -> str:
    """All figures for a region (empty: everywhere). Ledgers are counted for staff only."""
    name, several = full_region(place)
    if name is None:
        return tag("p", esc(word("many.region" if several else "bad.region", lang, region=place)), cls="jz-note", role="alert")
    world = site.world()
    chain = world.chain(name) if name else ()
    inside = [item for item in site.items() if not name or (item.stored.region or "全国").startswith(name) or name == "全国"]
    lists = select(inside, Filter(), person, chain)
    ledgers = select(inside, Filter(kind="ledger"), person, chain) if person.rank >= Rank.WINDOW else []
    everything = [*lists, *ledgers]
    if not everything:
        return tag("p", esc(word("over.none", lang)), cls="jz-note", role="status")
    parts = [
        _headline(figures.headline(everything)),
        tag("div", *_charts(lists, everything, lang), cls="jz-charts"),
        _grid(figures.grid(everything), lang),
        _repeated(everything, lang),
        _circles(figures.circles(everything), lang),
        _lapsing(figures.lapsing(world, everything, day), lang),
        _gaps(figures.gaps(lists), lang),
    ]
    note = "" if ledgers else tag("p", esc(word("over.staff", lang)), cls="jz-why")
    return tag("div", *parts, note, cls="jz-overview", data_ready="1")


def _headline(rows: Sequence[tuple[str, int]]) -> str:
    return tag("dl", *(tag("div", tag("dt", esc(name)), tag("dd", f"{number:,}")) for name, number in rows), cls="jz-headline")


def _charts(lists: Sequence[Item], everything: Sequence[Item], lang: str) -> list[str]:
    def path(item: Item) -> str | None:
        return choice(PATH, str(item.stored.entry.path), lang) if item.stored.entry.path != "unknown" else None

    def kind(item: Item) -> str:
        return choice(LIST_KIND, str(item.stored.entry.list_kind), lang)

    years = sorted(figures.count(lists, figures.year_of))
    return [
        _bars("over.path", figures.count(everything, path), lang),
        _bars("over.kind", figures.count(everything, kind), lang),
        _bars("over.body", figures.count(everything, figures.body_of, 12), lang),
        _bars("over.level", figures.count(lists, figures.level_of), lang),
        _bars("over.list", figures.count(lists, figures.list_of, 12), lang),
        _bars("over.year", years, lang),
    ]


def _bars(key: str, rows: Sequence[tuple[str, int]], lang: str) -> str:
    if not rows:
        return ""
    most = max(number for _, number in rows)
    body = [
        tag(
            "tr",
            tag("th", esc(name), scope="row"),
            tag("td", tag("span", "", style=f"width:{max(1, round(100 * number / most))}%", aria_hidden="true"), cls="jz-bar-cell"),
            tag("td", f"{number:,}", cls="jz-number"),
        )
        for name, number in rows
    ]
    head = tag(
        "tr",
        tag("th", esc(word("over.what", lang)), scope="col"),
        tag("td", ""),
        tag("th", esc(word("over.rows", lang)), scope="col"),
        cls="jz-hidden",
    )
    widths = "<colgroup><col class=jz-name><col><col class=jz-n></colgroup>"
    table = tag("table", tag("caption", esc(word(key, lang))), widths, tag("thead", head), tag("tbody", *body))
    return tag("section", table, cls="jz-bars")


def _grid(cells: dict[tuple[str, str], int], lang: str) -> str:
    if not cells:
        return ""
    most = max(cells.values())
    head = tag("tr", tag("td", ""), *(tag("th", esc(tier), scope="col") for tier in figures.TIERS))
    rows = []
    for sector in figures.SECTORS:
        numbers = [cells.get((sector, tier), 0) for tier in figures.TIERS]
        shown = (tag("td", f"{number:,}", style=f"--share:{round(100 * number / most)}%") for number in numbers)
        rows.append(tag("tr", tag("th", esc(sector), scope="row"), *shown))
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    return _part("over.grid", lang, tag("div", table, cls="jz-grid"))


def _part(key: str, lang: str, *inner: str) -> str:
    return tag("section", tag("h2", esc(word(key, lang))), *inner, cls="jz-part")


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]], label: str) -> str:
    head = tag("tr", *(tag("th", esc(name), scope="col") for name in heads))
    body = [tag("tr", *(tag("td", esc(value), data_label=name) for name, value in zip(heads, row, strict=True))) for row in rows]
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body)), cls="jz-scroll", tabindex="0", role="region", aria_label=label)


def _none(key: str, lang: str) -> str:
    return _part(key, lang, tag("p", esc(word("over.nothing", lang)), cls="jz-why"))


def _repeated(items: Sequence[Item], lang: str) -> str:
    rows = [
        (fact, "、".join(names[:8]) + ("……" if len(names) > 8 else ""), bodies, number)
        for fact, names, bodies, number in figures.repeated(items)
    ]
    return (
        _part("over.repeated", lang, _table(("事实", "索要时用的名称", "单位数", "行数"), rows, word("over.repeated", lang)))
        if rows
        else _none("over.repeated", lang)
    )


def _circles(found: Sequence[Circle], lang: str) -> str:
    if not found:
        return _none("over.circles", lang)
    rows = [
        (
            circle.first.stored.entry.matter,
            f"{circle.first.stored.entry.proof_name}（{circle.first.stored.entry.issuing_body}）",
            circle.second.stored.entry.matter,
            f"{circle.second.stored.entry.proof_name}（{circle.second.stored.entry.issuing_body}）",
        )
        for circle in found
    ]
    table = _table(("办这件事", "要先有", "而办那件事", "又要先有"), rows, word("over.circles", lang))
    return _part("over.circles", lang, _graph(found), table)


def _graph(found: Sequence[Circle]) -> str:
    """Matters on a circle, an arrow from each to the matter whose paper it waits for; the table below says the same in words."""
    names = list(dict.fromkeys(str(item.stored.entry.matter) for circle in found for item in (circle.first, circle.second)))[:14]
    at = {name: _spot(number, len(names)) for number, name in enumerate(names)}
    lines = []
    for circle in found:
        ends = [str(item.stored.entry.matter) for item in (circle.first, circle.second)]
        if all(name in at for name in ends):
            lines += [_arrow(at[ends[0]], at[ends[1]]), _arrow(at[ends[1]], at[ends[0]])]
    labels = [
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="5"/><text x="{x + (12 if x >= 330 else -12):.0f}" y="{y + 5:.0f}" text-anchor="{"start" if x >= 330 else "end"}">{esc(name[:14])}</text>'
        for name, (x, y) in at.items()
    ]
    arrow = '<defs><marker id="jz-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0l8 4-8 4z"/></marker></defs>'
    return (
        f'<svg class="jz-graph" viewBox="0 0 660 300" aria-hidden="true" focusable="false">{arrow}{"".join(lines)}{"".join(labels)}</svg>'
    )


def _spot(number: int, total: int) -> tuple[float, float]:
    angle = 2 * math.pi * (number + 0.5) / total
    return 330 + 130 * math.sin(angle), 150 - 120 * math.cos(angle)


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x0, y0), (x1, y1) = start, end
    long = math.hypot(x1 - x0, y1 - y0) or 1
    bend_x, bend_y = (x0 + x1) / 2 - (y1 - y0) * 0.14, (y0 + y1) / 2 + (x1 - x0) * 0.14
    x2, y2 = x1 - (x1 - bend_x) / long * 14, y1 - (y1 - bend_y) / long * 14
    return f'<path d="M{x0:.0f} {y0:.0f}Q{bend_x:.0f} {bend_y:.0f} {x2:.0f} {y2:.0f}" marker-end="url(#jz-arrow)"/>'


def _lapsing(found: Sequence[tuple[Item, str, date]], lang: str) -> str:
    rows = [
        (item.stored.entry.proof_name, item.stored.entry.matter, f"《{basis}》", str(end), item.stored.title)
        for item, basis, end in found[:60]
    ]
    heads = ("证明", "事项", "依据", "失效日", "所在清单")
    return _part("over.lapsing", lang, _table(heads, rows, word("over.lapsing", lang))) if rows else _none("over.lapsing", lang)


def _gaps(found: Sequence[tuple[Item, list[str]]], lang: str) -> str:
    rows = [(item.stored.entry.proof_name, item.stored.entry.matter, "、".join(empty), item.stored.title) for item, empty in found[:100]]
    heads = ("证明", "事项", "缺少", "所在清单")
    return _part("over.gaps", lang, _table(heads, rows, word("over.gaps", lang))) if rows else _none("over.gaps", lang)
