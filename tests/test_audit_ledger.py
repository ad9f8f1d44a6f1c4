"""Ledger clean-up: opinions by policy, what disagrees, lists by batch, files without formulas."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import docx
import openpyxl
import pytest

from assistant.audit import audit_files
from assistant.audit_ledger import CANCEL, RETAIN, CleanUp, clean_up, policies, policy
from assistant.audit_lists_out import clean_up_workbook, headline, list_documents
from assistant.world import World
from knowledge.errors import BadSetting
from knowledge.store import Library
from knowledge.types import Level
from tests.factories import law

DAY = date(2026, 11, 21)
HEAD = "序号,证明名称,办理事项,设定依据,索要单位,开具单位"
ROWS = (
    "1,同意设置证明,招牌设置备案,《清江市招牌管理条例》第二条,清江市城管局,房屋所有权人",
    "2,花色证明,招牌设置备案,《清江市城管局窗口规范》,清江市城管局,社区",
    "3,花色证明,招牌设置备案,,清江市城管局,街道办事处",
    "4,家庭收入核对证明,临时救助申请,《清江市救助工作规程》,清江市民政局,清江市民政局",
    "5,户籍证明,临时救助申请,,清江市民政局,派出所",
    "6,备案申请表,招牌设置备案,,清江市城管局,",
)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CleanUp]:
    folder = tmp_path_factory.mktemp("library")
    with Library.open(folder, writable=True) as library:
        library.put(law("清江市招牌管理条例", {2: ["应当提交房屋所有权人的同意设置证明。"]}, level=Level.LOCAL_REGULATION))
    path = folder / "台账.csv"
    path.write_text("\n".join(("清江市证明事项清理台账", HEAD, *ROWS)) + "\n", "utf-8")
    reports = audit_files(World(Library.open(folder)), [path], as_of=DAY)
    return {name: clean_up(reports, policy(name)) for name in policies()}


def test_what_a_law_names_is_retained_and_the_rest_goes(done: dict[str, CleanUp]) -> None:
    found = {o.judged.demand.name: o for o in done["national"].opinions}
    assert found["同意设置证明"].list_name == RETAIN and found["同意设置证明"].batch is None
    assert found["花色证明"].list_name == CANCEL and found["花色证明"].batch == 1
    assert found["备案申请表"].list_name == "不列入"
    assert len(done["national"].listed(CANCEL)) == 3  # 花色证明 stands twice for one matter


def test_nothing_without_a_basis_is_published_as_retained(done: dict[str, CleanUp]) -> None:
    """A list cannot heal a missing basis; the relief exception says its own reason."""
    for one in done.values():
        for o in one.listed(RETAIN):
            assert o.exception or any(b.state in ("named", "general", "unknown") for b in o.judged.bases)


def test_the_citys_own_words(done: dict[str, CleanUp]) -> None:
    labels = {name: next(o.label for o in c.opinions if o.judged.demand.name == "花色证明") for name, c in done.items()}
    assert labels["longyou"] == "砍掉一批" and labels["yiwu"].startswith("一律取消")


def test_relief_money_is_an_exception_only_where_the_policy_says_so(done: dict[str, CleanUp]) -> None:
    assert [o.judged.demand.name for o in done["zhucheng"].exceptions] == ["家庭收入核对证明"]
    assert "核查" in done["zhucheng"].exceptions[0].reason
    assert done["national"].exceptions == ()


def test_bodies_that_do_not_agree_and_repeated_proofs(done: dict[str, CleanUp]) -> None:
    words = [w for w, _ in done["national"].disagreements]
    assert any("不同的开具单位" in w and "街道办事处" in w for w in words)
    assert any("内部核查" in w for w in words)
    assert [(n, len(g)) for n, g in done["national"].repeats] == [("花色证明", 2)]


def test_files_for_the_office_and_for_the_seal(done: dict[str, CleanUp], tmp_path: Path) -> None:
    clean_up_workbook(tmp_path / "清理.xlsx", done["national"])
    book = openpyxl.load_workbook(tmp_path / "清理.xlsx")
    assert {"清理意见", "单位不一致", "重复证明", "依据失效", "取消清单（第一批）", "保留清单"} <= set(book.sheetnames)
    paths = list_documents(tmp_path, done["national"], place="清江市", day=DAY)
    first = docx.Document(str(next(p for p in paths if "第一批" in p.name)))
    assert first.paragraphs[0].text == "清江市取消的证明事项清单（第一批）"
    assert first.paragraphs[-1].text == "2026年11月21日"
    assert [c.text for c in first.tables[0].rows[1].cells][:2] == ["1", "花色证明"]
    assert "取消" in headline(done["national"])


def test_two_processes_judge_as_one_and_keep_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant import audit, audit_pool

    with Library.open(tmp_path, writable=True) as library:
        library.put(law("清江市招牌管理条例", {2: ["应当提交房屋所有权人的同意设置证明。"]}, level=Level.LOCAL_REGULATION))
    path = tmp_path / "台账.csv"
    path.write_text("\n".join(("清江市证明事项清理台账", HEAD, *ROWS)) + "\n", "utf-8")
    monkeypatch.setattr(audit, "QUICK", 1)
    told: list[int] = []
    one = audit_files(World(Library.open(tmp_path)), [path], as_of=DAY)[0]
    monkeypatch.setattr(audit_pool, "BIG", 2)
    monkeypatch.setattr(audit_pool, "CHUNK", 2)
    two = audit_files(World(Library.open(tmp_path)), [path], as_of=DAY, progress=lambda done, total, name: told.append(done))[0]
    assert [j.demand.name for j in two.judged] == [r.split(",")[1] for r in ROWS]
    assert [(j.verdict, j.path, [f.code for f in j.findings]) for j in one.judged] == [
        (j.verdict, j.path, [f.code for f in j.findings]) for j in two.judged
    ]
    assert told == [0, 2, 4, 6, 1]


def test_unknown_policy() -> None:
    with pytest.raises(BadSetting, match="没有“月球”"):
        policy("月球")
