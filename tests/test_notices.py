"""Lists written as prose. All sentences are made up."""

from __future__ import annotations

import pytest

from ingest.blocks import Paragraph
from ingest.notice_items import read_item
from ingest.notices import read_notice
from knowledge.types import ListKind, Path

# sentence, kind, proofs, (matter, basis, replacement)
CASES = [
    (
        "办理渔船注销中取消“船舶灭失证明”(原设定依据:《清江渔船办法》（市令〔2009〕3号）第八条),改为网络核验。",
        ListKind.CANCEL,
        ["船舶灭失证明"],
        ("办理渔船注销", "《清江渔船办法》（市令〔2009〕3号）第八条", "改为网络核验"),
    ),
    (
        "取消《清江市殡葬管理办法》第九条设定的死亡原因证明，改为部门核查。",
        ListKind.CANCEL,
        ["死亡原因证明"],
        (None, "《清江市殡葬管理办法》第九条", "改为部门核查"),
    ),
    ("取消“住房面积证明”、“邻里关系证明”和“无业证明”。", ListKind.CANCEL, ["住房面积证明", "邻里关系证明", "无业证明"], (None, None, None)),
    ("申请摊位时，不再要求申请人提供“健康状况证明”，凭健康证办理。", ListKind.CANCEL, ["健康状况证明"], ("申请摊位", None, "凭健康证办理")),
    ("收养登记中保留“无子女证明”,由派出所开具。", ListKind.RETAIN, ["无子女证明"], ("收养登记", None, "由派出所开具")),
    ("教师招聘中对“体检合格证明”实行告知承诺,申请人可选。", ListKind.COMMITMENT, ["体检合格证明"], ("教师招聘", None, "申请人可选")),
    ("不再出具“收入证明”,应由用人单位出具。", ListKind.NOT_ISSUED_BY, ["收入证明"], (None, None, "应由用人单位出具")),
    ("“遗失声明”予以取消。", ListKind.CANCEL, ["遗失声明"], (None, None, None)),
]


@pytest.mark.parametrize(("sentence", "kind", "proofs", "rest"), CASES)
def test_item(sentence: str, kind: ListKind, proofs: list[str], rest: tuple[str | None, str | None, str | None]) -> None:
    found = read_item(sentence)
    assert [e.proof_name for e in found] == proofs
    assert {e.list_kind for e in found} == {kind}
    assert (found[0].matter, found[0].original_basis, found[0].replacement) == rest


def test_effect_of_a_heading_carries_to_bare_items() -> None:
    lines = ["一、保留的证明事项", "1.“学籍证明”,由学校开具。", "二、取消的证明事项", "2.“单身证明”,部门联网核查。"]
    found = read_notice([Paragraph(t) for t in lines]).entries
    assert [(e.list_kind, e.proof_name, e.path) for e in found] == [
        (ListKind.RETAIN, "学籍证明", Path.RETAIN),
        (ListKind.CANCEL, "单身证明", Path.DATA_SHARING),
    ]


def test_running_text_yields_nothing() -> None:
    text = ["各单位要高度重视证明事项清理工作。", "本通知自印发之日起施行。", "会议决定取消原定于五月的活动。"]
    assert read_notice([Paragraph(t) for t in text]).entries == ()


def test_an_item_that_cannot_be_read_is_reported() -> None:
    found = read_notice(
        [Paragraph("(一)取消户籍方面由各乡镇自行设置的那些五花八门证明的做法要坚决落实到位。"), Paragraph("(二)取消“单身证明”。")]
    )
    assert len(found.entries) == 1
    assert [p.code for p in found.problems] == ["ITEM_NOT_READ"]


@pytest.mark.parametrize(
    ("sentence", "kind", "proof", "matter", "issuer"),
    [
        ("司法诉讼中对“分红证明”实行代办,村里跑。", ListKind.AGENCY, "分红证明", "司法诉讼", None),
        ("“务农证明”由村干部代办。", ListKind.AGENCY, "务农证明", None, None),
        ("将办理社保登记时需提供的“无欠费证明”改为部门核查。", ListKind.CANCEL, "无欠费证明", "社保登记", None),
        ("对《律师办法》第六条设定的无犯罪记录证明实行告知承诺制。", ListKind.COMMITMENT, "无犯罪记录证明", None, None),
        ("户口迁移证明不再由社区出具，由公安机关核实。", ListKind.NOT_ISSUED_BY, "户口迁移证明", None, "社区"),
        ("派出所不再出具“身高证明”。", ListKind.NOT_ISSUED_BY, "身高证明", None, "派出所"),
        ("“无违法证明”，原设定依据为《某办法》第三条，取消后由部门核验。", ListKind.CANCEL, "无违法证明", None, None),
    ],
)
def test_other_turns_of_phrase(sentence: str, kind: ListKind, proof: str, matter: str | None, issuer: str | None) -> None:
    found = read_item(sentence)
    assert [(e.list_kind, e.proof_name, e.matter, e.issuing_body) for e in found] == [(kind, proof, matter, issuer)]


@pytest.mark.parametrize(
    "sentence", ["取消后的办理方式由各部门确定，不得变相索要。", "加强证明管理，取消不必要的材料。", "不得索要清单之外的证明，做好衔接。"]
)
def test_instructions_are_no_items(sentence: str) -> None:
    assert read_item(sentence) == []
    assert read_notice([Paragraph("(一)取消“单身证明”。"), Paragraph(f"(二){sentence}")]).unread == ()
