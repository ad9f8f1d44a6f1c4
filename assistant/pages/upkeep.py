"""资料库, the tabs that keep it in order: sources, corrections, accounts and tokens, the log of acts. Every handler checks rights."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import gradio as gr

from assistant.access import RANK_WORDS, Person, Rank
from assistant.pages import shelves
from assistant.pages.html import esc, tag
from assistant.pages.look import frame
from assistant.pages.site import Site
from assistant.pages.words import FIELDS, word
from knowledge.errors import JianzhengError
from knowledge.store import Library, StoredEntry, StoredProvision

log = logging.getLogger("jianzheng.library")
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_PLAIN = gr.InputHTMLAttributes(autocomplete="off", spellcheck=False)
Handler = Callable[..., str]


class Unfit(JianzhengError):
    """Something in the form that will not do."""


# ---------- what the tabs share ----------
def admin(site: Site, request: gr.Request) -> Person:
    """Who asks, when that is an administrator. Raises Refused."""
    person = site.person(request)
    person.need(Rank.ADMINISTRATOR)
    return person


def for_admin(site: Site, act: Handler) -> Handler:
    """A handler for administrators only; whatever goes wrong is one sentence on the page."""

    def handled(request: gr.Request, *values: Any) -> str:
        try:
            return act(admin(site, request), *values)
        except JianzhengError as error:
            return note(str(error))
        except Exception:
            log.exception("an act in the library failed")
            return note(word("failed"))

    return handled


def note(text: str) -> str:
    """A sentence that says what will not do."""
    return tag("p", esc(text), cls="jz-note", role="alert")


def done(text: str) -> str:
    """A sentence that says what was done."""
    return tag("p", esc(text), cls="jz-done", role="status")


def text_box(key: str, lang: str, elem_id: str | None = None, **more: Any) -> gr.Textbox:
    """A one-line field."""
    return gr.Textbox(label=word(key, lang), elem_id=elem_id, max_lines=1, max_length=300, html_attributes=_PLAIN, **more)


def writing(site: Site) -> Library:
    """The library opened for writing. Raises Unfit where this server may only read."""
    if site.open_writer is None:
        raise Unfit("这个服务只能读，不能改资料库。")
    return site.open_writer()


def _refresh(library: Library) -> None:
    from ingest.pipeline import refresh_indexes

    refresh_indexes(library)


def _log(site: Site, person: Person, what: str, **detail: Any) -> None:
    site.access.log.add(person.name, person.rank.name.lower(), what, **detail)


# ---------- sources ----------
def sources(site: Site, lang: str, tab: gr.Tab) -> None:
    """What is in the library, its coverage, problems and editions; taking a document out; rebuilding and checking."""
    with gr.Column(elem_classes="jz-panel"):
        with gr.Row():
            needle = text_box("lib.needle", lang, "jz-needle", scale=3)
            find = gr.Button(word("lists.find", lang), variant="primary", scale=1)
        with gr.Row():
            ref = text_box("lib.ref", lang, "jz-ref", scale=3, placeholder=word("lib.ref.hint", lang))
            remove = gr.Button(word("lib.remove", lang), scale=1)
            rebuild = gr.Button(word("lib.rebuild", lang), scale=1)
            check = gr.Button(word("lib.check", lang), scale=1)
    said, shown = frame(""), frame("")

    def everything(person: Person, text: str = "") -> str:
        library = site.world().library
        return shelves.sources(library, text.strip()) + shelves.coverage(library) + shelves.problems(library) + shelves.editions(library)

    listed = for_admin(site, everything)
    tab.select(listed, needle, shown, **QUIET)
    for event in (find.click, needle.submit):
        event(listed, needle, shown, **QUIET)
    act = for_admin(site, lambda person, key: removed(site, person, key))
    remove.click(act, ref, said, **QUIET).then(listed, needle, shown, **QUIET)
    rebuild.click(for_admin(site, lambda person: rebuilt(site, person)), None, said, **QUIET)
    check.click(for_admin(site, lambda person: checked(site)), None, said, **QUIET)


def removed(site: Site, person: Person, key: str) -> str:
    """Take a document out of the answers (its record stays)."""
    if not key.strip():
        raise Unfit("请先在下面的来源里点“选”，或者写下要移出的文件的编号。")
    with writing(site) as library:
        found = library.remove(key.strip())
        _refresh(library)
    _log(site, person, "remove", ref=found.ref)
    return done(f"已移出：{found.ref}。记录还在，不再参与回答。")


def rebuilt(site: Site, person: Person) -> str:
    """Rebuild the search indexes from the store."""
    with writing(site) as library:
        _refresh(library)
    _log(site, person, "rebuild")
    return done("检索索引已按资料库重建。")


def checked(site: Site) -> str:
    """The integrity check in words."""
    faults = site.world().library.integrity_check()
    return note("；".join(faults)) if faults else done("检查完毕，没有发现损坏。")


# ---------- corrections ----------
def corrections(site: Site, lang: str, tab: gr.Tab) -> None:
    """Look a row or an article up, say what it should read; the correction survives re-reading."""
    fields = [(FIELDS[name][0 if lang == "zh" else 1], name) for name in FIELDS] + [(word("lib.text", lang), "text")]
    with gr.Column(elem_classes="jz-panel"):
        with gr.Row():
            place = text_box("lib.place", lang, "jz-place", placeholder=word("lib.place.hint", lang), scale=3)
            find = gr.Button(word("lib.look", lang), scale=1)
        with gr.Row():
            field = gr.Dropdown(fields, value="proof_name", label=word("lib.field", lang), filterable=False)
            old = text_box("lib.old", lang)
            new = text_box("lib.new", lang)
        with gr.Row():
            reason = text_box("lib.reason", lang, scale=3)
            correct = gr.Button(word("lib.correct", lang), variant="primary", scale=1)
    said, shown = frame(""), frame("")
    listed = for_admin(site, lambda person: shelves.corrections(site.world().library))
    tab.select(listed, None, shown, **QUIET)
    for event in (find.click, place.submit):
        event(for_admin(site, lambda person, where: looked_up(site, where)), place, said, **QUIET)
    act = for_admin(site, lambda person, *values: corrected(site, person, *values))
    correct.click(act, [place, field, old, new, reason], said, **QUIET).then(listed, None, shown, **QUIET)


def _found(site: Site, where: str) -> StoredEntry | StoredProvision:
    from assistant.cli_show import find

    found = find(site.world().library, where.strip(), date.today())
    if not isinstance(found, (StoredEntry, StoredProvision)):
        raise Unfit("这是一整份文件。请写到行或者条，如 某某清单第12行、优化营商环境条例第四十四条。")
    return found


def _place(found: StoredEntry | StoredProvision) -> str:
    """The reference under which a row or an article is stored (an article for its clauses)."""
    return found.ref if isinstance(found, StoredEntry) else found.provision.ref


def looked_up(site: Site, where: str) -> str:
    """The row or article in its source, as it reads now."""
    from assistant.pages.source import in_context

    if not where.strip():
        raise Unfit("请写明是哪一行或者哪一条，如 某某清单第12行、优化营商环境条例第四十四条。")
    return tag("div", in_context(site.world().library, _place(_found(site, where)), "zh"), cls="jz-context jz-paper")


def corrected(site: Site, person: Person, where: str, field: str, old: str, new: str, reason: str) -> str:
    """Correct one field of a row or one passage of an article; it survives re-reading."""
    if not (where.strip() and field.strip() and reason.strip()):
        raise Unfit("哪一行或者哪一条、哪一项和理由都要写。")
    ref = _place(_found(site, where))
    if ("#row_" in ref) == (field == "text"):
        raise Unfit("清单的行请选具体的项，条文请选“条文”。")
    with writing(site) as library:
        number = library.correct(ref, field.strip(), new, old=old, reason=reason.strip())
        _refresh(library)
    _log(site, person, "correct", ref=ref, field=field.strip(), correction=number)
    return done(f"已更正（第{number}号）。")


# ---------- accounts ----------
def accounts(site: Site, lang: str, tab: gr.Tab) -> None:
    """Accounts of staff, and tokens for programs."""
    ranks = [(RANK_WORDS[rank], int(rank)) for rank in (Rank.WINDOW, Rank.REVIEWER, Rank.ADMINISTRATOR)]
    hidden = gr.InputHTMLAttributes(autocomplete="new-password")
    with gr.Column(elem_classes="jz-panel"):
        with gr.Row():
            name = text_box("login.name", lang)
            secret = gr.Textbox(label=word("login.secret", lang), type="password", max_length=200, html_attributes=hidden)
            rank = gr.Dropdown(ranks, value=1, label=word("lib.rank", lang), filterable=False)
        with gr.Row():
            put = gr.Button(word("lib.put", lang), variant="primary")
            drop = gr.Button(word("lib.drop", lang))
    with gr.Column(elem_classes="jz-panel"), gr.Row():
        label = text_box("lib.label", lang, scale=2)
        rights = gr.Dropdown(ranks, value=1, label=word("lib.rights", lang), filterable=False)
        token = gr.Button(word("lib.token", lang))
        untoken = gr.Button(word("lib.untoken", lang))
    said, shown = frame(""), frame("")
    listed = for_admin(site, lambda person: shelves.accounts(site.access))
    tab.select(listed, None, shown, **QUIET)
    for button, act, inputs in (
        (put, _made, [name, secret, rank]),
        (drop, _gone, [name]),
        (token, _issued, [label, rights]),
        (untoken, _taken_back, [label]),
    ):
        button.click(_acting(site, act), inputs, said, **QUIET).then(listed, None, shown, **QUIET)


def _acting(site: Site, act: Callable[..., str]) -> Handler:
    return for_admin(site, lambda person, *values: act(site, person, *values))


def _made(site: Site, person: Person, who: str, secret: str, rank: int) -> str:
    site.access.put(person, who.strip(), secret, Rank(rank))
    return done(f"账号“{who.strip()}”已设为{RANK_WORDS[Rank(rank)]}。")


def _gone(site: Site, person: Person, who: str) -> str:
    site.access.remove(person, who.strip())
    return done(f"账号“{who.strip()}”已删除。")


def _issued(site: Site, person: Person, label: str, rank: int) -> str:
    return done(f"新令牌（只显示这一次，请立即保存）：{site.access.make_token(person, label.strip() or '未命名', Rank(rank))}")


def _taken_back(site: Site, person: Person, label: str) -> str:
    """By its number, or by its name when only one bears it."""
    named = [key for key, own, _ in site.access.tokens() if own == label.strip()]
    site.access.drop_token(person, named[0] if len(named) == 1 else label.strip())
    return done("令牌已作废。")


# ---------- the log ----------
def acts(site: Site, lang: str, tab: gr.Tab) -> None:
    """Who did what, newest first, and whether the chain holds."""
    shown = frame("")
    tab.select(for_admin(site, lambda person: shelves.log(site.access)), None, shown, **QUIET)
