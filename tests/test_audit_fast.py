"""The fast index answers as the plain one does."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.audit_fast import fast_norms
from assistant.match import norm_index
from assistant.question import understand

DAY = date(2026, 11, 21)
QUESTIONS = [
    "办理收养登记，要求提交居民委员会出具的无子女证明",
    "办理教师资格认定，要求提交指定医院出具的体格检查证明，依据《教师资格条例》第十五条",
    "办理店铺招牌设置备案，要求提交街坊同意证明",
    "办理住房公积金提取，要求提交无房证明",
    "办理入学报名，要求提交居住情况证明",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_norms(question: str) -> None:
    query = understand(question, as_of=DAY)
    for chain in (("全国",), ("北京市", "全国"), ("浙江省金华市义乌市", "浙江省金华市", "浙江省", "全国")):
        for name in ("fits", "stale", "elsewhere"):
            assert getattr(fast_norms(), name)(query, DAY, chain) == getattr(norm_index(), name)(query, DAY, chain)


def test_likeness() -> None:
    plain, fast = norm_index(), fast_norms()
    for question in QUESTIONS:
        mine = plain.weigh(question)
        for norm in plain.book:
            assert fast.likeness(norm, mine) == pytest.approx(plain.likeness(norm, mine))


def test_what_holds_for_every_matter() -> None:
    for chain in (("全国",), ("湖北省宜昌市", "湖北省", "全国")):
        plain = list(norm_index().general(DAY, chain))
        assert plain and fast_norms().general(DAY, chain) == plain


def test_row_names_by_their_first_characters() -> None:
    """The index of list names finds what looking through all of them finds, in the same order."""
    from types import SimpleNamespace

    from assistant.lists import _named_in

    names = ("居住证明", "无房证明", "房证明", "居住情况证明", "住证")
    rows = {name: (SimpleNamespace(matter_key=""),) for name in names}
    heads: dict[str, list[tuple[int, str]]] = {}
    for place, name in enumerate(names):
        heads.setdefault(name[:2], []).append((place, name))
    world = SimpleNamespace(rows_by_proof=rows, proofs_by_head=heads)
    found = [key for key, _ in _named_in(world, "要居住证明和无房证明")]  # type: ignore[arg-type]
    assert found == ["居住证明", "无房证明"]
