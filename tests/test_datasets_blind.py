"""The blind decision cases are well formed, cite articles that exist, and repeat no question of the other case sets."""

from collections import Counter
from pathlib import Path

import pytest

from . import test_datasets as shapes

DECISIONS = Path(__file__).parents[1] / "evals" / "datasets" / "decisions"
GIVEN = shapes.ROOT.parent / "shared" / "cases"
LIST_FIELDS = shapes.FIELDS - {"source_files", "rationale"}


@pytest.fixture(autouse=True)
def blind_cases(monkeypatch):
    monkeypatch.setattr(shapes, "CASES", DECISIONS / "blind.jsonl")


def questions(path: Path) -> set[tuple[str, str]]:
    return {(case["question"], case["region"]) for case in shapes.load(path)}


def test_law_cases_are_well_formed():
    shapes.test_cases_are_well_formed()


@pytest.mark.real
@shapes.needs_laws
def test_law_cases_cite_articles_that_exist():
    shapes.test_every_article_cited_as_gold_exists()
    shapes.test_every_article_accepted_as_alternative_exists()


def test_list_cases_are_well_formed():
    cases = shapes.load(DECISIONS / "blind-lists.jsonl")
    assert len({c["id"] for c in cases}) == len({(c["question"], c["region"]) for c in cases}) == len(cases)
    for case in cases:
        elsewhere = "other_region" in case["tags"]
        assert set(case) == LIST_FIELDS | ({"forbidden_citations"} if elsewhere else set()), case["id"]
        assert case["verdict"] in shapes.VERDICTS and case["path"] in shapes.PATHS, case["id"]
        assert bool(case["gold_citations"]) != elsewhere and bool(case.get("forbidden_citations")) == elsewhere, case["id"]
    assert min(Counter(c["verdict"] for c in cases).values()) >= 10


def test_no_question_of_our_other_cases_is_repeated():
    blind = questions(DECISIONS / "blind.jsonl") | questions(DECISIONS / "blind-lists.jsonl")
    assert not blind & questions(DECISIONS / "own.jsonl")


@pytest.mark.real
@pytest.mark.skipif(not GIVEN.is_dir(), reason="the given cases (../shared/cases) are not beside this checkout")
def test_no_given_question_is_repeated():
    blind = questions(DECISIONS / "blind.jsonl") | questions(DECISIONS / "blind-lists.jsonl")
    assert not blind & (questions(GIVEN / "law.jsonl") | questions(GIVEN / "list.jsonl"))
