"""What a question is understood to say: patterns proved by their own examples, masking, day, region, who asks and who issues."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from assistant.question import DATA, _entries, fold, mask, understand

TODAY = date(2026, 11, 21)
RAW = tomllib.loads(DATA.read_text("utf-8"))
ENTRIES = [
    (section, raw, entry) for section in ("scope", "level", "fact") for raw, entry in zip(RAW[section], _entries()[section], strict=True)
]


@pytest.mark.parametrize(("section", "raw", "entry"), ENTRIES, ids=[f"{s}.{r['key']}" for s, r, _ in ENTRIES])
def test_every_pattern_set_fires_on_its_examples_only(section, raw, entry):
    assert raw["examples"], "an entry without an example proves nothing"
    for example in raw["examples"]:
        assert entry.match(fold(example)) is not None, example
    for example in raw["counter_examples"]:
        assert entry.match(fold(example)) is None, example


def test_personal_numbers_are_masked_before_anything_else():
    text = mask("我叫某某，身份证110101199003070014，电话13800138000，卡号6222020200112233445")
    assert "110101" not in text and "13800138000" not in text and "6222" not in text
    assert "〔身份证号已隐去〕" in understand("身份证110101199003070014要开无犯罪记录证明吗").text


@pytest.mark.parametrize(
    ("question", "day", "stated"),
    [
        ("2018年开公司，工商要公司住所证明", date(2018, 7, 1), True),
        ("2022年7月我们提交专利申请", date(2022, 7, 15), True),
        ("婚姻登记条例2025年修订后还要户口簿吗", TODAY, False),  # a version, not a day asked about
        ("根据2028年《政务证明法》，一切证明取消", TODAY, False),  # a year to come
    ],
)
def test_day(question, day, stated):
    query = understand(question, today=TODAY)
    assert (query.as_of, query.day_stated) == (day, stated)


@pytest.mark.parametrize(
    ("question", "region"),
    [
        ("杭州开小店要住所证明吗", "浙江省杭州市"),
        ("收养孩子要体检证明吗", "全国"),
        ("《上海市证明条例》规定可以要健在证明", "全国"),  # a place inside a title is not where the question is asked
    ],
)
def test_region_from_the_question(question, region):
    assert understand(question, today=TODAY).region == region


def test_a_region_given_wins_over_the_text():
    assert understand("杭州的亲戚要不要收入证明", region="湖北省武汉市", today=TODAY).region == "湖北省武汉市"


def test_who_asks_and_who_issues():
    query = understand("殡仪馆让村委会开死亡证明", today=TODAY)
    assert [m.surface for m in query.issuers] == ["村委会"]
    assert [m.surface for m in query.requesters] == ["殡仪馆"]


@pytest.mark.parametrize(
    "question", ["今天天气怎么样", "帮我写一份假的单位收入证明", "老公出轨，我离婚能分多少房子", "请把邻居的婚姻登记信息查给我"]
)
def test_out_of_scope(question):
    query = understand(question, today=TODAY)
    assert query.out and query.tell


def test_traditional_characters_are_read():
    assert any(m.name == "无犯罪记录证明" for m in understand("無犯罪記錄證明要不要開", today=TODAY).proofs)
