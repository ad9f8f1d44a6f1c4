"""The law parser on all of ``../shared/laws``: nothing lost, nothing merged."""

import gc
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
    gc.disable()  # millions of small records live at once
    try:
        return {p: parse_law(p.read_text("utf-8"), name=p.name, folder=str(p.parent.relative_to(LAWS))) for p in files}
    finally:
        gc.enable()


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


def as_gazette(text: str, width: int) -> str:
    """The same law without Markdown, as a gazette prints it: history in brackets, contents, indented paragraphs broken at ``width``."""
    head, _, body = text.partition("<!-- INFO END -->")
    title = "".join(line[2:].strip() for line in head.splitlines() if line.startswith("# "))
    history = [line.strip() for line in head.splitlines() if line.strip() and not line.startswith("#")]
    headings = [line.strip("# ") for line in body.splitlines() if line.startswith("#") and line.strip("# ")]
    out = [title, *(["（" + "　".join(history) + "）"] if history else []), *(["目　录", *headings] if len(headings) > 3 else [])]
    for line in filter(None, (line.strip() for line in body.splitlines())):
        indented = line.lstrip("# ") if line.startswith("#") else "　　" + line
        out += [indented] if line.startswith("#") else [indented[at : at + width] for at in range(0, len(indented), width)]
    return "\n".join(out)


def test_gazette_copies_give_the_same_articles(parsed: dict[Path, LawParse]) -> None:
    wrong: list[str] = []
    total = 0
    for path, law in list(parsed.items())[::60]:
        copy = parse_law(as_gazette(path.read_text("utf-8"), 38), name=f"{path.stem}.txt")
        words = {p.ref.partition("#")[2]: squeeze(p.text) for p in copy.provisions}
        for provision in law.provisions:
            if provision.kind == "article" and not law.instrument.part:
                total += 1
                if words.get(provision.ref.partition("#")[2]) != squeeze(provision.text):
                    wrong.append(provision.ref)
    assert total > 2000
    assert len(wrong) <= total * 0.001, wrong[:10]


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
