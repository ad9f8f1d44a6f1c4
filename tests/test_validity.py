"""Time: half-open windows, later versions, repeals, and what stays unknown."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from knowledge.repeals import find_repeals, repeals_of
from knowledge.types import Instrument, Provision, Status
from knowledge.validity import AmbiguousVersion, RepealFact, close_versions, since_known, status_on, version_on

D = date


def norm(version: str, effective: date | None = None, published: date | None = None, **more: object) -> Instrument:
    return replace(Instrument("样本条例", "样本条例", version, effective=effective, published=published), **more)  # type: ignore[arg-type]


OLD = norm("2015-01-01", D(2015, 3, 1), D(2015, 1, 1))
NEW = norm("2023-05-01", D(2023, 7, 1), D(2023, 5, 1))


@pytest.mark.parametrize(
    ("day", "old", "new"),
    [
        (D(2015, 2, 28), Status.NOT_YET, Status.NOT_YET),
        (D(2015, 3, 1), Status.IN_FORCE, Status.NOT_YET),
        (D(2023, 6, 30), Status.IN_FORCE, Status.NOT_YET),
        (D(2023, 7, 1), Status.AMENDED, Status.IN_FORCE),
    ],
)
def test_the_boundary_day_belongs_to_the_new_version(day: date, old: Status, new: Status) -> None:
    assert (status_on(OLD, day, later_versions=(NEW,)), status_on(NEW, day, later_versions=(OLD,))) == (old, new)
    closed = close_versions((OLD, NEW))
    assert [status_on(one, day) for one in closed] == [old, new]
    found = version_on((NEW, OLD), day)
    assert found == (NEW if new is Status.IN_FORCE else OLD if old is Status.IN_FORCE else None)


def test_repeal_closes_and_is_not_called_amended() -> None:
    closed = close_versions((OLD,), (RepealFact("样本条例", D(2020, 1, 1), "新样本条例@2019-10-01"),))[0]
    assert (closed.ended, closed.ended_by) == (D(2020, 1, 1), "新样本条例@2019-10-01")
    assert status_on(closed, D(2019, 12, 31)) is Status.IN_FORCE
    assert status_on(closed, D(2020, 1, 1)) is Status.REPEALED


def test_a_repeal_before_the_text_began_means_an_older_one() -> None:
    assert close_versions((NEW,), (RepealFact("样本条例", D(2015, 3, 1), "别的条例@2015-01-01"),))[0].ended is None


def test_what_the_source_says_is_kept() -> None:
    given = norm("2015-01-01", D(2015, 3, 1), ended=D(2018, 1, 1))
    assert close_versions((given, NEW))[0].ended == D(2018, 1, 1)


def test_unknown_stays_unknown() -> None:
    nothing = norm("undated")
    assert status_on(nothing, D(2020, 1, 1)) is Status.UNKNOWN
    assert status_on(replace(nothing, status=Status.REPEALED), D(2020, 1, 1)) is Status.REPEALED
    published = norm("2019-01-01", None, D(2019, 1, 1))
    assert status_on(published, D(2018, 12, 31)) is Status.NOT_YET
    assert status_on(published, D(2019, 1, 1)) is Status.IN_FORCE and not since_known(published)


def test_undated_text_gives_way_to_a_dated_version() -> None:
    assert version_on((norm("undated"), NEW), D(2024, 1, 1)) == NEW


def test_copies_count_once_and_equals_are_ambiguous() -> None:
    assert version_on((NEW, replace(NEW)), D(2024, 1, 1)) == NEW
    other = replace(NEW, name="样本条例", region="云溪省")
    twin = replace(other, version="2023-05-02", name="另一条例")
    found = version_on((NEW, twin), D(2024, 1, 1))
    assert isinstance(found, AmbiguousVersion) and len(found.candidates) == 2


def test_books_share_the_day_one_of_them_states() -> None:
    books = [norm("2020-05-28", D(2021, 1, 1), part="物权编"), norm("2020-05-28", None, part="婚姻家庭编")]
    closed = close_versions(books)
    assert [one.effective for one in closed] == [D(2021, 1, 1), D(2021, 1, 1)]
    assert closed[1].effective_basis == "other_book" and closed[0].ended is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("本条例自2020年1月1日起施行。《甲条例》、《中华人民共和国乙法》同时废止。", ["甲条例", "乙法"]),
        ("1990年1月2日某省会通过，根据2000年3月4日《关于修改〈甲办法〉的决定》修正的《甲办法》同时废止。", ["甲办法"]),
        ("一、废止《丙规定》（2001年5月1日通过）。", ["丙规定"]),
        ("《丁的解释》（法释〔2000〕8号）同时废止；以前发布的司法解释与本解释不一致的，以本解释为准。", ["丁的解释"]),
        ("《戊〈己法〉实施办法》即行废止。", ["戊己法实施办法"]),
        ("制定机关应当及时修改或者废止《甲条例》以外的规定。", []),
        ("地方性法规的修改、废止程序，适用本条例和《立法法》的规定。", []),
        ("违反《甲条例》的，依照本条例处罚。", []),
    ],
)
def test_repeal_clauses(text: str, names: list[str]) -> None:
    assert [repeal.name for repeal in find_repeals(text)] == names


def test_repeal_days() -> None:
    found = find_repeals("本条例自2003年10月1日起施行。1994年1月12日国务院批准、1994年2月1日民政部发布的《旧条例》同时废止。")[0]
    assert (found.on, found.dated) == (D(2003, 10, 1), D(1994, 2, 1))


def test_repeals_of_an_amended_text_date_from_the_original() -> None:
    amended = norm("2019-10-22", D(2019, 10, 22))
    article = Provision("r", "第六条", "article", "本条例自2001年5月1日起施行。《旧样本办法》同时废止。")
    assert [(name, day) for _, name, day, _ in repeals_of(amended, [article])] == [("旧样本办法", D(2001, 5, 1))]
    assert repeals_of(replace(amended, name="旧样本办法"), [article]) == ()


def test_windows_have_no_hole() -> None:
    closed = close_versions((OLD, NEW))
    for offset in range(-3, 4):
        day = D(2023, 7, 1) + timedelta(days=offset)
        assert sum(status_on(one, day) is Status.IN_FORCE for one in closed) == 1
