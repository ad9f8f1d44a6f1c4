"""What a file is: law, list, ledger, guide, draft, notice or unknown, with the signals that decided."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.blocks import Paragraph
from ingest.columns import squash
from ingest.kinds import document_kinds
from ingest.rows import proof_column
from ingest.tables import LogicalTable
from knowledge.types import DocKind, ListKind

ARTICLE = re.compile(r"^\s*[#*\s]*第[一二三四五六七八九十百千零〇两\d]+条(?!第|第)")
_ASKS = re.compile(r"申请|申报|提交|所需|办理|应交|需提供")
MIN_ARTICLES = 3


@dataclass(frozen=True, slots=True)
class Signals:
    """What was seen in a document, before any judgment."""

    title: str | None
    articles: int
    tables: tuple[LogicalTable, ...]
    list_kinds: tuple[ListKind | None, ...]  # per table, from headings
    prose_entries: int
    format: str = ""
    headings: str = ""  # headings and annex lines, joined


def count_articles(paragraphs: Sequence[Paragraph]) -> int:
    """Lines that open an article 第…条."""
    return sum(1 for p in paragraphs if ARTICLE.match(p.text))


def classify(seen: Signals) -> tuple[DocKind, tuple[str, ...]]:
    """Return the kind and the Chinese reasons, strongest first. Nothing recognisable is ``unknown`` with a reason, never a guess."""
    spoken = document_kinds(seen.title or "")
    proof_tables = [(t, k) for t, k in zip(seen.tables, seen.list_kinds, strict=True) if proof_column(t) is not None and t.rows]
    rows = sum(len(t.rows) for t, _ in proof_tables)
    signals = [f"标题含有“{k.value}”类用语" for k in spoken[:2]]
    if seen.articles >= MIN_ARTICLES and seen.articles >= rows:
        signals.insert(0, f"有 {seen.articles} 条以“第…条”开头")
        return (DocKind.DRAFT if DocKind.DRAFT in spoken else DocKind.LAW), tuple(signals)
    if proof_tables and DocKind.CATALOGUE in spoken and not any(seen.list_kinds):
        return DocKind.CATALOGUE, (f"共享目录中有可替代的证明，共 {rows} 行", *signals)
    if proof_tables:
        return _tabular(seen, proof_tables, spoken, signals)
    if DocKind.GUIDE in spoken:
        return DocKind.GUIDE, tuple(signals)
    if seen.prose_entries:
        return DocKind.NOTICE, (f"文中有 {seen.prose_entries} 处“取消/保留/承诺/不再出具…”的清单式语句", *signals)
    if DocKind.DRAFT in spoken:
        return DocKind.DRAFT, tuple(signals)
    if seen.articles >= MIN_ARTICLES or DocKind.LAW in spoken or (seen.articles and seen.format in ("md", "txt")):
        return DocKind.LAW, (f"有 {seen.articles} 条以“第…条”开头", *signals)
    return DocKind.UNKNOWN, ("没有可识别的表头、条文或清单式语句", *signals)


def _tabular(
    seen: Signals, proof_tables: Sequence[tuple[LogicalTable, ListKind | None]], spoken: Sequence[DocKind], signals: list[str]
) -> tuple[DocKind, tuple[str, ...]]:
    rows = sum(len(t.rows) for t, _ in proof_tables)
    names = [f for t, _ in proof_tables for f, _ in t.columns.by_field]
    signals.insert(0, f"表格有证明名称列，共 {rows} 行")
    asked = any(_ASKS.search(squash(t.columns.headings[proof_column(t) or 0])) for t, _ in proof_tables)
    decided = next((k for _, k in proof_tables if k is not None), None)
    outcome = "replacement" in names or "path_label" in names
    if DocKind.GUIDE in spoken and (asked or not outcome or decided is None):
        return DocKind.GUIDE, tuple(signals)
    if decided is None and not outcome and (asked or "channel" in names):
        return DocKind.GUIDE, (*signals, "列的是申请材料")
    if decided is not None:
        return DocKind.LIST, (*signals, f"清单效力：{decided.value}")
    if DocKind.LEDGER in spoken:
        return DocKind.LEDGER, tuple(signals)
    if {"requesting_body", "issuing_body", "shared", "original_basis"} & set(names) or outcome:
        return DocKind.LEDGER, (*signals, "有设定依据、索要或开具单位等列，没有清单名称")
    return DocKind.LIST if DocKind.LIST in spoken else DocKind.LEDGER, tuple(signals)
