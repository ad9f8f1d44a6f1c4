"""The verdict card: three seconds for the verdict and what to do, a click for each reason. Pure: an answer and its library → HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.exports import letters_for
from assistant.pages.html import esc, lines, link, tag
from assistant.pages.say import aloud
from assistant.pages.source import title_of
from assistant.pages.words import LEVEL, PATH, VERDICT, WHY_NOT, choice, word
from knowledge.store import Library

# shapes differ as colours do: tick in a circle, cross in an octagon, half disc, question mark in a diamond
_SHAPES = {
    "may_demand": '<circle cx="24" cy="24" r="21"/><path class="mark" d="M14 25l7 7 13-15"/>',
    "may_not_demand": '<path d="M15 3h18l12 12v18L33 45H15L3 33V15z"/><path class="mark" d="M16 16l16 16M32 16L16 32"/>',
    "conditional": '<circle cx="24" cy="24" r="20" class="ring"/><path d="M24 4a20 20 0 0 1 0 40z"/>',
    "undetermined": '<path d="M24 2l22 22-22 22L2 24z"/><path class="mark" d="M18 19a6 6 0 1 1 8.5 5.5c-1.8.8-2.5 2-2.5 3.5M24 33.5v.5"/>',
}


Options = Sequence[tuple[str, Sequence[tuple[str, str]]]]


def card(answer: dict[str, Any], library: Library, lang: str, *, options: Options = (), plain: bool = False) -> str:
    """The card of one answer.

    Args:
        answer: as ``assistant.answer.to_json`` makes it.
        library: to show citations where they stand.
        options: for each question back, its text and buttons ``(label, question to ask)``.
        plain: offer a rewording in plain words by the optional model, fetched when it is opened.
    """
    if answer["scope"] == "out":
        head = tag("div", _shape("undetermined"), tag("h2", esc(word("out", lang)), cls="jz-verdict-word"), cls="jz-verdict")
        return tag(
            "article",
            head,
            tag("p", esc(answer["summary"]), cls="jz-summary"),
            cls="jz-card is-undetermined",
            aria_label=word("verdict", lang),
        )
    if answer["clarify"]:
        return _asking(answer, library, lang, options)
    parts = [
        _head(answer, lang),
        tag("p", esc(answer["summary"]), cls="jz-summary"),
        _plain(answer, lang) if plain else "",
        _several(answer, lang),
        _now(answer, lang),
        _say(answer, lang),
        _actions(answer, lang),
        _basis(answer, lang),
        _local(answer, lang),
        _near(answer, library, lang),
        _steps(answer, library, lang),
        _scope(answer, lang),
    ]
    return tag("article", *parts, cls=f"jz-card is-{answer['verdict'].replace('_', '-')}", aria_label=word("verdict", lang), data_ready="1")


def _local(answer: dict[str, Any], lang: str) -> str:
    """The place's own policy, and what would have to change for a proof that is kept."""
    policy, changes = answer["policy"], answer["would_change"]
    rows = [tag("li", esc(f"{policy['title']}：{policy['label']}"))] if policy and policy["label"] else []
    rows += [tag("li", esc(policy["exception"]))] if policy and policy["exception"] else []
    rows += [tag("li", esc(sentence)) for sentence in changes]
    if not rows:
        return ""
    return tag("details", tag("summary", tag("h3", esc(word("policy", lang)))), tag("ul", *rows), cls="jz-fold")


def message(text: str, buttons: Sequence[tuple[str, str]] = (), *, region: bool = False) -> str:
    """A plain card that says one thing, with buttons that ask (or set the region)."""
    chosen = [_button(label, **({"data_region": value} if region else {"data_ask": value})) for label, value in buttons]
    inner = tag("div", *chosen, cls="jz-choices") if chosen else ""
    return tag("article", tag("p", esc(text), cls="jz-summary", role="alert"), inner, cls="jz-card is-undetermined")


def _button(label: str, **attributes: object) -> str:
    return tag("button", esc(label), type="button", cls="jz-chip", **attributes)


def _shape(verdict: str) -> str:
    return f'<svg class="jz-shape" viewBox="0 0 48 48" aria-hidden="true" focusable="false">{_SHAPES[verdict]}</svg>'


