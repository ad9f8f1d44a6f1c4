"""The records that search works on, as memory-mapped arrays: texts, groups, dates, and what a hit shows.

A shelf is written once by ``ShelfWriter`` and never changed; a new one replaces it whole. It is a cache of the store: everything here can
be rebuilt.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import LibraryDamaged
from knowledge.segment import U16, encode

FORMAT = 2  # 1 kept what a hit shows as JSON; still read
BEGINNING, NEVER = 0, 3_652_060  # day ordinals outside every date: unknown start, no end
_ARRAYS = ("text", "text_at", "head", "head_at", "law", "chapter", "number", "region", "level", "kind", "since", "until", "ids", "blob_at")


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that search can find: an article 条 of a law or a row 条目 of a list.

    ``id`` is the store's row, unique within its ``kind``; ``name`` groups versions of a law, ``title`` is printed; ``effective`` and
    ``ended`` are ISO
    dates (in force on ``[effective, ended)``), ``None`` when unknown or open; ``locator`` and ``sha256`` are passed through to whoever
    shows the hit.
    """

    id: int
    ref: str
    name: str
    title: str
    headings: tuple[str, ...]
    text: str
    label: str
    document: str
    level: str = "unknown"
    region: str = "全国"
    effective: str | None = None
    ended: str | None = None
    kind: str = "provision"
    doc_number: str | None = None
    number: int | None = None
    sha256: str | None = None
    locator: str | None = None  # JSON


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may return. ``regions`` is a region and those above it; ``day`` keeps what is in force then. ``None`` does not
    limit."""

    regions: tuple[str, ...] | None = None
    day: date | None = None
    levels: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None

    @property
    def unlimited(self) -> bool:
        """True when everything is allowed."""
        return self.regions is None and self.day is None and self.levels is None and self.kinds is None


def ordinal(day: str | None, unknown: int) -> int:
    """Day number of an ISO date, ``unknown`` for none or a malformed one."""
    try:
        return date.fromisoformat(day).toordinal() if day else unknown
    except ValueError:
        return unknown


class _Vocabulary:
    def __init__(self) -> None:
        self.of: dict[str, int] = {}

    def __call__(self, value: str) -> int:
        return self.of.setdefault(value, len(self.of))


class ShelfWriter:
    """Collects records and writes the arrays into ``folder`` on ``close``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._texts: list[U16] = []
        self._heads: list[U16] = []
        self._columns = array("q")  # numbers, not tuples: a million of those would be walked by every collection of garbage
        self._names = {key: _Vocabulary() for key in ("law", "chapter", "region", "level", "kind")}
        self._groups: dict[tuple[str, str, tuple[str, ...]], tuple[int, int]] = {}
        self._ordinal = lru_cache(maxsize=4096)(ordinal)
        self._blob = (folder / "blob").open("wb")
        self._blob_at = array("q", [0])
        self._references = (folder / "references").open("w", encoding="utf-8")

    def add(self, record: Record, text: U16, head: U16) -> None:
        """Adds ``record`` with its encoded ``text`` and ``head`` (name and headings)."""
        names = self._names
        self._texts.append(text)
        self._heads.append(head)
        group = record.document, record.name, record.headings
        found = self._groups.get(group)
        if found is None:
            law = record.document + "\0" + record.name
            found = self._groups[group] = names["law"](law), names["chapter"](law + "\0" + "\0".join(record.headings))
        self._columns.extend(
            (
                *found,
                record.number or 0,
                names["region"](record.region),
                names["level"](record.level),
                names["kind"](record.kind),
                self._ordinal(record.effective, BEGINNING),
                self._ordinal(record.ended, NEVER),
                record.id,
            )
        )
        line = _shown(record)
        self._blob.write(line)
        named = f"{record.ref}\t{record.name}\t{record.label}\t{record.document}"
        if named.count("\t") != 3 or "\n" in named or "\r" in named:
            named = "\t".join(" ".join(field.split()) for field in (record.ref, record.name, record.label, record.document))
        self._references.write(named + "\n")
        self._blob_at.append(self._blob_at[-1] + len(line))

    def close(self, corpus: str) -> None:
        """Writes everything; ``corpus`` is the hash of what the records came from."""
        self._blob.close()
        self._references.close()
        columns = np.array(self._columns, dtype=np.int64).reshape(len(self._texts), 9)
        lengths = np.array([(len(t), len(h)) for t, h in zip(self._texts, self._heads, strict=True)], dtype=np.int64)
        lengths = lengths.reshape(len(self._texts), 2)
        at = np.zeros((len(lengths) + 1, 2), dtype=np.int64)
        np.cumsum(lengths, axis=0, out=at[1:])
        flat = np.zeros(0, np.uint16)
        arrays: dict[str, NDArray[np.generic]] = {
            "text": np.concatenate([*self._texts, flat]),
            "head": np.concatenate([*self._heads, flat]),
            "text_at": at[:, 0].copy(),
            "head_at": at[:, 1].copy(),
            "blob_at": np.array(self._blob_at, dtype=np.int64),
        }
        for n, name in enumerate(("law", "chapter", "number", "region", "level", "kind", "since", "until", "ids")):
            arrays[name] = columns[:, n].astype(np.int64 if name == "ids" else np.int32)
        for name in _ARRAYS:
            np.save(self.folder / f"{name}.npy", arrays[name], allow_pickle=False)
        meta = {"format": FORMAT, "records": len(columns), "corpus": corpus}
        meta["names"] = {k: list(self._names[k].of) for k in ("region", "level", "kind")}
        (self.folder / "shelf.json").write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")


