"""Whole files, made here in each format, through ``parse_bytes``: rows, kind, front matter, ledger. All contents are made up."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path as Path_

import docx
import openpyxl
import pytest

from ingest.blocks import Paragraph
from ingest.parse import parse_bytes
from knowledge.errors import PROBLEMS
from knowledge.types import DocKind, ListKind, Locator, ParsedDocument, Path

TITLE = "云溪省清江市取消一批证明事项的决定"
HEAD = ["序号", "索要单位", "对应事项", "证明名称", "设定依据", "取消后的办理方式"]
ROWS = [
    ["1", "市民政局", "低保申请", "邻里关系证明", "《清江市低保办法》第三条", "部门内部核查"],
    ["2", "", "殡葬补贴", "火化证明", "", "数据共享"],
    ["3", "市住建局", "公租房申请", "住房情况证明", "", "申请人书面承诺"],
]
LINE = "发文机关:清江市人民政府 发布日期:2021年3月5日 施行日期:2021-04-01"


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "附件"
    for text in ("附件2 取消的证明事项清单", TITLE, f"清政发〔2021〕7号 {LINE}"):
        sheet.append([text])
        sheet.merge_cells(start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=6)
    sheet.append(HEAD)
    for row in ROWS:
        sheet.append([int(row[0]), *(v or None for v in row[1:])])
    sheet.merge_cells("B5:B6")
    sheet.append(["注:清单之外不得索要。"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.add_paragraph("附件2 取消的证明事项清单")
    document.add_heading(TITLE, 1)
    document.add_paragraph("清政发〔2021〕7号")
    document.add_paragraph(LINE)
    table = document.add_table(rows=4, cols=6)
    for r, row in enumerate([HEAD, *ROWS]):
        for c, text in enumerate(row):
            if not (r == 2 and c == 1):
                table.cell(r, c).text = text
    table.cell(1, 1).merge(table.cell(2, 1))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def page() -> bytes:
    cells = ""
    for r, row in enumerate(ROWS):
        kept = [(c, text) for c, text in enumerate(row) if (r, c) != (1, 1)]
        cells += "<tr>" + "".join(f"<td{' rowspan=2' if (r, c) == (0, 1) else ''}>{text}</td>" for c, text in kept) + "</tr>"
    head = "".join(f"<th>{h}</th>" for h in HEAD)
    return (
        f"<html><head><title>门户</title></head><body><div class=nav>首页 | 政务公开</div><p>附件2 取消的证明事项清单</p><h1>{TITLE}</h1>"
        f"<p>清政发〔2021〕7号</p><p>{LINE}</p><table><thead><tr>{head}</tr></thead>{cells}</table>"
        "<div class=foot>主办:某局</div></body></html>"
    ).encode()


@pytest.fixture(params=["xlsx", "docx", "html"])
def parsed(request: pytest.FixtureRequest) -> ParsedDocument:
    data = {"xlsx": workbook, "docx": word, "html": page}[request.param]()
    return parse_bytes(data, f"清单.{request.param}")


def test_rows_and_fields(parsed: ParsedDocument) -> None:
    assert [e.proof_name for e in parsed.entries] == ["邻里关系证明", "火化证明", "住房情况证明"]
    assert [e.requesting_body for e in parsed.entries] == ["市民政局", "市民政局", "市住建局"]
    assert [e.path for e in parsed.entries] == [Path.DEPT_VERIFICATION, Path.DATA_SHARING, Path.COMMITMENT]
    assert {e.list_kind for e in parsed.entries} == {ListKind.CANCEL}
    assert parsed.entries[0].original_basis == "《清江市低保办法》第三条" and parsed.entries[1].original_basis is None


def test_front_matter(parsed: ParsedDocument) -> None:
    assert (parsed.kind, parsed.title, parsed.doc_number) == (DocKind.LIST, TITLE, "清政发〔2021〕7号")
    assert parsed.issuer == "清江市人民政府" and parsed.region and parsed.region.endswith("清江市")
    assert (parsed.published, parsed.effective) == (date(2021, 3, 5), date(2021, 4, 1))


def test_every_row_points_at_its_place(parsed: ParsedDocument) -> None:
    for entry in parsed.entries:
        assert entry.locator.row and entry.locator.chars
        assert entry.proof_name in parsed.text[slice(*entry.locator.chars)]


def test_ledger_holds(parsed: ParsedDocument) -> None:
    assert parsed.conservation.holds and parsed.conservation.rows == 3 and not parsed.problems


def test_gap_and_total_are_reported() -> None:
    text = "序号,证明名称,办理事项\n1,甲证明,低保\n3,乙证明,低保\n合计,5项,\n"
    found = parse_bytes(text.encode(), "取消证明事项清单.csv", kind=DocKind.LIST)
    assert found.conservation.gaps == (2,) and found.conservation.printed_total == 5 and not found.conservation.holds
    assert {"SERIAL_GAP", "TOTAL_DIFFERS"} <= {p.code for p in found.problems} <= set(PROBLEMS)


def test_ledger_guide_draft_and_unknown() -> None:
    ledger = "民政局证明事项台账,,,\n序号,证明名称,设定依据,开具单位\n1,单身证明,《某条例》第二条,社区\n"
    found = parse_bytes(ledger.encode(), "a.csv")
    assert found.kind is DocKind.LEDGER and found.entries[0].list_kind is ListKind.LEDGER
    guide = "清江市摊位登记办事指南,,,\n序号,申请材料,设定依据,来源渠道\n1,居住情况证明,,村委会出具\n"
    found = parse_bytes(guide.encode(), "a.csv")
    assert found.kind is DocKind.GUIDE and found.entries[0].matter == "摊位登记"
    draft = "清江市摊位管理办法(征求意见稿)\n\n" + "\n".join(f"第{n}条 申请摊位的,应当提交身份证明。" for n in "一二三四")
    found = parse_bytes(draft.encode(), "a.txt")
    assert found.kind is DocKind.DRAFT and len(found.provisions) == 4
    assert parse_bytes("今天天气很好。\n明天也好。".encode(), "a.txt").kind is DocKind.UNKNOWN


def test_notice_in_prose() -> None:
    text = (
        f"{TITLE}\n近日,清江市人民政府公布了清理结果(2021-03-05)。\n(一)低保申请中取消“邻里关系证明”,部门内部核查。\n(二)取消“无业证明”。"
    )
    found = parse_bytes(text.encode(), "a.txt")
    assert found.kind is DocKind.NOTICE and [e.proof_name for e in found.entries] == ["邻里关系证明", "无业证明"]
    assert found.published == date(2021, 3, 5) and found.issuer == "清江市人民政府"
    assert found.entries[0].locator.chars and "邻里关系证明" in found.text[slice(*found.entries[0].locator.chars)]


def test_partial_date_stays_unknown() -> None:
    text = "取消的证明事项清单,\n发布机构:清江市公安局 发布日期:2018-08,\n序号,证明名称\n1,单身证明\n"
    found = parse_bytes(text.encode(), "a.csv")
    assert found.published is None and "PARTIAL_DATE" in {p.code for p in found.problems}


def test_overrides_win() -> None:
    found = parse_bytes(workbook(), "a.xlsx", region="云溪省", published=date(2022, 1, 1))
    assert found.region == "云溪省" and found.published == date(2022, 1, 1)


def test_every_problem_code_is_listed() -> None:
    used = {
        c
        for f in sorted((Path_(__file__).parents[1] / "ingest").glob("*.py"))
        for c in re.findall(r'Problem\(\s*"(\w+)"', f.read_text("utf-8"))
    }
    assert used and used <= set(PROBLEMS)


def test_an_information_box_gives_the_front_matter() -> None:
    box = "<table><tr><td>索 引 号</td><td>X-1</td><td>发文机关</td><td>清江市人民政府</td></tr>"
    box += "<tr><td>文  号</td><td>清政发[2021]7号</td><td>成文日期</td><td>2021年3月5日</td></tr></table>"
    table = "<table><tr><th>序号</th><th>证明名称</th></tr><tr><td>1</td><td>单身证明</td></tr></table>"
    page_ = f"<html><body>{box}<h1>{TITLE}</h1>{table}</body></html>"
    found = parse_bytes(page_.encode(), "a.html")
    assert (found.doc_number, found.issuer, found.published) == ("清政发〔2021〕7号", "清江市人民政府", date(2021, 3, 5))


def test_mixed_results_take_their_effect_from_each_row() -> None:
    text = "清江市证明事项清理结果目录,,\n序号,证明名称,清理意见\n1,单身证明,取消\n2,无子女证明,保留\n3,收入证明,告知承诺\n"
    found = parse_bytes(text.encode(), "a.csv")
    assert found.kind is DocKind.LIST
    assert [e.list_kind for e in found.entries] == [ListKind.CANCEL, ListKind.RETAIN, ListKind.COMMITMENT]


def test_two_sheets_with_different_effects() -> None:
    book = openpyxl.Workbook()
    for name, proof in (("取消清单", "单身证明"), ("保留清单", "无子女证明")):
        sheet = book.create_sheet(name)
        sheet.append(["序号", "证明名称"])
        sheet.append([1, proof])
    del book["Sheet"]
    out = io.BytesIO()
    book.save(out)
    found = parse_bytes(out.getvalue(), "两张表.xlsx")
    assert [(e.list_kind, e.locator.sheet) for e in found.entries] == [(ListKind.CANCEL, "取消清单"), (ListKind.RETAIN, "保留清单")]


def test_a_number_is_read_where_the_next_line_was_joined_to_it() -> None:
    from ingest.listdoc import number_of

    line = Paragraph("清政办发〔2021〕18号发布机构：云溪省清江市人民政府办公室 发布日期：2021-09-15", Locator(page=1))
    assert number_of([line]) == "清政办发〔2021〕18号"
    assert number_of([Paragraph("清政办发〔2021〕18号文件要求各部门清理证明事项", Locator(page=1))]) is None
