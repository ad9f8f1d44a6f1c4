"""Loads ``data/demands.toml`` once: the wording of demands as compiled patterns."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from knowledge.errors import BadRule

# One character for one: offsets in the widened text are offsets in the source.
WIDE = str.maketrans("(),:;\u3000\xa0", "（），：；  ")
ITEM_MARK = re.compile(r"(?:^|(?<=[\n：；。]))[ \t]*(?:（[一二三四五六七八九十百\d]{1,4}）|\d{1,2}[.、．]|[①-⑳])[ \t]*")
SENTENCE_END = re.compile(r"[。！？\n]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One pattern of the data file with its examples and counterexamples."""

    id: str
    group: str  # verb | negative | exclude | strength
    pattern: re.Pattern[str]
    kind: str = ""
    examples: tuple[str, ...] = ()
    counter: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Patterns:
    """Compiled vocabulary of demands."""

    entries: tuple[Entry, ...]
    exclusions: dict[str, tuple[re.Pattern[str], ...]]
    trigger: re.Pattern[str]
    asks: re.Pattern[str]
    verb: re.Pattern[str]
    negative: re.Pattern[str]
    head: re.Pattern[str]
    weak_head: re.Pattern[str]
    false_head: re.Pattern[str]
    licence: re.Pattern[str]
    form: re.Pattern[str]
    issuer: re.Pattern[str]
    authority: re.Pattern[str]
    delegated: re.Pattern[str]
    general: re.Pattern[str]

    def excludes(self, scope: str) -> tuple[re.Pattern[str], ...]:
        """Exclusions that look at ``scope``: segment, sentence, left, lead or material."""
        return self.exclusions.get(scope, ())


def _any(words: list[str]) -> str:
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


def _entry(group: str, raw: dict[str, Any]) -> Entry:
    try:
        pattern = re.compile(raw["pattern"])
        examples = tuple(raw["examples"])
        kind = str(raw.get("kind") or raw.get("scope") or "")
        return Entry(raw["id"], group, pattern, kind, examples, tuple(raw.get("counter", ())))
    except (KeyError, re.error) as error:
        raise BadRule(
            f"demands.toml 的 [[{group}]] 条目 {raw.get('id', '（无 id）')} 写法有误：{error}。请补齐 id、pattern、examples。"
        ) from error


@lru_cache(maxsize=1)
def patterns() -> Patterns:
    """The compiled patterns of ``ingest/data/demands.toml``.

    Raises BadRule (Chinese message naming the entry) when the file does not validate.
    """
    raw = tomllib.loads(files("ingest").joinpath("data", "demands.toml").read_text("utf-8"))
    entries = tuple(_entry(group, item) for group in ("verb", "negative", "exclude", "strength") for item in raw[group])
    words: dict[str, list[str]] = raw["vocabulary"]
    by_id = {e.id: e for e in entries}
    verbs = "|".join(
        f"(?P<{kind}>{_any([e.pattern.pattern for e in entries if e.kind == kind])})" for kind in ("check", "hold", "by", "submit")
    )
    return Patterns(
        entries=entries,
        exclusions={k: tuple(e.pattern for e in entries if e.group == "exclude" and e.kind == k) for k in {e.kind for e in entries}},
        trigger=re.compile(_any(words["papers"])),
        asks=re.compile(_any(words["asks"])),
        verb=re.compile(verbs),
        negative=re.compile(_any([e.pattern.pattern for e in entries if e.group == "negative"])),
        head=re.compile(_any(words["heads"]) + "$"),
        weak_head=re.compile(_any(words["weak_heads"]) + "$"),
        false_head=re.compile(_any(words["false_heads"]) + "$"),
        licence=re.compile(_any([w + "(?!明)" if w.endswith("证") else w for w in words["licences"]])),
        form=re.compile(_any(words["forms"])),
        issuer=re.compile(_any(words["issuers"]) + "$"),
        authority=re.compile(_any(words["authorities"])),
        delegated=by_id["delegated"].pattern,
        general=by_id["general"].pattern,
    )
