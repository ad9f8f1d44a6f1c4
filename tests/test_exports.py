"""Letters: which ones an answer brings, and that they hold its basis, blanks instead of people, and no control characters."""

from __future__ import annotations

import io
from typing import Any

import pytest
from docx import Document

from assistant.exports import BLANK, LETTERS, letter, letters_for


def _answer(**changes: Any) -> dict[str, Any]:
    cite = {
        "title": "《清江市办法》",
        "doc_number": "清政发〔2020〕1号",
        "article": "第三条",
        "text_kind": "gist",
        "text": "不得要求\x0b提交居住证明。" * 40,
    }
    base: dict[str, Any] = {
        "as_of": "2026-11-21", "region": "云溪省清江市", "role": "window", "scope": "in", "proof": {"name": "收入证明"}, "matter": {"name": "公租房申请"},
        "verdict": "may_not_demand", "path": "dept_verification", "alternatives": ["commitment"], "summary": "不能要。", "instead": "由民政部门核对。",
        "clarify": [], "citations": [cite], "scan": {"corpus": "ab" * 32},
    }  # fmt: skip
    return base | changes


def _text(data: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs)


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, ("verification", "commitment", "notice")),
        ({"role": "citizen"}, ("note", "complaint", "commitment")),
        ({"role": "citizen", "verdict": "may_demand", "alternatives": []}, ()),
        ({"path": "direct_cancel", "alternatives": []}, ("notice",)),
        ({"scope": "out"}, ()),
        ({"clarify": ["办什么事？"]}, ()),
        ({"proof": None}, ()),
    ],
)
def test_letters_fit_the_answer(changes: dict[str, Any], kinds: tuple[str, ...]) -> None:
    assert letters_for(_answer(**changes)) == kinds


@pytest.mark.parametrize("kind", LETTERS)
@pytest.mark.parametrize("verdict", ["may_demand", "may_not_demand", "conditional", "undetermined"])
def test_every_letter_opens_and_holds_title_basis_and_blanks(kind: str, verdict: str) -> None:
    text = _text(letter(kind, _answer(verdict=verdict)))
    assert text.startswith(LETTERS[kind])
    assert "《清江市办法》（清政发〔2020〕1号）第三条（要旨，非原文" in text
    assert "收入证明" in text and "公租房申请" in text
    assert BLANK in text or kind == "note"
    assert "\x0b" not in text and "资料指纹 abababababab" in text


def test_a_commitment_tells_content_consequences_and_checks() -> None:
    text = _text(letter("commitment", _answer()))
    for told in ("证明内容", "设定依据", "自愿", "撤回", "不实承诺的后果", "核查", "信用", "签名"):
        assert told in text


def test_a_letter_without_a_basis_says_so() -> None:
    assert "没有查到" in _text(letter("complaint", _answer(citations=[])))
