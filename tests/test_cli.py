"""The command: verbs, JSON on stdout alone, exit codes 0, 1 and 2, messages in Chinese."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant import cli
from assistant.settings import load_settings, shown
from ingest.pipeline import ingest_file
from knowledge.errors import BadSetting
from knowledge.store import Library
from tests.factories import law, listing, row
from tests.test_pipeline import write_law, write_list

runner = CliRunner()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library with two versions of a law and a list."""
    monkeypatch.setattr("ingest.pipeline.refresh_indexes", lambda _library: None)
    folder = tmp_path / "library"
    with Library.open(folder, writable=True) as library:
        library.put(law(articles={1: ["旧的第一条。"], 2: ["旧款一。", "旧款二。"]}, version="2010-01-01"))
        library.put(law(articles={1: ["新的第一条。"], 2: ["款一。", "款二。"], 3: ["新增。"]}, version="2020-01-01"))
        library.put(listing(row("甲证明", number=1), row("乙证明", "落户", number=2)))
    return folder


def call(home: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr, as the shell sees them."""
    import contextlib
    import io

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["jianzheng", "--library", str(home), *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["清江市证明事项管理办法第二条第二款"], "款二。\n"),
        (["《清江市证明事项管理办法》2条2款"], "款二。\n"),
        (["清江市证明事项管理办法第二条第二款", "--as-of", "2015-05-05"], "旧款二。\n"),
        (["清江市证明事项管理办法@2010-01-01#art_1"], "旧的第一条。\n"),
        (["清江市证明事项管理办法第二条"], "款一。\n款二。\n"),
        (["清江市取消证明事项清单（第一批）第2行"], "证明：乙证明；事项：落户\n"),
        (["清江市取消证明事项清单（第一批）@2019-03-01#row_1"], "证明：甲证明；事项：入学报名\n"),
    ],
)
def test_show_prints_that_and_nothing_else(home: Path, words: list[str], text: str) -> None:
    assert call(home, "show", *words)[:2] == (0, text)


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("清江市证明事项管理办法第九条", "最后一条是第三条"),
        ("清江市证明事项管理办法第二条第五款", "没有第五款"),
        ("清江市编造条例第一条", "没有《清江市编造条例》"),
        ("随便什么", "没有“随便什么”"),
    ],
)
def test_show_names_what_does_not_exist(home: Path, ref: str, words: str) -> None:
    code, out, err = call(home, "show", ref)
    assert (code, out) == (1, "")
    assert words in err


def test_show_finds_a_list_by_number_and_says_when_a_version_is_over(home: Path) -> None:
    assert "甲证明" in call(home, "show", "清政办发[2019]8号")[1]
    code, out, err = call(home, "show", "清江市证明事项管理办法@2010-01-01#art_1")
    assert "2020-01-01 被新版本取代" in err and out == "旧的第一条。\n" and code == 0


def test_show_json_carries_source_and_place(home: Path) -> None:
    data = json.loads(call(home, "show", "清江市证明事项管理办法第二条第一款", "--json")[1])
    assert (data["text"], data["label"], data["locator"]["chars"]) == ("款一。", "第二条第一款", [7, 14])
    assert data["document"].endswith(".md") and len(data["sha256"]) == 64
    assert data["status"] == "in_force"


def test_ingest_reports_each_file_and_exits_1_when_one_is_refused(home: Path, tmp_path: Path) -> None:
    write_law(tmp_path / "in", "甲")
    write_list(tmp_path / "in")
    code, out, _ = call(home, "ingest", str(tmp_path / "in"), "--json", "--jobs", "1")
    data = json.loads(out)
    assert code == 0
    assert {item["file"]: (item["status"], item["provisions"], item["rows"]) for item in data["files"]} == {
        "取消清单.csv": ("stored", 0, 2),
        "清江市甲办法(2020-03-01).md": ("stored", 3, 0),
    }
    (tmp_path / "in" / "坏.xlsx").write_bytes(b"PK\x03\x04 broken")
    code, out, err = call(home, "ingest", str(tmp_path / "in"))
    assert code == 1
    assert "坏.xlsx" in err and "拒收" in err
    assert "未变 2" in out


@pytest.mark.parametrize(
    "words",
    [
        ["ingest", "x", "--published", "昨天"],
        ["ingest", "x", "--kind", "小说"],
        ["ingest"],
        ["show", "x", "--as-of", "2020-13-01"],
        ["没有这个动词"],
        ["--config", "没有.toml", "status"],
    ],
)
def test_wrong_use_exits_2(home: Path, words: list[str]) -> None:
    code, out, err = call(home, *words)
    assert (code, out) == (2, "")
    assert err.strip()


def test_parse_prints_the_contract_and_stores_nothing(home: Path, tmp_path: Path) -> None:
    code, out, _ = call(home, "parse", str(write_list(tmp_path)), "--json")
    data = json.loads(out)
    assert code == 0
    keys = "file sha256 format kind title doc_number issuer region published effective rows provisions requirements problems conservation"
    assert set(keys.split()) <= set(data)
    assert [item["proof_name"] for item in data["rows"]] == ["居住情况证明", "无业证明"]
    assert data["rows"][0]["locator"]["row"] == 2
    with Library.open(home) as library:
        assert len(library.documents()) == 3
    assert call(home, "parse", str(tmp_path / "没有.pdf"), "--json")[:2] == (1, "")


def test_parse_makes_articles_and_clauses_addressable(home: Path, tmp_path: Path) -> None:
    data = json.loads(call(home, "parse", str(write_law(tmp_path, "甲")), "--json")[1])
    labels = [item["label"] for item in data["provisions"]]
    assert "第二条" in labels
    assert data["requirements"][0]["material"] == "居住情况证明"


def test_sources_and_status_tell_what_is_there(home: Path) -> None:
    data = json.loads(call(home, "sources", "--json")[1])
    assert len(data["documents"]) == 3
    status = json.loads(call(home, "status", "--check", "--json")[1])
    assert (status["documents"], status["provisions"], status["entries"], status["faults"]) == (3, 5, 2, [])
    assert status["corpus"] == data["corpus"]
    assert "清单行 2" in call(home, "status")[1]


def test_changes_and_corrections_are_told(home: Path, tmp_path: Path) -> None:
    path = write_list(tmp_path / "in")
    call(home, "ingest", str(path))
    write_list(tmp_path / "in", way="部门核验")
    call(home, "ingest", str(path))
    changes = json.loads(call(home, "sources", "--changes", "--json")[1])
    assert [len(changes[0][key]) for key in ("added", "removed", "changed")] == [0, 0, 1]
    ref = "清江市取消证明事项清单（第一批）@2019-03-01#row_1"
    assert call(home, "correct", ref, "--field", "matter", "--to", "转学")[0] == 0
    assert "转学" in call(home, "show", ref)[1]
    assert call(home, "correct", ref, "--field", "colour", "--to", "红")[0] == 1


def test_diff_lists_changed_articles(home: Path) -> None:
    words = ("diff", "清江市证明事项管理办法", "--from", "2015-01-01", "--to", "2021-01-01")
    code, out, _ = call(home, *words, "--json")
    data = json.loads(out)
    assert code == 1
    assert [(item["kind"], item["new_label"]) for item in data["changes"]][-1] == ("added", "第三条")
    out = call(home, *words)[1]
    assert "旧：【旧】的第一条。" in out and "新：【新】的第一条。" in out and "+ 增 第三条\n    新增。" in out
    assert call(home, "diff", "清江市证明事项管理办法", "--from", "2021-01-01")[0] == 0
    assert "没有《清江市编造条例》" in call(home, "diff", "清江市编造条例")[2]


def test_a_locked_library_says_who_holds_it(home: Path, tmp_path: Path) -> None:
    with Library.open(home, writable=True):
        code, _, err = call(home, "ingest", str(write_list(tmp_path)))
    assert code == 1
    assert "进程号" in err


def test_help_names_every_verb() -> None:
    result = runner.invoke(cli.app, ["--help"])
    assert result.exit_code == 0
    for verb in ("ingest", "parse", "show", "sources", "status", "reindex", "diff", "correct"):
        assert verb in result.output


def test_settings_file_then_environment_then_option(tmp_path: Path) -> None:
    (tmp_path / "jianzheng.toml").write_text('port = 8000\nhost = "0.0.0.0"\nregion = "云溪省"\n', encoding="utf-8")
    found = load_settings(
        library=tmp_path, environ={"JIANZHENG_PORT": "9000", "JIANZHENG_LIBRARY": "/elsewhere", "JIANZHENG_MODEL_KEY": "s"}
    )
    assert (found.library, found.port, found.host, found.region) == (tmp_path, 9000, "0.0.0.0", "云溪省")
    assert shown(found)["model_key"] == "（已设）"


@pytest.mark.parametrize(
    ("text", "words"), [("colour = 1", "不认识的设置：colour"), ("port = 'x'", "应是整数"), ("port = 99999", "65535"), ("port =", "读不了")]
)
def test_bad_settings_are_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "jianzheng.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting, match=words):
        load_settings(library=tmp_path, environ={})


def test_changes_show_a_clause_before_and_after(home: Path, tmp_path: Path) -> None:
    path = write_law(tmp_path / "in", "丙")
    with Library.open(home, writable=True) as library:
        ingest_file(path, library)
        for text in ("不得要求提交居住证明。", "不得要求提交任何证明。"):
            ingest_file(write_law(tmp_path / "in", "丙", text=text), library)
    code, out, _ = call(home, "sources", "--changes")
    assert code == 0 and out.count("~ 改 清江市丙办法@2020-03-01#art_2") == 2
    assert "旧：不得要求提交【居住】证明。\n    新：不得要求提交【任何】证明。" in out
    assert "旧：不得要求提交居住【情况】证明。\n    新：不得要求提交居住证明。" in out
