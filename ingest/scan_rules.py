"""Ruling lines that a seal, a watermark or a bad print has broken, mended by what tables look like."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]

NEAR, FAR = 18, 70  # quarter millimetres: breaks always closed, and breaks closed where a line ends in the open
_OFF = 5  # pixels that two pieces of one line may differ in height
_DASH, _THIN, _CROSS = 30, 4, 7  # quarter millimetres: the most of a dash's length, of its thickness, and of dashes that cross
_BETWEEN, _RUN = 8, 45  # the most white after a dash, and the least length of a line of them
_OPEN, _EVEN = 14, 8  # how far walls run on beyond the last line where a row is cut, and how far apart they may stop
_MOST = 0.5  # of the width of a table is drawn in its outermost line where the rest of it is missing
_SOLID = 0.8  # of the length of a line drawn from wall to wall is ink, in pale print too; letters in a row leave the cell's margins white
_THROUGH = 0.3  # of what stands close over and under a stretch is ink where it runs through letters (.4 to 1; a drawn line has next to nothing there)
_SHORT = 110  # quarter millimetres: the most that letters in a row look like a line
_DUTY = 0.4  # of the length of a dashed line is ink; dots of letters beside each other have less


@dataclass(slots=True)
class _Piece:
    """A horizontal stroke, and whether its ends stand on vertical lines."""

    x0: int
    x1: int
    y0: int
    y1: int
    left: bool
    right: bool

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


def mended(lines: Mask, walls: Mask, unit: float) -> Mask:
    """``lines`` (horizontal) with their breaks closed; ``walls``: the vertical lines; ``unit``: pixels in a quarter of a millimetre.

    A line of a table begins and ends on a wall. Where one ends in the open and goes on beyond, or a wall follows, something covers it. Underlines,
    which end in the open on both sides with nothing beyond, stay as they are.
    """
    out = np.ascontiguousarray(lines).copy()
    near = cv2.dilate(np.ascontiguousarray(walls), np.ones((3, 2 * max(3, int(4 * unit)) + 1), np.uint8))
    pieces = _pieces(out, near)
    for a in pieces:
        ahead = [b for b in pieces if b.x0 > a.x1 and abs(b.middle - a.middle) <= _OFF]
        if not ahead:
            continue
        b = min(ahead, key=lambda b: b.x0)
        apart = b.x0 - a.x1
        if apart <= NEAR * unit or (apart <= FAR * unit and not (a.right and b.left)):
            out[min(a.y0, b.y0) : max(a.y1, b.y1), a.x1 : b.x0] = 255
    for piece in _pieces(out, near):
        if piece.left != piece.right:
            _lengthen(out, piece, np.ascontiguousarray(walls), int(FAR * unit))
    return out


def dashed(marks: Mask, unit: float) -> Mask:
    """Horizontal lines of dashes or dots in ``marks``, drawn through. Empty where there are none; ``marks`` may be turned for vertical ones."""
    marks = np.ascontiguousarray(marks)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    wide, high = stats[:, 2], stats[:, 3]
    small = ((wide <= _DASH * unit) & (high <= _THIN * unit + 1)) | (np.maximum(wide, high) <= _CROSS * unit)
    small = np.asarray(small & (np.arange(count) > 0), dtype=np.bool_)  # 0 is the paper
    dashes = np.where(small[labels], 255, 0).astype(np.uint8)
    near = cv2.dilate(dashes, np.ones((3, 1), np.uint8))  # a line that steps by a pixel stays whole
    joined = cv2.morphologyEx(near, cv2.MORPH_CLOSE, np.ones((1, int(_BETWEEN * unit) | 1), np.uint8))
    joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((1, int(_RUN * unit)), np.uint8))
    count, _, lines, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    out = np.zeros_like(marks)
    for i in range(1, count):
        x, y, w, h = (int(v) for v in lines[i][:4])
        if h <= 2 * _THIN * unit and (dashes[y : y + h, x : x + w] > 0).any(axis=0).mean() >= _DUTY:
            out[y : y + h, x : x + w] = joined[y : y + h, x : x + w]
            for step, end in ((-1, x), (1, x + w - 1)):
                rows = np.flatnonzero(joined[y : y + h, end])
                middle = y + int(rows.mean()) if len(rows) else y + h // 2
                far = _followed(marks[max(middle - 2, 0) : middle + 3], end, step, _BETWEEN * unit)
                out[max(middle - 1, 0) : middle + 2, min(end, far) : max(end, far) + 1] = 255
    return out


def ended(across: Mask, down: Mask, unit: float) -> Mask:
    """``across`` with a line where the upright lines of a table stop in the open: a row that a page break cuts has nothing drawn below or above it."""
    out = np.ascontiguousarray(across).copy()
    reach = max(3, int(3 * unit)) | 1
    net = cv2.bitwise_or(cv2.dilate(across, np.ones((1, 2 * reach + 1), np.uint8)), cv2.dilate(down, np.ones((2 * reach + 1, 1), np.uint8)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(net, connectivity=8)
    for i in range(1, count):
        x, y, w, h = (int(v) for v in stats[i][:4])
        if w < 60 * unit or h < 12 * unit:
            continue
        own = labels[y : y + h, x : x + w] == i
        lines, walls = (across[y : y + h, x : x + w] > 0) & own, (down[y : y + h, x : x + w] > 0) & own
        levels = np.flatnonzero(lines.sum(axis=1) > 20 * unit)
        if not len(levels):
            continue
        for sign, edge in ((1, int(levels[-1])), (-1, int(levels[0]))):
            end = _open_end(walls, edge, sign, unit)
            for at, x0, x1 in [end] if end is not None else _holes(lines, walls, edge, sign, unit):
                out[max(y + at - 1, 0) : y + at + 2, x + x0 : x + x1 + 1] = 255
    return out


def _holes(lines: NDArray[np.bool_], walls: NDArray[np.bool_], edge: int, sign: int, unit: float) -> list[tuple[int, int, int]]:
    """Stretches of the outermost line of a table where it is not drawn between two walls that end there: a merged cell that goes on over the page."""
    slack = int(3 * unit)
    drawn = np.asarray(lines[max(edge - slack, 0) : edge + slack + 1].any(axis=0))
    if drawn.mean() < _MOST:
        return []
    reaching = walls[max(edge - slack, 0) : edge + slack + 1].any(axis=0)
    beyond = edge + sign * int(6 * unit)
    if 0 <= beyond < len(walls):
        reaching &= ~cv2.dilate(walls[beyond : beyond + 1].astype(np.uint8), np.ones((1, 2 * slack + 1), np.uint8))[0].astype(bool)
    stands = np.flatnonzero(reaching)
    groups = np.split(stands, np.flatnonzero(np.diff(stands) > 4 * unit) + 1) if len(stands) else []
    return [(edge, int(a[-1]), int(b[0])) for a, b in pairwise(groups) if drawn[a[-1] + 1 : b[0]].mean() < 0.2]


def _open_end(walls: NDArray[np.bool_], edge: int, sign: int, unit: float) -> tuple[int, int, int] | None:
    """Height at which most walls stop beyond ``edge`` (below it for ``sign`` 1, above for -1), and from where to where they stand."""
    inside = edge - sign * int(4 * unit)
    if not 0 <= inside < len(walls):
        return None
    near = np.flatnonzero(walls[max(inside - 2, 0) : inside + 3].any(axis=0))
    groups = np.split(near, np.flatnonzero(np.diff(near) > 4 * unit) + 1) if len(near) else []
    ends: list[tuple[int, int]] = []
    for group in groups:
        band = walls[:, max(int(group[0]) - int(3 * unit), 0) : int(group[-1]) + int(3 * unit) + 1].any(axis=1)
        rows = np.flatnonzero(band)
        last = int(rows[-1] if sign > 0 else rows[0])
        if (last - edge) * sign > _OPEN * unit:
            ends.append((last, int(group.mean())))
    if len(ends) < max(2, 0.6 * len(groups)):
        return None
    far = max(e * sign for e, _ in ends) * sign
    even = [e for e, _ in ends if abs(e - far) <= _EVEN * unit]
    if len(even) < max(2, 0.6 * len(ends)):
        return None
    return int(np.median(even)), min(x for _, x in ends), max(x for _, x in ends)


def unstruck(lines: Mask, walls: Mask, marks: Mask, unit: float) -> Mask:
    """``lines`` without the stretches that run through letters: strokes of small or bold characters in a row look like a line, or like dashes.

    One that stands between two walls without reaching both is none either where letters stand close to one side of it only, nor is a short one without
    walls; one that reaches from wall to wall in solid ink is one, however close the letters.
    """
    out = np.ascontiguousarray(lines).copy()
    reach = int(3 * unit)
    near = cv2.dilate(np.ascontiguousarray(walls), np.ones((1, 2 * int(2 * unit) + 1), np.uint8)) > 0
    count, _, stats, _ = cv2.connectedComponentsWithStats(out, connectivity=8)
    off = max(3, int(2 * unit))
    for i in range(1, count):
        x, y, w, h = (int(v) for v in stats[i][:4])
        if h > 12 * unit or y < 2 * off or y + h + 2 * off > len(marks):
            continue
        walled = near[y : y + h].any(axis=0)
        free = ~walled[x : x + w]
        bounds = np.flatnonzero(np.diff(np.concatenate(([0], free.astype(np.int8), [0]))))
        for a, b in zip(bounds[::2], bounds[1::2], strict=True):
            part = out[y : y + h, x + a : x + b]
            rows = np.flatnonzero((part > 0).mean(axis=1) > 0.3)
            if b - a < 8 * unit or not len(rows):
                continue
            top, bottom = y + int(rows[0]), y + int(rows[-1]) + 1
            above = (marks[top - off - 1 : top - 1, x + a : x + b] > 0).any(axis=0).mean()
            below = (marks[bottom + 1 : bottom + off + 1, x + a : x + b] > 0).any(axis=0).mean()
            left, right = np.flatnonzero(walled[: x + a]), np.flatnonzero(walled[x + b :])
            between = len(left) > 0 and len(right) > 0
            whole = between and x + a - left[-1] <= reach and right[0] <= reach
            if whole and (marks[top:bottom, x + a : x + b] > 0).any(axis=0).mean() > _SOLID:
                continue
            loose = not whole if between else b - a < _SHORT * unit
            if (max if loose else min)(above, below) > _THROUGH:
                part[:] = 0
    return out


def _followed(band: Mask, end: int, step: int, between: float) -> int:
    """How far a dashed line goes on beyond ``end``, where letters touch its dashes; ``end`` itself when it does not."""
    inked = np.asarray((band > 0).any(axis=0))
    last = at = end
    while 0 <= at < len(inked) and abs(at - last) <= between:
        last = at if inked[at] else last
        at += step
    stretch = inked[min(end, last) : max(end, last) + 1]
    return last if stretch.mean() >= _DUTY else end


def _pieces(lines: Mask, near: Mask) -> list[_Piece]:
    count, _, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    out = []
    for i in range(1, count):
        x, y, w, h = (int(v) for v in stats[i][:4])
        left = bool(near[y : y + h, x : x + 2].any())
        right = bool(near[y : y + h, x + w - 2 : x + w].any())
        out.append(_Piece(x, x + w, y, y + h, left, right))
    return out


def _lengthen(lines: Mask, piece: _Piece, walls: Mask, reach: int) -> None:
    """Draw the open end of a stroke on to the next wall, if one stands within ``reach``."""
    middle = int(piece.middle)
    band = walls[max(middle - 2, 0) : middle + 3]
    if piece.left:
        found = np.flatnonzero(band[:, piece.x1 : piece.x1 + reach].any(axis=0))
        if len(found):
            lines[piece.y0 : piece.y1, piece.x1 : piece.x1 + int(found[0]) + 1] = 255
    else:
        start = max(piece.x0 - reach, 0)
        found = np.flatnonzero(band[:, start : piece.x0].any(axis=0))
        if len(found):
            lines[piece.y0 : piece.y1, start + int(found[-1]) : piece.x0] = 255
