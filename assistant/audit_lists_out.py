"""The files of a ledger clean-up: one workbook for the office, and the lists as documents ready for the seal."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from assistant.answer import cite_words
from assistant.audit_ledger import CANCEL, COMMIT, PENDING, RETAIN, CleanUp, Opinion
from assistant.audit_types import place_words
from assistant.audit_xlsx import _OPTIONS, _head, _styles, _write

_NUMBERS = "一二三四五六七八九十"
_LIST = ("序号", "证明名称", "办理事项", "设定依据", "索要单位", "开具单位", "取消后的办理方式")
_LIST_WIDTHS = (6, 28, 24, 36, 20, 20, 36)


def clean_up_workbook(target: Path, done: CleanUp) -> None:
    """Opinions, disagreements, repeats, ended bases, exceptions, and the three lists by batch, each on its sheet."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(target), _OPTIONS | {"constant_memory": True}) as book:
        styles = _styles(book)
        heads = ("文件", "位置", "证明名称", "办理事项", "设定依据", "索要单位", "开具单位", "清理意见", "批次", "理由", "法律依据")
        widths = (18, 12, 26, 22, 34, 20, 20, 26, 8, 34, 34)
        _sheet(book, "清理意见", heads, widths, [_row(o) for o in done.opinions], styles)
        _sheet(book, "单位不一致", ("问题", *heads), (46, *widths), _grouped(done.disagreements), styles)
        _sheet(
            book,
            "重复证明",
            ("证明（出现次数）", *heads),
            (28, *widths),
            _grouped([(f"{n}（{len(g)}）", g) for n, g in done.repeats]),
            styles,
        )
        _sheet(book, "依据失效", heads, widths, [_row(o) for o in done.ended], styles)
        if done.exceptions:
            _sheet(book, "救助资金例外", heads, widths, [_row(o) for o in done.exceptions], styles)
        for title, opinions in _lists(done):
            kept = title == "保留清单"
            listed = [(str(n), *(_kept_row(o) if kept else _list_row(o))) for n, o in enumerate(opinions, 1)]
            _sheet(book, title, (*_LIST[:-1], "办理指南") if kept else _LIST, _LIST_WIDTHS, listed, styles)


def _sheet(
    book: Any, name: str, heads: Sequence[str], widths: Sequence[int], rows: Sequence[Sequence[str]], styles: dict[str, Any]
) -> None:
    sheet = book.add_worksheet(name[:31])
    _head(sheet, heads, widths, styles)
    for number, row in enumerate(rows, 1):
        _write(sheet, number, row, styles["wrap"])


def _row(o: Opinion) -> tuple[str, ...]:
    d, j = o.judged.demand, o.judged
    cited = [c for f in j.findings if f.severity != "info" for c in f.citations[:2]] or [c for b in j.bases for c in b.citations[:1]]
    bases = "；".join(dict.fromkeys(cite_words(c) for c in cited[:4]))
    batch = f"第{_NUMBERS[o.batch - 1]}批" if o.batch else ""
    return (
        o.file,
        place_words(d.locator),
        d.name,
        d.matter or "",
        d.basis or "",
        d.requester or "",
        d.issuer or "",
        o.label,
        batch,
        o.reason,
        bases,
    )


def _grouped(groups: Sequence[tuple[str, Sequence[Opinion]]]) -> list[tuple[str, ...]]:
    return [(words if n == 0 else "", *_row(o)) for words, group in groups for n, o in enumerate(group)]


def _list_row(o: Opinion) -> tuple[str, ...]:
    d = o.judged.demand
    return (d.name, d.matter or "", d.basis or "无", d.requester or "", d.issuer or "", _way(o))


def _way(o: Opinion) -> str:
    """What happens instead, one sentence."""
    office = o.judged.demand.requester or "受理机关"
    return {
        "direct_cancel": "直接取消，申请人不再提交",
        "data_sharing": f"由{office}通过政务数据共享平台查询核验",
        "dept_verification": f"由{office}向掌握情况的单位核查",
        "commitment": "由申请人自愿书面承诺，事中事后核查",
        "substitute": "出示已有证照或者其他申请材料办理",
        "agency": f"由{office}代为取得",
    }.get(o.judged.path or "", o.label)


