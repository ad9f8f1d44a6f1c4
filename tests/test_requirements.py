"""Demands of materials: invented sentences a lawyer can read, the data file both ways, and the labelled sample."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ingest.requirement_objects import classify, split_materials
from ingest.requirement_patterns import patterns
from ingest.requirements import extract_from_sentence, extract_requirements
from knowledge.types import Provision, Requirement, Strength, Unit

SHARED = Path(__file__).parents[1].parent / "shared"


def article(text: str, **more: object) -> Provision:
    return Provision(ref="测试条例@2020-01-01#art_9", label="第九条", kind="article", text=text, **more)  # type: ignore[arg-type]


def found(text: str, title: str = "测试条例") -> tuple[Requirement, ...]:
    return extract_requirements(article(text), title=title)


def names(text: str, title: str = "测试条例") -> list[str]:
    return [r.material for r in found(text, title)]


@pytest.mark.parametrize("entry", patterns().entries, ids=lambda e: e.id)
def test_every_pattern_fires_on_its_examples_and_not_on_the_others(entry) -> None:
    assert entry.examples
    assert [e for e in entry.examples if not entry.pattern.search(e)] == []
    assert [e for e in entry.counter if entry.pattern.search(e)] == []


POSITIVE = [
    ("申请开办茶馆的，应当向街道办事处提交住所证明。", ["住所证明"]),
    ("开办者应当提供租赁合同、消防合格证明以及负责人身份证复印件。", ["租赁合同", "消防合格证明", "负责人身份证复印件"]),
    ("办理过户，应当提交职业、收入和财产状况证明。", ["职业、收入和财产状况证明"]),
    ("当事人凭医院出具的诊断证明办理请假手续。", ["诊断证明"]),
    ("所有权人持产权证明到登记机关办理变更。", ["产权证明"]),
    ("登记机关可以要求申请人提供有关证明材料。", ["有关证明材料"]),
    ("幼儿园厨师应当取得健康证明后方可上岗。", ["健康证明"]),
    ("运输种苗应当附有检疫证明。", ["检疫证明"]),
    ("申请人应当填写申请表，并附近期照片。", ["申请表", "近期照片"]),
    ("办理迁户的居民应当出具下列证件：\n（一）户口簿；\n（二）由村委会出具的居住证明。", ["户口簿", "居住证明"]),
    ("逝者遗体，凭医院出具的死亡证明火化。", ["死亡证明"]),
    ("登记机关办理登记时，应当查验体检证明。", ["体检证明"]),
    ("申领证件应当提交本人照片以及住址、就业等证明材料。", ["本人照片", "住址、就业等证明材料"]),
    ("当事人应当向社会保险机构提供诊断证明。", ["诊断证明"]),
    ("以专利出资的，应当出具评估机构的评估报告。", ["评估机构的评估报告"]),
]


@pytest.mark.parametrize(("text", "materials"), POSITIVE)
def test_demands_are_found(text: str, materials: list[str]) -> None:
    assert names(text) == materials


NOTHING = [
    "登记机关应当在五日内向申请人出具收件证明。",
    "医院应当为新生儿出具出生证明。",
    "经办机构应当发给参保人缴费证明。",
    "未按照规定提交检验证明的，处五百元罚款。",
    "有下列情形之一的，由公安机关予以处罚：\n（一）拒绝提供证明材料的；\n（二）伪造证件的。",
    "执法人员应当出示执法证件。",
    "被检查单位应当如实提供有关资料。",
    "当事人应当向人民法院提交证据材料。",
    "经营者应当向消费者提供发票。",
    "登记机关应当对申请人提交的材料进行审查。",
    "有证据证明产品存在缺陷的，应当停止销售。",
    "从事运输的，应当具备下列条件：\n（一）有健康证明；\n（二）有车辆。",
    "申请人应当符合下列要求：年满十八周岁。",
    "殡仪馆应当向家属出具火化证明。",
    "申请人领取补贴的，居民委员会应当出具居住证明。",
    "工程资料应当由建设单位移交业主委员会。",
    "民政部门应当向财政部门报送有关材料。",
]


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_demand_on_an_applicant(text: str) -> None:
    assert names(text) == []


def test_judicial_texts_make_no_demand() -> None:
    text = "申请执行的，应当提交身份证明和申请书。"
    assert names(text, "最高人民法院关于执行的规定") == []
    assert names(text, "测试登记办法") == ["身份证明", "申请书"]


def test_duties_hold_a_demand_only_where_a_proof_is_checked() -> None:
    text = "学校接收插班学生，应当履行下列义务：\n（一）提供宿舍钥匙和说明书；\n（二）查验学生的预防接种证明。"
    assert names(text) == ["学生的预防接种证明"]


def test_list_items_inherit_matter_addressee_and_recipient() -> None:
    text = (
        "申请开办书店的，申请人应当向文化部门提交下列材料：\n（一）申请书；\n（二）由居民委员会出具的住所证明；\n"
        "（三）委托他人办理的，还应当提交授权委托书；\n（四）国务院文化部门规定的其他材料。\n收到材料后，文化部门应当出具受理凭证。"
    )
    got = found(text)
    assert [r.material for r in got] == ["申请书", "住所证明", "授权委托书", "国务院文化部门规定的其他材料"]
    assert {r.matter for r in got} == {"申请开办书店"}
    assert got[1].issuing_body == "居民委员会"
    assert got[1].recipient == "文化部门"
    assert [r.is_proof for r in got] == [False, True, False, False]
    assert got[3].strength is Strength.DELEGATED
    assert got[2].condition == "委托他人办理的"
    assert all(text[slice(*r.span)] == r.material for r in got)


NEGATIVE = [
    ("窗口不得要求申请人提供居住证明。", ["居住证明"]),
    ("清单之外，有关单位不得索要证明。", ["证明"]),
    ("能够通过共享获取的证明材料，不得要求申请人重复提交。", ["能够通过共享获取的证明材料"]),
    ("实现联网核查的，申请人免予提交相关证明、凭证。", ["相关证明", "凭证"]),
    ("老年人办理年审，无需提交户籍证明。", ["户籍证明"]),
]


@pytest.mark.parametrize(("text", "materials"), NEGATIVE)
def test_negative_rules(text: str, materials: list[str]) -> None:
    got = found(text)
    assert [(r.material, r.negative) for r in got] == [(m, True) for m in materials]


def test_the_title_names_the_matter_last() -> None:
    assert found("当事人应当提交住所证明。", "南河省茶馆登记办法")[0].matter == "茶馆登记"


def test_ref_carries_the_steps_of_the_unit() -> None:
    text = "申请人应当提交下列材料：\n（一）住所证明；\n（二）申请书。"
    unit = Unit("para_1.item_1", "第一款第（一）项", text.index("（一）"), text.index("（二）"))
    got = extract_requirements(article(text, units=(Unit("para_1", "第一款", 0, len(text)), unit)), title="测试条例")
    assert [r.provision.rsplit("#")[1] for r in got] == ["art_9.para_1.item_1", "art_9.para_1"]


CLASSES = [
    ("婚姻状况证明", True, Strength.NAMED),
    ("居民身份证", False, Strength.NAMED),
    ("户口簿", False, Strength.NAMED),
    ("申请书", False, Strength.NAMED),
    ("授权委托书", False, Strength.NAMED),
    ("租赁合同", False, Strength.NAMED),
    ("书面承诺", False, Strength.NAMED),
    ("有关证明材料", True, Strength.GENERAL),
    ("相关文件", False, Strength.GENERAL),
    ("符合本条例第八条规定条件的材料", False, Strength.GENERAL),
    ("法律、行政法规规定的其他材料", False, Strength.DELEGATED),
    ("无犯罪记录证明", True, Strength.NAMED),
]


@pytest.mark.parametrize(("material", "is_proof", "strength"), CLASSES)
def test_proofs_licences_and_forms_are_told_apart(material: str, is_proof: bool, strength: Strength) -> None:
    assert classify(material) == (is_proof, strength)


def test_split_keeps_body_and_span() -> None:
    text = "身份证、由所在单位出具的在职证明，以及照片两张"
    pieces = split_materials(text, 10)
    assert [(p.text, p.issuing_body) for p in pieces] == [("身份证", None), ("在职证明", "所在单位"), ("照片", None)]
    assert all(text[p.start - 10 : p.end - 10] == p.text for p in pieces)


GUIDE = [
    ("无欠费证明", "无欠费证明", None),
    ("申请表(一式一份,窗口提供)", "申请表", None),
    ("经营场所证明(村委会出具)", "经营场所证明", "村委会"),
    ("3.村医疗卫生机构出具的拟聘用证明", "拟聘用证明", "村医疗卫生机构"),
    ("法律法规规定的其他材料", "法律法规规定的其他材料", None),
    ("窗口认为需要的其他有关证明", "窗口认为需要的其他有关证明", None),
    ("刊登公告的报纸样张（用于注销）", "刊登公告的报纸样张", None),
    ("可用资金证明", "可用资金证明", None),
]


@pytest.mark.parametrize(("cell", "material", "body"), GUIDE)
def test_cells_of_a_guide(cell: str, material: str, body: str | None) -> None:
    got = extract_from_sentence(cell, matter="开业登记", addressee="申请人")
    assert [(r.material, r.issuing_body, r.matter) for r in got] == [(material, body, "开业登记")]


@pytest.mark.parametrize("text", ["", "办理时限：五个工作日", "收费标准", "本窗口周末不上班。"])
def test_cells_without_papers(text: str) -> None:
    assert extract_from_sentence(text) == ()


def test_long_articles_stay_fast() -> None:
    text = "申请人应当提交下列材料：\n" + "\n".join(f"（{n}）甲乙丙丁、戊己庚辛和住所证明；" for n in "一二三四五六七八九十" * 30)
    begin = time.perf_counter()
    assert len(found(text)) == 300
    assert time.perf_counter() - begin < 5


@pytest.mark.real
@pytest.mark.skipif(not (SHARED / "laws").is_dir(), reason="../shared/laws is absent")
def test_labelled_sample_reaches_its_floors() -> None:
    from evals.requirements import run

    report, _ = run("all")
    assert report["not_found"] == []
    assert report["precision"] >= 0.92
    assert report["recall"] >= 0.85
