"""PDF files with text: pages one by one, ruled and borderless tables, running text, hidden text kept apart.

The one door to pdfplumber. Pages whose text is drawn sideways are read turned, and their boxes are given back as they lie on the page.
"""

from __future__ import annotations

import io
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pdfplumber
from pdfplumber.page import Page

from ingest.blocks import Block, Blocks, Cell, Paragraph, Table
from ingest.crosscheck import doubts
from ingest.glyphs import clean, visible
from ingest.pages import quick_count
from ingest.pdf_borderless import find_borderless, inked_in
from ingest.pdf_columns import Bands
from ingest.pdf_lines import Box, Char, Line, dedupe, inside, lines_of, split_hidden
from ingest.pdf_paragraphs import Placed, body_size, margins, paragraphs
from ingest.pdf_stripes import striped
from ingest.pdf_tables import ruled
from ingest.sandbox_limits import rearm
from knowledge.errors import RejectedFile
from knowledge.types import Locator, Problem

MAX_PAGES = 5000
STAMP = 40  # a picture of a page with fewer characters than this is a scan with a stamp or page number
logging.getLogger("pdfminer").setLevel(logging.ERROR)


@dataclass(slots=True)
class PageRead:
    """One page read: lines of running text and tables, in reading order by height. ``pictured``: an image covers the page."""

    number: int
    items: list[tuple[float, Line | Table]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    characters: int = 0
    sizes: Counter[float] = field(default_factory=Counter)
    hidden: list[Paragraph] = field(default_factory=list)
    marks: list[Paragraph] = field(default_factory=list)
    turned: int = 0
    pictured: bool = False

    @property
    def blank(self) -> bool:
        """True when the page has no text of its own, or no more than a stamp on a picture of a page."""
        return self.characters == 0 or (self.pictured and self.characters < STAMP)


def read_pdf(data: bytes, name: str) -> Blocks:
    """Read every page. ``pages_without_text`` names pages with no visible character (scans).

    Raises :class:`RejectedFile` for encrypted, damaged or over-long files.
    """
    reads, title = read_pages(data, name)
    whole = assemble(reads, title)
    return replace(whole, problems=(*whole.problems, *doubted(data, reads)))


def doubted(data: bytes, reads: Sequence[PageRead]) -> list[Problem]:
    """Tables of text pages on which a second way of reading disagrees."""
    pages = [(r, [item for _, item in r.items if isinstance(item, Table)]) for r in reads if not r.turned and not r.blank]
    return doubts(data, [(r.number, tables, [*r.hidden, *r.marks]) for r, tables in pages if tables])


def read_pages(data: bytes, name: str) -> tuple[list[PageRead], str]:
    """The pages of a PDF one by one, and its title property; raises as :func:`read_pdf`. :func:`assemble` makes blocks of them."""
    _few_enough(quick_count(data), name)
    try:
        pdf = pdfplumber.open(io.BytesIO(data))
    except Exception as error:
        if "assword" in f"{error!r}{error.__cause__!r}" or "Encrypt" in type(error).__name__:
            raise RejectedFile(f"PDF《{name}》设有打开密码。请去掉密码另存后再导入。") from error
        raise RejectedFile(f"PDF《{name}》不完整或已损坏，无法打开。请重新下载，或用阅读器另存一份再导入。") from error
    with pdf:
        count = len(pdf.pages)
        if count == 0:
            raise RejectedFile(f"PDF《{name}》没有页面。请重新导出后再导入。")
        _few_enough(count, name)
        reads: list[PageRead] = []
        bands: Bands | None = None
        tables = 0
        for page in pdf.pages:
            rearm()
            read, bands = _read_page(page, tables, bands)
            tables += sum(1 for _, item in read.items if isinstance(item, Table))
            reads.append(read)
            page.close()
        title = clean(str((pdf.metadata or {}).get("Title") or "")).strip()
    return reads, title


def _few_enough(count: int, name: str) -> None:
    if count > MAX_PAGES:
        raise RejectedFile(f"PDF《{name}》有 {count} 页，超过上限 {MAX_PAGES} 页。请拆分后分别导入。")


def _read_page(page: Page, tables: int, bands: Bands | None) -> tuple[PageRead, Bands | None]:
    page, turn = _upright(page)
    read = PageRead(page.page_number, width=float(page.width), height=float(page.height), turned=turn)
    seen, hidden, slanted = split_hidden(page.chars, page.rects, read.width, read.height)
    for char in seen:
        char["text"] = clean(char["text"]) or " "
    seen = dedupe(seen)
    read.characters = sum(visible(c["text"]) for c in seen)
    read.pictured = any((i["x1"] - i["x0"]) * (i["bottom"] - i["top"]) > 0.6 * read.width * read.height for i in page.images)
    read.sizes.update(round(c["size"], 1) for c in seen if c["text"].strip())
    read.hidden = [Paragraph(clean(line.text), Locator(page=read.number)) for line in lines_of(hidden)]
    if slanted:
        read.marks = [Paragraph(clean("".join(c["text"] for c in slanted)), Locator(page=read.number))]
    found = _tables(page, seen, read, tables, bands)
    read.items.sort(key=lambda item: item[0])
    if turn:
        read.items = [(y, _turn_table(item, turn, read) if isinstance(item, Table) else item) for y, item in read.items]
    return read, found


def _tables(page: Page, seen: Sequence[Char], read: PageRead, tables: int, bands: Bands | None) -> Bands | None:
    """Fill ``read.items`` with the tables of the page and the lines outside them; return the columns a next page may go on with."""
    rest: list[Char] = list(seen)
    inked = [c for c in rest if c["text"].strip()]
    number = tables
    for cells in striped(_ruled_cells(page, inked), inked, [*page.lines, *page.rects]) if inked else []:
        box = min(c[0] for c in cells), min(c[1] for c in cells), max(c[2] for c in cells), max(c[3] for c in cells)
        within = [c for c in rest if box[0] <= (c["x0"] + c["x1"]) / 2 <= box[2] and box[1] <= (c["top"] + c["bottom"]) / 2 <= box[3]]
        made = ruled(cells, within, read.number, number + 1) if within else None
        if made is not None:
            number += 1
            read.items.append((box[1], made[0]))
            gone = {id(c) for c in within} - {id(c) for c in made[1]}
            rest = [c for c in rest if id(c) not in gone]
    shaded = bool(read.items) and sum(1 for line in lines_of(rest, gap=0.5) if len(line.segments) >= 3) >= 2
    if read.items and not shaded:
        read.items.extend((line.box[1], line) for line in lines_of(rest))
        return None
    pool = list(seen) if shaded else rest
    found = find_borderless(pool, [] if shaded else _rules(page), read.number, tables + 1, bands)
    if found is not None and shaded:  # shading, of the heading or of some rows, was taken for cells: the whole is one table without rules
        better = inked_in(found) > 1.2 * (len(inked) - sum(1 for c in rest if c["text"].strip()))
        found = found if better else None
        read.items = [] if better else read.items
    if found is not None:
        used = [s.box for line in found.used for s in line.segments]
        rest = [c for c in pool if not any(inside(c, box, 0.2) for box in used)]
        read.items.append((min(line.box[1] for line in found.used), found.table))
    read.items.extend((line.box[1], line) for line in lines_of(rest))
    return found.bands if found is not None else None


def _rules(page: Page) -> list[float]:
    """Heights of horizontal lines that cross half the page, pieces at one height taken together."""
    widths: dict[int, float] = {}
    for edge in page.horizontal_edges:
        key = round(edge["top"] / 2)
        widths[key] = widths.get(key, 0.0) + float(edge["width"])
    heights = sorted(key * 2.0 for key, width in widths.items() if width > 0.5 * float(page.width))
    return [y for i, y in enumerate(heights) if i == 0 or y - heights[i - 1] > 2.5]


def _ruled_cells(page: Page, chars: Sequence[Char]) -> list[list[Box]]:
    """Cells of the ruled tables of a page; tables open at the left or right side are closed there first."""
    if not page.edges:
        return []
    tables = page.find_tables()
    if tables:
        left, right = min(t.bbox[0] for t in tables), max(t.bbox[2] for t in tables)
        top, bottom = min(t.bbox[1] for t in tables), max(t.bbox[3] for t in tables)
        beside = [
            c
            for c in chars
            if top <= (c["top"] + c["bottom"]) / 2 <= bottom and ((c["x0"] + c["x1"]) / 2 < left or (c["x0"] + c["x1"]) / 2 > right)
        ]
        rows = len(max(tables, key=lambda t: len(t.rows)).rows)
        sides = (
            [
                x
                for x, out in ((min(c["x0"] for c in beside) - 2, True), (max(c["x1"] for c in beside) + 2, False))
                if (x < left if out else x > right)
            ]
            if beside
            else []
        )
        if (
            sides
            and len({round(c["top"] / 8) for c in beside}) >= max(2, rows // 2)
            and any(e["x0"] < left - 2 or e["x1"] > right + 2 for e in page.horizontal_edges)
        ):
            tables = page.find_tables({"explicit_vertical_lines": sides})
    return [[c for c in t.cells if c[2] - c[0] > 1 and c[3] - c[1] > 1] for t in tables]


def _upright(page: Page) -> tuple[Page, int]:
    """The page itself, or the page turned by a quarter when most of its text is drawn sideways, with the angle."""
    sample = page.chars[:400]
    sideways = [c for c in sample if not c["upright"] and abs(c["matrix"][0]) < 0.1 * abs(c["matrix"][1])]
    if len(sideways) <= len(sample) // 2 or not sample:
        return page, 0
    turn = 90 if sideways[0]["matrix"][1] > 0 else 270
    page.page_obj.rotate = (page.page_obj.rotate + turn) % 360
    page.page_obj.attrs["Rotate"] = page.page_obj.rotate
    return Page(page.pdf, page.page_obj, page_number=page.page_number, initial_doctop=page.initial_doctop), turn


def turn_back(
    box: tuple[float, float, float, float, float], turn: int, width: float, height: float
) -> tuple[float, float, float, float, float]:
    """A box on the turned page (``width`` × ``height``) as it lies on the page as stored."""
    page, x0, top, x1, bottom = box
    if turn == 90:
        return page, round(top, 2), round(width - x1, 2), round(bottom, 2), round(width - x0, 2)
    if turn == 270:
        return page, round(height - bottom, 2), round(x0, 2), round(height - top, 2), round(x1, 2)
    return box


def _turn_table(table: Table, turn: int, read: PageRead) -> Table:
    def back(where: Locator) -> Locator:
        return Locator(
            where.page,
            where.sheet,
            where.table,
            where.row,
            where.chars,
            tuple(turn_back(b, turn, read.width, read.height) for b in where.boxes),
        )

    rows = tuple(tuple(Cell(c.text, back(c.locator), c.rowspan, c.colspan, c.inherited) for c in row) for row in table.rows)
    return Table(rows, back(table.locator), table.header_rows)


def assemble(reads: Sequence[PageRead], title: str = "") -> Blocks:
    """Pages → blocks: running heads told apart, lines joined to paragraphs, hidden text and watermarks reported."""
    placed = [[Placed(item, r.number, r.width, r.height) for _, item in r.items if isinstance(item, Line)] for r in reads]
    edges = margins(placed)
    size = body_size([r.sizes for r in reads])
    blocks: list[Block] = []
    feet: list[Block] = []
    stretch: list[Placed] = []
    for read, lines in zip(reads, placed, strict=True):
        by_line = {id(p.line): p for p in lines}
        for _, item in read.items:
            if isinstance(item, Table):
                blocks.extend(paragraphs(stretch, size))
                stretch = []
                blocks.append(item)
            elif id(item) in edges:
                feet.append(Paragraph(item.text, Locator(page=read.number), edges[id(item)]))
            else:
                stretch.append(by_line[id(item)])
    blocks.extend(paragraphs(stretch, size))
    problems = []
    hidden = [p for r in reads for p in r.hidden]
    if hidden:
        where = "、".join(str(p) for p in sorted({h.locator.page or 0 for h in hidden})[:10])
        problems.append(
            Problem(
                "HIDDEN_TEXT",
                f"第 {where} 页有看不见的文字（白色、极小或在页面之外）共 {len(hidden)} 处，没有当作正文。",
                hidden[0].locator,
            )
        )
    marks = [m for r in reads for m in r.marks]
    if marks:
        problems.append(
            Problem("WATERMARK", f"{len(marks)} 页有斜排水印文字(“{marks[0].text[:20]}”),没有当作正文。", marks[0].locator, "info")
        )
    empty = tuple(r.number for r in reads if r.blank)
    meta = [("characters", str(sum(r.characters for r in reads)))]
    if title:
        meta.append(("title", title))
    return Blocks("pdf", (*blocks, *feet), len(reads), empty, tuple(hidden), tuple(problems), tuple(meta))
