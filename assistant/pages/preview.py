"""Before a file is taken in: what was read from it, its cells drawn over the pages, and which verdicts it would change. Nothing is stored."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from assistant.audit_impact import impact_of
from assistant.decide import decide
from assistant.pageimage import Boxes, drawn_page
from assistant.pages.html import esc, tag
from assistant.pages.words import FIELDS, LIST_KIND, PATH, VERDICT, choice
from assistant.world import Row, World, key_of
from knowledge.lexicon import lexicon
from knowledge.store import StoredEntry
from knowledge.types import DocKind, ListEntry, ParsedDocument

KIND_WORDS = {
    "law": "法规",
    "list": "清单",
    "ledger": "台账",
    "guide": "办事指南",
    "draft": "送审稿",
    "notice": "公告",
    "catalogue": "数据共享目录",
    "unknown": "未识别",
}
FORMAT_WORDS = {"docx": "Word 文档", "xlsx": "表格", "xls": "表格", "csv": "表格", "html": "网页", "txt": "纯文本", "md": "纯文本", "pdf": "PDF", "ofd": "OFD", "image": "图片"}  # fmt: skip
_ROWS, _PAGES, _QUESTIONS, _TASKS = 30, 4, 60, 60
_FIELDS = ("serial", "proof_name", "matter", "original_basis", "requesting_body", "issuing_body", "replacement", "path")


@dataclass(frozen=True, slots=True)
class Change:
    """One answer that the file would change."""

    question: str
    region: str
    before: str
    after: str


# ---------- what was read ----------
def read_with_cells(path: Path, region: str | None, kind: str | None, day: date | None) -> tuple[ParsedDocument, Boxes]:
    """The document as ``ingest`` would store it, and the places of the table cells that were recognised on its pages (PDF).

    Raises:
        RejectedFile: the file cannot be read.
    """
    from ingest.blocks import Table
    from ingest.formats import read
    from ingest.parse import parse_blocks
    from ingest.pipeline_read import Given, with_given

    data = path.read_bytes()
    blocks = read(data, path.name)
    parsed = parse_blocks(blocks, path.name, sha256(data).hexdigest(), kind=DocKind(kind) if kind else None)
    cells = [
        box
        for table in blocks.blocks
        if isinstance(table, Table)
        for row in table.rows
        for cell in row
        if not cell.inherited
        for box in cell.locator.boxes
    ]
    return with_given(parsed, Given(region, kind, day)), tuple(cells)


def parsed_html(parsed: ParsedDocument, path: Path, cells: Boxes = ()) -> str:
    """Head, problems, the pages of a PDF with the recognised cells drawn on them, the first rows or articles."""
    read = ((len(parsed.provisions), "条"), (len(parsed.entries), "行"), (len(parsed.requirements), "项材料要求"))
    facts = {
        "标题": parsed.title,
        "种类": KIND_WORDS[str(parsed.kind)],
        "格式": FORMAT_WORDS.get(parsed.format, parsed.format),
        "文号": parsed.doc_number,
        "制定机关": parsed.issuer,
        "地区": parsed.region,
        "公布": parsed.published,
        "施行": parsed.effective,
        "读到": "，".join(f"{number}{unit}" for number, unit in read if number) or "没有读到条文和清单行",
        "文字": "都读到了" if parsed.conservation.holds else "有缺失，见问题",
    }
    head = tag("dl", *(tag("div", tag("dt", esc(name)), tag("dd", esc(value or "—"))) for name, value in facts.items()), cls="jz-facts")
    problems = [tag("li", esc(problem.message)) for problem in parsed.problems[:40]]
    found = tag("ul", *problems, cls="jz-problems") if problems else tag("p", "没有发现问题。", cls="jz-why")
    return tag(
        "section",
        tag("h2", "读到的内容"),
        head,
        tag("h3", "问题"),
        found,
        _pages(parsed, path, cells),
        _rows(parsed),
        _articles(parsed),
        cls="jz-part",
    )


def _rows(parsed: ParsedDocument) -> str:
    if not parsed.entries:
        return ""
    heads = [choice(FIELDS, name) if name in FIELDS else "取消路径" for name in _FIELDS]
    body = []
    for entry in parsed.entries[:_ROWS]:
        values = [_value(entry, name) for name in _FIELDS]
        body.append(tag("tr", *(tag("td", esc(value), data_label=label) for value, label in zip(values, heads, strict=True))))
    more = tag("p", f"还有{len(parsed.entries) - _ROWS}行。", cls="jz-why") if len(parsed.entries) > _ROWS else ""
    table = tag("table", tag("thead", tag("tr", *(tag("th", esc(name), scope="col") for name in heads))), tag("tbody", *body))
    kinds = "、".join(sorted({choice(LIST_KIND, str(entry.list_kind)) for entry in parsed.entries}))
    label = f"前{min(_ROWS, len(parsed.entries))}行（{kinds}）"
    return tag("h3", esc(label)) + tag("div", table, cls="jz-scroll jz-tall", tabindex="0", role="region", aria_label=label) + more


def _value(entry: ListEntry, name: str) -> str:
    value = getattr(entry, name)
    return (choice(PATH, str(value)) if value != "unknown" else "没有认出") if name == "path" else str(value or "")


def _articles(parsed: ParsedDocument) -> str:
    shown = [
        tag("div", tag("h5", esc(item.label)), tag("p", esc(item.text[:160] + ("……" if len(item.text) > 160 else ""))), cls="jz-article")
        for item in parsed.provisions[:8]
    ]
    more = tag("p", f"还有{len(parsed.provisions) - 8}条。", cls="jz-why") if len(parsed.provisions) > 8 else ""
    return tag("h3", "前几条") + "".join(shown) + more if shown else ""


def _pages(parsed: ParsedDocument, path: Path, cells: Boxes) -> str:
    if parsed.format != "pdf":
        return ""
    rows = [box for entry in parsed.entries for box in entry.locator.boxes]
    numbers = sorted({int(box[0]) for box in rows})
    figures = []
    for page in numbers[:_PAGES]:
        mine = [box for box in rows if int(box[0]) == page]
        inside = tuple(cell for cell in cells if int(cell[0]) == page and any(_within(cell, row) for row in mine))
        image = base64.b64encode(drawn_page(path, page, inside or tuple(mine))).decode()
        says = f"第{page}页：认出{len(mine)}行{f'、{len(inside)}格' if inside else ''}"
        picture = tag("img", src=f"data:image/png;base64,{image}", alt=f"{says}，已在页面上框出").removesuffix("</img>")
        figures.append(tag("figure", picture, tag("figcaption", esc(says)), cls="jz-page"))
    more = tag("p", f"还有{len(numbers) - _PAGES}页。", cls="jz-why") if len(numbers) > _PAGES else ""
    return tag("h3", "页面上认出的格子") + tag("div", *figures, cls="jz-pages") + more if figures else ""


def _within(cell: tuple[float, ...], row: tuple[float, ...]) -> bool:
    """Whether the middle of a cell lies in a row's box."""
    across, down = (cell[1] + cell[3]) / 2, (cell[2] + cell[4]) / 2
    return row[1] - 2 <= across <= row[3] + 2 and row[2] - 2 <= down <= row[4] + 2


