"""Before a file is taken in: what was read from it, its cells drawn over the pages, and which verdicts it would change. Nothing is stored."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assistant.decide import decide
from assistant.pageimage import drawn_page
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
    "unknown": "未识别",
}
_ROWS, _PAGES, _QUESTIONS = 30, 3, 60
_FIELDS = ("serial", "proof_name", "matter", "original_basis", "requesting_body", "issuing_body", "replacement", "path")


@dataclass(frozen=True, slots=True)
class Change:
    """One answer that the file would change."""

    question: str
    region: str
    before: str
    after: str


# ---------- what was read ----------
def parsed_html(parsed: ParsedDocument, path: Path) -> str:
    """Head, problems, conservation, the first rows or articles, and for PDFs the pages with the recognised rows drawn on them."""
    facts = {
        "标题": parsed.title,
        "种类": KIND_WORDS[str(parsed.kind)],
        "格式": parsed.format,
        "文号": parsed.doc_number,
        "制定机关": parsed.issuer,
        "地区": parsed.region,
        "公布": parsed.published,
        "施行": parsed.effective,
        "读到": f"{len(parsed.provisions)}条，{len(parsed.entries)}行，{len(parsed.requirements)}项材料要求",
        "守恒": "完整" if parsed.conservation.holds else "有缺失，见问题",
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
        _rows(parsed),
        _articles(parsed),
        _pages(parsed, path),
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
    return tag("h3", esc(label)) + tag("div", table, cls="jz-scroll", tabindex="0", role="region", aria_label=label) + more


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


def _pages(parsed: ParsedDocument, path: Path) -> str:
    if parsed.format != "pdf":
        return ""
    boxes = [box for entry in parsed.entries for box in entry.locator.boxes]
    pages = sorted({int(box[0]) for box in boxes})[:_PAGES]
    figures = []
    for page in pages:
        image = base64.b64encode(drawn_page(path, page, tuple(box for box in boxes if int(box[0]) == page))).decode()
        picture = tag("img", src=f"data:image/png;base64,{image}", alt=f"第{page}页，框出的是认出的行").removesuffix("</img>")
        figures.append(tag("figure", picture, tag("figcaption", f"第{page}页，框出的是认出的行"), cls="jz-page"))
    return tag("h3", "页面上认出的行") + "".join(figures) if figures else ""


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


def impact_html(changes: Sequence[Change], total: int, *, done: bool = True) -> str:
    """The changes as a table, or a sentence that there are none."""
    title = tag("h2", "入库后会改变的结论")
    if total == 0:
        return tag("section", title, tag("p", "这类文件不直接改变清单结论；法规入库后，依据核对会随之更新。", cls="jz-why"), cls="jz-part")
    note = tag("p", f"比较了{total}个相关问题，{len(changes)}个结论会变。{'' if done else '正在比较……'}", role="status")
    if not changes:
        return tag("section", title, note, cls="jz-part")
    heads = ("问题", "地区", "现在", "入库后")
    rows = [
        tag(
            "tr",
            *(tag("td", esc(value), data_label=name) for name, value in zip(heads, (c.question, c.region, c.before, c.after), strict=True)),
        )
        for c in changes
    ]
    table = tag("table", tag("thead", tag("tr", *(tag("th", name, scope="col") for name in heads))), tag("tbody", *rows))
    return tag(
        "section", title, note, tag("div", table, cls="jz-scroll", tabindex="0", role="region", aria_label="会改变的结论"), cls="jz-part"
    )
