"""Does every row's locator point at it? The place is cut out of the document and read again, and must hold the row's proof.

Text formats: the characters that the locator names, out of the text as read. PDF: the characters inside the boxes. Scans and images: the
boxes cut out of the picture of the page and read by the recogniser anew.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

ENOUGH = 0.9  # share of the proof's characters that a recogniser must find again
DPI = 200
LEAST = 740  # pixels: a finder of lines blows a lower strip up to this height, whatever its width
FIELDS = ("serial", "proof_name", "matter", "original_basis", "requesting_body", "issuing_body", "replacement")


def read_back(folder: Path, parsed: Path, files: Sequence[str]) -> tuple[int, int, list[str]]:
    """``(rows whose place holds them, rows, what was not found in words)`` of parsed documents (``FILE.json`` in ``parsed``)."""
    held = total = 0
    missed: list[str] = []
    for name in files:
        document: dict[str, Any] = json.loads((parsed / f"{name}.json").read_text("utf-8"))
        rows = document.get("rows") or []
        if not rows:
            continue
        good = held_rows((folder / name).read_bytes(), name, rows)
        total += len(rows)
        held += sum(good)
        missed += [f"place: {name}: {row['proof_name']}" for row, right in zip(rows, good, strict=True) if not right]
    return held, total, missed


def held_rows(data: bytes, name: str, rows: Sequence[Mapping[str, Any]]) -> list[bool]:
    """For each row, whether its place, cut out of the document and read again, holds its proof.

    On a picture what is read there must moreover resemble this row at least as much as any other row of its page, lest a place one row too high or
    a whole page pass.
    """
    pictured = ".scan." in name or name.endswith((".png", ".jpg", ".jpeg", ".tif", ".tiff"))
    look = _picture(data, name) if pictured else _page(data) if name.endswith(".pdf") else _text(data, name)
    least = ENOUGH if pictured else 1.0
    out = []
    for row in rows:
        text = look(row["locator"])
        right = _share(row["proof_name"], text) >= least
        if right and pictured:
            beside = [r for r in rows if r["locator"]["page"] == row["locator"]["page"]]
            right = _alike(row, text) >= max(_alike(other, text) for other in beside)
        out.append(right)
    return out


def _share(proof: str, text: str) -> float:
    """How much of the proof's letters and figures stand in the text."""
    wanted = Counter(c for c in proof if c.isalnum())
    return 1 - (wanted - Counter(text)).total() / max(wanted.total(), 1)


def _alike(row: Mapping[str, Any], text: str) -> float:
    """Likeness of a row's words to a text, 0 to 1: pairs of letters in common, so that the order of cells and lines counts little."""
    ours: Counter[str] = Counter()
    for field in FIELDS:
        ours += _pairs(row.get(field) or "")
    theirs = _pairs(text)
    return 2 * (ours & theirs).total() / max(ours.total() + theirs.total(), 1)


def _pairs(text: str) -> Counter[str]:
    letters = [c for c in text if c.isalnum()]
    return Counter(a + b for a, b in pairwise(letters))


def _text(data: bytes, name: str) -> Callable[[dict[str, Any]], str]:
    from ingest.formats import read

    text = read(data, name).text
    return lambda where: text[slice(*where["chars"])] if where["chars"] else ""


def _page(data: bytes) -> Callable[[dict[str, Any]], str]:
    import logging

    import pdfplumber

    from ingest.glyphs import clean

    logging.getLogger("pdfminer").setLevel(logging.ERROR)  # fonts without a box are no news

    with pdfplumber.open(io.BytesIO(data)) as pdf:
        chars = [[(c, clean(c["text"])) for c in page.chars] for page in pdf.pages]

    def look(where: dict[str, Any]) -> str:
        out = ""
        for page, x0, top, x1, bottom in where["boxes"]:
            for c, text in chars[int(page) - 1]:
                x, y = (c["x0"] + c["x1"]) / 2, (c["top"] + c["bottom"]) / 2
                out += text if x0 - 1 <= x <= x1 + 1 and top - 1 <= y <= bottom + 1 else ""
        return out

    return look


def _picture(data: bytes, name: str) -> Callable[[dict[str, Any]], str]:
    """Each place is cut out once and read once; boxes are points on the pages of a PDF, pixels on an image."""
    import numpy as np
    from PIL import Image

    from ingest.ocr import engine
    from ingest.pages import page_png

    reader = engine()
    if reader is None:
        raise RuntimeError("no recogniser is installed")
    scale = DPI / 72 if name.endswith(".pdf") else 1.0

    @lru_cache(maxsize=4)
    def page(number: int) -> Image.Image:
        if name.endswith(".pdf"):
            return Image.open(io.BytesIO(page_png(data, number, dpi=DPI))).convert("RGB")
        frames = Image.open(io.BytesIO(data))
        frames.seek(number - 1)
        return frames.convert("RGB")

    def look(where: dict[str, Any]) -> str:
        out = ""
        for number, x0, top, x1, bottom in where["boxes"]:
            cut = page(int(number)).crop(tuple(round(v * scale) for v in (x0 - 1, top - 1, x1 + 1, bottom + 1)))
            sheet = Image.new("RGB", (max(cut.width, LEAST), max(cut.height, LEAST)), "white")
            sheet.paste(cut)
            image = np.ascontiguousarray(np.asarray(sheet)[:, :, ::-1])
            pieces = [image[max(int(b[1]), 0) : int(b[3]) + 1, max(int(b[0]), 0) : int(b[2]) + 1] for b in reader.find(image)]
            out += "".join(text for text, _ in reader.read([p for p in pieces if p.size]))
        return out

    return look
