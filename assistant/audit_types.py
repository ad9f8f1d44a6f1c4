"""Records of an audit: findings, reports, and the wording that goes with each code (``data/audit.toml``)."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path as FilePath

from assistant.audit_basis import Basis
from assistant.audit_demand import Demand
from assistant.conflicts import Chosen
from assistant.needs import Need
from ingest.blocks import Blocks
from knowledge.errors import BadRule
from knowledge.types import Citation, DocKind, Locator, Problem

DATA = FilePath(__file__).parent / "data" / "audit.toml"
SEVERITIES = ("error", "warning", "info")
CODES = ("B1", "B2", "B3", "B4", "B5", "J1", "L1", "L2", "O1", "C1", "C2", "D1", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8")


@dataclass(frozen=True, slots=True)
class CodeText:
    """Title, severity, norm keys and templates of one code."""

    code: str
    title: str
    severity: str
    cite: tuple[str, ...]
    reason: str
    suggestion: str
    local: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unverifiable:
    """A fact that nobody can certify, with the examples that tests run both ways; ``by``: only the bodies that it matches cannot."""

    pattern: re.Pattern[str]
    examples: tuple[str, ...]
    counter: tuple[str, ...]
    by: re.Pattern[str] | None = None


@lru_cache(maxsize=1)
def code_texts() -> Mapping[str, CodeText]:
    """The codes of ``audit.toml``. Raises BadRule when one is missing or malformed."""
    raw = tomllib.loads(DATA.read_text("utf-8"))
    try:
        found = {
            code: CodeText(code, c["title"], c["severity"], tuple(c["cite"]), c["reason"], c["suggestion"], tuple(c.get("local", ())))
            for code, c in raw["code"].items()
        }
    except KeyError as error:
        raise BadRule(f"audit.toml 缺少{error}。") from error
    if set(found) != set(CODES) or any(c.severity not in SEVERITIES for c in found.values()):
        raise BadRule("audit.toml 的代码或者严重程度不对。")
    return found


@lru_cache(maxsize=1)
def unverifiable() -> tuple[Unverifiable, ...]:
    """Patterns of facts that cannot be certified."""
    raw = tomllib.loads(DATA.read_text("utf-8"))
    return tuple(
        Unverifiable(re.compile(u["pattern"]), tuple(u["examples"]), tuple(u["not"]), re.compile(u["by"]) if "by" in u else None)
        for u in raw["unverifiable"]
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding on one demand. ``reason`` says what was found and, where nothing can be cited, why."""

    code: str
    severity: str
    title: str
    demand: Demand
    reason: str
    suggestion: str
    verdict: str
    path: str | None
    citations: tuple[Citation, ...] = ()
    file: str = ""

    @property
    def key(self) -> str:
        """What the baseline remembers: code, place in the text and wording, not the page."""
        plain, basis = (re.sub(r"\s", "", t) for t in (self.demand.demand, self.demand.basis or ""))
        return f"{self.code}｜{plain}｜{basis}"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the decision says of a demand and rests on. ``searched``: instruments and provisions in force that a scan went through, (0, 0) without one."""

    verdict: str
    path: str | None
    chosen: Chosen | None = None
    needs: tuple[Need, ...] = ()
    searched: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Judged:
    """A demand with what was found about it: the decision, the checked bases and the findings."""

    demand: Demand
    is_proof: bool
    proof: str | None
    bases: tuple[Basis, ...]
    ruling: Ruling | None
    verdict: str
    path: str | None
    findings: tuple[Finding, ...] = ()

    @property
    def named(self) -> bool:
        """A qualified text in force names it."""
        return any(b.state == "named" for b in self.bases)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit of one file found. ``error``: the Chinese sentence when the file could not be read at all."""

    file: str
    kind: DocKind = DocKind.UNKNOWN
    title: str | None = None
    region: str = "全国"
    as_of: date | None = None
    judged: tuple[Judged, ...] = ()
    extra: tuple[Finding, ...] = ()  # over the set: C1, D1 with other files
    problems: tuple[Problem, ...] = ()
    accepted: int = 0  # findings left out because the baseline holds them
    error: str | None = None
    path: str = ""
    corpus: str = ""
    blocks: Blocks | None = field(default=None, repr=False)  # of a ledger: its tables as read, for the copy with added columns
    hidden: frozenset[str] = field(default_factory=frozenset)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings in reading order, those of the baseline left out."""
        found = [*(f for j in self.judged for f in j.findings), *self.extra]
        shown = [f for f in found if f.key not in self.hidden] if self.hidden else found
        return tuple(sorted(shown, key=lambda f: (f.demand.order, SEVERITIES.index(f.severity), CODES.index(f.code))))

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings by code."""
        return dict(sorted(Counter(f.code for f in self.findings).items()))

    @property
    def errors(self) -> int:
        return sum(1 for f in self.findings if f.severity == "error")


def place_words(where: Locator) -> str:
    """第3页, 工作表“台账”第12行, 第1张表第4行 …; empty when the place is unknown."""
    parts = []
    if where.page:
        parts.append(f"第{where.page}页")
    if where.sheet:
        parts.append(f"工作表“{where.sheet}”")
    if where.table and not where.sheet:
        parts.append(f"第{where.table}张表")
    if where.row:
        parts.append(f"第{where.row}行")
    return "".join(parts)
