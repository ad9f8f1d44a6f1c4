"""Lines of text on an upright page image: found, cut at the walls of table cells, read, and their word gaps restored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from ingest.ocr import Engine
from ingest.pdf_lines import Box
from ingest.scan_image import Image, Mask, Rules, erased, ink, runs
from ingest.scan_text import line_text

_MARKS = re.compile(r"[^\w]", re.UNICODE)
_GAP, _NARROW_GAP = 0.26, 0.36  # of the character size: white between characters that may be a space; beside a narrow one
_COLUMN_GAP, _SLIVER, _CLOSE = 0.5, 0.08, 0.13
_NARROW = "日口目月自白百田由甲曰且小一丨卜个八"
# certainty below which ink that the finder passed over is dirt and no text: in general, of one character beside a line, of two
_SPECK, _BESIDE, _PAIR = 0.5, 0.9, 0.75
_OVERLAP = 3.0  # pixels that the boxes of two lines beside each other may share
_LOW = 0.5  # of the usual height of a line: what is lower is no line of text
_TALLER = 1.6  # times the height of another line: a box that holds more than one line
_WITHIN = 0.7  # of a box lies in another one: both hold the same letters
FULL = 0.92  # the ink of a line of Chinese is this part of its character size


@dataclass(frozen=True, slots=True)
class Found:
    """One line read: its box and character ``size`` in pixels, and how certain its text is (0 to 1)."""

    box: Box
    text: str
    score: float
    size: float
    in_cell: bool = False


def read_lines(image: Image, rules: Rules, reader: Engine) -> list[Found]:
    """Every line of text of the page, cut at cell walls; in no particular order. Empty for a blank page."""
    plain = erased(image, rules.mask)
    marks = ink(plain)
    cells = [c for table in rules.tables for c in table]
    placed: list[tuple[Box, bool]] = []
    for box in reader.find(image):
        parts = _by_cell(box, cells, marks)
        placed.extend((p, True) for p in parts)
        if not parts and (tight := _tight(box, marks)) is not None:
            placed.append((tight, False))
    placed = _once(placed, marks)
    sure = len(placed)
    placed.extend((box, True) for box in missed(cells, [b for b, _ in placed], marks))
    read = reader.read(pieces_of_lines(plain, [box for box, _ in placed]))
    filled = {c for c in cells if any(_middle_in(b, c) for b, _ in placed[:sure])}
    least = [0.0] * sure + [_BESIDE if any(_middle_in(b, c) for c in filled) else _SPECK for b, _ in placed[sure:]]
    few = {0: 1.0, 1: 1.0, 2: _PAIR}
    read = [(t, s) if s >= min(enough, few.get(len(t), _SPECK)) else ("", 0.0) for (t, s), enough in zip(read, least, strict=True)]
    found = [
        Found(box, line_text(text), score, (box[3] - box[1]) / FULL, cell)
        for (box, cell), (text, score) in zip(placed, read, strict=True)
        if text.strip()
    ]
    return _spaced(found, plain, marks, reader)


def _middle_in(box: Box, cell: Box) -> bool:
    return cell[0] <= (box[0] + box[2]) / 2 <= cell[2] and cell[1] <= (box[1] + box[3]) / 2 <= cell[3]


def _by_cell(box: Box, cells: Sequence[Box], marks: Mask) -> list[Box]:
    """The pieces of a line box, one for each cell in which it has a line's worth of ink; empty outside tables."""
    out = []
    tall = box[3] - box[1]
    for cell in cells:
        part = (max(box[0], cell[0]), max(box[1], cell[1]), min(box[2], cell[2]), min(box[3], cell[3]))
        if part[2] - part[0] < 3 or part[3] - part[1] < 0.45 * min(tall, cell[3] - cell[1]):
            continue
        tight = _tight(part, marks)
        if tight is not None and tight[3] - tight[1] > 0.3 * tall:
            out.append(tight)
    return out


