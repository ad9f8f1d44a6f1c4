"""Column headings → fields, by data with examples (``data/columns.toml``).

A heading is compared whole, then without its bracketed part, then by pattern, then fuzzily (for scans and typing errors). Nothing here
looks at a particular document.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from rapidfuzz import fuzz

from knowledge.errors import BadRule

DATA = FilePath(__file__).parent / "data"
MAX_HEADING = 40
_WEAK = {"remark", "purpose", "other", "serial"}  # a bracketed hint such as 备注(取消后办理方式) overrides these
FUZZY = 80


@dataclass(frozen=True, slots=True)
class Field:
    """One field: whole headings, patterns and the examples that tests run both ways."""

    name: str
    exact: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    examples: tuple[str, ...]
    counter: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A recognised heading: the field's name and how sure the match is (0 to 100)."""

    field: str
    score: int


def squash(heading: str) -> str:
    """A heading without spaces, stars and colons, brackets half-width: ``证 明（盖章）材料：`` → ``证明(盖章)材料``."""
    out = re.sub(r"[\s*※★:：]", "", heading)
    return out.translate(str.maketrans("（）【】［］〔〕", "()()()()")).strip("、,，.。")


@lru_cache(maxsize=1)
def fields() -> tuple[Field, ...]:
    """The fields of ``columns.toml`` in order. Raises :class:`BadRule` when the data is malformed."""
    raw: dict[str, list[dict[str, Any]]] = tomllib.loads((DATA / "columns.toml").read_text("utf-8"))
    try:
        return tuple(
            Field(
                f["name"],
                frozenset(squash(e) for e in f["exact"]),
                tuple(re.compile(p) for p in f["pattern"]),
                tuple(f["examples"]),
                tuple(f["not"]),
            )
            for f in raw["field"]
        )
    except (KeyError, re.error) as error:
        raise BadRule(f"columns.toml 有误：{error}。") from error


@lru_cache(maxsize=4096)
def match(heading: str) -> Match | None:
    """The field a heading names, or None. Headings over 40 characters are sentences, not headings."""
    text = squash(heading)
    if not text or len(text) > MAX_HEADING:
        return None
    outside, inside = _split_brackets(text)
    whole = _direct(text)
    if whole and whole.field not in _WEAK:
        return whole
    outer, inner = _direct(outside) if outside != text else whole, _direct(inside) if inside else None
    if inner and (outer is None or outer.field in _WEAK) and inner.field not in ("serial", "other", "remark"):
        return Match(inner.field, inner.score - 2)
    best = whole or (Match(outer.field, outer.score - 3) if outer else None)
    return best or _fuzzy(text)


def _split_brackets(text: str) -> tuple[str, str]:
    inside = "".join(re.findall(r"\(([^()]*)\)", text))
    return re.sub(r"\([^()]*\)", "", text), inside


@lru_cache(maxsize=4096)
def _direct(text: str) -> Match | None:
    for field in fields():
        if text in field.exact:
            return Match(field.name, 100)
    for field in fields():
        if any(p.search(text) for p in field.patterns):
            return Match(field.name, 90)
    return None


def _fuzzy(text: str) -> Match | None:
    if len(text) < 4 or len(text) > 14:
        return None
    scored = sorted(
        ((fuzz.ratio(text, e), f.name) for f in fields() for e in f.exact if abs(len(e) - len(text)) <= 2 and len(e) >= 4), reverse=True
    )
    if not scored or scored[0][0] < FUZZY:
        return None
    rival = next((s for s, name in scored if name != scored[0][1]), 0)
    return Match(scored[0][1], int(scored[0][0]) - 10) if scored[0][0] - rival >= 5 else None


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds which field; ``ticks``: columns whose heading is a value and whose cells are ticked (√)."""

    by_field: tuple[tuple[str, tuple[int, ...]], ...]
    headings: tuple[str, ...]
    parents: tuple[str, ...]

    def of(self, field: str) -> tuple[int, ...]:
        """Column numbers of a field, best first; empty when the table has none."""
        return dict(self.by_field).get(field, ())

    def first(self, field: str) -> int | None:
        """The best column of a field, or None."""
        found = self.of(field)
        return found[0] if found else None

    @property
    def known(self) -> int:
        """Number of distinct fields recognised."""
        return len([f for f, _ in self.by_field if f != "other"])


def assign(headings: Sequence[str], parents: Sequence[str] = ()) -> Columns:
    """Give every column its field.

    ``headings`` are the lowest storey, ``parents`` the storey above (empty where there is none). A leaf that says nothing by itself takes
    its parent's field; a leaf under 设定依据 such as 名称 belongs to the basis.
    """
    above = list(parents) + [""] * (len(headings) - len(parents))
    found: dict[str, list[tuple[int, int]]] = {}
    for i, (leaf, parent) in enumerate(zip(headings, above, strict=False)):
        hit = match(leaf)
        over = match(parent) if parent and parent != leaf else None
        if (
            over
            and over.field == "original_basis"
            and (hit is None or hit.field in ("other", "proof_name", "matter", "serial", "item_type"))
        ):
            hit = Match("original_basis" if re.search(r"名称|依据|文件|^$", leaf) else "basis_text", over.score - 5)
        elif hit is None and over is not None:
            hit = Match(over.field if not _ticklike(leaf) else "other", over.score - 10)
        if hit:
            found.setdefault(hit.field, []).append((-hit.score, i))
    return Columns(
        tuple((field, tuple(i for _, i in sorted(columns))) for field, columns in found.items()),
        tuple(headings),
        tuple(above[: len(headings)]),
    )


def _ticklike(leaf: str) -> bool:
    return len(squash(leaf)) <= 8


def heading_score(cells: Sequence[str]) -> int:
    """How much a row looks like a heading row: distinct fields recognised, minus cells that are plainly data."""
    texts = [c for c in dict.fromkeys(cells) if c.strip()]
    names = {m.field for m in (match(t) for t in texts) if m}
    data = sum(1 for t in texts if re.fullmatch(r"\d+(\.\d+)?", t.strip()) or len(squash(t)) > 24)
    return len(names) - data
