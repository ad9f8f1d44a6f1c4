"""The order of norms: every pair has an answer, the answers mirror each other, the open places stay open."""

from datetime import date
from itertools import product

import pytest

from knowledge.hierarchy import Precedence, Standing, city_scope, level_name, local_additions, may_set_proof, prevails, proof_power, table
from knowledge.types import Level

CITY, PROVINCE = "浙江省杭州市", "浙江省"
L = Level


@pytest.mark.parametrize(
    ("a", "b", "precedence", "basis"),
    [
        (Standing(L.LAW), Standing(L.ADMIN_REGULATION), Precedence.A, "第九十九条第一款"),
        (Standing(L.DEPT_RULE), Standing(L.ADMIN_REGULATION), Precedence.B, "第九十九条第二款"),
        (Standing(L.LOCAL_REGULATION, PROVINCE), Standing(L.LAW), Precedence.B, "第九十九条第一款"),
        (Standing(L.LOCAL_REGULATION, PROVINCE), Standing(L.DEPT_RULE), Precedence.RULING_NEEDED, "第一百零六条第一款第（二）项"),
        (Standing(L.DEPT_RULE, issuer="甲部"), Standing(L.DEPT_RULE, issuer="乙部"), Precedence.RULING_NEEDED, "第（三）项"),
        (Standing(L.DEPT_RULE), Standing(L.LOCAL_RULE, CITY), Precedence.RULING_NEEDED, "第（三）项"),
        (Standing(L.LOCAL_REGULATION, CITY), Standing(L.LOCAL_RULE, CITY), Precedence.A, "第一百条第一款"),
        (Standing(L.LOCAL_REGULATION, PROVINCE), Standing(L.LOCAL_RULE, CITY), Precedence.A, "第一百条第一款"),
        (Standing(L.LOCAL_REGULATION, CITY), Standing(L.LOCAL_RULE, PROVINCE), Precedence.RULING_NEEDED, "第八十一条第二款"),
        (Standing(L.LOCAL_REGULATION, CITY), Standing(L.LOCAL_REGULATION, PROVINCE), Precedence.B, "第八十一条第一款"),
        (Standing(L.LOCAL_RULE, PROVINCE), Standing(L.LOCAL_RULE, CITY), Precedence.A, "第一百条第二款"),
        (Standing(L.LOCAL_REGULATION, CITY), Standing(L.LOCAL_REGULATION, "河南省"), Precedence.SEPARATE, ""),
        (Standing(L.LOCAL_REGULATION, CITY, varies=True), Standing(L.ADMIN_REGULATION), Precedence.A, "第一百零一条"),
        (Standing(L.LOCAL_REGULATION, CITY, varies=True), Standing(L.CONSTITUTION), Precedence.B, "第九十八条"),
        (Standing(L.NORMATIVE_DOCUMENT), Standing(L.LOCAL_REGULATION, CITY), Precedence.B, "第六十四条"),
        (Standing(L.LAW), Standing(L.LAW), Precedence.EQUAL_SPECIAL_THEN_NEW, "第一百零三条"),
        (Standing(L.UNKNOWN), Standing(L.LAW), Precedence.UNKNOWN, ""),
    ],
)
def test_pairs(a: Standing, b: Standing, precedence: Precedence, basis: str) -> None:
    ruling = prevails(a, b)
    assert ruling.precedence is precedence and basis in ruling.basis
    if precedence is Precedence.RULING_NEEDED:
        assert ruling.who


def test_every_answer_mirrors() -> None:
    mirror = {Precedence.A: Precedence.B, Precedence.B: Precedence.A}
    for one, other in product(Level, Level):
        for here, there in product(("全国", PROVINCE, CITY), repeat=2):
            a, b = Standing(one, here), Standing(other, there)
            first, second = prevails(a, b).precedence, prevails(b, a).precedence
            assert second is mirror.get(first, first), (a, b)


@pytest.mark.parametrize(
    ("special_a", "special_b", "newer_a", "precedence"),
    [
        (True, False, True, Precedence.A),
        (True, False, False, Precedence.RULING_NEEDED),
        (False, False, True, Precedence.A),
        (None, None, True, Precedence.EQUAL_SPECIAL_THEN_NEW),
    ],
)
def test_special_before_general_and_new_before_old(
    special_a: bool | None, special_b: bool | None, newer_a: bool, precedence: Precedence
) -> None:
    old, new = date(2010, 1, 1), date(2020, 1, 1)
    a = Standing(L.LAW, effective=new if newer_a else old, special=special_a)
    b = Standing(L.LAW, effective=old if newer_a else new, special=special_b)
    assert prevails(a, b).precedence is precedence


def test_who_may_set_a_proof() -> None:
    allowed = {level for level in Level if may_set_proof(level)}
    assert allowed == {L.CONSTITUTION, L.LAW, L.ADMIN_REGULATION, L.STATE_COUNCIL_DECISION, L.LOCAL_REGULATION}
    for level in Level:
        allowed_here, basis, note = proof_power(level)
        assert basis and level_name(level)
        assert allowed_here or note


def test_city_scope() -> None:
    assert city_scope("全国", None) is None and city_scope(PROVINCE, None) is None
    now = city_scope("河南省安阳市", date(2024, 1, 1))
    assert now is not None and "基层治理" in now.fields and not now.legacy
    before = city_scope("河南省安阳市", date(2018, 1, 1))
    assert before is not None and "环境保护" in before.fields and "基层治理" not in before.fields
    old = city_scope("河南省洛阳市", date(2010, 9, 29))
    assert old is not None and old.legacy and "继续有效" in old.note


def test_local_additions_follow_the_region_chain() -> None:
    bases = [basis for _, basis in local_additions("山东省济南市")]
    assert any("新旧动能" in basis for basis in bases) and any("济南市" in basis for basis in bases)
    assert local_additions("云溪省清江市") == ()


def test_data_is_sound() -> None:
    data = table()
    assert len(data["city"]["legacy"]) == len(set(data["city"]["legacy"])) == 49
    assert all(entry["basis"] for group in ("order", "ruling", "same_organ", "local") for entry in data[group])
