"""Impact of a new text: rows that lose their basis, articles that moved, repeals, new demands; nothing is stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.audit_impact import Impact, impact_json, impact_of
from assistant.world import World
from knowledge.errors import JianzhengError
from knowledge.store import Library
from knowledge.types import Level, ListKind
from tests.factories import law, listing, row

OLD = {
    1: ["为管理招牌，制定本条例。"],
    2: ["设置招牌的，应当提交房屋所有权人出具的同意设置证明。"],
    3: ["拆除招牌的，应当提交结构安全鉴定证明。"],
    4: ["招牌应当整洁美观，不得妨碍交通。"],
}
NEW = (
    "# 清江市招牌管理条例\n\n2026年9月1日 清江市人民代表大会常务委员会修订\n\n<!-- INFO END -->\n\n第一条 为管理招牌，制定本条例。\n\n"
    "第二条 设置招牌实行备案，不得收费。\n\n第三条 设置招牌的，由主管部门核查权属。\n\n第四条 拆除招牌的，应当提交结构安全鉴定证明。\n\n"
    "第五条 利用屋顶设置招牌的，应当提交荷载验算证明。\n\n第六条 招牌应当整洁美观，不得妨碍交通。\n\n"
    "第七条 本条例自2026年10月1日起施行。《清江市旧招牌规定》同时废止。\n"
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("library")
    basis = "《清江市招牌管理条例》第{}条"
    rows = (
        row("同意设置证明", "设置招牌", 1, list_kind=ListKind.RETAIN, original_basis=basis.format("二")),
        row("结构安全鉴定证明", "拆除招牌", 2, list_kind=ListKind.RETAIN, original_basis=basis.format("三")),
        row("沿街证明", "设置招牌", 3, list_kind=ListKind.RETAIN, original_basis="《清江市旧招牌规定》第一条"),
        row("无关证明", "别的事", 4, list_kind=ListKind.RETAIN, original_basis="《清江市别的条例》第一条"),
    )
    with Library.open(folder, writable=True) as library:
        library.put(law("清江市招牌管理条例", OLD, level=Level.LOCAL_REGULATION))
        library.put(law("清江市旧招牌规定", {1: ["应当提交沿街证明。"]}, level=Level.LOCAL_RULE))
        library.put(replace(listing(*rows, title="清江市保留的证明事项清单"), file="保留.xlsx"))
    return World(Library.open(folder))


@pytest.fixture(scope="module")
def found(world: World, tmp_path_factory: pytest.TempPathFactory) -> Impact:
    path = tmp_path_factory.mktemp("new") / "清江市招牌管理条例(2026-09-01).md"
    path.write_text(NEW, "utf-8")
    before = world.library.revision()
    impact = impact_of(world, path)
    assert world.library.revision() == before
    return impact


def test_a_row_loses_its_basis(found: Impact) -> None:
    task = next(t for t in found.tasks if t.what == "同意设置证明" and t.kind == "row")
    assert (task.before, task.after, task.urgent) == ("有效，点名规定", "有效，没有规定这项证明", True)
    assert "停止索要" in task.action


def test_an_article_that_moved_is_cited_anew(found: Impact) -> None:
    task = next(t for t in found.tasks if t.what == "结构安全鉴定证明" and t.kind == "row")
    assert task.action == "条号变动：依据改引第四条" and not task.urgent


def test_what_the_text_repeals_falls_too(found: Impact) -> None:
    assert found.repeals == ("清江市旧招牌规定",)
    task = next(t for t in found.tasks if t.what == "沿街证明")
    assert task.after == "失效" and task.urgent


def test_new_demands_are_named_and_nothing_else_is_touched(found: Impact) -> None:
    assert [t.what for t in found.tasks if t.kind == "new"] == ["荷载验算证明"]
    assert not any(t.what == "无关证明" for t in found.tasks)
    assert impact_json(found)["counts"]["row"] == 3


def test_a_repeal_without_successor(world: World, tmp_path: Path) -> None:
    path = tmp_path / "清江市招牌管理条例(2026-09-01).md"
    path.write_text(NEW, "utf-8")
    tasks = impact_of(world, path, repeal=True).tasks
    assert {t.what for t in tasks if t.after == "失效"} >= {"同意设置证明", "结构安全鉴定证明"}


def test_a_text_without_articles_is_refused(world: World, tmp_path: Path) -> None:
    path = tmp_path / "空.txt"
    path.write_text("", "utf-8")
    with pytest.raises(JianzhengError):
        impact_of(world, path)
