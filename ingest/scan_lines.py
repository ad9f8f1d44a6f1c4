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
_SPECK, _BESIDE = (
    0.5,
    0.9,
)  # certainty below which ink that the finder passed over is dirt and no text: in general, of a single character beside a line
_FULL = 0.92  # the ink of a line of Chinese is this part of its character size


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
    sure = len(placed)
    placed.extend((box, True) for box in _missed(cells, [b for b, _ in placed], marks))
    read = reader.read([_piece(plain, box) for box, _ in placed])
    filled = {c for c in cells if any(_middle_in(b, c) for b, _ in placed[:sure])}
    least = [0.0] * sure + [_BESIDE if any(_middle_in(b, c) for c in filled) else _SPECK for b, _ in placed[sure:]]
    read = [
        (t, s) if s >= (enough if len(t) < 2 else min(enough, _SPECK)) else ("", 0.0) for (t, s), enough in zip(read, least, strict=True)
    ]
    found = [
        Found(box, line_text(text), score, (box[3] - box[1]) / _FULL, cell)
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


def _missed(cells: Sequence[Box], boxes: Sequence[Box], marks: Mask) -> list[Box]:
    """Lines in cells that the finder passed over (single digits, mostly), found by their ink."""
    rest = marks.copy()
    for x0, y0, x1, y1 in boxes:
        rest[max(int(y0) - 4, 0) : int(y1) + 5, max(int(x0) - 4, 0) : int(x1) + 5] = 0
    unit = max(marks.shape) / 1100
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
            columns = np.flatnonzero(kept[top:bottom].any(axis=0))
            out.append((float(x0 + columns[0]), float(y0 + top), float(x0 + columns[-1] + 1), float(y0 + bottom)))
    return out


def _piece(image: Image, box: Box) -> Image:
    """The image of one line with a margin, padded with white so that a lone digit is not blown up."""
    tall = box[3] - box[1]
    side, edge = int(0.2 * tall) + 2, int(0.12 * tall) + 2
    x0, y0, x1, y1 = int(box[0]) - side, int(box[1]) - edge, int(np.ceil(box[2])) + side, int(np.ceil(box[3])) + edge
    height, width = image.shape[:2]
    part = image[max(y0, 0) : min(y1, height), max(x0, 0) : min(x1, width)]
    return np.ascontiguousarray(part)


def _spaced(found: list[Found], image: Image, marks: Mask, reader: Engine) -> list[Found]:
    """Put back the spaces between words outside tables, which the recogniser leaves out: a line with wide gaps is read again in pieces."""
    again: list[tuple[int, list[Box]]] = []
    split: dict[int, list[Found]] = {}
    starts = _starts(found)
    for i, item in enumerate(found):
        if item.in_cell or len(item.text) < 6:
            continue
        parts = _parted(item, marks, starts)
        if len(parts) > 1:
            again.append((i, parts))
    read = iter(reader.read([_piece(image, box) for _, parts in again for box in parts]))
    for i, parts in again:
        texts = [line_text(next(read)[0]) for _ in parts]
        if _bare("".join(texts)) == _bare(found[i].text):
            gaps = [(b[0] - a[2]) / found[i].size for a, b in pairwise(parts)]
            found[i] = replace(found[i], text=_joined(found[i].text, texts, gaps))
            wide = [gap > _COLUMN_GAP or _stands_at(b[0], found[i], starts) for gap, b in zip(gaps, parts[1:], strict=True)]
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
        if len(_bare(text)) != size:
            return [item]
        if parts[run[-1]][2] - parts[run[0]][0] < _SLIVER * item.size:
            continue
        out.append(replace(item, box=(parts[run[0]][0], item.box[1], parts[run[-1]][2], item.box[3]), text=text))
    return out if not words else [item]


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
