"""Texts without 第X条 (决定, 批复, 修正案, 通知): which numbering makes their points, or plain paragraphs."""

from __future__ import annotations

from ingest.law_lines import Line, open_quotes, point_heading


def choose_scheme(lines: list[Line]) -> str | None:
    """The numbering of the points: ``一、``, ``（一）`` or ``1.``; ``None`` when the text has plain paragraphs only.

    When every ``一、`` is a Markdown heading and the Arabic numbers run on from one heading to the next, the Arabic numbers are the points.
    """
    runs: dict[str, list[tuple[int, bool]]] = {"一、": [], "（一）": [], "1.": []}
    quotes = 0
    for line in lines:
        if line.kind in ("text", "heading") and not quotes:
            found = point_heading(line.text)
            if found:
                runs[found[0]].append((found[1], line.kind == "heading"))
        quotes = open_quotes(line.text, quotes)
    chinese, arabic = runs["一、"], runs["1."]
    if chinese and all(heading for _, heading in chinese) and _runs_on(arabic) and len(arabic) > len(chinese):
        return "1."
    for scheme in ("一、", "（一）", "1."):
        if runs[scheme] and runs[scheme][0][0] == 1:
            return scheme
    return None


def _runs_on(numbers: list[tuple[int, bool]]) -> bool:
    """True when the numbers rise by one from one to the end."""
    return bool(numbers) and [number for number, _ in numbers] == list(range(1, len(numbers) + 1))
