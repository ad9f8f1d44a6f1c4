"""The law parser on small texts of our own."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.law import LawParse, parse_law
from ingest.law_header import read_events
from knowledge.errors import PROBLEMS
from knowledge.text import squeeze
from knowledge.types import Level

LAW = """# 中华人民共和国样本许可条例

2001年3月1日 中华人民共和国国务院令第900号公布

2019年10月22日 《国务院关于修改部分行政法规的决定》第一次修订）

<!-- INFO END -->

## 第一章 总 则

第一条 为了演示，制定本条例。

第二条 申请人应当提交下列材料：

（一）申请书；

（二）证明，包括：

1．出生证明；

2．婚姻证明；

（三）其他材料。

前款材料可以网上
提交。

### 第一节 例外

第二条之一 样本不适用前条
第二款的规定。

笫三条　第三条的标签是形近字。

第 四 条 标签中有空格。 第五条 与前一条同一行。

## 第二章 附则

第六条 本条例自2001年5月1日起施行。《旧样本条例》同时废止。

附件一：

样本表

## 附件二

一、第一部分
"""


def parse(text: str, name: str = "样本许可条例(2019-10-22).md", folder: str | None = "行政法规") -> LawParse:
    result = parse_law(text, name=name, folder=folder)
    assert result.rebuilt() == result.source(), "a character was lost or doubled"
    assert result.conservation.characters_in == result.conservation.characters_in_units
    assert len({p.ref for p in result.provisions}) == len(result.provisions)
    assert {problem.code for problem in result.problems} <= set(PROBLEMS)
    for provision in result.provisions:
        for unit in provision.units:
            assert 0 <= unit.start < unit.end <= len(provision.text)
    return result


def labels(result: LawParse) -> list[str]:
    return [provision.label for provision in result.provisions]


def test_articles_headings_and_annexes() -> None:
    result = parse(LAW)
    expected = ["第一条", "第二条", "第二条之一", "第三条", "第四条", "第五条", "第六条", "附件一", "附件二"]
    assert labels(result) == expected
    assert result.provisions[2].ref == "样本许可条例@2019-10-22#art_2-1"
    assert result.provisions[2].headings == ("第一章 总 则", "第一节 例外")
    assert result.provisions[6].headings == ("第二章 附则",)
    assert result.provisions[6].text == "本条例自2001年5月1日起施行。《旧样本条例》同时废止。"
    assert result.conservation.gaps == ()
    assert [p.code for p in result.problems] == ["LAW_INLINE_ARTICLE"]


def test_clauses_items_and_sub_items() -> None:
    article = parse(LAW).provisions[1]
    units = {unit.steps: article.text[unit.start : unit.end] for unit in article.units}
    assert list(units) == [
        "para_1",
        "para_1.item_1",
        "para_1.item_2",
        "para_1.item_2.subitem_1",
        "para_1.item_2.subitem_2",
        "para_1.item_3",
        "para_2",
    ]
    assert units["para_1.item_2"].startswith("（二）证明") and units["para_1.item_2"].endswith("2．婚姻证明；")
    assert units["para_2"] == "前款材料可以网上提交。"
    assert article.units[3].label == "第一款第（二）项第1目"


def test_locator_points_at_the_article() -> None:
    result = parse(LAW)
    for provision in result.provisions[:7]:
        assert provision.locator.chars is not None
        start, end = provision.locator.chars
        assert result.text[start:end].lstrip()[0] in "第笫"
        assert squeeze(result.text[start:end]).endswith(squeeze(provision.text)[-5:])


def test_header_facts() -> None:
    law = parse(LAW).instrument
    assert (law.name, law.version, law.level, law.issuer, law.region) == (
        "样本许可条例",
        "2019-10-22",
        Level.ADMIN_REGULATION,
        "国务院",
        "全国",
    )
    assert law.doc_number == "国务院令第900号"
    assert [(event.on, event.kind) for event in law.history] == [(date(2001, 3, 1), "公布"), (date(2019, 10, 22), "修订")]


def test_last_article_of_an_amended_text_carries_the_original_date() -> None:
    law = parse(LAW).instrument
    assert (law.effective, law.effective_basis) == (date(2019, 10, 22), "amendment")


@pytest.mark.parametrize(
    ("ending", "header", "effective", "basis"),
    [
        ("本条例自2020年1月1日起施行。", "2019年10月22日 公布", date(2020, 1, 1), "article"),
        ("本条例自公布之日起施行。", "2019年10月22日 公布", date(2019, 10, 22), "on_publication"),
        ("本条例自公布之日起三十日后施行。", "2019年10月22日 公布", date(2019, 11, 21), "on_publication"),
        ("本条例由市政府解释。", "2019年10月22日 公布\n\n2020年3月1日 施行", date(2020, 3, 1), "header"),
        ("本条例由市政府解释。", "2019年10月22日 公布", None, "not_stated"),
        ("本条例自二〇二〇年三月一日起施行。", "2019年10月22日 公布", date(2020, 3, 1), "article"),
        ("第三条的规定自2021年1月1日起施行，其余自公布之日起施行。", "2019年10月22日 公布", None, "not_stated"),
    ],
)
def test_effective_dates(ending: str, header: str, effective: date | None, basis: str) -> None:
    law = parse(f"# 甲乙条例\n\n{header}\n\n<!-- INFO END -->\n\n第一条 甲。\n\n第二条 {ending}\n", "甲乙条例(2019-10-22).md").instrument
    assert (law.effective, law.effective_basis) == (effective, basis)


def test_plain_text_with_contents_and_bracketed_history() -> None:
    text = """清江市样本条例
