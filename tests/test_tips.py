"""Reports: nothing personal is kept, bad ones are refused, and those on a cancellation list come first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.pages.tips import Tips, Unfit, judge, suspicions
from assistant.world import World
from knowledge.store import Library
from tests.factories import REGION, listing, row

TODAY = date(2026, 11, 1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    with Library.open(tmp_path / "library", writable=True) as writer:
        writer.put(listing(row("居住证明", "入学报名", requesting_body="清江市教育局")))
    return World(Library.open(tmp_path / "library"))


def test_numbers_of_people_are_masked_before_they_are_kept(tmp_path: Path) -> None:
    tips = Tips(tmp_path)
    tips.add("收入证明 110101199003070011", "公租房", "某窗口 13812345678", "", TODAY)
    kept = tips.file.read_text()
    assert "110101199003070011" not in kept and "13812345678" not in kept


@pytest.mark.parametrize(
    ("proof", "unit", "day"), [("", "某窗口", TODAY), ("收入证明", " ", TODAY), ("收入证明", "某窗口", date(2999, 1, 1))]
)
def test_bad_reports_are_refused(tmp_path: Path, proof: str, unit: str, day: date) -> None:
    tips = Tips(tmp_path)
    with pytest.raises(Unfit):
        tips.add(proof, "", unit, "", day)
    assert tips.all() == []


def test_a_flood_is_stopped(tmp_path: Path) -> None:
    tips = Tips(tmp_path)
    with pytest.raises(Unfit, match="太多"):
        for _ in range(100):
            tips.add("收入证明", "", "某窗口", "", TODAY)


def test_what_stands_on_a_cancellation_list_is_a_hidden_demand(world: World, tmp_path: Path) -> None:
    tips = Tips(tmp_path)
    tips.add("身高证明", "驾驶证换证", "某窗口", REGION, TODAY)
    for _ in range(2):
        tips.add("居住证明", "入学报名", "某小学", REGION, TODAY)
    found = suspicions(world, tips.all())
    assert [(item.tip.proof, item.number, item.hidden) for item in found] == [("居住证明", 2, True), ("身高证明", 1, False)]
    assert found[0].verdict == "may_not_demand" and found[0].row.endswith("#row_1")


def test_before_the_list_it_was_not_hidden(world: World, tmp_path: Path) -> None:
    tip = Tips(tmp_path).add("居住证明", "入学报名", "某小学", REGION, date(2018, 1, 1))
    assert not judge(world, tip).hidden
