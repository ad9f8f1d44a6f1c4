"""Scanned pages: geometry without a recogniser, a stand-in recogniser for the flow, and one real page where rapidocr is installed."""

from __future__ import annotations

import importlib.util
import io
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from ingest import read_scan
from ingest.blocks import Paragraph, Table
from ingest.pages import page_png
from ingest.parse import parse_bytes, parse_file
from ingest.pdf_lines import Box
from ingest.scan_image import Image, chained, erased, ink, level, rules_of, skew_of, turned, without_seals
from ingest.scan_lines import _joined, _text
from knowledge.errors import RejectedFile
from knowledge.types import DocKind

pytest.importorskip("cv2", reason="the extra [ocr] is not installed")
DOCUMENTS = Path(__file__).parent / "documents"
COLUMNS, LEVELS = (100, 300, 700, 1500), (200, 260, 320, 380, 440)


class Stub:
    """Finds each column of ink in each row as a line; says 字1, 字2, …"""

    name = "stub"

    def __init__(self, score: float = 0.99) -> None:
        self.score, self.count = score, 0

    def find(self, image: Image) -> list[Box]:
        rows = np.flatnonzero((ink(erased(image, rules_of(ink(image)).mask)) > 0).any(axis=1))
        if not len(rows):
            return []
        parts = np.split(rows, np.flatnonzero(np.diff(rows) > 3) + 1)
        return [(90.0, float(p[0]) - 2, 1520.0, float(p[-1]) + 3) for p in parts]

    def read(self, pieces: Sequence[Image]) -> list[tuple[str, float]]:
        self.count += len(pieces)
        return [(f"第{self.count - len(pieces) + n + 1}段文字", self.score) for n in range(len(pieces))]


def drawn(words: bool = True) -> Pillow.Image:
    """A page with a ruled table of four rows and three columns, bars in place of words."""
    page = Pillow.new("RGB", (1654, 1169), "white")
    draw = ImageDraw.Draw(page)
    for y in LEVELS:
        draw.line((COLUMNS[0], y, COLUMNS[-1], y), "black", 3)
    for x in COLUMNS:
        draw.line((x, LEVELS[0], x, LEVELS[-1]), "black", 3)
    if words:
        for top, bottom in pairwise(LEVELS):
            for left in COLUMNS[:-1]:
                for n in range(5):
                    draw.rectangle((left + 20 + 30 * n, top + 18, left + 44 + 30 * n, bottom - 18), "black")
        draw.rectangle((500, 80, 1100, 110), "black")
    return page


def array(page: Pillow.Image) -> Image:
    return np.ascontiguousarray(np.asarray(page.convert("RGB"))[:, :, ::-1])


def as_pdf(*pages: Pillow.Image) -> bytes:
    out = io.BytesIO()
    pages[0].save(out, "PDF", resolution=200, save_all=True, append_images=pages[1:])
    return out.getvalue()


def stub(monkeypatch: pytest.MonkeyPatch, reader: Stub | None) -> None:
    monkeypatch.setattr(read_scan, "engine", lambda: reader)


@pytest.mark.parametrize("angle", [-2.0, -0.4, 0.0, 0.7, 2.5])
def test_skew_is_measured_and_the_cells_found(angle: float) -> None:
    image = array(drawn().rotate(-angle, fillcolor="white", resample=Pillow.Resampling.BICUBIC))
    found = skew_of(ink(image))
    assert found == pytest.approx(angle, abs=0.06)
    upright = level(image, found)
    tables = rules_of(ink(upright.image)).tables
    assert [len(cells) for cells in tables] == [12]
    x0, top, x1, bottom = min(tables[0])
    assert (x1 - x0, bottom - top) == (pytest.approx(200, abs=6), pytest.approx(60, abs=6))


def test_boxes_lead_back_to_the_page_as_stored() -> None:
    image = array(drawn())
    for quarters in range(4):
        first = turned(image, quarters)
        assert tuple(round(v) for v in turned(first.image, -quarters).origin((0, 0, 10, 20))) != ()
        whole = chained(first, level(first.image, 1.0))
        height, width = whole.image.shape[:2]
        x0, top, x1, bottom = whole.origin((0, 0, width, height))
        assert x0 < 40 and top < 40 and x1 > image.shape[1] - 40 and bottom > image.shape[0] - 40
    mark = np.full((100, 200, 3), 255, np.uint8)
    mark[10:20, 150:160] = 0
    for quarters in range(4):
        view = turned(mark, quarters)
        ys, xs = np.nonzero(view.image[:, :, 0] == 0)
        assert view.origin((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)) == (150, 10, 160, 20)


def test_a_round_seal_goes_and_red_headings_and_black_letters_stay() -> None:
    page = drawn()
    draw = ImageDraw.Draw(page)
    draw.ellipse((700, 250, 1000, 550), outline=(220, 30, 30), width=8)
    draw.rectangle((300, 600, 1300, 640), (220, 30, 30))
    before, after = array(page), without_seals(array(page))
    assert (after[251:257, 840:860] == 255).all() and (after[610:630, 400:1200] == before[610:630, 400:1200]).all()
    assert (ink(after) > 0).sum() > 0.9 * (ink(array(drawn())) > 0).sum()
    assert sum(map(len, rules_of(ink(after)).tables)) >= 11


