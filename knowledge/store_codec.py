"""Core records ↔ rows. JSON columns are compact and hold only what is set; dates are ISO text."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from knowledge.errors import RejectedFile
from knowledge.store_records import Prepared, StoredDocument, StoredInstrument
from knowledge.types import (
    Conservation,
    DocKind,
    Event,
    Instrument,
    Level,
    ListEntry,
    ListKind,
    Locator,
    ParsedDocument,
    Path,
    Problem,
    Provision,
    Requirement,
    Status,
    Strength,
    TextKind,
    Unit,
)

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
NO_LOCATOR = Locator()
NOT_LAW = frozenset({DocKind.DRAFT, DocKind.GUIDE, DocKind.LEDGER})  # articles of a draft are kept, but are no norm yet
_BRACKETS = str.maketrans("[［【(（〈<", "〔〔〔〔〔〔〔") | str.maketrans("]］】)）〉>", "〕〕〕〕〕〕〕")


def dump(value: object) -> str:
    """Canonical compact JSON: the same value always gives the same text."""
    return _ENCODER.encode(value)


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def doc_number_key(number: str | None) -> str | None:
    """文号 made comparable: one kind of bracket, no spaces, no 中华人民共和国: ``公通字[2016] 21 号`` → ``公通字〔2016〕21号``."""
    if not number:
        return None
    key = re.sub(r"\s+", "", number).translate(_BRACKETS).removeprefix("中华人民共和国")
    key = re.sub(r"[０-９]", lambda match: str(ord(match.group()) - 0xFF10), key)
    return re.sub(r"(?<=〕)第?0*(?=\d)", "", key) or None


def dump_locator(locator: Locator) -> str:
    if locator.chars is not None and locator.page is None and locator.row is None and not locator.boxes:
        return f'{{"chars":[{locator.chars[0]},{locator.chars[1]}]}}'
    return dump({item.name: value for item in fields(Locator) if (value := getattr(locator, item.name)) not in (None, ())})


def load_locator(value: str) -> Locator:
    if value.startswith('{"chars":[') and value.endswith("]}") and value.count("[") == 1:
        start, _, end = value[10:-2].partition(",")
        return Locator(chars=(int(start), int(end)))
    data = json.loads(value)
    chars = data.get("chars")
    return Locator(
        page=data.get("page"),
        sheet=data.get("sheet"),
        table=data.get("table"),
        row=data.get("row"),
        chars=(chars[0], chars[1]) if chars else None,
        boxes=tuple((box[0], box[1], box[2], box[3], box[4]) for box in data.get("boxes", ())),
    )


def prepare(
    parsed: ParsedDocument,
    *,
    path: str = "",
    given: Mapping[str, str] | None = None,
    parser: str = "",
    repeals: tuple[tuple[str, str, date | None, Locator], ...] = (),
) -> Prepared:
    """Turn a parsed document into rows (done in the reading process, so that the writer only inserts).

    Args:
        parsed: what the parsers made of the file.
        path: the file's path as the user gave it (identifies a later edition of the same file).
        given: region, kind or date the user gave by hand; kept, so that a re-reading uses them again.
        parser: fingerprint of the reading code.
        repeals: ``(title, name, on, locator)`` of the instruments this text repeals 同时废止.

    Raises:
        RejectedFile: a provision or row carries no place in its source.
    """
    result = Prepared(
        document=_document_row(parsed, path or parsed.file, given or {}, parser),
        instrument=instrument_row(parsed.instrument, parsed.provisions) if parsed.instrument and parsed.kind not in NOT_LAW else None,
        provisions=[provision_row(item, order) for order, item in enumerate(parsed.provisions)],
        entries=[_entry_row(item, order) for order, item in enumerate(parsed.entries)],
        requirements=[_requirement_row(item, order) for order, item in enumerate(parsed.requirements)],
        repeals=[
            {"title": title, "name": name, "on_day": iso(on), "locator": dump_locator(locator)} for title, name, on, locator in repeals
        ],
        text=zlib.compress(parsed.text.encode("utf-8", "replace"), 1),
    )
    result.document["digest"] = _digest(result)
    return result


def _digest(prepared: Prepared) -> str:
    """Hash of the content: what was read, not when, from which path or by which edition of the program."""
    head = [prepared.document[key] for key in ("sha256", "kind", "title", "doc_number", "issuer", "region", "published", "effective")]
    digest = hashlib.sha256(repr(head).encode())
    digest.update(repr(sorted((prepared.instrument or {}).items())).encode())
    for rows in (prepared.provisions, prepared.entries, prepared.requirements, prepared.repeals):
        for row in rows:
            digest.update(repr(tuple(row.values())).encode())
    return digest.hexdigest()


def _place(locator: Locator, what: str, parsed_as: str) -> str:
    if locator == NO_LOCATOR:
        raise RejectedFile(f"{what}“{parsed_as[:30]}”没有在原文中的位置，不能入库。请重新解析该文件。")
    return dump_locator(locator)


def _document_row(parsed: ParsedDocument, path: str, given: Mapping[str, str], parser: str) -> dict[str, object]:
    report = {
        "problems": [{**asdict(item), "locator": json.loads(dump_locator(item.locator))} for item in parsed.problems],
        "conservation": asdict(parsed.conservation),
    }
    return {
        "ref": "",
        "sha256": parsed.sha256,
        "file": PurePath(parsed.file).name,
        "path": path,
        "format": parsed.format,
        "kind": str(parsed.kind),
        "title": parsed.title,
        "doc_number": parsed.doc_number,
        "doc_number_key": doc_number_key(parsed.doc_number),
        "issuer": parsed.issuer,
        "region": parsed.region,
        "published": iso(parsed.published),
        "effective": iso(parsed.effective),
        "signals": dump(list(parsed.signals)),
        "report": dump(report),
        "given": dump(dict(given)),
        "parser": parser,
        "digest": "",
        "provisions": len(parsed.provisions),
        "entries": len(parsed.entries),
        "requirements": len(parsed.requirements),
    }


def instrument_row(instrument: Instrument, provisions: tuple[Provision, ...]) -> dict[str, object]:
    numbers = [item.number for item in provisions if item.kind == "article" and item.number is not None]
    return {
        "ref": instrument.ref,
        "name": instrument.name,
        "title": instrument.title,
        "version": instrument.version,
        "part": instrument.part,
        "level": str(instrument.level),
        "region": instrument.region,
        "issuer": instrument.issuer,
        "doc_number": instrument.doc_number,
        "doc_number_key": doc_number_key(instrument.doc_number),
        "published": iso(instrument.published),
        "effective": iso(instrument.effective),
        "ended": iso(instrument.ended),
        "ended_by": instrument.ended_by,
        "ended_source": dump([iso(instrument.ended), instrument.ended_by]) if instrument.ended else None,
        "status": str(instrument.status),
        "effective_basis": instrument.effective_basis,
        "history": dump([[iso(item.on), item.kind, item.text] for item in instrument.history]),
        "text_kind": str(instrument.text_kind),
        "last_article": max(numbers, default=None),
    }


def provision_row(item: Provision, order: int) -> dict[str, object]:
    return {
        "ref": item.ref,
        "label": item.label,
        "kind": item.kind,
        "number": item.number,
        "sub": item.sub,
        "text": item.text,
        "headings": dump(item.headings) if item.headings else "[]",
        "units": _dump_units(item.units),
        "locator": _place(item.locator, item.label, item.text),
        "text_kind": str(item.text_kind),
        "ord": order,
    }


def _dump_units(units: tuple[Unit, ...]) -> str:
    """Half a million units in a large library: written out by hand, with the general encoder for odd labels."""
    if any('"' in unit.label or "\\" in unit.label or not unit.label.isprintable() for unit in units):
        return dump([[unit.steps, unit.label, unit.start, unit.end] for unit in units])
    return "[" + ",".join(f'["{unit.steps}","{unit.label}",{unit.start},{unit.end}]' for unit in units) + "]"


def _entry_row(item: ListEntry, order: int) -> dict[str, object]:
    row = {entry.name: getattr(item, entry.name) for entry in fields(ListEntry)}
    return row | {
        "list_kind": str(item.list_kind),
        "path": str(item.path),
        "extra": dump(item.extra),
        "locator": _place(item.locator, "清单行", item.proof_name),
        "ord": order,
    }


def _requirement_row(item: Requirement, order: int) -> dict[str, object]:
    row = {entry.name: getattr(item, entry.name) for entry in fields(Requirement) if entry.name != "span"}
    return row | {
        "strength": str(item.strength),
        "is_proof": int(item.is_proof),
        "negative": int(item.negative),
        "span_start": item.span[0],
        "span_end": item.span[1],
        "ord": order,
    }


def load_document(row: Mapping[str, Any]) -> StoredDocument:
    report = json.loads(row["report"])
    conservation: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in report["conservation"].items()
    }
    return StoredDocument(
        **{key: row[key] for key in ("id", "ref", "sha256", "file", "path", "format", "kind", "title", "doc_number", "issuer", "region")},
        **{key: row[key] for key in ("provisions", "entries", "requirements", "revision", "replaced_by", "ingested_at")},
        published=day(row["published"]),
        effective=day(row["effective"]),
        active=bool(row["active"]),
        problems=tuple(Problem(**{**item, "locator": load_locator(dump(item["locator"]))}) for item in report["problems"]),
        conservation=Conservation(**conservation),
        signals=tuple(json.loads(row["signals"])),
    )


def load_instrument(row: Mapping[str, Any]) -> StoredInstrument:
    return StoredInstrument(row["id"], row["document_id"], row["sha256"], row["file"], load_norm(row), row["last_article"])


def load_norm(row: Mapping[str, Any]) -> Instrument:
    return Instrument(
        **{key: row[key] for key in ("name", "title", "version", "part", "region", "issuer", "doc_number", "ended_by", "effective_basis")},
        level=Level(row["level"]),
        published=day(row["published"]),
        effective=day(row["effective"]),
        ended=day(row["ended"]),
        status=Status(row["status"]),
        history=tuple(Event(day(on), kind, text) for on, kind, text in json.loads(row["history"])),
        text_kind=TextKind(row["text_kind"]),
    )


@lru_cache(maxsize=4096)
def _load_headings(value: str) -> tuple[str, ...]:
    """Articles of a chapter share their headings."""
    return tuple(json.loads(value))


def load_provision(row: Mapping[str, Any]) -> Provision:
    units = row["units"]
    return Provision(
        ref=row["ref"],
        label=row["label"],
        kind=row["kind"],
        text=row["text"],
        number=row["number"],
        sub=row["sub"],
        headings=_load_headings(row["headings"]),
        units=tuple(Unit(*unit) for unit in json.loads(units)) if units != "[]" else (),
        locator=load_locator(row["locator"]),
        text_kind=TextKind(row["text_kind"]),
        order=row["ord"],
    )


def load_entry(row: Mapping[str, Any]) -> ListEntry:
    names = ("proof_name", "matter", "purpose", "original_basis", "requesting_body", "issuing_body", "replacement", "serial")
    return ListEntry(
        **{key: row[key] for key in names},
        list_kind=ListKind(row["list_kind"]),
        path=Path(row["path"]),
        extra=tuple((key, value) for key, value in json.loads(row["extra"])),
        locator=load_locator(row["locator"]),
    )


def load_requirement(row: Mapping[str, Any]) -> Requirement:
    names = ("provision", "material", "proof", "matter", "condition", "issuing_body", "addressee", "recipient", "sentence")
    return Requirement(
        **{key: row[key] for key in names},
        is_proof=bool(row["is_proof"]),
        negative=bool(row["negative"]),
        strength=Strength(row["strength"]),
        span=(row["span_start"], row["span_end"]),
    )
