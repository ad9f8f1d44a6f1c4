"""Headings, paths and kinds are data: every entry fires on its examples and not on its counter-examples."""

from __future__ import annotations

import pytest

from ingest.columns import assign, fields, heading_score, match
from ingest.kinds import document_kinds, is_national, kind_rules, list_kind
from ingest.paths import label_path, path_of, rules, text_path
from knowledge.types import DocKind, ListKind, Path

_EXAMPLES = [(f.name, e) for f in fields() for e in (*sorted(f.exact), *f.examples)]
_COUNTER = [(f.name, e) for f in fields() for e in f.counter]


@pytest.mark.parametrize(("field", "heading"), _EXAMPLES)
def test_heading_is_recognised(field: str, heading: str) -> None:
    found = match(heading)
    assert found is not None and found.field == field


@pytest.mark.parametrize(("field", "heading"), _COUNTER)
def test_heading_is_not_taken(field: str, heading: str) -> None:
    found = match(heading)
    assert found is None or found.field != field


def test_heading_with_typing_error_is_found_fuzzily() -> None:
    found = match("取消后的处理方弍")
    assert found is not None and found.field == "replacement" and found.score < 100


def test_a_sentence_is_no_heading() -> None:
    assert match("为进一步优化营商环境,现将我市取消的证明材料清单及有关依据公布如下,请各单位遵照执行并做好衔接") is None
    assert heading_score(["1", "亲属关系证明", "户籍科"]) < 2


def test_two_storey_basis_keeps_its_leaves_apart() -> None:
    columns = assign(["序号", "证明名称", "名称", "效力层级", "索要单位"], ["", "", "设定依据", "设定依据", "实施情况"])
    assert columns.first("proof_name") == 1
    assert columns.first("original_basis") == 2
    assert columns.first("basis_level") == 3
    assert columns.first("requesting_body") == 4


@pytest.mark.parametrize("rule", rules()[0], ids=lambda r: r.path.value)
def test_label_rules_fire_on_their_examples(rule: object) -> None:
    for example in rule.examples:  # type: ignore[attr-defined]
        assert label_path(example) is rule.path  # type: ignore[attr-defined]


@pytest.mark.parametrize("rule", rules()[1], ids=lambda r: f"{r.path.value}-{r.rank}")
def test_text_rules_both_ways(rule: object) -> None:
    only = ListKind(rule.only) if rule.only else None  # type: ignore[attr-defined]
    for example in rule.examples:  # type: ignore[attr-defined]
        assert text_path(example, only) is rule.path, example  # type: ignore[attr-defined]
    for example in rule.counter:  # type: ignore[attr-defined]
        assert rule.find(example) is None, example  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "text", "label", "path"),
    [
        (ListKind.RETAIN, "凭身份证办理", None, Path.RETAIN),
        (ListKind.COMMITMENT, "现场审查放到发证之后", None, Path.COMMITMENT),
        (ListKind.AGENCY, "网格员上门受理", None, Path.AGENCY),
        (ListKind.AGENCY, "保留,在网上申请", None, Path.RETAIN),
        (ListKind.CANCEL, "凭户口簿办理", "网络核验", Path.DATA_SHARING),
        (ListKind.CANCEL, "由镇政府联系公安部门核实", None, Path.DEPT_VERIFICATION),
        (ListKind.CANCEL, None, None, Path.UNKNOWN),
        (ListKind.NOT_ISSUED_BY, "社区不再开具", None, Path.UNKNOWN),
        (ListKind.CANCEL, "社区不再开具", None, Path.DIRECT_CANCEL),
    ],
)
def test_path_of_a_row(kind: ListKind, text: str | None, label: str | None, path: Path) -> None:
    assert path_of(kind, text, label) is path


@pytest.mark.parametrize("group", ["list", "document"])
def test_kind_rules_both_ways(group: str) -> None:
    for rule in kind_rules(group):
        for example in rule.examples:
            assert rule.fires(example), (rule.kind, example)
        for example in rule.counter:
            assert not rule.fires(example), (rule.kind, example)


def test_kind_of_headings() -> None:
    assert list_kind("附件 不应由社区出具的证明事项清单") is ListKind.NOT_ISSUED_BY
    assert list_kind("取消清单、保留清单") is None  # two effects: undecided
    assert document_kinds("清江市户外广告管理办法(征求意见稿)")[0] is DocKind.DRAFT


@pytest.mark.parametrize(
    ("issuer", "national"),
    [
        ("公安部等12部门", True),
        ("国家税务总局", True),
        ("国家税务总局清江市税务局", False),
        ("清江市公安局", False),
        ("住房和城乡建设部", True),
    ],
)
def test_national_issuers(issuer: str, national: bool) -> None:
    assert is_national(issuer) is national
