"""What is in the library, as tables for its administrators: sources, coverage, problems, editions, corrections, accounts, the log. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.access import RANK_WORDS, Access
from assistant.pages.html import esc, tag
from assistant.pages.preview import KIND_WORDS
from assistant.pages.words import LEVEL, LIST_KIND, choice
from knowledge.store import Library

MOST = 300


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], label: str, total: int | None = None) -> str:
    """A table with its label; rows over ``MOST`` are counted, not shown."""
    shown = list(rows)
    body = [tag("tr", *(tag("td", esc(value), data_label=name) for name, value in zip(heads, row, strict=True))) for row in shown[:MOST]]
    head = tag("tr", *(tag("th", esc(name), scope="col") for name in heads))
    number = total if total is not None else len(shown)
    more = tag("p", esc(f"共{number}行，显示前{MOST}行。"), cls="jz-why") if number > MOST else ""
    title = tag("h2", esc(f"{label}（{number}）"))
    inner = tag(
        "div", tag("table", tag("thead", head), tag("tbody", *body)), cls="jz-scroll", tabindex="0", role="region", aria_label=label
    )
    return tag("section", title, inner if shown else tag("p", "没有。", cls="jz-why"), more, cls="jz-part")


def sources(library: Library, needle: str = "") -> str:
    """Files in the library whose reference, title or region contains ``needle``."""
    rows = [
        (d.ref, KIND_WORDS.get(d.kind, d.kind), d.region, d.published, f"{d.provisions}条 {d.entries}行", len(d.problems), "完整" if d.conservation.holds else "有缺失")
        for d in library.documents()
        if needle in f"{d.ref} {d.title} {d.region} {d.file}"
    ]  # fmt: skip
    return table(("编号", "种类", "地区", "公布", "内容", "问题", "守恒"), rows, "来源")


def coverage(library: Library) -> str:
    """Levels of norms and kinds of lists by region, with the newest date."""

    def group(name: str) -> str:
        return choice(LIST_KIND, name[5:]) + "清单" if name.startswith("list:") else choice(LEVEL, name)

    rows = [(group(r.group), r.region or "没有注明", r.documents, r.rows, r.newest or "不详") for r in library.coverage().rows]
    return table(("种类", "地区", "件数", "条（行）数", "最新"), rows, "覆盖")


def problems(library: Library) -> str:
    """Everything that a reading reported."""
    rows = [(home.ref, problem.code, problem.message) for home, problem in library.problems()]
    return table(("来源", "代码", "问题"), rows, "读取问题")


def editions(library: Library) -> str:
    """Editions that replaced an earlier one and what changed."""
    rows = [(d.ref, d.revision, d.ingested_at[:16], len(c.added), len(c.removed), len(c.changed), c.kept) for d, c in library.changes()]
    return table(("来源", "第几版", "入库时间", "新增", "删去", "改动", "不变"), rows, "版本")


def corrections(library: Library) -> str:
    """Corrections by hand and whether they still apply."""
    states = {"applied": "有效", "queued": "对不上原文，待处理", "withdrawn": "已撤回"}
    rows = [
        (c.id, f"{c.document_ref}{c.place}", c.field, c.old_text, c.new_text, c.reason, states.get(c.state, c.state))
        for c in library.corrections()
    ]
    return table(("号", "位置", "字段", "原文", "改为", "理由", "状态"), rows, "更正")


def accounts(access: Access) -> str:
    """Accounts and tokens; no secret is ever shown."""
    people = table(("账号", "角色"), [(person.name, RANK_WORDS[person.rank]) for person in access.accounts()], "账号")
    tokens = table(("编号", "名称", "角色"), [(key, label, RANK_WORDS[rank]) for key, label, rank in access.tokens()], "接口令牌")
    return people + tokens


def log(access: Access) -> str:
    """The newest acts and whether the chain holds."""
    fault = access.log.verify()
    said = tag("p", esc(fault or "记录链完整，没有改动、删除或者插入。"), cls="jz-note" if fault else "jz-why", role="status")
    rows = [
        (a.number, a.at.replace("+00:00", "Z"), a.who or "（未登录）", a.what, "，".join(f"{k}={v}" for k, v in a.detail.items()))
        for a in access.log.read(200)
    ]
    return said + table(("号", "时间", "谁", "做了什么", "内容"), rows, "操作记录")
