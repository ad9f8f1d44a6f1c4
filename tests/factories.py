"""Small records for tests: fictional laws and lists in a fictional city (云溪省清江市)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

from knowledge.text import article_label, law_name
from knowledge.types import (
    DocKind,
    Instrument,
    Level,
    ListEntry,
    ListKind,
    Locator,
    ParsedDocument,
    Path,
    Provision,
    Requirement,
    Unit,
)

REGION = "云溪省清江市"


def provision(ref: str, number: int, paragraphs: list[str], *, order: int = 0, sub: int = 0, start: int = 0) -> Provision:
    """An article of several clauses, with units over its text."""
    text = "\n".join(paragraphs)
    units, at = [], 0
    for index, words in enumerate(paragraphs, 1):
        units.append(Unit(f"para_{index}", f"第{'一二三四五六七八九'[index - 1]}款", at, at + len(words)))
        at += len(words) + 1
    steps = f"art_{number}" + (f"-{sub}" if sub else "")
    return Provision(
        ref=f"{ref}#{steps}",
        label=article_label(number, sub),
        kind="article",
        text=text,
        number=number,
        sub=sub,
        headings=("第一章 总则",),
        units=tuple(units),
        locator=Locator(chars=(start, start + len(text))),
        order=order,
    )


def law(
    title: str = "清江市证明事项管理办法",
    articles: dict[int, list[str]] | None = None,
    *,
    version: str = "2020-01-01",
    effective: str | None = None,
    level: Level = Level.LOCAL_RULE,
    region: str = REGION,
    file: str | None = None,
    **instrument: Any,
) -> ParsedDocument:
    """A parsed law; ``articles`` = number → clauses."""
    name = law_name(title)
    dated = version != "undated"
    norm = Instrument(
        name=name,
        title=title,
        version=version,
        level=level,
        region=region,
        issuer="清江市人民政府",
        published=date.fromisoformat(version) if dated else None,
        effective=date.fromisoformat(effective or version) if dated else None,
    )
    norm = replace(norm, **instrument)
    bodies = articles or {1: ["为减少证明，制定本办法。"], 2: ["办理事项不得要求居住情况证明。", "法律另有规定的除外。"]}
    at, provisions, lines = 0, [], []
    for order, (number, paragraphs) in enumerate(bodies.items()):
        item = provision(norm.ref, number, paragraphs, order=order, start=at)
        provisions.append(item)
        lines.append(item.text)
        at += len(item.text) + 1
    text = "\n".join(lines)
    return ParsedDocument(
        file=file or f"{title}({version}).md",
        sha256=sha(title + version + text),
        format="md",
        kind=DocKind.LAW,
        title=title,
        issuer=norm.issuer,
        doc_number=norm.doc_number,
        region=region,
        published=norm.published,
        effective=norm.effective,
        instrument=norm,
        provisions=tuple(provisions),
        text=text,
    )


def row(proof: str = "居住情况证明", matter: str | None = "入学报名", number: int = 1, **values: Any) -> ListEntry:
    """A row of a cancellation list."""
    item = ListEntry(
        ListKind.CANCEL, proof, matter, path=Path.DATA_SHARING, serial=str(number), locator=Locator(sheet="Sheet1", row=number + 2)
    )
    return replace(item, **values)


def listing(*rows: ListEntry, title: str = "清江市取消证明事项清单（第一批）", file: str = "清单.xlsx", **values: Any) -> ParsedDocument:
    """A parsed cancellation list."""
    entries = rows or (row(), row("无犯罪记录证明", "保安员证", 2))
    item = ParsedDocument(
        file=file,
        sha256=sha(title + repr(entries) + repr(values)),
        format="xlsx",
        kind=DocKind.LIST,
        title=title,
        issuer="清江市人民政府办公室",
        doc_number="清政办发〔2019〕8号",
        region=REGION,
        published=date(2019, 3, 1),
        entries=entries,
    )
    return replace(item, **values)


def requirement(ref: str, material: str = "居住情况证明", **values: Any) -> Requirement:
    """A demand found in a provision."""
    return replace(Requirement(ref, material, True, matter="入学报名", sentence=f"应当提交{material}。"), **values)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
