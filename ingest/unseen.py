"""Text that a reader of the page does not see although it is in the file: white on white, tiny, off the page, set hidden.

Where the ground cannot be known (table styles, style sheets, text boxes) white text counts as seen: a heading in white on blue must not be lost.
"""

from __future__ import annotations

import re
from typing import Any

from ingest.docx_numbers import W

_TINY_HALF_POINTS = 3
_WHITE = re.compile(r"(?<![-\w])color:(?:#fff(?:fff)?|white|rgba?\(255,255,255(?:,[\d.]+)?\))(?![\w])")
_TINY = re.compile(r"font-size:(?:0|0?\.\d+(?:px|pt|em|rem)|1(?:\.\d+)?(?:px|pt))(?![\d.%])")
_AWAY = re.compile(r"text-indent:-\d{3,}(?:px|pt|em)|(?:left|top|margin-left):-\d{3,}(?:px|pt|em)")
_CLEAR = re.compile(r"(?<![-\w])opacity:0(?:\.0+)?(?![.\d])")


def run_unseen(run: Any) -> bool:
    """True for a Word run (``w:r``) set hidden, tiny, or white with no shading on run, paragraph, cell or table."""
    properties = run.find(W + "rPr")
    if properties is None:
        return False
    if _on(properties.find(W + "vanish")):
        return True
    size = properties.find(W + "sz")
    if size is not None and size.get(W + "val", "").isdigit() and int(size.get(W + "val")) <= _TINY_HALF_POINTS:
        return True
    colour = properties.find(W + "color")
    if colour is None or (colour.get(W + "val", "").upper() != "FFFFFF" and colour.get(W + "themeColor") != "background1"):
        return False
    if properties.find(W + "shd") is not None or properties.find(W + "highlight") is not None:
        return False
    return not any(_shaded(parent) for parent in run.iterancestors())


def _on(switch: Any) -> bool:
    return switch is not None and switch.get(W + "val", "1") not in ("0", "false", "off")


def _shaded(parent: Any) -> bool:
    if parent.tag == W + "txbxContent":
        return True
    for tag, properties in ((W + "p", "pPr"), (W + "tc", "tcPr"), (W + "tbl", "tblPr")):
        if parent.tag == tag:
            found = parent.find(W + properties)
            return found is not None and (
                found.find(W + "shd") is not None or (tag == W + "tbl" and found.find(W + "tblStyle") is not None)
            )
    return False


def element_unseen(node: Any) -> bool:
    """True for an HTML element whose own style makes its text tiny, clear, off the page, or white where nothing around sets a ground."""
    style = re.sub(r"\s", "", (node.get("style") or "").lower())
    if not style:
        return False
    if _TINY.search(style) or _AWAY.search(style) or _CLEAR.search(style):
        return True
    return bool(_WHITE.search(style)) and "background" not in style and not any(_grounded(p) for p in (node, *node.iterancestors()))


def _grounded(node: Any) -> bool:
    if node.tag in ("body", "html"):
        return "background" in (node.get("style") or "").lower() or node.get("bgcolor") is not None
    return bool(node.get("class") or node.get("id") or node.get("bgcolor") or "background" in (node.get("style") or "").lower())
