"""Legal-basis records in the store: gist instruments, shown only where the library lacks the same version verbatim."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Connection, insert, select, update

from knowledge.store_codec import dump, dump_locator, instrument_row, prepare, provision_row
from knowledge.store_records import PutResult
from knowledge.store_schema import document, fetch, instrument, norm, provision
from knowledge.store_write import next_id, put_all
from knowledge.text import law_name, parse_number
from knowledge.types import Instrument, Level, Locator, ParsedDocument, Provision, Status, TextKind

_E = TypeVar("_E", bound=StrEnum)


def put_norms(connection: Connection, parsed: ParsedDocument, records: list[tuple[dict[str, Any], Locator]]) -> PutResult:
    """Replace the stored records by these, in the caller's transaction; unchanged bytes change nothing."""
    result = put_all(connection, [prepare(parsed, parser=dump([len(records)]))])[0]
    if result.status == "unchanged":
        return result
    groups: dict[tuple[str, str], list[tuple[dict[str, Any], Locator]]] = {}
    for record, locator in records:
        groups.setdefault((matching_name(record["title"]), _version(record)), []).append((record, locator))
    for (name, version), members in groups.items():
        instrument_id = _put_instrument(connection, result.document_id, name, version, members[0][0])
        ids = _put_provisions(connection, result.document_id, instrument_id, f"{name}@{version}", members)
        first = next_id(connection, norm)
        rows = [
            {
                "id": first + order,
                "document_id": result.document_id,
                "instrument_id": instrument_id,
                "provision_id": ids[str(record["key"])],
                "norm_key": record["key"],
                "data": json.dumps(record, ensure_ascii=False),
                "locator": dump_locator(locator),
                "ord": locator.row or 0,
            }
            for order, (record, locator) in enumerate(members)
        ]
        connection.execute(insert(norm), rows)
    count = sum(len(members) for members in groups.values())
    connection.execute(update(document).where(document.c.id == result.document_id).values(provisions=count))
    refresh_shadows(connection, {name for name, _ in groups})
    return result


def matching_name(title: str) -> str:
    """The matching name of a title, as ``ingest.law`` makes it."""
    return law_name(title)


def _version(record: Mapping[str, Any]) -> str:
    return str(record.get("published") or record.get("effective") or "undated")


def _put_instrument(connection: Connection, document_id: int, name: str, version: str, record: Mapping[str, Any]) -> int:
    item = Instrument(
        name=name,
        title=record["title"],
        version=version,
        level=_member(Level, record.get("level"), Level.UNKNOWN),
        region=record.get("region") or "全国",
        issuer=record.get("issuer"),
        doc_number=record.get("doc_number"),
        published=_date(record.get("published")),
        effective=_date(record.get("effective")),
        ended=_date(record.get("ended")),
        ended_by=record.get("by_what"),
        status=_member(Status, record.get("status"), Status.UNKNOWN),
        effective_basis=record.get("effective_basis"),
        text_kind=TextKind.GIST,
    )
    new_id = next_id(connection, instrument)
    connection.execute(insert(instrument), instrument_row(item, ()) | {"id": new_id, "document_id": document_id})
    return new_id


def _put_provisions(
    connection: Connection, document_id: int, instrument_id: int, ref: str, members: list[tuple[dict[str, Any], Locator]]
) -> dict[str, int]:
    ids: dict[str, int] = {}
    rows: list[dict[str, object]] = []
    first = next_id(connection, provision)
    for order, (record, locator) in enumerate(members):
        label = str(record.get("article") or record["key"])
        steps, number, sub = article_steps(label)
        item = Provision(
            ref=f"{ref}#{steps or record['key']}",
            label=label,
            kind="article" if number is not None else "point",
            text=str(record["gist"]),
            number=number,
            sub=sub,
            locator=locator,
            text_kind=TextKind.GIST,
        )
        ids[str(record["key"])] = first + order
        rows.append(provision_row(item, order) | {"id": first + order, "document_id": document_id, "instrument_id": instrument_id})
    connection.execute(insert(provision), rows)
    return ids


def refresh_shadows(connection: Connection, names: set[str] | None) -> None:
    """Hide gists of versions the library holds verbatim, show the others again; ``names`` None = all."""
    columns = [instrument.c[column] for column in ("id", "name", "version", "published", "effective", "text_kind", "shadowed_by")]
    statement = select(*columns).join(document, document.c.id == instrument.c.document_id).where(document.c.active == 1)
    if names is not None:
        if not fetch(connection, select(instrument.c.id).where(instrument.c.text_kind == TextKind.GIST).limit(1)):
            return
        statement = statement.where(instrument.c.name.in_(names))
    rows = fetch(connection, statement.order_by(instrument.c.id))
    verbatim: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["text_kind"] == TextKind.VERBATIM:
            verbatim.setdefault(row["name"], []).append(row)
    for row in rows:
        if row["text_kind"] == TextKind.GIST:
            same = next((other["id"] for other in verbatim.get(row["name"], ()) if _same_version(row, other)), None)
            if same != row["shadowed_by"]:
                connection.execute(update(instrument).where(instrument.c.id == row["id"]).values(shadowed_by=same))


def _same_version(gist: Mapping[str, Any], text: Mapping[str, Any]) -> bool:
    if gist["version"] == text["version"] or "undated" in (gist["version"], text["version"]):
        return True
    return any(gist[name] and gist[name] == text[name] for name in ("published", "effective"))


def article_steps(label: str) -> tuple[str | None, int | None, int]:
    """``第十七条之一第二款`` → ``("art_17-1.para_2", 17, 1)``; ``(None, None, 0)`` for a label that names no article."""
    match = re.match(r"第([零〇一二三四五六七八九十百千两\d]+)条(?:之([一二三四五六七八九十]+))?", label)
    if match is None:
        return None, None, 0
    number = _number(match.group(1))
    sub = _number(match.group(2)) if match.group(2) else 0
    steps = f"art_{number}" + (f"-{sub}" if sub else "")
    for name, sign in (("para", "款"), ("item", "项")):
        found = re.search(rf"第[（(]?([零〇一二三四五六七八九十百千两\d]+)[）)]?{sign}", label)
        if found:
            steps += f".{name}_{_number(found.group(1))}"
    return steps, number, sub


def _number(words: str) -> int:
    return parse_number(words) or 0


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def _member(kind: type[_E], value: object, default: _E) -> _E:
    try:
        return kind(str(value))
    except ValueError:
        return default