# ---------- what it would change ----------
class _With(World):
    """The library with the rows of one more list, which replaces an earlier edition of the same list."""

    def __init__(self, world: World, parsed: ParsedDocument) -> None:
        self.__dict__.update({name: value for name, value in world.__dict__.items() if not name.startswith("rows")})
        kept = [row for row in world.rows if not _same_list(row.stored, parsed)]
        self.__dict__["rows"] = (*kept, *(_row(entry, number, parsed) for number, entry in enumerate(parsed.entries, 1)))


def _same_list(stored: StoredEntry, parsed: ParsedDocument) -> bool:
    return stored.sha256 == parsed.sha256 or (
        bool(parsed.title) and stored.title == parsed.title and stored.region == parsed.region and stored.published == parsed.published
    )


def _row(entry: ListEntry, number: int, parsed: ParsedDocument) -> Row:
    head = (parsed.title, parsed.doc_number, parsed.issuer, parsed.region, parsed.published, parsed.effective)
    stored = StoredEntry(-number, f"{parsed.title or parsed.file}#row_{number}", -1, parsed.sha256, parsed.file, entry, *head, number)
    match = lexicon().canonical_proof(entry.proof_name)
    canonical = getattr(match, "name", None) if not getattr(match, "residue", "") else None
    return Row(stored, key_of(entry.proof_name), key_of(entry.matter or entry.purpose), canonical)


