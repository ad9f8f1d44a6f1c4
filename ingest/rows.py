"""Logical table rows → :class:`ListEntry`, with a problem for every row that cannot be one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.columns import Columns, squash
from ingest.glyphs import join_wrapped
from ingest.paths import label_path, path_of
from ingest.tables import LogicalTable, Row
from knowledge.types import ListEntry, ListKind, Path, Problem

_EMPTY = re.compile(r"^[\s/／\\—–_-]*$|^(无|没有|暂无|空|N/?A)$", re.I)
_TICK = re.compile(r"^[√✓✔☑■●▲★✅⬛〇○Vv]$|^(是|有|能|可以?|1)$")
_PROOF_END = re.compile(
    r"(证明|证明书|证明材料|证书|证|证件|凭证|材料|文件|声明|报告|意见|意见书|通知书|判决书|公证书|承诺书|档案|鉴定|单|表|函|批文|合同|协议|户口簿|簿)([（(][^（）()]*[)）])?$"
)
_NUMBERED = re.compile(r"(?:^|[\n；;。\s])\s*(?:[（(]?(\d{1,2})[)）.．、](?!\d))\s*")
_ARTICLE = re.compile(r"[条款项\d《]|附件")
_LABEL_FIELDS = ("remark", "retain_reason", "guide", "item_type", "basis_level", "basis_text", "channel", "shared")


def split_proofs(name: str) -> tuple[str, ...]:
    """The proofs of one cell, split only where that is certain: a numbered list 1. 2. 3., or lines that each end like a proof's name.

    Names joined by 、, 或 or 及 stay whole: whether they are one item or two is for a reader to say.
    """
    marks = list(_NUMBERED.finditer(name))
    if len(marks) >= 2 and [int(m.group(1)) for m in marks] == list(range(1, len(marks) + 1)) and not name[: marks[0].start()].strip():
        ends = [m.start() for m in marks[1:]] + [len(name)]
        parts = [name[m.end() : end].strip(" \n；;。,，") for m, end in zip(marks, ends, strict=True)]
        if all(parts) and all(_PROOF_END.search(p) for p in parts):
            return tuple(_flat(p) for p in parts)
    lines = [line.strip(" ；;。,，、") for line in name.split("\n") if line.strip()]
    if len(lines) >= 2 and all(len(line) >= 4 and _PROOF_END.search(line) for line in lines) and len(set(lines)) == len(lines):
        return tuple(lines)
    return (_flat(name),)


def _flat(text: str) -> str:
    out = ""
    for line in text.split("\n"):
        out = join_wrapped(out, line.strip())
    return out.strip()


def _value(row: Row, columns: Columns, field: str) -> str | None:
    for column in columns.of(field):
        text = row.cells[column].strip()
        if text and not _EMPTY.match(text):
            return text
    return None


def _basis(row: Row, columns: Columns) -> str | None:
    """The basis, its article joined on where that stands in a column of its own."""
    parts = [row.cells[c].strip() for c in sorted(columns.of("original_basis")) if not _EMPTY.match(row.cells[c])]
    article = _value(row, columns, "basis_article")
    if article and _ARTICLE.search(article) and not any(article in p for p in parts):
        parts.append(article)
    text = "".join(dict.fromkeys(parts))
    return text or _value(row, columns, "basis_text")


def ticked_paths(row: Row, columns: Columns) -> tuple[str, ...]:
    """Headings that name a path and are ticked in this row (√ below 数据共享)."""
    taken = {c for f, cs in columns.by_field for c in cs if f not in ("other", "path_label", "replacement", "shared", "remark")}
    found = []
    for i, heading in enumerate(columns.headings):
        if (
            i not in taken
            and heading
            and _TICK.match(row.cells[i].strip())
            and label_path(heading) is not Path.UNKNOWN
            and not re.match(r"(是否|能否)取消", heading)  # says that it goes, not how
            and len(squash(heading)) <= 12
        ):
            found.append(heading)
    return tuple(found)


def _extra(row: Row, columns: Columns, used: set[int]) -> tuple[tuple[str, str], ...]:
    """Further columns as ``(heading, text)``; a leaf keeps its parent heading."""
    out = []
    for i, heading in enumerate(columns.headings):
        text = row.cells[i].strip()
        if i not in used and heading and text and not _EMPTY.match(text):
            parent = columns.parents[i]
            out.append((f"{squash(parent)}/{squash(heading)}" if parent and parent != heading else squash(heading), text))
    if row.section:
        out.append(("分组", row.section))
    return tuple(out)


def _fallback_proof(table: LogicalTable) -> int | None:
    """Without a proof column: the matter-like column most of whose cells read like proofs."""
    for field in ("matter", "remark", "other"):
        for column in table.columns.of(field):
            cells = [r.cells[column] for r in table.rows if r.cells[column]]
            if cells and sum(1 for c in cells if _PROOF_END.search(_flat(c)) or "证明" in c) >= 0.6 * len(cells):
                return column
    return None


def proof_column(table: LogicalTable) -> int | None:
    """The column of proof names, by heading or by what its cells say; None when the table names no proofs."""
    found = table.columns.first("proof_name")
    return found if found is not None else _fallback_proof(table)


def label_kind(row: Row, columns: Columns) -> ListKind | None:
    """The effect a row's own 清理意见 names, for lists of results that mix 取消, 保留 and 告知承诺; None when it names none."""
    path = label_path(_value(row, columns, "path_label") or "、".join(ticked_paths(row, columns)))
    known = {Path.RETAIN: ListKind.RETAIN, Path.COMMITMENT: ListKind.COMMITMENT, Path.AGENCY: ListKind.AGENCY, Path.UNKNOWN: None}
    return known.get(path, ListKind.CANCEL)


