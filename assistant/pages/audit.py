"""审一审, for staff: drafts, guides and ledgers in, findings out, each with its demand, basis and wording; commented copies to take away."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.access import Rank
from assistant.audit_types import AuditReport, Finding, place_words
from assistant.pages.html import esc, link, tag
from assistant.pages.look import footer, frame, header, title
from assistant.pages.site import Site, full_region, read_day
from assistant.pages.words import PATH, VERDICT, choice, word
from knowledge.errors import JianzhengError

log = logging.getLogger("jianzheng.audit")
SEVERITY = {"error": ("错误", "no"), "warning": ("提示", "if"), "info": ("建议", "un")}
MOST_FILES = 50


class Unfit(JianzhengError):
    """Something in the form that will not do."""


def build(site: Site, lang: str) -> gr.Blocks:
    """The page in one language; findings are Chinese in both."""
    with gr.Blocks(title=f"{word('nav.audit', lang)} · {word('brand', lang)}", analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        header("audit", lang, site.pages)
        title("audit.title", "audit.lead", lang)
        with gr.Column(elem_classes="jz-panel"):
            files = gr.File(label=word("audit.files", lang), elem_id="jz-file", file_count="multiple")
            with gr.Row():
                plain = gr.InputHTMLAttributes(autocomplete="off", spellcheck=False)
                region = gr.Textbox(
                    label=word("lib.region", lang),
                    placeholder=word("day.file", lang),
                    elem_id="jz-region",
                    max_lines=1,
                    max_length=60,
                    html_attributes=plain,
                )
                day = gr.Textbox(
                    label=word("day", lang),
                    placeholder=word("day.hint", lang),
                    elem_id="jz-day",
                    max_lines=1,
                    max_length=10,
                    html_attributes=plain,
                )
            with gr.Row(elem_id="jz-buttons"):
                go = gr.Button(word("audit.go", lang), variant="primary", elem_id="jz-ask")
        parcel = gr.File(label=word("audit.parcel", lang), elem_id="jz-parcel", visible=False, interactive=False)
        shown = frame("", elem_id="jz-answer")
        footer(lang)

        def audited(request: gr.Request, paths: list[str] | None, place: str, when: str) -> tuple[str, Any]:
            try:
                site.person(request).need(Rank.WINDOW)
                return run(site, request, paths or [], place, when)
            except JianzhengError as error:
                return tag("p", esc(str(error)), cls="jz-note", role="alert"), gr.update(visible=False)
            except Exception:
                log.exception("an audit failed")
                return tag("p", esc(word("failed", lang)), cls="jz-note", role="alert"), gr.update(visible=False)

        go.click(audited, [files, region, day], [shown, parcel], api_visibility="private", show_progress="minimal", concurrency_limit=2)
    page.queue(default_concurrency_limit=2, api_open=False)
    return page


def run(site: Site, request: gr.Request, paths: Sequence[str], place: str, when: str) -> tuple[str, Any]:
    """Audit the files; the findings as HTML and a parcel of the outputs. Drafts are not kept."""
    from assistant.audit import audit_files
    from assistant.audit_out import write_outputs

    if not paths or len(paths) > MOST_FILES:
        raise Unfit(f"请选 1 到 {MOST_FILES} 个文件。")
    region, several = full_region(place)
    if region is None:
        raise Unfit(word("many.region" if several else "bad.region", region=place))
    try:
        day = read_day(when)
    except ValueError:
        raise Unfit(word("bad.day", day=when)) from None
    reports = audit_files(site.world(), [Path(path) for path in paths], region or None, day)
    folder = Path(tempfile.mkdtemp(prefix="jianzheng-audit-"))
    try:
        list(write_outputs(folder / "审核结果", reports, ("docx", "xlsx", "json")))
        parcel = shutil.make_archive(str(Path(tempfile.mkdtemp(prefix="jianzheng-parcel-")) / "审核结果"), "zip", folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    person = site.person(request)
    site.access.log.add(
        person.name, person.rank.name.lower(), "audit", files=len(reports), findings=sum(len(report.findings) for report in reports)
    )
    return "".join(report_html(report) for report in reports), gr.update(value=parcel, visible=True)


def report_html(report: AuditReport) -> str:
    """One file: how many findings of each code, then each finding."""
    heading = tag("h2", esc(report.title or report.file))
    if report.error:
        return tag("section", heading, tag("p", esc(report.error), cls="jz-note", role="alert"), cls="jz-part")
    found = Counter(SEVERITY.get(item.severity, SEVERITY["info"])[0] for item in report.findings)
    counts = "，".join(f"{name}{number}处" for name, _ in SEVERITY.values() if (number := found[name])) or "没有发现问题"
    head = tag("p", esc(f"{report.region}　按{report.as_of}的规定　{counts}"), cls="jz-why", role="status")
    return tag("section", heading, head, *(_finding(item) for item in sorted(report.findings, key=_weight)), cls="jz-part")


def _weight(item: Finding) -> int:
    """Errors before hints before suggestions; within them as they stand in the text."""
    return list(SEVERITY).index(item.severity) if item.severity in SEVERITY else len(SEVERITY)


def _finding(item: Finding) -> str:
    severity, tone = SEVERITY.get(item.severity, SEVERITY["info"])
    name = tag("span", tag("span", esc(severity), cls=f"jz-kind jz-tone-{tone}"), esc(item.title), cls="jz-cite-name", data_code=item.code)
    demand = tag("span", esc(item.demand.demand), cls="jz-cite-text")
    where = place_words(item.demand.locator) if item.demand.locator else ""
    verdict = choice(VERDICT, str(item.verdict)) if item.verdict else ""
    path = choice(PATH, str(item.path)) if item.path else ""
    facts = [
        ("位置", where),
        ("结论", "　".join(part for part in (verdict, path) if part)),
        ("说明", item.reason),
        ("建议写法", item.suggestion),
    ]
    body = "".join(tag("dt", esc(key)) + tag("dd", esc(value)) for key, value in facts if value)
    cites = [
        tag(
            "details",
            tag("summary", tag("span", esc(f"《{cite.title.strip('《》')}》{cite.article or ''}"), cls="jz-cite-name")),
            tag(
                "div",
                tag("p", esc(word("waiting"))),
                cls="jz-context",
                data_src=link("/source", ref=cite.ref, lang="zh"),
                aria_live="polite",
            ),
            cls="jz-cite jz-miss",
        )
        for cite in item.citations
    ]
    return tag(
        "details", tag("summary", name, demand), tag("div", tag("dl", body, cls="jz-finding"), *cites, cls="jz-context"), cls="jz-cite"
    )
