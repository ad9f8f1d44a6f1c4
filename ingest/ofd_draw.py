"""What an OFD page draws: text objects → characters, path objects → ruling lines, all in points from the top left of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from ingest.glyphs import clean, is_cjk
from ingest.page_layout import Stroke, segments
from ingest.pdf_lines import Char

POINT = 72 / 25.4  # OFD counts in millimetres
MAX_DEPTH = 40
_COMMAND = re.compile(r"[A-Za-z]|-?\d*\.?\d+(?:[eE][-+]?\d+)?")
_ASCENT = 0.86  # of the character size lies above the base line

Matrix = tuple[float, float, float, float, float, float]


@dataclass(slots=True)
class Drawn:
    """What stands on one page, in points from its top left."""

    chars: list[Char] = field(default_factory=list)
    across: list[Stroke] = field(default_factory=list)
    down: list[Stroke] = field(default_factory=list)
    filled: list[Char] = field(default_factory=list)  # coloured areas, on which white text is seen
    unseen: list[Char] = field(default_factory=list)
    pictures: int = 0


def draw(page: Element, drawn: Drawn) -> None:
    """Add what the layers of a page or template draw."""
    todo = [(layer, 0) for layer in reversed(children(find(page, "Content"), "Layer"))]
    while todo:
        element, depth = todo.pop()
        kind = local(element)
        if kind in ("Layer", "PageBlock"):
            if depth < MAX_DEPTH:
                todo.extend((child, depth + 1) for child in reversed(element))
        elif kind == "TextObject":
            _text(element, drawn)
        elif kind == "PathObject":
            _path(element, drawn)
        elif kind == "ImageObject":
            drawn.pictures += 1


def _matrix(element: Element) -> Matrix:
    ctm = numbers(element.get("CTM"))
    return (ctm[0], ctm[1], ctm[2], ctm[3], ctm[4], ctm[5]) if len(ctm) == 6 else (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _origin(element: Element) -> tuple[float, float]:
    box = numbers(element.get("Boundary"))
    return (box[0], box[1]) if len(box) == 4 else (0.0, 0.0)


def _colour(element: Element, name: str) -> tuple[float, ...] | None:
    found = find(element, name)
    if found is None:
        return None
    values = numbers(found.get("Value"))
    return tuple(v / 255 for v in values) if len(values) in (1, 3) else (tuple(values) if values else None)


def _text(element: Element, drawn: Drawn) -> None:
    size = (numbers(element.get("Size")) or [3.5])[0]
    a, b, c, d, e, f = matrix = _matrix(element)
    x0, y0 = _origin(element)
    invisible = element.get("Visible", "true").lower() == "false" or element.get("Alpha") == "0"
    colour = _colour(element, "FillColor")
    stretch = (numbers(element.get("HScale")) or [1.0])[0]
    high = size * max(abs(d), abs(b)) or size
    x = y = 0.0
    for code in children(element, "TextCode"):
        text = clean(code.text or "")
        x, y = (numbers(code.get("X")) or [x])[0], (numbers(code.get("Y")) or [y])[0]
        steps = _steps(code.get("DeltaX"), len(text)), _steps(code.get("DeltaY"), len(text))
        for i, char in enumerate(text):
            wide = size * stretch * (1.0 if is_cjk(char) else 0.5)
            px, py = x0 + a * x + c * y + e, y0 + b * x + d * y + f
            across = abs(a) * wide if abs(a) >= abs(b) else high
            made = {
                "text": char,
                "x0": px * POINT,
                "x1": (px + across) * POINT,
                "top": (py - _ASCENT * high) * POINT,
                "bottom": (py + (1 - _ASCENT) * high) * POINT,
                "size": high * POINT,
                "matrix": matrix,
                "non_stroking_color": colour,
            }
            (drawn.unseen if invisible else drawn.chars).append(made)
            down = steps[1][i] if i < len(steps[1]) else 0.0
            x += steps[0][i] if i < len(steps[0]) else (0.0 if down else wide)
            y += down


def _steps(text: str | None, most: int) -> list[float]:
    """``"3.5 g 4 3.2"`` → 3.5 and four times 3.2; never more than ``most`` values."""
    out: list[float] = []
    parts = (text or "").split()
    at = 0
    while at < len(parts) and len(out) < most:
        if parts[at] == "g" and at + 2 < len(parts):
            count, value = numbers(" ".join(parts[at + 1 : at + 3]))
            out.extend([value] * min(max(int(count), 0), most - len(out)))
            at += 3
        else:
            out.extend(numbers(parts[at]))
            at += 1
    return out


def _path(element: Element, drawn: Drawn) -> None:
    """Straight lines and thin or closed rectangles become strokes; coloured areas are kept for white text on them."""
    if element.get("Visible", "true").lower() == "false":
        return
    a, b, c, d, e, f = _matrix(element)
    x0, y0 = _origin(element)
    data = find(element, "AbbreviatedData")
    for shape in _shapes(data.text or "" if data is not None else ""):
        points = [((x0 + a * x + c * y + e) * POINT, (y0 + b * x + d * y + f) * POINT) for x, y in shape]
        if len(points) < 2:
            continue
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        box = min(xs), min(ys), max(xs), max(ys)
        if element.get("Fill", "false").lower() == "true":
            if box[3] - box[1] < 2.5 < box[2] - box[0]:
                drawn.across.append(((box[1] + box[3]) / 2, box[0], box[2]))
                continue
            if box[2] - box[0] < 2.5 < box[3] - box[1]:
                drawn.down.append(((box[0] + box[2]) / 2, box[1], box[3]))
                continue
            colour = _colour(element, "FillColor") or (0.0,)
            drawn.filled.append({"x0": box[0], "top": box[1], "x1": box[2], "bottom": box[3], "fill": True, "non_stroking_color": colour})
        if element.get("Stroke", "true").lower() == "true":
            across, down = segments(points)
            drawn.across.extend(across)
            drawn.down.extend(down)


def _shapes(text: str) -> Iterator[list[tuple[float, float]]]:
    """The lines of an abbreviated path (S/M start, L line, Q/B/A curves by their end point, C close)."""
    taken = {"M": 2, "S": 2, "L": 2, "Q": 4, "B": 6, "A": 7}
    tokens = _COMMAND.findall(text[:2_000_000])
    points: list[tuple[float, float]] = []
    at = 0
    while at < len(tokens):
        command = tokens[at]
        at += 1
        if command == "C" and points:
            points.append(points[0])
        count = taken.get(command, 0)
        given = numbers(" ".join(tokens[at : at + count]))
        if count and len(given) == count:
            at += count
            if command in "MS":
                if points:
                    yield points
                points = []
            points.append((given[-2], given[-1]))
    if points:
        yield points


def joined(strokes: list[Stroke]) -> list[Stroke]:
    """Strokes drawn cell by cell, put together where they meet on one line."""
    out: list[Stroke] = []
    for stroke in sorted(set(strokes), key=lambda s: (round(s[0]), s[1])):
        if out and abs(out[-1][0] - stroke[0]) < 1.0 and stroke[1] <= out[-1][2] + 1.0:
            out[-1] = (out[-1][0], out[-1][1], max(out[-1][2], stroke[2]))
        else:
            out.append(stroke)
    return out


def local(element: Element) -> str:
    """The tag without its name space."""
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def children(element: Element | None, *names: str) -> list[Element]:
    """Children by local name; none of a missing element."""
    return [e for e in element if local(e) in names] if element is not None else []


def find(element: Element | None, *path: str) -> Element | None:
    """The first element along a path of local names."""
    for name in path:
        found = children(element, name)
        if not found:
            return None
        element = found[0]
    return element


def numbers(text: str | None) -> list[float]:
    """Numbers parted by spaces; 0.0 for what is none."""
    out = []
    for part in (text or "").split():
        try:
            out.append(float(part))
        except ValueError:
            out.append(0.0)
    return out
