"""The lexicon: names, lay words, typos, what is told apart and what is asked back."""

from __future__ import annotations

import pytest

from knowledge.lexicon import lexicon
from knowledge.lexicon_names import AmbiguousName, NameMatch, split_names


@pytest.mark.parametrize(
    ("text", "name", "how"),
    [
        ("窗口要我开亲属关系证明", "亲属关系证明", "exact"),
        ("怎么证明我妈是我妈", "亲属关系证明", "lay"),
        ("領養要婚姻狀況證明嗎", "婚姻状况证明", "exact"),
        ("要开亲蜀关系证明", "亲属关系证明", "pinyin"),
        ("社区的健在证明", "生存证明", "alias"),
        ("婚姻 状况 证明", "婚姻状况证明", "exact"),
        ("亲属关系的证明", "亲属关系证明", "alias"),
    ],
)
def test_a_proof_is_found_under_its_names(text: str, name: str, how: str) -> None:
    mentions = [m for m in lexicon().find_proofs(text) if m.name == name]
    assert mentions, lexicon().find_proofs(text)
    assert mentions[0].how == how
    assert text[mentions[0].start : mentions[0].end] == mentions[0].surface


def test_a_surface_with_several_names_is_asked_back() -> None:
    (mention,) = lexicon().find_proofs("要关系证明")
    assert mention.name is None
    assert "亲属关系证明" in mention.candidates
    assert isinstance(lexicon().canonical_proof("关系证明"), AmbiguousName)


def test_unknown_proofs_are_named_not_mapped() -> None:
    assert lexicon().find_proofs("开个阳台晾衣证明") == ()
    assert [m.surface for m in lexicon().find_free_proofs("让我开个阳台晾衣证明")] == ["阳台晾衣证明"]


def test_modifiers_of_a_list_name_are_kept() -> None:
    match = lexicon().canonical_proof("申请海葬的经办人与死者关系的证明")
    assert isinstance(match, NameMatch)
    assert match.name == "亲属关系证明"
    assert "经办人" in match.residue


def test_compound_names_are_split_outside_brackets() -> None:
    assert split_names("甲证明、乙证明（丙、丁）和戊证明") == ("甲证明", "乙证明（丙、丁）", "戊证明")
