"""Administrative divisions: one region, or ambiguous, never the nearest guess."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge.errors import BadRule
from knowledge.regions import (
    AmbiguousRegion,
    Region,
    chain,
    covers,
    find_regions,
    gazetteer,
    load,
    main_region,
    parse_region,
)

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("武汉", "湖北省武汉市"),
        ("湖北武汉市", "湖北省武汉市"),
        ("义乌", "浙江省金华市义乌市"),
        ("浙江省金华市义乌市", "浙江省金华市义乌市"),
        ("浙江义乌", "浙江省金华市义乌市"),
        ("广东深圳", "广东省深圳市"),
        ("上海浦东", "上海市浦东新区"),
        ("北京市朝阳区", "北京市朝阳区"),
        ("吉林", "吉林省"),
        ("吉林市", "吉林省吉林市"),
        ("海南", "海南省"),
        ("恩施州", "湖北省恩施土家族苗族自治州"),
        ("延边", "吉林省延边朝鲜族自治州"),
        ("内蒙古赤峰", "内蒙古自治区赤峰市"),
        ("济源", "河南省济源市"),
        ("台湾", "台湾省"),
        ("国家", "全国"),
    ],
)
def test_usual_forms_give_the_full_path(text: str, name: str) -> None:
    region = parse_region(text)
    assert isinstance(region, Region)
    assert region.name == name


@pytest.mark.parametrize("text", ["朝阳区", "朝阳", "鼓楼区", "西湖区"])
def test_shared_names_are_ambiguous(text: str) -> None:
    assert isinstance(parse_region(text), AmbiguousRegion)


def test_context_settles_a_shared_name() -> None:
    beijing = parse_region("北京")
    assert isinstance(beijing, Region)
    region = parse_region("朝阳区", within=beijing)
    assert isinstance(region, Region)
    assert region.name == "北京市朝阳区"


@pytest.mark.parametrize("text", ["火星市", "", "某某省", "民政局"])
def test_unknown_places_are_none(text: str) -> None:
    assert parse_region(text) is None


def test_chain_and_coverage() -> None:
    assert [region.short for region in chain("浙江省金华市义乌市")] == ["义乌市", "金华市", "浙江省", "全国"]
    assert covers("浙江省", "浙江省金华市义乌市")
    assert covers("全国", "西藏自治区")
    assert not covers("浙江省金华市", "浙江省")
    assert not covers("河南省", "浙江省金华市")
    assert not covers("火星", "浙江省")


def test_size_and_special_powers() -> None:
    table = gazetteer()
    levels = [region.level for region in table.by_code.values()]
    assert levels.count("province") >= 34
    assert levels.count("prefecture") >= 333
    assert levels.count("county") >= 2800
    zones = {region.short for region in table.by_code.values() if region.special_zone}
    assert zones == {"深圳市", "珠海市", "汕头市", "厦门市", "海南省"}
    assert table.by_name["河南省洛阳市"].older_power
    assert not table.by_name["河南省安阳市"].older_power


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("在北京朝阳区办公租房", ["北京市朝阳区"]),
        ("朝阳区的窗口，北京这边", ["北京市朝阳区", "北京市"]),
        ("按《浙江省某某改革规定》第七条", []),
        ("日照时间长要证明吗", []),
        ("我在日照办养老", ["山东省日照市"]),
        ("黄河南岸的船", []),
        ("确保定期存款不丢", []),
        ("扩大庆典规模", []),
        ("公安机关开的", []),
        ("中山大学毕业证", []),
        ("深圳南山区和浙江金华义乌市", ["广东省深圳市南山区", "浙江省金华市义乌市"]),
        ("在桐庐办身份证", ["浙江省杭州市桐庐县"]),
        ("东方之子", []),
        ("加强交流与合作，会同县级以上政府", []),
        ("沿海城市应当开放", []),
        ("我老家安徽阜阳，在昆山上班", ["安徽省阜阳市", "江苏省苏州市昆山市"]),
        ("浦东办居住证", ["上海市浦东新区"]),
        ("来宾市民政局", ["广西壮族自治区来宾市"]),
    ],
)
def test_running_text(text: str, names: list[str]) -> None:
    assert [m.region.name if m.region else "?" for m in find_regions(text)] == names


def test_spans_and_titles() -> None:
    (mention,) = find_regions("问问：浙江省电动自行车管理条例怎么说")
    assert (mention.surface, mention.title) == ("浙江省", True)
    text = "按《浙江省某规定》在杭州办"
    assert [text[m.start : m.end] for m in find_regions(text, titles=True)] == ["浙江省", "杭州"]


@pytest.mark.parametrize(
    ("text", "name"),
    [("我是上海人，在杭州办公租房", "浙江省杭州市"), ("浙江的，义乌市民政局要的", "浙江省金华市义乌市"), ("户口在河南", "河南省")],
)
def test_the_place_of_handling_comes_first(text: str, name: str) -> None:
    region = main_region(text)
    assert isinstance(region, Region)
    assert region.name == name


def test_two_places_are_not_chosen_between() -> None:
    assert isinstance(main_region("上海和河南哪个要"), AmbiguousRegion)
    assert main_region("哪里都要吗") is None


def test_regions_can_be_added_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "regions.toml"
    path.write_text('[[region]]\nname = "白石省"\n[[region]]\nname = "白石省甲市"\nparent = "白石省"\n', "utf-8")
    assert load((path,)).by_name["白石省甲市"].level == "prefecture"
    path.write_text('[[region]]\nname = "甲市"\nparent = "乙省"\n', "utf-8")
    with pytest.raises(BadRule, match="上级"):
        load((path,))


@pytest.mark.real
@pytest.mark.skipif(not (SHARED / "lists" / "rows.jsonl").exists(), reason="../shared is not here")
def test_every_region_of_the_published_lists_is_known() -> None:
    rows = [json.loads(line) for line in (SHARED / "lists" / "rows.jsonl").read_text("utf-8").splitlines()]
    rows += [json.loads(line) for line in (SHARED / "reference" / "bases.jsonl").read_text("utf-8").splitlines()]
    assert {row["region"] for row in rows if not isinstance(parse_region(row["region"]), Region)} == set()
