"""References: found where they stand, resolved to one place or to a named failure."""

from datetime import date
from pathlib import Path

import pytest

from ingest.law import parse_law
from knowledge.catalogue import MemoryCatalogue
from knowledge.reference_input import parse_reference
from knowledge.references import find_references
from knowledge.resolve import Context, Outcome, resolve, short_names
from knowledge.types import Instrument, Provision, Status
from knowledge.validity import RepealFact, close_versions

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "laws"


def law(title: str, stamp: str, body: str, folder: str = "行政法规") -> tuple[Instrument, tuple[Provision, ...]]:
    text = f"# {title}\n\n{stamp[:4]}年{int(stamp[5:7])}月{int(stamp[8:])}日 公布\n\n<!-- INFO END -->\n\n{body}"
    parsed = parse_law(text, name=f"{title}({stamp}).md", folder=folder)
    return parsed.instrument, parsed.provisions


THREE = "第一条 甲。\n\n第二条 乙：\n\n（一）子；\n\n（二）丑。\n\n第二款。\n\n第三条 本办法自公布之日起施行。\n"


@pytest.fixture(scope="module")
def catalogue() -> MemoryCatalogue:
    texts = [
        law("中华人民共和国样本许可法", "2015-01-01", THREE),
        law("中华人民共和国样本许可法", "2023-01-01", THREE + "\n第四条 新增。\n"),
        law("清江市样本条例", "2020-01-01", THREE),
        law("国家样本办法", "2020-01-01", THREE),
        law("旧办法", "2001-01-01", THREE),
        law("关于样本的决定", "2020-01-01", "一、甲。\n\n二、乙。\n"),
    ]
    closed = close_versions([one for one, _ in texts], [RepealFact("旧办法", date(2010, 1, 1), "新办法@2009-12-01")])
    return MemoryCatalogue(zip(closed, (provisions for _, provisions in texts), strict=True))


def found(text: str) -> list[tuple[str, str | None, str]]:
    return [(mention.kind, mention.name or mention.doc_number or mention.relative, mention.label) for mention in find_references(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "依照《中华人民共和国甲法》第三十一条、第三十二条第二款和《乙条例》（2015年修正）第八条第一款第（二）项",
            [("title", "甲法", "第三十一条"), ("title", "甲法", "第三十二条第二款"), ("title", "乙条例", "第八条第一款第（二）项")],
        ),
        ("违反本条例第十条第一款、第三款规定", [("self", None, "第十条第一款"), ("self", None, "第十条第三款")]),
        ("根据甲乙条例第44条和丙办法3条", [("bare", "甲乙条例", "第四十四条"), ("bare", "丙办法", "第三条")]),
        ("劳动合同法第三十八条，同法第四十条", [("bare", "劳动合同法", "第三十八条"), ("title", "劳动合同法", "第四十条")]),
        ("特区基本法第五条", [("bare", "特区基本法", "第五条")]),
        ("前款规定的材料，本条第一款", [("relative", "前款", ""), ("relative", "本条", "第一款")]),
        ("刑法第一百二十条之一第二款", [("bare", "刑法", "第一百二十条之一第二款")]),
        ("按公通字[2016]21号和民发（2020）20号", [("doc_number", "公通字〔2016〕21号", ""), ("doc_number", "民发〔2020〕20号", "")]),
        (
            "中华人民共和国国务院令第７１６号、716号令第七条",
            [("doc_number", "国务院令第716号", ""), ("doc_number", "国务院令第716号", "第七条")],
        ),
        ("《某意见》（国办发〔2020〕42号）", [("title", "某意见", "")]),
        ("《甲条例》有规定，该条例第三条", [("title", "甲条例", ""), ("title", "甲条例", "第三条")]),
        ("最高法院关于适用《甲法》乙编的解释（一）第五条", [("bare", "最高法院关于适用甲法乙编的解释（一）", "第五条")]),
        ("居委会能不能要我开亲属关系证明", []),
        ("样本条例之前条件宽，目前款项已到", []),
    ],
)
def test_finding(text: str, expected: list[tuple[str, str | None, str]]) -> None:
    assert found(text) == expected


