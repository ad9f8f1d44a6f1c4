"""Log-in, log-out and the first administrator, as plain forms; and the guard in front of pages that are not for everyone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as StarletteRequest
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.access import RANK_WORDS, SESSION_SECONDS, Person, Rank, Refused
from assistant.pages.html import esc, link, tag
from assistant.pages.look import plain_page
from assistant.pages.site import COOKIE, Site, path_of
from assistant.pages.words import LANGUAGES, word

GUARDED = {"library": Rank.ADMINISTRATOR, "audit": Rank.WINDOW}
_LONGEST_FORM = 4096


class Guard:
    """Stops everything under a guarded page's address, its Gradio endpoints included, for persons below its rank."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app, self.site = app, site
        self.paths = {path_of(page, lang): (rank, lang) for page, rank in GUARDED.items() for lang in LANGUAGES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = (
            next((item for path, item in self.paths.items() if f"{scope['path']}/".startswith(path)), None)
            if scope["type"] == "http"
            else None
        )
        if wanted is None:
            await self.app(scope, receive, send)
            return
        rank, lang = wanted
        request = StarletteRequest(scope)
        if self.site.person(request).rank >= rank:
            await self.app(scope, receive, send)
            return
        page = "text/html" in request.headers.get("accept", "") and request.method == "GET"
        reply: Response = (
            RedirectResponse(link(path_of("login", lang), next=scope["path"]), status_code=303)
            if page
            else PlainTextResponse(f"这里要“{RANK_WORDS[rank]}”的权限。", status_code=403)
        )
        await reply(scope, receive, send)


def add(app: FastAPI, site: Site) -> None:
    """Add the log-in page in both languages."""
    for lang in LANGUAGES:
        _add(app, site, lang)


def _add(app: FastAPI, site: Site, lang: str) -> None:
    here = path_of("login", lang)

    @app.get(here)
    def shown(request: Request, next: str = "") -> Response:
        return HTMLResponse(_page(site, lang, site.person(request), "", next), headers={"cache-control": "no-store"})

    @app.post(here)
    async def sent(request: Request) -> Response:
        if not _from_here(request) or int(request.headers.get("content-length") or 0) > _LONGEST_FORM:
            return PlainTextResponse("请从本页登录。", status_code=403)
        form = {key: str(value) for key, value in (await request.form()).items()}
        try:
            session = await run_in_threadpool(_act, site, form)
        except Refused as error:
            return HTMLResponse(_page(site, lang, site.person(request), str(error), form.get("next", "")), status_code=403)
        reply = RedirectResponse(_safe(form.get("next", ""), lang) if session else here, status_code=303)
        if session:
            secure = request.url.scheme == "https"
            reply.set_cookie(COOKIE, session, max_age=SESSION_SECONDS, httponly=True, samesite="strict", secure=secure)
        else:
            reply.delete_cookie(COOKIE)
        return reply


def _act(site: Site, form: Mapping[str, str]) -> str:
    """The new session; empty for a log-out."""
    if form.get("act") == "out":
        return ""
    name, secret = form.get("name", "").strip(), form.get("secret", "")
    if form.get("act") == "setup":
        site.access.set_up(form.get("code", ""), name, secret)
    return site.access.log_in(name, secret)


def _from_here(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _safe(path: str, lang: str) -> str:
    """Only an address of ours to go on to."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else path_of("ask", lang)


def _page(site: Site, lang: str, person: Person, problem: str, following: str) -> str:
    alert = tag("p", esc(problem), cls="jz-alert", role="alert") if problem else ""
    if person.name:
        said = word("login.as", lang, name=person.name, rank=RANK_WORDS[person.rank])
        inner = tag(
            "form",
            tag("h1", esc(word("tool.account", lang))),
            tag("p", esc(said)),
            _hidden("act", "out"),
            _go("login.out", lang),
            method="post",
            cls="jz-sheet",
        )
    elif site.access.setup_code() is not None:
        fields = _field("code", "setup.code", lang) + _names(lang, "new-password")
        inner = _form("setup", lang, alert, fields, following)
    else:
        inner = _form("login", lang, alert, _names(lang, "current-password"), following)
    return plain_page("login", lang, site.pages, word("login.title", lang), inner)


def _form(act: str, lang: str, alert: str, fields: str, following: str) -> str:
    top = tag("h1", esc(word(f"{act}.title", lang))) + tag("p", esc(word(f"{act}.lead", lang))) + alert
    return tag("form", top, fields, _hidden("act", act), _hidden("next", following), _go(f"{act}.go", lang), method="post", cls="jz-sheet")


def _names(lang: str, completion: str) -> str:
    return _field("name", "login.name", lang, autocomplete="username") + _field(
        "secret", "login.secret", lang, type="password", autocomplete=completion
    )


def _field(name: str, key: str, lang: str, **attributes: Any) -> str:
    given = {"type": "text", "autocomplete": "off", **attributes}
    return tag("label", esc(word(key, lang)), tag("input", name=name, required=True, maxlength="200", **given).removesuffix("</input>"))


def _hidden(name: str, value: str) -> str:
    return tag("input", type="hidden", name=name, value=value).removesuffix("</input>")


def _go(key: str, lang: str) -> str:
    return tag("button", esc(word(key, lang)), type="submit")