def impact(world: World, parsed: ParsedDocument, day: date) -> Iterator[tuple[int, int, list[Change]]]:
    """Which answers a list would change, asked for its own rows and for the rows and ledgers that name the same proofs.

    Yields:
        ``(done, total, changes so far)`` after each question; once with a total of 0 for a document without effect on verdicts.
    """
    asked = list(_questions(world, parsed)) if parsed.kind in (DocKind.LIST, DocKind.NOTICE) else []
    if not asked:
        yield 0, 0, []
        return
    after = _With(world, parsed)
    changes: list[Change] = []
    for number, (question, region) in enumerate(asked, 1):
        answers = [decide(state, question, region=region, as_of=day).decision for state in (world, after)]
        said = [(str(answer.verdict), str(answer.path or "")) for answer in answers]
        if said[0] != said[1]:
            changes.append(Change(question, region, *(_said(*words) for words in said)))
        yield number, len(asked), list(changes)


def _said(verdict: str, path: str) -> str:
    return choice(VERDICT, verdict) + (f"（{choice(PATH, path)}）" if path else "")


def _questions(world: World, parsed: ParsedDocument) -> Iterator[tuple[str, str]]:
    region, names = parsed.region or "全国", lexicon()
    keys, asked = set(), {}
    for entry in parsed.entries:
        match = names.canonical_proof(entry.proof_name)
        keys |= {key_of(entry.proof_name), getattr(match, "name", None) or ""}
        if entry.matter:
            asked[f"办理{entry.matter}要{entry.proof_name}吗", region] = None
    for stored in world.library.entries():
        here = stored.region or "全国"
        if stored.entry.matter and here.startswith(region if region != "全国" else "") and key_of(stored.entry.proof_name) in keys:
            asked.setdefault((f"办理{stored.entry.matter}要{stored.entry.proof_name}吗", here), None)
    yield from list(asked)[:_QUESTIONS]


def impact_html(changes: Sequence[Change], total: int, *, at: int) -> str:
    """The changes as a table, or a sentence that there are none; ``at``: questions compared so far."""
    heading = tag("h2", "入库后会改变的结论")
    if total == 0:
        why = tag("p", "这类文件不直接改变结论。", cls="jz-why")
        return tag("section", heading, why, cls="jz-part")
    bar = tag("progress", value=at, max=total, aria_label="比较的进度") if at < total else ""
    said = f"比较了{total}个相关问题，{len(changes)}个结论会变。" if at == total else f"正在比较：第{at}个，共{total}个相关问题……"
    rows = [(c.question, c.region, c.before, c.after) for c in changes]
    table = _table(("问题", "地区", "现在", "入库后"), rows, "会改变的结论") if rows else ""
    return tag("section", heading, tag("p", esc(said), role="status"), bar, table, cls="jz-part")


def law_impact_html(world: World, path: Path) -> str:
    """What a norm would change: articles against the version held here, norms it repeals, and rows and demands that rest on them, as tasks."""
    found = impact_of(world, path)
    heading = tag("h2", "入库后会改变的依据")
    known = f"库里已有{'、'.join(found.known_versions)}版" if found.known_versions else "库里还没有这部法规"
    facts = [known, f"{len(found.articles)}处条文有变化" if found.known_versions else "", f"要核对{len(found.tasks)}项"]
    facts += [f"废止{'、'.join(f'《{name}》' for name in found.repeals)}"] if found.repeals else []
    said = tag("p", esc("；".join(fact for fact in facts if fact) + "。"), role="status")
    tasks = [(t.what, t.matter or "", t.basis, t.before, t.after, t.action, t.where) for t in found.tasks[:_TASKS]]
    heads = ("证明", "事项", "依据", "现在", "入库后", "要做什么", "在哪里")
    table = _table(heads, tasks, "要核对的事") if tasks else ""
    more = tag("p", f"还有{len(found.tasks) - _TASKS}项。", cls="jz-why") if len(found.tasks) > _TASKS else ""
    return tag("section", heading, said, table, more, cls="jz-part")


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]], label: str) -> str:
    body = [tag("tr", *(tag("td", esc(value), data_label=name) for name, value in zip(heads, row, strict=True))) for row in rows]
    table = tag("table", tag("thead", tag("tr", *(tag("th", esc(name), scope="col") for name in heads))), tag("tbody", *body))
    return tag("div", table, cls="jz-scroll", tabindex="0", role="region", aria_label=label)
