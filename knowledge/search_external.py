"""Vectors of another LangChain embedding beside the library's own: made once per text, kept between rebuilds, stored in Chroma."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge.candidates import Engine
from knowledge.errors import BadSetting
from knowledge.lexical import LexicalIndex, head_text
from knowledge.vectors import fill_chroma, open_dense, write_vectors
from knowledge.wordvectors import unit

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

Floats = NDArray[np.float32]
T = TypeVar("T")

BATCH = 256
_FILE = "vectors-external"


def with_embedding(
    engine: Engine, folder: Path, embeddings: Embeddings, name: str, progress: Callable[[int, int], None] | None = None
) -> Engine:
    """``engine`` with the vectors of ``embeddings`` in place of its own, and without what was learned on those.

    Args:
        folder: the search folder of the library; texts embedded before are found there.
        name: the embedding's setting; vectors of different names are never mixed.

    Raises:
        BadSetting: the embedding fails, or gives vectors of changing size.
    """
    model = collection_name(name)
    dense = open_dense(engine.index.folder, model, _FILE)
    if dense is None:
        vectors = _embedded(engine.index, folder / f"{model}.npz", embeddings, progress)
        write_vectors(engine.index.folder, model, [vectors], _FILE)
        fill_chroma(engine.index.folder, model, _FILE)
        dense = open_dense(engine.index.folder, model, _FILE)

    def encode(text: str) -> Floats:
        asked: Floats = np.array([_asked(lambda: embeddings.embed_query(text))], dtype=np.float32)
        vector: Floats = unit(asked)[0]
        return vector

    return replace(engine, words=None, dense=dense, memory=None, encode=encode)


def collection_name(setting: str) -> str:
    """An ASCII name for Chroma: readable as far as possible, unique by a hash."""
    plain = re.sub(r"[^a-zA-Z0-9]+", "-", setting).strip("-")[-40:]
    return f"ext-{plain}-{hashlib.sha256(setting.encode()).hexdigest()[:12]}"


def _embedded(index: LexicalIndex, kept: Path, embeddings: Embeddings, progress: Callable[[int, int], None] | None) -> Floats:
    texts = []
    for row in range(index.shelf.size):
        record = index.shelf.record(row)
        texts.append(f"{head_text(record)} {record.label}\n{record.text}")
    keys = np.array([int.from_bytes(hashlib.sha256(t.encode()).digest()[:8], "big") for t in texts], dtype=np.uint64)
    known = _read(kept)
    new = sorted({int(k): n for n, k in enumerate(keys) if int(k) not in known}.values())
    for first in range(0, len(new), BATCH):
        part = new[first : first + BATCH]
        made = _asked(lambda part=part: embeddings.embed_documents([texts[n] for n in part]))  # type: ignore[misc]
        known |= {int(keys[n]): np.array(v, dtype=np.float16) for n, v in zip(part, made, strict=True)}
        if progress:
            progress(first + len(part), len(new))
    if len({v.shape for v in known.values()}) > 1:
        raise BadSetting("向量服务给出的向量长短不一。请检查 embedding 设置是否换了模型，换了就改用新的名字。")
    if new:
        part_file = kept.with_suffix(".part.npz")
        np.savez(part_file, keys=np.array(list(known), dtype=np.uint64), vectors=np.stack(list(known.values())))
        part_file.replace(kept)
    return unit(np.stack([known[int(k)] for k in keys]).astype(np.float32))


def _read(kept: Path) -> dict[int, NDArray[np.float16]]:
    if not kept.is_file():
        return {}
    with np.load(kept, allow_pickle=False) as data:
        return dict(zip(data["keys"].tolist(), data["vectors"], strict=True))


def _asked(call: Callable[[], T]) -> T:
    try:
        return call()
    except Exception as error:
        raise BadSetting(f"向量服务没有给出向量（{type(error).__name__}：{error}）。请检查 embedding 与 embedding_url 设置。") from error
