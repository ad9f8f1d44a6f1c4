"""Core records shared by every layer: frozen dataclasses and enums, standard library only.

Conventions (see ``../shared/design/interface.md``): dates are ``datetime.date``; pages and rows count from 1; character spans are
half-open from 0 in the text of the unit they belong to; boxes are ``(page, x0, top, x1, bottom)`` in PDF points from the top left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Level(StrEnum):
    """Rank of a norm 位阶 (立法法 第五章). Not an integer on purpose: the order is partial, see ``knowledge.hierarchy``."""

    CONSTITUTION = "constitution"  # 宪法
    LAW = "law"  # 法律
    ADMIN_REGULATION = "admin_regulation"  # 行政法规
    STATE_COUNCIL_DECISION = "state_council_decision"  # 国务院决定
    JUDICIAL_INTERPRETATION = "judicial_interpretation"  # 司法解释
    LOCAL_REGULATION = "local_regulation"  # 地方性法规 (incl. 自治条例, 单行条例, 经济特区法规)
    DEPT_RULE = "dept_rule"  # 部门规章
    LOCAL_RULE = "local_rule"  # 地方政府规章
    NORMATIVE_DOCUMENT = "normative_document"  # 规范性文件
    TREATY = "treaty"  # 国际条约
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Validity 时效 of one version on a given day."""

    IN_FORCE = "in_force"  # 现行有效
    NOT_YET = "not_yet_in_force"  # 尚未施行
    AMENDED = "amended"  # 已被新版本取代
    REPEALED = "repealed"  # 已废止
    UNKNOWN = "unknown"


class TextKind(StrEnum):
    """``verbatim``: the source's own words; ``gist``: our summary, always shown as such."""

    VERBATIM = "verbatim"
    GIST = "gist"


class DocKind(StrEnum):
    """What a file is."""

    LAW = "law"
    LIST = "list"  # 取消/保留/告知承诺… 清单
    LEDGER = "ledger"  # 台账
    GUIDE = "guide"  # 办事指南
    DRAFT = "draft"  # 规范性文件送审稿
    NOTICE = "notice"  # list written as prose
    CATALOGUE = "catalogue"  # 数据共享目录
    UNKNOWN = "unknown"


class ListKind(StrEnum):
    """Effect of a published list 清单."""

    CANCEL = "cancel"  # 取消
    RETAIN = "retain"  # 保留
    COMMITMENT = "commitment"  # 告知承诺
    NOT_ISSUED_BY = "not_issued_by"  # 不应由…出具
    AGENCY = "agency"  # 代办
    LEDGER = "ledger"  # 台账, no effect of its own


class Path(StrEnum):
    """Cancellation path 取消路径."""

    DIRECT_CANCEL = "direct_cancel"  # 直接取消
    DATA_SHARING = "data_sharing"  # 数据共享/网络核验
    DEPT_VERIFICATION = "dept_verification"  # 部门核验
    COMMITMENT = "commitment"  # 告知承诺
    SUBSTITUTE = "substitute"  # 证照或其他材料替代
    AGENCY = "agency"  # 代办
    RETAIN = "retain"  # 保留
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """Answer to "can this proof be demanded?" (能要 / 不能要 / 看情况 / 定不了)."""

    MAY_DEMAND = "may_demand"
    MAY_NOT_DEMAND = "may_not_demand"
    CONDITIONAL = "conditional"
    UNDETERMINED = "undetermined"


class Role(StrEnum):
    """Who asks."""

    CITIZEN = "citizen"
    WINDOW = "window"
    REVIEWER = "reviewer"


class Strength(StrEnum):
    """How a norm sets a material (decision.md section 4): 点名 / 概括 / 授权再规定."""

    NAMED = "named"
    GENERAL = "general"
    DELEGATED = "delegated"


