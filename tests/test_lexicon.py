"""The lexicon: names, lay words, typos, what is told apart and what is asked back."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from knowledge.errors import BadRule
from knowledge.lexicon import Lexicon, lexicon
from knowledge.lexicon_data import BodyKind, ProofKind, compile_pattern, load_data, surfaces_of
from knowledge.lexicon_match import fold, fold_surface, initials, pinyin
from knowledge.lexicon_names import AmbiguousName, NameMatch, split_names, strip_name

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.mark.parametrize(
    ("text", "name", "how"),
    [
        ("窗口要我开亲属关系证明", "亲属关系证明", "exact"),
        ("怎么证明我妈是我妈", "亲属关系证明", "lay"),
        ("非要我证明我姑姑是我姑姑", "亲属关系证明", "pattern"),
        ("領養要婚姻狀況證明嗎", "婚姻状况证明", "exact"),
        ("無犯罪記錄證明在哪裡開", "无犯罪记录证明", "exact"),
        ("要开亲蜀关系证明", "亲属关系证明", "pinyin"),
        ("婚烟状况证明", "婚姻状况证明", "typo"),
        ("社区的健在证明", "生存证明", "alias"),
        ("婚姻 状况 证明", "婚姻状况证明", "exact"),
        ("亲属关系的证明", "亲属关系证明", "alias"),
        ("提供收入情况证明材料", "收入证明", "alias"),
        ("没犯过事的证明", "无犯罪记录证明", "lay"),
        ("开个没有前科的那种证明", "无犯罪记录证明", "pattern"),
        ("单身证明", "婚姻状况证明", "alias"),
        ("准生证", "计划生育证明", "alias"),
        ("户口本带了", "户口簿", "alias"),
    ],
)
def test_a_material_is_found_under_its_names(text: str, name: str, how: str) -> None:
    mentions = [m for m in lexicon().find_proofs(text) if m.name == name]
    assert mentions, lexicon().find_proofs(text)
    assert mentions[0].how == how
    assert text[mentions[0].start : mentions[0].end] == mentions[0].surface


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("想领养一个孤儿", "收养登记"),
        ("捡来的孩子要怎么办", "收养登记"),
        ("外国人在中国收养孩子", "涉外收养登记"),
        ("办公租房", "公共租赁住房申请"),
        ("吃低保要啥", "最低生活保障申请"),
        ("电瓶车上牌", "电动自行车登记"),
        ("给孙子上户口", "出生登记"),
        ("把公司注销", "企业注销登记"),
        ("车烧了想注销", "机动车注销登记"),
        ("老人走了，银行里的存款想取出来", "小额存款提取"),
        ("住国外领养老金", "境外居住人员领取养老金"),
        ("提一下公积金", "住房公积金提取"),
        ("開網吧", "互联网上网服务营业场所许可"),
        ("去加拿大留学用", "出国事务"),
    ],
)
def test_a_matter_is_found_in_lay_words(text: str, name: str) -> None:
    assert name in [m.name for m in lexicon().find_matters(text)]


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("居委会不给开", "村(居)民委员会", BodyKind.COMMUNITY),
        ("派出所说", "公安派出所", BodyKind.POLICE_STATION),
        ("银行柜台要", "银行", BodyKind.FINANCIAL),
        ("公证处要", "公证机构", BodyKind.NOTARY),
        ("公积金中心", "住房公积金管理中心", BodyKind.UTILITY),
        ("社保局", "社会保险经办机构", BodyKind.AUTHORISED),
        ("区民政局", "民政部门", BodyKind.ADMINISTRATIVE),
        ("法院立案庭", "人民法院", BodyKind.JUDICIAL),
        ("大使馆", "外国使领馆", BodyKind.FOREIGN),
        ("公司HR", "用人单位", BodyKind.EMPLOYER),
    ],
)
def test_a_body_has_its_type(text: str, name: str, kind: BodyKind) -> None:
    assert name in [m.name for m in lexicon().find_bodies(text)]
    body = lexicon().body(name)
    assert body is not None
    assert body.kind is kind


def test_one_candidate_or_ask() -> None:
    (mention,) = lexicon().find_proofs("要关系证明")
    assert mention.name is None
    assert "亲属关系证明" in mention.candidates
    assert isinstance(lexicon().canonical_proof("关系证明"), AmbiguousName)


def test_high_risk_names_are_marked() -> None:
    marked = {proof.name for proof in lexicon().data.proofs.values() if proof.ambiguous_matters}
    assert {"亲属关系证明", "无犯罪记录证明", "生存证明", "住所证明", "婚姻状况证明"} <= marked


def test_unknown_proofs_are_named_not_mapped() -> None:
    assert lexicon().find_proofs("开个阳台晾衣证明") == ()
    assert [m.surface for m in lexicon().find_free_proofs("让我开个阳台晾衣证明")] == ["阳台晾衣证明"]
    assert lexicon().find_free_proofs("要什么证明") == ()


def test_parts_of_other_names_are_marked() -> None:
    found = lexicon().find("公司注销要结婚登记证明吗")
    assert [m.inside_matter for m in found.bodies if m.surface == "公司"] == [True]
    assert all(m.inside_proof for m in found.matters if m.name == "结婚登记")


@pytest.mark.parametrize(
    ("name", "canonical", "residue"),
    [
        ("申请海葬的经办人与死者关系的证明", "亲属关系证明", "申请海葬的经办人"),
        ("纸质《流动人口婚育证明》", "流动人口婚育证明", ""),
        ("由户籍地派出所出具的无犯罪记录证明原件一份", "无犯罪记录证明", ""),
        ("出生日期（年龄）证明", "出生日期证明", ""),
        ("生存（健在）证明", "生存证明", ""),
        ("能够证明亲属关系的材料", "亲属关系证明", ""),
        ("婚姻状况", "婚姻状况证明", ""),
        ("居民身份证复印件", "居民身份证", ""),
    ],
)
def test_list_names_keep_what_distinguishes_them(name: str, canonical: str, residue: str) -> None:
    match = lexicon().canonical_proof(name)
    assert isinstance(match, NameMatch)
    assert (match.name, match.residue) == (canonical, residue)


def test_the_head_of_a_name_decides() -> None:
    assert lexicon().canonical_proof("结婚证遗失补办证明") is None or lexicon().kind_of("结婚证遗失补办证明") is ProofKind.PROOF


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("单身证明", "婚姻状况证明", "same"),
        ("健在证明", "生存证明", "same"),
        ("收入证明", "无犯罪记录证明", "different"),
        ("甲厂职工的亲属关系证明", "乙厂职工的亲属关系证明", "related"),
        ("阳台晾衣证明", "阳台晾衣证明材料", "same"),
        ("阳台晾衣证明", "楼顶种菜证明", "unknown"),
        ("药品生产许可证", "药品经营许可证", "different"),
        ("非正常死亡证明", "死亡证明", "different"),
    ],
)
def test_sameness_of_two_names(left: str, right: str, expected: str) -> None:
    assert lexicon().same_proof(left, right) == expected


@pytest.mark.parametrize(
    ("material", "kind"),
    [
        ("亲属关系证明", ProofKind.PROOF),
        ("居民户口簿", ProofKind.LICENCE),
        ("某某经营许可证", ProofKind.LICENCE),
        ("某某申请表", ProofKind.DECLARATION),
        ("告知承诺书", ProofKind.DECLARATION),
        ("某某合同", ProofKind.VOUCHER),
        ("银行流水", ProofKind.VOUCHER),
        ("某某评估报告", ProofKind.INTERMEDIARY),
        ("专项信用报告", ProofKind.CREDIT_REPORT),
        ("继承权公证书", ProofKind.JUDICIAL),
        ("某局批准文件", ProofKind.APPROVAL),
        ("一寸照片", ProofKind.OTHER),
        ("村里出具的晾衣证明", ProofKind.PROOF),
    ],
)
def test_what_a_material_is(material: str, kind: ProofKind) -> None:
    assert lexicon().kind_of(material) is kind


def test_compound_names_are_split_outside_brackets() -> None:
    assert split_names("甲证明、乙证明（丙、丁）和戊证明") == ("甲证明", "乙证明（丙、丁）", "戊证明")
    names = [match.name for match in lexicon().canonical_proofs("学历证明、从事有关专业工作年限证明")]
    assert names == ["学历证明", "工作年限证明"]
    assert strip_name("1. 有效的《某某证》原件及复印件各一份") == "某某证"


@pytest.mark.parametrize(
    ("prefix", "name"), [("wfzjl", "无犯罪记录证明"), ("qinshuguan", "亲属关系证明"), ("婚姻", "婚姻状况证明"), ("syd", "收养登记")]
)
def test_completion(prefix: str, name: str) -> None:
    assert name in lexicon().suggest(prefix, 12)
    assert lexicon().suggest("") == ()


def test_every_name_finds_itself() -> None:
    words = lexicon()
    for kind, records in (("proof", words.data.proofs), ("matter", words.data.matters), ("body", words.data.bodies)):
        for record in records.values():
            for surface, _ in surfaces_of(record):
                assert fold(surface).text == fold_surface(surface)
                if surface in words.data.ambiguous[kind]:
                    continue
                found = {"proof": words.find_proofs, "matter": words.find_matters, "body": words.find_bodies}[kind](surface)
                assert record.name in [m.name for m in found], (surface, found)


def test_every_pattern_fires_both_ways() -> None:
    for pattern in lexicon().data.patterns:
        regex = compile_pattern(pattern)
        assert pattern.examples
        assert pattern.not_examples
        assert [text for text in pattern.examples if not regex.search(fold(text).text)] == [], pattern.name
        assert [text for text in pattern.not_examples if regex.search(fold(text).text)] == [], pattern.name


def test_the_lexicon_is_large_enough_and_complete() -> None:
    data = lexicon().data
    kinds = [proof.kind for proof in data.proofs.values()]
    assert kinds.count(ProofKind.PROOF) >= 260
    assert len(kinds) - kinds.count(ProofKind.PROOF) >= 60
    assert len(data.matters) >= 200
    assert {body.kind for body in data.bodies.values()} >= set(BodyKind) - {BodyKind.ENTERPRISE, BodyKind.UTILITY}
    assert all(proof.fact for proof in data.proofs.values())
    community = [proof for proof in data.proofs.values() if "mf20-20" in proof.not_issued_by]
    police = [proof for proof in data.proofs.values() if any(key.startswith("gtz16") for key in proof.not_issued_by)]
    assert len(community) >= 20
    assert len(police) >= 15


def test_the_dictionary_proves_that_it_took_effect() -> None:
    words = lexicon()
    words.verify_dictionary(str.split)
    with pytest.raises(BadRule, match="没有生效"):
        words.verify_dictionary(list)


def test_readings() -> None:
    assert pinyin("无犯罪") == ["wu", "fan", "zui"]
    assert initials("无犯罪记录") == "wfzjl"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[proof]]\nname = "甲证明"\ncolour = "红"\n', "不认识的键"),
        ('[[proof]]\nname = "甲证明"\nkind = "纸"\n', "不能是"),
        ('[[proof]]\nname = "甲证明"\naliases = ["丙丁证明"]\n[[proof]]\nname = "乙证明"\naliases = ["丙丁证明"]\n', "同时属于"),
        ('[[proof]]\nname = "甲证明"\n[[proof]]\nname = "甲证明"\n', "重复出现"),
        ('[[proof]]\nname = "甲证明"\nfield = "天文"\n', "field"),
        ('[[proof]]\nname = "甲证明"\nnot_issued_by = ["x"]\n', "没有登记"),
        ('[[matter]]\nname = "办事"\nrisk = ["下雨"]\n', "风险领域"),
        ('[[proof]]\nname = "甲证明"\naliases = "乙"\n', "列表"),
        ('[[ambiguous]]\nkind = "proof"\nsurface = "甲"\ncandidates = ["乙", "丙"]\n', "不存在"),
        ("[[other]]\n", "不认识的表"),
        ("[[proof]", "读不懂"),
    ],
)
def test_bad_data_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.toml").write_text(text, "utf-8")
    with pytest.raises(BadRule, match=message):
        load_data(tmp_path)


def test_a_shared_surface_must_be_declared(tmp_path: Path) -> None:
    text = '[[proof]]\nname = "甲证明"\naliases = ["丙丁证明"]\n[[proof]]\nname = "乙证明"\naliases = ["丙丁证明"]\n'
    text += '[[ambiguous]]\nkind = "proof"\nsurface = "丙丁证明"\ncandidates = ["甲证明", "乙证明"]\n'
    (tmp_path / "ok.toml").write_text(text, "utf-8")
    (mention,) = Lexicon.load(tmp_path).find_proofs("要丙丁证明材料")
    assert (mention.name, mention.candidates, mention.surface) == (None, ("甲证明", "乙证明"), "丙丁证明材料")


def test_finding_is_fast() -> None:
    words = lexicon()
    question = "派出所要开亲属关系证明，办公租房要我妈是我妈的证明，窗口说没有就办不了，我就想问问到底该不该要，单位也不给开收入证明" * 2
    words.find(question)
    started = time.process_time()
    for _ in range(20):
        words.find(question)
    assert (time.process_time() - started) / 20 < 0.02


@pytest.mark.real
@pytest.mark.skipif(not (SHARED / "lists" / "rows.jsonl").exists(), reason="../shared is not here")
def test_names_of_really_published_lists_are_known() -> None:
    rows = [json.loads(line) for line in (SHARED / "lists" / "rows.jsonl").read_text("utf-8").splitlines()]
    names = sorted({row["proof_name"] for row in rows})
    known = [name for name in names if lexicon().canonical_proof(name)]
    assert len(known) / len(names) >= 0.95


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("让我开阳台上晾衣服的证明", ["阳台上晾衣服的证明"]),
        ("办事大厅要求提供未在其他城市享受旅游补贴的证明", ["未在其他城市享受旅游补贴的证明"]),
        ("要我交演员签名证明和排练证明", ["演员签名证明", "排练证明"]),
        ("窗口说得有个绿化移植证明", ["绿化移植证明"]),
        ("没有证明能办吗，这个证明谁规定的", []),
        ("要我开收入证明", []),
    ],
)
def test_unknown_proofs_are_cut_after_the_verb(text: str, surfaces: list[str]) -> None:
    assert [m.surface for m in lexicon().find_free_proofs(text)] == surfaces


def test_the_words_take_effect_in_the_real_segmenter(tmp_path: Path) -> None:
    jieba = pytest.importorskip("jieba")
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = str(tmp_path)
    for word in lexicon().segment_words():
        tokenizer.add_word(word)
    lexicon().verify_dictionary(lambda text: tokenizer.cut(text))
