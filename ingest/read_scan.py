"""Scanned PDF pages and image files: ruling lines give the cells, a text recogniser gives the words, and both become the blocks that
``read_pdf`` makes of text pages. Places are given as they lie on the page as stored: points in a PDF, pixels in an image.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps

from ingest.blocks import Block, Blocks, Paragraph, Table
from ingest.glyphs import visible
from ingest.ocr import MISSING, Engine, engine
from ingest.page_layout import count_tables, lay_page
from ingest.pages import page_bitmaps
from ingest.pdf_columns import Bands
from ingest.pdf_lines import Box, Char
from ingest.read_pdf import PageRead, assemble, doubted, read_pages
from ingest.sandbox_limits import rearm
from ingest.scan_columns import overlooked, parted
from ingest.scan_image import Image, Rules, Upright, chained, ink, level, rules_of, shrunk, skew_of, turned, without_seals, without_tints
from ingest.scan_lines import Found, read_lines
from ingest.scan_text import whole_text
from knowledge.errors import RejectedFile
from knowledge.types import Locator, Problem

log = logging.getLogger(__name__)

DPI = 200
MAX_PIXELS = 50_000_000
MAX_PAGES = 400
UNSURE = 0.80  # certainty below which a line is reported
_RULED = 4  # horizontal lines on a page from which they may stand between rows: more than those around a table and under its heading
_A4_HEIGHT = 842.0  # points: an image without a size is taken as a page of A4
_GLANCE, _SAMPLE, _LEGIBLE = 1200, 6, 0.8  # side of the page in pixels, lines and certainty that decide which way up it is
_TOO_LARGE = "图片《{}》超过上限 {} 百万像素。请缩小或裁切后再导入。"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One image of a page. ``scale``: pixels to a point; ``unit``: what one pixel of it is in the locators' unit."""

    number: int
    image: Image
    scale: float
    unit: float


@dataclass(frozen=True, slots=True)
class _Scanned:
    """One page recognised, and the function that leads its boxes back to the page as stored.

    ``guessed``: its table has neither lines between the rows nor serials, so that only the leading tells where a row ends.
    """

    read: PageRead
    back: Callable[[Box], Box]
    unsure: tuple[str, ...]
    inked: bool
    guessed: bool = False


def read_scan(data: bytes, name: str) -> Blocks:
    """Read a PDF some or all of whose pages are pictures. Without a recogniser those pages stay in ``pages_without_text``.

    Raises :class:`RejectedFile` as ``read_pdf`` does, and for more than ``MAX_PAGES`` pictured pages.
    """
    reads, title = read_pages(data, name)
    blank = [r.number for r in reads if r.blank]
    reader = engine()
    if reader is None or not blank:
        return assemble(reads, title)
    if len(blank) > MAX_PAGES:
        raise RejectedFile(f"PDF《{name}》有 {len(blank)} 页是扫描图片，超过上限 {MAX_PAGES} 页。请拆分后分别导入。")
    pages = page_bitmaps(data, blank, dpi=DPI, most_pixels=MAX_PIXELS)
    done = {s.read.number: s for s in _recognise((_Sheet(n, image, scale, 1 / scale) for n, image, scale in pages), reader)}
    text = [r for r in reads if r.number not in done]
    whole = _blocks("pdf", [done[r.number].read if r.number in done else r for r in reads], done, reader, title)
    return replace(whole, problems=(*whole.problems, *doubted(data, text)))


def read_image(data: bytes, name: str) -> Blocks:
    """Read an image file; the frames of a .tif are pages.

    Raises :class:`RejectedFile` for a damaged or over-large image, and where no recogniser is installed.
    """
    frames = _frames(data, name)
    first = next(frames)  # a damaged file is refused before the recogniser is loaded
    reader = engine()
    if reader is None:
        raise RejectedFile(f"图片《{name}》没有读入：{MISSING}")
    done = {s.read.number: s for s in _recognise(chain([first], frames), reader)}
    return _blocks("image", [s.read for s in done.values()], done, reader, "")


