"""The pages without a browser: what is text stays text, follow-ups, suggestions, the place of a citation, headers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from assistant.access import Access
from assistant.pages.card import card, message
from assistant.pages.dialog import Before, complete, follow
from assistant.pages.html import esc, link, tag
from assistant.pages.say import aloud
from assistant.pages.site import Site, full_region, path_of
from assistant.pages.source import in_context, title_of
from assistant.pages.words import _WORDS, word
from knowledge.store import Library
from knowledge.types import ListEntry, ListKind, Locator
from tests.factories import law, listing

EVIL = "<img src=x onerror=alert(1)>\"'${alert(1)}{{bad}}"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    rows = [
        ListEntry(ListKind.CANCEL, f"{EVIL}{number}证明", matter="办事", serial=str(number), locator=Locator(table=1, row=number))
        for number in range(1, 8)
    ]
    with Library.open(tmp_path, writable=True) as writer:
        writer.put(law(articles={1: ["第一款的话", "第二款的话"], 2: [EVIL], 3: ["第三条"]}))
        writer.put(listing(*rows))
    return Library.open(tmp_path)


def _answer(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "question": EVIL, "as_of": "2026-11-21", "region": "全国", "role": "window", "scope": "in", "proof": {"name": EVIL, "matched": EVIL},
        "matter": {"name": EVIL, "matched": EVIL}, "verdict": "may_not_demand", "path": "substitute", "summary": EVIL, "instead": EVIL, "clarify": [],
        "citations": [{"ref": f"{EVIL}@2020#art_1", "title": EVIL, "doc_number": EVIL, "article": "第一条", "level": "law", "issuer": EVIL, "effective": None,
                       "status": "in_force", "text": EVIL, "text_kind": "gist", "region": EVIL, "document": EVIL, "sha256": "", "locator": None}],
        "steps": [{"rule": "x", "fact": EVIL, "outcome": EVIL, "citations": [f"{EVIL}#row_1"]}], "near_misses": [{"ref": EVIL, "why_not": "rank", "note": EVIL}],
        "alternatives": [], "missing": [], "scan": {"corpus": "0" * 64, "instruments": 3, "provisions": 9, "terms": [EVIL], "coverage": EVIL},
        "policy": {"title": EVIL, "label": EVIL, "exception": EVIL}, "would_change": [EVIL],
    }  # fmt: skip
    return base | changes


def _harmless(html: str) -> None:
    assert "<img src=x" not in html
    assert "${" not in html and "{{" not in html
    for attribute in re.findall(r'="([^"]*)"', html):
        assert "<" not in attribute


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "changes", [{}, {"clarify": [EVIL]}, {"scope": "out"}, {"parts": [{"proof": EVIL, "verdict": "conditional", "path": None}]}]
)
def test_the_card_shows_every_text_as_text(library: Library, lang: str, changes: dict[str, Any]) -> None:
    html = card(_answer(**changes), library, lang, options=[(EVIL, [(EVIL, EVIL)])])
    _harmless(html)
    assert esc(EVIL) in html


def test_messages_and_places_show_every_text_as_text(library: Library) -> None:
    _harmless(message(EVIL, [(EVIL, EVIL)], region=True))
    for ref in [entry.ref for entry in library.entries()] + [item.ref for item in library.iter_provisions()] + [EVIL, f"{EVIL}#row_1"]:
        _harmless(in_context(library, ref, "zh"))


def test_verdict_differs_by_word_shape_and_colour() -> None:
    shown = {}
    for verdict in ("may_demand", "may_not_demand", "conditional", "undetermined"):
        html = card(_answer(verdict=verdict, near_misses=[], steps=[]), None, "zh")  # type: ignore[arg-type]
        shown[verdict] = (
            re.search(r"<h2[^>]*>(.*?)</h2>", html),
            re.search(r"<svg.*?</svg>", html),
            re.search(r'class="jz-card (\S+)"', html),
        )
    for place in range(3):
        assert len({found[place].group() for found in shown.values() if found[place]}) == 4


def test_an_article_stands_between_its_neighbours_and_a_clause_is_marked(library: Library) -> None:
    article = next(item for item in library.iter_provisions() if item.provision.number == 1)
    html = in_context(library, f"{article.ref}.para_2", "zh")
    assert "<mark>第二款的话</mark>" in html
    assert "第二条" in html and "第三条" not in html


def test_a_row_stands_among_its_rows(library: Library) -> None:
    row = library.entries()[3]
    html = in_context(library, row.ref, "zh")
    assert html.count("<tr") == 1 + 5
    assert re.search(r'aria-current="true">\s*<td[^>]*>4</td>', html)
    assert title_of(library, row.ref).startswith("《")


def test_what_is_gone_is_said(library: Library) -> None:
    assert word("source.gone") in in_context(library, "没有这部法@2020-01-01#art_1", "zh")
    assert word("source.gone") in in_context(library, "没有这个清单@2020-01-01#row_1", "zh")


@pytest.mark.parametrize(
    ("before", "question", "taken"),
    [
        (Before("户口簿", "结婚登记"), "那离婚登记呢", "户口簿"),
        (Before("户口簿", "结婚登记"), "如果是婚姻状况证明呢？", "结婚登记"),
        (Before("户口簿", "结婚登记"), "离婚登记", "户口簿"),
        (Before("户口簿", "结婚登记"), "办理公租房要收入证明吗", ""),
        (Before("户口簿", "结婚登记"), "今天天气怎么样", ""),
        (None, "那离婚登记呢", ""),
    ],
)
def test_only_a_question_that_refers_back_follows_on(before: Before | None, question: str, taken: str) -> None:
    full, said = follow(before, question)
    assert said == taken
    assert full.startswith(question.rstrip("？")) and (full == question) is (not taken)


@pytest.mark.parametrize(
    ("typed", "first"),
    [("wfzjl", "无犯罪记录证明"), ("我要WFZJL", "无犯罪记录证明"), ("要我开亲属关系", "亲属关系证明"), ("x", None), ("", None)],
)
def test_suggestions(typed: str, first: str | None) -> None:
    replaced, names = complete(typed)
    assert (names[0] if names else None) == first
    assert typed[len(typed) - replaced :] + "" == typed[-replaced:] if replaced else names == ()


@pytest.mark.parametrize(
    ("typed", "name", "several"),
    [("", "", False), ("义乌", "浙江省金华市义乌市", False), ("朝阳区", None, True), ("没有这里", None, False), (None, "", False)],
)
def test_regions_as_typed(typed: str | None, name: str | None, several: bool) -> None:
    found, candidates = full_region(typed)
    assert found == name and (len(candidates) > 1) is several


@pytest.mark.parametrize("role", ["citizen", "window"])
@pytest.mark.parametrize("verdict", ["may_demand", "may_not_demand", "conditional", "undetermined"])
def test_the_sentence_to_say_names_the_proof_and_no_law_that_is_not_cited(role: str, verdict: str) -> None:
    said = aloud(_answer(role=role, verdict=verdict, proof={"name": "收入证明", "matched": ""}, instead="先查", citations=[]))
    assert "收入证明" in said and "《" not in said and said.endswith("。") and "。。" not in said


def test_words_exist_in_both_languages() -> None:
    assert all(len(pair) == 2 and all(pair) for pair in _WORDS.values())


def test_addresses_and_attributes() -> None:
    assert [path_of(page, lang) for page in ("ask", "lists") for lang in ("zh", "en")] == ["/", "/en/", "/lists/", "/en/lists/"]
    assert link("/a", ref='"<x>&', page=1) == "/a?ref=%22%3Cx%3E%26&page=1"
    assert tag("a", "x", href='"><script>', hidden=None, open=True) == '<a href="&quot;&gt;&lt;script&gt;" open>x</a>'


def test_routes_give_only_what_they_should(library: Library) -> None:
    from fastapi import FastAPI
    from starlette.testclient import TestClient

    from assistant.app import HEADERS, Dressed
    from assistant.pages import routes

    app = FastAPI()
    routes.add(app, Site(lambda: library, Access(library.folder)))
    app.add_middleware(Dressed, heads={"zh": "", "en": ""})
    with TestClient(app) as client:
        row = library.entries()[0]
        assert client.get("/source", params={"ref": row.ref}).status_code == 200
        assert client.get("/source/page.png", params={"ref": row.ref, "page": 1}).status_code == 404  # not a PDF
        assert client.get("/source/page.png", params={"ref": "../../etc/passwd", "page": 1}).status_code == 404
        assert client.get("/static/..%2Fjianzheng.css").status_code == 404
        assert client.get("/static/page.js").status_code == 200
        assert client.get("/suggest", params={"q": "wfzjl"}).json()["names"][0] == "无犯罪记录证明"
        assert "云溪省清江市" in client.get("/regions", params={"q": "清江"}).json()["names"]
        reply = client.get("/source", params={"ref": "x", "lang": "xx"})
        assert {name: reply.headers[name] for name in HEADERS} == HEADERS
