"""Lines outside tables → paragraphs with styles; running heads and page numbers told apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.blocks import Paragraph
from ingest.glyphs import join_wrapped
from ingest.pdf_lines import ITEM, Box, Line
from knowledge.types import Locator

_PAGE_NUMBER = re.compile(r"^[-—–_·\s]*(第\s*)?\d{1,4}(\s*页)?(\s*[/／共]\s*(共\s*)?\d{1,4}\s*页?)?[-—–_·\s]*$")


@dataclass(frozen=True, slots=True)
class Placed:
    """A line on its page."""

    line: Line
    page: int
    width: float
    height: float


def _key(placed: Placed) -> str:
    return re.sub(r"[\d一二三四五六七八九十\s]+", "#", placed.line.text)


def margins(pages: Sequence[Sequence[Placed]]) -> dict[int, str]:
    """Which lines are running heads or feet: ``id(line) → header | footer``. Page numbers at the edge, texts repeated there."""
    found: dict[int, str] = {}
    repeated: Counter[str] = Counter()
    for lines in pages:
        repeated.update({_key(p) for p in lines if _edge(p)})
    enough = max(2, (len(pages) + 1) // 2)
    for lines in pages:
        for placed in lines:
            edge = _edge(placed)
            if edge and (_PAGE_NUMBER.match(placed.line.text) or (len(pages) > 1 and repeated[_key(placed)] >= enough)):
                found[id(placed.line)] = edge
    return found


def _edge(placed: Placed) -> str | None:
    if placed.line.box[3] < 0.09 * placed.height:
        return "header"
    return "footer" if placed.line.box[1] > 0.91 * placed.height else None


def body_size(pages: Sequence[Counter[float]]) -> float:
    """The size most characters of the file have, tables included; 10.5 when there are none."""
    sizes: Counter[float] = Counter()
    for page in pages:
        sizes.update(page)
    return sizes.most_common(1)[0][0] if sizes else 10.5


def style_of(placed: Placed, size: float) -> str:
    """``title`` for large centred lines, ``heading`` for other centred or large short ones, else ``body``."""
    x0, _, x1, _ = placed.line.box
    centred = abs((x0 + x1) / 2 - placed.width / 2) < 0.04 * placed.width and x1 - x0 < 0.9 * placed.width
    large = placed.line.size >= 1.15 * size
    if large and (centred or placed.line.size >= 1.5 * size):
        return "title"
    return "heading" if centred and (large or x0 > 0.2 * placed.width) and len(placed.line.text) < 60 else "body"


def paragraphs(lines: Sequence[Placed], size: float) -> list[Paragraph]:
    """Join the lines of one stretch of running text (no table in between) into paragraphs; a paragraph may run over a page break."""
    out: list[Paragraph] = []
    last: Placed | None = None
    right = max((p.line.box[2] for p in lines), default=0.0)
    left = min((p.line.box[0] for p in lines), default=0.0)
    for placed in lines:
        style = style_of(placed, size)
        here = _locate(placed)
        if last is not None and out and _runs_on(last, placed, style, out[-1].style, left, right):
            merged = replace(out[-1].locator, boxes=_merge(out[-1].locator.boxes, here.boxes))
            out[-1] = Paragraph(join_wrapped(out[-1].text, placed.line.text), merged, out[-1].style)
        else:
            out.append(Paragraph(placed.line.text, here, style))
        last = placed
    return out


def _locate(placed: Placed) -> Locator:
    box: Box = placed.line.box
    return Locator(page=placed.page, boxes=((float(placed.page), *(round(v, 2) for v in box)),))  # type: ignore[arg-type]


def _merge(
    a: tuple[tuple[float, float, float, float, float], ...], b: tuple[tuple[float, float, float, float, float], ...]
) -> tuple[tuple[float, float, float, float, float], ...]:
    if a and b and a[-1][0] == b[0][0]:
        x, y = a[-1], b[0]
        return (*a[:-1], (x[0], min(x[1], y[1]), min(x[2], y[2]), max(x[3], y[3]), max(x[4], y[4])), *b[1:])
    return (*a, *b)


def _runs_on(last: Placed, placed: Placed, style: str, before: str, left: float, right: float) -> bool:
    """True when ``placed`` is the wrapped rest of ``last``."""
    a, b = last.line, placed.line
    if abs(a.size - b.size) > 0.1 * a.size or ITEM.match(b.text):
        return False
    height = a.box[3] - a.box[1]
    if placed.page != last.page:
        near = not a.text.rstrip().endswith(("。", "；", "：", ":", "！", "？"))
    else:
        near = b.box[1] - a.box[3] < 1.6 * height
    if style == before == "title":
        return near
    if style == "title" or before == "title":
        return False
    full = a.box[2] > max(right, 0.7 * last.width) - 2.2 * a.size
    flush = b.box[0] < left + 1.2 * b.size
    return near and full and flush and not (len(a.segments) > 2)