def _frames(data: bytes, name: str) -> Iterator[_Sheet]:
    try:
        with Pillow.open(io.BytesIO(data)) as opened:
            count = getattr(opened, "n_frames", 1)
            if count > MAX_PAGES:
                raise RejectedFile(f"图片《{name}》有 {count} 页，超过上限 {MAX_PAGES} 页。请拆分后分别导入。")
            for number in range(1, count + 1):
                opened.seek(number - 1)
                if opened.width * opened.height > MAX_PIXELS:
                    raise RejectedFile(_TOO_LARGE.format(name, MAX_PIXELS // 1_000_000))
                plain = ImageOps.exif_transpose(opened)
                flat = Pillow.new("RGB", plain.size, "white")
                flat.paste(plain.convert("RGB"), mask=plain.convert("RGBA").getchannel("A"))
                image = np.ascontiguousarray(np.asarray(flat)[:, :, ::-1])
                yield _Sheet(number, image, max(image.shape[:2]) / _A4_HEIGHT, 1.0)
                if opened.format == "GIF":
                    return
    except Pillow.DecompressionBombError as error:
        raise RejectedFile(_TOO_LARGE.format(name, MAX_PIXELS // 1_000_000)) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise RejectedFile(f"图片《{name}》不完整或已损坏，无法打开。请重新扫描或另存一份再导入。") from error


def _recognise(sheets: Iterable[_Sheet], reader: Engine) -> Iterator[_Scanned]:
    tables = 0
    bands: Bands | None = None
    for sheet in sheets:
        rearm()
        done, bands = _page(sheet, tables, bands, reader)
        tables += count_tables(done.read)
        yield done


def _page(sheet: _Sheet, tables: int, bands: Bands | None, reader: Engine) -> tuple[_Scanned, Bands | None]:
    upright, rules = _upright(sheet.image, reader)
    found = read_lines(upright.image, rules, reader)
    height, width = upright.image.shape[:2]
    cells = [[(c[0] / sheet.scale, c[1] / sheet.scale, c[2] / sheet.scale, c[3] / sheet.scale) for c in table] for table in rules.tables]
    levels = _levels(rules, sheet.scale)

    def laid(lines: Sequence[Found]) -> tuple[PageRead, Bands | None]:
        page = PageRead(sheet.number, width=width / sheet.scale, height=height / sheet.scale)
        return page, lay_page(page, [_char(item, sheet.scale) for item in lines], cells, levels, tables, bands)

    read, left = laid(found)
    for better in () if cells else (_parted, _completed):  # the columns, once known, show what was misread
        known = _found_table(read, left)
        again = better(found, known, sheet.scale, upright.image, rules, reader) if known else found
        if again != found:
            found = again
            read, left = laid(found)
    guessed = left is not None and not cells and not left.serial and len(levels) < _RULED
    unsure = tuple(item.text for item in found if item.score < UNSURE)

    def back(box: Box) -> Box:
        pixels = upright.origin(tuple(v * sheet.scale for v in box))  # type: ignore[arg-type]
        return tuple(round(v * sheet.unit, 2) for v in pixels)  # type: ignore[return-value]

    return _Scanned(read, back, unsure, bool((ink(upright.image) > 0).mean() > 0.002), guessed), left


def _found_table(read: PageRead, bands: Bands | None) -> tuple[Bands, Box, float] | None:
    """The columns of the table without walls on a page, the box around what was read of it, and the height at which its rows begin."""
    tables = [item for _, item in read.items if isinstance(item, Table)]
    if bands is None or len(tables) != 1 or not tables[0].locator.boxes:
        return None
    box, rows = tables[0].locator.boxes[0][1:], tables[0].rows[tables[0].header_rows or 0 :]
    tops = [b[2] for c in rows[0] for b in c.locator.boxes] if rows else []
    return bands, box, min(tops, default=box[1]) if tables[0].header_rows else box[1]


def _parted(found: list[Found], table: tuple[Bands, Box, float], scale: float, image: Image, rules: Rules, reader: Engine) -> list[Found]:
    columns, heights = [(a * scale, b * scale) for a, b in table[0].columns], (table[1][1] * scale, table[2] * scale)
    return parted(found, columns, heights, image, rules, reader)


def _completed(
    found: list[Found], table: tuple[Bands, Box, float], scale: float, image: Image, rules: Rules, reader: Engine
) -> list[Found]:
    columns, heights = [(a * scale, b * scale) for a, b in table[0].columns], (table[1][1] * scale, table[1][3] * scale)
    return [*found, *overlooked(found, columns, heights, image, rules, reader)]


def _upright(image: Image, reader: Engine) -> tuple[Upright, Rules]:
    """The page without seals, turned and levelled, and its ruling lines."""
    clear = without_tints(without_seals(image))
    first = turned(clear, _quarters(clear, reader))
    second = level(first.image, skew_of(ink(first.image)))
    return chained(first, second), rules_of(ink(second.image))


def _quarters(image: Image, reader: Engine) -> int:
    """Quarter turns that set the page upright: by the shape of its lines, then by how well the longest of them read."""
    small, scale = shrunk(image, _GLANCE)
    boxes = reader.find(small)
    shapes = [(b[2] - b[0], b[3] - b[1]) for b in boxes]
    tall = sum(w * h for w, h in shapes if h > 1.5 * w) > sum(w * h for w, h in shapes if w > 1.5 * h)
    best = (0.0, -1 if tall else 0)
    for quarters in (1, 3) if tall else (0, 2):
        view = turned(image, quarters).image
        score = _legible(view, reader.find(shrunk(view, _GLANCE)[0]) if quarters else boxes, scale, reader)
        if score > _LEGIBLE:
            return quarters
        best = max(best, (score, -quarters))
    return -best[1]


def _legible(image: Image, found: Iterable[Box], scale: float, reader: Engine) -> float:
    """How certain the recogniser is of the longest lines of a page set this way; long means wide. ``found``: its lines, on the page shrunk by ``scale``."""
    lines = sorted((b for b in found if b[2] - b[0] > b[3] - b[1]), key=lambda b: b[0] - b[2])[:_SAMPLE]
    boxes = [tuple(int(max(v, 0) / scale) for v in b) for b in lines]
    read = reader.read([image[b[1] : b[3] + 1, b[0] : b[2] + 1] for b in boxes])
    return sum(s for _, s in read) / len(read) if read else 0.0


def _char(item: Found, scale: float) -> Char:
    x0, top, x1, bottom = (v / scale for v in item.box)
    return {"text": item.text, "x0": x0, "top": top, "x1": x1, "bottom": bottom, "size": round(2 * item.size / scale) / 2}


def _levels(rules: Rules, scale: float) -> list[float]:
    rows = (rules.across > 0).sum(axis=1) > 0.2 * rules.across.shape[1]
    return sorted({round(float(y) / scale, 1) for y in np.flatnonzero(rows & ~np.roll(rows, 1))})


def _blocks(format_: str, reads: list[PageRead], done: dict[int, _Scanned], reader: Engine, title: str) -> Blocks:
    whole = assemble(reads, title)
    problems = list(whole.problems)
    read = sorted(n for n, s in done.items() if s.read.characters)
    if read:
        shown = "、".join(str(n) for n in read[:10]) + ("等" if len(read) > 10 else "")
        problems.append(Problem("READ_FROM_IMAGE", f"第 {shown} 页的字是从图片识别的，请与原件核对。", Locator(page=read[0]), "info"))
    for number in read:
        if done[number].unsure:
            some = "；".join(t[:20] for t in done[number].unsure[:3])
            problems.append(
                Problem(
                    "UNSURE_CHARACTERS", f"第 {number} 页有 {len(done[number].unsure)} 处识别没有把握（如“{some}”）。", Locator(page=number)
                )
            )
    guessed = [n for n in read if done[n].guessed]
    if guessed:
        shown = "、".join(str(n) for n in guessed[:10]) + ("等" if len(guessed) > 10 else "")
        words = f"第 {shown} 页的表没有横线也没有序号，行是按行距分开的，可能把一行拆开或把两行并在一起。请与原件核对。"
        problems.append(Problem("ROWS_BY_SPACING", words, Locator(page=guessed[0])))
    empty = tuple(n for n in whole.pages_without_text if n not in done or (done[n].inked and not done[n].read.characters))
    blocks = tuple(_placed(b, {n: s.back for n, s in done.items()}) for b in whole.blocks)
    gone = sum(visible(t) for b in whole.blocks for t in _texts(b)) - sum(visible(t) for b in blocks for t in _texts(b))
    meta = tuple((k, str(int(v) - gone)) if k == "characters" else (k, v) for k, v in whole.meta)  # a bracket read twice is no loss
    meta = (*meta, ("recogniser", reader.name))
    return replace(whole, format=format_, blocks=blocks, pages_without_text=empty, problems=tuple(problems), meta=meta)


def _texts(block: Block) -> list[str]:
    """The texts of a block, those of spanning cells once."""
    return [block.text] if isinstance(block, Paragraph) else [c.text for row in block.rows for c in row if not c.inherited]


def _placed(block: Block, back: dict[int, Callable[[Box], Box]]) -> Block:
    """The block with its boxes on scanned pages led back to the pages as stored, and its text mended there."""

    def moved(where: Locator) -> Locator:
        if not any(int(b[0]) in back for b in where.boxes):
            return where
        return replace(where, boxes=tuple((b[0], *back[int(b[0])](b[1:])) if int(b[0]) in back else b for b in where.boxes))

    def mended(text: str, where: Locator) -> str:
        return whole_text(text) if where.page in back else text

    if isinstance(block, Paragraph):
        return replace(block, text=mended(block.text, block.locator), locator=moved(block.locator))
    rows = tuple(tuple(replace(c, text=mended(c.text, block.locator), locator=moved(c.locator)) for c in row) for row in block.rows)
    return Table(rows, moved(block.locator), block.header_rows)
