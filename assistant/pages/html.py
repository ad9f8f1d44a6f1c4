"""Small helpers for writing HTML. Everything that comes from a document, a name or a user goes through ``esc``."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

_TEMPLATE = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})  # gr.HTML fills templates: leave it nothing to fill


def esc(value: object) -> str:
    """Text made safe for element content and quoted attributes."""
    return "" if value is None else escape(str(value), quote=True).translate(_TEMPLATE)


def tag(name: str, /, *inner: str, **attributes: object) -> str:
    """An element. ``inner`` is HTML already; attribute values are escaped. ``cls`` is ``class``, ``_`` in names is ``-``; None leaves one out."""
    names = {"cls": "class", "for_": "for"}
    shown = "".join(
        f" {names.get(key, key.replace('_', '-'))}" + ("" if value is True else f'="{esc(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return f"<{name}{shown}>{''.join(inner)}</{name}>"


def lines(text: str) -> str:
    """Escaped text with its line breaks kept."""
    return "<br>".join(esc(part) for part in text.split("\n") if part.strip())


def link(path: str, /, **query: object) -> str:
    """A local address with an encoded query."""
    kept = {key: str(value) for key, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(kept)}" if kept else path
