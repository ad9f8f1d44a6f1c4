"""The verbs ``ask`` and ``replay`` as a script uses them: the JSON contract, batches in order, the same bytes again."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from assistant.cli import app

KEYS = {
    "question", "as_of", "region", "role", "scope", "proof", "matter", "verdict", "path", "summary", "instead", "clarify", "citations", "steps",
    "near_misses", "scan",
}  # fmt: skip
CITATION = {
    "ref",
    "title",
    "doc_number",
    "article",
    "level",
    "issuer",
    "effective",
    "status",
    "text",
    "text_kind",
    "document",
    "sha256",
    "locator",
}


@pytest.fixture()
def run(corpora_library):
    def call(*args):
        return CliRunner().invoke(app, ["--library", str(corpora_library), *args])

    return call


def test_json_contract(run):
    done = run("ask", "办理公租房要交收入证明吗", "--region", "云溪省清江市", "--as-of", "2026-11-21", "--json")
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert set(answer) >= KEYS and set(answer["citations"][0]) >= CITATION
    assert answer["region"] == "云溪省清江市" and answer["as_of"] == "2026-11-21"
    assert all(set(step) >= {"rule", "fact", "outcome", "citations"} for step in answer["steps"])


def test_batch_keeps_order_and_a_bad_line_stops_nothing(run, tmp_path):
    rows = ['{"id": "b", "question": "收养孩子要体检证明吗"}', "not json", '{"id": "a", "question": "今天天气怎么样"}']
    (tmp_path / "in.jsonl").write_text("\n".join(rows), "utf-8")
    lines = [json.loads(line) for line in run("ask", "--batch", str(tmp_path / "in.jsonl"), "--json").stdout.splitlines()]
    assert [line.get("id") for line in lines] == ["b", None, "a"]
    assert "第2行读不懂" in lines[1]["error"] and lines[2]["scope"] == "out"


def test_replay_gives_the_same_bytes_and_says_where_it_differs(run, tmp_path):
    saved = tmp_path / "answer.json"
    saved.write_text(run("ask", "申请法律援助要贫困证明吗", "--as-of", "2026-11-21", "--json").stdout, "utf-8")
    assert run("replay", str(saved)).exit_code == 0
    changed = json.loads(saved.read_text("utf-8"))
    changed["verdict"] = "may_demand"
    saved.write_text(json.dumps(changed, ensure_ascii=False, separators=(",", ":")), "utf-8")
    done = run("replay", str(saved))
    assert done.exit_code == 1 and "不一致：verdict" in done.output


def test_explain_prints_the_tree(run):
    out = run("ask", "开KTV，文旅局让股东开无犯罪记录证明", "--explain").stdout
    assert "├─" in out and "依据：" in out and "娱乐场所管理条例" in out


def test_no_question_is_wrong_use(run):
    assert run("ask").exit_code == 2
