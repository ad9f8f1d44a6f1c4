"""Contrast of every pair of colours that the style sheet puts together, worked out as WCAG 2.1 does; AA wants 4.5 for text and 3 for shapes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[1] / "assistant" / "theme" / "jianzheng.css").read_text(encoding="utf-8")
TEXT = [
    *((ink, paper) for ink in ("ink", "soft", "accent") for paper in ("bg", "paper", "tint")),
    *((tone, paper) for tone in ("yes", "no", "if", "un") for paper in ("paper", f"{tone}-tint")),
    ("ink", "mark"),
    ("accent-ink", "accent"),
    *(("ink", f"{tone}-tint") for tone in ("yes", "no", "if", "un")),
    *(("soft", f"{tone}-tint") for tone in ("yes", "no", "if", "un")),
]


def _colours(start: str) -> dict[str, tuple[int, ...]]:
    block = CSS[CSS.index(start) :].split("}", 1)[0]
    return {
        name: tuple(int(code[at : at + 2], 16) for at in (0, 2, 4)) for name, code in re.findall(r"--jz-([\w-]+): #([0-9a-f]{6})", block)
    }


def _light(colour: tuple[int, ...]) -> float:
    parts = [value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _contrast(left: tuple[int, ...], right: tuple[int, ...]) -> float:
    light, dark = sorted((_light(left), _light(right)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("start", [":root {", ".dark, :root.jz-dark {"], ids=["light", "dark"])
def test_text_stands_out(start: str) -> None:
    colours = _colours(start)
    weak = {pair: round(_contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in TEXT}
    assert not {pair: value for pair, value in weak.items() if value < 4.5}


@pytest.mark.parametrize("start", [":root {", ".dark, :root.jz-dark {"], ids=["light", "dark"])
def test_edges_of_fields_stand_out(start: str) -> None:
    edge = tuple(int("8b949b"[at : at + 2], 16) for at in (0, 2, 4))
    assert "border: 1px solid #8b949b" in CSS
    assert _contrast(edge, _colours(start)["paper"]) >= 3


def test_the_measure_is_the_known_one() -> None:
    assert round(_contrast((0, 0, 0), (255, 255, 255)), 1) == 21.0
    assert round(_contrast((118, 118, 118), (255, 255, 255)), 2) == 4.54
