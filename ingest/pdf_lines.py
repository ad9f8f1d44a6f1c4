"""Characters of a page → lines and segments, by geometry alone. Boxes are ``(x0, top, x1, bottom)`` in points from the top left."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.glyphs import is_cjk, join_wrapped

Box = tuple[float, float, float, float]
Char = dict[str, Any]

TINY = 1.6  # points: below this nobody reads
ITEM = re.compile(
    r"^\s*([（(][一二三四五六七八九十百\d]+[)）]|[一二三四五六七八九十百]+[、.．]|\d+[、.．)）](?!\d)|第[一二三四五六七八九十百千零〇\d]+[条章节编款]|附件|注[:：]|[①-⑳])"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of characters without a wide gap."""

    text: str
    box: Box
    size: float


@dataclass(frozen=True, slots=True)
class Line:
    """Segments that share a baseline, left to right."""

    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """The segments parted by two spaces."""
        return "  ".join(s.text for s in self.segments)

    @property
    def box(self) -> Box:
        """The hull of the segments."""
        return hull(s.box for s in self.segments)

    @property
    def size(self) -> float:
        """The most common character size."""
        return max(self.segments, key=lambda s: len(s.text)).size


def hull(boxes: Iterable[Box]) -> Box:
    """The smallest box around ``boxes`` (at least one)."""
    found = list(boxes)
    return min(b[0] for b in found), min(b[1] for b in found), max(b[2] for b in found), max(b[3] for b in found)


def inside(char: Char, box: Box, slack: float = 0.0) -> bool:
    """True when the middle of a character lies in ``box``."""
    x, y = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
    return bool(box[0] - slack <= x <= box[2] + slack and box[1] - slack <= y <= box[3] + slack)


def lines_of(chars: Sequence[Char], gap: float = 1.1) -> list[Line]:
    """Group characters into lines by vertical overlap, then cut each line where the gap exceeds ``gap`` character sizes."""
    rows: list[list[Char]] = []
    bottoms: list[float] = []
    for char in sorted(chars, key=lambda c: (c["top"] + c["bottom"]) / 2):
        middle = (char["top"] + char["bottom"]) / 2
        if rows and middle < bottoms[-1]:
            rows[-1].append(char)
            if char["text"].strip():
                heights = [c for c in rows[-1] if c["text"].strip()]
                bottoms[-1] = max(bottoms[-1], _limit(heights))
        else:
            rows.append([char])
            bottoms.append(_limit([char]))
    return [line for line in (_line(row, gap) for row in rows) if line is not None]


def _limit(chars: Sequence[Char]) -> float:
    """The height down to which a middle still belongs to the line: three quarters of the first character."""
    first = chars[0]
    return float(first["top"] + 0.78 * (first["bottom"] - first["top"]))


def _line(row: Sequence[Char], gap: float) -> Line | None:
    ordered = sorted(row, key=lambda c: c["x0"])
    segments: list[Segment] = []
    run: list[Char] = []
    blank = False
    for char in ordered:
        if not char["text"].strip():
            blank = True
            continue
        if run and char["x0"] - run[-1]["x1"] > gap * max(char["size"], run[-1]["size"]):
            segments.append(_segment(run))
            run = []
        run.append({**char, "spaced": True} if blank and run else char)
        blank = False
    if run:
        segments.append(_segment(run))
    return Line(tuple(segments)) if segments else None


def _segment(run: Sequence[Char]) -> Segment:
    text = ""
    for i, char in enumerate(run):
        if i:
            space = char["x0"] - run[i - 1]["x1"]
            latin = not is_cjk(char["text"][0]) and not is_cjk(run[i - 1]["text"][-1])
            if space > (0.18 if latin or char.get("spaced") else 0.45) * char["size"]:
                text += " "
        text += char["text"]
    size = Counter(round(c["size"], 1) for c in run).most_common(1)[0][0]
    return Segment(text, hull((c["x0"], c["top"], c["x1"], c["bottom"]) for c in run), size)


def cell_text(chars: Sequence[Char]) -> str:
    """The text of one cell: its lines joined, since breaks inside a cell are mostly wrapping."""
    out = ""
    for line in lines_of(chars, gap=50):
        text = " ".join(s.text for s in line.segments)
        out = (
            f"{out}\n{text}"
            if out and ITEM.match(text) and re.match(r"^\s*(\d+[、.．]|[（(])", text) and _ends(out)
            else join_wrapped(out, text)
        )
    return out


def _ends(text: str) -> bool:
    return text.rstrip().endswith(("。", "；", ";", "."))