def test_lines_are_cut_at_cell_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    stub(monkeypatch, Stub())
    found = read_scan.read_scan(as_pdf(drawn()), "扫描.pdf")
    tables = [b for b in found.blocks if isinstance(b, Table)]
    assert len(tables) == 1 and [len(r) for r in tables[0].rows] == [3] * 4
    assert all(c.text for r in tables[0].rows for c in r)
    assert [b.text for b in found.blocks if isinstance(b, Paragraph)] and found.format == "pdf" and found.pages_without_text == ()
    page, x0, top, x1, bottom = tables[0].rows[1][2].locator.boxes[0]
    points = [72 / 200 * v for v in (COLUMNS[2], LEVELS[1], COLUMNS[3], LEVELS[2])]
    assert page == 1 and (x0, top, x1, bottom) == tuple(pytest.approx(p, abs=1.5) for p in points)
    assert {p.code for p in found.problems} == {"READ_FROM_IMAGE"}


def test_uncertain_lines_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    stub(monkeypatch, Stub(score=0.6))
    problems = read_scan.read_scan(as_pdf(drawn()), "扫描.pdf").problems
    assert [p.code for p in problems] == ["READ_FROM_IMAGE", "UNSURE_CHARACTERS"] and "第 1 页" in problems[1].message


def test_a_blank_page_is_no_loss_and_an_unreadable_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    stub(monkeypatch, Stub())
    empty = Pillow.new("RGB", (1654, 1169), "white")
    assert read_scan.read_scan(as_pdf(drawn(), empty), "扫描.pdf").pages_without_text == ()
    monkeypatch.setattr(Stub, "find", lambda *_: [])
    monkeypatch.setattr("ingest.scan_lines._missed", lambda *_: [])
    assert read_scan.read_scan(as_pdf(drawn(), empty), "扫描.pdf").pages_without_text == (1,)


def test_without_a_recogniser_pages_are_named_and_pictures_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stub(monkeypatch, None)
    assert read_scan.read_scan(as_pdf(drawn()), "扫描.pdf").pages_without_text == (1,)
    out = io.BytesIO()
    drawn().save(out, "PNG")
    with pytest.raises(RejectedFile, match=r"jianzheng\[ocr\]"):
        read_scan.read_image(out.getvalue(), "照片.png")


def test_frames_of_a_tiff_are_pages_with_boxes_in_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    stub(monkeypatch, Stub())
    out = io.BytesIO()
    drawn().save(out, "TIFF", save_all=True, append_images=[drawn()])
    found = read_scan.read_image(out.getvalue(), "照片.tif")
    tables = [b for b in found.blocks if isinstance(b, Table)]
    assert found.format == "image" and found.pages == 2 and [t.locator.page for t in tables] == [1, 2]
    assert tables[0].locator.boxes[0][1:] == tuple(pytest.approx(v, abs=4) for v in (COLUMNS[0], LEVELS[0], COLUMNS[-1], LEVELS[-1]))


def test_word_gaps_and_brackets() -> None:
    assert _joined("发布机构:清江市发布日期:", ["发布机构:清江市", "发布日期:"], [0.4]) == "发布机构:清江市 发布日期:"
    assert _joined("发布日期:", ["发布", "日期:"], [0.3]) == "发布日期:"
    assert _joined("甲，乙", ["甲，", "乙"], [0.9]) == "甲，乙"
    assert _text("<办法>（清政办发〔2013]44号）") == "《办法》（清政办发〔2013〕44号）"


@pytest.mark.skipif(importlib.util.find_spec("rapidocr") is None, reason="rapidocr is not installed")
def test_a_scanned_list_gives_the_rows_of_its_original() -> None:
    name = "two-storey.pdf"
    original = parse_file(DOCUMENTS / name).entries[:3]
    truth = [r for r in map(json.loads, (DOCUMENTS / "manifest.jsonl").read_text("utf-8").splitlines()) if r["file"] == name][:3]
    page = Pillow.open(io.BytesIO(page_png((DOCUMENTS / name).read_bytes(), 1, dpi=200))).convert("RGB")
    bottom = round((max(b[4] for e in original for b in e.locator.boxes) + 1.5) * 200 / 72)
    page.paste("white", (0, bottom, page.width, page.height))
    found = parse_bytes(as_pdf(page.rotate(0.6, fillcolor="white", resample=Pillow.Resampling.BICUBIC)), "扫描.pdf")
    assert found.kind is DocKind.LIST and [e.proof_name for e in found.entries] == [r["proof_name"] for r in truth]
    cells = [
        (getattr(e, k), r[k])
        for e, r in zip(found.entries, truth, strict=True)
        for k in ("matter", "replacement", "issuing_body")
        if r.get(k)
    ]
    assert sum(a == b for a, b in cells) >= 0.9 * len(cells)
    for entry, before in zip(found.entries, original, strict=True):
        assert entry.locator.boxes[0] == tuple(pytest.approx(v, abs=8) for v in before.locator.boxes[0])
