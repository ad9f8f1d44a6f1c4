"""Vectors of the records: exact arrays for a library of ordinary size, Chroma in process for nearest neighbours at any size.

The only importer of chromadb. Chroma is used as a cache that cannot hurt: in process, never its server; vectors are always passed in, never a function
that makes them; one writer at a time (two writers lose vectors silently, measured), every batch is checked by asking for vectors just written, and a
wrong answer means the collection is rebuilt; a folder that names an embedding function was not written here and is refused.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import LibraryDamaged, LibraryLocked

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

BATCH = 5_000  # Chroma refuses more than 5,461 at a time
MANY = 100_000  # rows from which Chroma answers faster than comparing with every vector
ALL, SHORT, WIDER = 20_000, 96, 5  # rows from which nearest rows are sought along SHORT directions first, WIDER times as many as wanted
CHECKED = 25  # vectors of each batch that are asked for again
TOLERANCE = 1e-3  # cosine distance at which two vectors are the same
_NOTE = "jianzheng.json"


class Dense(Protocol):
    """Vectors of all rows of a shelf."""

    def nearest(self, vectors: Floats, limit: int) -> Rows:
        """The rows nearest to each of ``vectors`` (n, dimensions), together, each once, in no particular order."""

    def similarity(self, vector: Floats, rows: Rows) -> Floats:
        """Cosine of ``vector`` with each of ``rows``."""

    def of(self, rows: Rows) -> Floats:
        """The vectors of ``rows``, (rows, dimensions)."""


class ExactVectors:
    """All vectors in memory; nearest by comparing with every one: in a large library by the directions that say most, then exactly among the best
    of those (about 98 of 100 of the true ones are found)."""

    def __init__(self, vectors: Floats) -> None:
        self.vectors = vectors

    @cached_property
    def _short(self) -> tuple[Floats, Floats]:
        """The directions of greatest spread, (dimensions, ``SHORT``), and all vectors along them, (``SHORT``, rows)."""
        sample = self.vectors[:: max(1, len(self.vectors) // 6_000)]
        _, directions = np.linalg.eigh(sample.T @ sample)
        basis = np.ascontiguousarray(directions[:, ::-1][:, :SHORT].astype(np.float32))
        return basis, np.ascontiguousarray((self.vectors @ basis).T)

    def nearest(self, vectors: Floats, limit: int) -> Rows:
        """The rows nearest to each of ``vectors``, together."""
        count = len(self.vectors)
        if limit >= count:
            return np.arange(count)
        if count < ALL or vectors.shape[1] <= SHORT:
            return _best(vectors @ self.vectors.T, limit)
        basis, short = self._short
        rows = _best((vectors @ basis) @ short, min(count - 1, WIDER * limit))
        return rows[_best(vectors @ self.vectors[rows].T, limit)]

    def similarity(self, vector: Floats, rows: Rows) -> Floats:
        """Cosine of ``vector`` with each of ``rows``."""
        out: Floats = self.of(rows) @ vector
        return out

    def of(self, rows: Rows) -> Floats:
        """The vectors of ``rows``."""
        out: Floats = self.vectors[rows]
        return out


def _best(scores: NDArray[Any], limit: int) -> Rows:
    """Columns among the ``limit`` best of any row, each once."""
    if limit >= scores.shape[1]:
        return np.arange(scores.shape[1])
    first = scores.shape[1] - limit
    return np.unique(np.argpartition(scores, first, axis=1)[:, first:]).astype(np.int64)


class IndexedVectors:
    """Nearest neighbours from Chroma, cosines from an array on disk."""

    def __init__(self, store: ChromaVectors, vectors: NDArray[np.float16]) -> None:
        self.store = store
        self.vectors = vectors

    def nearest(self, vectors: Floats, limit: int) -> Rows:
        """The rows nearest to each of ``vectors`` as Chroma's index finds them (about 97 of 100 of the true ones), together."""
        return np.unique(np.concatenate([self.store.nearest(vector, limit) for vector in vectors]))

    def similarity(self, vector: Floats, rows: Rows) -> Floats:
        """Cosine of ``vector`` with each of ``rows``."""
        out: Floats = self.of(rows) @ vector
        return out

    def of(self, rows: Rows) -> Floats:
        """The vectors of ``rows``."""
        out: Floats = self.vectors[rows].astype(np.float32)
        return out


