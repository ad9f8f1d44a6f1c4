"""Lines of a scanned table without walls, cut where its columns part.

A recogniser reads the words of two columns that nearly touch as one line. Once the other lines of the page have shown where the columns stand, the white
between them says where such a line is to be cut, and its pieces are read anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ingest.ocr import Engine
from ingest.pdf_columns import Span
from ingest.pdf_lines import Box
from ingest.scan_image import Image, Mask, Rules, erased, ink, runs
from ingest.scan_lines import FULL, Found, missed, pieces_of_lines
from ingest.scan_text import line_text
from ingest.tables import NOTE

_LEAST, _ALONE = (
    0.1,
    0.35,
)  # of the character size: white between two columns, and where nothing stands beside the line, which may be running text
_REACH = 0.4  # character sizes around the gap between two columns in which the white of one line is looked for
_CERTAIN = 0.9  # of what the finder passed over
_SPECKS = 0.06  # of the height of a line may be inked in what counts as white


def parted(found: Sequence[Found], columns: Sequence[Span], heights: Span, image: Image, rules: Rules, reader: Engine) -> list[Found]:
    """``found`` with the lines of a table cut at the gaps between ``columns``. ``heights``: where the table and where its rows begin (all in pixels).

    A line that has no white at one of the gaps it lies over stays whole; so do the notes below a table and everything beneath them. Headings may
    stand over several columns, and a line that stands alone may be running text: only wide white cuts those.
    """
    plain = erased(image, rules.mask)
    marks = ink(plain)
    gaps = [(min(left[1], right[0]), max(left[1], right[0])) for left, right in pairwise(columns)]
    cut: dict[int, list[Box]] = {}
    for i, item in sorted(enumerate(found), key=lambda pair: pair[1].box[1]):
        if item.in_cell or item.box[3] <= heights[0]:
            continue
        if NOTE.match(item.text):
            break
        pieces = _pieces(item, gaps, marks, _ALONE if item.box[3] <= heights[1] or _alone(item, found) else _LEAST)
        if len(pieces) > 1:
            cut[i] = pieces
    texts = iter(reader.read([piece for pieces in cut.values() for piece in pieces_of_lines(plain, pieces)]))
    made = {i: [_made(found[i], box, *next(texts)) for box in pieces] for i, pieces in cut.items()}
    return [piece for i, item in enumerate(found) for piece in (made[i] if all(p.text for p in made.get(i, [])) and i in made else [item])]


def overlooked(found: Sequence[Found], columns: Sequence[Span], height: Span, image: Image, rules: Rules, reader: Engine) -> list[Found]:
    """Lines between two heights (pixels) in ``columns`` that the finder passed over, mostly single digits; only those read with certainty."""
    plain = erased(image, rules.mask)
    size = float(np.median([f.size for f in found])) if found else 0.0
    places = [(a - 0.5 * size - 4, height[0] - 4, b + 0.5 * size + 4, height[1] + 4) for a, b in columns]
    boxes = missed(places, [f.box for f in found], ink(plain))
    boxes = [b for b in boxes if 0.4 * size < b[3] - b[1] < 1.3 * size]
    read = zip(boxes, reader.read(pieces_of_lines(plain, boxes, [f.box for f in found])), strict=True)
    return [
        Found(box, line_text(text), score, (box[3] - box[1]) / FULL) for box, (text, score) in read if text.strip() and score >= _CERTAIN
    ]


def _made(item: Found, box: Box, text: str, score: float) -> Found:
    return replace(item, box=box, text=line_text(text), score=score)


def _alone(item: Found, found: Sequence[Found]) -> bool:
    middle = (item.box[1] + item.box[3]) / 2
    return not any(f.box[1] < middle < f.box[3] for f in found if f is not item)


def _pieces(item: Found, gaps: Sequence[Span], marks: Mask, least: float) -> list[Box]:
    """The boxes of a line cut at every gap that it lies over; itself alone when it lies over none, or one of them shows no white."""
    x0, y0, x1, y1 = (int(v) for v in item.box)
    tall = y1 - y0
    white = (marks[y0:y1, x0:x1] > 0).sum(axis=0) <= _SPECKS * tall
    edges = [0]
    ends = []
    for left, right in gaps:
        middle = (left + right) / 2
        if not item.box[0] + 0.5 * item.size < middle < item.box[2] - 0.5 * item.size:
            continue
        reach = _REACH * item.size
        inside = [
            r for r in runs(white, gap=0, least=1) if r[0] < right + reach - x0 and r[1] > left - reach - x0 and r[0] > 0 and r[1] < x1 - x0
        ]
        start, end = max(inside, key=lambda r: r[1] - r[0], default=(0, 0))
        if end - start < max(2, least * item.size):
            return [item.box]
        ends.append(start)
        edges.append(end)
    ends.append(x1 - x0)
    if any(b <= a for a, b in zip(edges, ends, strict=True)):
        return [item.box]
    return [(float(x0 + a), item.box[1], float(x0 + b), item.box[3]) for a, b in zip(edges, ends, strict=True)]