def _head(answer: dict[str, Any], lang: str) -> str:
    verdict = tag("h2", esc(choice(VERDICT, answer["verdict"], lang)), cls="jz-verdict-word")
    what, path = _what(answer, lang), ""
    if answer["path"]:
        also = "、".join(choice(PATH, item, lang) for item in answer["alternatives"])
        extra = tag("span", esc(f"{word('also', lang)} {also}"), cls="jz-also") if also else ""
        path = tag(
            "p",
            tag("span", esc(word("path", lang)), cls="jz-label"),
            tag("strong", esc(choice(PATH, answer["path"], lang))),
            extra,
            cls="jz-path",
        )
    return tag("div", _shape(answer["verdict"]), tag("div", verdict, what), path, cls="jz-verdict")


def _plain(answer: dict[str, Any], lang: str) -> str:
    place = tag("div", tag("p", esc(word("waiting", lang))), data_src=link("/reword", lang=lang, **_given(answer)), aria_live="polite")
    return tag("details", tag("summary", tag("h3", esc(word("plain", lang)))), place, cls="jz-fold")


def _given(answer: dict[str, Any]) -> dict[str, Any]:
    """What makes the same answer again."""
    return {"q": answer["question"], "region": answer["region"], "as_of": answer["as_of"], "role": answer["role"]}


def _several(answer: dict[str, Any], lang: str) -> str:
    rows = [
        tag(
            "li",
            _shape(part["verdict"]),
            tag("strong", esc(part["proof"])),
            " ",
            esc(choice(VERDICT, part["verdict"], lang)),
            tag("span", esc(choice(PATH, part["path"], lang)), cls="jz-also"),
            cls=f"is-{part['verdict'].replace('_', '-')}",
        )
        for part in answer.get("parts", ())
    ]
    return _section(word("parts", lang), tag("ul", *rows, cls="jz-parts")) if rows else ""


def _section(title: str, *inner: str, cls: str = "") -> str:
    return tag("section", tag("h3", esc(title)), *inner, cls=f"jz-section {cls}".strip())


def _now(answer: dict[str, Any], lang: str) -> str:
    return _section(word("now", lang), tag("p", esc(answer["instead"])), cls="jz-now") if answer["instead"] else ""


def _say(answer: dict[str, Any], lang: str) -> str:
    said = aloud(answer)
    if not said:
        return ""
    copy = _button(word("copy", lang), data_copy=said, data_done=word("copied", lang))
    return _section(word(f"say.{answer['role']}", lang), tag("blockquote", tag("p", esc(said)), copy), cls="jz-say")


def _basis(answer: dict[str, Any], lang: str) -> str:
    items = [_citation(cite, lang) for cite in answer["citations"]]
    return _section(word("basis", lang), *(items or [tag("p", esc(word("basis.none", lang)))]), cls="jz-basis")


def _citation(cite: dict[str, Any], lang: str) -> str:
    kind = "verbatim" if cite["text_kind"] == "verbatim" else "gist"
    name = tag("span", esc(f"《{cite['title'].strip('《》')}》{cite['article'] or ''}"), cls="jz-cite-name")
    status = (
        word(f"status.{cite['status']}", lang)
        if cite["status"] in ("in_force", "not_yet_in_force", "amended", "repealed", "unknown")
        else ""
    )
    tags = [choice(LEVEL, cite["level"], lang), cite["doc_number"] or "", cite["region"] or "", status]
    facts = tag(
        "span", *(tag("span", esc(item)) for item in tags if item), tag("span", esc(word(kind, lang)), cls=f"jz-{kind}"), cls="jz-tags"
    )
    text = tag("span", esc(_short(cite["text"])), cls="jz-cite-text")
    more = tag("span", esc(word("open", lang)), cls="jz-open")
    return _opening(tag("summary", name, facts, text, more), cite["ref"], lang, "jz-cite")


def _opening(summary: str, ref: str, lang: str, cls: str) -> str:
    """A line that opens the place of a reference; the page fetches that place when it is first opened."""
    place = tag(
        "div", tag("p", esc(word("waiting", lang))), cls="jz-context", data_src=link("/source", ref=ref, lang=lang), aria_live="polite"
    )
    return tag("details", summary, place, cls=cls, data_ref=ref)


def _short(text: str, limit: int = 110) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[:limit] + "……"


