"""Legal-basis records: the file validates, links hold, in-repo records exist in the law texts."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from knowledge.errors import BadRule
from knowledge.norms import DEFAULT_FILE, EffectKind, load_norms, norm_from_dict, parse_norms
from knowledge.types import Level, Status, TextKind, Verdict

LAWS = Path(__file__).parents[1].parent / "shared" / "laws"
BASE = {"key": "x-1", "title": "中华人民共和国虚构法", "level": "law", "region": "全国", "gist": "一句概括。"}


def line(**more: object) -> str:
    return json.dumps({**BASE, **more}, ensure_ascii=False)


def test_the_shipped_file_validates_and_is_read_once() -> None:
    book = load_norms()
    assert len(book) >= 301
    assert load_norms() is book
    assert book["yhtl-44"].name == "优化营商环境条例"
    assert book.get("no-such") is None


def test_gists_are_marked_and_are_short() -> None:
    for norm in load_norms():
        assert norm.text_kind is TextKind.GIST
        assert 5 <= len(norm.gist) <= 160, norm.key
        assert re.search(r"[。；]$", norm.gist), norm.key


def test_dates_are_ordered_and_ended_records_are_not_in_force() -> None:
    for norm in load_norms():
        if norm.effective and norm.ended:
            assert norm.effective < norm.ended, norm.key
        if norm.ended is None:
            assert norm.status in (Status.IN_FORCE, Status.NOT_YET) or norm.by_what, norm.key
        else:
            assert norm.by_what, norm.key


@pytest.mark.parametrize(
    ("more", "day", "expected"),
    [
        ({"effective": "2020-01-01"}, date(2019, 12, 31), False),
        ({"effective": "2020-01-01"}, date(2020, 1, 1), True),
        ({"effective": "2020-01-01", "ended": "2022-01-01", "status": "repealed"}, date(2021, 12, 31), True),
        ({"effective": "2020-01-01", "ended": "2022-01-01", "status": "repealed"}, date(2022, 1, 1), False),
        ({"effective": "2020-01-01", "status": "repealed"}, date(2021, 1, 1), None),
        ({"effective": "2020-09"}, date(2020, 9, 15), None),
        ({"effective": "2020-09"}, date(2020, 10, 1), True),
        ({"effective": "2020"}, date(2020, 12, 31), None),
        ({}, date(2021, 1, 1), None),
    ],
)
def test_in_force_on_is_half_open_and_admits_ignorance(more: dict[str, str], day: date, expected: bool | None) -> None:
    assert norm_from_dict({**BASE, **more}).in_force_on(day) is expected


@pytest.mark.parametrize(
    "bad",
    [
        line(colour="red"),
        line(level="king"),
        line(effective="2020年1月"),
        line(effects=[{"effect": "sets", "wrong": 1}]),
        line(effects=[{"effect": "sets", "when": [{"fact": "moon_is_full"}]}]),
        line(companions=["nobody"]),
        line(effects=[{"effect": "sets", "path": "retian"}]),
        line(article="一", effects=[{"effect": "no"}]),
    ],
)
def test_bad_records_are_refused_in_chinese(bad: str) -> None:
    with pytest.raises(BadRule, match="请"):
        parse_norms([bad])


def test_a_repeated_key_is_refused() -> None:
    with pytest.raises(BadRule, match="重复"):
        parse_norms([line(), line()])


def test_every_effect_of_a_material_names_it_or_is_general() -> None:
    for norm in load_norms():
        assert norm.effects, norm.key
        for effect in norm.effects:
            if effect.effect is EffectKind.SETS:
                assert effect.strength or not effect.proofs, norm.key


def test_an_unverified_article_number_is_not_cited() -> None:
    assert norm_from_dict({**BASE, "article": "第九条"}).cite == "《中华人民共和国虚构法》"
    assert norm_from_dict({**BASE, "article": "第九条", "article_verified": True}).cite == "《中华人民共和国虚构法》第九条"


def test_treaties_stand_outside_the_domestic_ranks() -> None:
    assert load_norms()["hygy"].level is Level.TREATY


@pytest.mark.real
@pytest.mark.skipif(not LAWS.is_dir(), reason="../shared/laws is absent")
def test_in_repo_records_exist_in_the_law_texts() -> None:
    missing = []
    for norm in load_norms():
        if not norm.in_repo:
            continue
        file = LAWS / norm.source
        if not file.is_file():
            missing.append((norm.key, "file"))
            continue
        text = file.read_text(encoding="utf-8")
        if norm.name not in re.sub(r"中华人民共和国|[《》〈〉“”\s]", "", text[:200]):
            missing.append((norm.key, "title"))
        label = norm.article or ""
        if norm.article_kind == "number" and not re.search(rf"(?m)^\s*{label}(?![一二三四五六七八九十百零之])", text) and "项" not in label:
            missing.append((norm.key, label))
    assert missing == []


def test_the_file_is_one_json_object_per_line() -> None:
    for row in DEFAULT_FILE.read_text(encoding="utf-8").splitlines():
        assert json.loads(row)["key"]


def test_material_effects_say_what_follows_and_by_which_path() -> None:
    for norm in load_norms():
        for effect in norm.effects:
            if effect.effect is EffectKind.SETS:
                assert effect.verdict and effect.matters, norm.key
                assert effect.path or effect.verdict_why, norm.key
            for word in effect.proof_words + effect.matter_words:
                assert len(word) >= 2, (norm.key, word)
            assert effect.path not in effect.alternatives, norm.key


def test_conflicts_are_recorded_from_one_side_only_and_never_against_itself() -> None:
    book = load_norms()
    for norm in book:
        over = {r.key for r in norm.prevails_over}
        under = {r.key for r in norm.yields_to}
        assert norm.key not in over | under | set(norm.companions), norm.key
        for key in over:
            assert norm.key not in {r.key for r in book[key].prevails_over}, (norm.key, key)


def test_a_demand_of_a_rule_alone_never_says_that_it_may_be_made() -> None:
    """优化营商环境条例第四十四条: a department's rule or a document does not carry a proof, unless a higher norm named beside it does."""
    for norm in load_norms():
        if norm.level not in (Level.DEPT_RULE, Level.LOCAL_RULE, Level.NORMATIVE_DOCUMENT):
            continue
        for effect in norm.effects:
            if effect.effect is EffectKind.SETS and effect.verdict is Verdict.MAY_DEMAND:
                assert norm.yields_to or norm.prevails_over, norm.key


