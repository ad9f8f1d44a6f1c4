"""Segmentation like jieba's; the lexical index finds, filters, survives a killed rebuild."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from knowledge import lexical
from knowledge.errors import LibraryDamaged, NotFound
from knowledge.lexical import LexicalIndex, build, jieba_dictionary, query_grams
from knowledge.lexical_cut import chars_of, words_of
from knowledge.segment import WORD, cut, decode, encode
from knowledge.shelf import Record, Scope, encode_many

SENTENCES = (
    "申请人应当向清江市民政局提交亲属关系证明，村民委员会不得拒绝出具。",
    "已经实现数据共享的，办理机关不得要求申请人重复提交纸质材料",
    "第十七条之一 APP运营者2024年5月前应当完成备案；5G基站除外。",
    "南京市长江大桥的夜间照明由市政设施管理单位负责",
)


def record(number: int, text: str, **changes: object) -> Record:
    given = {
        "id": number,
        "ref": f"云溪便民办法@2020-01-01#art_{number}",
        "name": "云溪便民办法",
        "title": "云溪便民办法",
        "headings": ("第一章 总则",),
    }
    given |= {"text": text, "label": f"第{number}条", "document": "云溪便民办法.md"}
    return Record(**(given | changes))  # type: ignore[arg-type]


RECORDS = (
    record(1, "申请办理社会救助的，由民政部门核对家庭经济状况，不再要求提交收入证明。"),
    record(2, "村民委员会不得出具亲属关系证明。", region="云溪省清江市", level="local_regulation"),
    record(3, "施工单位应当在夜间采取降噪措施。", effective="2030-01-01"),
    record(4, "旧的亲属关系证明规定。", effective="1990-01-01", ended="2000-01-01"),
    record(5, "亲属关系证明 改为部门核验", kind="entry", title="清江市取消清单", name="清江市取消清单", headings=()),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    folder = tmp_path_factory.mktemp("lexical")
    build(RECORDS, folder, corpus="c1", threads=1)
    return LexicalIndex(folder)


def jieba_words(text: str) -> list[str]:
    import jieba

    return [w for w in jieba.cut(text, HMM=False) if WORD[ord(w[0])]]


def our_words(text: str) -> list[str]:
    codes = encode(text)
    return words_of(codes, cut(codes, jieba_dictionary())[0]).split()


@pytest.mark.parametrize("text", SENTENCES)
def test_segmentation_is_jiebas_unigram_cut(text: str) -> None:
    jieba_dictionary()
    assert our_words(text) == [w for w in jieba_words(text.lower()) if w != "."]


def test_cutting_many_texts_at_once_equals_cutting_each() -> None:
    shuffled = random.Random(3).choices(SENTENCES, k=40)
    flat = encode("\0".join(shuffled))
    starts, _ = cut(flat, jieba_dictionary())
    together = [part.split() for part in words_of(flat, starts).split("\0")]
    assert together == [our_words(text) for text in shuffled]


def test_words_given_to_the_dictionary_stay_whole() -> None:
    codes = encode("请提供无违建承诺函")
    words = words_of(codes, cut(codes, jieba_dictionary(("无违建承诺函",)))[0]).split()
    assert "无违建承诺函" in words


def test_encoding_keeps_positions_beyond_the_basic_plane() -> None:
    assert len(encode("Ａ𠮷b")) == 3
    assert decode(encode("Ａ𠮷b"))[0::2] == "ab"
    assert [decode(c) for c in encode_many(["甲\0乙", "", "丙"])] == ["甲 乙", "", "丙"]


def test_grams_do_not_cross_punctuation() -> None:
    assert chars_of(encode("甲乙，丙")).split() == ["甲", "甲乙", "乙", "丙"]
    assert query_grams(encode("好好好")) == ("好", "好好")


def test_finds_by_text_and_by_heading(index: LexicalIndex) -> None:
    rows, scores = index.search("亲属关系谁来开")
    assert set(rows.tolist()) == {1, 3, 4}
    assert list(scores) == sorted(scores, reverse=True)
    assert 0 in index.search("家庭", channel="words")[0]
    assert 4 not in index.search("总则", channel="head")[0]


def test_nothing_to_find_is_an_empty_answer(index: LexicalIndex) -> None:
    for query in ("", "？！", "龘"):
        rows, scores = index.search(query)
        assert len(rows) == len(scores) == 0


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(day=date(2026, 1, 1)), {1, 4}),
        (Scope(day=date(1995, 1, 1)), {1, 3, 4}),
        (Scope(kinds=("entry",)), {4}),
        (Scope(regions=("全国",)), {3, 4}),
        (Scope(regions=("云溪省清江市", "云溪省")), {1}),
        (Scope(levels=("local_regulation",)), {1}),
        (Scope(regions=("别处",)), set()),
    ],
)
def test_scope_limits_what_is_found(index: LexicalIndex, scope: Scope, expected: set[int]) -> None:
    assert set(index.search("亲属关系", scope=scope)[0].tolist()) == expected


def test_a_rare_scope_is_searched_to_its_end(tmp_path: Path) -> None:
    many = [record(n, f"证明 {n}") for n in range(1, 400)] + [record(400, "证明", region="云溪省")]
    build(many, tmp_path, threads=1)
    assert LexicalIndex(tmp_path).search("证明", 5, scope=Scope(regions=("云溪省",)))[0].tolist() == [399]


def test_records_come_back_as_they_went_in(index: LexicalIndex) -> None:
    for row, given in enumerate(RECORDS):
        assert index.shelf.record(row) == given
    codes, owner = index.shelf.slice(np.array([1, 0]))
    assert decode(codes[owner == 0]) == RECORDS[1].text


def test_traditional_questions_are_simplified(index: LexicalIndex) -> None:
    assert 1 in index.search("親屬關係證明")[0]


def test_without_an_index_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="reindex"):
        LexicalIndex(tmp_path)


def test_a_damaged_index_is_named(tmp_path: Path) -> None:
    build(RECORDS, tmp_path, threads=1)
    where = lexical.current(tmp_path)
    assert where is not None
    (where / "text.npy").write_bytes(b"x")
    with pytest.raises(LibraryDamaged, match="reindex"):
        LexicalIndex(tmp_path)


def test_a_killed_rebuild_leaves_the_old_index_serving(tmp_path: Path) -> None:
    build(RECORDS, tmp_path, corpus="old", threads=1)
    script = f"""
        from pathlib import Path
        from knowledge import lexical
        from tests.test_lexical import record
        def endless():
            n = 0
            while True:
                n += 1
                if n == 5000: print("half", flush=True)
                yield record(n, "新")
        lexical.build(endless(), Path({str(tmp_path)!r}), corpus="new", threads=1)
    """
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1])
    assert child.stdout is not None and child.stdout.readline() == b"half\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    index = LexicalIndex(tmp_path)
    assert index.corpus == "old"
    assert len(index.search("亲属关系")[0]) == 3
    build(RECORDS[:1], tmp_path, corpus="new", threads=1)
    assert LexicalIndex(tmp_path).corpus == "new"
    assert len(list(tmp_path.glob("index-*"))) == 1


def test_the_lexicon_takes_effect_in_the_index(tmp_path: Path) -> None:
    from knowledge.errors import BadRule
    from knowledge.lexicon import lexicon

    build(RECORDS, tmp_path / "with", corpus="c1", words=lexicon().segment_words(), threads=1)
    lexicon().verify_dictionary(LexicalIndex(tmp_path / "with").cut)
    build(RECORDS, tmp_path / "without", corpus="c1", threads=1)
    with pytest.raises(BadRule, match="没有生效"):
        lexicon().verify_dictionary(LexicalIndex(tmp_path / "without").cut)
