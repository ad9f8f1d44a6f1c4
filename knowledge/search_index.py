"""Builds and finds what search needs beside the store: records, lexical index, vectors, models. All of it can be rebuilt from the library."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from knowledge import lexical, memory, ranker, wordvectors
from knowledge.errors import BadSetting, LibraryDamaged, NotFound
from knowledge.lexical import BuildReport, LexicalIndex
from knowledge.shelf import Record
from knowledge.types import Locator
from knowledge.vectors import MANY, fill_chroma, vectors_written, write_vectors
from knowledge.wordvectors import WordVectors

if TYPE_CHECKING:
    from knowledge.store import Library, StoredEntry, StoredProvision

Floats = NDArray[np.float32]

FOLDER = "search"
ENOUGH = 2_000  # records from which word vectors are worth fitting


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """What ``refresh`` did: ``records`` indexed (0 when everything was up to date) in ``seconds``, on how many ``bytes`` of disk."""

    records: int
    seconds: float
    bytes: int = 0
    vectors: int = 0


def folder_of(library: Library) -> Path:
    """Where the search indexes of a library live."""
    return library.folder / FOLDER


def records(library: Library) -> Iterator[Record]:
    """Everything search can find: provisions of norms and rows of lists, in the store's order. Drafts and guides are not law and stay out."""
    for provision in library.iter_provisions(4_000):
        if provision.instrument is not None:
            yield provision_record(provision)
    for entry in library.entries():
        yield entry_record(entry)


def provision_record(found: StoredProvision) -> Record:
    """An article as search sees it."""
    assert found.instrument is not None
    norm, item = found.instrument.instrument, found.provision
    return Record(
        id=found.id,
        ref=item.ref,
        name=norm.name,
        title=norm.title,
        headings=item.headings,
        text=item.text,
        label=item.label,
        document=found.file,
        level=str(norm.level),
        region=norm.region,
        effective=norm.effective.isoformat() if norm.effective else None,
        ended=norm.ended.isoformat() if norm.ended else None,
        doc_number=norm.doc_number,
        number=item.number,
        sha256=found.sha256,
        locator=_place(item.locator),
    )


def entry_record(found: StoredEntry) -> Record:
    """A list row as search sees it: its filled cells are its text."""
    item = found.entry
    cells = (item.proof_name, item.matter, item.purpose, item.original_basis, item.requesting_body, item.issuing_body, item.replacement)
    day = found.effective or found.published
    return Record(
        id=found.id,
        ref=found.ref,
        name=found.title or found.file,
        title=found.title or found.file,
        headings=(),
        text="\n".join(cell for cell in cells if cell),
        label=f"第{found.row_number}行",
        document=found.file,
        region=found.region or "全国",
        effective=day.isoformat() if day else None,
        kind="entry",
        doc_number=found.doc_number,
        number=found.row_number,
        sha256=found.sha256,
        locator=_place(item.locator),
    )


def _place(locator: Locator) -> str | None:
    given: dict[str, Any] = {name: value for name in _PLACE if (value := getattr(locator, name)) not in (None, ())}
    return json.dumps(given, separators=(",", ":")) if given else None


_PLACE = ("page", "sheet", "table", "row", "chars", "boxes")


def refresh(library: Library, *, force: bool = False, progress: Callable[[str], None] | None = None) -> RefreshReport:
    """Brings the full-text index and then the vectors in step with the store; does nothing when they are.

    The old index serves until the new one is whole; a killed refresh changes nothing.
    """
    started = time.perf_counter()
    tell = progress or (lambda _: None)
    tell("全文索引")
    built = refresh_lexical(library, force=force)
    tell("向量")
    vectors = refresh_vectors(library, force=force)
    return replace(built, seconds=time.perf_counter() - started, vectors=vectors)


def refresh_lexical(library: Library, *, force: bool = False) -> RefreshReport:
    """Brings the full-text index alone in step with the store: what a search needs at once. Until ``refresh_vectors`` has run, search does
    without vectors."""
    started = time.perf_counter()
    folder, corpus = folder_of(library), library.corpus_hash()
    opened = None if force else _opened(folder)
    if opened is not None and opened.corpus == corpus:
        return RefreshReport(0, time.perf_counter() - started)
    built: BuildReport = lexical.build(records(library), folder, corpus=corpus, words=_own_words())
    return RefreshReport(built.records, time.perf_counter() - started, built.bytes)


