"""Full-text index 全文索引 over names, headings and texts: single characters with bigrams (the base channel), and words.

The only importer of jieba and tantivy. Measured choice: character 1–2-grams over name + headings + text beat jieba words and every other
engine tried
on lay questions, and tantivy answers in milliseconds at a million records. An index is a folder that is written whole, then published by
swapping a
pointer file: a killed rebuild leaves the old index serving.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from knowledge.errors import LibraryDamaged, NotFound
from knowledge.lexical_cut import chars_of, cut_all, load_dictionary, save_dictionary, words_of
from knowledge.segment import I32, U16, Dictionary, build_dictionary, cut, encode
from knowledge.shelf import Record, Scope, Shelf, ShelfWriter, encode_many
from knowledge.text import simplify

CHANNELS = ("chars", "words", "head")
BATCH = 4_000
MEMORY = 200_000_000  # bytes the index writer may use
COMMON = 0.25  # share of records above which a token no longer selects candidates in a large index
LARGE = 200_000
_POINTER = "current"
_ORDINAL = re.compile(r"^第[〇零一二三四五六七八九十百千\d]+[编分章节]\s*")

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a rebuild did. ``bytes`` is the size on disk."""

    records: int
    seconds: float
    bytes: int
    folder: Path


@lru_cache(maxsize=2)
def jieba_dictionary(extra: tuple[str, ...] = ()) -> Dictionary:
    """jieba's own dictionary with ``extra`` words (our lexicon's) as arrays.

    Only jieba's word list is read: its prefix table and the cache file it would write are not needed.
    """
    import jieba

    frequencies: dict[str, int] = {}
    with jieba.dt.get_dict_file() as file:
        for line in file.read().decode("utf-8").splitlines():
            word, count, *_ = line.split(" ")
            frequencies[word] = int(count)
    return build_dictionary(frequencies, extra)


def head_text(record: Record) -> str:
    """Name and headings of a record without ordinals (第三章): the text of the heading channel."""
    return _head(record.name, record.headings)


@lru_cache(maxsize=256)
def _head(name: str, headings: tuple[str, ...]) -> str:
    return " ".join([name, *(_ORDINAL.sub("", h) for h in headings)])


def query_grams(codes: U16) -> tuple[str, ...]:
    """The distinct single characters and bigrams of a query, in order of appearance."""
    return tuple(dict.fromkeys(chars_of(codes).split()))


def query_words(codes: U16, dictionary: Dictionary) -> tuple[str, ...]:
    """The distinct words of a query."""
    return tuple(dict.fromkeys(words_of(codes, cut(codes, dictionary)[0]).split()))


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("row", fast=True)  # unsigned columns panic on plain Python integers
    for channel in CHANNELS:
        builder.add_text_field(channel, tokenizer_name="space", index_option="freq")
    for column in ("region", "level", "kind"):
        builder.add_text_field(column, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _open_index(folder: Path, *, create: bool) -> Any:
    index = tantivy.Index(_schema(), path=str(folder)) if create else tantivy.Index.open(str(folder))
    index.register_tokenizer("space", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    source = iter(records)
    while batch := list(islice(source, BATCH)):
        yield batch


def build(records: Iterable[Record], folder: Path, *, corpus: str = "", words: Sequence[str] = (), threads: int = 2) -> BuildReport:
    """Indexes ``records`` into a new folder under ``folder`` and makes it the current one.

    ``corpus`` is the hash of what the records came from (``LexicalIndex.corpus`` tells whether an index is stale); ``words`` are kept
    whole by the
    segmentation. The folder published before is removed after the swap.
    """
    started = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="index-", dir=folder))
    try:
        count = _write(records, fresh, corpus, tuple(words), threads)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    size = sum(p.stat().st_size for p in fresh.rglob("*") if p.is_file())
    publish(folder, fresh)
    return BuildReport(count, time.perf_counter() - started, size, fresh)


