"""Columns of tables without cells, as a recogniser gives their lines: boxes that reach over, lines read together, a 序 read with the next heading."""

from __future__ import annotations

from ingest.pdf_columns import apart, cut_bands, fits, grown_bands, pieces_of
from ingest.pdf_lines import Line, Segment


def seg(text: str, x0: float, x1: float, top: float = 0.0) -> Segment:
    return Segment(text, (x0, top, x1, top + 10), 10.0)


HEAD = [seg("证明名称", 60, 100), seg("设定依据", 150, 190), seg("索要单位", 260, 300)]


def row(top: float, *pieces: tuple[str, float, float]) -> Line:
    return Line(tuple(seg(text, x0, x1, top) for text, x0, x1 in pieces))


def test_one_line_misread_over_two_columns_spoils_nothing() -> None:
    body = [
        row(20, ("居住证明", 60, 100), ("《某办法》（清", 150, 226), ("清江市教育局", 240, 300)),
        row(40, ("无房证明", 60, 100), ("《某办法》", 150, 200), ("(清清", 222, 246), ("清江市教育局", 240, 300)),
        row(60, ("收入证明", 60, 100), ("《某办法》", 150, 200), ("(清住建", 205, 233), ("清江市民政局", 240, 300)),
    ]
    bands = cut_bands(HEAD, body)
    assert bands is not None and bands.loose and [round(a) for a, _ in bands.columns] == [60, 150, 240]
    assert all(fits(line, bands) for line in body)
    grown = grown_bands(HEAD, body)
    assert grown is None or not all(fits(line, grown) for line in body)


def test_lines_over_several_columns_are_cut_by_the_width_of_their_characters() -> None:
    plain = [row(20 * n, ("居住证明", 60, 100), ("清江某某办法", 140, 200), ("清江市教育局", 240, 300)) for n in range(1, 5)]
    bands = cut_bands(HEAD, plain)
    assert bands is not None
    read = row(100, ("1", 0, 5), ("无房证明清江某某办法清江市民政局", 60, 300))
    assert [s.text for s in apart(read, bands).segments] == ["1", "无房证明", "清江某某办法", "清江市民政局"]
    lone = row(120, ("注意：清单之外的证明一律不得要求群众提供", 60, 300))
    assert apart(lone, bands).segments == lone.segments and not fits(lone, bands)


def test_a_serial_column_whose_heading_was_read_with_the_next_is_told_apart() -> None:
    head = [seg("序办理事项", 40, 100), seg("证明名称", 150, 190)]
    body = [row(20 * n, (str(n), 42, 48), ("子女入学", 60, 100), ("居住证明", 150, 190)) for n in range(1, 5)]
    bands = cut_bands(head, body)
    assert bands is not None and bands.serial and len(bands.columns) == 3
    assert [s.text for s in pieces_of(head[0], bands)] == ["序", "办理事项"]


def test_no_columns_where_running_text_stands_under_the_headings() -> None:
    assert cut_bands(HEAD, [row(20 * n, ("一段从左到右的文字没有栏", 60, 300)) for n in range(1, 5)]) is None


def test_a_wrapped_serial_heading_read_with_its_neighbour_is_told_apart() -> None:
    head = [seg("序", 42, 50), seg("号项", 42, 70, 12), seg("证明事", 60, 90), seg("办理事项", 150, 190)]
    body = [row(30 * n, (str(n), 42, 48), ("居住证明", 60, 100), ("子女入学", 150, 190)) for n in range(1, 5)]
    bands = cut_bands(head, body)
    assert bands is not None and bands.serial and len(bands.columns) == 3
    assert [s.text for s in pieces_of(head[1], bands)] == ["号", "项"]
