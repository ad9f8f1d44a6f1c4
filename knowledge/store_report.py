"""What the library holds as a whole: corpus hash, coverage, problems, integrity."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import func, select, text

from knowledge.store_codec import day, load_document
from knowledge.store_read import Reader
from knowledge.store_records import Coverage, CoverageRow, StoredDocument
from knowledge.store_schema import correction, document, instrument, list_entry, provision, requirement, schema_version
from knowledge.types import Problem


class Reporter(Reader):
    """Reads over the whole library."""

    def corpus_hash(self) -> str:
        """sha256 over the content of all active documents and standing corrections; the order of ingest does not matter."""

        def compute() -> str:
            digests = [row["digest"] for row in self._rows(select(document.c.digest).where(document.c.active == 1))]
            fields = [correction.c[name] for name in ("document_ref", "place", "field", "old_text", "new_text")]
            applied = self._rows(select(*fields).where(correction.c.state == "applied"))
            digests += [hashlib.sha256(repr(tuple(row.values())).encode()).hexdigest() for row in applied]
            return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()

        return self._remember("hash", compute)

    def coverage(self) -> Coverage:
        """Counts per level of norm or kind of list and region, with the newest date seen."""

        def compute() -> Coverage:
            norms = self._norm_rows()
            lists = self._list_rows()
            days = [row["published"] for row in self._rows(select(document.c.published).where(document.c.active == 1)) if row["published"]]
            rows = tuple(sorted([*norms, *lists], key=lambda row: (row.group, row.region)))
            return Coverage(
                rows=rows,
                documents=int(self._rows(select(func.count()).select_from(document).where(document.c.active == 1))[0]["count_1"]),
                instruments=len(self._all_instruments()),
                provisions=sum(row.rows for row in norms),
                entries=self.count(list_entry),
                requirements=self.count(requirement),
                newest=max((row.newest for row in rows if row.newest), default=None),
                oldest=day(min(days, default=None)),
            )

        return self._remember("coverage", compute)

    def provision_counts(self) -> dict[int, int]:
        """Provisions stored per instrument id (shadowed gists included)."""

        def compute() -> dict[int, int]:
            statement = select(provision.c.instrument_id, func.count().label("rows")).group_by(provision.c.instrument_id)
            return {row["instrument_id"]: row["rows"] for row in self._rows(statement) if row["instrument_id"] is not None}

        return self._remember("provision_counts", compute)

    def _norm_rows(self) -> list[CoverageRow]:
        statement = select(provision.c.instrument_id, func.count().label("rows")).group_by(provision.c.instrument_id)
        counts = {row["instrument_id"]: row["rows"] for row in self._rows(statement)}
        groups: dict[tuple[str, str], list[Any]] = {}
        for item in self._all_instruments().values():
            cell = groups.setdefault((str(item.instrument.level), item.instrument.region), [0, 0, None])
            cell[0] += 1
            cell[1] += counts.get(item.id, 0)
            cell[2] = max(filter(None, (cell[2], item.instrument.published)), default=None)
        return [CoverageRow(level, region, *cell) for (level, region), cell in groups.items()]

    def _list_rows(self) -> list[CoverageRow]:
        columns = (list_entry.c.list_kind, document.c.region)
        statement = (
            select(
                *columns,
                func.count(document.c.id.distinct()).label("documents"),
                func.count().label("rows"),
                func.max(document.c.published).label("newest"),
            )
            .join(document, document.c.id == list_entry.c.document_id)
            .where(document.c.active == 1)
            .group_by(*columns)
        )
        return [
            CoverageRow(f"list:{row['list_kind']}", row["region"] or "", row["documents"], row["rows"], day(row["newest"]))
            for row in self._rows(statement)
        ]

    def problems(self) -> list[tuple[StoredDocument, Problem]]:
        """Every problem of every active document."""
        rows = self._rows(
            select(document).where(document.c.active == 1, document.c.report.not_like('%"problems":[]%')).order_by(document.c.ref)
        )
        return [(home, problem) for home in map(load_document, rows) for problem in home.problems]

    def integrity_check(self) -> list[str]:
        """Chinese sentences naming each fault found; empty when the store is sound."""
        faults: list[str] = []
        with self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                faults += [f"数据库文件受损：{row[0]}" for row in connection.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]
                faults += [f"表 {row[0]} 第 {row[1]} 行指向不存在的记录" for row in connection.execute(text("PRAGMA foreign_key_check"))]
            if not schema_version(connection):
                faults.append("没有结构版本号")
        for digest in self._twice(document.c.sha256):
            faults.append(f"同一文件（sha256 {digest}）存了两份有效记录")
        for table, column in ((provision, "provisions"), (list_entry, "entries"), (requirement, "requirements")):
            actual = {
                row["document_id"]: row["n"]
                for row in self._rows(select(table.c.document_id, func.count().label("n")).group_by(table.c.document_id))
            }
            for row in self._rows(select(document).where(document.c.active == 1)):
                if row[column] != actual.get(row["id"], 0):
                    faults.append(f"文件“{row['file']}”应有 {row[column]} 条 {table.name}，实有 {actual.get(row['id'], 0)} 条")
        for table in (provision, list_entry):
            empty = self._rows(select(func.count().label("n")).select_from(table).where(table.c.locator.in_(("", "{}"))))[0]["n"]
            if empty:
                faults.append(f"{table.name} 中有 {empty} 条没有原文位置")
        return faults

    def _twice(self, column: Any) -> list[str]:
        statement = select(column).where(document.c.active == 1).group_by(column).having(func.count() > 1)
        return [next(iter(row.values())) for row in self._rows(statement)]

    def parsers(self) -> dict[str, dict[str, Any]]:
        """sha256 → how an active file was read (``parser`` fingerprint, ``given`` values): what ingest needs to skip known files."""
        names = ("sha256", "parser", "given", "id", "ref", "file", "kind", "title", "provisions", "entries", "requirements")
        columns = [document.c[name] for name in names]
        rows = self._rows(select(*columns).where(document.c.active == 1))
        return {row["sha256"]: {**row, "given": json.loads(row["given"])} for row in rows}


__all__ = ["Reporter", "instrument"]
