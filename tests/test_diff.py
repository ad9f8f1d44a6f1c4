"""Versions side by side."""

from pathlib import Path

import pytest

from ingest.law import parse_law
from knowledge.diff import Change, diff_versions
from knowledge.types import Provision

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "laws"


def articles(*bodies: str, version: str = "2015-01-01") -> tuple[Provision, ...]:
    numerals = "一二三四五六七八九"
    text = "\n\n".join(f"第{numerals[i]}条 {body}" for i, body in enumerate(bodies))
    return parse_law(f"# 样本条例\n\n<!-- INFO END -->\n\n{text}\n", name=f"样本条例({version}).md").provisions


PLACE = "申请人应当向住所地的登记机关提出书面申请。"
FEE = "登记机关办理登记不得收取费用，也不得指定中介机构。"
END = "本条例自公布之日起施行。"


def shown(changes: tuple[Change, ...]) -> list[tuple[str, str | None, str | None]]:
    return [(change.kind, change.old_label, change.new_label) for change in changes]


def test_equal_versions_have_no_difference() -> None:
    assert diff_versions(articles(PLACE, END), articles(PLACE, END)) == ()


def test_inserted_article_renumbers_the_rest() -> None:
    changes = diff_versions(articles(PLACE, END), articles(PLACE, FEE, END, version="2020-01-01"))
    assert shown(changes) == [("added", None, "第二条"), ("renumbered", "第二条", "第三条")]


def test_reworded_article_is_found_under_its_new_number() -> None:
    reworded = FEE.replace("不得收取费用", "不得收取任何费用")
    changes = diff_versions(articles(PLACE, FEE), articles(PLACE, END, reworded, version="2020-01-01"))
    assert shown(changes) == [("added", None, "第二条"), ("changed", "第二条", "第三条")]
    start = changes[1].edits[0]
    assert changes[1].new_text is not None and changes[1].new_text[start[2] : start[3]] == "任何"


def test_only_the_changed_clause_is_shown() -> None:
    old = articles(f"{PLACE}\n\n提交下列材料：\n\n（一）申请书；\n\n（二）身份证明；\n\n（三）婚姻状况证明。")
    new = articles(f"{PLACE}\n\n提交下列材料：\n\n（一）申请书；\n\n（二）身份证明。", version="2020-01-01")
    changes = diff_versions(old, new)
    assert ("removed", "第一条第二款第（三）项", None) in shown(changes)
    assert all("第一款" not in (change.old_label or "") for change in changes)


def test_removed_article_and_cited_numbers() -> None:
    old = articles(PLACE, FEE, "违反本条例第二条规定收取费用的，由上级机关责令退还。")
    new = articles(FEE, "违反本条例第一条规定收取费用的，由上级机关责令退还。", version="2020-01-01")
    changes = diff_versions(old, new)
    assert shown(changes) == [("removed", "第一条", None), ("renumbered", "第二条", "第一条"), ("changed", "第三条", "第二条")]
    assert changes[2].note


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/laws is not here")
def test_legislation_law_2015_against_2023() -> None:
    old, new = (
        parse_law((SHARED / "宪法相关法" / name).read_text("utf-8"), name=name).provisions
        for name in ("立法法(2015-03-15).md", "立法法(2023-03-13).md")
    )
    changes = diff_versions(old, new)
    moved = {(change.old_label or "", change.new_label or "") for change in changes}
    assert any(a.startswith("第八十条") and b.startswith("第九十一条") for a, b in moved)
    assert any(a.startswith("第八十二条") and b.startswith("第九十三条") for a, b in moved)
    assert {"added", "changed", "renumbered"} <= {change.kind for change in changes}


def test_full_and_half_width_are_the_same_words() -> None:
    old = articles("提交下列材料：\n（一）居民户口簿（原件）；\n（二）二寸照片。")
    new = articles("提交下列材料:\n(一)居民户口簿(原件);\n(二)一寸照片。", version="2020-01-01")
    (change,) = diff_versions(old, new)
    assert change.kind == "changed" and change.new_text and change.note == ""
    assert [change.new_text[c:d] for _, _, c, d in change.edits] == ["一"]
