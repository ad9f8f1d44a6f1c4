"""资料库, for administrators: preview a file, see what it would change, then take in what was previewed. The other tabs stand in ``upkeep``.

Every handler checks rights; whatever goes wrong is one sentence on the page.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.access import Person
from assistant.pages import upkeep
from assistant.pages.html import tag
from assistant.pages.look import footer, frame, header, title
from assistant.pages.preview import KIND_WORDS, impact, impact_html, law_impact_html, parsed_html, read_with_cells
from assistant.pages.site import Site, full_region, read_day
from assistant.pages.upkeep import QUIET, Unfit, admin, done, for_admin, note, text_box, writing
from assistant.pages.words import word
from knowledge.errors import JianzhengError
from knowledge.types import DocKind

log = logging.getLogger("jianzheng.library")


def build(site: Site, lang: str) -> gr.Blocks:
    """The page in one language; what it says about documents is Chinese in both."""
    heading = f"{word('nav.library', lang)} · {word('brand', lang)}"
    with gr.Blocks(title=heading, analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        header("library", lang, site.pages)
        title("nav.library", "lib.lead", lang)
        with gr.Tabs(elem_id="jz-tabs"):
            with gr.Tab(word("lib.in", lang)):
                _taking_in(site, lang)
            with gr.Tab(word("lib.sources", lang)) as tab:
                upkeep.sources(site, lang, tab)
            with gr.Tab(word("lib.corrections", lang)) as tab:
                upkeep.corrections(site, lang, tab)
            with gr.Tab(word("lib.accounts", lang)) as tab:
                upkeep.accounts(site, lang, tab)
            with gr.Tab(word("lib.log", lang)) as tab:
                upkeep.acts(site, lang, tab)
        footer(lang)
    page.queue(default_concurrency_limit=4, api_open=False)
    return page


def _taking_in(site: Site, lang: str) -> None:
    seen = gr.State("")  # what was previewed last: only that may be taken in
    with gr.Column(elem_classes="jz-panel"):
        file = gr.File(label=word("lib.file", lang), elem_id="jz-file", file_count="single")
        with gr.Row():
            region = text_box("lib.region", lang, "jz-region", placeholder=word("day.file", lang))
            kinds = [("自动识别", ""), *((name, key) for key, name in KIND_WORDS.items() if key != "unknown")]
            kind = gr.Dropdown(kinds, value="", label=word("lib.kind", lang), filterable=False)
            day = text_box("lib.published", lang, "jz-day", placeholder=word("day.file", lang))
        with gr.Row(elem_id="jz-buttons"):
            look = gr.Button(word("lib.preview", lang), variant="primary", elem_id="jz-preview")
            take = gr.Button(word("lib.take", lang), variant="secondary", elem_id="jz-take", interactive=False)
    shown = frame("", elem_id="jz-answer")
    given = [file, region, kind, day]

    def preview(request: gr.Request, *values: Any) -> Iterator[tuple[Any, Any, str]]:
        locked = gr.update(interactive=False)
        try:
            admin(site, request)
            for html in previewed(site, *values):
                yield html, locked, ""
            yield gr.skip(), gr.update(interactive=True), _mark(*values)
        except JianzhengError as error:
            yield note(str(error)), locked, ""
        except Exception:
            log.exception("a preview failed")
            yield note(word("failed", lang)), locked, ""

    def confirm(person: Person, marked: str, *values: Any) -> str:
        if not marked or marked != _mark(*values):
            raise Unfit("请先预览这个文件，看过会改变什么，再确认入库。")
        return taken(site, person, *values)

    look.click(preview, given, [shown, take, seen], **QUIET)
    take.click(for_admin(site, confirm), [seen, *given], shown, **QUIET)
    for field in given:
        field.change(lambda: (gr.update(interactive=False), ""), None, [take, seen], queue=False, **QUIET)


def _mark(path: str | None, *values: Any) -> str:
    """What a preview was made of: the file's bytes and the form."""
    data = Path(path).read_bytes() if path else b""
    return hashlib.sha256(data + repr(values).encode()).hexdigest()


def _given(path: str | None, place: str, kind: str, when: str) -> tuple[Path, str | None, str | None, date | None]:
    if not path:
        raise Unfit("请先选一个文件。")
    region, several = full_region(place)
    if region is None:
        raise Unfit(word("many.region" if several else "bad.region", region=place))
    try:
        day = read_day(when)
    except ValueError:
        raise Unfit(word("bad.day", day=when)) from None
    return Path(path), region or None, kind or None, day


def previewed(site: Site, path: str | None, place: str, kind: str, when: str) -> Iterator[str]:
    """What was read, then, question by question, what it would change. Nothing is stored."""
    file, region, sort, day = _given(path, place, kind, when)
    yield tag("p", "正在读取文件……", cls="jz-why", role="status")
    parsed, cells = read_with_cells(file, region, sort, day)
    read = parsed_html(parsed, file, cells)
    yield tag("p", "文件读好了，正在比较入库前后的结论……", cls="jz-why", role="status") + read
    if parsed.kind is DocKind.LAW and parsed.provisions:
        yield law_impact_html(site.world(), file) + read
        return
    for at, total, changes in impact(site.world(), parsed, date.today()):
        if at == total or at % 5 == 0:
            yield impact_html(changes, total, at=at) + read


def taken(site: Site, person: Person, path: str | None, place: str, kind: str, when: str) -> str:
    """Take the file in; one sentence with what became of it."""
    from ingest.pipeline import ingest_paths

    file, region, sort, day = _given(path, place, kind, when)
    with writing(site) as library:
        report = ingest_paths([file], library, region=region, kind=sort, published=day, jobs=1)[0]
    what = {"file": file.name, "sha256": report.sha256, "status": report.status, "ref": report.ref}
    site.access.log.add(person.name, person.rank.name.lower(), "upload", **what)
    if report.status == "rejected":
        return note(f"没有入库：{report.reason}")
    words = {"stored": "已入库", "replaced": "已入库，替换了原来的版本", "unchanged": "库里已有同样的文件，没有变化"}
    changes = report.changes
    parts = [f"{number}{unit}" for number, unit in ((report.provisions, "条"), (report.entries, "行")) if number]
    if report.status == "replaced":
        parts += [f"新增{len(changes.added)}", f"删去{len(changes.removed)}", f"改动{len(changes.changed)}"]
    return done(
        f"{words[report.status]}：{report.title or report.file}{'（' + '，'.join(parts) + '）' if parts else ''}。编号 {report.ref}"
    )


__all__ = ["build", "previewed", "taken"]