def _lists(done: CleanUp) -> Iterator[tuple[str, tuple[Opinion, ...]]]:
    """The three lists; the cancellation list by batch (成熟一批、公布一批). Empty lists are left out."""
    for batch in range(1, len(done.policy.batches) + 1):
        found = done.listed(CANCEL, batch)
        if found:
            yield f"取消清单（第{_NUMBERS[batch - 1]}批）", found
    for name, title in ((COMMIT, "告知承诺清单"), (RETAIN, "保留清单")):
        found = done.listed(name)
        if found:
            yield title, found


def list_documents(folder: Path, done: CleanUp, *, place: str = "", day: date | None = None) -> list[Path]:
    """One Word document per list, with title, table, and the line for seal and date; returns their paths."""
    out = []
    for title, opinions in _lists(done):
        path = folder / f"{title}.docx"
        _document(path, title, opinions, place, day)
        out.append(path)
    return out


def _document(path: Path, title: str, opinions: Sequence[Opinion], place: str, day: date | None) -> None:
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    document = docx.Document()
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2)
    _fonts(document, "仿宋", Pt(10.5))
    head = document.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = head.add_run(f"{place}{_full(title)}")
    run.font.size, run.font.bold = Pt(20), True
    document.add_paragraph(f"共 {len(opinions)} 项。清单以外没有法律、法规或者国务院决定依据的证明，不得索要。")
    retained = title == "保留清单"
    rows = [(str(n), *(_kept_row(o) if retained else _list_row(o))) for n, o in enumerate(opinions, 1)]
    _table(document, (*_LIST[:-1], "办理指南") if retained else _LIST, rows, _LIST_WIDTHS, 25.7)
    document.add_paragraph()
    for line in ("（公布机关盖章）", f"{day.year}年{day.month}月{day.day}日" if day else "　　年　　月　　日"):
        document.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.save(str(path))


def _fonts(document: Any, name: str, size: Any) -> None:
    """One font for Chinese and for figures in the whole document."""
    from docx.oxml.ns import qn

    style = document.styles["Normal"]
    style.font.name, style.font.size = name, size
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


def _table(document: Any, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], total: float) -> None:
    """A table with a repeated heading row and fixed columns; thousands of rows are copies of one, which python-docx alone would be slow to add."""
    from docx.shared import Cm

    table = document.add_table(rows=2, cols=len(heads))
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(total * width / sum(widths))
        for cell in column.cells:
            cell.width = column.width
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    _repeat(table.rows[0])
    model = table.rows[1]._tr
    for cell in model.tc_lst:
        cell.p_lst[0].add_r()
    for row in rows:
        made = copy.deepcopy(model)
        for cell, text in zip(made.tc_lst, row, strict=True):
            cell.p_lst[0].r_lst[0].text = text
        model.addprevious(made)
    model.getparent().remove(model)


def _kept_row(o: Opinion) -> tuple[str, ...]:
    """A retained item as 条例第四十四条第三款 wants it: basis, who asks, who issues, and where the guide stands."""
    entry, d = o.judged.demand.entry, o.judged.demand
    guide = next((v for k, v in entry.extra if "指南" in k or "网址" in k), "") if entry is not None else ""
    return (d.name, d.matter or "", d.basis or "无", d.requester or "", d.issuer or "", guide or f"见“{d.matter or d.name}”办事指南")


def _full(title: str) -> str:
    return (
        title.replace("取消清单", "取消的证明事项清单")
        .replace("告知承诺清单", "实行告知承诺的证明事项清单")
        .replace("保留清单", "保留的证明事项清单")
    )


def _repeat(row: Any) -> None:
    """The heading row again on every page."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def headline(done: CleanUp) -> str:
    """One sentence for the screen."""
    counts = Counter(o.list_name for o in done.opinions)
    return (
        f"共 {len(done.opinions)} 行（{done.policy.title}）：取消 {counts[CANCEL]}，告知承诺 {counts[COMMIT]}，保留 {counts[RETAIN]}，"
        f"待核对 {counts[PENDING]}，不列入 {counts['不列入']}；单位不一致 {len(done.disagreements)} 处，重复证明 {len(done.repeats)} 组，依据失效 {len(done.ended)} 行。"
    )
