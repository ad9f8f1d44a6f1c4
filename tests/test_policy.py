"""Policies of cities as data: whose they are, their words, their batches, their exceptions; what a retained item waits for."""

from __future__ import annotations

import pytest

from assistant.policy import policies, policy_for, relief_exception, what_would_have_to_change
from knowledge.types import Level, Path

# place → policy, its word for sharing, its batch for sharing
PLACES = [
    ("全国", "national", "取消，改为数据共享查询", 2),
    ("浙江省金华市义乌市", "yiwu", "一律取消（通过大数据平台共享）", 4),
    ("浙江省金华市婺城区", "jinhua", "取消，数据查验", 3),
    ("浙江省衢州市龙游县", "longyou", "共享一批", 2),
    ("山东省潍坊市诸城市", "zhucheng", "取消，信息共享", 2),
    ("山东省淄博市张店区", "zibo", "网络验核", 3),
    ("云南省昆明市", "national", "取消，改为数据共享查询", 2),
    ("没有这个地方", "national", "取消，改为数据共享查询", 2),
]


@pytest.mark.parametrize(("place", "name", "word", "batch"), PLACES)
def test_a_place_has_its_own_policy_or_the_nearest_above(place: str, name: str, word: str, batch: int) -> None:
    found = policy_for(place)
    assert (found.name, found.label(Path.DATA_SHARING), found.batch("data_sharing")) == (name, word, batch)
    assert found.principle.endswith("。")


def test_every_policy_words_every_way() -> None:
    for one in policies().values():
        assert all(one.label(p) for p in Path if p is not Path.UNKNOWN)
        assert one.batch(Path.DIRECT_CANCEL) == 1
    assert policies()["longyou"].batch(Path.AGENCY) == 4 and policies()["national"].batch(Path.RETAIN) is None


def test_relief_money_is_kept_only_where_the_city_says_so() -> None:
    zhucheng, national = policy_for("山东省潍坊市诸城市"), policy_for(None)
    assert "救助资金" in (relief_exception(zhucheng, "临时救助申请", Path.DIRECT_CANCEL) or "")
    assert relief_exception(zhucheng, "临时救助申请", Path.DATA_SHARING) is None  # what can be shared goes even there
    assert relief_exception(zhucheng, "户外广告设置", Path.DIRECT_CANCEL) is None
    assert relief_exception(national, "临时救助申请", Path.DIRECT_CANCEL) is None


def test_what_a_retained_item_waits_for() -> None:
    words = what_would_have_to_change(basis="《收养登记办法》第六条", level=Level.ADMIN_REGULATION, holder="卫生健康部门")
    assert "国务院修改行政法规" in words[0] and "卫生健康部门" in words[1] and "告知承诺" in words[2]
    shut = what_would_have_to_change(basis="《招牌条例》第二条", level="local_regulation", excluded="涉及公共安全")
    assert "人民代表大会常务委员会" in shut[0] and shut[-1].startswith("涉及公共安全，不能用告知承诺")
    low = what_would_have_to_change(basis="《管理办法》第三条", level=Level.DEPT_RULE, shared=True)
    assert "位阶不够" in low[0] and "共享" in low[1]
    assert what_would_have_to_change(basis=None, level=None) == ()