def test_spans_point_into_the_source() -> None:
    text = "　依照〈甲法〉第\u200b三条、《乙法》第四条。"
    for mention in find_references(text):
        assert text[mention.start : mention.end] == mention.text
    assert [mention.text for mention in find_references(text)] == ["〈甲法〉第\u200b三条", "《乙法》第四条"]


def test_range_keeps_its_end() -> None:
    mention = find_references("《甲法》第一条至第五条")[0]
    assert (mention.number, mention.until) == (1, 5)


def test_known_names_are_cut_out_of_a_sentence() -> None:
    mentions = find_references("窗口的人非说国家样本办法不许", known={"国家样本办法", "样本办法"}.__contains__)
    assert [(mention.kind, mention.name) for mention in mentions] == [("bare", "国家样本办法")]
    assert find_references("清江市样本条例里写了", known={"样本条例"}.__contains__) == ()


@pytest.mark.parametrize(
    ("text", "name", "version", "label"),
    [
        ("甲乙条例44条3款", "甲乙条例", None, "第四十四条第三款"),
        ("甲乙条例第四十四条第一款", "甲乙条例", None, "第四十四条第一款"),
        ("民法典1098", "民法典", None, "第一千零九十八条"),
        ("《甲法》(2015)第80条第二款第(一)项", "甲法", "2015", "第八十条第二款第（一）项"),
        ("甲法@2019-10-22#art_17-1.para_2.item_3", "甲法", "2019-10-22", "第十七条之一第二款第（三）项"),
        ("甲法@2019-10-22", "甲法", "2019-10-22", ""),
        ("甲乙条例", "甲乙条例", None, ""),
    ],
)
def test_typed_references(text: str, name: str, version: str | None, label: str) -> None:
    mention = parse_reference(text)
    assert mention is not None
    assert (mention.name, mention.version, mention.label) == (name, version, label)


@pytest.mark.parametrize("text", ["亲属关系证明怎么办", "无犯罪记录证明", "结婚是哪条规定", "", "？"])
def test_what_is_no_reference(text: str) -> None:
    assert parse_reference(text) is None


@pytest.mark.parametrize(
    ("text", "day", "outcome", "what"),
    [
        ("样本许可法第四条", date(2024, 1, 1), Outcome.FOUND, "样本许可法@2023-01-01#art_4"),
        ("样本许可法第一条", date(2020, 1, 1), Outcome.FOUND, "样本许可法@2015-01-01#art_1"),
        ("样本许可法第四条", date(2020, 1, 1), Outcome.NOT_FOUND, "article"),
        ("样本许可法第一条", None, Outcome.AMBIGUOUS, "version"),
        ("样本许可法@2015#art_1", None, Outcome.FOUND, "样本许可法@2015-01-01#art_1"),
        ("样本许可法（2015）第一条", None, Outcome.FOUND, "样本许可法@2015-01-01#art_1"),
        ("样本许可法（1999）第一条", None, Outcome.NOT_FOUND, "version"),
        ("清江市样本条例2条1款2项", None, Outcome.FOUND, "清江市样本条例@2020-01-01#art_2.para_1.item_2"),
        ("清江市样本条例第二条第（二）项", None, Outcome.FOUND, "清江市样本条例@2020-01-01#art_2.para_1.item_2"),
        ("清江市样本条例第二条第三款", None, Outcome.NOT_FOUND, "clause"),
        ("清江市样本条例第九条", None, Outcome.NOT_FOUND, "article"),
        ("《样本条例》第一条", None, Outcome.NOT_FOUND, "title"),
        ("样本条例第一条", None, Outcome.NOT_FOUND, "title"),
        ("《减证样本许可法》第一条", None, Outcome.NOT_FOUND, "title"),
        ("云溪省清江市样本条例第一条", None, Outcome.NOT_FOUND, "title"),
        ("办事的时候国家样本办法第一条", None, Outcome.NOT_FOUND, "title"),
        ("他们都说国家样本办法第一条", None, Outcome.FOUND, "国家样本办法@2020-01-01#art_1"),
        ("《关于样本的决定》第二项", None, Outcome.FOUND, "关于样本的决定@2020-01-01#point_2"),
        ("《关于样本的决定》第九项", None, Outcome.NOT_FOUND, "article"),
        ("旧办法第一条", date(2011, 1, 1), Outcome.FOUND, "旧办法@2001-01-01#art_1"),
        ("公通字〔2016〕21号", None, Outcome.NOT_FOUND, "title"),
    ],
)
def test_resolving(catalogue: MemoryCatalogue, text: str, day: date | None, outcome: Outcome, what: str) -> None:
    mention = parse_reference(text)
    assert mention is not None
    result = resolve(mention, catalogue, day)
    assert (result.outcome, result.ref or result.code) == (outcome, what)
    assert result.outcome is Outcome.FOUND or result.reason


