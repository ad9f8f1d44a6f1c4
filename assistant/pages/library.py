"""资料库, for administrators: preview a file, see what it would change, take it in; corrections, accounts and the log. Every handler checks rights."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.access import RANK_WORDS, Person, Rank
from assistant.pages import shelves
from assistant.pages.html import esc, tag
from assistant.pages.look import footer, frame, header
from assistant.pages.preview import KIND_WORDS, impact, impact_html, parsed_html
from assistant.pages.site import Site, full_region
from assistant.pages.words import word
from knowledge.errors import JianzhengError
from knowledge.store import Library

log = logging.getLogger("jianzheng.library")
_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_PLAIN = gr.InputHTMLAttributes(autocomplete="off", spellcheck=False)
Handler = Callable[..., str]


def build(site: Site, lang: str) -> gr.Blocks:
    """The page in one language; what it says about documents is Chinese in both."""
    with gr.Blocks(
        title=f"{word('nav.library', lang)} · {word('brand', lang)}", analytics_enabled=False, delete_cache=(3600, 3600)
    ) as page:
        header("library", lang, site.pages)
        frame(
            tag(
                "div",
                tag("h1", esc(word("nav.library", lang))),
                tag("p", esc(word("lib.lead", lang))),
                cls="jz-title",
                id="jz-main",
                tabindex="-1",
            )
        )
        with gr.Tabs(elem_id="jz-tabs"):
            with gr.Tab(word("lib.in", lang)):
                _taking_in(site, lang)
            with gr.Tab(word("lib.sources", lang)) as tab:
                _sources(site, lang, tab)
            with gr.Tab(word("lib.corrections", lang)) as tab:
                _corrections(site, lang, tab)
            with gr.Tab(word("lib.accounts", lang)) as tab:
                _accounts(site, lang, tab)
            with gr.Tab(word("lib.log", lang)) as tab:
                shown = frame("")
                tab.select(_for_admin(site, lambda person: shelves.log(site.access)), None, shown, **_QUIET)
        footer(lang)
    page.queue(default_concurrency_limit=4, api_open=False)
    return page


def _admin(site: Site, request: gr.Request) -> Person:
    person = site.person(request)
    person.need(Rank.ADMINISTRATOR)
    return person


def _for_admin(site: Site, act: Handler) -> Handler:
    """A handler for administrators only; whatever goes wrong is one sentence on the page."""

    def handled(request: gr.Request, *values: Any) -> str:
        try:
            return act(_admin(site, request), *values)
        except JianzhengError as error:
            return _note(str(error))
        except Exception:
            log.exception("an act in the library failed")
            return _note(word("failed"))

    return handled


def _note(text: str) -> str:
    return tag("p", esc(text), cls="jz-note", role="alert")


def _done(text: str) -> str:
    return tag("p", esc(text), cls="jz-done", role="status")


def _text(key: str, lang: str, elem_id: str | None = None, **more: Any) -> gr.Textbox:
    return gr.Textbox(label=word(key, lang), elem_id=elem_id, max_lines=1, max_length=300, html_attributes=_PLAIN, **more)


# ---------- taking in ----------
def _taking_in(site: Site, lang: str) -> None:
    with gr.Column(elem_classes="jz-panel"):
        file = gr.File(label=word("lib.file", lang), elem_id="jz-file", file_count="single")
        with gr.Row():
            region = _text("lib.region", lang, "jz-region")
            kind = gr.Dropdown(
                [("自动识别", ""), *((name, key) for key, name in KIND_WORDS.items() if key != "unknown")],
                value="",
                label=word("lib.kind", lang),
            )
            day = _text("lib.published", lang, "jz-day")
        with gr.Row(elem_id="jz-buttons"):
            look = gr.Button(word("lib.preview", lang), variant="primary", elem_id="jz-preview")
            take = gr.Button(word("lib.take", lang), variant="secondary", elem_id="jz-take")
    shown = frame("", elem_id="jz-answer")

    def preview(request: gr.Request, path: str | None, place: str, sort: str, when: str) -> Iterator[str]:
        try:
            _admin(site, request)
            yield from previewed(site, path, place, sort, when)
        except JianzhengError as error:
            yield _note(str(error))
        except Exception:
            log.exception("a preview failed")
            yield _note(word("failed"))

    look.click(preview, [file, region, kind, day], shown, **_QUIET)
    take.click(_for_admin(site, lambda person, *values: taken(site, person, *values)), [file, region, kind, day], shown, **_QUIET)


class Unfit(JianzhengError):
    """Something in the form that will not do."""


def _given(path: str | None, place: str, kind: str, when: str) -> tuple[Path, str | None, str | None, date | None]:
    if not path:
        raise Unfit("请先选一个文件。")
    region, several = full_region(place)
    if region is None:
        raise Unfit(word("many.region" if several else "bad.region", region=place))
    try:
        day = date.fromisoformat(when.strip()) if when and when.strip() else None
    except ValueError:
        raise Unfit(word("bad.day", day=when)) from None
    return Path(path), region or None, kind or None, day


def previewed(site: Site, path: str | None, place: str, kind: str, when: str) -> Iterator[str]:
    """What was read, then, question by question, what it would change."""
    from ingest.pipeline_read import Given, parse

    file, region, sort, day = _given(path, place, kind, when)
    yield tag("p", "正在读取……", role="status")
    parsed = parse(file, Given(region, sort, day))
    read = parsed_html(parsed, file)
    yield read
    for done, total, changes in impact(site.world(), parsed, date.today()):
        if done == total or done % 10 == 0:
            yield impact_html(changes, total, done=done == total) + read


def taken(site: Site, person: Person, path: str | None, place: str, kind: str, when: str) -> str:
    """Take the file in; one sentence with what became of it."""
    from ingest.pipeline import ingest_paths

    file, region, sort, day = _given(path, place, kind, when)
    with _writing(site) as library:
        report = ingest_paths([file], library, region=region, kind=sort, published=day, jobs=1)[0]
    site.access.log.add(
        person.name, person.rank.name.lower(), "upload", file=file.name, sha256=report.sha256, status=report.status, ref=report.ref
    )
    if report.status == "rejected":
        return _note(f"没有入库：{report.reason}")
    words = {"stored": "已入库", "replaced": "已入库，替换了原来的版本", "unchanged": "库里已有同样的文件，没有变化"}
    changes = report.changes
    what = f"{report.provisions}条，{report.entries}行；新增{len(changes.added)}，删去{len(changes.removed)}，改动{len(changes.changed)}"
    return _done(f"{words[report.status]}：{report.title or report.file}（{what}）。编号 {report.ref}")


def _writing(site: Site) -> Library:
    if site.open_writer is None:
        raise Unfit("这个服务只能读，不能改资料库。")
    return site.open_writer()


# ---------- sources ----------
def _sources(site: Site, lang: str, tab: gr.Tab) -> None:
    with gr.Column(elem_classes="jz-panel"):
        with gr.Row():
            needle = _text("lib.needle", lang, scale=3)
            find = gr.Button(word("lists.find", lang), variant="primary", scale=1)
        with gr.Row():
            ref = _text("lib.ref", lang, scale=3)
            remove = gr.Button(word("lib.remove", lang), scale=1)
            rebuild = gr.Button(word("lib.rebuild", lang), scale=1)
            check = gr.Button(word("lib.check", lang), scale=1)
    said, shown = frame(""), frame("")

    def everything(person: Person, text: str = "") -> str:
        library = site.world().library
        return shelves.sources(library, text.strip()) + shelves.coverage(library) + shelves.problems(library) + shelves.editions(library)

    listed = _for_admin(site, everything)
    tab.select(listed, needle, shown, **_QUIET)
    find.click(listed, needle, shown, **_QUIET)
    remove.click(_for_admin(site, lambda person, key: removed(site, person, key)), ref, said, **_QUIET).then(
        listed, needle, shown, **_QUIET
    )
    rebuild.click(_for_admin(site, lambda person: rebuilt(site, person)), None, said, **_QUIET)
    check.click(_for_admin(site, lambda person: checked(site)), None, said, **_QUIET)


def removed(site: Site, person: Person, key: str) -> str:
    """Take a document out of the answers (its record stays)."""
    if not key.strip():
        raise Unfit("请写下要移出的文件的编号。")
    with _writing(site) as library:
        found = library.remove(key.strip())
        _refresh(library)
    site.access.log.add(person.name, person.rank.name.lower(), "remove", ref=found.ref)
    return _done(f"已移出：{found.ref}。记录还在，不再参与回答。")


def rebuilt(site: Site, person: Person) -> str:
    """Rebuild the search indexes from the store."""
    with _writing(site) as library:
        _refresh(library)
    site.access.log.add(person.name, person.rank.name.lower(), "rebuild")
    return _done("检索索引已按资料库重建。")


def checked(site: Site) -> str:
    """The integrity check in words."""
    faults = site.world().library.integrity_check()
    return _note("；".join(faults)) if faults else _done("检查完毕，没有发现损坏。")


def _refresh(library: Library) -> None:
    from ingest.pipeline import refresh_indexes

    refresh_indexes(library)


# ---------- corrections ----------
def _corrections(site: Site, lang: str, tab: gr.Tab) -> None:
    with gr.Column(elem_classes="jz-panel"):
        with gr.Row():
            ref = _text("lib.place", lang)
            field = _text("lib.field", lang)
        with gr.Row():
            old = _text("lib.old", lang)
            new = _text("lib.new", lang)
            reason = _text("lib.reason", lang)
        correct = gr.Button(word("lib.correct", lang), variant="primary")
    said, shown = frame(""), frame("")
    listed = _for_admin(site, lambda person: shelves.corrections(site.world().library))
    tab.select(listed, None, shown, **_QUIET)
    act = _for_admin(site, lambda person, *values: corrected(site, person, *values))
    correct.click(act, [ref, field, old, new, reason], said, **_QUIET).then(listed, None, shown, **_QUIET)


def corrected(site: Site, person: Person, ref: str, field: str, old: str, new: str, reason: str) -> str:
    """Correct one field of a row or one passage of an article; it survives re-reading."""
    if not (ref.strip() and field.strip() and reason.strip()):
        raise Unfit("位置、字段和理由都要写。位置如 …#row_12 或 …#art_44；条文的字段是 text。")
    with _writing(site) as library:
        number = library.correct(ref.strip(), field.strip(), new, old=old, reason=reason.strip())
        _refresh(library)
    site.access.log.add(person.name, person.rank.name.lower(), "correct", ref=ref.strip(), field=field.strip(), correction=number)
    return _done(f"已更正（第{number}号）。")


# ---------- accounts ----------
def _accounts(site: Site, lang: str, tab: gr.Tab) -> None:
    ranks = [(RANK_WORDS[rank], int(rank)) for rank in (Rank.WINDOW, Rank.REVIEWER, Rank.ADMINISTRATOR)]
    with gr.Column(elem_classes="jz-panel"):
        with gr.Row():
            name = _text("login.name", lang)
            secret = gr.Textbox(
                label=word("login.secret", lang),
                type="password",
                max_length=200,
                html_attributes=gr.InputHTMLAttributes(autocomplete="new-password"),
            )
            rank = gr.Dropdown(ranks, value=1, label=word("lib.rank", lang))
        with gr.Row():
            put = gr.Button(word("lib.put", lang), variant="primary")
            drop = gr.Button(word("lib.drop", lang))
        with gr.Row():
            label = _text("lib.label", lang)
            token = gr.Button(word("lib.token", lang))
            untoken = gr.Button(word("lib.untoken", lang))
    said, shown = frame(""), frame("")
    listed = _for_admin(site, lambda person: shelves.accounts(site.access))
    tab.select(listed, None, shown, **_QUIET)

    def made(person: Person, who: str, words: str, how: int) -> str:
        site.access.put(person, who.strip(), words, Rank(how))
        return _done(f"账号“{who.strip()}”已设为{RANK_WORDS[Rank(how)]}。")

    def gone(person: Person, who: str) -> str:
        site.access.remove(person, who.strip())
        return _done(f"账号“{who.strip()}”已删除。")

    def issued(person: Person, text: str, how: int) -> str:
        return _done(f"新令牌（只显示这一次，请立即保存）：{site.access.make_token(person, text.strip() or '未命名', Rank(how))}")

    def taken_back(person: Person, identifier: str) -> str:
        site.access.drop_token(person, identifier.strip())
        return _done("令牌已作废。")

    for button, act, inputs in (
        (put, made, [name, secret, rank]),
        (drop, gone, [name]),
        (token, issued, [label, rank]),
        (untoken, taken_back, [label]),
    ):
        button.click(_for_admin(site, act), inputs, said, **_QUIET).then(listed, None, shown, **_QUIET)
