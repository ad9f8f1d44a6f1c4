"""One file → one :class:`ParsedDocument`: reader, classification, law or list parser, requirements, conservation ledger."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path as FilePath

from ingest.blocks import Blocks, Paragraph, Table
from ingest.classify import ARTICLE, MIN_ARTICLES, Signals, classify, count_articles
from ingest.formats import MAX_BYTES, read
from ingest.glyphs import visible
from ingest.guides import read_guide
from ingest.kinds import document_kinds, list_kind
from ingest.law import LawParse, parse_law
from ingest.ledger import ListParse, ledger_of, ledger_problems
from ingest.listdoc import Front, front_of, heading_kind, pairs_of
from ingest.notices import Prose, read_notice
from ingest.requirements import extract_requirements
from ingest.rows import entries_of, label_kind, proof_column
from ingest.sharing import as_catalogue, catalogue_entries
from ingest.tables import LogicalTable, logical_tables
from knowledge.errors import RejectedFile
from knowledge.types import DocKind, ListEntry, ListKind, Locator, ParsedDocument, Path, Problem, Provision, Requirement


def parse_file(
    path: FilePath | str,
    *,
    region: str | None = None,
    kind: DocKind | str | None = None,
    published: date | None = None,
    folder: str | None = None,
) -> ParsedDocument:
    """Read and parse one file; nothing is stored.

    ``region``, ``kind`` and ``published`` override what the document says; ``folder`` (the path below the corpus root, such as 行政法规)
    helps the law parser with level and region. Raises :class:`RejectedFile` for a file that cannot be read.
    """
    file = FilePath(path)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise RejectedFile(
                f"文件“{file.name}”有 {-(-file.stat().st_size // 1048576)} MB，超过上限 {MAX_BYTES // 1048576} MB。请拆分后分别导入。"
            )
        data = file.read_bytes()
    except IsADirectoryError as error:
        raise RejectedFile(f"“{file.name}”是文件夹。请指定其中的文件，或用 ingest 导入整个文件夹。") from error
    except OSError as error:
        raise RejectedFile(f"文件“{file.name}”读不出来。请检查路径和权限。") from error
    return parse_bytes(data, file.name, region=region, kind=kind, published=published, folder=folder or file.parent.name)


def parse_bytes(
    data: bytes,
    name: str,
    *,
    region: str | None = None,
    kind: DocKind | str | None = None,
    published: date | None = None,
    folder: str | None = None,
) -> ParsedDocument:
    """:func:`parse_file` for bytes already in memory."""
    blocks = read(data, name)
    document = parse_blocks(blocks, name, hashlib.sha256(data).hexdigest(), kind=DocKind(kind) if kind else None, folder=folder)
    return replace(document, region=region or document.region, published=published or document.published)


def parse_blocks(blocks: Blocks, name: str, sha256: str, *, kind: DocKind | None = None, folder: str | None = None) -> ParsedDocument:
    """Parse what a reader returned; see :func:`parse_file`."""
    paragraphs = [b for b in blocks.blocks if isinstance(b, Paragraph)]
    articles = count_articles(paragraphs)
    if (
        kind is None
        and blocks.format in ("md", "txt")
        and articles >= MIN_ARTICLES
        and not any(isinstance(b, Table) for b in blocks.blocks)
    ):
        return _law_document(blocks, name, sha256, paragraphs, articles, folder)
    tables, strangers = logical_tables(blocks.blocks)
    front = front_of([*_front(blocks, tables), *pairs_of(strangers)], paragraphs + _sheet_lines(tables), blocks, name)
    if DocKind.CATALOGUE in document_kinds(front.title or ""):
        tables = tuple(as_catalogue(t) for t in tables)
    listed = _read_tables(tables, strangers, front)
    prose = read_notice(paragraphs, front.title) if articles < MIN_ARTICLES and not listed.entries else Prose(())
    seen = Signals(front.title, articles, tables, listed.kinds, len(prose.entries), blocks.format)
    found, signals = (kind, ("按指定的类型处理",)) if kind else classify(seen)
    if found is DocKind.GUIDE and not listed.entries:
        listed = replace(listed, entries=read_guide(paragraphs))
    if found in (DocKind.GUIDE, DocKind.LEDGER):
        listed = replace(listed, entries=_as_ledger(listed.entries, found, front.title))
    if found is DocKind.CATALOGUE:
        listed = replace(listed, entries=catalogue_entries(listed.entries))
    law = _law(blocks, name, folder) if found in (DocKind.LAW, DocKind.DRAFT) or (found is DocKind.NOTICE and front.title) else None
    entries = listed.entries + (prose.entries if found is DocKind.NOTICE else ())
    law_only = found in (DocKind.LAW, DocKind.DRAFT) and law is not None and not entries
    ledger = law.conservation if law_only and law is not None else ledger_of(blocks, listed, prose, entries, front, found)
    problems = (
        *blocks.problems,
        *front.problems,
        *listed.problems,
        *prose.problems,
        *(law.problems if law and found is not DocKind.NOTICE else ()),
        *ledger_problems(ledger, blocks, found),
    )
    base = ParsedDocument(
        name,
        sha256,
        blocks.format,
        found,
        front.title,
        front.doc_number,
        front.issuer,
        front.region,
        front.published,
        front.effective,
        signals,
    )
    requirements = _requirements(law, entries, found, front.title)
    done = replace(base, entries=entries, requirements=requirements, problems=problems, conservation=ledger, text=blocks.text)
    return _with_law(done, law) if law else done


def _front(blocks: Blocks, tables: Sequence[LogicalTable]) -> list[Paragraph]:
    """Paragraphs above the first recognised table or article, table rows above its heading included."""
    if tables:
        return list(tables[0].before)
    out: list[Paragraph] = []
    for block in blocks.blocks:
        if isinstance(block, Paragraph):
            if ARTICLE.match(block.text) or len(out) >= 12:
                break
            out.append(block)
    return out


def _sheet_lines(tables: Sequence[LogicalTable]) -> list[Paragraph]:
    return [p for t in tables for p in (*t.before, *t.notes) if p.locator.sheet or p.locator.table]


def _read_tables(tables: Sequence[LogicalTable], strangers: Sequence[Table], front: Front) -> ListParse:
    entries: list[ListEntry] = []
    problems: list[Problem] = []
    kinds: list[ListKind | None] = []
    unread = 0
    total: int | None = None
    rows = 0
    last: ListKind | None = None
    spoken = document_kinds(front.title or "")
    published = DocKind.LIST in spoken and not {DocKind.LEDGER, DocKind.GUIDE} & set(spoken)
    for table in tables:
        kind, _ = heading_kind(table.before, table.locator.sheet, front.title)
        kind = kind or last
        kinds.append(kind)
        last = kind
        per_row = [list_kind(r.section) if r.section else None for r in table.rows]
        if kind is None and published:
            per_row = [of_section or label_kind(r, table.columns) for of_section, r in zip(per_row, table.rows, strict=True)]
            kinds[-1] = next((k for k in per_row if k), None)
        made, found, left = entries_of(table, kind or ListKind.LEDGER, per_row)
        if proof_column(table) is None:
            heads = "、".join(h for h in table.columns.headings if h)[:60]
            problems.append(
                Problem("TABLE_WITHOUT_PROOFS", f"有一张表没有证明名称列（表头：{heads}），没有作为清单读入。", table.locator, "info")
            )
        entries.extend(made)
        problems.extend(found)
        unread += sum(visible(c) for r in left for c, i in zip(r.cells, r.inherited or (False,) * len(r.cells), strict=True) if not i)
        rows += len(table.rows) if made or found else 0
        total = table.printed_total if table.printed_total is not None else total
    for stranger in strangers:
        text = "".join(c.text for row in stranger.rows for c in row if not c.inherited)
        if not re.search(r"证明|证照|材料", text):  # a menu, a contact box: running text that happens to stand in a grid
            continue
        unread += visible(text)
        problems.append(
            Problem("TABLE_NOT_RECOGNISED", "有一张表认不出表头，没有读入。请核对表头名称，或补上“证明名称”等列名。", stranger.locator)
        )
    return ListParse(tuple(entries), tuple(problems), unread, tuple(kinds), total, rows)


def _as_ledger(entries: Sequence[ListEntry], kind: DocKind, title: str | None) -> tuple[ListEntry, ...]:
    """Rows of a ledger or guide have no effect of their own; a guide's rows are for the matter its title names."""
    matter = None
    if kind is DocKind.GUIDE and title:
        plain = re.sub(r"[（(][^（()）]*[)）]", "", title)
        found = re.match(
            r"^(?:.{0,12}?(?:省|市|县|区|局|厅|委|中心|政府|街道|镇|乡))?(.{2,40}?)(?:的)?(?:办事|服务|办理|申办|申请|业务)?(?:指南|须知|指引|手册|流程|告知单?)",
            plain,
        )
        matter = found.group(1) if found else None
    return tuple(replace(e, list_kind=ListKind.LEDGER, matter=e.matter or matter) for e in entries)


