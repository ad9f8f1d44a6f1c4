"""The frame around every page: theme with system fonts only, header, footer, and the style sheet and script of our own."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import gradio as gr

from assistant.pages.html import esc, tag
from assistant.pages.site import path_of
from assistant.pages.words import HTML_LANG, word

THEME = Path(__file__).resolve().parents[1] / "theme"
ASSETS = {"jianzheng.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8", "mark.svg": "image/svg+xml"}
FONTS = ["system-ui", "-apple-system", "PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "sans-serif"]  # fmt: skip


@cache
def asset(name: str) -> bytes:
    """The bytes of one of ``ASSETS``."""
    return (THEME / name).read_bytes()


@cache
def stamp() -> str:
    """Changes when an asset does, so that browsers may keep them for long."""
    return hashlib.sha256(b"".join(asset(name) for name in ASSETS)).hexdigest()[:10]


def theme() -> gr.themes.Base:
    """Gradio's plain theme with system fonts; colours and shapes are in ``jianzheng.css``."""
    return gr.themes.Base(font=FONTS, font_mono=["ui-monospace", "Consolas", "monospace"], text_size="md", radius_size="sm")


def head(lang: str) -> str:
    """Elements for ``<head>``: our style sheet, script and mark, nothing from elsewhere."""
    version = stamp()
    return (
        f'<link rel="stylesheet" href="/static/jianzheng.css?v={version}"><script src="/static/page.js?v={version}" data-lang="{HTML_LANG[lang]}"></script>'
        f'<link rel="icon" type="image/svg+xml" href="/static/mark.svg?v={version}">'
    )


def header(page: str, lang: str, pages: tuple[str, ...]) -> gr.HTML:
    """``header_html`` as a component."""
    return frame(header_html(page, lang, pages))


def header_html(page: str, lang: str, pages: tuple[str, ...]) -> str:
    """Name, navigation, and the switches for type size, light or dark, language and account."""
    links = [
        tag("a", esc(word(f"nav.{name}", lang)), href=path_of(name, lang), aria_current="page" if name == page else None) for name in pages
    ]
    nav = tag("nav", *links, aria_label=word("nav", lang)) if len(pages) > 1 else ""
    other = "zh" if lang == "en" else "en"
    tools = tag(
        "div",
        tag("button", esc(word("tool.large", lang)), type="button", data_tool="large", aria_pressed="false"),
        tag("button", esc(word("tool.theme", lang)), type="button", data_tool="theme", aria_pressed="false"),
        tag("a", esc(word("tool.lang", lang)), href=path_of(page, other), lang=HTML_LANG[other], hreflang=HTML_LANG[other]),
        tag("a", esc(word("tool.account", lang)), href=path_of("login", lang)),
        cls="jz-tools",
    )
    brand = tag("a", _mark(), tag("span", esc(word("brand", lang))), href=path_of("ask", lang), cls="jz-brand")
    skip = tag("a", esc(word("skip", lang)), href="#jz-main", cls="jz-skip")
    return tag("header", skip, tag("div", brand, nav, tools, cls="jz-bar"), cls="jz-header")


def title(heading: str, lead: str, lang: str) -> gr.HTML:
    """The heading of a page and a line on what it is for (keys of ``words``); where "skip to content" leads."""
    inner = (tag("h1", esc(word(heading, lang))), tag("p", esc(word(lead, lang))))
    return frame(tag("div", *inner, cls="jz-title", id="jz-main", tabindex="-1"))


def footer(lang: str, *, keys: bool = False) -> gr.HTML:
    """What the answers rest on, and what is not kept; ``keys``: the keys of the ask page."""
    hint = tag("p", esc(word("keys", lang)), cls="jz-keys") if keys else ""
    return frame(tag("footer", tag("p", esc(word("footer", lang))), hint, cls="jz-footer"))


def frame(html: str, *, elem_id: str | None = None) -> gr.HTML:
    """A place for HTML of ours, without Gradio's styles and click events."""
    return gr.HTML(html, elem_id=elem_id, elem_classes="jz-frame", js_on_load=None, apply_default_css=False)


def plain_page(page: str, lang: str, pages: tuple[str, ...], title: str, *inner: str) -> str:
    """A whole page of our own without Gradio (log-in)."""
    body = tag("div", header_html(page, lang, pages), tag("main", *inner, id="jz-main", tabindex="-1"), cls="jz-frame jz-plain")
    top = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{esc(title)} · {esc(word("brand", lang))}</title>'
    return f'<!doctype html><html lang="en"><head>{top}</head><body>{body}</body></html>'


def _mark() -> str:
    return '<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect x="5" y="3" width="22" height="26" rx="3"/><path d="M10 16h12"/></svg>'
