"""Lines of scanned tables without walls: columns that nearly touch, rows parted by nothing but spacing, letters under a seal."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.pdf_borderless import borderless
from ingest.pdf_columns import Bands, cuts_at_full_lines
from ingest.pdf_lines import Line, Segment

pytest.importorskip("cv2", reason="the extra [ocr] is not installed")
from ingest.scan_image import without_seals
from ingest.scan_lines import Found, _parted, _starts

BANDS = Bands(((0, 10), (20, 90), (100, 190), (200, 300)), serial=True, loose=True)


def line(top: float, *pieces: tuple[str, float, float]) -> Line:
    return Line(tuple(Segment(text, (x0, top, x1, top + 10), 10.0) for text, x0, x1 in pieces))


def test_the_first_line_of_a_page_read_over_two_columns_goes_on_with_the_table() -> None:
    lines = [
        line(20, ("11", 0, 8), ("经营场所", 20, 60), ("清江市市场 村（居）民委", 100, 280)),
        line(32, ("证明", 20, 40), ("监督局", 100, 130), ("员会", 200, 220)),
        line(50, ("12", 0, 8), ("户口注销", 20, 60), ("清江市", 100, 130), ("派出所", 200, 230)),
    ]
    found = borderless(lines, [], 2, 1, BANDS, read=True)
    assert found is not None
    assert [[c.text for c in row] for row in found.table.rows] == [
        ["11", "经营场所证明", "清江市市场监督局", "村（居）民委员会"],
        ["12", "户口注销", "清江市", "派出所"],
    ]


def test_rows_start_where_every_column_has_a_word_however_uneven_the_spacing() -> None:
    body = [
        line(20.0, ("1", 0, 8), ("居住证明", 20, 60), ("《甲办法》（清", 100, 170), ("教育局", 200, 230)),
        line(31.5, ("教〔2015〕", 100, 150)),
        line(45.0, ("2", 0, 8), ("无房证明", 20, 60), ("《乙办法》（清", 100, 170), ("民政局", 200, 230)),
        line(57.5, ("民〔2014〕", 100, 150), ("某科", 200, 220)),
        line(69.0, ("3号）", 100, 120)),
        line(83.0, ("3", 0, 8), ("收入证明", 20, 60), ("《丙办法》", 100, 150), ("公安局", 200, 230)),
    ]
    assert cuts_at_full_lines(body, BANDS) == [2, 5]
    assert cuts_at_full_lines(body[1:], BANDS) == []  # set in the middle of the row: nothing can be said


def test_a_small_gap_parts_two_words_only_where_a_column_begins() -> None:
    marks = np.zeros((200, 600), np.uint8)
    for x in range(100, 300, 20):
        marks[50:68, x + 1 : x + 19] = 255
    for x in range(302, 402, 20):  # a gap of 4 pixels: a fifth of a character
        marks[50:68, x + 1 : x + 19] = 255
    item = Found((101, 50, 401, 68), "清江市人力资源和社保村居民委会", 0.9, 20.0)
    heads = [Found((101, 10, 201, 28), "索要单位", 0.9, 20.0), Found((303, 10, 403, 28), "开具单位", 0.9, 20.0)]
    assert _starts([*heads, item]) == [303]
    assert [round(b[0]) for b in _parted(item, marks, _starts(heads))] == [101, 303]
    assert len(_parted(item, marks, [])) == 1


def test_letters_under_a_seal_stay_and_its_grain_goes() -> None:
    import cv2

    page = np.full((600, 600, 3), 245, np.uint8)
    for x in range(200, 400, 24):
        page[290:310, x : x + 12] = 20
    seal = page.copy()
    cv2.circle(seal, (300, 300), 120, (30, 30, 250), -1)
    mixed = (0.25 * page + 0.75 * seal).astype(np.float32) + np.random.default_rng(1).normal(0, 6, (600, 600, 1))
    clear = without_seals(np.clip(mixed, 0, 255).astype(np.uint8)).min(axis=2)
    letters = np.zeros((600, 600), bool)
    for x in range(200, 400, 24):
        letters[292:308, x + 2 : x + 10] = True
    inside = np.zeros((600, 600), np.uint8)
    cv2.circle(inside, (300, 300), 100, 1, -1)
    paper = (inside > 0) & ~(cv2.dilate(letters.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0)
    assert np.median(clear[letters & (inside > 0)]) < 130 and (clear[paper] < 200).mean() < 0.002
