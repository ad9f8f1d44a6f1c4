"""Free text of a list → cancellation path 取消路径, by ordered patterns with examples (``data/paths.toml``)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from knowledge.errors import BadRule
from knowledge.types import ListKind, Path

DATA = FilePath(__file__).parent / "data"
_QUOTED = re.compile(r"《[^》]*》")
_UNSAID = re.compile(r"(未|没有?|无)(再)?(写|列|说明|规定|明确|提及|公布)?(明|出)?替代(方式|措施|办法)?")
_FALLBACK = re.compile(r"(?<=[,，;；。])(?:确有)?必要时[^,，;；。]*[,，;；。]?")
_DECIDED = {ListKind.RETAIN: Path.RETAIN, ListKind.COMMITMENT: Path.COMMITMENT}


@dataclass(frozen=True, slots=True)
class PathRule:
    """One rule: ``only`` limits it to a kind of list; lower ``rank`` wins."""

    path: Path
    rank: int
    patterns: tuple[re.Pattern[str], ...]
    examples: tuple[str, ...]
    counter: tuple[str, ...] = ()
    only: str | None = None

    def find(self, text: str) -> int | None:
        """Where the rule first fires in ``text``, or None."""
        hits = [m.start() for m in (p.search(text) for p in self.patterns) if m]
        return min(hits) if hits else None


@lru_cache(maxsize=1)
def rules() -> tuple[tuple[PathRule, ...], tuple[PathRule, ...]]:
    """``(label rules, text rules)``. Raises :class:`BadRule` when the data is malformed."""
    raw: dict[str, list[dict[str, Any]]] = tomllib.loads((DATA / "paths.toml").read_text("utf-8"))
    try:
        made = [
            tuple(
                PathRule(
                    Path(r["path"]),
                    int(r.get("rank", i)),
                    tuple(re.compile(p) for p in r["pattern"]),
                    tuple(r["examples"]),
                    tuple(r.get("not", ())),
                    r.get("only"),
                )
                for i, r in enumerate(raw[group])
            )
            for group in ("label", "text")
        ]
    except (KeyError, ValueError, re.error) as error:
        raise BadRule(f"paths.toml 有误：{error}。") from error
    return made[0], made[1]


def label_path(label: str | None) -> Path:
    """The path a short label such as 网络核验 or 书面承诺 names; UNKNOWN when it names none (long cells: :func:`text_path`)."""
    text = re.sub(r"\s", "", label or "")
    if not text or len(text) > 16:
        return Path.UNKNOWN
    for rule in rules()[0]:
        if rule.find(text) is not None:
            return rule.path
    return Path.UNKNOWN


def text_path(text: str | None, kind: ListKind | None = None) -> Path:
    """The path that a sentence about "what happens instead" describes; UNKNOWN when it describes none."""
    plain = re.sub(r"\s", "", text or "")
    plain = _FALLBACK.sub("", plain) or plain
    plain = _QUOTED.sub(lambda m: m.group() if "承诺" in m.group() else "《》", _UNSAID.sub("", plain))
    best: tuple[int, int] | None = None
    chosen = Path.UNKNOWN
    for rule in rules()[1]:
        if rule.only is not None and (kind is None or kind.value != rule.only):
            continue
        at = rule.find(plain)
        if at is not None and (best is None or (rule.rank, at) < best):
            best, chosen = (rule.rank, at), rule.path
    return chosen


def path_of(kind: ListKind, replacement: str | None, label: str | None = None) -> Path:
    """The path of a row: what its list decides (retain, commitment), else its label column, else its free text.

    An agency list means 代办 unless the row says 保留; a list of proofs a body does not issue decides nothing by itself.
    """
    if kind in _DECIDED:
        return _DECIDED[kind]
    named = label_path(label)
    if named is not Path.UNKNOWN:
        return named
    if label:
        named = text_path(label, kind)
    found = text_path(replacement, kind)
    if found is Path.UNKNOWN:
        found = named
    if kind is ListKind.AGENCY and found is not Path.RETAIN:
        return Path.AGENCY
    return found