def dedupe(chars: Sequence[Char]) -> list[Char]:
    """Drop characters printed twice at the same place (bold by overprinting)."""
    seen: set[tuple[str, int, int]] = set()
    kept = []
    for char in chars:
        key = (char["text"], round(char["x0"]), round(char["top"]))
        near = any((char["text"], key[1] + dx, key[2] + dy) in seen for dx in (-1, 0, 1) for dy in (-1, 0, 1))
        if near and char["text"].strip():
            continue
        seen.add(key)
        kept.append(char)
    return kept


def is_white(color: Any) -> bool:
    """True for white in grey, RGB or CMYK."""
    if color is None:
        return False
    parts = list(color) if isinstance(color, (tuple, list)) else [color]
    if not parts or not all(isinstance(p, (int, float)) for p in parts):
        return False
    return all(p <= 0.02 for p in parts) if len(parts) == 4 else all(p >= 0.97 for p in parts)


def split_hidden(chars: Sequence[Char], rects: Sequence[Char], width: float, height: float) -> tuple[list[Char], list[Char], list[Char]]:
    """Part the characters into ``(seen, hidden, slanted)``.

    Hidden: white on a white page, tiny, or off the page. Slanted: neither upright nor a quarter turn, which is how watermarks are set, and
    the letters of a red seal that lies over other text.
    """
    seen: list[Char] = []
    hidden: list[Char] = []
    slanted: list[Char] = []
    sealed = _seal(chars)
    dark = [
        (r["x0"], r["top"], r["x1"], r["bottom"])
        for r in rects
        if r.get("fill") and r.get("non_stroking_color") is not None and not is_white(r.get("non_stroking_color"))
    ]
    for char in chars:
        if not char["text"].strip():
            seen.append(char)
            continue
        a, b, c, d = (char.get("matrix") or (1, 0, 0, 1, 0, 0))[:4]
        box = (char["x0"], char["top"], char["x1"], char["bottom"])
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        if min(abs(a) + abs(d), abs(b) + abs(c)) > 0.1 * (abs(a) + abs(b) + abs(c) + abs(d)) and abs(b) > 0.05 * abs(a):
            slanted.append(char)
            continue
        if id(char) in sealed:
            slanted.append(char)
            continue
        off = char["size"] < TINY or not (0 <= middle[0] <= width and 0 <= middle[1] <= height)
        white = is_white(char.get("non_stroking_color")) and not any(inside(char, r) for r in dark)
        (hidden if off or white else seen).append(char)
    return seen, hidden, slanted


def _red(color: Any) -> bool:
    parts = list(color) if isinstance(color, (tuple, list)) else []
    if len(parts) == 3 and all(isinstance(p, (int, float)) for p in parts):
        return bool(parts[0] > 0.5 and parts[1] < 0.45 * parts[0] and parts[2] < 0.45 * parts[0])
    return len(parts) == 4 and bool(parts[0] < 0.3 and parts[1] > 0.6 and parts[2] > 0.5 and parts[3] < 0.3)


def _overlap(a: Char, b: Char) -> bool:
    x = min(a["x1"], b["x1"]) - max(a["x0"], b["x0"])
    y = min(a["bottom"], b["bottom"]) - max(a["top"], b["top"])
    return bool(x > 0.2 * min(a["x1"] - a["x0"], b["x1"] - b["x0"]) and y > 0.2 * min(a["bottom"] - a["top"], b["bottom"] - b["top"]))


def _seal(chars: Sequence[Char]) -> set[int]:
    """Identities of the red characters of a seal: red, and near a star or near red ones that are turned or lie over black text. Red headings stay."""
    reds = [c for c in chars if c["text"].strip() and _red(c.get("non_stroking_color"))]
    if not reds or len(reds) > 60:
        return set()
    others = [c for c in chars if c["text"].strip() and not _red(c.get("non_stroking_color"))]
    sure = [r for r in reds if r["text"] in "★☆" or abs((r.get("matrix") or (1, 0))[1]) > 0.01 or any(_overlap(r, o) for o in others)]
    if not sure:
        return set()
    x0, top, x1, bottom = hull((c["x0"], c["top"], c["x1"], c["bottom"]) for c in sure)
    reach = max(x1 - x0, bottom - top, 30)
    box = ((x0 + x1) / 2 - reach, (top + bottom) / 2 - reach, (x0 + x1) / 2 + reach, (top + bottom) / 2 + reach)
    return {id(r) for r in reds if inside(r, box)}


def boxed(page: int, box: Box) -> tuple[float, float, float, float, float]:
    """A box with its page in front, as locators carry it."""
    return (float(page), round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2))
