"""What people confirm comes back: train and confirm round trip, apart from law; folds that never mix; README's retriever runs."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from assistant import train as module
from assistant.asked import FILE, alone, asked_questions
from assistant.train import Questions, add_confirmed, folds, read_questions, train_library
from knowledge.errors import BadSetting
from knowledge.search import Search, open_search, refresh
from knowledge.search_index import folder_of
from knowledge.store import Library
from tests.factories import law

DAY = date(2026, 11, 21)
REPO = Path(__file__).resolve().parents[1]
TOPICS = {
    "犬只管理": ("养犬人应当为犬只办理登记。", "犬只应当定期免疫。", "携犬外出应当牵引。"),
    "房屋装修": ("装修房屋不得拆改承重墙。", "装修施工噪声不得扰邻。", "装修人应当报告物业。"),
    "养老保险": ("退休人员按月领取养老金。", "缴费年限不足的可以补缴。", "养老金可以由亲属代领。"),
    "道路停放": ("机动车不得占用盲道停放。", "停放收费应当公示标准。", "长期停放的车辆可以拖移。"),
}
ASKED = {
    "遛狗要不要拴绳子": ("犬只管理", 3),
    "小狗要打疫苗吗": ("犬只管理", 2),
    "邻居砸墙怎么办": ("房屋装修", 1),
    "楼上电钻太吵": ("房屋装修", 2),
    "老人的钱子女能帮忙取吗": ("养老保险", 3),
    "社保没交够年头": ("养老保险", 2),
    "车停在盲人走的路上": ("道路停放", 1),
    "停车费怎么算": ("道路停放", 2),
}


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    monkeypatch.setattr(module, "FOLDS", 2)
    with Library.open(tmp_path / "library", writable=True) as opened:
        for title, articles in TOPICS.items():
            opened.put(law(f"清江市{title}办法", {n: [text] for n, text in enumerate(articles, 1)}, effective="2020-01-01"))
        refresh(opened)
        yield opened


@pytest.fixture
def asked(tmp_path: Path, library: Library) -> Path:
    folder = tmp_path / "questions"
    folder.mkdir()
    files = {item.title: item.file for item in library.documents()}
    rows = [{"_id": n, "text": text, "split": "train"} for n, text in enumerate(ASKED)]
    rows.append({"_id": 99, "text": "只在 dev 里的问题", "split": "dev"})
    (folder / "queries.jsonl").write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    lines = [f"{n}\t{files[f'清江市{t}办法']}\t第{'零一二三'[a]}条" for n, (t, a) in enumerate(ASKED.values())]
    dev = f"99\t{files['清江市道路停放办法']}\t第三条"
    (folder / "qrels.tsv").write_text("\n".join(["qid\tpath\tlabel", *lines, dev]), encoding="utf-8")
    return folder


def right_first(search: Search) -> int:
    """Questions whose first hit is their answer."""
    hits = [search.search(question, 1, day=DAY)[0].record.ref for question in ASKED]
    return sum(hit == f"清江市{title}办法@2020-01-01#art_{n}" for hit, (title, n) in zip(hits, ASKED.values(), strict=True))


def place(search: Search, question: str, ref: str) -> int:
    """Where a question's answer stands among the hits."""
    return [hit.record.ref for hit in search.search(question, 12, day=DAY)].index(ref)


def test_training_is_kept_used_and_repeatable(library: Library, asked: Path) -> None:
    before = library.corpus_hash()
    report = train_library(library, asked, fit=False)
    assert report["questions"] == len(ASKED)
    folder = folder_of(library) / "model"
    ranker = (folder / "ranker.json").read_bytes()
    assert json.loads(ranker)["trained_on"] == report["trained_on"] and len(ranker) < 100_000
    found = open_search(library)
    assert found.ranker is not None and found.engine.memory is not None
    assert right_first(found) == len(ASKED) > right_first(found.untrained())
    assert found.search("遛狗要不要拴绳子", 1, day=DAY)[0].why[0] == "这个问题确认过这一条"
    train_library(library, asked, fit=False)
    assert (folder / "ranker.json").read_bytes() == ranker
    assert library.corpus_hash() == before, "questions are kept apart from law"


def test_models_hold_no_pickle_and_no_words_of_the_questions(library: Library, asked: Path) -> None:
    train_library(library, asked, fit=False)
    for file in (folder_of(library) / "model").iterdir():
        if file.suffix == ".npz":
            with np.load(file, allow_pickle=False) as data:
                assert all(array.dtype.kind in "uif" for array in data.values())
                text = data["meta"].tobytes().decode()
        else:
            text = file.read_text(encoding="utf-8")
        assert not any(question in text for question in ASKED)


