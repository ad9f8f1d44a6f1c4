"""A question in plain words → a ``Query``: proof, matter, region, day, who asks, which basis is claimed, which facts are stated.

Nothing is decided here and nothing is guessed: a name that fits several things stays open, an unknown one stays unknown. The patterns are data
(``assistant/data/question.toml``) with examples that a test runs both ways. Text inside a question is material, never an instruction.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path as FilePath

from assistant.topics import topic_examples
from knowledge.lexicon import Findings, Mention, lexicon
from knowledge.text import simplify
from knowledge.types import Role

DATA = FilePath(__file__).parent / "data" / "question.toml"
_PERSONAL = (
    (re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"), "〔身份证号已隐去〕"),
    (re.compile(r"(?<!\d)\d{15}(?!\d)"), "〔证件号已隐去〕"),
    (re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), "〔电话已隐去〕"),
    (re.compile(r"(?<!\d)\d{16,19}(?!\d)"), "〔卡号已隐去〕"),
    (re.compile(r"(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)"), "〔电话已隐去〕"),
)
_WIDTH = str.maketrans({chr(0xFF01 + i): chr(0x21 + i) for i in range(94) if chr(0x21 + i) not in ",;:?!()"})
SOFT = frozenset({"cross_region", "cross_border", "asked_by_employer", "works_with_minors", "pressure", "vague_object", "sensitive_field", "liability_asked", "agency_asked", "asked_by_court", "remedy_asked", "generic_case", "paper_demanded"})  # fmt: skip
_PROOFISH = re.compile(
    r"证明|盖(个)?[章戳]|公章|开具|出具|承诺|清单|核验|核查|共享|材料|证件|手续|户口|执照|证[书照件]|[居健毕学驾残独]证|身份证|公证|认证|体检|批文|批准文件|介绍信|证实|印模|声明|担保|申报|备案|报告|窗口|条子|(这儿|这里|我们)要|许可|登记"
)
_DEMAND = re.compile(
    r"要(交|开|求|我|不要|吗|么)|(还|都|必须|得|需|让|叫|非)(要|得|我|去|提供|提交|交|带|开|有)|提交|提供|出示|能不能要|还要|收(吗|不)|凭"
)


@dataclass(frozen=True, slots=True)
class Query:
    """What was understood. ``flags`` are the fact keys of ``question.toml`` that the text shows; ``evidence`` the words that show them."""

    text: str  # masked and width-folded, simplified characters
    role: Role
    region: str
    region_stated: bool
    as_of: date
    day_stated: bool
    out: str | None = None
    tell: str = ""
    out_cites: tuple[str, ...] = ()
    found: Findings = field(default_factory=Findings)
    requesters: tuple[Mention, ...] = ()
    issuers: tuple[Mention, ...] = ()
    levels: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    evidence: tuple[tuple[str, str], ...] = ()

    @property
    def proofs(self) -> tuple[Mention, ...]:
        """Materials named in the question, in reading order."""
        return self.found.proofs

    @property
    def matters(self) -> tuple[Mention, ...]:
        """Matters named in the question outside the name of a material."""
        return tuple(m for m in self.found.matters if not m.inside_proof)


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    tell: str
    cite: tuple[str, ...]

    def match(self, text: str) -> str | None:
        if any(p.search(text) for p in self.unless):
            return None
        for pattern in self.patterns:
            hit = pattern.search(text)
            if hit:
                return hit.group(0)
        return None


@lru_cache(maxsize=1)
def _entries() -> Mapping[str, tuple[_Entry, ...]]:
    raw = tomllib.loads(DATA.read_text("utf-8"))
    return {
        section: tuple(
            _Entry(
                e["key"],
                tuple(re.compile(p) for p in e["patterns"]),
                tuple(re.compile(p) for p in e.get("unless", [])),
                e.get("tell", ""),
                tuple(e.get("cite", [])),
            )
            for e in raw[section]
        )
        for section in ("scope", "level", "fact")
    }


def topics() -> frozenset[str]:
    """The flags that show a question about the rules themselves; each is answered by a doctrine, so nothing has to be asked back."""
    return frozenset(e.key for e in _entries()["fact"] if e.key.startswith("topic_"))


def mask(text: str) -> str:
    """Hide what looks like an identity card, telephone or bank card number, before anything is stored or logged."""
    for pattern, word in _PERSONAL:
        text = pattern.sub(word, text)
    return text


def fold(text: str) -> str:
    """Masked, half-width, simplified, without zero-width characters or line breaks: the form that every pattern sees."""
    text = mask(text).translate(_WIDTH)
    text = re.sub(r"[\u200b-\u200f\ufeff\u2060]", "", text)
    return re.sub(r"\s+", " ", simplify(text)).strip()


def understand(
    question: str, *, region: str | None = None, as_of: date | None = None, role: Role = Role.CITIZEN, today: date | None = None
) -> Query:
    """Read a question.

    Args:
        question: the user's words; personal numbers are masked first.
        region: full administrative name or ``全国``; ``None`` to take it from the question.
        as_of: the day asked about; ``None`` to take it from the question, else ``today``.
        role: who asks; changes wording only, never the verdict.
        today: the day of asking (the clock, unless a test sets it).

    Returns:
        The query; ``out`` names the reason when the question is not ours.
    """
    text = fold(question)
    today = today or date.today()
    day, stated = (as_of, True) if as_of else _day_of(text, today)
    place, place_stated = _region_of(text, region)
    entries = _entries()
    flags = {e.key: hit for e in entries["fact"] if (hit := e.match(text)) is not None}
    levels = tuple(e.key for e in entries["level"] if e.match(text) is not None)
    found = lexicon().find(text)
    if not (flags.keys() - SOFT or "remedy_asked" in flags or _specific(found)) and (topic := topic_examples(DATA).nearest(text)):
        flags[topic] = text  # it speaks of no proof or matter, but clearly of the rules themselves
    requesters, issuers = _who(text, found.bodies)
    out, tell, cites = _scope(text, found, bool(levels or set(flags) - SOFT))
    return Query(
        text=text,
        role=role,
        region=place,
        region_stated=place_stated,
        as_of=day,
        day_stated=stated,
        out=out,
        tell=tell,
        out_cites=cites,
        found=found,
        requesters=requesters,
        issuers=issuers,
        levels=levels,
        flags=frozenset(flags),
        evidence=tuple(sorted(flags.items())),
    )


_ANY_MATTER = frozenset({"行政许可申请", "投诉举报", "行政复议申请", "诉讼立案"})


def _specific(found: Findings) -> bool:
    """Whether a known material or matter is named, so that the answer lies in its own provisions."""
    return any(m.name for m in found.proofs) or any(m.name and m.name not in _ANY_MATTER for m in found.matters)


def _scope(text: str, found: Findings, firm: bool) -> tuple[str | None, str, tuple[str, ...]]:
    for entry in _entries()["scope"]:
        if entry.match(text) is not None:
            return entry.key, entry.tell, entry.cite
    known = any(m.name for m in found.proofs) or firm
    if known or _PROOFISH.search(text) or (found.matters and _DEMAND.search(text)):
        return None, "", ()
    return "unrelated", "这不是证明事项的问题，帮不上忙。您可以问：办什么事、要什么证明、在哪里办。", ()


def refused(query: Query, scope: str) -> Query:
    """The query as one that is out of scope, with what that scope's entry tells."""
    entry = next(e for e in _entries()["scope"] if e.key == scope)
    return replace(query, out=scope, tell=entry.tell, out_cites=entry.cite)


