"""The source of truth: ``Library``, one folder (SQLite by default, any SQLAlchemy URL by setting), one writer, many readers.

>>> with Library.open("…/library") as library:          # reading; a missing library is created empty
...     library.provision("优化营商环境条例@2019-10-22#art_44.para_1")
>>> with Library.open("…/library", writable=True) as library:
...     library.put(parsed)                              # one transaction: all or nothing

The lexical and vector indexes are caches beside the store (``library.folder / "lexical"``…); they are rebuilt from here.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from sqlalchemy import Connection, text

from knowledge.errors import LibraryDamaged, LibraryLocked, NotFound
from knowledge.store_codec import prepare
from knowledge.store_corrections import correct_entry, correct_provision
from knowledge.store_norms import put_norms, refresh_shadows
from knowledge.store_records import (
    Changes,
    Coverage,
    CoverageRow,
    Prepared,
    PutResult,
    StoredCorrection,
    StoredDocument,
    StoredEntry,
    StoredInstrument,
    StoredProvision,
    StoredRequirement,
)
from knowledge.store_report import Reporter
from knowledge.store_schema import check_version, make_engine, migrate, newest, schema_version
from knowledge.store_write import bump, forget_document, put_all, set_meta
from knowledge.types import Locator, ParsedDocument

__all__ = [
    "Changes",
    "Coverage",
    "CoverageRow",
    "Library",
    "Prepared",
    "PutResult",
    "StoredCorrection",
    "StoredDocument",
    "StoredEntry",
    "StoredInstrument",
    "StoredProvision",
    "StoredRequirement",
    "prepare",
]

_ADVISORY_KEY = 0x6A7A  # "jz", PostgreSQL's session lock


class Library(Reporter):
    """A knowledge library. Open with ``Library.open``; safe to share between threads for reading."""

    folder: Path

    @classmethod
    def open(cls, location: str | Path, *, writable: bool = False, database_url: str | None = None) -> Library:
        """Open the library in a folder.

        Args:
            location: the library's folder; created when missing.
            writable: take the writer's lock; at most one process holds it.
            database_url: an SQLAlchemy URL (``postgresql+psycopg://…``) in place of ``<location>/store.sqlite3``; the folder then holds
                only the lock, the originals and the indexes.

        Raises:
            LibraryLocked: another process is writing (only with ``writable``).
            LibraryDamaged: not a database, not openable, or written by a newer program.
        """
        folder = Path(location)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryDamaged(
                f"知识库目录 {folder} 无法建立或打开：{error.strerror}。请检查路径和权限，或用 --library 另指一处。"
            ) from error
        library = cls(folder, database_url or f"sqlite:///{folder / 'store.sqlite3'}", writable)
        try:
            library._start()
        except BaseException:
            library.close()
            raise
        return library

    def __init__(self, folder: Path, url: str, writable: bool) -> None:
        super().__init__(make_engine(url, writable=writable))
        self.folder = folder
        self.url = url
        self.writable = writable
        if writable:
            self._look_again = -1.0
        self._lock: IO[str] | None = None
        self._advisory: Connection | None = None

    def _start(self) -> None:
        if self.writable:
            self._take_lock()
            migrate(self.engine)
        elif not self._ready():
            Library.open(self.folder, writable=True, database_url=self.url).close()

    def _ready(self) -> bool:
        """False when there is nothing yet, or an older schema to bring up to date."""
        if self.url == f"sqlite:///{self.folder / 'store.sqlite3'}" and not (self.folder / "store.sqlite3").exists():
            return False
        try:
            with self.engine.connect() as connection:
                found = schema_version(connection)
        except Exception as error:
            raise LibraryDamaged(
                f"知识库 {self.folder} 的数据库打不开：{getattr(error, 'orig', error)}。请从备份恢复，或换一个新的 --library 目录重新入库。"
            ) from error
        check_version(found)
        return found == newest()

    def _take_lock(self) -> None:
        file = (self.folder / "write.lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "未知"
            file.close()
            raise LibraryLocked(
                f"知识库 {self.folder} 正由另一个进程（进程号 {holder}）写入，同一时间只能有一个写入者。请等它完成后再试；读取不受影响。"
            ) from None
        self._lock = file
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        if self.engine.dialect.name == "postgresql":
            self._advisory = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if not self._advisory.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY_KEY}).scalar():
                raise LibraryLocked("该数据库正由另一台机器或另一个进程写入，同一时间只能有一个写入者。请等它完成后再试；读取不受影响。")

    def close(self) -> None:
        """Release the lock and the connections; closing twice is harmless."""
        if self._advisory is not None:
            self._advisory.close()
            self._advisory = None
        self.engine.dispose()
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        if not self.writable:
            raise LibraryLocked(f"知识库 {self.folder} 是以只读方式打开的，不能写入。请用 Library.open(…, writable=True)。")
        with self.engine.begin() as connection:
            yield connection

    def put(self, parsed: ParsedDocument | Prepared) -> PutResult:
        """Store one parsed document in one transaction.

        The same bytes read the same way change nothing. A changed file replaces its earlier edition: rows that did not change keep their
        ids, the others stay with the old, inactive edition; the result says what changed.

        Raises:
            RejectedFile: a provision or row without a place in its source.
        """
        return self.put_many([parsed])[0]

    def put_many(self, parsed: Sequence[ParsedDocument | Prepared]) -> list[PutResult]:
        """Store several documents in one transaction, as ``put`` does each; results in the same order."""
        prepared = [item if isinstance(item, Prepared) else prepare(item) for item in parsed]
        with self._write() as connection:
            results = put_all(connection, prepared)
            changed = [item for item, result in zip(prepared, results, strict=True) if result.status != "unchanged"]
            refresh_shadows(connection, {str(item.instrument["name"]) for item in changed if item.instrument})
            return results

    def put_norms(self, parsed: ParsedDocument, records: list[tuple[dict[str, Any], Locator]]) -> PutResult:
        """Store legal-basis records (``corpora/national/norms.jsonl``) as gist instruments and provisions, one per record.

        A gist is hidden where the library holds the same version of the norm verbatim. All fields stay retrievable by ``norms()``.

        Args:
            parsed: the file's identity (sha256, file, title), without provisions.
            records: each record with its place in the file; fields as in ``corpora/national/norms.schema.md``.
        """
        with self._write() as connection:
            return put_norms(connection, parsed, records)

    def remove(self, key: int | str) -> StoredDocument:
        """Take a document out (kept, inactive).

        Raises:
            NotFound: no such document.
        """
        found = self.document(key)
        if found is None:
            raise NotFound(f"知识库里没有文件“{key}”。用 jianzheng sources 查看。")
        with self._write() as connection:
            forget_document(connection, found.id)
            refresh_shadows(connection, None)
        return found

    def correct(self, ref: str, field: str, new: str, *, old: str = "", reason: str = "") -> int:
        """Correct one field of a list row, or (``field="text"``) the passage ``old`` inside an article; survives a re-reading of the file.

        Returns:
            The correction's id.

        Raises:
            NotFound: no such row, field or passage.
        """
        entry, found = (self.entry(ref), None) if "#row_" in ref else (None, self.provision(ref))
        with self._write() as connection:
            if entry is not None:
                done = correct_entry(connection, entry, field, new, reason)
            elif found is not None and field == "text":
                done = correct_provision(connection, found, old, new, reason)
            else:
                raise NotFound(f"没有可更正的“{ref}”（字段 {field}）。清单行写作“…#row_12”；条文写作“…#art_44”，字段用 text。")
            bump(connection)
            return done

    def set_meta(self, key: str, value: str) -> None:
        """Keep a small fact about the library itself (not about its content)."""
        with self._write() as connection:
            set_meta(connection, key, value)

    def keep_original(self, data: bytes, sha256: str, suffix: str) -> None:
        """Keep a copy of the source file, for page images and re-reading; same bytes are kept once."""
        target = self.folder / "originals" / sha256[:2] / f"{sha256}{suffix.lower()}"
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(f".{os.getpid()}.part")
        partial.write_bytes(data)
        partial.replace(target)

    def original(self, sha256: str) -> Path | None:
        """The kept copy of a source file, or None."""
        return next(iter((self.folder / "originals" / sha256[:2]).glob(f"{sha256}.*")), None)

    def backup(self, target: Path) -> None:
        """Copy originals and a consistent snapshot of the SQLite store to a new folder."""
        target.mkdir(parents=True)
        if self.engine.dialect.name != "sqlite":
            raise NotFound("数据库不是 SQLite，请用数据库自己的备份工具（pg_dump）。")
        raw = self.engine.raw_connection()
        try:
            raw.cursor().execute("VACUUM INTO ?", (str(target / "store.sqlite3"),))
        finally:
            raw.close()
        if (self.folder / "originals").is_dir():
            shutil.copytree(self.folder / "originals", target / "originals")
