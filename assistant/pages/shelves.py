"""What is in the library, as tables for its administrators: sources, coverage, problems, editions, corrections, accounts, the log. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.access import RANK_WORDS, Access
from assistant.exports import LETTERS
from assistant.pages.html import esc, tag
from assistant.pages.preview import KIND_WORDS
from assistant.pages.words import FIELDS, LEVEL, LIST_KIND, VERDICT, choice
from knowledge.store import Library

MOST = 300


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], label: str, total: int | None = None, *, pick: bool = False) -> str:
    """A table with its label; rows over ``MOST`` are counted, not shown.

    Args:
        pick: the first cell of each row is a reference; it becomes a button that puts it into the field above.
    """
    shown = list(rows)
    body = [
        tag("tr", *(_cell(name, value, pick and not at) for at, (name, value) in enumerate(zip(heads, row, strict=True))))
        for row in shown[:MOST]
    ]
    head = tag("tr", *(tag("th", esc(name), scope="col") for name in heads))
    number = total if total is not None else len(shown)
    more = tag("p", esc(f"共{number}行，显示前{MOST}行，可在上面查找。"), cls="jz-why") if number > MOST else ""
    title = tag("h2", esc(f"{label}（{number}）"))
    inner = tag(
        "div", tag("table", tag("thead", head), tag("tbody", *body)), cls="jz-scroll jz-tall", tabindex="0", role="region", aria_label=label
    )
    return tag("section", title, inner if shown else tag("p", "没有。", cls="jz-why"), more, cls="jz-part")


def _cell(name: str, value: object, pick: bool) -> str:
    inner = esc(value)
    if pick:
        inner = tag("button", "选", type="button", cls="jz-link", data_pick=value, aria_label=f"选 {value}")
    return tag("td", inner, data_label=name)


def sources(library: Library, needle: str = "") -> str:
    """Files in the library whose reference, title or region contains ``needle``, what is newest in the library first."""
    found = [d for d in library.documents() if needle in f"{d.ref} {d.title} {d.region} {d.file}"]
    found.sort(key=lambda d: (d.ingested_at, d.ref), reverse=True)
    rows = [
        (d.ref, d.title or d.file, KIND_WORDS.get(d.kind, d.kind), d.region, d.published, _amount(d.provisions, d.entries), len(d.problems) or "", "" if d.conservation.holds else "有缺失", d.ref)
        for d in found
    ]  # fmt: skip
    heads = ("", "标题", "种类", "地区", "公布", "内容", "问题", "文字", "编号")
    return table(heads, rows, "来源", pick=True)


def _amount(provisions: int, entries: int) -> str:
    return "，".join(f"{number}{unit}" for number, unit in ((provisions, "条"), (entries, "行")) if number) or "没有内容"


def coverage(library: Library) -> str:
    """Levels of norms and kinds of lists by region, with the newest date."""

    def group(name: str) -> str:
        return choice(LIST_KIND, name[5:]) + "清单" if name.startswith("list:") else choice(LEVEL, name)

    rows = [(group(r.group), r.region or "没有注明", r.documents, r.rows, r.newest or "不详") for r in library.coverage().rows]
    return table(("种类", "地区", "件数", "条（行）数", "最新"), rows, "覆盖")


def problems(library: Library) -> str:
    """Everything that a reading reported."""
    rows = [(home.title or home.file, problem.message) for home, problem in library.problems()]
    return table(("来源", "问题"), rows, "读取问题")


def editions(library: Library) -> str:
    """Editions that replaced an earlier one and what changed."""
    rows = [(d.ref, d.revision, d.ingested_at[:16], len(c.added), len(c.removed), len(c.changed), c.kept) for d, c in library.changes()]
    return table(("来源", "第几版", "入库时间", "新增", "删去", "改动", "不变"), rows, "新版替换旧版")


def corrections(library: Library) -> str:
    """Corrections by hand and whether they still apply."""
    states = {"applied": "有效", "queued": "对不上原文，待处理", "withdrawn": "已撤回"}
    rows = [
        (
            c.id,
            f"{c.document_ref}{c.place}",
            "条文" if c.field == "text" else choice(FIELDS, c.field),
            c.old_text,
            c.new_text,
            c.reason,
            states.get(c.state, c.state),
        )
        for c in library.corrections()
    ]
    return table(("号", "位置", "字段", "原文", "改为", "理由", "状态"), rows, "更正")


def accounts(access: Access) -> str:
    """Accounts and tokens; no secret is ever shown."""
    people = table(("账号", "角色"), [(person.name, RANK_WORDS[person.rank]) for person in access.accounts()], "已有账号")
    tokens = table(("编号", "名称", "角色"), [(key, label, RANK_WORDS[rank]) for key, label, rank in access.tokens()], "已发令牌")
    return people + tokens


ACTS = {
    "upload": "入库", "remove": "移出", "rebuild": "重建索引", "correct": "更正", "export.letter": "下载文书", "export.lists": "下载清单",
    "report": "收到线索", "audit": "审核文件", "account.put": "设置账号", "account.remove": "删除账号", "login": "登录", "login.failed": "登录失败",
    "token.make": "发放令牌", "token.drop": "作废令牌",
}  # fmt: skip
_DETAILS = {
    "file": "文件", "sha256": "文件指纹", "status": "结果", "ref": "编号", "kind": "种类", "rows": "行数", "form": "格式", "field": "项", "correction": "更正号",
    "proof": "证明", "region": "地区", "verdict": "结论", "files": "文件数", "findings": "问题数", "account": "账号", "rank": "角色", "label": "名称", "token": "令牌",
}  # fmt: skip
_STATUS = {"stored": "新入库", "replaced": "替换旧版", "unchanged": "没有变化", "rejected": "没有入库", "publish": "公布用", "": "表格"}


def _said(key: str, value: object) -> str:
    """A particular of an act in words."""
    text = str(value)
    if key == "sha256":
        text = text[:12]
    elif key == "rank":
        text = next((RANK_WORDS[rank] for rank in RANK_WORDS if rank.name.lower() == text), text)
    elif key == "kind":
        text = LETTERS.get(text, text)
    elif key == "verdict":
        text = choice(VERDICT, text)
    elif key == "field":
        text = choice(FIELDS, text) if text != "text" else "条文"
    elif key in ("status", "form"):
        text = _STATUS.get(text, text)
    return f"{_DETAILS.get(key, key)} {text}"


def log(access: Access) -> str:
    """The newest acts and whether the chain holds."""
    fault = access.log.verify()
    said = tag("p", esc(fault or "记录链完整，没有改动、删除或者插入。"), cls="jz-note" if fault else "jz-why", role="status")
    rows = [
        (a.number, a.at.replace("+00:00", "Z").replace("T", " "), a.who or "（未登录）", ACTS.get(a.what, a.what), "；".join(_said(*item) for item in a.detail.items()))
        for a in access.log.read(200)
    ]  # fmt: skip
    return said + table(("号", "时间（世界时）", "谁", "做了什么", "内容"), rows, "操作记录")
