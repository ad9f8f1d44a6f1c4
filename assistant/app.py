"""The web application: our own routes on FastAPI, the Gradio pages mounted beside them, security headers around everything."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from assistant.pages.site import Site

OFFLINE = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_SHARE": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
}
# Gradio writes its settings as an inline script and fills gr.HTML through Function(), hence the two exceptions
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

UPLOAD = "30mb"  # largest file an administrator may bring in through the page
_HEADER_ITEMS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


def go_offline(temporary: str | None = None) -> None:
    """Set the switches that keep the libraries from calling out; before gradio is imported."""
    os.environ.update(OFFLINE)
    if temporary:
        os.environ["GRADIO_TEMP_DIR"] = temporary


class Dressed:
    """Adds ``HEADERS`` to every response, and to whole pages the language and our ``<head>`` (Gradio adds its own only after it has drawn)."""

    def __init__(self, app: ASGIApp, heads: Mapping[str, str]) -> None:
        self.app, self.heads = app, heads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        lang = "en" if scope["path"].startswith("/en/") else "zh"
        held: list[Message] = []  # the start of a whole page, until its body is complete
        body = bytearray()

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*(item for item in message["headers"] if _name(item) not in HEADERS), *_HEADER_ITEMS]
                if any(_name(item) == "content-type" and item[1].startswith(b"text/html") for item in message["headers"]):
                    held.append(message)
                    return
            elif held:
                body.extend(message.get("body", b""))
                if message.get("more_body"):
                    return
                start, page = held.pop(), self._page(bytes(body), lang)
                start["headers"] = [item for item in start["headers"] if _name(item) != "content-length"]
                start["headers"].append((b"content-length", str(len(page)).encode()))
                await send(start)
                message = {"type": "http.response.body", "body": page}
            await send(message)

        await self.app(scope, receive, dressed)

    def _page(self, body: bytes, lang: str) -> bytes:
        if b"</head>" not in body:
            return body
        body = body.replace(b'<html lang="en"', b'<html lang="zh-CN"', 1) if lang == "zh" else body
        return body.replace(b"</head>", self.heads[lang].encode() + b"</head>", 1)


def _name(item: tuple[bytes, bytes]) -> str:
    return item[0].decode("latin-1").lower()


def create_app(site: Site, *, hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]", "testserver")) -> FastAPI:
    """The application for one library.

    Args:
        site: the library and the pages to show.
        hosts: names under which it may be addressed; ``("*",)`` for any (behind a proxy that checks them).
    """
    import gradio as gr

    from assistant.api import create_api
    from assistant.mcp_tools import TokenGate, create_mcp
    from assistant.pages import ask, audit, library, lists, login, look, overview, reports, routes
    from assistant.pages.site import path_of
    from assistant.pages.words import LANGUAGES

    server = create_mcp(site)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with server.session_manager.run():
            yield

    mcp_app = server.streamable_http_app()
    app = FastAPI(title="减证", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.mount("/api", create_api(site))
    app.mount("/mcp", TokenGate(mcp_app, site.access))
    routes.add(app, site)
    login.add(app, site)
    builders: dict[str, Any] = {
        "ask": ask.build,
        "lists": lists.build,
        "overview": overview.build,
        "library": library.build,
        "reports": reports.build,
        "audit": audit.build,
    }
    addresses = [(path_of(page, lang), page, lang) for page in site.pages for lang in LANGUAGES]
    for path, _, _ in addresses:
        if path != "/":
            app.add_api_route(path.rstrip("/"), _to(path), methods=["GET"])
    for path, page, lang in sorted(addresses, key=lambda item: -len(item[0])):  # "/" would swallow what is mounted after it
        gr.mount_gradio_app(
            app,
            builders[page](site, lang),
            path.rstrip("/") or "/",
            theme=look.theme(),
            ssr_mode=False,
            show_error=False,
            allowed_paths=[],
            max_file_size=UPLOAD if page in ("library", "audit") else "1kb",
            enable_monitoring=False,
            footer_links=[],
            run_history=False,
            mcp_server=False,
            pwa=False,
        )
    app.add_middleware(login.Guard, site=site)
    app.add_middleware(Dressed, heads={lang: look.head(lang) for lang in LANGUAGES})
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    return app


def _to(path: str) -> Callable[[], RedirectResponse]:
    return lambda: RedirectResponse(path, status_code=307)