def refresh_vectors(library: Library, *, force: bool = False, progress: Callable[[int, int], None] | None = None) -> int:
    """Brings the vectors in step with the published full-text index; returns how many were written, 0 when they were.

    May run in the background while others search: they see the vectors once they are whole. ``progress`` is told (done, total). ``force`` fills
    Chroma too, where the library is large enough for it.

    Raises:
        NotFound: no full-text index has been published.
    """
    folder = folder_of(library)
    index = LexicalIndex(folder)
    words = word_vectors(folder, index)
    name = words.name if words else None
    if not force and vectors_written(index.folder, name):
        return 0
    made = embed_all(index, words) if words else iter(())
    vectors = write_vectors(index.folder, name, _told(made, index.shelf.size, progress))
    if words and force and vectors >= MANY:
        fill_chroma(index.folder, words.name, progress=progress)
    return vectors


def _told(batches: Iterable[Floats], total: int, progress: Callable[[int, int], None] | None) -> Iterator[Floats]:
    done = 0
    for batch in batches:
        yield batch
        done += len(batch)
        if progress:
            progress(done, total)


def _opened(folder: Path) -> LexicalIndex | None:
    try:
        return LexicalIndex(folder)
    except (NotFound, LibraryDamaged):
        return None


def is_current(library: Library) -> bool:
    """True when the published index was built from exactly what the library holds now, and its vectors are written."""
    index = _opened(folder_of(library))
    return index is not None and index.corpus == library.corpus_hash() and (index.folder / "vectors.json").is_file()


def _own_words() -> tuple[str, ...]:
    """Names of proofs that segmentation must not cut."""
    try:
        from knowledge.lexicon_data import load_data

        data = load_data()
        return tuple(sorted({proof.name for proof in data.proofs.values() if 2 < len(proof.name) <= 8}))
    except (ImportError, AttributeError, BadSetting):
        return ()


def model_file(folder: Path, name: str) -> Path | None:
    """A model file: the library's own (``jianzheng train``) before the shipped one; ``None`` when there is neither."""
    own = folder / "model" / name
    if own.is_file():
        return own
    shipped = resources.files("knowledge").joinpath("data", name)
    with resources.as_file(shipped) as file:
        return file if file.is_file() else None


def word_vectors(folder: Path, index: LexicalIndex) -> WordVectors | None:
    """The library's own word vectors, the shipped ones, or freshly fitted ones; ``None`` for a library too small to fit any."""
    file = model_file(folder, "words.npz")
    if file is not None:
        return wordvectors.load(file)
    if index.shelf.size < ENOUGH:
        return None
    model = wordvectors.fit(index.word_ids, index.word_at, index.dictionary)
    (folder / "model").mkdir(exist_ok=True)
    wordvectors.save(model, folder / "model" / "words.npz")
    return model


def embed_all(index: LexicalIndex, model: WordVectors, step: int = 20_000) -> Iterator[Floats]:
    """Vectors of all rows, in batches."""
    vocabulary = model.vocabulary(index.dictionary)
    at = index.word_at
    for first in range(0, index.shelf.size, step):
        last = min(first + step, index.shelf.size)
        owner = np.repeat(np.arange(last - first), np.diff(at[first : last + 1]))
        yield model.records(vocabulary[index.word_ids[at[first] : at[last]]], owner, last - first)


def load_ranker(folder: Path) -> ranker.Ranker | None:
    """The library's own ranker or the shipped one."""
    file = model_file(folder, "ranker.json")
    return ranker.load(file) if file else None


def load_memory(folder: Path) -> memory.Confirmed | None:
    """The library's own memory of confirmed questions or the shipped one."""
    file = model_file(folder, "memory.npz")
    return memory.load(file) if file else None


def load_asked(folder: Path) -> memory.Confirmed | None:
    """The example questions as the library's models learned them; ``None`` where they were not learned."""
    file = model_file(folder, "asked.npz")
    return memory.load(file) if file else None