_YEAR = re.compile(
    r"(?<![\d〔\[(第])((?:19|20)\d\d)年(?:(\d{1,2})月)?(?:(\d{1,2})日)?(?!修订|修正|修改|版|文本|第|《|公布|新|的?《|条例|新公司法|[^，。]{0,2}法)"
)

_OF_A_TEXT = re.compile(
    r"的?(那个|那版|那部|老|旧|新|专门|特别|一般|普通|出台的?|公布的?)*(省|市|县|国务院|部|局|中央)?(里|的)?(条例|规定|通知|文件|细则|意见|老?办法(?!律|援))"
    r"|(就)?(自己)?(修|盖|建|造|砌)(好|成)?的"
)


def _day_of(text: str, today: date) -> tuple[date, bool]:
    """A day named in the question itself (``2020年外地…``, ``2022年7月``); a year alone means its middle, a year to come is not a day asked about."""
    for hit in _YEAR.finditer(text):
        year, month, day = int(hit.group(1)), int(hit.group(2) or 0), int(hit.group(3) or 0)
        if year > today.year or not (1 <= (month or 1) <= 12):
            continue
        if not month and _OF_A_TEXT.match(text, hit.end()):
            continue
        try:
            asked = date(year, month or 7, day or (15 if month else 1))
        except ValueError:
            continue
        return (min(asked, today), True)
    return today, False


def _region_of(text: str, region: str | None) -> tuple[str, bool]:
    from knowledge.regions import find_regions, parse_region

    if region and region != "全国":
        parsed = parse_region(region)
        name = getattr(parsed, "name", None)
        return (name or region, True)
    names = [m.region.name for m in find_regions(text) if m.region is not None and not m.title and m.cue != "origin"]
    if names:
        return max(names, key=len), True
    return "全国", False


_ASKS = re.compile(r"^[^，。；！？]{0,6}?(要求|要|让|叫|说|非|收|引|还|必须|不认|把|规定|窗口|登记|审核|查)")
_GIVES_BEFORE = re.compile(r"(去|到|找|由|让|叫|是|要|经|请|先|须经|在)[^，。；]{0,6}$")
_GIVES_AFTER = re.compile(r"^[^，。；要让]{0,8}?(开|出|盖|写|签|发|办的|的(证明|证|章))")


def _who(text: str, bodies: tuple[Mention, ...]) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
    """Split bodies into those that ask and those that issue: 社保局要单位开… → asks 社保局, issues 单位."""
    asks: list[Mention] = []
    gives: list[Mention] = []
    for body in bodies:
        before, after = text[max(0, body.start - 8) : body.start], text[body.end : body.end + 16]
        if (_GIVES_AFTER.match(after) and (_GIVES_BEFORE.search(before) or not _ASKS.match(after))) or body.inside_proof:
            gives.append(body)
        else:
            asks.append(body)
    asks.sort(key=lambda b: not _ASKS.match(text[b.end : b.end + 16]))  # the one that is said to ask comes first
    return tuple(asks), tuple(gives)
