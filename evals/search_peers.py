"""What users would assemble instead, measured in the same run: rank_bm25, LangChain's stock path, bm25s, SQLite FTS5."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.train import read_questions
from evals.search import DEPTH, Method, Result, lay_questions, measure
from knowledge.embedding import LibraryEmbeddings
from knowledge.lexical import LexicalIndex, head_text, query_words
from knowledge.lexical_cut import words_of
from knowledge.segment import cut, encode
from knowledge.shelf import Record
from knowledge.vectors import ChromaVectors


def peers(index: LexicalIndex, shared: Path) -> list[tuple[str, Result]]:
    """Every peer over STARD dev and our own lay questions; the texts are those of ``index``, words those of jieba. A peer that is not installed is
    said to be missing and skipped."""
    sets = (("stard dev", read_questions(shared / "stard", index, "dev")[0]), ("lay", lay_questions(index)))
    records = [index.shelf.record(row) for row in range(index.shelf.size)]
    words = [_words(index, f"{head_text(r)} {r.text}") for r in records]
    makers: tuple[tuple[str, Callable[[], Method]], ...] = (
        ("rank_bm25", lambda: rank_bm25(index, words)),
        ("bm25s", lambda: bm25s(index, words)),
        ("FTS5 over jieba words", lambda: fts5(index, words)),
        ("LangChain stock: splitter + BM25Retriever", lambda: stock(records).lexical),
        ("LangChain stock: splitter + BM25Retriever + Chroma", lambda: langchain_stock(index, records)),
    )
    out: list[tuple[str, Result]] = []
    for name, make in makers:
        started = time.perf_counter()
        try:
            method = make()
        except ImportError as error:
            print(f"{name}: skipped, {error.name or error} is not installed")
            continue
        built = time.perf_counter() - started
        for dataset, questions in sets:
            result = measure(name, method, questions)
            out.append((dataset, Result(name, {**result.figures, "build_s": round(built, 1)}, result.right)))
    return out


def _words(index: LexicalIndex, text: str) -> list[str]:
    codes = encode(text)
    return words_of(codes, cut(codes, index.dictionary)[0]).split()


def _asked(index: LexicalIndex, text: str) -> list[str]:
    return list(query_words(encode(text), index.dictionary))


def rank_bm25(index: LexicalIndex, words: list[list[str]]) -> Method:
    """Plain BM25 over jieba words, in memory."""
    from rank_bm25 import BM25Okapi

    model = BM25Okapi(words)
    return lambda text: np.argsort(-model.get_scores(_asked(index, text)), kind="stable")[:DEPTH].tolist()


def bm25s(index: LexicalIndex, words: list[list[str]]) -> Method:
    """bm25s (Lucene variant) over jieba words."""
    import bm25s as library

    model = library.BM25(method="lucene")
    model.index(words, show_progress=False)

    def method(text: str) -> list[int]:
        rows, _ = model.retrieve([_asked(index, text)], k=DEPTH, show_progress=False)
        return [int(row) for row in rows[0]]

    return method


def fts5(index: LexicalIndex, words: list[list[str]]) -> Method:
    """SQLite's full-text search over pre-segmented words."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(words, content='')")
    connection.executemany("INSERT INTO t(rowid, words) VALUES (?, ?)", ((n, " ".join(w)) for n, w in enumerate(words)))

    def method(text: str) -> list[int]:
        asked = " OR ".join(f'"{word}"' for word in _asked(index, text))
        if not asked:
            return []
        rows = connection.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY bm25(t) LIMIT ?", (asked, DEPTH))
        return [int(row) for (row,) in rows]

    return method


@dataclass(frozen=True)
class Stock:
    """Whole laws cut as LangChain's quick start cuts them; ``touched``: the articles each chunk touches."""

    texts: list[str]
    touched: list[list[int]]
    chunks: Callable[[str], list[int]]

    def lexical(self, text: str) -> list[int]:
        """BM25 alone."""
        return self.articles(self.chunks(text))

    def articles(self, chunks: Iterable[int]) -> list[int]:
        """The articles of chunks, best first, each once."""
        found: dict[int, None] = {}
        for chunk in chunks:
            found |= dict.fromkeys(self.touched[int(chunk)])
        return list(found)[:DEPTH]


def stock(records: Sequence[Record]) -> Stock:
    """Chunks of 500 characters, and BM25 over its default tokens: split on spaces, so that Chinese has hardly any."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from rank_bm25 import BM25Okapi

    laws: dict[str, list[tuple[int, str]]] = {}
    for row, record in enumerate(records):
        laws.setdefault(record.document, []).append((row, f"{record.label} {record.text}\n"))
    splitter = RecursiveCharacterTextSplitter(chunk_size=500, chunk_overlap=50, add_start_index=True)
    touched: list[list[int]] = []
    texts: list[str] = []
    for articles in laws.values():
        ends = np.cumsum([len(text) for _, text in articles])
        for piece in splitter.create_documents(["".join(text for _, text in articles)]):
            first = int(piece.metadata["start_index"])
            last = int(np.searchsorted(ends, first + len(piece.page_content)))
            inside = range(int(np.searchsorted(ends, first, side="right")), last + 1)
            touched.append([articles[n][0] for n in inside if n < len(articles)])
            texts.append(piece.page_content)
    model = BM25Okapi([text.split() for text in texts])

    def chunks(text: str) -> list[int]:
        found: list[int] = np.argsort(-model.get_scores(text.split()), kind="stable")[:DEPTH].tolist()
        return found

    return Stock(texts, touched, chunks)


def langchain_stock(index: LexicalIndex, records: Sequence[Record]) -> Method:
    """The chunks in Chroma too, the two lists joined as ``EnsembleRetriever`` joins them (reciprocal ranks, half and half).

    Chroma's own default embedding is fetched from the network; the library's word vectors stand in for it.
    """
    from knowledge.search_index import word_vectors

    made = stock(records)
    words = word_vectors(index.folder.parent, index)
    assert words is not None, "the benchmark corpus is large enough for word vectors"
    faces = LibraryEmbeddings(words.untaught())
    folder = tempfile.TemporaryDirectory(prefix="jianzheng-stock-")
    vectors = np.concatenate(
        [np.array(faces.embed_documents(made.texts[n : n + 2_000]), np.float32) for n in range(0, len(made.texts), 2_000)]
    )
    with ChromaVectors.writing(Path(folder.name), "stock") as store:
        store.rebuild(vectors)

    def method(text: str) -> list[int]:
        votes: dict[int, float] = {}
        for found in (made.chunks(text), store.nearest(np.array(faces.embed_query(text), np.float32), DEPTH).tolist()):
            for rank, chunk in enumerate(found, 1):
                votes[chunk] = votes.get(chunk, 0.0) + 0.5 / (60 + rank)
        return made.articles(sorted(votes, key=lambda chunk: -votes[chunk]))

    method.__dict__["folder"] = folder  # kept as long as the method is
    return method
