"""Tables of the store, its numbered migrations, and the engine for any SQLAlchemy URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Column, Connection, Engine, Integer, LargeBinary, MetaData, Select, Table, Text, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError

from knowledge.errors import LibraryDamaged

MIGRATIONS = Path(__file__).parent / "migrations"
METADATA = MetaData()
_DIALECT = {
    "sqlite": {"blob": "BLOB"},
    "postgresql": {"blob": "BYTEA"},
}


def _table(name: str, integers: str, texts: str, *, blobs: str = "", key: str = "id") -> Table:
    columns: list[Column[Any]] = [Column(column, Integer, primary_key=column == key) for column in integers.split()]
    columns += [Column(column, Text, primary_key=column == key) for column in texts.split()]
    columns += [Column(column, LargeBinary) for column in blobs.split()]
    return Table(name, METADATA, *columns)


document = _table(
    "document",
    "id provisions entries requirements revision next_row active replaced_by",
    "ref sha256 file path format kind title doc_number doc_number_key issuer region published effective signals report changes given "
    "parser digest ingested_at",
)
document_text = _table("document_text", "document_id", "", blobs="data", key="document_id")
instrument = _table(
    "instrument",
    "id document_id shadowed_by last_article",
    "ref name title version part level region issuer doc_number doc_number_key published effective ended ended_by ended_source status "
    "effective_basis history text_kind",
)
provision = _table("provision", "id document_id instrument_id number sub ord", "ref label kind text headings units locator text_kind")
list_entry = _table(
    "list_entry",
    "id document_id row_number ord",
    "list_kind proof_name matter purpose original_basis requesting_body issuing_body replacement path serial extra locator",
)
requirement = _table(
    "requirement",
    "id document_id provision_id is_proof negative span_start span_end ord",
    "provision material strength proof matter condition issuing_body addressee recipient sentence",
)
repeal_fact = _table("repeal_fact", "id document_id", "name title on_day by_ref locator")
norm = _table("norm", "id document_id instrument_id provision_id ord", "norm_key data locator")
correction = _table("correction", "id", "sha256 document_ref place field old_text new_text reason state created")
meta = _table("meta", "", "key value", key="key")


def fetch(connection: Connection, statement: Select[Any]) -> list[Mapping[str, Any]]:
    """All rows of a query, by column name."""
    return cast(list[Mapping[str, Any]], connection.execute(statement).mappings().all())


def migrations() -> list[tuple[int, Path]]:
    """Numbered migration files in order: ``[(1, …/0001_initial.sql), …]``."""
    return sorted((int(file.name[:4]), file) for file in MIGRATIONS.glob("[0-9][0-9][0-9][0-9]_*.sql"))


def newest() -> int:
    """The schema version this code writes."""
    return migrations()[-1][0]


def make_engine(url: str, *, writable: bool) -> Engine:
    """An engine whose transactions are real on SQLite too (the driver's own implicit BEGIN is off); readers cannot write."""
    try:
        engine = create_engine(url)
    except Exception as error:
        raise LibraryDamaged(
            f"数据库地址无法使用：{error}。请检查设置 database_url（例如 sqlite:///… 或 postgresql+psycopg://…）。"
        ) from error
    if engine.dialect.name == "sqlite":
        _configure_sqlite(engine, writable)
    return engine


def _configure_sqlite(engine: Engine, writable: bool) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-65536")
        if writable:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=NORMAL")
        else:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")


def schema_version(connection: Connection) -> int:
    """0 for an empty database."""
    if not inspect(connection).has_table("meta"):
        return 0
    value = connection.execute(text("SELECT value FROM meta WHERE key = 'schema'")).scalar()
    return int(value) if value is not None else 0


def migrate(engine: Engine) -> int:
    """Bring the database to ``newest()`` in one transaction.

    Returns:
        The version found before.

    Raises:
        LibraryDamaged: the database was written by a newer version of this program, or is not a database.
    """
    try:
        with engine.begin() as connection:
            found = schema_version(connection)
            check_version(found)
            for number, file in migrations():
                if number > found:
                    _apply(connection, file)
            if found < newest():
                connection.execute(text("DELETE FROM meta WHERE key = 'schema'"))
                connection.execute(meta.insert(), {"key": "schema", "value": str(newest())})
            return found
    except DatabaseError as error:
        raise LibraryDamaged(
            f"知识库的数据库打不开：{error.orig}。它可能已损坏或不是本程序的文件。请从备份恢复，或换一个新的 --library 目录重新入库。"
        ) from error


def check_version(found: int) -> None:
    """Raises ``LibraryDamaged`` for a schema newer than this program knows."""
    if found > newest():
        raise LibraryDamaged(
            f"知识库的结构版本是 {found}，本程序最高只认识 {newest()}：它由更新的程序写成。请升级本程序，或换一个 --library 目录。"
        )


def _apply(connection: Connection, file: Path) -> None:
    words = _DIALECT.get(connection.dialect.name)
    if words is None:
        raise LibraryDamaged(f"不支持的数据库种类：{connection.dialect.name}。可用 sqlite 或 postgresql。")
    script = re.sub(r"--[^\n]*", "", file.read_text(encoding="utf-8"))
    for name, value in words.items():
        script = script.replace("{" + name + "}", value)
    for statement in script.split(";"):
        if statement.strip():
            connection.exec_driver_sql(statement)