_FIELD, _PART = "\x1f", "\x1e"  # unit and record separators: joining is many times faster than JSON for a hundred thousand records
_SHOWN = ("ref", "name", "title", "headings", "text", "label", "document", "effective", "ended", "doc_number", "sha256", "locator")


def _shown(record: Record) -> bytes:
    fields = [
        record.ref, record.name, record.title, _PART.join(record.headings), record.text, record.label, record.document,
        record.effective or "", record.ended or "", record.doc_number or "", record.sha256 or "", record.locator or "",
    ]  # fmt: skip
    line = _FIELD.join(fields)
    if line.count(_FIELD) >= len(fields):
        line = _FIELD.join(field.replace(_FIELD, " ") for field in fields)
    return line.encode("utf-8", "replace")


def _read_shown(raw: bytes) -> dict[str, Any]:
    values = raw.decode("utf-8").split(_FIELD)
    shown: dict[str, Any] = dict(zip(_SHOWN, values, strict=True))
    shown["headings"] = tuple(filter(None, shown["headings"].split(_PART)))
    return shown | {name: shown[name] or None for name in _SHOWN[7:]}


class Shelf:
    """The arrays of a written shelf. Row numbers are positions on the shelf, not the store's ids."""

    def __init__(self, folder: Path) -> None:
        try:
            meta = json.loads((folder / "shelf.json").read_text(encoding="utf-8"))
            if meta["format"] not in (1, FORMAT):
                raise ValueError(f"format {meta['format']}")
            loaded = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS}
        except (OSError, ValueError, KeyError) as error:
            raise LibraryDamaged(f"检索索引打不开（{folder.name}：{error}）。请运行 jianzheng reindex 重建索引。") from error
        self.folder = folder
        self.size: int = meta["records"]
        self.corpus: str = meta["corpus"]
        self._json = meta["format"] == 1
        self._names: dict[str, list[str]] = meta["names"]
        loaded = {name: np.asarray(array) for name, array in loaded.items()}  # plain views: slicing a memmap object is slow
        self.text: U16 = loaded["text"]
        self.text_at: NDArray[np.int64] = loaded["text_at"]
        self.head: U16 = loaded["head"]
        self.head_at: NDArray[np.int64] = loaded["head_at"]
        small = {n: np.array(loaded[n]) for n in ("law", "chapter", "number", "region", "level", "kind", "since", "until", "ids")}
        self.law: NDArray[np.int32] = small["law"]
        self.chapter: NDArray[np.int32] = small["chapter"]
        self.number: NDArray[np.int32] = small["number"]
        self.level: NDArray[np.int32] = small["level"]
        self.kind: NDArray[np.int32] = small["kind"]
        self.region: NDArray[np.int32] = small["region"]
        self.since: NDArray[np.int32] = small["since"]
        self.until: NDArray[np.int32] = small["until"]
        self.ids: NDArray[np.int64] = small["ids"]
        self._blob_at = loaded["blob_at"]
        self._blob: NDArray[np.uint8] = np.memmap(folder / "blob", dtype=np.uint8, mode="r") if self.size else np.zeros(0, np.uint8)
        self.mask = lru_cache(maxsize=16)(self._mask)

    def _mask(self, scope: Scope) -> NDArray[np.bool_]:
        """Rows that ``scope`` allows. What has no known date is kept: unknown is not out of force."""
        keep = np.ones(self.size, dtype=np.bool_)
        for column, wanted, name in (
            (self.region, scope.regions, "region"),
            (self.level, scope.levels, "level"),
            (self.kind, scope.kinds, "kind"),
        ):
            if wanted is not None:
                codes = [n for n, value in enumerate(self._names[name]) if value in wanted]
                keep &= np.isin(column, codes)
        if scope.day is not None:
            day = scope.day.toordinal()
            keep &= (self.since <= day) & (day < self.until)
        return keep

    def name_of(self, column: str, row: int) -> str:
        """The ``region``, ``level`` or ``kind`` of a row."""
        codes: NDArray[np.int32] = getattr(self, column)
        return self._names[column][int(codes[row])]

    def code_of(self, column: str, value: str) -> int:
        """The number a ``region``, ``level`` or ``kind`` has here, −1 when no record has it."""
        names = self._names[column]
        return names.index(value) if value in names else -1

    def record(self, row: int) -> Record:
        """The record at ``row``."""
        raw = self._blob[int(self._blob_at[row]) : int(self._blob_at[row + 1])].tobytes()
        if self._json:
            shown: dict[str, Any] = dict(zip(_SHOWN, json.loads(raw), strict=True))
            shown["headings"] = tuple(shown["headings"])
        else:
            shown = _read_shown(raw)
        return Record(
            id=int(self.ids[row]),
            level=self.name_of("level", row),
            region=self.name_of("region", row),
            kind=self.name_of("kind", row),
            number=int(self.number[row]) or None,
            **shown,
        )

    def references(self) -> Iterator[tuple[str, str, str, str]]:
        """Reference, name, label and document of every row, in order."""
        for line in (self.folder / "references").read_text(encoding="utf-8").splitlines():
            ref, name, label, document = line.split("\t")
            yield ref, name, label, document

    def slice(self, rows: NDArray[np.int64], part: str = "text") -> tuple[U16, NDArray[np.int64]]:
        """Code units of the ``text`` or ``head`` of ``rows``, end to end, and for each unit the position of its row in ``rows``."""
        flat, at = (self.text, self.text_at) if part == "text" else (self.head, self.head_at)
        begin, size = at[rows], at[rows + 1] - at[rows]
        owner = np.repeat(np.arange(len(rows)), size)
        before = np.cumsum(size) - size
        where = np.arange(len(owner)) - before[owner] + begin[owner]
        return flat[where], owner


def encode_many(texts: Sequence[str]) -> Iterable[U16]:
    """``encode`` for many texts with one pass; a NUL inside a text is taken as a space."""
    flat = encode("\0".join(t.replace("\0", " ") for t in texts))
    if sum(map(len, texts)) + len(texts) - 1 != len(flat):
        return [encode(t) for t in texts]
    if not texts:
        return []
    pieces = np.split(flat, np.cumsum([len(t) + 1 for t in texts[:-1]]))
    return [piece[: len(text)] for piece, text in zip(pieces, texts, strict=True)]