def _once(placed: Sequence[tuple[Box, bool]], marks: Mask) -> list[tuple[Box, bool]]:
    """The boxes of a page so that no letter lies in two of them: one that lies in another is left out, two that meet are parted at the white between them."""
    out: list[tuple[Box, bool]] = []
    for box, cell in sorted(placed, key=lambda p: p[0][0] - p[0][2]):  # the widest first
        beside = [b for b, _ in out if _shared(b, box) > 0.5 and b[3] - b[1] < _TALLER * (box[3] - box[1])]
        if all(min(b[2], box[2]) - max(b[0], box[0]) < _WITHIN * (box[2] - box[0]) for b in beside):
            out.append((box, cell))
    out.sort(key=lambda p: p[0][0])
    for i, (left, cell) in enumerate(out):
        for k in range(i + 1, len(out)):
            right = out[k][0]
            if right[0] > left[2] + 1:
                break
            if _shared(left, right) > 0.5:
                left, right = _apart(left, right, marks)
                out[i], out[k] = (left, cell), (right, out[k][1])
    return [(tight, cell) for box, cell in out if box[2] > box[0] and (tight := _tight(box, marks)) is not None]


def _apart(left: Box, right: Box, marks: Mask) -> tuple[Box, Box]:
    """Two boxes that meet, each up to the widest white near where they do."""
    reach = 1.2 * min(left[3] - left[1], right[3] - right[1])
    start, end = int(max(left[0], right[0] - reach)), int(min(right[2], left[2] + reach))
    top, bottom = int(max(left[1], right[1])), int(min(left[3], right[3]))
    white = runs(~(marks[top:bottom, start:end] > 0).any(axis=0), gap=0, least=1)
    white = [r for r in white if r[0] > 0 and r[1] < end - start]
    if not white:
        return (*left[:2], min(left[2], right[0]), left[3]), right
    a, b = max(white, key=lambda r: r[1] - r[0])
    return (*left[:2], float(start + a), left[3]), (float(start + b), *right[1:])


def _shared(a: Box, b: Box) -> float:
    """How much of the lower of two boxes stands at the height of the other: 0 to 1."""
    return (min(a[3], b[3]) - max(a[1], b[1])) / max(min(a[3] - a[1], b[3] - b[1]), 1.0)