@pytest.mark.real
@pytest.mark.skipif(not LAWS.is_dir(), reason="../shared/laws is absent")
def test_no_sentence_of_a_law_is_copied() -> None:
    copied = []
    for norm in load_norms():
        if not norm.in_repo:
            continue
        body = re.sub(r"\s", "", (LAWS / norm.source).read_text(encoding="utf-8"))
        ours = [norm.gist, *(t for e in norm.effects for t in (e.path_why, e.verdict_why, e.instead))]
        copied += [
            (norm.key, part) for text in ours for part in re.split("[，。；：、（）《》“”]", text) if len(part) >= 20 and part in body
        ]
    assert copied == []


@pytest.mark.real
@pytest.mark.skipif(not (LAWS.parent / "design" / "decision.md").is_file(), reason="../shared/design is absent")
def test_every_basis_that_the_decision_procedure_names_is_here() -> None:
    text = (LAWS.parent / "design" / "decision.md").read_text(encoding="utf-8")
    named = {key for group in re.findall(r"\[([a-z][\w\-, →]*)\]", text) for key in re.findall(r"[a-zA-Z]+\d*[a-z]*(?:-[\w]+)*", group)}
    known = {norm.key for norm in load_norms()}
    lost = {key for key in named if "-" in key and key not in known}
    assert lost == set()
