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
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import LibraryDamaged, LibraryLocked

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

BATCH = 5_000  # Chroma refuses more than 5,461 at a time
CHECKED = 25  # vectors of each batch that are asked for again
TOLERANCE = 1e-3  # cosine distance at which two vectors are the same
_NOTE = "jianzheng.json"


class Dense(Protocol):
    """Vectors of all rows of a shelf."""

    def nearest(self, vector: Floats, limit: int) -> Rows:
        """The rows nearest to ``vector``, best first."""

    def similarity(self, vector: Floats, rows: Rows) -> Floats:
        """Cosine of ``vector`` with each of ``rows``."""


class ExactVectors:
    """All vectors in memory; nearest by comparing with every one."""

    def __init__(self, vectors: Floats) -> None:
        self.vectors = vectors

    def nearest(self, vector: Floats, limit: int) -> Rows:
        """The rows nearest to ``vector``, best first."""
        scores = self.vectors @ vector
        if limit < len(scores):
            top = np.argpartition(-scores, limit)[:limit]
        else:
            top = np.arange(len(scores))
        return top[np.argsort(-scores[top], kind="stable")].astype(np.int64)

    def similarity(self, vector: Floats, rows: Rows) -> Floats:
        """Cosine of ``vector`` with each of ``rows``."""
        out: Floats = self.vectors[rows] @ vector
        return out


class IndexedVectors:
    """Nearest neighbours from Chroma, cosines from an array on disk."""

    def __init__(self, store: ChromaVectors, vectors: NDArray[np.float16]) -> None:
        self.store = store
        self.vectors = vectors

    def nearest(self, vector: Floats, limit: int) -> Rows:
        """The rows nearest to ``vector`` as Chroma's index finds them (about 97 of 100 of the true ones)."""
        return self.store.nearest(vector, limit)

    def similarity(self, vector: Floats, rows: Rows) -> Floats:
        """Cosine of ``vector`` with each of ``rows``."""
        out: Floats = self.vectors[rows].astype(np.float32) @ vector
        return out


def open_dense(folder: Path, model: str) -> Dense | None:
    """The vectors written beside a lexical index, when they belong to ``model``: through Chroma where it holds them all, else exact."""
    try:
        note = json.loads((folder / "vectors.json").read_text(encoding="utf-8"))
        if note["model"] != model:
            return None
        stored = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, KeyError):
        return None
    chroma = folder / "chroma"
    if note.get("chroma") and chroma.is_dir():
        store = ChromaVectors(chroma, model)
        if store.count() == len(stored):
            return IndexedVectors(store, np.asarray(stored))
    return ExactVectors(np.asarray(stored).astype(np.float32))


def fill_chroma(folder: Path, model: str, progress: Callable[[int, int], None] | None = None) -> int:
    """Puts the vectors written beside a lexical index into Chroma; returns how many, 0 when there are none of ``model``."""
    try:
        note = json.loads((folder / "vectors.json").read_text(encoding="utf-8"))
        stored = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return 0
    if note.get("model") != model:
        return 0
    with ChromaVectors.writing(folder / "chroma", model) as store:
        store.rebuild(np.asarray(stored), progress)
    note["chroma"] = True
    part = folder / "vectors.json.part"
    part.write_text(json.dumps(note), encoding="utf-8")
    part.replace(folder / "vectors.json")
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
