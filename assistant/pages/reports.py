"""举报线索: say that a proof is still asked for; reviewers see what was reported against the lists in force."""

from __future__ import annotations

import logging
from datetime import date

import gradio as gr

from assistant.access import Rank
from assistant.pages.html import esc, tag
from assistant.pages.look import footer, frame, header, title
from assistant.pages.shelves import table
from assistant.pages.site import Site, full_region, read_day
from assistant.pages.source import title_of
from assistant.pages.tips import Tips, Unfit, judge, suspicions
from assistant.pages.words import PATH, VERDICT, choice, word
from knowledge.errors import JianzhengError

log = logging.getLogger("jianzheng.reports")


def build(site: Site, lang: str) -> gr.Blocks:
    """The page in one language."""
    tips = Tips(site.access.file.parents[1])
    with gr.Blocks(title=f"{word('nav.reports', lang)} · {word('brand', lang)}", analytics_enabled=False) as page:
        header("reports", lang, site.pages)
        title("tips.title", "tips.lead", lang)
        with gr.Column(elem_id="jz-form"):
            with gr.Row():
                proof = _box("lists.proof", lang, "jz-proof")
                matter = _box("lists.matter", lang, "jz-matter")
            with gr.Row():
                unit = _box("tips.unit", lang, "jz-unit")
                region = _box("region", lang, "jz-region")
                day = _box("tips.day", lang, "jz-day", word("day.hint", lang))
            with gr.Row(elem_id="jz-buttons"):
                send = gr.Button(word("tips.send", lang), variant="primary", elem_id="jz-ask")
        said, shown = frame("", elem_id="jz-answer"), frame("")
        footer(lang)

        def sent(what: str, why: str, who: str, where: str, when: str) -> str:
            return taken(site, tips, lang, what, why, who, where, when)

        def listed(request: gr.Request) -> str:
            if site.person(request).rank < Rank.REVIEWER:
                return ""
            return judged_html(site, tips, lang)

        send.click(
            sent, [proof, matter, unit, region, day], said, api_visibility="private", show_progress="hidden", concurrency_limit=8
        ).then(listed, None, shown, api_visibility="private", show_progress="hidden")
        page.load(listed, None, shown, api_visibility="private", show_progress="hidden")
    page.queue(default_concurrency_limit=8, api_open=False)
    return page


def _box(key: str, lang: str, elem_id: str, hint: str | None = None) -> gr.Textbox:
    plain = gr.InputHTMLAttributes(autocomplete="off", spellcheck=False, lang="zh-CN")
    return gr.Textbox(
        label=word(key, lang), placeholder=hint, elem_id=elem_id, max_lines=1, max_length=60, min_width=160, html_attributes=plain
    )


def taken(site: Site, tips: Tips, lang: str, proof: str, matter: str, unit: str, region: str, when: str) -> str:
    """Keep a report and say at once what the rules say to it."""
    try:
        name, several = full_region(region)
        if name is None:
            raise Unfit(word("many.region" if several else "bad.region", lang, region=region))
        try:
            day = read_day(when) or date.today()
        except ValueError:
            raise Unfit(word("bad.day", lang, day=when)) from None
        tip = tips.add(proof or "", matter or "", unit or "", name or "全国", day)
        found = judge(site.world(), tip)
    except JianzhengError as error:
        return tag("p", esc(str(error)), cls="jz-note", role="alert")
    except Exception:
        log.exception("a report failed")
        return tag("p", esc(word("failed", lang)), cls="jz-note", role="alert")
    site.access.log.add("", "citizen", "report", proof=tip.proof, region=tip.region, verdict=found.verdict)
    verdict = choice(VERDICT, found.verdict, lang) + (f"（{choice(PATH, found.path, lang)}）" if found.path else "")
    basis = title_of(site.world().library, found.row) if found.row else ""
    return tag("p", esc(word("tips.done", lang, verdict=verdict, basis=basis)), cls="jz-done", role="status")


def judged_html(site: Site, tips: Tips, lang: str) -> str:
    """The table for reviewers: hidden demands first."""
    world = site.world()
    rows = [
        (
            "明取暗留" if item.hidden else "待核",
            item.tip.proof,
            item.tip.matter or "—",
            item.tip.unit,
            item.tip.region,
            item.number,
            item.tip.day,
            choice(VERDICT, item.verdict, lang),
            title_of(world.library, item.row) if item.row else "—",
        )
        for item in suspicions(world, tips.all())
    ]
    heads = ("线索", "证明", "事项", "单位", "地区", "次数", "最近", "结论", "对照的清单或者条文")
    return table(heads, rows, word("tips.list", lang))
