"""Audit: each code on a small fictional city, formats, sets of files, baseline, and that nothing enters the library."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.audit import audit_file, audit_files, load_baseline, report_json, with_baseline, write_baseline
from assistant.audit_demands import catch_all, issuer_in, matter_in_title
from assistant.audit_types import code_texts, unverifiable
from assistant.world import World
from knowledge.store import Library
from knowledge.types import Level, ListKind
from tests.factories import REGION, law, listing, row

DAY = date(2026, 11, 21)
MATTER = "店铺招牌设置备案"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("library")
    with Library.open(folder, writable=True) as library:
        for parsed in (
            law(
                "清江市招牌管理条例",
                {1: ["为管理招牌，制定本条例。"], 2: ["申请备案的，应当提交房屋所有权人出具的同意设置证明。"], 3: ["招牌应当整洁。"]},
                level=Level.LOCAL_REGULATION,
            ),
            law(
                "清江市旧招牌条例",
                {1: ["应当提交身份来历证明。"]},
                level=Level.LOCAL_REGULATION,
                ended=date(2021, 1, 1),
                version="2001-01-01",
            ),
            law("清江市招牌管理办法", {1: ["应当提交街坊同意证明。"]}),
            law("远山市招牌条例", {1: ["应当提交色彩证明。"]}, level=Level.LOCAL_REGULATION, region="云溪省远山市"),
            law("云溪省灯会条例", {1: ["《云溪省花灯条例》同时废止。"]}, level=Level.LOCAL_REGULATION, region="云溪省"),
            listing(row("经营情况证明", MATTER), row("婚姻状况证明", "结婚登记", 2)),
            listing(
                row("居住证明", None, list_kind=ListKind.NOT_ISSUED_BY, issuing_body="村（居）民委员会"),
                title="清江市村（居）民委员会不应出具证明清单",
                file="不应出具.xlsx",
            ),
            listing(row("街区熟悉证明", MATTER, list_kind=ListKind.COMMITMENT), title="清江市实行告知承诺的证明事项清单", file="承诺.xlsx"),
        ):
            library.put(parsed)
    return World(Library.open(folder))


def guide(folder: Path, *rows: tuple[str, str, str], name: str = "指南.csv", title: str = f"清江市{MATTER}办事指南") -> Path:
    """A guide with one table: material, basis, source."""
    path = folder / name
    lines = [title, "序号,材料名称,设定依据,来源渠道", *(f"{n},{a},{b},{c}" for n, (a, b, c) in enumerate(rows, 1))]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


# material, basis, source → codes of errors and warnings
CASES = [
    ("房屋所有权人出具的同意设置证明", "《清江市招牌管理条例》第二条", "", []),
    ("备案申请表（一式两份）", "", "窗口提供", []),
    ("居民身份证（核验原件）", "", "申请人自备", []),
    ("街坊同意证明", "", "", ["B1"]),
    ("街坊同意证明", "无", "", ["B1"]),
    ("街坊同意证明", "《清江市招牌管理办法》第一条", "", ["B2"]),
    ("街坊同意证明", "《清江市城管局窗口服务规范》", "", ["B2"]),
    ("街坊同意证明", "部门内部规定", "", ["B2"]),
    ("身份来历证明", "《清江市旧招牌条例》第一条", "", ["B3"]),
    ("花色证明", "《云溪省花灯条例》第三条", "", ["B3"]),
    ("街坊同意证明", "《清江市招牌管理条例》第八十条", "", ["B4"]),
    ("街坊同意证明", "《中华人民共和国招牌法》第三条", "", ["B4"]),
    ("街坊同意证明", "《清江市招牌管理条例》第三条", "", ["B5"]),
    ("色彩证明", "《远山市招牌条例》第一条", "", ["J1"]),
    ("经营情况证明", "", "", ["L1"]),
    ("居住情况说明（加盖社区公章）", "《清江市招牌管理办法》第一条", "", ["B2", "L1"]),
    ("婚姻状况证明（用于结婚登记）", "", "", ["L1"]),
    ("其他需要提交的材料", "", "", ["O1"]),
    ("窗口认为必要的其他证明", "", "", ["O1"]),
    ("邻里关系和睦证明", "", "社区居委会出具", ["B1", "C2"]),
]


@pytest.mark.parametrize(("material", "basis", "source", "codes"), CASES)
def test_each_fault_has_its_code(world: World, tmp_path: Path, material: str, basis: str, source: str, codes: list[str]) -> None:
    report = audit_file(world, guide(tmp_path, (material, basis, source)), as_of=DAY)
    found = [f for f in report.findings if f.severity != "info"]
    assert sorted(f.code for f in found) == codes
    assert report.error is None and report.region == REGION
    for f in found:
        assert material in f.demand.demand and f.suggestion and f.reason
        assert f.citations or report_json(report)["findings"][0]["no_citation"]


def test_prose_draft_finds_sentences_and_their_own_bases(world: World, tmp_path: Path) -> None:
    path = tmp_path / "办法.txt"
    path.write_text(
        "清江市店铺招牌备案办法（送审稿）\n第一条 为了规范备案，制定本办法。\n第二条 申请人应当提交街坊同意证明。\n"
        "第三条 申请人应当依照《清江市招牌管理条例》第二条提交房屋所有权人出具的同意设置证明。\n"
        "第四条 备案机关不得要求申请人提供收入证明。\n第五条 备案机关可以要求申请人提交其他有关证明材料。\n第六条 本办法自2027年1月1日起施行。\n",
        "utf-8",
    )
    report = audit_file(world, path, as_of=DAY)
    assert [(f.code, f.demand.name) for f in report.findings if f.severity != "info"] == [
        ("B1", "街坊同意证明"),
        ("O1", "其他有关证明材料"),
    ]
    assert {j.demand.name for j in report.judged} == {"街坊同意证明", "同意设置证明", "其他有关证明材料"}


def test_the_same_fact_twice_is_one_finding_on_each(world: World, tmp_path: Path) -> None:
    path = guide(tmp_path, ("无婚姻登记记录证明", "", "民政局"), ("婚姻状况证明", "", "民政局"), ("街坊同意证明", "", ""))
    report = audit_file(world, path, as_of=DAY)
    assert [f.demand.order for f in report.findings if f.code == "D1"] == [1, 2]


def test_circular_proofs_over_two_guides(world: World, tmp_path: Path) -> None:
    header = "序号,证明名称,办理事项,设定依据,索要单位,开具单位"
    one, two = tmp_path / "民政台账.csv", tmp_path / "住建台账.csv"
    one.write_text(f"清江市民政局证明事项台账\n{header}\n1,住房困难证明,低收入家庭认定,,清江市民政局,清江市住房和城乡建设局\n", "utf-8")
    two.write_text(f"清江市住建局证明事项台账\n{header}\n1,低收入家庭证明,公共租赁住房申请,,清江市住房和城乡建设局,清江市民政局\n", "utf-8")
    reports = audit_files(world, [one, two], as_of=DAY)
    assert ["C1" in r.counts for r in reports] == [True, True]
    assert "C1" not in audit_file(world, one, as_of=DAY).counts


def test_a_bad_file_does_not_stop_the_others(world: World, tmp_path: Path) -> None:
    bad = tmp_path / "坏.docx"
    bad.write_bytes(b"PK\x03\x04 not a document")
    reports = audit_files(world, [bad, tmp_path / "没有.pdf", guide(tmp_path, ("街坊同意证明", "", ""))], as_of=DAY)
    assert reports[0].error and reports[1].error and reports[2].counts["B1"] == 1
    assert report_json(reports[0])["findings"] == []


def test_nothing_enters_the_library(world: World, tmp_path: Path) -> None:
    before = world.library.revision()
    audit_file(world, guide(tmp_path, ("街坊同意证明", "", "")), as_of=DAY)
    assert world.library.revision() == before


def test_baseline_shows_only_what_is_new(world: World, tmp_path: Path) -> None:
    kept = tmp_path / "基线.json"
    first = audit_files(world, [guide(tmp_path, ("街坊同意证明", "", ""))], as_of=DAY)
    assert write_baseline(kept, first) == len(first[0].findings)
    again = with_baseline(
        audit_files(world, [guide(tmp_path, ("街坊同意证明", "", ""), ("花色证明", "", ""))], as_of=DAY), load_baseline(kept)
    )
    assert [f.demand.name for f in again[0].findings if f.severity == "error"] == ["花色证明"]
    assert again[0].accepted == 1


def test_every_pattern_fires_on_its_examples_and_not_on_the_others() -> None:
    for entry in unverifiable():
        assert all(entry.pattern.search(e) for e in entry.examples)
        assert not any(entry.pattern.search(e) for e in entry.counter)
    assert code_texts()["B1"].severity == "error"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("其他需要提交的证明材料", True),
        ("法律法规规定的其他材料以及相关证明", True),
        ("窗口认为有必要的其他有关证明", True),
        ("经办机构要求补充的相关材料", True),
        ("无其他继承人证明", False),
        ("其他家庭成员收入证明", False),
        ("劳动关系证明材料", False),
        ("不得要求提交其他材料", False),
    ],
)
def test_catch_all(text: str, expected: bool) -> None:
    assert catch_all(text) is expected


def test_issuer_and_matter_are_read_from_the_words() -> None:
    assert issuer_in("指定医院出具的体格检查证明", "窗口提供") == "指定医院"
    assert issuer_in("居住情况说明（加盖社区公章）", None) == "社区"
    assert issuer_in("无欠费证明", "由相关单位出具并加盖公章") is None
    assert matter_in_title("南河县老年人优待证办理办事指南（试行）") == "老年人优待证"
    assert matter_in_title("清江市临时救助实施办法（送审稿）") == "临时救助"


# one sentence of a draft → the material it demands, None where it demands nothing
SPOKEN = [
    ("未提交由村民委员会出具的家庭和睦证明的，镇人民政府不予受理。", "家庭和睦证明"),
    ("没有全体业主签字同意证明的，窗口不受理申请。", "签字同意证明"),
    ("街道办事处可以要求经营者出具资产来源证明。", "资产来源证明"),
    ("车主还须到物业服务企业开具停放场所证明。", "停放场所证明"),
    ("村民委员会出具的品行证明是审批的必备要件。", "品行证明"),
    ("家属意见一致证明须由申请人自行准备。", "家属意见一致证明"),
    ("办理备案不再要求提供资产来源证明。", None),
    ("登记机关应当为申请人出具备案证明。", None),
    ("各地不得以任何理由要求群众提供低保证明。", None),
]


@pytest.mark.parametrize(("sentence", "material"), SPOKEN)
def test_demands_in_words_that_no_statute_uses(world: World, tmp_path: Path, sentence: str, material: str | None) -> None:
    path = tmp_path / "办法.txt"
    path.write_text(
        f"清江市店铺招牌备案办法（送审稿）\n第一条 为了规范备案，制定本办法。\n第二条 {sentence}\n第三条 本办法自公布之日起施行。\n",
        "utf-8",
    )
    names = [j.demand.name for j in audit_file(world, path, as_of=DAY).judged]
    assert (material is None and names == []) or (material is not None and len(names) == 1 and names[0].endswith(material))


def test_a_list_under_any_heading_and_a_basis_under_any_heading(world: World, tmp_path: Path) -> None:
    listed = tmp_path / "须知.md"
    listed.write_text(
        "# 清江市招牌备案须知\n\n## 来的时候\n- 备案申请表\n- 街坊同意证明（依据：《清江市城管局收件口径》）\n- 工作人员当场要求补充的证明\n",
        "utf-8",
    )
    assert audit_file(world, listed, as_of=DAY).counts == {"B2": 1, "O1": 1}
    table = tmp_path / "目录.csv"
    table.write_text("清江市招牌备案办事指南\n编号,应提交的材料,出处\n1,街坊同意证明,《清江市招牌管理条例》第八十条\n", "utf-8")
    assert [f.code for f in audit_file(world, table, as_of=DAY).findings if f.severity == "error"] == ["B4"]


def test_official_words_are_not_read_by_their_sound(world: World, tmp_path: Path) -> None:
    """意愿证明 sounds like 医院证明; no list of hospital papers meets it."""
    report = audit_file(world, guide(tmp_path, ("租房意愿证明", "", "社区居委会")), as_of=DAY)
    assert [f.code for f in report.findings if f.severity != "info"] == ["B1"]


# proof, who asks, who issues, other materials → the ways without it, nearest first
WAYS = [
    ("居住证明", "清江市城管局", "社区居委会", (), "A1"),
    ("遗产继承权证明", "清江市城管局", "社区居委会", (), "A2"),
    ("挂靠证明", "清江市城管局", "被挂靠单位", (), "A7"),
    ("低保证明", "清江市民政局", "乡镇人民政府", (), "A4"),
    ("街坊同意证明", "清江市城管局", "清江市城管局", (), "A4"),
    ("完税证明", "清江市城管局", "税务机关", (), "A6"),
    ("居住证明", "清江市城管局", "社区居委会", ("居住证（核验原件）",), "A8"),
    ("在读证明", "清江市城管局", "学校", (), "A5"),
    ("街区熟悉证明", "清江市城管局", "社区居委会", (), "A3"),
]


@pytest.mark.parametrize(("proof", "asks", "issues", "others", "code"), WAYS)
def test_each_way_without_a_proof_has_its_code(
    world: World, tmp_path: Path, proof: str, asks: str, issues: str, others: tuple[str, ...], code: str
) -> None:
    path = tmp_path / "指南.csv"
    rows = [(proof, asks, issues), *((other, asks, "") for other in others)]
    lines = [f"清江市{MATTER}办事指南", "序号,材料名称,设定依据,索要单位,开具单位"]
    path.write_text("\n".join([*lines, *(f"{n},{p},,{a},{i}" for n, (p, a, i) in enumerate(rows, 1))]) + "\n", "utf-8")
    found = [f for f in audit_file(world, path, as_of=DAY).findings if f.demand.demand == proof and f.code.startswith("A")]
    assert code in [f.code for f in found] and len(found) <= 2
    hit = next(f for f in found if f.code == code)
    assert hit.severity == "info" and ("改为：" in hit.suggestion or "为准" in hit.suggestion)


def test_a_retained_list_must_be_complete_and_may_not_bring_back_what_was_cancelled(world: World, tmp_path: Path) -> None:
    path = tmp_path / "保留.csv"
    rows = ["清江市保留的证明事项清单", "序号,证明名称,办理事项,设定依据,索要单位,开具单位,办理指南"]
    rows += [
        f"1,同意设置证明,{MATTER},《清江市招牌管理条例》第二条,清江市城管局,房屋所有权人,见市政府网站",
        f"2,经营情况证明,{MATTER},,清江市城管局,,",
    ]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    report = audit_file(world, path, as_of=DAY)
    by_row = {j.demand.name: [f.code for f in j.findings if f.severity != "info"] for j in report.judged}
    assert by_row == {"同意设置证明": [], "经营情况证明": ["L1", "L2"]}
    assert "设定依据、开具单位、办理指南" in next(f.reason for f in report.findings if f.code == "L2")


def test_every_code_has_a_test_of_its_own() -> None:
    shown = {code for *_, codes in CASES for code in codes} | {w[4] for w in WAYS} | {"L2", "C1", "D1"}
    assert shown == set(code_texts())
