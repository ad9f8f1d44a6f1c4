"""Decisions on the shipped corpora, as a table a lawyer can read; absence, seeding and replay on a small library of our own."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest

from assistant.answer import dumps, to_json
from assistant.decide import decide
from assistant.render import explain_text, plain_text
from assistant.world import World
from ingest.pipeline import ingest_paths
from knowledge.rules import default_rules
from knowledge.store import Library
from knowledge.text import format_number

TODAY = date(2026, 11, 21)
CASES = tomllib.loads((Path(__file__).parent / "cases" / "corpora.toml").read_text("utf-8"))["case"]


@pytest.fixture(scope="module")
def world(corpora_library):
    library = Library.open(corpora_library)
    yield World(library)
    library.close()


def ask(world, question, **given):
    day = given.pop("as_of", None)
    result = decide(world, question, as_of=date.fromisoformat(day) if day else None, today=TODAY, **given)
    return to_json(result)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_case(world, case):
    answer = ask(world, case["question"], region=case.get("region"), as_of=case.get("as_of"))
    titles = [c["title"] for c in answer["citations"]]
    if case.get("out"):
        assert answer["scope"] == "out" and answer["verdict"] == "undetermined" and answer["path"] is None and not titles
        return
    assert answer["scope"] == "in"
    if case.get("ask"):
        assert answer["verdict"] == "undetermined" and 1 <= len(answer["clarify"]) <= 2
        return
    if "verdict" in case:
        assert answer["verdict"] == case["verdict"], explain_text(answer)
    if "path" in case:
        assert answer["path"] == case["path"], explain_text(answer)
    if "cites" in case:
        assert any(case["cites"] in t for t in titles), titles
    if "not_cites" in case:
        assert not any(case["not_cites"] in t for t in titles), titles
    if "step" in case:
        assert case["step"] in {s["rule"] for s in answer["steps"]}


def test_every_citation_is_stored_and_a_gist_says_so(world):
    answer = ask(world, "开KTV，文旅局让股东开无犯罪记录证明")
    assert answer["citations"]
    for cite in answer["citations"]:
        stored = world.library.provision(cite["ref"])
        assert stored is not None and cite["text"] in stored.text
        assert cite["text_kind"] == "gist" and "要旨" in (cite["source"] or "")
    assert "〔要旨，非原文〕" in plain_text(answer)


def test_the_same_question_and_corpus_give_the_same_bytes(world):
    question = "办理公租房要交收入证明吗"
    first = dumps(ask(world, question, region="云溪省清江市"))
    assert first == dumps(ask(World(world.library), question, region="云溪省清江市"))
    assert json.loads(first)["scan"]["corpus"] == world.library.corpus_hash()


def test_role_changes_no_verdict(world):
    from knowledge.types import Role

    question = "申请法律援助，中心让我去村里开贫困证明"
    verdicts = {ask(world, question, role=role)["verdict"] for role in Role}
    assert verdicts == {"may_not_demand"}


def test_without_laws_absence_is_not_claimed(world):
    answer = ask(world, "宠物店登记，窗口要我交宠物性格证明")
    assert answer["verdict"] in ("undetermined", "conditional"), explain_text(answer)
    assert "没有法律、法规" not in answer["summary"] or answer["verdict"] != "may_not_demand"


def test_every_step_names_a_known_rule(world):
    known = {r.id for r in default_rules()}
    for case in CASES:
        assert {s["rule"] for s in ask(world, case["question"], region=case.get("region"))["steps"]} <= known


# ---------- the seeded test: absence is proved by scanning everything, so one hidden clause must flip it, and flip it back ----------
class Covered(World):
    """A small library that stands for a complete one."""

    def covered(self, region):
        return True, True


CLAUSE = "申请驼铃登记的，应当向登记机关提交由驼铃检测机构出具的驼铃响度证明。"


def seeded(folder, hidden: str | None):
    """A library holding one regulation of forty articles, read by the real pipeline; ``hidden`` replaces the 24th."""
    lines = [f"为了规范驼铃管理的第{format_number(i)}项工作，制定本条。" for i in range(1, 41)]
    if hidden:
        lines[23] = hidden
    body = "\n\n".join(f"第{format_number(i)}条 {text}" for i, text in enumerate(lines, 1))
    source = folder / "行政法规" / "驼铃管理条例(2020-01-01).md"
    source.parent.mkdir(parents=True)
    source.write_text(f"# 驼铃管理条例\n\n2020年1月1日 国务院令第999号公布\n\n<!-- INFO END -->\n\n{body}\n", "utf-8")
    with Library.open(folder / "library", writable=True) as library:
        assert [r.status for r in ingest_paths([source.parent], library, refresh=False)] == ["stored"]
    return Covered(Library.open(folder / "library"))


def test_one_hidden_clause_flips_the_verdict_and_back(tmp_path):
    question = "驼铃登记，窗口要我交驼铃响度证明"
    without = ask(seeded(tmp_path / "a", None), question)
    assert without["verdict"] == "may_not_demand", without["summary"]
    assert without["scan"]["instruments"] == 1 and without["scan"]["provisions"] == 40 and "驼铃响度证明" in without["scan"]["terms"]
    answer = ask(seeded(tmp_path / "b", CLAUSE), question)
    assert answer["verdict"] == "may_demand", answer["summary"]
    assert answer["citations"][0]["article"].startswith("第二十四条") and answer["citations"][0]["text"] in CLAUSE
    assert ask(seeded(tmp_path / "c", None), question)["verdict"] == "may_not_demand"


def test_a_kept_proof_says_what_would_have_to_change(world):
    kept = ask(world, "开网吧要资金信用证明吗")
    assert kept["verdict"] == "may_demand"
    assert "修改行政法规" in kept["would_change"][0] and kept["policy"]["region"] == "全国"
    dropped = ask(world, "申请法律援助要贫困证明吗", region="山东省潍坊市诸城市")
    assert dropped["would_change"] == [] and dropped["policy"]["region"] == "山东省潍坊市诸城市"
