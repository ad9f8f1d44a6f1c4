"""Rule data: load, validate, evaluate on plain facts. Pure: the same facts give the same outcome, byte for byte.

A rule lives in ``knowledge/data/rules/*.toml`` and says when it applies (``when``, ``unless``, ``any``), what follows (``verdict``, ``path``,
``alternatives``), what the reader is told (``fact``, ``outcome``), and on which authority (``cite``: keys of ``corpora/national/norms.jsonl``
or ``slot:NAME`` for the norms that stand for a doctrine in the region asked about). ``from``/``until`` bound the days on which the rule is law,
``checked`` is the day somebody last verified it. Stages run in order; in a stage the first rule that fits decides, except in stages listed in
``ALL_STAGES``, where every fitting rule adds its step.

Nothing is decided by default: when no verdict rule fits, the outcome is ``undetermined`` with what is missing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from knowledge.errors import BadRule
from knowledge.types import Path, Step, Verdict

RULES_DIR = FilePath(__file__).parent / "data" / "rules"
STAGES = ("scope", "kind", "body", "verdict", "limit", "path", "note")
ALL_STAGES = frozenset({"kind", "body", "note"})

Fact = str | bool | int | None | tuple[str, ...]
Facts = Mapping[str, Fact]
Condition = tuple[tuple[str, tuple[Fact, ...]], ...]

_KEYS = {
    "id", "stage", "when", "unless", "any", "verdict", "path", "alternatives", "fact", "outcome", "cite", "instead", "missing", "from", "until",
    "checked", "examples", "counter_examples", "why",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule 规则. ``cite`` are norm keys or slots; ``examples``/``counter_examples`` are fact tables that a test runs both ways."""

    id: str
    stage: str
    when: Condition
    unless: Condition
    any: tuple[Condition, ...]
    verdict: Verdict | str | None
    path: Path | str | None
    alternatives: tuple[Path, ...]
    fact: str
    outcome: str
    cite: tuple[str, ...]
    instead: str
    missing: tuple[str, ...]
    valid_from: date | None
    valid_until: date | None
    checked: date | None
    examples: tuple[Mapping[str, Any], ...]
    counter_examples: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules made of the facts. ``cites`` keeps the order in which rules asked for them, first the most specific."""

    verdict: Verdict
    path: Path | None
    steps: tuple[Step, ...] = ()
    cites: tuple[str, ...] = ()
    alternatives: tuple[Path, ...] = ()
    missing: tuple[str, ...] = ()
    instead: str = ""
    decided_by: str | None = None
    fired: tuple[str, ...] = field(default=())


def load_rules(folder: FilePath = RULES_DIR) -> tuple[Rule, ...]:
    """Read and validate every rule file of a folder, in file name order.

    Raises:
        BadRule: unknown key or fact, duplicate id, value outside its enum (message in Chinese, naming file and rule).
    """
    known = frozenset(tomllib.loads((folder / "facts.toml").read_text("utf-8"))["fact"])
    rules: list[Rule] = []
    for path in sorted(folder.glob("[0-9]*.toml")):
        for raw in tomllib.loads(path.read_text("utf-8")).get("rule", []):
            rules.append(_rule(raw, path.name, known))
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise BadRule(f"规则编号重复：{rule.id}。每条规则的 id 必须唯一，请改名。")
        seen.add(rule.id)
    return tuple(rules)


@lru_cache(maxsize=1)
def default_rules() -> tuple[Rule, ...]:
    """The shipped rules, loaded once."""
    return load_rules()


def _rule(raw: Mapping[str, Any], where: str, known: frozenset[str]) -> Rule:
    rid = str(raw.get("id", "?"))
    unknown = set(raw) - _KEYS
    if unknown:
        raise BadRule(f"规则文件 {where} 的规则 {rid}：不认识的键 {sorted(unknown)}；可用的键：{sorted(_KEYS)}。")
    if raw.get("stage") not in STAGES:
        raise BadRule(f"规则文件 {where} 的规则 {rid}：stage 应为 {STAGES} 之一，现为 {raw.get('stage')!r}。")
    anys = tuple(_condition(c, rid, where, known) for c in raw.get("any", []))
    return Rule(
        id=rid,
        stage=raw["stage"],
        when=_condition(raw.get("when", {}), rid, where, known),
        unless=_condition(raw.get("unless", {}), rid, where, known),
        any=anys,
        verdict=_enum(Verdict, raw.get("verdict"), rid, where),
        path=_enum(Path, raw.get("path"), rid, where),
        alternatives=tuple(Path(p) for p in raw.get("alternatives", [])),
        fact=raw.get("fact", ""),
        outcome=raw.get("outcome", ""),
        cite=tuple(raw.get("cite", [])),
        instead=raw.get("instead", ""),
        missing=tuple(raw.get("missing", [])),
        valid_from=raw.get("from"),
        valid_until=raw.get("until"),
        checked=raw.get("checked"),
        examples=tuple(raw.get("examples", [])),
        counter_examples=tuple(raw.get("counter_examples", [])),
    )


def _enum(kind: type[Verdict] | type[Path], value: Any, rid: str, where: str) -> Any:
    """An enum member, ``None``, or a ``{fact}`` reference resolved at evaluation."""
    if value is None or (isinstance(value, str) and value.startswith("{")):
        return value
    try:
        return kind(value)
    except ValueError as error:
        raise BadRule(f"规则文件 {where} 的规则 {rid}：{value!r} 不是允许的取值；可用：{[m.value for m in kind]}。") from error


def _condition(raw: Mapping[str, Any], rid: str, where: str, known: frozenset[str]) -> Condition:
    out: list[tuple[str, tuple[Fact, ...]]] = []
    for key, value in raw.items():
        if key not in known:
            raise BadRule(f"规则文件 {where} 的规则 {rid}：事实 {key!r} 没有在 facts.toml 里登记；请登记或改名。")
        out.append((key, tuple(value) if isinstance(value, list) else (value,)))
    return tuple(out)


def holds(condition: Condition, facts: Facts) -> bool:
    """True when every pair of the condition fits. A tuple fact fits when it shares a member; ``true``/``false`` test presence."""
    for key, allowed in condition:  # noqa: SIM110 — a plain loop: a ledger asks this a million times
        if not _fits(facts.get(key), allowed):
            return False
    return True


def _fits(value: Fact, allowed: tuple[Fact, ...]) -> bool:
    if allowed == (True,):
        return bool(value)
    if allowed == (False,):
        return not value
    if isinstance(value, tuple):
        return any(item in allowed for item in value)
    return value in allowed


def applies(rule: Rule, facts: Facts, day: date) -> bool:
    """True when the rule is law on that day and its conditions fit."""
    if rule.valid_from and day < rule.valid_from:
        return False
    if rule.valid_until and day >= rule.valid_until:
        return False
    if not holds(rule.when, facts):
        return False
    if rule.unless and holds(rule.unless, facts):
        return False
    return not rule.any or any(holds(c, facts) for c in rule.any)


def evaluate(facts: Facts, day: date, rules: Iterable[Rule] | None = None) -> Outcome:
    """Run the stages in order on ``facts``.

    Returns:
        The outcome; ``undetermined`` with ``missing`` filled when no rule decided.
    """
    rules = default_rules() if rules is None else tuple(rules)
    state = _State()
    for stage in STAGES:
        for rule in rules:
            if rule.stage != stage or not applies(rule, facts, day):
                continue
            state.take(rule, facts)
            if stage == "scope":
                return state.outcome()
            if stage not in ALL_STAGES:
                break
    return state.outcome()


class _State:
    """What has been decided so far while the stages run."""

    def __init__(self) -> None:
        self.verdict: Verdict | None = None
        self.path: Path | None = None
        self.steps: list[Step] = []
        self.cites: list[str] = []
        self.alternatives: list[Path] = []
        self.missing: list[str] = []
        self.instead = ""
        self.decided_by: str | None = None

    def take(self, rule: Rule, facts: Facts) -> None:
        verdict = _resolve(rule.verdict, facts)
        path = _resolve(rule.path, facts)
        if verdict is not None and (self.verdict is None or rule.stage == "limit"):
            self.verdict, self.decided_by = Verdict(verdict), rule.id
        if path is not None and (self.path is None or rule.stage == "limit"):
            self.path = None if path == "none" else Path(path)
        cites = [c for c in _expand(rule.cite, facts) if c]
        if verdict is not None and rule.stage == "verdict" and self.decided_by == rule.id:  # what decides is cited first
            self.cites = [*cites, *(c for c in self.cites if c not in cites)]
        self.cites += [c for c in cites if c not in self.cites]
        self.alternatives += [p for p in rule.alternatives if p not in self.alternatives]
        self.missing += [m for m in rule.missing if m not in self.missing]
        self.instead = self.instead or fill(rule.instead, facts)
        self.steps.append(Step(rule.id, fill(rule.fact, facts), fill(rule.outcome, facts), tuple(cites)))

    def outcome(self) -> Outcome:
        return Outcome(
            verdict=self.verdict or Verdict.UNDETERMINED,
            path=self.path,
            steps=tuple(self.steps),
            cites=tuple(self.cites),
            alternatives=tuple(p for p in self.alternatives if p is not self.path),
            missing=tuple(self.missing),
            instead=self.instead,
            decided_by=self.decided_by,
            fired=tuple(s.rule for s in self.steps),
        )


def _resolve(value: Verdict | Path | str | None, facts: Facts) -> str | None:
    if isinstance(value, str) and value.startswith("{"):
        found = facts.get(value.strip("{}"))
        return str(found) if found else None
    return value


def _expand(cite: tuple[str, ...], facts: Facts) -> list[str]:
    out: list[str] = []
    for item in cite:
        if not item.startswith("{"):
            out.append(item)
            continue
        found = facts.get(item.strip("{}"))
        out += [str(x) for x in found] if isinstance(found, tuple) else [str(found)] if found else []
    return out


def fill(template: str, facts: Facts) -> str:
    """Put facts into a Chinese sentence: ``{proof.name}``. A missing fact becomes 「未说明」."""
    out, rest = "", template
    while "{" in rest:
        head, _, rest = rest.partition("{")
        key, _, rest = rest.partition("}")
        value = facts.get(key)
        text = "、".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
        out += head + (text or "未说明")
    return out + rest