def _law(blocks: Blocks, name: str, folder: str | None) -> LawParse:
    """Parse the running text as a law, with locators into ``blocks.text`` and onto the pages the paragraphs stand on."""
    lines = [
        line
        for b in blocks.blocks
        for line in ([b] if isinstance(b, Paragraph) else rows_as_lines(b))
        if line.style not in ("header", "footer")
    ]
    law = parse_law("\n".join(p.text for p in lines), name=name, folder=folder)
    lost = int(dict(blocks.meta).get("characters", 0)) - visible(blocks.text)
    if lost > 0:
        law = replace(law, conservation=replace(law.conservation, characters_in=law.conservation.characters_in + lost))
    starts: list[int] = []
    position = 0
    for p in lines:
        starts.append(position)
        position += len(p.text) + 1
    return replace(law, provisions=tuple(replace(p, locator=_placed(p.locator, starts, lines)) for p in law.provisions))


def rows_as_lines(table: Table) -> list[Paragraph]:
    """A table inside running text (an annex of a law) as one line per row, so that none of it is lost."""
    out: list[Paragraph] = []
    for row in table.rows:
        cells = [c for c in row if c.text and not c.inherited]
        if cells:
            spans = [c.locator.chars for c in cells if c.locator.chars]
            chars = (spans[0][0], spans[-1][1]) if spans else None
            boxes = tuple(b for c in cells for b in c.locator.boxes)
            out.append(Paragraph("\t".join(c.text.replace("\n", " ") for c in cells), replace(row[0].locator, chars=chars, boxes=boxes)))
    return out