@dataclass(frozen=True, slots=True)
class Locator:
    """Where something stands in its source document.

    ``sheet`` is a worksheet name; ``row`` the physical row of the sheet or of the ``table``-th table; ``chars`` a half-open span in the
    document's normalised text; ``boxes`` regions on pages (several when a row runs over a page break).
    """

    page: int | None = None
    sheet: str | None = None
    table: int | None = None
    row: int | None = None
    chars: tuple[int, int] | None = None
    boxes: tuple[tuple[float, float, float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that went wrong without stopping the work. ``code`` is listed in ``knowledge.errors.PROBLEMS``; ``message`` is Chinese."""

    code: str
    message: str
    locator: Locator = Locator()
    severity: str = "warning"  # info | warning | error


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a law's history 题注: ``kind`` is one of 通过 公布 批准 施行 修正 修订 废止 其他."""

    on: date | None
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """One version of a norm 规范性法律文件.

    ``name`` is the matching name (no 《》, no 中华人民共和国, no spaces); ``title`` the full title as printed; ``version`` the ISO date of
    publication or amendment of this version, or ``undated``; ``part`` a book stored in its own file (民法典 婚姻家庭编).
    In force on days ``[effective, ended)``; an unknown date is ``None`` and stays unknown.
    """

    name: str
    title: str
    version: str
    level: Level = Level.UNKNOWN
    region: str = "全国"
    issuer: str | None = None
    doc_number: str | None = None
    part: str | None = None
    published: date | None = None
    effective: date | None = None
    ended: date | None = None
    ended_by: str | None = None
    status: Status = Status.UNKNOWN  # as recorded by the source; the day's status comes from knowledge.validity
    effective_basis: str | None = None  # how the effective date was obtained
    history: tuple[Event, ...] = ()
    text_kind: TextKind = TextKind.VERBATIM

    @property
    def ref(self) -> str:
        """``优化营商环境条例@2019-10-22``."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Unit:
    """A clause 款, item 项 or sub-item 目 inside a provision: ``steps`` = ``para_1.item_2``, ``label`` = ``第一款第（二）项``.

    ``start``/``end`` are half-open characters in the provision's ``text``.
    """

    steps: str
    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Provision:
    """The unit of storage and retrieval: an article 条 (or a numbered point, paragraph, preface or annex of a text without articles).

    ``ref`` = ``优化营商环境条例@2019-10-22#art_44``; clauses are addressed by appending a unit's steps: ``….para_1``.
    ``text`` is the source's own words without the label (line breaks between clauses kept, wrapped lines joined).
    """

    ref: str
    label: str
    kind: str  # article | point | paragraph | preface | annex
    text: str
    number: int | None = None
    sub: int = 0  # 第十七条之一 → number 17, sub 1
    headings: tuple[str, ...] = ()  # 编, 章, 节 as printed
    units: tuple[Unit, ...] = ()
    locator: Locator = Locator()
    text_kind: TextKind = TextKind.VERBATIM
    order: int = 0


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A row of a published list or ledger 清单/台账 条目. Empty cells are ``None``; ``extra`` holds recognised further columns."""

    list_kind: ListKind
    proof_name: str  # 证明名称
    matter: str | None = None  # 办理事项
    purpose: str | None = None  # 证明用途
    original_basis: str | None = None  # 设定依据
    requesting_body: str | None = None  # 索要单位
    issuing_body: str | None = None  # 开具单位
    replacement: str | None = None  # 取消后的办理方式
    path: Path = Path.UNKNOWN
    serial: str | None = None  # 序号 as printed
    extra: tuple[tuple[str, str], ...] = ()
    locator: Locator = Locator()


@dataclass(frozen=True, slots=True)
class Requirement:
    """ "For this matter, this law asks for this material": extracted from one sentence of a provision, a guide or a draft."""

    provision: str  # ref with steps, or "" for a document that is not in the library
    material: str  # as written, without the quantity words
    is_proof: bool  # 证明事项 in the sense of 国办发〔2020〕42号 (others issue it), not a licence, form or own declaration
    strength: Strength = Strength.NAMED
    negative: bool = False  # 不得要求提供…, 无需提交…
    proof: str | None = None  # canonical proof name, when the lexicon knows it
    matter: str | None = None  # 办理事项
    condition: str | None = None
    issuing_body: str | None = None  # 开具单位
    addressee: str | None = None  # who must give it
    recipient: str | None = None  # who asks for it 索要单位
    sentence: str = ""
    span: tuple[int, int] = (0, 0)  # half-open, in the provision's text


@dataclass(frozen=True, slots=True)
class Conservation:
    """What came in and what came out of one file (issue: "ready" must be earned)."""

    characters_in: int = 0
    characters_in_units: int = 0
    first: int | None = None  # first article or serial number
    last: int | None = None
    gaps: tuple[int, ...] = ()
    repeats: tuple[int, ...] = ()
    printed_total: int | None = None
    rows: int = 0
    pages_without_text: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """True when nothing is missing: the file may be called ready."""
        return (
            self.characters_in == self.characters_in_units
            and not self.gaps
            and not self.repeats
            and not self.pages_without_text
            and (self.printed_total is None or self.printed_total == self.rows)
        )


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a reader and parsers made of one file; ``parse FILE`` prints it, ``ingest`` stores it in one transaction."""

    file: str
    sha256: str
    format: str
    kind: DocKind
    title: str | None = None
    doc_number: str | None = None
    issuer: str | None = None
    region: str | None = None
    published: date | None = None
    effective: date | None = None
    signals: tuple[str, ...] = ()  # why it was classified so
    instrument: Instrument | None = None
    provisions: tuple[Provision, ...] = ()
    entries: tuple[ListEntry, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    problems: tuple[Problem, ...] = ()
    conservation: Conservation = Conservation()
    text: str = ""  # the normalised text that Locator.chars points into


@dataclass(frozen=True, slots=True)
class Citation:
    """A legal basis shown with an answer; ``text`` of a verbatim citation is a substring of the stored provision."""

    ref: str
    title: str
    article: str | None
    level: str
    text: str
    text_kind: TextKind = TextKind.VERBATIM
    doc_number: str | None = None
    issuer: str | None = None
    effective: str | None = None
    status: str = "in_force"
    region: str | None = None
    document: str | None = None
    sha256: str | None = None
    locator: Locator | None = None
    source: str | None = None  # where a gist record was checked


@dataclass(frozen=True, slots=True)
class Step:
    """One rule applied: what it looked at, what followed, on which authority."""

    rule: str
    fact: str
    outcome: str
    citations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A provision that mentions the proof and still does not carry it.

    ``why_not``: rank | repealed | not_yet_in_force | other_region | other_matter | other_addressee.
    """

    ref: str
    why_not: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ScanReport:
    """Proof of absence: what was searched, for which terms, in which corpus."""

    corpus: str = ""
    instruments: int = 0
    provisions: int = 0
    terms: tuple[str, ...] = ()
    coverage: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to both questions with its reasons. Same inputs and corpus hash give the same bytes."""

    verdict: Verdict
    path: Path | None
    steps: tuple[Step, ...] = ()
    citations: tuple[Citation, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    alternatives: tuple[Path, ...] = ()
    missing: tuple[str, ...] = ()
    scan: ScanReport = ScanReport()
    notes: Mapping[str, str] = field(default_factory=dict)
