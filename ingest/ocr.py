"""Recognise printed Chinese in images, offline: rapidocr with the models its package carries, else tesseract where it is installed."""

from __future__ import annotations

import csv
import importlib.util
import io
import logging
import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from PIL import Image as Pillow

from ingest.pdf_lines import Box
from ingest.scan_image import Image, shrunk

log = logging.getLogger(__name__)

FIND_SIDE = 2000  # lines are looked for on a page of at most this side; pixels
MISSING = "本机没有装文字识别部件，扫描件和图片读不出来。请运行 pip install 'jianzheng[ocr]'（离线包中已含模型），或换成文字版再导入。"
_TESSERACT_SECONDS = 120


class Engine(Protocol):
    """Finds lines of text in an image and reads them."""

    name: str

    def find(self, image: Image) -> list[Box]:
        """Boxes around the lines of text, in pixels; empty when there are none."""
        ...

    def read(self, pieces: Sequence[Image]) -> list[tuple[str, float]]:
        """Text and certainty (0 to 1) of each piece, which holds one line; ``("", 0.0)`` where nothing was read."""
        ...


@lru_cache(maxsize=1)
def engine() -> Engine | None:
    """The best recogniser on this machine; None when there is none."""
    if importlib.util.find_spec("rapidocr") is not None:
        try:
            return _Rapid()
        except Exception as error:
            log.warning("rapidocr does not start: %s", error)
    if shutil.which("tesseract"):
        return _Tesseract()
    return None


class _Rapid:
    """PP-OCR models on onnxruntime; nothing is downloaded, since the wheel carries the models."""

    name = "rapidocr"

    def __init__(self) -> None:
        from rapidocr import RapidOCR
        from rapidocr.ch_ppocr_rec.typings import TextRecInput

        settings = {
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": max(1, min(4, os.cpu_count() or 1)),
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
        whole: Any = RapidOCR(params=settings)
        self._find, self._read, self._input = whole._load_det_model(), whole._load_rec_model(), TextRecInput

    def find(self, image: Image) -> list[Box]:
        small, scale = shrunk(image, FIND_SIDE)
        boxes = self._find(small).boxes
        if boxes is None:
            return []
        quads = np.asarray(boxes, dtype=np.float64) / scale
        return [(float(q[:, 0].min()), float(q[:, 1].min()), float(q[:, 0].max()), float(q[:, 1].max())) for q in quads]

    def read(self, pieces: Sequence[Image]) -> list[tuple[str, float]]:
        if not pieces:
            return []
        found = self._read(self._input(img=list(pieces), return_word_box=False))
        return [(str(t), float(s)) for t, s in zip(found.txts or (), found.scores or (), strict=True)]


class _Tesseract:
    """The tesseract program with its simplified Chinese data; less exact, and one process a line."""

    name = "tesseract"

    def find(self, image: Image) -> list[Box]:
        rows = [r for r in self._table(image, "3") if r["level"] == "4"]
        return [(x, y, x + w, y + h) for x, y, w, h in (tuple(float(r[k]) for k in ("left", "top", "width", "height")) for r in rows)]

    def read(self, pieces: Sequence[Image]) -> list[tuple[str, float]]:
        out = []
        for piece in pieces:
            words = [r for r in self._table(np.pad(piece, ((8, 8), (8, 8), (0, 0)), constant_values=255), "7") if (r["text"] or "").strip()]
            text = "".join(r["text"].strip() for r in words)
            out.append((text, sum(float(r["conf"]) for r in words) / 100 / len(words)) if words else ("", 0.0))
        return out

    def _table(self, image: Image, mode: str) -> list[dict[str, str]]:
        png = io.BytesIO()
        Pillow.fromarray(image[:, :, ::-1]).save(png, "PNG", compress_level=1)
        command = ["tesseract", "stdin", "stdout", "-l", "chi_sim", "--psm", mode, "tsv"]
        done = subprocess.run(command, input=png.getvalue(), capture_output=True, timeout=_TESSERACT_SECONDS, check=False)
        return list(csv.DictReader(io.StringIO(done.stdout.decode("utf-8", "replace")), delimiter="\t", quoting=csv.QUOTE_NONE))
