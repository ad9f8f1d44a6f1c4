"""Scanned tables without walls: lines cut where the columns part, headings over several columns, what the finder read twice or passed over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from ingest.pdf_borderless import borderless
from ingest.pdf_columns import Bands, cut_bands, cuts_at_centres
from ingest.pdf_lines import Line, Segment
from ingest.pdf_tables import ruled

pytest.importorskip("cv2", reason="the extra [ocr] is not installed")
from ingest.pdf_lines import Box
from ingest.scan_columns import overlooked, parted
from ingest.scan_image import Image, Mask, Rules, erased, ink, rules_of
from ingest.scan_lines import Found, _columns, _once, missed, pieces_of_lines
from ingest.scan_rules import unstruck

BANDS = Bands(((0, 10), (20, 90), (100, 190), (200, 300)), serial=True, loose=True)
NOTHING = Rules(np.zeros((200, 600), np.uint8), np.zeros((200, 600), np.uint8), ())


class Widths:
    """Says how wide the ink of a piece is, in letters of 20 pixels."""

    name = "stub"

    def find(self, image: Image) -> list[Box]:
        return []

    def read(self, pieces: Sequence[Image]) -> list[tuple[str, float]]:
        inked = [np.flatnonzero((ink(p) > 0).any(axis=0)) for p in pieces]
        return [("字" * round((x[-1] - x[0] + 1) / 20) if len(x) else "", 0.95) for x in inked]


def line(top: float, *pieces: tuple[str, float, float]) -> Line:
    return Line(tuple(Segment(text, (x0, top, x1, top + 10), 10.0) for text, x0, x1 in pieces))


def page(*letters: tuple[int, int]) -> Image:
    """A grey page with letters of 18 by 18 pixels at these places."""
    image = np.full((200, 600, 3), 235, np.uint8)
    for x, y in letters:
        image[y : y + 18, x : x + 18] = 20
    return image


def test_a_line_over_two_columns_is_cut_at_their_gap_and_read_anew() -> None:
    letters = [(x, 50) for x in (100, 120, 140, 160, 185, 205, 225)]
    found = [Found((20, 50, 38, 68), "1", 0.9, 20.0), Found((100, 50, 243, 68), "清江市教村居委", 0.9, 20.0)]
    columns = [(20.0, 40.0), (100.0, 179.0), (184.0, 300.0)]
    cut = parted(found, columns, (40, 45), page(*letters), NOTHING, Widths())
    assert [(f.text, round(f.box[0]), round(f.box[2])) for f in cut] == [("1", 20, 38), ("字字字字", 100, 178), ("字字字", 185, 243)]


def test_a_line_without_white_at_the_gap_and_a_line_standing_alone_stay_whole() -> None:
    letters = [(x, 50) for x in range(100, 260, 20)]
    found = [Found((20, 50, 38, 68), "1", 0.9, 20.0), Found((100, 50, 258, 68), "清江市人民政府办", 0.9, 20.0)]
    columns = [(20.0, 40.0), (100.0, 189.0), (191.0, 300.0)]
    image = page(*letters)
    image[50:68, 170:210] = 20
    assert parted(found, columns, (40, 45), image, NOTHING, Widths()) == found
    alone = [Found((100, 50, 243, 68), "清江市教村居委", 0.9, 20.0)]
    spaced = page(*((x, 50) for x in (100, 120, 140, 160, 182, 202, 222)))
    assert parted(alone, [(100.0, 179.0), (181.0, 300.0)], (40, 45), spaced, NOTHING, Widths()) == alone


def test_a_heading_over_two_columns_is_not_cut_between_its_letters() -> None:
    found = [Found((20, 50, 98, 68), "证明名称", 0.9, 20.0), Found((140, 50, 222, 68), "涉及单位", 0.9, 20.0)]
    image = page(*((x, 50) for x in (140, 162, 182, 202)))
    columns = [(20.0, 98.0), (130.0, 158.0), (162.0, 240.0)]
    assert parted(found, columns, (40, 80), image, NOTHING, Widths()) == found
    assert len(parted(found, columns, (40, 45), image, NOTHING, Widths())) == 3


def test_digits_that_the_finder_passed_over_are_read_in_their_column() -> None:
    image = page((20, 50), (20, 90), (100, 50), (100, 90), (400, 150))
    found = [Found((20, 50, 38, 68), "1", 0.9, 20.0), *(Found((100, y, 118, y + 18), "甲", 0.9, 20.0) for y in (50, 90))]
    more = overlooked(found, [(20.0, 40.0), (100.0, 200.0)], (45.0, 115.0), image, NOTHING, Widths())
    assert [(f.text, round(f.box[0]), round(f.box[1])) for f in more] == [("字", 20, 90)]


def test_no_letter_lies_in_two_boxes() -> None:
    marks: Mask = ink(page(*((x, 50) for x in (100, 120, 140, 180, 200, 220))))
    boxes = [((98.0, 48.0, 186.0, 70.0), False), ((178.0, 48.0, 240.0, 70.0), False), ((118.0, 49.0, 140.0, 70.0), False)]
    assert sorted((round(b[0], -1), round(b[2], -1)) for b, _ in _once(boxes, marks)) == [(100, 160), (180, 240)]
    image = page((100, 50), (122, 50))
    piece = pieces_of_lines(image, [(100.0, 50.0, 118.0, 68.0), (122.0, 50.0, 140.0, 68.0)])[0]
    assert (piece[:, -3:] > 200).all() and piece.shape[1] > 24


def test_dirt_lower_than_letters_is_no_line_and_a_low_letter_is_one() -> None:
    image = page((20, 30), (60, 30))
    image[80:86, 20:27] = 20  # dirt
    image[120:123, 20:120] = 20  # the rest of a line
    image[150:155, 20:38] = 20  # 一
    cell = (0.0, 0.0, 300.0, 200.0)
    boxes = [(20.0, 30.0, 38.0, 48.0), (60.0, 30.0, 78.0, 48.0)]
    assert [round(b[1], -1) for b in missed([cell], boxes, ink(image))] == [150]


def test_a_line_taken_off_grey_paper_leaves_no_specks_beside_it() -> None:
    image = np.clip(np.random.default_rng(1).normal(225, 9, (300, 300, 1)) + np.zeros(3), 0, 255).astype(np.uint8)
    image[148:153] = 10
    mask = np.zeros((300, 300), np.uint8)
    mask[146:155] = 255
    assert (ink(erased(image, mask)) > 0).mean() < 0.001


def test_a_merged_cell_that_goes_on_over_the_page_is_closed_with_the_others() -> None:
    marks = np.zeros((1100, 800), np.uint8)
    for y in (100, 200, 300, 400):
        for x0, x1 in ((100, 300), (500, 700)) if y in (300, 400) else ((100, 700),):
            marks[y : y + 3, x0:x1] = 255
    for x in (100, 300, 500, 700):
        marks[100:403, x : x + 3] = 255
    assert [len(cells) for cells in rules_of(marks).tables] == [8]


def test_walls_that_lean_a_little_are_one_wall() -> None:
    cells = [(x + 1.2 * r, 20.0 * r, x + 50 + 1.2 * r, 20.0 * r + 20) for r in range(6) for x in (0.0, 50.0)]
    chars = [{"text": "字", "x0": c[0] + 5, "x1": c[0] + 15, "top": c[1] + 5, "bottom": c[1] + 15, "size": 10.0} for c in cells]
    made = ruled(cells, chars, 1, 1)
    assert made is not None and [[c.text for c in row] for row in made[0].rows] == [["字", "字"]] * 6


def test_a_heading_set_at_the_left_over_two_columns_is_no_column() -> None:
    lines = [
        line(0, ("序号", 0, 10), ("证明名称", 20, 60), ("涉及单位", 100, 140)),
        line(22, ("要求提供证明的单位", 100, 185), ("出具机构", 200, 240)),
        line(44, ("1", 0, 8), ("居住证明", 20, 60), ("学校", 100, 120), ("居委会", 200, 230)),
        line(66, ("2", 0, 8), ("无房证明", 20, 60), ("房管局", 100, 130), ("报社", 200, 220)),
    ]
    found = borderless(lines, [], 1, 1, read=True)
    assert found is not None
    assert [[c.text for c in row] for row in found.table.rows] == [
        ["序号", "证明名称", "涉及单位", "涉及单位"],
        ["序号", "证明名称", "要求提供证明的单位", "出具机构"],
        ["1", "居住证明", "学校", "居委会"],
        ["2", "无房证明", "房管局", "报社"],
    ]


def test_a_row_begun_by_one_long_cell_goes_on_with_the_page_before() -> None:
    lines = [
        line(20, ("《清江市食品", 100, 190)),
        line(32, ("11", 0, 8), ("经营场所", 20, 60), ("小作坊登记》", 100, 180), ("居委会", 200, 240)),
        line(44, ("办法》", 100, 140)),
    ]
    found = borderless(lines, [], 2, 1, BANDS, read=True)
    assert found is not None and [c.text for c in found.table.rows[0]] == ["11", "经营场所", "《清江市食品小作坊登记》办法》", "居委会"]
    assert borderless([line(0, ("第二页", 100, 130)), *lines[1:]], [], 2, 1, BANDS, read=True) is None


def test_a_signature_below_the_table_does_not_hide_the_column_of_numbers() -> None:
    leaves = [Segment("序号证明名称", (0, 0, 60, 10), 10.0), Segment("办理事项", (100, 0, 140, 10), 10.0)]
    body = [line(20.0 * n, (str(n), 2, 8), ("居住证明", 20, 60), ("入学", 100, 120)) for n in (1, 2, 3)]
    bands = cut_bands(leaves, [*body, line(100, ("清江市人民政府", 0, 70))])
    assert bands is not None and bands.serial and [round(a) for a, _ in bands.columns] == [0, 20, 100]


def test_a_signature_below_the_closing_line_of_a_table_without_numbers_is_no_row() -> None:
    lines = [
        line(0, ("证明名称", 0, 60), ("办理事项", 100, 140), ("出具单位", 200, 240)),
        line(20, ("居住证明", 0, 60), ("入学", 100, 120), ("居委会", 200, 230)),
        line(32, ("材料", 0, 20)),
        line(48, ("无房证明", 0, 60), ("公租房", 100, 130), ("房管局", 200, 230)),
        line(60, ("明", 0, 10)),
        line(90, ("清江市办", 0, 40)),
    ]
    found = borderless(lines, [12.0, 72.0], 1, 1, read=True)
    assert found is not None
    assert [row[0].text for row in found.table.rows] == ["证明名称", "居住证明材料", "无房证明明"]
    unruled = borderless(lines, [], 1, 1, read=True)
    assert unruled is not None and "清江市办" in unruled.table.rows[-1][0].text


def test_rows_of_cells_set_in_the_middle_are_those_that_share_a_centre() -> None:
    body = [
        line(20, ("《甲市个体", 100, 190)),
        line(26, ("居住证明", 20, 60), ("居委会", 200, 230)),
        line(32, ("办法》", 100, 140)),
        line(45, ("无房证明", 20, 60), ("《乙办法》", 100, 150), ("房管局", 200, 230)),
        line(58, ("《丙市办", 100, 190)),
        line(64, ("收入证", 20, 50), ("公安", 200, 220)),
        line(70, ("法》（甲", 100, 180)),
        line(76, ("明", 20, 30), ("局", 200, 210)),
        line(82, ("民）", 100, 120)),
    ]
    plain = Bands(((20, 90), (100, 190), (200, 300)), serial=False, loose=True)
    assert cuts_at_centres(body, plain) == [3, 4]
    top = [line(20.0 * n, ("居住证明", 20, 60), ("《甲办法》（甲", 100, 170), ("局", 200, 210)) for n in (1, 2)]
    assert cuts_at_centres([*top, line(52, ("民）", 100, 120))], plain) == []


def test_a_heading_set_above_and_between_two_is_over_both() -> None:
    lines = [
        line(0, ("证明名称", 0, 60), ("涉及单位", 150, 190), ("替代方式", 300, 340)),
        line(12, ("索要单位", 100, 140), ("开具部门", 200, 240)),
        line(30, ("居住证明", 0, 60), ("学校", 100, 120), ("居委会", 200, 230), ("不再提供", 300, 340)),
        line(50, ("无房证明", 0, 60), ("房管局", 100, 130), ("报社", 200, 220), ("内部核查", 300, 340)),
    ]
    found = borderless(lines, [], 1, 1, read=True)
    assert found is not None and [c.text for c in found.table.rows[0]] == ["证明名称", "涉及单位", "涉及单位", "替代方式"]
    assert [c.text for c in found.table.rows[1]] == ["证明名称", "索要单位", "开具部门", "替代方式"]


def test_strokes_of_letters_in_a_row_are_no_line_on_a_page_without_walls() -> None:
    marks = np.zeros((1100, 800), np.uint8)
    marks[200:202, 100:190] = 255  # the upper strokes of small letters
    for x in range(100, 190, 14):
        marks[200:212, x : x + 6] = 255
    marks[400:402, 100:700] = 255
    lines = np.where(np.arange(1100)[:, None] % 200 < 2, marks, 0).astype(np.uint8)
    kept = unstruck(lines, np.zeros_like(marks), marks, 1.0)
    assert not kept[200:202].any() and kept[400:402, 100:700].all()


def test_a_line_is_cut_at_a_wide_gap_where_its_text_has_no_space() -> None:
    item = Found((0, 0, 400, 20), "设定依据(法律 索要单位", 0.9, 20.0)
    parts: list[Box] = [(0, 0, 80, 20), (90, 0, 150, 20), (250, 0, 330, 20)]
    cut = _columns(item, parts, ["设定依据", "(法律", "索要单位"], [True, True])
    assert [(f.text, f.box[0]) for f in cut] == [("设定依据", 0), ("(法律", 90), ("索要单位", 250)]