def entries_of(
    table: LogicalTable, kind: ListKind, kinds: Sequence[ListKind | None] = ()
) -> tuple[tuple[ListEntry, ...], tuple[Problem, ...], tuple[Row, ...]]:
    """Return ``(entries, problems, rows left unread)`` of one table.

    ``kind``: the list's effect; ``kinds``: per row where section rows say otherwise (None = as the list).
    """
    columns = table.columns
    proof = proof_column(table)
    entries: list[ListEntry] = []
    problems: list[Problem] = []
    unread: list[Row] = []
    if proof is None:
        return (), (), table.rows
    matter_columns = [c for c in columns.of("matter") if c != proof]
    for number, row in enumerate(table.rows):
        name = row.cells[proof].strip()
        if not name or _EMPTY.match(name):
            unread.append(row)
            shown = " | ".join(c for c in row.cells if c)[:60]
            problems.append(Problem("ROW_WITHOUT_PROOF", f"有一行没有证明名称，没有入库：{shown}。请核对原文件的这一行。", row.locator))
            continue
        own = (kinds[number] if number < len(kinds) else None) or kind
        matter = next((row.cells[c].strip() for c in matter_columns if not _EMPTY.match(row.cells[c])), None)
        purpose = _value(row, columns, "purpose")
        label = _value(row, columns, "path_label")
        ticks = ticked_paths(row, columns)
        replacement = _value(row, columns, "replacement")
        path = path_of(own, replacement or (_value(row, columns, "remark") if not label else None), label or "、".join(ticks) or None)
        if path is Path.UNKNOWN and row.section:
            path = (
                label_path(re.sub(r"^[（(]?[一二三四五六七八九十\d]+[)）、.．]", "", row.section))
                if own is not ListKind.NOT_ISSUED_BY
                else path
            )
        used = {c for f, cs in columns.by_field for c in cs if f not in ("other", *_LABEL_FIELDS)} | {proof}
        if replacement and label:
            used -= set(columns.of("path_label"))
        for part in split_proofs(name):
            entries.append(
                ListEntry(
                    list_kind=own,
                    proof_name=part,
                    matter=_flat(matter) if matter else (_flat(purpose) if purpose and not matter_columns else None),
                    purpose=purpose,
                    original_basis=_basis(row, columns),
                    requesting_body=_opt(_value(row, columns, "requesting_body")),
                    issuing_body=_opt(_value(row, columns, "issuing_body")) or _issuer_in(row, columns),
                    replacement=replacement or label or ("、".join(ticks) or None),
                    path=path,
                    serial=_value(row, columns, "serial"),
                    extra=_extra(row, columns, used),
                    locator=row.locator,
                )
            )
    return tuple(entries), tuple(problems), tuple(unread)


def _issuer_in(row: Row, columns: Columns) -> str | None:
    """The issuer that a guide's 来源渠道 or 要求 column names: 村委会出具 → 村委会; 由相关单位出具 names nobody."""
    cells = [row.cells[c] for field in ("channel", "other") for c in columns.of(field)]
    for cell in cells:
        found = re.match(r"^由?([^，。；、\s]{2,20}?)(?:负责)?(?:出具|开具)", _flat(cell))
        if found and not re.search(r"相关|有关|单位$|部门$|申请人|要求", found.group(1)):
            return found.group(1)
    return None


def _opt(text: str | None) -> str | None:
    return _flat(text) if text else None
