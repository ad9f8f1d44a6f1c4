"""The law parser on all of ``../shared/laws``: nothing lost, nothing merged."""

from collections import Counter
from pathlib import Path

import pytest

from ingest.law import LawParse, parse_law
from knowledge.text import squeeze

LAWS = Path(__file__).resolve().parents[1].parent / "shared" / "laws"
pytestmark = [pytest.mark.real, pytest.mark.skipif(not LAWS.is_dir(), reason="../shared/laws is not here")]

# sources whose own labels are broken: the text is there, the label is not (checked by hand against the files)
LABELS_LOST = {
    "山东省中医药条例(2020-11-27).md": (13,),
    "山东省人民代表大会代表建议、批评和意见办理工作条例(2017-05-19).md": (4,),
    "山东省企业工资集体协商条例(2016-11-26).md": (16,),
    "山东省突发事件应对条例(2012-05-31).md": (12,),
    "烟台市森林防火条例(2016-09-23).md": (3,),
    "浙江省无人驾驶航空器公共安全管理规定(2019-03-28).md": (1, 2, 3, 4),
    "浙江省测绘地理信息条例(2019-03-28).md": (1, 2),
}


@pytest.fixture(scope="module")
def parsed() -> dict[Path, LawParse]:
    files = sorted(path for path in LAWS.rglob("*.md") if path.name != "_index.md")
    return {p: parse_law(p.read_text("utf-8"), name=p.name, folder=str(p.parent.relative_to(LAWS))) for p in files}


def test_every_file_round_trips(parsed: dict[Path, LawParse]) -> None:
    assert [p.name for p, law in parsed.items() if law.rebuilt() != law.source()] == []
    assert [p.name for p, law in parsed.items() if law.conservation.characters_in != law.conservation.characters_in_units] == []


def test_every_article_is_addressed_once(parsed: dict[Path, LawParse]) -> None:
    kinds = Counter(provision.kind for law in parsed.values() for provision in law.provisions)
    assert kinds["article"] == 147_289 + 118  # at line starts, and run into the line above (112 of them in 飞行基本规则)
    assert {p.name: law.conservation.gaps for p, law in parsed.items() if law.conservation.gaps} == LABELS_LOST
    assert not any(law.conservation.repeats for law in parsed.values())
    for law in parsed.values():
        assert len({provision.ref for provision in law.provisions}) == len(law.provisions)


def test_quotations_stand_in_the_file(parsed: dict[Path, LawParse]) -> None:
    for path, law in list(parsed.items())[::40]:
        source = squeeze(path.read_text("utf-8"))
        for provision in law.provisions:
            assert squeeze(provision.text) in source, provision.ref
            for unit in provision.units:
                assert squeeze(provision.text[unit.start : unit.end]) in source


@pytest.mark.parametrize(
    ("file", "articles", "last"),
    [
        ("优化营商环境条例(2019-10-22).md", 72, 72),
        ("行政许可法(2019-04-23).md", 83, 83),
        ("社会保险经办条例(2023-08-16).md", 63, 63),
        ("刑事诉讼法(2018-10-26).md", 308, 308),
        ("农民专业合作社法(2017-12-27).md", 74, 74),
        ("飞行基本规则(2007-10-18).md", 124, 124),
        ("附则.md", 2, 1260),
    ],
)
def test_known_counts(parsed: dict[Path, LawParse], file: str, articles: int, last: int) -> None:
    law = next(law for path, law in parsed.items() if path.name == file)
    assert sum(p.kind == "article" for p in law.provisions) == articles
    assert law.conservation.last == last


def test_criminal_law_sub_articles(parsed: dict[Path, LawParse]) -> None:
    law = next(law for path, law in parsed.items() if path.name == "刑法.md")
    assert sum(p.sub > 0 for p in law.provisions) >= 53
    assert next(p for p in law.provisions if p.ref.endswith("#art_17-1")).label == "第十七条之一"
