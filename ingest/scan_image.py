"""The image of a scanned page: set upright, freed of skew and seals, its ruling lines found and closed into cells. Pixels only, no text.

The one door to OpenCV. Images are ``(height, width, 3)`` arrays of blue, green, red bytes; boxes are ``(x0, top, x1, bottom)`` in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.pdf_lines import Box
from ingest.scan_rules import dashed, ended, mended, unstruck

Image = NDArray[np.uint8]
Mask = NDArray[np.uint8]

MAX_SKEW = 4.0  # degrees; a page turned further is a photograph we do not guess at
_PROFILE_SIDE = 900
# of a seal's own red and of its own grey: letters under it have less than the first, what lies on blank paper more than the second
_RIM, _INNER = (0.7, 0.9), (0.55, 0.9)
_TINGE = 15  # grey values by which red outweighs the weakest colour at the rim of a seal
_PAPER = 21  # pixels across which a page has at least one spot of bare paper
_SPECKLED = 1.0  # grey values of noise from which a page is smoothed before its ink is looked for


@dataclass(frozen=True, slots=True)
class Upright:
    """A page set upright. ``back`` is the 2 × 3 affine matrix from its pixels to those of the image it came from."""

    image: Image
    back: NDArray[np.float64]
    skew: float = 0.0

    def origin(self, box: Box) -> Box:
        """A box on this page as it lies on the image it came from."""
        corners = np.array([[box[0], box[1], 1], [box[2], box[1], 1], [box[0], box[3], 1], [box[2], box[3], 1]], dtype=np.float64)
        points = corners @ self.back.T
        return float(points[:, 0].min()), float(points[:, 1].min()), float(points[:, 0].max()), float(points[:, 1].max())


@dataclass(frozen=True, slots=True)
class Rules:
    """Ruling lines of a page: masks of the horizontal and vertical ones, and the closed cells between them, table by table."""

    across: Mask
    down: Mask
    tables: tuple[tuple[Box, ...], ...]

    @property
    def mask(self) -> Mask:
        """Both kinds of lines."""
        return np.asarray(cv2.bitwise_or(self.across, self.down), dtype=np.uint8)


def decode(data: bytes) -> Image | None:
    """Decode an image file; None when it cannot be read."""
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return None if found is None else np.asarray(found, dtype=np.uint8)


def ink(image: Image) -> Mask:
    """White where there is ink: dark against its surroundings, so that shadows of a photographed page do not count."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if noise_of(np.asarray(grey, dtype=np.uint8)) > _SPECKLED:  # specks would be taken for ink and fill empty cells
        grey = cv2.GaussianBlur(grey, (5, 5), 1.0)
    block = max(31, (min(grey.shape) // 40) | 1)
    return np.asarray(cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 12), dtype=np.uint8)


def noise_of(grey: Mask) -> float:
    """Standard deviation of the noise of a page in grey values (Immerkær's mask; the median keeps letters and lines out of it)."""
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
    return float(np.median(np.abs(cv2.filter2D(grey, cv2.CV_32F, mask)))) / (6 * 0.6745)


def without_seals(image: Image) -> Image:
    """The page with the red of round seals made white: red, ring-shaped, over other content. Red headings and red lines stay."""
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    red = cv2.bitwise_or(
        cv2.inRange(hsv, np.array((0, 60, 60)), np.array((12, 255, 255))),
        cv2.inRange(hsv, np.array((165, 60, 60)), np.array((180, 255, 255))),
    )
    if not red.any():
        return image
    joined = cv2.dilate(red, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    out = image
    least = min(image.shape[:2]) / 18
    for i in range(1, count):
        x, y, w, h = (int(v) for v in stats[i][:4])
        if w < least or h < least or not 0.6 < w / h < 1.7:
            continue
        if out is image:
            out = image.copy()
        part = (labels[y : y + h, x : x + w] == i) & (red[y : y + h, x : x + w] > 0)
        grown = cv2.dilate(part.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        colours = image[y : y + h, x : x + w]
        bright = colours.max(axis=2)
        red_share = bright / max(
            float(np.median(bright[part])), 1.0
        )  # letters under the seal take on its red, but are darker than what lies on paper
        grey = cv2.GaussianBlur(cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY), (3, 3), 0.8).astype(np.float32)
        around = bright[~grown]
        paper = float(np.median(around)) if around.size else 255.0
        rim, inner = paper * _ramp(red_share, _RIM), paper * _ramp(grey / _bare(grey, part), _INNER)
        tinged = grown & (colours[:, :, 2].astype(np.int16) - colours[:, :, :2].min(axis=2) > _TINGE)
        here = out[y : y + h, x : x + w]
        here[part] = np.minimum(rim, inner).astype(np.uint8)[part][:, None]
        tinged &= ~part
        here[tinged] = np.maximum(here[tinged], rim.astype(np.uint8)[tinged][:, None])
    return out


def _ramp(share: Any, ends: tuple[float, float]) -> NDArray[np.float32]:
    return np.asarray(np.clip((share - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0), dtype=np.float32)


def _bare(bright: NDArray[np.float32], part: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How bright the seal itself is at each of its points: the mean around, without its rim and without the letters under it."""
    whole = float(np.median(bright[part]))
    inner = (cv2.erode(part.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & (bright > 0.8 * whole) & (bright < 1.25 * whole)
    weight = cv2.boxFilter(inner.astype(np.float32), -1, (41, 41), normalize=False)
    total = cv2.boxFilter(np.where(inner, bright, 0.0).astype(np.float32), -1, (41, 41), normalize=False)
    return np.asarray(np.where(weight > 20, total / np.maximum(weight, 1.0), max(whole, 1.0)), dtype=np.float32)


def without_tints(image: Image) -> Image:
    """The page with pale solid areas made white: grey watermarks, shaded heading cells. A page without such areas, or in pale print, stays."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small, _ = shrunk(grey, 800)
    paper = cv2.blur(cv2.dilate(small, np.ones((41, 41), np.uint8)), (61, 61))
    paper = cv2.resize(paper, (grey.shape[1], grey.shape[0])).astype(np.float32)
    share = grey.astype(np.float32) / np.maximum(paper, 1.0)
    pale = cv2.morphologyEx(((share > 0.6) & (share < 0.94)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    if pale.mean() < 0.002 or not (share < 0.35).mean() > 0.1 * (share < 0.75).mean():
        return image
    lift = np.clip((share - 0.6) / 0.2, 0.0, 1.0)[:, :, None]
    return np.asarray(image + (255.0 - image) * lift, dtype=np.uint8)


def turned(image: Image, quarters: int) -> Upright:
    """The image turned clockwise by ``quarters`` of a circle."""
    height, width = image.shape[:2]
    back = {
        0: [[1, 0, 0], [0, 1, 0]],
        1: [[0, 1, 0], [-1, 0, height]],
        2: [[-1, 0, width], [0, -1, height]],
        3: [[0, -1, width], [1, 0, 0]],
    }[quarters % 4]
    return Upright(np.ascontiguousarray(np.rot90(image, -quarters)), np.array(back, dtype=np.float64))


def skew_of(marks: Mask) -> float:
    """The angle in degrees by which the lines of a page fall to the right, by the sharpest sum over rows; 0.0 for an empty page."""
    small = _small(marks)
    if not small.any():
        return 0.0
    best = 0.0
    for step, reach in ((0.5, MAX_SKEW), (0.1, 0.5), (0.025, 0.1)):
        angles = np.arange(best - reach, best + reach + step / 2, step)
        best = float(max(angles, key=lambda a: (_sharpness(_rotate(small, float(a))), -abs(a))))
    return best if abs(best) <= MAX_SKEW else 0.0


def level(image: Image, angle: float) -> Upright:
    """The image turned back by ``angle`` degrees about its middle, on white."""
    height, width = image.shape[:2]
    if abs(angle) < 0.04:
        return Upright(image, np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float64))
    forth = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    out = cv2.warpAffine(image, forth, (width, height), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    return Upright(np.asarray(out, dtype=np.uint8), np.asarray(cv2.invertAffineTransform(forth)), angle)


def chained(first: Upright, second: Upright) -> Upright:
    """``second``, made from the image of ``first``, leading back to the image that ``first`` came from."""
    whole = np.vstack([first.back, [0, 0, 1]]) @ np.vstack([second.back, [0, 0, 1]])
    return Upright(second.image, whole[:2], second.skew)


def rules_of(marks: Mask) -> Rules:
    """Find the ruling lines in ``marks`` and the closed cells between them. Lines a little broken or wavy are mended; dashes and dots are taken for
    lines only where nothing else closes cells and they do."""
    height, width = marks.shape
    unit = max(width, height) / 1100  # about 0.25 mm on a page of A4
    across = _lines(marks, length=int(26 * unit), thick=int(5 * unit) + 2, horizontal=True)
    down = _lines(marks, length=int(12 * unit), thick=int(5 * unit) + 2, horizontal=False)
    plain = _closed(across, down, marks, unit)
    if plain.tables:
        return plain
    dashes, upright = dashed(marks, unit), np.ascontiguousarray(dashed(marks.T, unit).T)
    if not (dashes.any() and upright.any()):
        return plain
    drawn = _closed(np.asarray(across | dashes, dtype=np.uint8), np.asarray(down | upright, dtype=np.uint8), marks, unit)
    return drawn if drawn.tables else plain


def _closed(across: Mask, down: Mask, marks: Mask, unit: float) -> Rules:
    across = mended(unstruck(across, down, marks, unit), down, unit)
    down = np.ascontiguousarray(mended(_with_ends(down, across, unit).T, across.T, unit).T)
    across = ended(unstruck(across, down, marks, unit), down, unit)
    return Rules(across, down, _cells(across, down, unit))


def erased(image: Image, mask: Mask) -> Image:
    """The page with the pixels of ``mask`` (grown by one) as bright as the paper around them: white would make grey paper beside it look like ink."""
    gone = cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 0
    paper = cv2.dilate(cv2.GaussianBlur(image, (7, 7), 2.0), np.ones((_PAPER, _PAPER), np.uint8))
    out = image.copy()
    out[gone] = paper[gone]
    return out


def shrunk(image: Image, side: int) -> tuple[Image, float]:
    """The image no longer than ``side`` pixels, and the scale it was shrunk by (1.0 when it was small enough)."""
    scale = side / max(image.shape[:2])
    if scale >= 1:
        return image, 1.0
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8), scale


def _small(marks: Mask) -> Mask:
    scale = _PROFILE_SIDE / max(marks.shape)
    if scale >= 1:
        return marks
    return np.asarray(cv2.resize(marks, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _rotate(marks: Mask, angle: float) -> Mask:
    height, width = marks.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return np.asarray(cv2.warpAffine(marks, matrix, (width, height), flags=cv2.INTER_LINEAR), dtype=np.uint8)


def _sharpness(marks: Mask) -> float:
    sums = marks.sum(axis=1, dtype=np.float64)
    return float(np.square(np.diff(sums)).sum() / max(float(marks.sum(dtype=np.float64)), 1.0))


def _lines(marks: Mask, *, length: int, thick: int, horizontal: bool) -> Mask:
    """Straight strokes of at least ``length`` pixels and at most ``thick``; gaps of a quarter of the length are closed."""
    near = cv2.dilate(marks, np.ones((3, 1) if horizontal else (1, 3), np.uint8))  # a line that steps by a pixel stays whole
    shape = (1, length) if horizontal else (length, 1)
    found = cv2.morphologyEx(near, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
    gap = max(3, length // 4)
    found = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((1, gap) if horizontal else (gap, 1), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8)
    out = np.zeros_like(marks)
    for i in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[i])
        long_, short = (w, area / max(w, 1)) if horizontal else (h, area / max(h, 1))
        if long_ >= 1.5 * length and short <= thick + 2:
            part = labels[y : y + h, x : x + w] == i
            out[y : y + h, x : x + w][part] = 255
    return out


def _with_ends(down: Mask, across: Mask, unit: float) -> Mask:
    """Keep the vertical strokes that reach horizontal lines (long ones at one end, since a seal may cover the other): the others are strokes
    of large characters."""
    reach = max(3, int(4 * unit))
    near = cv2.dilate(across, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(down, connectivity=8)
    out = np.zeros_like(down)
    for i in range(1, count):
        x, y, w, h = (int(v) for v in stats[i][:4])
        ends = near[max(y - 1, 0) : y + 2, x : x + w].any(), near[y + h - 2 : y + h + 1, x : x + w].any()
        if all(ends) or (any(ends) and h > 24 * unit) or (h > 60 * unit and near[y : y + h, x : x + w].any()):
            out[y : y + h, x : x + w][labels[y : y + h, x : x + w] == i] = 255
    return out


def _cells(across: Mask, down: Mask, unit: float) -> tuple[tuple[Box, ...], ...]:
    """Cells: the white areas that the lines close, grouped by the net of lines they belong to."""
    reach = max(3, int(3 * unit)) | 1
    net = cv2.bitwise_or(cv2.dilate(across, np.ones((1, 2 * reach + 1), np.uint8)), cv2.dilate(down, np.ones((2 * reach + 1, 1), np.uint8)))
    nets, labels, stats, _ = cv2.connectedComponentsWithStats(net, connectivity=8)
    tables: list[tuple[Box, ...]] = []
    for i in range(1, nets):
        x, y, w, h = (int(v) for v in stats[i][:4])
        if w < 60 * unit or h < 12 * unit:
            continue
        walls = (labels[y : y + h, x : x + w] == i).astype(np.uint8)
        open_ = np.pad(1 - walls, 1, constant_values=1)
        count, _, parts, _ = cv2.connectedComponentsWithStats(open_.astype(np.uint8), connectivity=4)
        cells = []
        for j in range(1, count):
            cx, cy, cw, ch, area = (int(v) for v in parts[j])
            if cx == 0 or cy == 0 or cw < 5 * unit or ch < 5 * unit or area < 0.6 * cw * ch:
                continue
            left, top = x + cx - 1, y + cy - 1
            cells.append((float(left - 1), float(top - 1), float(left + cw + 1), float(top + ch + 1)))
        if len(cells) > 1:
            tables.append(tuple(cells))
    return tuple(sorted(tables, key=lambda cells: min(c[1] for c in cells)))


def runs(profile: Any, gap: int, least: int = 2) -> list[tuple[int, int]]:
    """Half-open stretches where ``profile`` is not zero, joined over gaps of up to ``gap`` and at least ``least`` long."""
    out: list[tuple[int, int]] = []
    for at in np.flatnonzero(np.asarray(profile)):
        here = int(at)
        if out and here - out[-1][1] <= gap:
            out[-1] = (out[-1][0], here + 1)
        else:
            out.append((here, here + 1))
    return [r for r in out if r[1] - r[0] >= least]