def test_a_confirmed_question_is_remembered(library: Library, asked: Path) -> None:
    ref = next(hit.record.ref for hit in open_search(library).search("机动车停放 拖移", 3, day=DAY) if hit.record.label == "第三条")
    assert add_confirmed(library, "僵尸车没人管", [ref]) == 1
    assert add_confirmed(library, "僵尸车没人管", [ref]) == 1, "the same question is kept once"
    assert train_library(library, asked, fit=False)["questions"] == len(ASKED) + 1
    found = open_search(library)
    assert place(found, "僵尸车没人管", ref) == 0 < place(found.untrained(), "僵尸车没人管", ref)
    assert place(found, "僵尸车没人管？", ref) == 0
    shutil.rmtree(folder_of(library) / "model")
    assert open_search(library).engine.memory is None


def test_nothing_to_learn_from_is_said(library: Library, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="jianzheng confirm"):
        train_library(library, None)
    with pytest.raises(BadSetting, match=r"queries\.jsonl"):
        train_library(library, tmp_path / "nowhere")


def test_dev_questions_are_never_read_for_training(library: Library, asked: Path) -> None:
    index = open_search(library).engine.index
    assert "只在 dev 里的问题" not in read_questions(asked, index)[0].texts
    assert read_questions(asked, index, "dev")[0].texts == ("只在 dev 里的问题",)


def test_folds_by_chapter_share_no_chapter() -> None:
    draw = np.random.default_rng(3)
    chapter = draw.integers(0, 12, 200).astype(np.int32)
    questions = Questions(tuple(map(str, range(60))), tuple(draw.integers(0, 200, 2) for _ in range(60)))
    made = list(folds(questions, chapter))
    assert len(made) == 2 * module.FOLDS
    for number, (kept, left, without) in enumerate(made):
        assert not set(kept) & set(left) and len(kept) + len(left) == 60
        assert (without is not None) == (number >= module.FOLDS)
        if without is not None:
            assert all(set(chapter[questions.answers[n]].tolist()) & set(without.tolist()) for n in left)
            assert all(
                any(c not in {int(x) for k in kept for x in chapter[questions.answers[k]]} for c in chapter[questions.answers[n]])
                for n in left
            )


def example_file(tmp_path: Path, lines: list[dict[str, object]]) -> Path:
    file = tmp_path / "asked.jsonl"
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return file


def test_examples_are_found_by_reference_or_in_another_version(library: Library, tmp_path: Path) -> None:
    index = open_search(library).engine.index
    (ref,) = [r for r, _, label, _ in index.shelf.references() if "犬只管理" in r and label == "第三条"]
    name, _, place = ref.partition("#")
    lines = [
        {"q": "遛狗没绳", "refs": [ref]},
        {"q": "狗没拴", "refs": [f"{name.partition('@')[0]}@1999-01-01#{place}"]},
        {"q": "无", "refs": ["无此法#art_1"]},
    ]
    found = asked_questions(index, example_file(tmp_path, lines))
    assert found.texts == ("遛狗没绳", "狗没拴") and found.answers[0].tolist() == found.answers[1].tolist()
    assert asked_questions(index, tmp_path / "nowhere.jsonl").texts == ()
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"q": 1}\n', encoding="utf-8")
    with pytest.raises(BadSetting, match="第1行"):
        asked_questions(index, bad)


def test_examples_lead_lay_words_to_their_article(library: Library, asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = open_search(library).engine.index
    (ref,) = [r for r, _, label, _ in index.shelf.references() if "养老保险" in r and label == "第三条"]
    file = example_file(tmp_path, [{"q": f"{who}腿脚不便谁去银行领", "refs": [ref]} for who in ("爷爷", "奶奶", "姥爷", "姥姥")])
    monkeypatch.setattr(module, "asked_questions", lambda index: asked_questions(index, file))
    assert train_library(library, asked)["examples"] == 4
    found = open_search(library)
    assert found.engine.asked is not None and found.engine.memory is not None
    assert not found.engine.asked.empty and found.engine.asked.kind == "asked"
    table = found.engine.table("太爷爷腿脚不便谁去银行领")
    best = {int(r): float(v) for r, v in zip(table.rows, table.scores["asked_article_best"], strict=True)}
    assert index.shelf.record(max(best, key=lambda row: best[row])).ref == ref
    assert "confirmed" in table.scores  # examples are no confirmed answers
    assert not table.scores["confirmed"].any()


def test_without_questions_a_share_of_the_examples_stands_for_them() -> None:
    many = Questions(tuple(map(str, range(600))), tuple(np.array([n]) for n in range(600)))
    stands, rest = alone(many)
    assert len(stands.texts) == 40 and not set(stands.texts) & set(rest.texts) and len(rest.texts) == 560
    assert alone(many.take(range(20)))[0].texts == ()


def test_the_shipped_examples_are_well_formed() -> None:
    lines = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    assert len(lines) > 20_000 and len({line["q"] for line in lines}) == len(lines)
    assert all(set(line) == {"q", "refs"} and line["refs"] and all("#art_" in ref for ref in line["refs"]) for line in lines)


def test_the_readmes_retriever_runs(
    corpora_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (REPO / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (code,) = [block for block in blocks if "JianzhengRetriever" in block]
    shutil.copytree(corpora_library, tmp_path / ".library")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip()
