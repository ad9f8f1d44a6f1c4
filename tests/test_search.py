"""Exact references are looked up, questions are searched; scope, reasons and refresh."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from knowledge import search as module
from knowledge.search import Hit, Search, open_search, refresh
from knowledge.search_index import folder_of, is_current
from knowledge.store import Library
from tests.factories import law, listing, row

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("search"), writable=True) as opened:
        opened.put(
            law(
                "清江市证明事项管理办法",
                {
                    1: ["为了减少群众办事负担，制定本办法。"],
                    2: ["村民委员会不得出具亲属关系证明。", "派出所可以查询户籍档案。"],
                    3: ["申请社会救助的，不再提交收入证明，由民政部门核对家庭经济状况。"],
                },
                effective="2020-03-01",
            )
        )
        opened.put(law("清江市旧证明办法", {1: ["村民委员会出具亲属关系证明。"]}, version="2001-01-01", effective="2030-01-01"))
        opened.put(listing(row(), row("无犯罪记录证明", "保安员证", 2)))
        refresh(opened)
        yield opened


@pytest.fixture(scope="module")
def search(library: Library) -> Search:
    return open_search(library)


def labels(hits: list[Hit]) -> list[str]:
    return [f"{hit.record.title}{hit.record.label}" for hit in hits]


@pytest.mark.parametrize(
    ("query", "expected", "text"),
    [
        ("清江市证明事项管理办法第二条", "清江市证明事项管理办法第二条", "村民委员会不得出具亲属关系证明。\n派出所可以查询户籍档案。"),
        ("《清江市证明事项管理办法》第二条第二款", "清江市证明事项管理办法第二条第二款", "派出所可以查询户籍档案。"),
        ("清江市证明事项管理办法2条2款", "清江市证明事项管理办法第二条第二款", "派出所可以查询户籍档案。"),
        (
            "清江市证明事项管理办法@2020-01-01#art_3",
            "清江市证明事项管理办法第三条",
            "申请社会救助的，不再提交收入证明，由民政部门核对家庭经济状况。",
        ),
    ],
)
def test_a_reference_is_looked_up(search: Search, query: str, expected: str, text: str) -> None:
    hits = search.search(query, day=DAY)
    assert labels(hits) == [expected]
    assert hits[0].record.text == text
    assert hits[0].why == ("引用的就是这一条",)


def test_a_list_row_is_found_by_title_and_number(search: Search) -> None:
    hits = search.search("清江市取消证明事项清单（第一批）序号2", day=DAY)
    assert [hit.record.text.split("\n")[0] for hit in hits] == ["无犯罪记录证明"]
    assert hits == search.search(hits[0].record.ref, day=DAY)


def test_a_made_up_article_is_not_replaced_by_a_neighbour(search: Search) -> None:
    assert all(hit.why != ("引用的就是这一条",) for hit in search.search("清江市证明事项管理办法第九十九条", day=DAY))


def test_a_question_finds_the_article_and_says_why(search: Search) -> None:
    hits = search.search("村里能不能开亲属关系的证明？", day=DAY)
    assert labels(hits)[0] == "清江市证明事项管理办法第二条"
    assert any(reason.startswith("共有：") and "亲属关系" in reason for reason in hits[0].why)
    assert hits[0].score >= hits[1].score


def test_only_what_is_in_force_unless_all_versions(search: Search) -> None:
    now = labels(search.search("亲属关系证明", day=DAY))
    assert "清江市旧证明办法第一条" not in now
    assert "清江市旧证明办法第一条" in labels(search.search("亲属关系证明", all_versions=True))
    assert "清江市旧证明办法第一条" in labels(search.search("亲属关系证明", day=date(2031, 1, 1)))


def test_kinds_and_regions_limit(search: Search) -> None:
    rows = search.search("无犯罪记录证明", day=DAY, kinds=("entry",))
    assert rows and all(hit.record.kind == "entry" for hit in rows)
    assert search.search("亲属关系证明", day=DAY, regions=("别处",)) == []


@pytest.mark.parametrize("query", ["", "  ", "？！", "龘靐"])
def test_nothing_found_is_an_empty_list(search: Search, query: str) -> None:
    assert search.search(query, day=DAY) == []


def test_the_json_of_a_hit_is_the_contract(search: Search) -> None:
    shown = search.search("收入证明", day=DAY, limit=1)[0].as_json()
    assert {"ref", "title", "label", "document", "score", "why"} <= shown.keys()
    assert shown["label"] == "第三条"


def test_same_query_same_answer(search: Search, library: Library) -> None:
    again = open_search(library)
    assert search.search("谁来核对收入", day=DAY) == again.search("谁来核对收入", day=DAY)


def test_untrained_search_uses_nothing_learned_from_questions(search: Search) -> None:
    plain = search.untrained()
    assert plain.ranker is None and plain.engine.memory is None
    assert labels(plain.search("收入证明", day=DAY))[0].endswith("第三条")


def test_refresh_follows_the_store(tmp_path: Path) -> None:
    with Library.open(tmp_path, writable=True) as library:
        library.put(law("甲办法", {1: ["养狗要登记。"]}))
        assert not is_current(library)
        assert refresh(library).records == 1
        assert is_current(library) and refresh(library).records == 0
        before = open_search(library)
        library.put(law("乙办法", {1: ["养猫不要登记。"]}))
        assert not is_current(library)
        assert refresh(library).records == 2
        assert len(before.search("登记", all_versions=True)) == 1  # still serves what it was opened on
        assert len(open_search(library).search("登记", all_versions=True)) == 2


def test_an_unfinished_refresh_is_done_again(tmp_path: Path) -> None:
    with Library.open(tmp_path, writable=True) as library:
        library.put(law("甲办法", {1: ["养狗要登记。"]}))
        refresh(library)
        index = module.LexicalIndex(folder_of(library))
        (index.folder / "vectors.json").unlink()
        assert not is_current(library)
        assert open_search(library).search("养狗", all_versions=True)


def test_an_empty_library_finds_nothing(tmp_path: Path) -> None:
    with Library.open(tmp_path, writable=True) as library:
        refresh(library)
        assert open_search(library).search("什么", all_versions=True) == []