def _tight(box: Box, marks: Mask) -> Box | None:
    """The box drawn in to its ink; None when there is none. Specks at the edges do not count."""
    x0, y0, x1, y1 = (round(v) for v in box)
    x0, y0 = max(x0, 0), max(y0, 0)
    part = marks[y0:y1, x0:x1] > 0
    if part.sum() < 6:
        return None
    rows, columns = runs(part.sum(axis=1), gap=max(2, (y1 - y0) // 3)), np.flatnonzero(part.any(axis=0))
    if not rows:
        return None
    top, bottom = max(rows, key=lambda r: int(part[r[0] : r[1]].sum()))
    return float(x0 + columns[0]), float(y0 + top), float(x0 + columns[-1] + 1), float(y0 + bottom)


def missed(cells: Sequence[Box], boxes: Sequence[Box], marks: Mask) -> list[Box]:
    """Lines in cells that the finder passed over (single digits, mostly), found by their ink."""
    rest = marks.copy()
    for x0, y0, x1, y1 in boxes:
        rest[max(int(y0) - 4, 0) : int(y1) + 5, max(int(x0) - 4, 0) : int(x1) + 5] = 0
    unit = max(marks.shape) / 1100
    usual = float(np.median([b[3] - b[1] for b in boxes])) if boxes else 0.0
    out = []
    for cell in cells:
        x0, y0, x1, y1 = (int(v) for v in cell)
        x0, y0, x1, y1 = x0 + 4, y0 + 4, x1 - 4, y1 - 4
        part = rest[y0:y1, x0:x1]
        if part.size == 0 or (part > 0).sum() < 20:
            continue
        count, labels, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
        solid = [i for i in range(1, count) if stats[i][4] >= 8 * unit and max(stats[i][2], stats[i][3]) >= 4 * unit]
        kept = np.isin(labels, solid)
        for top, bottom in runs(kept.sum(axis=1), gap=int(2 * unit), least=int(4 * unit)):
            for left, right in runs(kept[top:bottom].any(axis=0), gap=int(max(1.5 * usual, 4 * unit))):
                if (
                    bottom - top >= _LOW * usual or _LOW * usual < right - left < 2 * usual
                ):  # 一 is low; the rest of a line or of a seal is low too
                    out.append((float(x0 + left), float(y0 + top), float(x0 + right), float(y0 + bottom)))
    return out


def pieces_of_lines(image: Image, boxes: Sequence[Box], others: Sequence[Box] = ()) -> list[Image]:
    """The images of lines with a margin of paper, so that a lone digit is not blown up; no letter of another of the lines reaches into it."""
    whole = [*boxes, *others]
    return [_piece(image, box, [b for b in whole if b is not box and _shared(b, box) > 0.3]) for box in boxes]


def _piece(image: Image, box: Box, beside: Sequence[Box]) -> Image:
    tall = box[3] - box[1]
    side, edge = int(0.2 * tall) + 2, int(0.12 * tall) + 2
    x0, y0, x1, y1 = int(box[0]) - side, int(box[1]) - edge, int(np.ceil(box[2])) + side, int(np.ceil(box[3])) + edge
    middle = (box[0] + box[2]) / 2
    left = max((int(np.ceil(b[2])) for b in beside if b[2] < middle and b[2] - box[0] < _OVERLAP), default=x0)
    right = min((int(b[0]) for b in beside if b[0] > middle and box[2] - b[0] < _OVERLAP), default=x1)
    height, width = image.shape[:2]
    part = image[max(y0, 0) : min(y1, height), max(x0, 0) : min(x1, width)].copy()
    if left > x0 or right < x1:
        paper = np.percentile(part, 80, axis=(0, 1)).astype(np.uint8)
        start = max(x0, 0)
        part[:, : max(left - start, 0)] = paper
        part[:, max(right - start, 0) :] = paper
    return np.ascontiguousarray(part)


def _spaced(found: list[Found], image: Image, marks: Mask, reader: Engine) -> list[Found]:
    """Put back the spaces between words outside tables, which the recogniser leaves out: a line with wide gaps is read again in pieces."""
    again: list[tuple[int, list[Box]]] = []
    split: dict[int, list[Found]] = {}
    starts = _starts(found)
    for i, item in enumerate(found):
        if item.in_cell or len(item.text) < 3:
            continue
        parts = _parted(item, marks, starts)
        if len(parts) > 1:
            again.append((i, parts))
    read = iter(reader.read([piece for _, parts in again for piece in pieces_of_lines(image, parts)]))
    for i, parts in again:
        texts = [line_text(next(read)[0]) for _ in parts]
        if _bare("".join(texts)) == _bare(found[i].text):
            gaps = [(b[0] - a[2]) / found[i].size for a, b in pairwise(parts)]
            found[i] = replace(found[i], text=_joined(found[i].text, texts, gaps))
            inner = [0.5 if _MARKS.match(b) or _MARKS.match(a[-1:]) else 0.0 for a, b in pairwise(texts)]  # the white that a bracket brings
            wide = [g - own > _COLUMN_GAP or _stands_at(b[0], found[i], starts) for g, own, b in zip(gaps, inner, parts[1:], strict=True)]
            if any(wide):
                split[i] = _columns(found[i], parts, texts, wide)
    return [piece for i, item in enumerate(found) for piece in split.get(i, [item])]


def _columns(item: Found, parts: Sequence[Box], texts: Sequence[str], wide: Sequence[bool]) -> list[Found]:
    """A line cut where a column of a table without lines may end; pieces of running text are joined again by their distance."""
    words = item.text.split(" ")
    runs_of: list[list[int]] = [[0]]
    for k, ends in enumerate(wide, 1):
        if ends:
            runs_of.append([k])
        else:
            runs_of[-1].append(k)
    sizes = [sum(len(_bare(texts[k])) for k in run) for run in runs_of]
    out: list[Found] = []
    for run, size in zip(runs_of, sizes, strict=True):
        text = ""
        while words and len(_bare(text)) < size:
            text = f"{text} {words.pop(0)}".strip()
        if len(_bare(text)) != size:  # a space that stands at no gap between columns
            return [_joint(item, parts, texts, run) for run in runs_of]
        if parts[run[-1]][2] - parts[run[0]][0] >= _SLIVER * item.size:
            out.append(replace(_joint(item, parts, texts, run), text=text))
    return out if not words else [item]


def _joint(item: Found, parts: Sequence[Box], texts: Sequence[str], run: Sequence[int]) -> Found:
    box = (parts[run[0]][0], item.box[1], parts[run[-1]][2], item.box[3])
    return replace(item, box=box, text="".join(texts[k] for k in run))


def _parted(item: Found, marks: Mask, starts: Sequence[float]) -> list[Box]:
    """The words of a line: parted by wide gaps, and by narrow ones where a column begins on other lines."""
    x0, y0, x1, y1 = (int(v) for v in item.box)
    inked = (marks[y0:y1, x0:x1] > 0).sum(axis=0)
    bits = [(a, b) for a, b in runs(inked, gap=1, least=1) if inked[a:b].sum() >= _SLIVER * 5 * item.size]  # specks part no words
    parts: list[tuple[int, int]] = []
    for a, b in bits:
        gap = a - parts[-1][1] if parts else 0
        if parts and gap <= int(_GAP * item.size) and not (gap >= _CLOSE * item.size and _stands_at(x0 + a, item, starts)):
            parts[-1] = (parts[-1][0], b)
        else:
            parts.append((a, b))
    return [(float(x0 + a), item.box[1], float(x0 + b), item.box[3]) for a, b in parts]


def _starts(found: Sequence[Found]) -> list[float]:
    """Left edges of lines outside cells that stand to the right of another on the same height: where columns may begin."""
    free = [f for f in found if not f.in_cell]
    out = []
    for f in free:
        middle = (f.box[1] + f.box[3]) / 2
        if any(g.box[1] < middle < g.box[3] and g.box[2] < f.box[0] for g in free):
            out.append(f.box[0])
    return out


def _stands_at(x: float, item: Found, starts: Sequence[float]) -> bool:
    return any(abs(x - s) < _CLOSE * 2 * item.size for s in starts)


def _bare(text: str) -> str:
    return _MARKS.sub("", text)


def _joined(whole: str, texts: Sequence[str], gaps: Sequence[float]) -> str:
    """``whole`` with a space where two of ``texts`` meet at a gap (in character sizes) that no punctuation or narrow character explains."""
    out: list[str] = []
    at = 0
    for text in texts[:-1]:
        left = len(_bare(text))
        start = at
        while at < len(whole) and left:
            left -= not _MARKS.match(whole[at])
            at += 1
        while at < len(whole) and _MARKS.match(whole[at]) and not whole[at].isspace() and whole[at] not in "〔《（([“":
            at += 1
        out.append(whole[start:at])
    out.append(whole[at:])
    line = out[0]
    for part, gap in zip(out[1:], gaps, strict=True):
        apart = line and part and (line[-1] == "：" or not _wide(line[-1])) and not _wide(part[0])
        if apart and (line[-1] in _NARROW or part[0] in _NARROW):
            apart = gap > _NARROW_GAP
        line += (" " if apart else "") + part
    return line


def _wide(char: str) -> bool:
    """True for full-width punctuation, which brings its own white space."""
    return char in "，。；：、！？（）《》〔〕“”‘’【】「」" or char.isspace()