def write_vectors(folder: Path, model: str | None, batches: Iterable[Floats], name: str = "vectors") -> int:
    """Writes ``name.npy`` in ``folder`` (half precision) and a note naming ``model``, each whole or not at all; returns the number of rows."""
    rows = [batch.astype(np.float16) for batch in batches]
    count = sum(map(len, rows))
    if count:
        part = folder / f"{name}.part.npy"
        np.save(part, np.concatenate(rows), allow_pickle=False)
        part.replace(folder / f"{name}.npy")
    _write_note(folder, {"model": model if count else None, "rows": count}, name)
    return count


def _write_note(folder: Path, note: dict[str, Any], name: str) -> None:
    part = folder / f"{name}.json.part"
    part.write_text(json.dumps(note), encoding="utf-8")
    part.replace(folder / f"{name}.json")


def _stored(folder: Path, model: str, name: str) -> tuple[dict[str, Any], NDArray[np.float16]] | None:
    try:
        note = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        if note["model"] != model:
            return None
        return note, np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, KeyError):
        return None


def vectors_written(folder: Path, model: str | None, name: str = "vectors") -> bool:
    """True when vectors of ``model`` (``None``: the note that there are none) stand in ``folder``."""
    try:
        note = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        return bool(note["model"] == model and (model is None or (folder / f"{name}.npy").is_file()))
    except (OSError, ValueError, KeyError):
        return False


def open_dense(folder: Path, model: str, name: str = "vectors", *, many: int = MANY) -> Dense | None:
    """The vectors written in ``folder``, when they belong to ``model``: from ``many`` rows on through Chroma if it holds them all, else exact."""
    found = _stored(folder, model, name)
    if found is None:
        return None
    note, stored = found
    if note.get("chroma") and len(stored) >= many:
        store = ChromaVectors(folder / "chroma", model)
        if store.count() == len(stored):
            return IndexedVectors(store, stored)
    return ExactVectors(stored.astype(np.float32))


def fill_chroma(folder: Path, model: str, name: str = "vectors", progress: Callable[[int, int], None] | None = None) -> int:
    """Puts the vectors written in ``folder`` into Chroma; returns how many, 0 when there are none of ``model``."""
    found = _stored(folder, model, name)
    if found is None:
        return 0
    note, stored = found
    with ChromaVectors.writing(folder / "chroma", model) as store:
        store.rebuild(stored, progress)
    _write_note(folder, note | {"chroma": True}, name)
    return len(stored)