（2020年5月1日清江市第三届人民代表大会常务委员会第二次会议通过　2020年6月3日云溪省第十届人民代表大会常务委员会第九次会议批准）

目　录
第一章　总则
第二章　附则

第一章　总则
第一条　为了演示，制定本条例。
第二章　附则
第二条　本条例自2020年8月1日起施行。
"""
    result = parse(text, "清江.txt", None)
    assert labels(result) == ["第一条", "第二条"]
    assert result.provisions[0].headings == ("第一章　总则",)
    law = result.instrument
    assert (law.title, law.level, law.issuer) == ("清江市样本条例", Level.LOCAL_REGULATION, "清江市人民代表大会常务委员会")
    assert (law.region, law.version, law.effective) == ("云溪省清江市", "2020-06-03", date(2020, 8, 1))


def test_decision_with_points() -> None:
    body = ["为了演示，决定如下：", "一、第一点。", "第二段。", "二、下列单位：", "（一）甲；", "（二）乙。"]
    text = "# 关于样本的决定\n\n<!-- INFO END -->\n\n" + "\n\n".join(body)
    result = parse(text, "关于样本的决定(2020-01-01).md", None)
    assert [(p.kind, p.label, p.ref.partition("#")[2]) for p in result.provisions] == [
        ("preface", "前言", "preface"),
        ("point", "第一项", "point_1"),
        ("point", "第二项", "point_2"),
    ]
    assert result.provisions[1].text == "第一点。\n第二段。"
    assert [unit.steps for unit in result.provisions[2].units] == ["para_1", "para_1.item_1", "para_1.item_2"]


def test_reply_in_plain_paragraphs() -> None:
    result = parse("# 关于样本的批复\n\n<!-- INFO END -->\n\n清江市局：\n\n来函收悉。同意。\n\n此复。\n", "批复.md", None)
    assert [p.kind for p in result.provisions] == ["paragraph"] * len(result.provisions)
    assert result.instrument.version == "undated"


def test_amendment_that_quotes_articles_keeps_them_inside() -> None:
    text = (
        "# 样本法修正案\n\n<!-- INFO END -->\n\n第七条 增加一节，内容如下：\n\n第三节 样本\n\n第四十条 被引用的条。\n\n第八条 其余不变。\n"
    )
    result = parse(text, "样本法修正案.md", "法律")
    assert labels(result) == ["第七条", "第八条"]
    assert "第四十条" in result.provisions[0].text


def test_lost_missing_and_repeated_labels_are_reported() -> None:
    body = "为了演示，制定本办法。\n\n第三条 丙。\n\n第五条 戊。\n\n第五条 又一个戊。\n"
    result = parse(f"# 样本办法\n\n<!-- INFO END -->\n\n{body}", "样本办法(2020-01-01).md")
    assert result.conservation.gaps == (1, 2, 4)
    assert result.conservation.repeats == (5,)
    assert not result.conservation.holds
    codes = [problem.code for problem in result.problems]
    assert codes.count("LAW_MISSING_ARTICLE") == 3 and "LAW_FIRST_ARTICLE" in codes and "LAW_REPEATED_ARTICLE" in codes


def test_label_run_together_without_a_stop_is_recovered() -> None:
    body = "第一条 甲依照第三条办理。\n\n第二条 乙单位第三条丙单位负责。\n\n第四条 丁。\n"
    result = parse(f"# 样本办法\n\n<!-- INFO END -->\n\n{body}", "样本办法(2020-01-01).md")
    assert [p.text for p in result.provisions] == ["甲依照第三条办理。", "乙单位", "丙单位负责。", "丁。"]


def test_false_article_lines() -> None:
    body = "第一条 依照本法\n第九条的规定办理，并且\n第二款除外。\n\n第二条 甲。\n"
    result = parse(f"# 样本法\n\n<!-- INFO END -->\n\n{body}", "样本法(2020-01-01).md", "法律")
    assert labels(result) == ["第一条", "第二条"]
    assert result.provisions[0].text == "依照本法第九条的规定办理，并且第二款除外。"


def test_book_of_a_code() -> None:
    text = "# 中华人民共和国样本典\n\n# 婚姻家庭编\n\n2020年5月28日 通过\n\n<!-- INFO END -->\n\n第一千零四十条 甲。\n"
    result = parse(text, "婚姻家庭编.md", "民法典")
    assert (result.instrument.name, result.instrument.version, result.instrument.part) == ("样本典", "2020-05-28", "婚姻家庭编")
    assert result.provisions[0].ref == "样本典@2020-05-28#art_1040"
    assert result.conservation.gaps == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "第",
        "第条",
        "#",
        "# ",
        "<!-- INFO END -->",
        "第一条",
        "（一）",
        "“",
        "\ufeff\r\n第一条 甲\r乙",
        "附件",
        "|a|b|",
        "一、",
        "第〇条 零",
    ],
)
def test_never_refuses(text: str) -> None:
    result = parse(text, "x.md", None)
    assert result.instrument.title


def test_one_line_may_hold_several_events() -> None:
    events = read_events(
        [
            "2017年11月1日 甲市第一届人民代表大会常务委员会第一次会议通过2018年1月5日乙省第二届人民代表大会常务委员会第三次会议批准",
            "2020年3月2日 《甲市人民代表大会常务委员会关于修改〈甲市2017年11月1日条例〉的决定》第一次修正）",
            "一九九四年十二月六日 施行",
            "2021年1月1日 《关于修改〈甲",
            "乙条例〉的决定》修订",
        ]
    )
    assert [(str(event.on), event.kind) for event in events] == [
        ("2017-11-01", "通过"),
        ("2018-01-05", "批准"),
        ("2020-03-02", "修正"),
        ("1994-12-06", "施行"),
        ("2021-01-01", "修订"),
    ]


@pytest.mark.parametrize(
    ("title", "folder", "header", "level", "region"),
    [
        ("丙丁市样本条例", "DLC/浙江地方法规/地方性法规/浙江", "", Level.LOCAL_REGULATION, "浙江省丙丁市"),
        ("深圳经济特区样本条例", "DLC/广东地方法规/地方性法规/广东", "", Level.LOCAL_REGULATION, "广东省深圳市"),
        ("上海市样本条例", "地方性法规/上海", "", Level.LOCAL_REGULATION, "上海市"),
        ("样本护照法", "行政法规", "2006年4月29日 第十届全国人民代表大会常务委员会第二十一次会议通过", Level.LAW, "全国"),
        ("国务院关于样本若干事项的决定", "行政法规", "", Level.STATE_COUNCIL_DECISION, "全国"),
        ("样本登记规定", "部门规章/公安部", "", Level.DEPT_RULE, "全国"),
        ("样本登记规定", None, "2021年12月17日 公安部令第164号公布", Level.DEPT_RULE, "全国"),
        ("关于样本有关问题的通知", "部门规章/样本部", "", Level.NORMATIVE_DOCUMENT, "全国"),
        ("最高人民法院关于样本的解释", None, "", Level.JUDICIAL_INTERPRETATION, "全国"),
    ],
)
def test_level_and_region(title: str, folder: str | None, header: str, level: Level, region: str) -> None:
    law = parse(f"# {title}\n\n{header}\n\n<!-- INFO END -->\n\n第一条 甲。\n", f"{title}.md", folder).instrument
    assert (law.level, law.region) == (level, region)


_PIECES = [
    "第一条",
    "第二条 ",
    "第三条之一",
    "笫四条",
    "第十条的",
    "条",
    "（一）",
    "（二）甲；",
    "1.",
    "①",
    "一、",
    "二、乙",
    "甲乙丙。",
    "丁戊",
    "，",
    "：",
    "“",
    "”",
]
_PIECES += [
    "\n",
    "\n\n",
    "　　",
    " ",
    "\u200b",
    "# 标题",
    "## 第一章 总则",
    "### 第一节",
    "## 附则",
    "附件一：",
    "目录",
    "<!-- INFO END -->",
    "| 甲 | 乙 |",
]
_PIECES += [
    "2019年10月22日 公布",
    "（2020年1月1日通过）",
    "内容如下：",
    "本条例自2020年1月1日起施行。",
    "《甲法》同时废止。",
    "\r\n",
    "第一百二十八 条",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join))
def test_any_text_is_kept_whole(text: str) -> None:
    parse(text, "甲(2020-01-01).md", "行政法规")


def test_plain_and_wrapped_copies_give_the_same_articles() -> None:
    body = "为了演示这种排版方式而写得很长的一条，它一定会在行末被截断并且在下一行继续下去。第二句也在同一款里。"
    plain = f"样本条例\n第一条　{body}\n第二条　{body}\n（一）甲；\n（二）乙。\n第三条　{body}"
    wrapped = "\n".join(
        line if index == 0 else "\n".join(("　　" + line)[at : at + 20] for at in range(0, len(line) + 2, 20))
        for index, line in enumerate(plain.split("\n"))
    )
    expected = [(p.ref, p.text) for p in parse(plain, "样本条例.txt", None).provisions]
    assert [(p.ref, p.text) for p in parse(wrapped, "样本条例.txt", None).provisions] == expected
