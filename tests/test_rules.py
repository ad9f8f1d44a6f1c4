"""Rule data is proved by its own examples, both ways."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.errors import BadRule
from knowledge.rules import STAGES, applies, evaluate, fill, load_rules

DAY = date(2026, 11, 21)
RULES = load_rules()


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_rule_fires_on_its_examples_and_not_on_its_counter_examples(rule):
    assert rule.examples, "every rule carries an example"
    for example in rule.examples:
        assert applies(rule, example, DAY), example
    for example in rule.counter_examples:
        assert not applies(rule, example, DAY), example


def test_stages_are_known_and_ids_unique():
    assert {r.stage for r in RULES} <= set(STAGES)
    assert len({r.id for r in RULES}) == len(RULES)


def test_no_facts_means_undetermined_not_a_default():
    outcome = evaluate({}, DAY, RULES)
    assert outcome.verdict == "undetermined" and outcome.path is None and outcome.decided_by is None


def test_scope_stops_everything():
    outcome = evaluate({"scope.out": "chat", "norm.fits": True, "norm.verdict": "may_demand"}, DAY, RULES)
    assert outcome.verdict == "undetermined" and outcome.fired == ("scope.out",)


def test_named_norm_with_shared_data_becomes_conditional():
    facts = {
        "norm.fits": True,
        "norm.effect": "sets",
        "norm.verdict": "may_demand",
        "norm.path": "retain",
        "norm.keys": ("k1",),
        "q.data_available": True,
    }
    outcome = evaluate(facts, DAY, RULES)
    assert (outcome.verdict, outcome.path) == ("conditional", "data_sharing")
    assert outcome.cites[0] == "k1"


def test_list_cannot_heal_a_document():
    outcome = evaluate({"q.on_list": True, "claimed.level": ("document",)}, DAY, RULES)
    assert (outcome.verdict, outcome.path) == ("may_not_demand", "direct_cancel")


def test_absence_needs_coverage():
    assert evaluate({"proof.known": True}, DAY, RULES).verdict == "undetermined"
    assert evaluate({"proof.known": True, "scan.covered": True}, DAY, RULES).verdict == "may_not_demand"


def test_a_rule_is_not_applied_before_it_was_law():
    assert evaluate({"q.unwilling_to_commit": True}, date(2019, 1, 1), RULES).verdict == "undetermined"


def test_unknown_fact_is_refused(tmp_path):
    (tmp_path / "facts.toml").write_text('fact = ["a"]', "utf-8")
    (tmp_path / "10_x.toml").write_text('[[rule]]\nid = "x"\nstage = "verdict"\nwhen = { "b" = true }\n', "utf-8")
    with pytest.raises(BadRule, match="里登记"):
        load_rules(tmp_path)


def test_templates_say_when_a_fact_is_missing():
    assert fill("“{proof.name}”在{region.name}", {"proof.name": "收入证明"}) == "“收入证明”在未说明"