def _placed(where: Locator, starts: Sequence[int], lines: Sequence[Paragraph]) -> Locator:
    if where.chars is None or not lines:
        return where
    first, last = (max(bisect_right(starts, at) - 1, 0) for at in (where.chars[0], max(where.chars[1] - 1, where.chars[0])))
    base = [p.locator.chars[0] if p.locator.chars else 0 for p in (lines[first], lines[last])]
    chars = base[0] + where.chars[0] - starts[first], base[1] + where.chars[1] - starts[last]
    boxes = tuple(b for p in lines[first : last + 1] for b in p.locator.boxes)
    return replace(where, chars=chars, page=lines[first].locator.page, boxes=boxes)


def _law_document(
    blocks: Blocks, name: str, sha256: str, paragraphs: Sequence[Paragraph], articles: int, folder: str | None
) -> ParsedDocument:
    """The short way for plain law texts: no table is looked for."""
    law = parse_law(dict(blocks.meta).get("raw", blocks.text), name=name, folder=folder)
    title = law.instrument.title
    kind = DocKind.DRAFT if re.search(r"征求意见稿|送审稿|草案|讨论稿", title + (paragraphs[0].text if paragraphs else "")) else DocKind.LAW
    signals = (f"有 {articles} 条以“第…条”开头",)
    base = ParsedDocument(name, sha256, blocks.format, kind, title, signals=signals, conservation=law.conservation, text=law.text)
    document = replace(base, requirements=_requirements(law, (), kind, title), problems=(*blocks.problems, *law.problems))
    return _with_law(document, law)


def _with_law(document: ParsedDocument, law: LawParse) -> ParsedDocument:
    made = law.instrument
    return replace(
        document,
        instrument=replace(made, title=made.title or document.title or "", issuer=made.issuer or document.issuer),
        provisions=law.provisions,
        title=document.title or made.title,
        doc_number=document.doc_number or made.doc_number,
        issuer=document.issuer or made.issuer,
        region=document.region or made.region,
        published=document.published or made.published,
        effective=document.effective or made.effective,
    )


def _requirements(law: LawParse | None, entries: Sequence[ListEntry], kind: DocKind, title: str | None) -> tuple[Requirement, ...]:
    if law is None:
        return ()
    found: list[Requirement] = []
    previous: Provision | None = None
    for provision in law.provisions:
        found.extend(extract_requirements(provision, title=law.instrument.title or title or "", previous=previous))
        previous = provision
    return tuple(found)


__all__ = ["Path", "parse_blocks", "parse_bytes", "parse_file"]
