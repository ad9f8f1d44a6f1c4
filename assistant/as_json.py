"""Records as the JSON of ``interface.md``: what does not apply is null, dates are ISO."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date
from typing import Any

from ingest.pipeline import IngestReport
from knowledge.store import StoredDocument, StoredEntry, StoredInstrument, StoredProvision
from knowledge.types import Conservation, Instrument, ListEntry, Locator, ParsedDocument, Problem, Provision, Requirement


def locator_json(locator: Locator) -> dict[str, Any]:
    return {
        "page": locator.page,
        "sheet": locator.sheet,
        "table": locator.table,
        "row": locator.row,
        "chars": list(locator.chars) if locator.chars else None,
        "boxes": [list(box) for box in locator.boxes] or None,
    }


def problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "locator": locator_json(problem.locator),
    }


def conservation_json(ledger: Conservation) -> dict[str, Any]:
    return {item.name: _plain(getattr(ledger, item.name)) for item in fields(Conservation)} | {"holds": ledger.holds}


def entry_json(entry: ListEntry) -> dict[str, Any]:
    names = ("proof_name", "matter", "purpose", "original_basis", "requesting_body", "issuing_body", "replacement")
    return {
        "list_kind": str(entry.list_kind),
        **{name: getattr(entry, name) for name in names},
        "path": str(entry.path),
        "serial": entry.serial,
        "extra": dict(entry.extra),
        "locator": locator_json(entry.locator),
    }


def provisions_json(provision: Provision) -> list[dict[str, Any]]:
    """The article, then its clauses and items, each addressable on its own."""
    place = locator_json(provision.locator)
    whole = {"ref": provision.ref, "label": provision.label, "kind": provision.kind, "text": provision.text, "locator": place}
    parts = [
        {
            "ref": f"{provision.ref}.{unit.steps}",
            "label": provision.label + unit.label,
            "kind": "unit",
            "text": provision.text[unit.start : unit.end],
            "locator": place,
        }
        for unit in provision.units
    ]
    return [whole, *parts]


def requirement_json(item: Requirement) -> dict[str, Any]:
    values = {name: value for name, value in asdict(item).items() if name != "span"}
    return values | {"strength": str(item.strength), "span": list(item.span)}


def instrument_json(norm: Instrument) -> dict[str, Any]:
    names = ("name", "title", "version", "part", "region", "issuer", "doc_number", "ended_by", "effective_basis")
    return {
        "ref": norm.ref,
        **{name: getattr(norm, name) for name in names},
        "level": str(norm.level),
        **{name: _plain(getattr(norm, name)) for name in ("published", "effective", "ended")},
        "status": str(norm.status),
        "text_kind": str(norm.text_kind),
        "history": [{"on": _plain(event.on), "kind": event.kind, "text": event.text} for event in norm.history],
    }


def parsed_json(parsed: ParsedDocument) -> dict[str, Any]:
    """``parse FILE --json``."""
    names = ("file", "sha256", "format", "title", "doc_number", "issuer", "region")
    return {
        **{name: getattr(parsed, name) for name in names},
        "kind": str(parsed.kind),
        "published": _plain(parsed.published),
        "effective": _plain(parsed.effective),
        "signals": list(parsed.signals),
        "instrument": instrument_json(parsed.instrument) if parsed.instrument else None,
        "rows": [entry_json(item) for item in parsed.entries],
        "provisions": [row for item in parsed.provisions for row in provisions_json(item)],
        "requirements": [requirement_json(item) for item in parsed.requirements],
        "problems": [problem_json(item) for item in parsed.problems],
        "conservation": conservation_json(parsed.conservation),
    }


def report_json(report: IngestReport) -> dict[str, Any]:
    """One line of ``ingest --json``."""
    names = ("file", "path", "status", "kind", "ref", "title", "sha256", "provisions", "entries", "requirements", "reason", "seconds")
    changes = report.changes
    return {
        **{name: getattr(report, name) for name in names},
        "rows": report.entries,
        "ready": report.ready,
        "problems": [problem_json(item) for item in report.problems],
        "conservation": conservation_json(report.conservation) if report.conservation else None,
        "changes": {
            "added": len(changes.added),
            "removed": len(changes.removed),
            "changed": len(changes.changed),
            "kept": changes.kept,
        },
    }


def document_json(document: StoredDocument) -> dict[str, Any]:
    names = ("ref", "sha256", "file", "format", "kind", "title", "doc_number", "issuer", "region", "provisions", "entries", "requirements")
    return {
        **{name: getattr(document, name) for name in names},
        "published": _plain(document.published),
        "effective": _plain(document.effective),
        "revision": document.revision,
        "ready": document.conservation.holds,
        "problems": [problem_json(item) for item in document.problems],
        "ingested_at": document.ingested_at,
    }


def stored_json(found: StoredInstrument | StoredProvision | StoredEntry | StoredDocument) -> dict[str, Any]:
    """``show REF --json``."""
    if isinstance(found, StoredDocument):
        return {"type": "document", **document_json(found)}
    source = {"document": found.file, "sha256": found.sha256}
    if isinstance(found, StoredInstrument):
        return {"type": "instrument", **instrument_json(found.instrument), **source}
    if isinstance(found, StoredEntry):
        head = {name: getattr(found, name) for name in ("ref", "title", "doc_number", "issuer", "region")}
        return {"type": "row", **head, "published": _plain(found.published), **entry_json(found.entry), **source}
    home = instrument_json(found.instrument.instrument) if found.instrument else None
    return {
        "type": "provision",
        "ref": found.ref,
        "title": found.title,
        "label": found.label,
        "headings": list(found.provision.headings),
        "text": found.text,
        "text_kind": str(found.provision.text_kind),
        "locator": locator_json(found.provision.locator),
        "instrument": home,
        **source,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
