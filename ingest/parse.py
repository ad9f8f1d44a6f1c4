"""One file → one :class:`ParsedDocument`: reader, classification, law or list parser, requirements, conservation ledger."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path as FilePath

from ingest.blocks import Blocks, Paragraph, Table
from ingest.classify import ARTICLE, MIN_ARTICLES, Signals, classify, count_articles
from ingest.formats import read
from ingest.glyphs import visible
from ingest.kinds import list_kind
from ingest.law import LawParse, parse_law
from ingest.listdoc import Front, front_of, heading_kind
from ingest.notices import Prose, read_notice
from ingest.requirements import extract_requirements
from ingest.rows import entries_of, proof_column
from ingest.tables import LogicalTable, logical_tables
from knowledge.errors import RejectedFile
from knowledge.types import Conservation, DocKind, ListEntry, ListKind, Locator, ParsedDocument, Path, Problem, Provision, Requirement

_TOTAL = re.compile(r"(?:共|合计|总计)(?:计|有|取消|保留|梳理|公布|清理出?|涉及)*\s*(\d{1,4})\s*(?:项|种|个|条|类)")
_TITLE_TOTAL = re.compile(r"(?<!第)(\d{1,4})\s*(?:项|种|个|类)[^，。]{0,8}(?:证明|证照|材料)|[（(](?:共)?(\d{1,4})项[)）]")
_LAW_TITLE = re.compile(r"(?:法|条例|规定|办法|决定|解释|批复|细则|规则|通知|意见|公告)(?:[（(].*[)）])?$")


@dataclass(frozen=True, slots=True)
class _ListParse:
    entries: tuple[ListEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: int = 0  # visible characters of rows and tables that became nothing
    kinds: tuple[ListKind | None, ...] = ()
    printed_total: int | None = None
    rows: int = 0


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
        data = file.read_bytes()
    except IsADirectoryError as error:
        raise RejectedFile(f"“{file.name}”是文件夹。请指定其中的文件,或用 ingest 导入整个文件夹。") from error
    except OSError as error:
        raise RejectedFile(f"文件“{file.name}”读不出来({error.strerror})。请检查路径和权限。") from error
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
    front = front_of(_front(blocks, tables), paragraphs + _sheet_lines(tables), blocks, name)
    listed = _read_tables(tables, strangers, front)
    prose = read_notice(paragraphs, front.title) if articles < MIN_ARTICLES and not listed.entries else Prose(())
    seen = Signals(front.title, articles, tables, listed.kinds, len(prose.entries), blocks.format)
    found, signals = (kind, ("按指定的类型处理",)) if kind else classify(seen)
    if found in (DocKind.GUIDE, DocKind.LEDGER):
        listed = replace(listed, entries=_as_ledger(listed.entries, found, front.title))
    law = _law(blocks, name, folder) if found in (DocKind.LAW, DocKind.DRAFT) or (found is DocKind.NOTICE and front.title) else None
    entries = listed.entries + (prose.entries if found is DocKind.NOTICE else ())
    law_only = found in (DocKind.LAW, DocKind.DRAFT) and law is not None and not entries
    ledger = law.conservation if law_only and law is not None else _ledger(blocks, listed, prose, entries, front, found)
    problems = (
        *blocks.problems,
        *front.problems,
        *listed.problems,
        *prose.problems,
        *(law.problems if law and found is not DocKind.NOTICE else ()),
        *_gaps(ledger, blocks, found),
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


def _read_tables(tables: Sequence[LogicalTable], strangers: Sequence[Table], front: Front) -> _ListParse:
    entries: list[ListEntry] = []
    problems: list[Problem] = []
    kinds: list[ListKind | None] = []
    unread = 0
    total: int | None = None
    rows = 0
    last: ListKind | None = None
    for table in tables:
        kind, _ = heading_kind(table.before, table.locator.sheet, front.title)
        kind = kind or last
        kinds.append(kind)
        last = kind
        per_row = [_section_kind(r.section) for r in table.rows]
        made, found, left = entries_of(table, kind or ListKind.LEDGER, per_row)
        if proof_column(table) is None:
            heads = "、".join(h for h in table.columns.headings if h)[:60]
            problems.append(
                Problem("TABLE_WITHOUT_PROOFS", f"有一张表没有证明名称列(表头:{heads}),没有作为清单读入。", table.locator, "info")
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
            Problem("TABLE_NOT_RECOGNISED", "有一张表认不出表头,没有读入。请核对表头名称,或补上“证明名称”等列名。", stranger.locator)
        )
    return _ListParse(tuple(entries), tuple(problems), unread, tuple(kinds), total, rows)


def _section_kind(section: str) -> ListKind | None:
    return list_kind(section) if section else None


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
    raw = dict(blocks.meta).get("raw")
    if raw is not None:
        return parse_law(raw, name=name, folder=folder)
    lines = [b.text for b in blocks.blocks if isinstance(b, Paragraph) and b.style not in ("header", "footer")]
    return parse_law("\n".join(lines), name=name, folder=folder)


def _law_document(
    blocks: Blocks, name: str, sha256: str, paragraphs: Sequence[Paragraph], articles: int, folder: str | None
) -> ParsedDocument:
    """The short way for plain law texts: no table is looked for."""
    law = _law(blocks, name, folder)
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
        text=law.text if document.kind is DocKind.LAW else document.text,
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


def _serials(entries: Sequence[ListEntry]) -> tuple[int | None, int | None, tuple[int, ...], tuple[int, ...]]:
    """First, last, gaps and repeats of the printed serial numbers; a serial that starts again at 1 opens a new run."""
    numbers = [int(m.group()) for e in entries if e.serial and (m := re.fullmatch(r"\d{1,5}", e.serial.strip(" .、")))]
    if not numbers:
        return None, None, (), ()
    gaps: list[int] = []
    repeats: list[int] = []
    run = [numbers[0]]
    for number in [*numbers[1:], 1]:
        if number == 1 and len(run) >= 1:
            count = Counter(run)
            gaps.extend(n for n in range(min(run), max(run)) if n not in count)
            repeats.extend(n for n, c in count.items() if c > 1)
            run = [number]
        else:
            run.append(number)
    return numbers[0], max(numbers), tuple(sorted(gaps)), tuple(sorted(repeats))


def _printed_total(blocks: Blocks, listed: _ListParse, front: Front) -> int | None:
    """A number of items that the document itself prints: a total row, 共…项, or the title's 取消36项."""
    if listed.printed_total is not None:
        return listed.printed_total
    for block in blocks.blocks:
        if isinstance(block, Paragraph) and block.style not in ("header", "footer"):
            found = _TOTAL.search(block.text)
            if found and "证明" in block.text:
                return int(found.group(1))
    found = _TITLE_TOTAL.search(front.title or "")
    return int(next(g for g in found.groups() if g)) if found else None