def _write(records: Iterable[Record], fresh: Path, corpus: str, words: tuple[str, ...], threads: int) -> int:
    dictionary = jieba_dictionary(words)
    save_dictionary(fresh, dictionary)
    (fresh / "tantivy").mkdir()
    writer = _open_index(fresh / "tantivy", create=True).writer(MEMORY, threads)
    shelf = ShelfWriter(fresh)
    row = 0
    word_ids: list[I32] = []
    word_counts: list[NDArray[np.int64]] = []
    batches = cut_all(map(_encoded, _batches(records)), dictionary, fresh)
    for (batch, heads, texts), found in batches:
        word_ids.append(found.ids)
        word_counts.append(found.counts)
        for n, record in enumerate(batch):
            shelf.add(record, texts[n], heads[n])
            given = {"chars": found.chars[n], "words": found.words[n], "head": _head_chars(record.name, record.headings)}
            writer.add_document(tantivy.Document(row=row, region=record.region, level=record.level, kind=record.kind, **given))
            row += 1
    writer.commit()
    writer.wait_merging_threads()
    shelf.close(corpus)
    _save_words(fresh, dictionary.size, word_ids, word_counts)
    return row


def _encoded(batch: list[Record]) -> tuple[tuple[list[Record], list[U16], list[U16]], U16]:
    """A batch with its heads and texts as code units, and all of them end to end as ``cut_all`` takes them."""
    heads = list(encode_many([head_text(r) for r in batch]))
    texts = list(encode_many([r.text for r in batch]))
    zero = np.zeros(1, np.uint16)
    line = zero + np.uint16(0x0A)
    return (batch, heads, texts), np.concatenate([part for h, t in zip(heads, texts, strict=True) for part in (h, line, t, zero)])


@lru_cache(maxsize=256)
def _head_chars(name: str, headings: tuple[str, ...]) -> str:
    return chars_of(encode(_head(name, headings).replace("\0", " ")))


def _save_words(folder: Path, size: int, ids: list[I32], counts: list[NDArray[np.int64]]) -> None:
    flat = np.concatenate([*ids, np.zeros(0, np.int32)])
    at = np.concatenate([[0], np.cumsum(np.concatenate([*counts, np.zeros(0, np.int64)]))]).astype(np.int64)
    np.save(folder / "words.npy", flat, allow_pickle=False)
    np.save(folder / "words_at.npy", at, allow_pickle=False)
    np.save(folder / "words_df.npy", _document_frequency(flat, at, size), allow_pickle=False)


def _document_frequency(ids: I32, at: NDArray[np.int64], size: int) -> I32:
    """In how many texts each token id occurs."""
    out = np.zeros(size, dtype=np.int32)
    for first in range(0, len(at) - 1, 20_000):
        last = min(first + 20_000, len(at) - 1)
        owner = np.repeat(np.arange(last - first), np.diff(at[first : last + 1]))
        pairs = np.sort(owner * size + ids[at[first] : at[last]])
        once = pairs[np.append(True, np.diff(pairs) > 0)] if len(pairs) else pairs
        out += np.bincount(once % size, minlength=size).astype(np.int32)
    return out


def _load_words(folder: Path) -> tuple[Dictionary, I32, NDArray[np.int64]]:
    flat = np.asarray(np.load(folder / "words.npy", mmap_mode="r", allow_pickle=False))
    return load_dictionary(folder), flat, np.load(folder / "words_at.npy", allow_pickle=False)


def publish(folder: Path, fresh: Path) -> None:
    """Makes ``fresh`` (a folder inside ``folder``) the current index in one step, then removes every other one."""
    note = folder / f".{_POINTER}-{os.getpid()}"
    note.write_text(fresh.name, encoding="utf-8")
    with note.open("rb") as handle:
        os.fsync(handle.fileno())
    note.replace(folder / _POINTER)
    for other in folder.glob("index-*"):
        if other != fresh:
            shutil.rmtree(other, ignore_errors=True)


def current(folder: Path) -> Path | None:
    """The folder of the published index, ``None`` when nothing has been published."""
    try:
        found = folder / (folder / _POINTER).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return found if found.is_dir() else None