def test_article_beyond_the_last_names_the_last(catalogue: MemoryCatalogue) -> None:
    mention = parse_reference("国家样本办法第一百条")
    assert mention is not None
    assert "最后一条是第三条" in resolve(mention, catalogue).reason


def test_repealed_text_is_found_and_says_so(catalogue: MemoryCatalogue) -> None:
    mention = parse_reference("旧办法第一条")
    assert mention is not None
    assert resolve(mention, catalogue, date(2011, 1, 1)).status is Status.REPEALED
    assert resolve(mention, catalogue, date(2009, 1, 1)).status is Status.IN_FORCE


def test_relative_references_need_their_place(catalogue: MemoryCatalogue) -> None:
    instrument = catalogue.instruments("国家样本办法")[0]
    previous_clause, this_article, own = find_references("前款规定，前条规定，本办法第三条")
    here = Context(instrument, 2, 0, 2)
    assert resolve(previous_clause, catalogue, None, here).ref == "国家样本办法@2020-01-01#art_2.para_1"
    assert resolve(this_article, catalogue, None, here).ref == "国家样本办法@2020-01-01#art_1"
    assert resolve(own, catalogue, None, here).ref == "国家样本办法@2020-01-01#art_3"
    assert resolve(previous_clause, catalogue).outcome is Outcome.NOT_FOUND
    assert resolve(previous_clause, catalogue, None, Context(instrument, 2, 0, 1)).code == "context"


def test_short_names_are_unambiguous() -> None:
    full = set(short_names().values())
    assert not full & set(short_names())
    assert short_names()["刑诉法"] == "刑事诉讼法"


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/laws is not here")
def test_real_references() -> None:
    names = ["行政法规/优化营商环境条例(2019-10-22).md", "宪法相关法/立法法(2015-03-15).md", "宪法相关法/立法法(2023-03-13).md"]
    names += [f"民法典/{book}.md" for book in ("总则", "婚姻家庭编", "附则")]
    texts = [parse_law((SHARED / name).read_text("utf-8"), name=name.split("/")[1], folder=name.split("/")[0]) for name in names]
    catalogue = MemoryCatalogue((one.instrument, one.provisions) for one in texts)
    for text, day, ref in [
        ("优化营商环境条例44条3款", None, "优化营商环境条例@2019-10-22#art_44.para_3"),
        ("民法典第一千零九十八条第（三）项", None, "民法典@2020-05-28#art_1098.para_1.item_3"),
        ("立法法第八十条", date(2020, 1, 1), "立法法@2015-03-15#art_80"),
        ("营商环境条例第四十四条", None, "优化营商环境条例@2019-10-22#art_44"),
    ]:
        mention = parse_reference(text)
        assert mention is not None and resolve(mention, catalogue, day).ref == ref
    for text, last in [("优化营商环境条例第七十三条", "第七十二条"), ("民法典第一千二百六十一条", "第一千二百六十条")]:
        mention = parse_reference(text)
        assert mention is not None and last in resolve(mention, catalogue).reason