def _near(answer: dict[str, Any], library: Library, lang: str) -> str:
    items = []
    for miss in answer["near_misses"]:
        why = choice(WHY_NOT, miss["why_not"], lang) + (f"：{miss['note']}" if miss["note"] else "")
        summary = tag("summary", tag("span", esc(title_of(library, miss["ref"])), cls="jz-cite-name"), tag("span", esc(why), cls="jz-why"))
        items.append(_opening(summary, miss["ref"], lang, "jz-cite jz-miss"))
    return _fold(word("near", lang), len(items), *items) if items else ""


def _fold(title: str, count: int | None, *inner: str) -> str:
    number = tag("span", str(count), cls="jz-count") if count is not None else ""
    return tag("details", tag("summary", tag("h3", esc(title)), number), *inner, cls="jz-fold")


def _steps(answer: dict[str, Any], library: Library, lang: str) -> str:
    rows = []
    for step in answer["steps"]:
        cites = "；".join(title_of(library, ref) for ref in step["citations"])
        parts = [("step.fact", step["fact"]), ("step.outcome", step["outcome"]), ("step.cites", cites)]
        said = "".join(tag("dt", esc(word(key, lang))) + tag("dd", lines(text)) for key, text in parts if text)
        rows.append(tag("li", tag("dl", said), data_rule=step["rule"]))
    return _fold(word("steps", lang), len(rows), tag("ol", *rows, cls="jz-steps")) if rows else ""


def _scope(answer: dict[str, Any], lang: str) -> str:
    """Region, day and how much was searched, in one line; what exactly, behind it."""
    scan = answer["scan"]
    said = [word("scope.region", lang, region=answer["region"]), word("scope.day", lang, day=answer["as_of"])]
    if scan["instruments"]:
        said.append(word("scope.scan", lang, instruments=scan["instruments"], provisions=scan["provisions"]))
    more = [word("scope.terms", lang, terms="、".join(scan["terms"]))] if scan["terms"] else []
    more += [scan["coverage"]] if scan["coverage"] else []
    more.append(word("scope.corpus", lang, corpus=scan["corpus"][:12]))
    head = tag("summary", *(tag("span", esc(item)) for item in said))
    return tag("details", head, *(tag("p", esc(item)) for item in more), cls="jz-coverage", aria_label=word("scope", lang))


_KEYS = {"commitment": "c", "verification": "v"}


def _actions(answer: dict[str, Any], lang: str) -> str:
    given = _given(answer)
    shown = []
    for kind in letters_for(answer):
        key = _KEYS.get(kind)
        hint = tag("kbd", key, aria_hidden="true") if key else ""
        shown.append(
            tag(
                "a",
                esc(word(f"letter.{kind}", lang)),
                hint,
                href=link(f"/letter/{kind}.docx", **given),
                cls="jz-chip",
                data_key=key,
                download=True,
            )
        )
    shown.append(
        tag(
            "button",
            esc(word("print", lang)),
            tag("kbd", "p", aria_hidden="true"),
            type="button",
            cls="jz-chip",
            data_print="1",
            data_key="p",
        )
    )
    return tag("div", *shown, cls="jz-actions", role="group", aria_label=word("actions", lang))


def _asking(answer: dict[str, Any], library: Library, lang: str, options: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> str:
    head = tag(
        "div",
        _shape("undetermined"),
        tag("div", tag("h2", esc(word("back", lang)), cls="jz-verdict-word"), _what(answer, lang)),
        cls="jz-verdict",
    )
    groups = []
    for text, buttons in options or [(item, ()) for item in answer["clarify"]]:
        chosen = [_button(label, data_ask=question) for label, question in buttons]
        other = _button(word("back.other", lang), data_focus="1")
        groups.append(tag("section", tag("h3", esc(text)), tag("div", *chosen, other, cls="jz-choices"), cls="jz-section jz-back"))
    tail = [_basis(answer, lang) if answer["citations"] else "", _near(answer, library, lang), _scope(answer, lang)]
    return tag("article", head, *groups, *tail, cls="jz-card is-undetermined", aria_label=word("back", lang), data_ready="1")


def _what(answer: dict[str, Any], lang: str) -> str:
    """Matter and proof by their usual names, and how the question called the proof where that differs."""
    named = [answer[key]["name"] for key in ("matter", "proof") if answer[key]]
    said = answer["proof"]["matched"] if answer["proof"] else ""
    own = tag("small", esc(word("said", lang, said=said))) if said and said not in answer["proof"]["name"] else ""
    return tag("p", esc(" · ".join(named)), " ", own, cls="jz-what") if named else ""