class LexicalIndex:
    """A published index, open for reading. Safe to share between threads; a rebuild does not disturb it."""

    def __init__(self, folder: Path) -> None:
        """Opens the index published under ``folder``; ``NotFound`` when there is none, ``LibraryDamaged`` when it does not open."""
        where = current(folder)
        if where is None:
            raise NotFound("还没有检索索引。请先导入文件，或运行 jianzheng reindex 建立索引。")
        self.folder = where
        self.shelf = Shelf(where)
        try:
            self._index = _open_index(where / "tantivy", create=False)
            self.dictionary, self.word_ids, self.word_at = _load_words(where)
            self.word_df: I32 = np.asarray(np.load(where / "words_df.npy", mmap_mode="r", allow_pickle=False))
        except (OSError, ValueError, KeyError) as error:
            raise LibraryDamaged(f"检索索引打不开（{error}）。请运行 jianzheng reindex 重建索引。") from error
        self._schema = self._index.schema
        self._searcher = self._index.searcher()

    @property
    def corpus(self) -> str:
        """Hash of what was indexed, as given to ``build``."""
        return self.shelf.corpus

    def terms(self, text: str) -> dict[str, tuple[str, ...]]:
        """The query terms of each channel."""
        codes = encode(simplify(text))
        grams = query_grams(codes)
        return {"chars": grams, "words": query_words(codes, self.dictionary), "head": grams}

    def cut(self, text: str) -> tuple[str, ...]:
        """All words of a text in order, as this index cuts them."""
        codes = encode(simplify(text))
        return tuple(words_of(codes, cut(codes, self.dictionary)[0]).split())

    def frequency(self, channel: str, term: str) -> int:
        """In how many records ``term`` occurs."""
        return int(self._searcher.doc_freq(channel, term))

    def search(self, text: str, limit: int = 100, *, channel: str = "chars", scope: Scope | None = None) -> tuple[Rows, Scores]:
        """The best ``limit`` rows of one channel by BM25, best first, with their scores; empty when no term occurs."""
        return self.search_terms(self.terms(text)[channel], limit, channel=channel, scope=scope)

    def search_terms(self, terms: Sequence[str], limit: int, *, channel: str, scope: Scope | None = None) -> tuple[Rows, Scores]:
        """As ``search``, for terms already cut."""
        terms = self._selective(terms, channel)
        if not terms or not self.shelf.size:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, channel, t, index_option="freq")) for t in terms]
        )
        if scope is None or scope.unlimited:
            return self._run(query, limit)
        mask = self.shelf.mask(scope)
        allowed = int(mask.sum())
        if not allowed:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        share = allowed / self.shelf.size
        if share < 0.2:
            query = self._narrow(query, scope)
        fetch = int(limit / max(share, 0.2) * 1.2) + 20
        while True:
            rows, scores = self._run(query, fetch)
            keep = mask[rows]
            if keep.sum() >= limit or len(rows) < fetch:
                return rows[keep][:limit], scores[keep][:limit]
            fetch *= 4

    def _selective(self, terms: Sequence[str], channel: str) -> Sequence[str]:
        """Without the commonest single characters once the index is large: they cost most of the time and decide nothing there."""
        if self.shelf.size < LARGE:
            return terms
        rare = [t for t in terms if self.frequency(channel, t) < COMMON * self.shelf.size]
        return rare or terms

    def _narrow(self, query: Any, scope: Scope) -> Any:
        parts = [(tantivy.Occur.Must, query)]
        for column, wanted in (("region", scope.regions), ("level", scope.levels), ("kind", scope.kinds)):
            if wanted is not None:
                any_of = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, column, v, index_option="basic")) for v in wanted]
                parts.append((tantivy.Occur.Must, tantivy.Query.const_score_query(tantivy.Query.boolean_query(any_of), 0.0)))
        return tantivy.Query.boolean_query(parts)

    def _run(self, query: Any, limit: int) -> tuple[Rows, Scores]:
        hits = self._searcher.search(query, max(1, limit), count=False).hits
        if not hits:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return np.array(rows, dtype=np.int64), np.array([score for score, _ in hits], dtype=np.float32)
