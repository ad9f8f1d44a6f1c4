"""Many people at once: the served world answers as the plain one, threads do not mix up answers, examples are answered, answers are kept masked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from assistant.access import Access
from assistant.answer import dumps, to_json
from assistant.decide import decide
from assistant.pages.dialog import buttons, complete
from assistant.pages.site import Site, read_day
from assistant.served import ServedWorld
from assistant.world import World
from knowledge.store import Library
from knowledge.types import Role

DAY = date(2026, 11, 21)
QUESTIONS = [
    ("办理公租房要收入证明吗", "云溪省清江市"),
    ("申请临时救助，街道要我交家庭人口证明", "云溪省清江市"),
    ("结婚登记还要户口簿吗", None),
    ("考教师资格证要无犯罪记录证明吗", None),
    ("要我开亲属关系证明", None),
    ("证明我妈是我妈", None),
    ("离婚登记要单位介绍信吗", None),
    ("补办身份证要派出所证明吗", None),
]


@pytest.fixture(scope="module")
def site(corpora_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(lambda: Library.open(corpora_library), Access(tmp_path_factory.mktemp("access")))


def _said(world: World, question: str, region: str | None) -> str:
    return dumps(to_json(decide(world, question, region=region, as_of=DAY, today=DAY)))


def test_the_served_world_gives_the_same_bytes(site: Site, corpora_library: Path) -> None:
    plain = World(Library.open(corpora_library))
    assert isinstance(site.world(), ServedWorld)
    for question, region in QUESTIONS:
        assert _said(site.world(), question, region) == _said(plain, question, region)


def test_threads_do_not_mix_up_their_answers(site: Site) -> None:
    world = site.world()
    alone = {asked: _said(world, *asked) for asked in QUESTIONS}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda asked: (asked, _said(world, *asked)), QUESTIONS * 6))
    assert all(said == alone[asked] for asked, said in answers)


def test_examples_come_from_the_library_and_are_answered(site: Site) -> None:
    found = site.examples()
    assert 4 <= len(found) <= 6 and len({question for question, _ in found}) == len(found)
    assert any(region for _, region in found)


def test_an_empty_library_has_no_examples(tmp_path: Path) -> None:
    Library.open(tmp_path / "library", writable=True).close()
    empty = Site(lambda: Library.open(tmp_path / "library"), Access(tmp_path))
    assert empty.examples() == ()


def test_an_answer_is_decided_once_and_kept_without_personal_numbers(site: Site) -> None:
    asked = ("我的身份证号是110101199003070011，办理公租房要收入证明吗", "云溪省清江市", DAY, Role.CITIZEN)
    first, again = site.answer(*asked), site.answer(*asked)
    assert first is again
    assert "110101199003070011" not in repr(list(site._answers)) + repr(first[1])


def test_a_second_question_that_changes_nothing_is_not_asked(site: Site) -> None:
    world = site.world()
    result = decide(world, "要我开亲属关系证明", as_of=DAY)
    everything = buttons(world, result)
    assert len(everything) == 2

    def always_the_same(question: str):
        return decide(world, "结婚登记还要户口簿吗", as_of=DAY)

    assert buttons(world, result, always_the_same) == everything[:1]
    assert len(buttons(world, result, lambda question: decide(world, question, as_of=DAY))) in (1, 2)


@pytest.mark.parametrize(
    ("typed", "day"),
    [("2026-11-21", DAY), ("2026年11月21日", DAY), ("20261121", DAY), ("2026/11/21", DAY), ("", None), (None, None), (" ", None)],
)
def test_days_as_typed(typed: str | None, day: date | None) -> None:
    assert read_day(typed) == day


@pytest.mark.parametrize("typed", ["昨天", "2026-13-01", "2026-02-30", "20261"])
def test_what_is_no_day(typed: str) -> None:
    with pytest.raises(ValueError):
        read_day(typed)


@pytest.mark.parametrize(
    ("typed", "first"),
    [("要我开亲属关系证明", None), ("办理公租房", "公共租赁住房申请"), ("我要开无犯罪", "无犯罪记录证明"), ("wufanzui", "无犯罪记录证明")],
)
def test_what_is_written_out_is_not_completed_and_what_is_meant_stands_first(typed: str, first: str | None) -> None:
    names = complete(typed)[1]
    assert (names[0] if names else None) == first
