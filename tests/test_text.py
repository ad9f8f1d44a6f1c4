"""Numerals, folding and matching names."""

import pytest

from knowledge.text import (
    article_label,
    clause_label,
    doc_number,
    format_number,
    law_name,
    normalise,
    parse_number,
    simplify,
    squeeze,
    version_note,
)


@pytest.mark.parametrize("number", [0, 1, 9, 10, 11, 19, 20, 99, 100, 101, 110, 111, 128, 205, 1000, 1001, 1010, 1100, 1260, 9999, 10010])
def test_numerals_go_both_ways(number: int) -> None:
    assert parse_number(format_number(number)) == number


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("一百二十八", 128), ("１２", 12), ("廿三", 23), ("二〇二〇", 2020), ("两百", 200), ("一百十", 110), ("三十－", 31), ("〇", 0)],
)
def test_odd_numerals(numeral: str, value: int) -> None:
    assert parse_number(numeral) == value


@pytest.mark.parametrize("text", ["", "条", "一条", "abc", "第"])
def test_what_is_no_numeral(text: str) -> None:
    assert parse_number(text) is None


def test_format_number_refuses_what_it_cannot_write() -> None:
    with pytest.raises(ValueError, match="out of range"):
        format_number(-1)


def test_labels() -> None:
    assert article_label(17, 1) == "第十七条之一"
    assert clause_label(1, 2, 3) == "第一款第（二）项第3目"
    assert clause_label(None, 2) == "第（二）项"


def test_normalise_leads_back_to_the_source() -> None:
    source = "依据〈某某　法〉笫\u200b１２条"
    folded = normalise(source)
    assert folded.text == "依据《某某 法》第12条"
    at = folded.text.index("12")
    start, end = folded.source_span(at, at + 2)
    assert source[start:end] == "１２"
    assert folded.source_span(999, 1000) == (len(source), len(source))


def test_normalise_simplifies_on_request() -> None:
    assert normalise("親屬關係證明", simplified=True).text == "亲属关系证明"
    assert len(simplify("無犯罪記錄證明")) == 7


@pytest.mark.parametrize(
    ("title", "name", "note"),
    [
        ("《中华人民共和国甲乙条例》（2025年修订）", "甲乙条例", "2025年修订"),
        ("甲乙条例(2019-10-22)", "甲乙条例", "2019-10-22"),
        ("甲乙规定（试行）", "甲乙规定（试行）", None),
        ("某省实施《中华人民共和国 甲乙法》办法", "某省实施甲乙法办法", None),
        ("关于甲乙的解释（二）", "关于甲乙的解释（二）", None),
    ],
)
def test_matching_names(title: str, name: str, note: str | None) -> None:
    assert law_name(title) == name
    assert version_note(title) == note


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("公通字[2016]21号", "公通字〔2016〕21号"),
        ("（国办发（2018） 47 号）", "国办发〔2018〕47号"),
        ("中华人民共和国国务院令第７２２号公布", "国务院令第722号"),
        ("公安部令（第一百六十四号）", "公安部令第164号"),
        ("第三号", None),
    ],
)
def test_document_numbers(text: str, number: str | None) -> None:
    assert doc_number(text) == number


def test_squeeze() -> None:
    assert squeeze(" 甲 乙\u3000\n丙 ") == "甲乙丙"
