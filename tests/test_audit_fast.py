"""The fast indexes answer as the plain ones do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.audit_fast import FastNeeds, fast_norms
from assistant.match import norm_index
from assistant.needs import NeedIndex
from assistant.question import understand
from assistant.world import World
from knowledge.lexicon import lexicon
from knowledge.store import Library
from knowledge.types import Level
from tests.factories import REGION, law, requirement

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


@pytest.mark.parametrize("question", QUESTIONS)
def test_needs(question: str, tmp_path: Path) -> None:
    from dataclasses import replace

    made = law("清江市入学条例", {2: ["应当提交居住情况证明。"], 3: ["应当提交街坊同意证明和无房证明。"]}, level=Level.LOCAL_REGULATION)
    ref = made.instrument.ref  # type: ignore[union-attr]
    needs = (requirement(f"{ref}#art_2"), requirement(f"{ref}#art_3", "街坊同意证明"), requirement(f"{ref}#art_3", "无房证明"))
    with Library.open(tmp_path, writable=True) as library:
        library.put(replace(made, requirements=needs))
    world = World(Library.open(tmp_path))
    query = understand(question, region=REGION, as_of=DAY)
    proof = next(iter((*query.proofs, *lexicon().find_free_proofs(query.text))), None)
    record = lexicon().proof(proof.name) if proof and proof.name else None
    found = [index(world.requirements).search(world, query, proof, record) for index in (NeedIndex, FastNeeds)]
    assert [n.stored.id for n in found[0]] == [n.stored.id for n in found[1]]
    assert [n.score for n in found[0]] == pytest.approx([n.score for n in found[1]])
