"""Page images for the reader's eye: one page as PNG, with the places of a row or clause marked. The one door to pypdfium2 for images."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image, ImageDraw

from knowledge.errors import NotFound, RejectedFile

Box = tuple[float, float, float, float, float]
MAX_PIXELS = 40_000_000
_MARK = (255, 214, 0, 90)
_EDGE = (214, 90, 0, 255)


def page_png(data: bytes, page: int, *, dpi: int = 110, boxes: Sequence[Box] = ()) -> bytes:
    """Render page ``page`` (from 1) of a PDF at ``dpi`` and mark those of ``boxes`` (page, x0, top, x1, bottom in points) that lie on it.

    Returns PNG bytes. Raises :class:`NotFound` for a page that does not exist, :class:`RejectedFile` for a file that does not open;
    a page over 40 megapixels is rendered smaller.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise RejectedFile("PDF 打不开，无法显示页面。请重新导入完整的文件。") from error
    try:
        if not 1 <= page <= len(document):
            raise NotFound(f"文件共 {len(document)} 页，没有第 {page} 页。")
        sheet = document[page - 1]
        width, height = sheet.get_size()
        scale = min(dpi / 72, (MAX_PIXELS / max(width * height, 1)) ** 0.5)
        image = sheet.render(scale=scale).to_pil().convert("RGBA")
        left, top = _offset(sheet)
    finally:
        document.close()
    return _png(_marked(image, [b for b in boxes if int(b[0]) == page], scale, left, top))


def page_count(data: bytes) -> int:
    """Number of pages of a PDF. Raises :class:`RejectedFile` when it does not open."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise RejectedFile("PDF 打不开，无法数页。请重新导入完整的文件。") from error
    try:
        return len(document)
    finally:
        document.close()


def quick_count(data: bytes) -> int:
    """Number of pages, in milliseconds even for thousands; 0 when this library cannot open the file."""
    try:
        return page_count(data)
    except RejectedFile:
        return 0


def page_bitmaps(data: bytes, numbers: Iterable[int], *, dpi: int = 200, most_pixels: int = MAX_PIXELS) -> Iterator[tuple[int, Any, float]]:
    """The pages ``numbers`` (from 1) as ``(number, array of height × width × blue, green, red, pixels per point)``, one at a time.

    A page filled by one picture is rendered at the picture's own density, within 150 and 300 dpi; others at ``dpi``.
    """
    document = pypdfium2.PdfDocument(data)
    try:
        for number in numbers:
            page = document[number - 1]
            width, height = page.get_size()
            scale = min(_density(page, width, height, dpi), (most_pixels / max(width * height, 1.0)) ** 0.5)
            yield number, np.ascontiguousarray(np.asarray(page.render(scale=scale).to_pil().convert("RGB"))[:, :, ::-1]), scale
            page.close()
    finally:
        document.close()


def _density(page: pypdfium2.PdfPage, width: float, height: float, dpi: int) -> float:
    best = 0.0
    for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        x0, y0, x1, y1 = item.get_bounds()
        if (x1 - x0) * (y1 - y0) > 0.6 * width * height:
            best = max(best, max(item.get_px_size()) / max(x1 - x0, y1 - y0))
    return min(max(best, 150 / 72), 300 / 72) if best else dpi / 72


def crop_png(data: bytes, box: Box, *, dpi: int = 150, margin: float = 4.0) -> bytes:
    """The piece of a page inside one box, with a small margin in points, as PNG."""
    whole = Image.open(io.BytesIO(page_png(data, int(box[0]), dpi=dpi)))
    scale = dpi / 72
    x0, top, x1, bottom = ((v - margin if i < 2 else v + margin) * scale for i, v in enumerate(box[1:]))
    return _png(whole.crop((max(int(x0), 0), max(int(top), 0), min(int(x1), whole.width), min(int(bottom), whole.height))))


def _offset(sheet: pypdfium2.PdfPage) -> tuple[float, float]:
    """Where the shown box begins inside the media box, for pages that are not turned: locators count from the media box."""
    media, crop = sheet.get_mediabox(), sheet.get_cropbox()
    if sheet.get_rotation():
        return 0.0, 0.0
    return crop[0] - media[0], media[3] - crop[3]


def _marked(image: Image.Image, boxes: Sequence[Box], scale: float, left: float, top: float) -> Image.Image:
    if not boxes:
        return image
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    for _, x0, y0, x1, y1 in boxes:
        corners = ((x0 - left) * scale - 2, (y0 - top) * scale - 2, (x1 - left) * scale + 2, (y1 - top) * scale + 2)
        draw.rectangle(corners, fill=_MARK, outline=_EDGE, width=2)
    return Image.alpha_composite(image, layer)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, "PNG", optimize=False, compress_level=3)
    return out.getvalue()
