"""The ranker: scores, reasons, its file; training that finds what decides and cannot hold a resemblance against an article."""

from __future__ import annotations

import json

import numpy as np
import pytest

from assistant.train_ranker import Example, example, fit_ranker
from knowledge.candidates import Table
from knowledge.errors import BadSetting
from knowledge.ranker import Ranker, from_json, load, to_json
from knowledge.reasons import PHRASES, phrase
from knowledge.search import BLENDED, TURNS, Search, in_turn

GIVEN = Ranker(
    ("chars", "memory_article_best"),
    np.array([2.0, 0.5], np.float32),
    np.array([1.0, 0.0], np.float32),
    np.array([2.0, 1.0], np.float32),
    "abc",
)


def test_score_is_the_weighted_sum() -> None:
    table = np.array([[3.0, 0.0], [1.0, 1.0]], np.float32)
    assert GIVEN.score(table).tolist() == [2.0, 0.5]
    assert GIVEN.shares(table, table.mean(axis=0)).tolist() == [[1.0, -0.25], [-1.0, 0.25]]


def test_file_and_back() -> None:
    again = from_json(to_json(GIVEN))
    assert again.features == GIVEN.features and again.trained_on == "abc"
    table = np.array([[0.3, 0.7]], np.float32)
    assert np.allclose(again.score(table), GIVEN.score(table))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": 1}', json.dumps({"format": 3, "trained_on": "", "features": {"a": [1, 2, 0]}}),
     json.dumps({"format": 3, "trained_on": "", "features": {"a": [1, float("nan"), 1]}}), json.dumps({"format": 3, "features": {}}), json.dumps({"format": 3, "trained_on": "", "trust": [1, 1], "features": {}})],
)  # fmt: skip
def test_what_is_no_ranker_is_refused_with_advice(text: str) -> None:
    with pytest.raises(BadSetting, match="jianzheng train"):
        from_json(text)


def test_a_missing_file_is_named(tmp_path: object) -> None:
    from pathlib import Path

    with pytest.raises(BadSetting, match=r"nothing\.json"):
        load(Path(str(tmp_path)) / "nothing.json")


def questions(count: int, memory_misleads: bool = False) -> list[Example]:
    """Right provisions have more of ``dense``; ``noise`` says nothing; ``memory_x`` is higher on wrong ones when it misleads."""
    draw = np.random.default_rng(5)
    out = []
    for n in range(count):
        right = np.arange(40) == n % 40
        scores = {
            "dense": (draw.normal(size=40) + 2 * right).astype(np.float32),
            "noise": draw.normal(size=40).astype(np.float32),
            "memory_x": (draw.random(40) * (~right if memory_misleads else right)).astype(np.float32),
            "query_words": np.full(40, 3.0, np.float32),
        }
        scores["fused"] = scores["dense"]
        found = example(Table(np.arange(40), scores), np.nonzero(right)[0], n)
        assert found is not None
        out.append(found)
    return out


def weights(ranker: Ranker) -> dict[str, float]:
    return dict(zip(ranker.features, ranker.weight.tolist(), strict=True))


def test_training_finds_the_feature_that_decides() -> None:
    found = weights(fit_ranker(questions(60), "t"))
    assert found["dense"] + found["fused"] > 5 * abs(found["noise"])
    assert found["memory_x"] > 0
    assert "query_words" not in found


def test_resemblance_never_speaks_against() -> None:
    assert weights(fit_ranker(questions(60, memory_misleads=True), "t"))["memory_x"] == 0


def test_training_twice_gives_the_same_bytes() -> None:
    assert to_json(fit_ranker(questions(20), "t")) == to_json(fit_ranker(questions(20), "t"))


def test_a_question_without_its_answer_among_the_candidates_teaches_nothing() -> None:
    table = Table(np.arange(3), {name: np.zeros(3, np.float32) for name in ("fused", "dense")})
    assert example(table, np.array([7]), 0) is None
    with pytest.raises(BadSetting, match="问题"):
        fit_ranker([], "t")


def test_random_candidates_stand_for_the_rest() -> None:
    scores = {name: -np.arange(1000, dtype=np.float32) for name in ("fused", "dense")}
    found = example(Table(np.arange(1000), scores), np.array([999]), 0)
    assert found is not None and found.right.sum() == 1
    others = np.exp(found.stands_for[~found.right]).sum()
    assert others == pytest.approx(999, rel=0.001)


def test_every_phrase_reads_a_feature() -> None:
    assert phrase("law_chars_best") == PHRASES["law_"]
    assert phrase("memory_article_best") == PHRASES["memory_article"]
    assert phrase("length") is None
    assert phrase("chars_share*dense_share") == PHRASES["chars"]
    assert phrase("memory_nearest*dense_rank") == PHRASES["dense"]


def test_products_are_features_too() -> None:
    table = Table(np.arange(2), {"a": np.array([2.0, 3.0], np.float32), "b": np.array([5.0, 7.0], np.float32)})
    assert table.matrix(("a*b", "b*b", "a*missing", "a")).tolist() == [[10, 25, 0, 2], [21, 49, 0, 3]]


def test_a_question_like_none_before_is_left_to_the_plain_channels() -> None:
    ranker = Ranker(("dense",), np.ones(1, np.float32), np.zeros(1, np.float32), np.ones(1, np.float32), "t", (0.3, 0.5))
    assert [ranker.share_of(x) for x in (0.1, 0.4, 0.9)] == [0, pytest.approx(0.5), 1]
    assert from_json(to_json(ranker)).trust == (0.3, 0.5)
    scores = {"dense": np.array([1.0, 0.0], np.float32), "fused": np.array([0.0, 1.0], np.float32)}
    search = Search(None, ranker)  # type: ignore[arg-type]
    near, far = (Table(np.arange(2), scores | {"memory_nearest": np.full(2, like, np.float32)}) for like in (0.9, 0.1))
    assert search.score(near).tolist() == [1, 0] and search.score(far).tolist() == [0, 1]


def test_far_down_the_list_ranker_and_channels_take_turns() -> None:
    count = BLENDED + 30
    fused = np.arange(count, 0, -1).astype(np.float32)  # row 0 is the best
    learned = np.arange(count).astype(np.float32)  # the last row is the best
    order = np.argsort(-in_turn(fused, learned, fused), kind="stable").tolist()
    assert order[:BLENDED] == list(range(BLENDED)), "the first places stay with the blended scores"
    assert order[BLENDED] == count - 1 and sorted(order) == list(range(count))
    few = fused[:BLENDED]
    assert in_turn(few, few[::-1], few).tolist() == few.tolist(), "nothing lies below"
    middle = np.full(count, 1.0, np.float32)
    middle[:BLENDED] = 2
    ranker_first = np.argsort(-in_turn(middle, learned, fused), kind="stable")[BLENDED:]
    places = [min((count - 1 - int(row)) / TURNS, int(row)) for row in ranker_first]
    assert places == sorted(places), "the better of both places decides"
