"""What headings and titles say (``data/kinds.toml``): the effect of a list, the kind of a document, whether an issuer is national."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from knowledge.errors import BadRule
from knowledge.types import DocKind, ListKind

DATA = FilePath(__file__).parent / "data"
_ORDER = (DocKind.DRAFT, DocKind.GUIDE, DocKind.CATALOGUE, DocKind.LEDGER, DocKind.LIST, DocKind.LAW)


@dataclass(frozen=True, slots=True)
class KindRule:
    """One kind with its patterns and the examples that tests run both ways."""

    kind: str
    patterns: tuple[re.Pattern[str], ...]
    examples: tuple[str, ...]
    counter: tuple[str, ...]
    rank: int = 0

    def fires(self, text: str) -> bool:
        """True when any pattern is found in ``text``."""
        return any(p.search(text) for p in self.patterns)


@lru_cache(maxsize=1)
def _raw() -> dict[str, Any]:
    return tomllib.loads((DATA / "kinds.toml").read_text("utf-8"))


@lru_cache(maxsize=4)
def kind_rules(group: str) -> tuple[KindRule, ...]:
    """The rules of ``list`` or ``document``. Raises :class:`BadRule` when the data is malformed."""
    try:
        return tuple(
            KindRule(r["kind"], tuple(re.compile(p) for p in r["pattern"]), tuple(r["examples"]), tuple(r["not"]), int(r.get("rank", 0)))
            for r in _raw()[group]
        )
    except (KeyError, ValueError, re.error) as error:
        raise BadRule(f"kinds.toml 有误：{error}。") from error


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text).translate(str.maketrans("（）【】", "()[]"))


def list_kind(text: str) -> ListKind | None:
    """The one effect a heading names; None when it names none or two of the same rank (取消、保留清单)."""
    plain = _plain(text)
    fired = [r for r in kind_rules("list") if r.fires(plain)]
    if not fired:
        return None
    best = min(r.rank for r in fired)
    kinds = {r.kind for r in fired if r.rank == best}
    return ListKind(kinds.pop()) if len(kinds) == 1 else None


def document_kinds(title: str) -> tuple[DocKind, ...]:
    """Kinds of document the title speaks for, strongest first; empty when it says nothing."""
    plain = _plain(title)
    fired = {DocKind(r.kind) for r in kind_rules("document") if r.fires(plain)}
    return tuple(k for k in _ORDER if k in fired)


@lru_cache(maxsize=1)
def _national() -> tuple[tuple[re.Pattern[str], ...], re.Pattern[str]]:
    group = _raw()["national"]
    return tuple(re.compile(p) for p in group["pattern"]), re.compile(group["local"])


def is_national(issuer: str) -> bool:
    """True when the (first) issuer is a body of the whole country: 国务院, a ministry, 最高人民法院 …"""
    first = re.split(r"[、,，;；/／\s(（]", _plain(issuer).strip())[0]
    patterns, local = _national()
    return any(p.search(first) for p in patterns) and not local.search(first)