def _ledger(blocks: Blocks, listed: _ListParse, prose: Prose, entries: Sequence[ListEntry], front: Front, kind: DocKind) -> Conservation:
    into = int(dict(blocks.meta).get("characters", visible(blocks.text)))
    left = listed.unread + sum(visible(p.text) for p in prose.unread)
    split = {e.locator: e for e in entries if e.serial}
    first, last, gaps, repeats = _serials(list(split.values()) if len(split) < len(entries) else entries)
    total = _printed_total(blocks, listed, front) if entries and kind is not DocKind.GUIDE else None
    return Conservation(into, visible(blocks.text) - left, first, last, gaps, repeats, total, len(entries), blocks.pages_without_text)


def _gaps(ledger: Conservation, blocks: Blocks, kind: DocKind) -> tuple[Problem, ...]:
    """Say in words what the ledger of a list found wrong."""
    out: list[Problem] = []
    if kind in (DocKind.LAW, DocKind.DRAFT):
        return ()
    if ledger.gaps:
        out.append(Problem("SERIAL_GAP", f"序号有断号:缺 {_some(ledger.gaps)}。请核对原文件是否漏行或分批公布。"))
    if ledger.repeats:
        out.append(Problem("SERIAL_REPEAT", f"序号有重复:{_some(ledger.repeats)}。请核对原文件。"))
    if ledger.printed_total is not None and ledger.printed_total != ledger.rows:
        out.append(
            Problem(
                "TOTAL_DIFFERS", f"文中写明共 {ledger.printed_total} 项,实际读到 {ledger.rows} 行。请核对是否只附了一部分或按别的口径计数。"
            )
        )
    if blocks.pages_without_text:
        out.append(
            Problem(
                "PAGE_WITHOUT_TEXT",
                f"第 {_some(blocks.pages_without_text)} 页没有文字(可能是扫描件),没有读入。",
                Locator(page=blocks.pages_without_text[0]),
            )
        )
    if ledger.characters_in != ledger.characters_in_units:
        out.append(Problem("CHARACTERS_LOST", f"文件有 {ledger.characters_in} 个字,读入 {ledger.characters_in_units} 个,相差部分请核对。"))
    if ledger.rows == 0 and kind in (DocKind.LIST, DocKind.LEDGER):
        out.append(Problem("NO_ROWS", "文件像清单,但没有读到任何一行。请核对表头。", severity="error"))
    return tuple(out)


def _some(numbers: Sequence[int]) -> str:
    shown = "、".join(str(n) for n in numbers[:12])
    return shown + ("等" if len(numbers) > 12 else "")


__all__ = ["Path", "parse_blocks", "parse_bytes", "parse_file"]
