"""The reading half of the pipeline: one file → rows ready to store, or the reason why not. Runs in the reading processes."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from knowledge.errors import JianzhengError, RejectedFile
from knowledge.store import Prepared, prepare
from knowledge.types import Conservation, Locator, ParsedDocument, Problem

log = logging.getLogger(__name__)
_CODE = Path(__file__).parent
_LARGEST = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Given:
    """What the user says about the files; wins over what they say themselves."""

    region: str | None = None
    kind: str | None = None
    published: date | None = None

    def as_dict(self) -> dict[str, str]:
        values = {"region": self.region, "kind": self.kind, "published": self.published.isoformat() if self.published else None}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_dict(cls, values: Mapping[str, str]) -> Given:
        published = values.get("published")
        return cls(values.get("region"), values.get("kind"), date.fromisoformat(published) if published else None)


@dataclass(frozen=True, slots=True)
class Known:
    """How a file in the library was read: by which edition of the code, with which hand-given values."""

    ref: str
    parser: str
    given: Mapping[str, str]
    kind: str | None = None
    title: str | None = None
    counts: tuple[int, int, int] = (0, 0, 0)  # provisions, entries, requirements


@dataclass(frozen=True, slots=True)
class Read:
    """One file as read: ``prepared`` to store, or ``reason`` for a rejection, or ``known``, the document it already is."""

    path: Path
    sha256: str | None = None
    prepared: Prepared | None = None
    known: Known | None = None
    reason: str | None = None
    problems: tuple[Problem, ...] = ()
    conservation: Conservation | None = None
    seconds: float = 0.0


@lru_cache(maxsize=1)
def parser_fingerprint() -> str:
    """Changes with the reading code and its data: a file is read again when this changed."""
    digest = hashlib.sha256()
    for file in sorted([*_CODE.glob("*.py"), *(_CODE / "data").glob("*"), _CODE.parent / "knowledge" / "text.py"]):
        if file.is_file() and not file.name.startswith("pipeline"):
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def read_all(paths: Sequence[Path], given: Given, known: Mapping[str, Known], parser: str) -> list[Read]:
    """Each file on its own; never raises for a bad file."""
    return [read_one(path, given, known, parser) for path in paths]


def read_one(path: Path, given: Given, known: Mapping[str, Known], parser: str) -> Read:
    """Read one file; a known one (same bytes, same reading code, nothing new said by hand) is not parsed again."""
    start = time.perf_counter()
    sha256 = None
    try:
        sha256 = _hash(path)
        before = known.get(sha256)
        if before:
            given = given if given.as_dict() else Given.from_dict(before.given)
            if before.parser == parser and dict(before.given) == given.as_dict():
                return Read(path, sha256, known=before, seconds=time.perf_counter() - start)
        parsed = parse(path, given)
        if parsed.sha256 != sha256:
            raise RejectedFile(f"文件 {path.name} 在读取过程中被改动，未入库。请等它写完再入库。")
        prepared = prepare(parsed, path=str(path.resolve()), given=given.as_dict(), parser=parser, repeals=_repeals(parsed))
    except RejectedFile as error:
        return Read(path, sha256, reason=str(error), seconds=time.perf_counter() - start)
    except JianzhengError as error:
        return Read(path, sha256, reason=f"文件 {path.name} 未入库：{error}", seconds=time.perf_counter() - start)
    except Exception as error:
        log.exception("reading %s failed", path)
        fault = f"{type(error).__name__}: {str(error)[:120]}"
        reason = f"读取文件 {path.name} 时程序出错（{fault}），未入库。可另存为其他格式再试，并把这句话告诉维护者。"
        return Read(path, sha256, reason=reason, seconds=time.perf_counter() - start)
    return Read(path, sha256, prepared, None, None, parsed.problems, parsed.conservation, time.perf_counter() - start)


def parse(path: Path, given: Given | None = None, folder: str | None = None) -> ParsedDocument:
    """What ``ingest`` stores and ``parse`` prints for one file; ``folder`` (行政法规, DLC/浙江地方法规/…) hints at level and region.

    Raises:
        RejectedFile: the file cannot be read.
    """
    from ingest.parse import parse_file

    given = given or Given()
    return with_given(parse_file(path, kind=given.kind, folder=folder or "/".join(path.resolve().parent.parts[-4:])), given)


def with_given(parsed: ParsedDocument, given: Given) -> ParsedDocument:
    """The document with the hand-given region, kind and date; an undated norm takes the given date as its version."""
    parsed = replace(parsed, region=given.region or parsed.region, published=given.published or parsed.published)
    norm = parsed.instrument
    if norm is None:
        return parsed
    new = replace(norm, region=given.region or norm.region, published=given.published or norm.published)
    if given.published and norm.version == "undated":
        new = replace(new, version=given.published.isoformat())
    if new.ref == norm.ref:
        return replace(parsed, instrument=new)
    old = len(norm.ref)
    return replace(
        parsed,
        instrument=new,
        provisions=tuple(replace(item, ref=new.ref + item.ref[old:]) for item in parsed.provisions),
        requirements=tuple(
            replace(item, provision=new.ref + item.provision[old:]) if item.provision.startswith(norm.ref) else item
            for item in parsed.requirements
        ),
    )


def _hash(path: Path) -> str:
    try:
        if not path.is_file():
            what = "是一个目录或特殊文件" if path.exists() else "不存在"
            raise RejectedFile(f"文件 {path} {what}。请给出一个文件，或一个含有文件的目录。")
        size = path.stat().st_size
        if size > _LARGEST:
            raise RejectedFile(f"文件 {path.name} 有 {-(-size // 1048576)} MB，超过上限 {_LARGEST // 1024 // 1024} MB。请拆分后再入库。")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RejectedFile(f"文件 {path} 打不开：{error.strerror}。请检查路径和读取权限。") from error


def _repeals(parsed: ParsedDocument) -> tuple[tuple[str, str, date | None, Locator], ...]:
    """``(title, name, day, locator)`` of the norms this one repeals 同时废止."""
    if parsed.instrument is None:
        return ()
    from knowledge.repeals import repeals_of

    return repeals_of(parsed.instrument, parsed.provisions)
