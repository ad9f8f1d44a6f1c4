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

from assistant.as_json import entry_json
from evals.places import held_rows
from ingest import read_scan
from ingest.blocks import Paragraph, Table
from ingest.pages import page_png
from ingest.parse import parse_bytes, parse_file
from ingest.pdf_lines import Box
from ingest.scan_image import Image, chained, erased, ink, level, noise_of, rules_of, skew_of, turned, without_seals
from ingest.scan_lines import _joined
from ingest.scan_text import line_text, whole_text
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


def test_a_speckled_page_is_levelled_and_ruled_like_a_clean_one() -> None:
    page = np.asarray(drawn().rotate(-0.7, fillcolor="white", resample=Pillow.Resampling.BICUBIC), dtype=np.float32) * 0.92
    noise = np.random.default_rng(3).normal(0, 9, (*page.shape[:2], 1))
    image = np.ascontiguousarray(np.clip(page + noise, 0, 255).astype(np.uint8)[:, :, ::-1])
    assert noise_of(image[:, :, 0]) > 5 and noise_of(array(drawn())[:, :, 0]) == 0
    found = skew_of(ink(image))
    assert found == pytest.approx(0.7, abs=0.06)
    upright = level(image, found)
    assert [len(cells) for cells in rules_of(ink(upright.image)).tables] == [12]
    assert (ink(upright.image)[800:] > 0).mean() < 0.005


def test_dashed_and_dotted_lines_close_cells_and_dotted_leaders_do_not() -> None:
    for on, off in ((6, 4), (5, 7), (3, 3)):
        page = drawn()
        draw = ImageDraw.Draw(page)
        for y in range(170, 460):
            for x in range(90, 1520):
                if (x % (on + off) >= on and any(abs(y - v) < 3 for v in LEVELS)) or (
                    y % (on + off) >= on and any(abs(x - v) < 3 for v in COLUMNS)
                ):
                    draw.point((x, y), "white")
        for x in range(100, 1500, 8):
            draw.rectangle((x, 700, x + 3, 703), "black")
        assert [len(cells) for cells in rules_of(ink(array(page))).tables] == [12]


@pytest.mark.parametrize("turn", [0, 180])
def test_a_row_cut_by_the_page_break_is_closed_where_the_walls_stop(turn: int) -> None:
    page = drawn()
    draw = ImageDraw.Draw(page)
    for x in COLUMNS:
        draw.line((x, LEVELS[-1], x, 500), "black", 3)
    tables = rules_of(ink(array(page.rotate(turn)))).tables
    assert [len(cells) for cells in tables] == [15]
    assert {round(b - t) for _, t, _, b in tables[0]} <= set(range(55, 67))


def test_walls_that_end_a_little_below_the_last_line_open_no_row() -> None:
    page = drawn()
    draw = ImageDraw.Draw(page)
    for x in COLUMNS:
        draw.line((x, LEVELS[-1], x, LEVELS[-1] + 10), "black", 3)
    draw.line((COLUMNS[1], LEVELS[-1], COLUMNS[1], 560), "black", 3)
    assert [len(cells) for cells in rules_of(ink(array(page))).tables] == [12]


def test_a_dashed_line_does_not_go_on_through_the_letters_beside_it() -> None:
    page = Pillow.new("RGB", (1654, 1169), "white")
    draw = ImageDraw.Draw(page)
    for y, x1 in ((200, 1500), (260, 700), (320, 1500)):
        for x in range(100, x1, 10):
            draw.rectangle((x, y, x + 5, y + 2), "black")
    for x in (100, 700, 1500):
        for y in range(200, 320, 10):
            draw.rectangle((x, y, x + 2, y + 5), "black")
    for x in range(710, 1460, 28):  # 田田田: the middle strokes stand at the height of the line
        for y in (250, 260, 270):
            draw.rectangle((x, y, x + 20, y + 2), "black")
        for side in (x, x + 9, x + 18):
            draw.rectangle((side, 250, side + 2, 270), "black")
    assert [len(cells) for cells in rules_of(ink(array(page))).tables] == [3]


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
    monkeypatch.setattr("ingest.scan_lines.missed", lambda *_: [])
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
    assert line_text("<办法>（清政办发〔2013]44号）") == "《办法》（清政办发〔2013〕44号）"


def test_brackets_that_the_text_itself_puts_right() -> None:
    for read, meant in (
        ("《岗位办法》(清人社(2017) 18号)", "《岗位办法》(清人社〔2017〕18号)"),
        ("《护理方案）（清民(2015]41号)", "《护理方案》（清民〔2015〕41号)"),
        ("《保障意见))(清政办发〔2017〕19号)", "《保障意见》(清政办发〔2017〕19号)"),
        ("《工作指引》（(清市监〔2018〕11号)", "《工作指引》(清市监〔2018〕11号)"),
        ("公安．残联、医保", "公安、残联、医保"),
        ("(2016]30号)", "〔2016〕30号)"),  # the rest of a cell that the page break cuts
        ("《条例（试行）》（国发（2018）第3号）", "《条例（试行）》（国发〔2018〕第3号）"),
    ):
        assert whole_text(read) == meant
    for kept in ("《民法典(2020)》", "（2015年修订）", "办理（3号窗口）", "比例为2．5倍", "《办法》（第3条）"):
        assert whole_text(kept) == kept


def test_the_page_is_searched_once_to_set_it_upright() -> None:
    sides: list[int] = []

    class Counting(Stub):
        def find(self, image: Image) -> list[Box]:
            sides.append(max(image.shape))
            return super().find(image)

    assert read_scan._quarters(array(drawn()), Counting()) == 0 and len(sides) == 1


@pytest.mark.skipif(importlib.util.find_spec("rapidocr") is None, reason="rapidocr is not installed")
def test_a_scanned_list_gives_the_rows_of_its_original() -> None:
    name = "two-storey.pdf"
    original = parse_file(DOCUMENTS / name).entries[:3]
    truth = [r for r in map(json.loads, (DOCUMENTS / "manifest.jsonl").read_text("utf-8").splitlines()) if r["file"] == name][:3]
    page = Pillow.open(io.BytesIO(page_png((DOCUMENTS / name).read_bytes(), 1, dpi=200))).convert("RGB")
    bottom = round((max(b[4] for e in original for b in e.locator.boxes) + 1.5) * 200 / 72)
    page.paste("white", (0, bottom, page.width, page.height))
    scan = as_pdf(page.rotate(0.6, fillcolor="white", resample=Pillow.Resampling.BICUBIC))
    found = parse_bytes(scan, "扫描.pdf")
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
    assert all(held_rows(scan, "扫描.scan.pdf", [entry_json(e) for e in found.entries]))