class ChromaVectors:
    """One Chroma collection in a folder of our own. Ids are row numbers."""

    def __init__(self, folder: Path, model: str) -> None:
        """Opens the collection for ``model``; creates nothing.

        Raises:
            LibraryDamaged: the folder was not written by this program, or its collection names an embedding function.
        """
        self.folder = folder
        self.model = model
        self._locked = False
        if folder.exists() and any(folder.iterdir()) and not (folder / _NOTE).is_file():
            raise LibraryDamaged(f"向量目录 {folder.name} 不是本程序写的，不打开。请删除它，再运行 jianzheng reindex。")
        self._client = _client(folder)
        self._collection: Any = self._find()

    @classmethod
    @contextmanager
    def writing(cls, folder: Path, model: str) -> Iterator[ChromaVectors]:
        """The collection for writing, with the one writer's lock.

        Raises:
            LibraryLocked: another process is writing.
        """
        folder.mkdir(parents=True, exist_ok=True)
        lock = folder.with_name(folder.name + ".lock").open("a+", encoding="utf-8")
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise LibraryLocked("另一个进程正在写入向量，同一时间只能有一个写入者。请等它完成后再试。") from None
            if not any(folder.iterdir()):
                (folder / _NOTE).write_text(json.dumps({"writer": "jianzheng"}), encoding="utf-8")
            store = cls(folder, model)
            store._locked = True
            yield store
            store._locked = False
        finally:
            lock.close()

    def _find(self) -> Any:
        for name in self._names():
            if name == self.model:
                # configuration as stored, read before anything is built from it
                stored = self._client._server.get_collection(name).configuration_json
                named = (stored or {}).get("embedding_function")
                if named and named.get("type") != "legacy":
                    raise LibraryDamaged(f"向量目录 {self.folder.name} 指定了外来的向量函数，不打开。请删除它，再运行 jianzheng reindex。")
                return self._client.get_collection(name, embedding_function=None)
        return None

    def _names(self) -> list[str]:
        return [item.name for item in self._client._server.list_collections()]

    def count(self) -> int:
        """How many vectors the collection holds; 0 when there is no collection."""
        return int(self._collection.count()) if self._collection is not None else 0

    def nearest(self, vector: Floats, limit: int) -> Rows:
        """Row numbers nearest to ``vector``, best first; empty when there is nothing."""
        if self._collection is None or not limit:
            return np.zeros(0, np.int64)
        found = self._collection.query(query_embeddings=[vector.tolist()], n_results=limit, include=[])
        return np.array([int(key) for key in found["ids"][0]], dtype=np.int64)

    def rebuild(self, vectors: NDArray[Any], progress: Callable[[int, int], None] | None = None) -> None:
        """Replaces the collection by ``vectors`` (rows, dimensions); a batch that is not found again starts it over, once.

        Raises:
            LibraryDamaged: vectors were lost twice.
        """
        for attempt in (1, 2):
            if all(self._write(vectors, progress)):
                return
            if attempt == 2:
                raise LibraryDamaged("向量写入后查不到，重建一次后仍然如此。请检查磁盘，再运行 jianzheng reindex。")

    def _write(self, vectors: NDArray[Any], progress: Callable[[int, int], None] | None) -> Iterable[bool]:
        assert self._locked, "writing needs ChromaVectors.writing"
        if self.model in self._names():
            self._client.delete_collection(self.model)
        settings = {"hnsw": {"space": "cosine", "ef_search": 200}}
        self._collection = self._client.create_collection(self.model, embedding_function=None, configuration=settings)
        for first in range(0, len(vectors), BATCH):
            batch = np.asarray(vectors[first : first + BATCH], dtype=np.float32)
            ids = range(first, first + len(batch))
            self._collection.upsert(ids=[str(n) for n in ids], embeddings=batch)
            if progress:
                progress(first + len(batch), len(vectors))
            yield self.holds(batch, first)

    def holds(self, batch: Floats, first: int) -> bool:
        """True when vectors of ``batch`` (rows ``first``…) are found by themselves, or by one that equals them; zero vectors are not asked for."""
        asked = np.nonzero(np.linalg.norm(batch, axis=1) > 0.5)[0]
        asked = asked[:: max(1, len(asked) // CHECKED)]
        if not len(asked):
            return True
        found = self._collection.query(query_embeddings=batch[asked], n_results=1, include=["distances"])
        own = [ids and int(ids[0]) == first + int(n) for n, ids in zip(asked, found["ids"], strict=True)]
        same = [bool(d) and abs(d[0]) < TOLERANCE for d in found["distances"]]
        return all(a or b for a, b in zip(own, same, strict=True))


def _client(folder: Path) -> Any:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    import chromadb
    from chromadb.config import Settings

    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / _NOTE).is_file():
        (folder / _NOTE).write_text(json.dumps({"writer": "jianzheng"}), encoding="utf-8")
    try:
        return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False))
    except Exception as error:
        raise LibraryDamaged(f"向量目录打不开（{error}）。请删除 {folder.name} 后运行 jianzheng reindex。") from error
