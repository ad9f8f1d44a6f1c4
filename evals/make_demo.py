"""Builds ``corpora/demo`` (the fictional 云溪省清江市) and ``corpora/manifest.toml`` from the texts in ``evals/demo``.

``python -m evals.make_demo`` writes the same bytes every time (dates fixed, containers frozen). Needs Debian's fonts-wqy-zenhei.
"""

from __future__ import annotations

import csv
from pathlib import Path

from docx.enum.text import WD_ALIGN_PARAGRAPH

from evals import make_manifest
from evals.officefiles import Sheet, add_table, new_docx, save_docx, write_docx, write_html, write_pdf, write_xlsx

TEXTS = Path(__file__).parent / "demo"
DEMO = Path(__file__).parents[1] / "corpora" / "demo"
CITY = "云溪省清江市"

Record = dict[str, str]


def read(name: str) -> list[Record]:
    """Rows of ``evals/demo/NAME.tsv`` by field name."""
    with open(TEXTS / f"{name}.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def table(records: list[Record], fields: str, *, start: int = 1) -> tuple[tuple[str, ...], ...]:
    """Numbered rows with the named fields in this order."""
    return tuple((str(i), *(record[field] for field in fields.split())) for i, record in enumerate(records, start))


def cancel_first() -> None:
    """First batch: xlsx, two-storey header, the matter merged over neighbouring rows."""
    records = read("cancel-1")
    sheet = Sheet(
        "清江市人民政府办公室关于公布第一批取消证明事项目录的通知",
        (
            "序号",
            "证明名称",
            "办理事项",
            "设定依据",
            ("实施基本情况", ("索要单位", "开具单位")),
            ("处理结果", ("清理方式", "取消后办理方式")),
        ),
        table(records, "proof_name matter original_basis requesting_body issuing_body method replacement"),
        before=(
            "清政办发〔2019〕31号",
            f"发布机构：{CITY}人民政府办公室　发布日期：2019-06-28　施行日期：2019-07-01",
            f"共取消证明事项{len(records)}项",
        ),
        after=("注：清单之外需要取消的，由市司法局会同有关部门另行公布。",),
        caption="附件",
        widths=(6, 24, 26, 38, 24, 24, 12, 40),
        merge=(2,),
    )
    write_xlsx(DEMO / "cancel-first-batch.xlsx", sheet, name="取消目录")


def cancel_second() -> None:
    """Second batch: landscape pdf over several pages."""
    records = read("cancel-2")
    sheet = Sheet(
        "清江市人民政府办公室关于公布第二批取消证明事项目录的通知",
        ("序号", "取消的证明材料", "涉及事项", "原设定依据", "索证单位", "出具单位", "替代措施"),
        table(records, "proof_name matter original_basis requesting_body issuing_body replacement"),
        before=("清政办发〔2021〕18号", f"发布机构：{CITY}人民政府办公室　发布日期：2021-09-15　施行日期：2021-10-01"),
        after=(f"共计{len(records)}项。",),
        widths=(12, 38, 38, 58, 36, 34, 50),
    )
    write_pdf(DEMO / "cancel-second-batch.pdf", sheet)


def retained() -> None:
    """Kept proofs with the four things of 优化营商环境条例第四十四条; two rows are incomplete on purpose."""
    sheet = Sheet(
        "清江市人民政府办公室关于公布保留的证明事项清单的通知",
        ("序号", "证明事项名称", "办理事项", "设定依据", "索要单位", "开具单位", "办理指南", "保留理由"),
        table(read("retain"), "proof_name matter original_basis requesting_body issuing_body guide reason"),
        before=("清政办发〔2024〕9号", f"发布机构：{CITY}人民政府办公室", "发布日期：2024-03-20　施行日期：2024-04-01"),
        after=("注：清单之外，政府部门、公用企事业单位和服务机构不得索要证明。",),
    )
    write_docx(DEMO / "retained.docx", sheet)


def commitment() -> None:
    """Proofs that a written commitment replaces: html."""
    sheet = Sheet(
        "清江市司法局关于公布证明事项告知承诺制目录的通知",
        ("序号", "证明事项名称", "办理事项", "实施部门", "承诺内容"),
        table(read("commitment"), "proof_name matter requesting_body content"),
        before=("清司发〔2022〕14号", f"发布机构：{CITY}司法局　发布日期：2022-05-10　施行日期：2022-06-01"),
        after=("申请人不愿承诺或者无法承诺的，按原方式提交证明。有较严重不良信用记录的，在信用修复前不适用告知承诺制。",),
    )
    write_html(DEMO / "commitment.html", sheet, site="清江市司法局")


def agency() -> None:
    """Proofs that somebody fetches for the applicant 代办."""
    sheet = Sheet(
        "清江市政务服务管理办公室关于公布证明材料代办目录的通知",
        ("序号", "证明材料名称", "办理事项", "服务对象", "出具单位", "代办人员", "代办时限"),
        table(read("agency"), "proof_name matter applicant issuing_body agent days"),
        before=("清政务〔2023〕7号", f"发布机构：{CITY}政务服务管理办公室", "发布日期：2023-08-16　施行日期：2023-09-01"),
    )
    write_docx(DEMO / "agency.docx", sheet)


def not_issued() -> None:
    """Proofs that village and residents' committees must not issue."""
    sheet = Sheet(
        "清江市民政局关于公布村（居）民委员会不应出具证明事项清单的通知",
        ("序号", "证明事项名称", "证明用途", "办理途径"),
        table(read("not-issued"), "proof_name purpose replacement"),
        before=("清民发〔2020〕22号", f"发布机构：{CITY}民政局　发布日期：2020-09-30　施行日期：2020-10-15"),
        after=("法律、法规另有规定的，从其规定。",),
    )
    write_html(DEMO / "not-issued-by-committees.html", sheet, site="清江市民政局")


def ledger(name: str, office: str) -> None:
    """A department's ledger 台账: two-storey header, a line of who filled it in above, a note below."""
    sheet = Sheet(
        f"{office}证明事项清理台账",
        (
            "序号",
            "证明名称",
            "办理事项",
            "证明用途",
            ("设定依据", ("依据名称及条款", "效力层级")),
            ("实施基本情况", ("索要单位", "开具单位")),
            "能否共享",
            "清理意见",
            "理由",
        ),
        table(
            read(f"ledger-{name}"), "proof_name matter purpose original_basis level requesting_body issuing_body shareable opinion reason"
        ),
        before=(f"填报单位（盖章）：{office}　　填报人：法规科　　填报日期：2025-11-20",),
        after=("注：能否共享按市政务数据共享目录填写。",),
        widths=(6, 24, 24, 26, 36, 10, 24, 24, 9, 10, 34),
    )
    write_xlsx(DEMO / f"ledger-{name}.xlsx", sheet, name="台账")


def sharing() -> None:
    """Data-sharing catalogue 数据共享目录: data item, holder, interface, the proof it replaces."""
    sheet = Sheet(
        "清江市政务数据共享目录（证明类）",
        ("序号", "数据资源名称", "数据提供单位", "接口编码", "共享数据项", "可替代的证明", "适用事项", "更新周期"),
        table(read("sharing"), "item holder interface fields proof_name matter update"),
        before=("清数据〔2025〕3号", f"发布机构：{CITY}数据管理局　发布日期：2025-08-20　施行日期：2025-09-01"),
        widths=(6, 24, 28, 14, 34, 24, 30, 10),
    )
    write_xlsx(DEMO / "sharing-catalogue.xlsx", sheet, name="共享目录")


def guide() -> None:
    """A service guide 办事指南 with planted faults (told by ``evals/datasets/demo-audit.jsonl``)."""
    doc = new_docx("公共租赁住房申请办事指南")
    title = doc.add_paragraph(style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.add_run("公共租赁住房申请办事指南")
    for head, text in (
        ("一、事项名称", "公共租赁住房申请"),
        ("二、实施机关", "清江市住房和城乡建设局"),
        ("三、设定依据", "《清江市公共租赁住房管理实施细则》（清政办发〔2013〕44号）"),
        ("四、申请条件", "本市城镇户籍家庭人均住房建筑面积低于十五平方米，或者在本市稳定就业的新就业无房职工、外来务工人员。"),
    ):
        doc.add_paragraph(head, style="Heading 2")
        doc.add_paragraph(text)
    doc.add_paragraph("五、申请材料", style="Heading 2")
    columns = ("序号", "材料名称", "来源渠道（出具单位）", "设定依据", "备注")
    add_table(doc, Sheet("", columns, table(read("guide"), "material source basis note")))
    doc.add_paragraph("六、办理流程", style="Heading 2")
    doc.add_paragraph("申请、受理、审核、公示、登记轮候。材料齐全的当场受理，二十个工作日办结。")
    doc.add_paragraph("七、办理地点和咨询", style="Heading 2")
    doc.add_paragraph("清江市政务服务中心二楼住房保障窗口。")
    save_docx(doc, DEMO / "public-rental-guide.docx")


def draft() -> None:
    """A normative document submitted for review 送审稿 with planted faults (told by ``evals/datasets/demo-audit.jsonl``)."""
    title, *articles = (TEXTS / "draft.txt").read_text("utf-8").splitlines()
    doc = new_docx(title.removeprefix("# "))
    head = doc.add_paragraph(style="Title")
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    head.add_run(title.removeprefix("# "))
    doc.add_paragraph("起草单位：清江市民政局").alignment = WD_ALIGN_PARAGRAPH.CENTER
    for article in articles:
        doc.add_paragraph(article)
    save_docx(doc, DEMO / "temporary-relief-draft.docx")


def main() -> None:
    """Writes every demo file, then the manifest."""
    DEMO.mkdir(parents=True, exist_ok=True)
    for build in (cancel_first, cancel_second, retained, commitment, agency, not_issued, sharing, guide, draft):
        build()
    for name, office in (("civil", "清江市民政局"), ("labour", "清江市人力资源和社会保障局"), ("housing", "清江市住房和城乡建设局")):
        ledger(name, office)
    make_manifest.main()


if __name__ == "__main__":
    main()
