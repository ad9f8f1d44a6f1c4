"""A question about the rules themselves in words that no pattern foresees; a question about one proof or about nothing is left alone."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.question import DATA, understand
from assistant.topics import Examples, topic_examples

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("递交申请的时候用旧规定，如今新规放宽了，能不能照新规少交", "topic_transition"),
        ("审图是政府委托第三方做的，钱却摊给我们业主", "topic_intermediary"),
        ("县里嫌镇里收的那套不作数，叫我再来一套", "topic_levels"),
    ],
)
def test_other_words_for_a_topic(question, topic):
    assert topic in understand(question, today=TODAY).flags


@pytest.mark.parametrize(
    "question",
    ["开证明", "我想问问那个证明的事", "今天天气怎么样", "孩子上学怎么报名", "收养孩子要体检证明吗", "两个城市要的材料不一样，哪边对"],
)
def test_nothing_is_guessed(question):
    assert not any(f.startswith("topic_") for f in understand(question, today=TODAY).flags)


def test_between_two_topics_none_is_named():
    examples = Examples([("topic_a", "窗口说系统里的数据不对让我改"), ("topic_b", "窗口说系统里的数据不对让我跑")])
    assert examples.nearest("窗口说系统里的数据不对怎么办") is None
    assert topic_examples(DATA).nearest("") is None
