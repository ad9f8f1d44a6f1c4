"""Images of cited pages: rendered from the kept original, never by handing out the file; one renderer at a time, the last images kept."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from threading import Lock

from PIL import Image

from ingest.pages import page_png
from knowledge.errors import NotFound
from knowledge.store import Library, StoredEntry

DPI = 130
AROUND = 70.0  # points above and below the row in a cropped image
Boxes = tuple[tuple[float, float, float, float, float], ...]
_renderer = Lock()  # pdfium is not safe in two threads at once


def row_image(library: Library, entry: StoredEntry, page: int, *, crop: bool) -> bytes:
    """PNG of one page with the entry's row boxed.

    Args:
        library: holds the kept original.
        entry: a row of a PDF list.
        page: from 1; one of the pages that carry the row.
        crop: only the row and its surroundings.

    Raises:
        NotFound: the row is not on that page, or the original is not kept.
    """
    boxes = tuple(box for box in entry.entry.locator.boxes if int(box[0]) == page)
    original = library.original(entry.sha256)
    if not boxes or original is None or original.suffix.lower() != ".pdf":
        raise NotFound("没有这一页的图像。")
    return _image(original, page, boxes, crop)


def drawn_page(path: Path, page: int, boxes: Boxes) -> bytes:
    """PNG of a page of a file that is not in the library yet, with these boxes drawn."""
    with _renderer:
        return page_png(path.read_bytes(), page, dpi=90, boxes=boxes)


@lru_cache(maxsize=64)
def _image(path: Path, page: int, boxes: Boxes, crop: bool) -> bytes:
    with _renderer:
        whole = page_png(path.read_bytes(), page, dpi=DPI, boxes=boxes)
    return _cut(whole, boxes) if crop else whole


def _cut(png: bytes, boxes: Boxes) -> bytes:
    image = Image.open(io.BytesIO(png))
    scale = DPI / 72
    top = max(0, int((min(box[2] for box in boxes) - AROUND) * scale))
    bottom = min(image.height, int((max(box[4] for box in boxes) + AROUND) * scale))
    if bottom <= top:
        return png
    out = io.BytesIO()
    image.crop((0, top, image.width, bottom)).save(out, "PNG")
    return out.getvalue()
