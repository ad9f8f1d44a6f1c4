"""Word vectors without a model hub; Chroma that loses nothing silently; other embeddings through LangChain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge import memory, wordvectors
from knowledge import vectors as module
from knowledge.embedding import LibraryEmbeddings
from knowledge.errors import BadSetting, LibraryDamaged, LibraryLocked
from knowledge.lexical import jieba_dictionary
from knowledge.memory import Confirmed, Wording, marks_of
from knowledge.segment import cut, encode
from knowledge.vectors import ChromaVectors, ExactVectors, IndexedVectors, fill_chroma, open_dense, write_vectors

TOPICS = (
    ("养狗 犬只 登记 免疫", "养狗应当登记，犬只应当免疫。", "犬只未登记免疫的，养狗人应当补办。"),
    ("社保 缴费 退休 养老金", "退休人员领取养老金，社保缴费满年限。", "社保缴费中断的，退休时补缴养老金。"),
    ("房屋 装修 邻居 噪音", "房屋装修不得产生噪音影响邻居。", "装修房屋的噪音扰民，邻居可以投诉。"),
)


def corpus() -> list[str]:
    return [sentence for _ in range(30) for topic in TOPICS for sentence in topic[1:]]


@pytest.fixture(scope="module")
def model() -> wordvectors.WordVectors:
    dictionary = jieba_dictionary()
    ids = [cut(encode(text), dictionary)[1] for text in corpus()]
    return wordvectors.fit(np.concatenate(ids), np.cumsum([0, *map(len, ids)]), dictionary, dimensions=12)


def test_words_of_one_topic_are_near_each_other(model: wordvectors.WordVectors) -> None:
    faces = LibraryEmbeddings(model)
    documents = np.array(faces.embed_documents([topic[1] for topic in TOPICS]))
    for n, topic in enumerate(TOPICS):
        assert int(np.argmax(documents @ np.array(faces.embed_query(topic[0])))) == n
    assert np.allclose(np.linalg.norm(documents, axis=1), 1, atol=1e-4)


def test_a_text_without_known_words_is_a_zero_vector(model: wordvectors.WordVectors) -> None:
    assert not any(LibraryEmbeddings(model).embed_query("龘靐"))


def test_fitting_is_repeatable_and_survives_its_file(model: wordvectors.WordVectors, tmp_path: Path) -> None:
    dictionary = jieba_dictionary()
    ids = [cut(encode(text), dictionary)[1] for text in corpus()]
    again = wordvectors.fit(np.concatenate(ids), np.cumsum([0, *map(len, ids)]), dictionary, dimensions=12)
    assert again.name == model.name
    wordvectors.save(model, tmp_path / "words.npz")
    read = wordvectors.load(tmp_path / "words.npz")
    assert read.name == model.name
    assert np.allclose(LibraryEmbeddings(read).embed_query("养狗"), LibraryEmbeddings(model).embed_query("养狗"), atol=1e-3)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.npz").write_bytes(b"PK nothing")
    with pytest.raises(BadSetting, match="jianzheng train"):
        wordvectors.load(tmp_path / "words.npz")
    with pytest.raises(BadSetting, match="jianzheng train"):
        memory.load(tmp_path / "words.npz")


def test_memory_keeps_references_and_no_words(tmp_path: Path) -> None:
    marks = marks_of(encode("养狗要登记吗")), marks_of(encode("退休金"))
    kept = Confirmed(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32), marks, ((("甲法@2020#art_1", "甲法", "第一条"),), ()), "t")
    memory.save(kept, tmp_path / "memory.npz")
    read = memory.load(tmp_path / "memory.npz")
    assert read.answers == kept.answers and np.allclose(read.plain, kept.plain)
    assert all(np.array_equal(a, b) for a, b in zip(read.marks, kept.marks, strict=True))
    assert "养".encode() not in (tmp_path / "memory.npz").read_bytes()
    placed = read.place({"甲法 第一条": [4, 9]})
    assert placed.question.tolist() == [0, 0] and placed.rows.tolist() == [4, 9]


def test_wording_likeness_is_a_cosine() -> None:
    asked = ["养狗要登记吗", "退休金怎么领", "养狗不登记会怎样"]
    wording = Wording.of([marks_of(encode(text)) for text in asked])
    for n, text in enumerate(asked):
        like = wording.similar(marks_of(encode(text)))
        assert int(np.argmax(like)) == n and like[n] == pytest.approx(1, abs=1e-5) and like.min() >= 0
    assert not wording.similar(marks_of(encode("龘靐"))).any()
    assert len(Wording.of([]).similar(marks_of(encode("养狗")))) == 0


def vectors(count: int, seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return wordvectors.unit(np.random.default_rng(seed).normal(size=(count, 16)).astype(np.float32))


def test_chroma_finds_what_exact_search_finds(tmp_path: Path) -> None:
    given = vectors(600)
    with ChromaVectors.writing(tmp_path / "c", "words-test") as store:
        store.rebuild(given)
    store = ChromaVectors(tmp_path / "c", "words-test")
    assert store.count() == 600
    query = vectors(1, seed=9)[0]
    exact = set(ExactVectors(given).nearest(query[None], 20).tolist())
    assert len(exact & set(store.nearest(query, 20).tolist())) >= 18


def test_vectors_that_are_not_found_again_are_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, True])
    monkeypatch.setattr(ChromaVectors, "holds", lambda *_: next(answers))
    with ChromaVectors.writing(tmp_path / "c", "words-test") as store:
        store.rebuild(vectors(50))
        assert store.count() == 50
    monkeypatch.setattr(ChromaVectors, "holds", lambda *_: False)
    with ChromaVectors.writing(tmp_path / "c", "words-test") as store, pytest.raises(LibraryDamaged, match="查不到"):
        store.rebuild(vectors(50))


def test_the_self_query_notices_lost_vectors(tmp_path: Path) -> None:
    given = vectors(40)
    with ChromaVectors.writing(tmp_path / "c", "words-test") as store:
        store.rebuild(given)
        assert store.holds(given, 0)
        assert not store.holds(vectors(40, seed=3), 0)


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    first, second = (ChromaVectors.writing(tmp_path / "c", "words-test") for _ in range(2))
    with first, pytest.raises(LibraryLocked, match="一个写入者"), second:
        pass


def test_a_folder_of_somebody_else_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "chroma.sqlite3").write_bytes(b"foreign")
    with pytest.raises(LibraryDamaged, match="不是本程序写的"):
        ChromaVectors(tmp_path / "c", "words-test")


def test_a_collection_that_names_an_embedding_function_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ChromaVectors.writing(tmp_path / "c", "words-test") as store:
        store.rebuild(vectors(5))
        found = store._client._server.get_collection("words-test")
        found.configuration_json["embedding_function"] = {"type": "known", "name": "sentence_transformer", "config": {}}
        monkeypatch.setattr(store._client._server, "get_collection", lambda *_: found)
        with pytest.raises(LibraryDamaged, match="外来的向量函数"):
            store._find()


def test_dense_goes_through_chroma_only_when_it_holds_everything(tmp_path: Path) -> None:
    given = vectors(30)
    assert write_vectors(tmp_path, "words-test", [given[:20], given[20:]]) == 30
    assert isinstance(open_dense(tmp_path, "words-test"), ExactVectors)
    assert open_dense(tmp_path, "words-other") is None
    assert fill_chroma(tmp_path, "words-test") == 30
    assert isinstance(open_dense(tmp_path, "words-test"), ExactVectors)  # few vectors: comparing with all is faster
    dense = open_dense(tmp_path, "words-test", many=10)
    assert isinstance(dense, IndexedVectors)
    assert {7, 9} <= set(dense.nearest(given[[7, 9]], 3).tolist())
    assert float(dense.similarity(given[7], np.array([7]))[0]) == pytest.approx(1, abs=1e-2)


def test_many_vectors_are_sought_along_few_directions_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ALL", 500)
    monkeypatch.setattr(module, "SHORT", 12)
    given, asked = vectors(3_000), vectors(3, seed=9)
    exact = [set(np.argsort(-(given @ v))[:50].tolist()) for v in asked]
    found = set(ExactVectors(given).nearest(asked, 50).tolist())
    assert len(found & set.union(*exact)) >= 0.95 * len(set.union(*exact))
    assert ExactVectors(given[:40]).nearest(asked, 50).tolist() == list(range(40))
