"""A draft, a service guide or a ledger → findings that stand up: every demand, its verdict and path, its basis checked, a better wording.

Nothing under audit enters the library. ``audit_file`` reads one file, ``audit_files`` a set (and compares its files with each other).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any, TextIO

from assistant.answer import citation_json, locator_json
from assistant.audit_demands import demands_of
from assistant.audit_pool import judge_all
from assistant.audit_rules import Setting
from assistant.audit_set import Placed, attach, circles, repeats, shared_facts
from assistant.audit_types import AuditReport, Finding, Judged
from assistant.audit_world import AuditWorld, prepared
from assistant.world import World
from ingest.blocks import Blocks
from ingest.formats import read
from ingest.parse import parse_blocks
from knowledge.errors import JianzhengError
from knowledge.regions import Region, find_regions, parse_region
from knowledge.types import Citation, DocKind, ParsedDocument

log = logging.getLogger(__name__)
Progress = Callable[[int, int, str], None]
QUICK = 200  # ledgers above this are decided row by row without asking again what basis or list already settle
MAX_BYTES = 200 * 1024 * 1024


def audit_file(
    world: World, path: FilePath | str, region: str | None = None, as_of: date | None = None, *, today: date | None = None
) -> AuditReport:
    """Audit one file.

    Args:
        world: the library as read; it is not changed.
        path: a file in any format that ingestion reads.
        region: full administrative name; None to take it from the document, 全国 when that names none.
        as_of: the day on which the text is to hold; None for ``today``.
        today: the clock, unless a test sets it.

    Returns:
        The report; a file without demands has none. A file that cannot be read has ``error`` and no findings; nothing is raised.
    """
    return audit_files(world, [path], region, as_of, today=today)[0]


def audit_files(
    world: World,
    paths: Sequence[FilePath | str],
    region: str | None = None,
    as_of: date | None = None,
    *,
    today: date | None = None,
    progress: Progress | None = None,
) -> list[AuditReport]:
    """Audit several files; each has its own report in the order given, and what shows only between them (C1, D1) is added to both."""
    ready = prepared(world)
    day = as_of or today or date.today()
    reports = []
    for number, path in enumerate(paths, 1):
        if progress:
            progress(number - 1, len(paths), FilePath(path).name)
        reports.append(_one(ready, FilePath(path), region, day, progress))
    if progress:
        progress(len(paths), len(paths), "")
    return _over_set(ready, reports, day)


def _one(world: AuditWorld, path: FilePath, region: str | None, day: date, progress: Progress | None = None) -> AuditReport:
    try:
        blocks, document = read_document(path)
        place = region_of(document, blocks, region)
        return audit_document(world, blocks, document, place, day, path, progress)
    except JianzhengError as error:
        return AuditReport(file=path.name, error=str(error), as_of=day, path=str(path))
    except Exception as error:
        log.exception("audit of %s failed", path.name)
        message = f"文件“{path.name}”读取时出错（{type(error).__name__}），没有审核。请换一种格式另存后重试。"
        return AuditReport(file=path.name, error=message, as_of=day, path=str(path))


def read_document(path: FilePath) -> tuple[Blocks, ParsedDocument]:
    """Blocks and parse of one file; nothing is stored. Raises RejectedFile for what cannot be read."""
    from knowledge.errors import RejectedFile

    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise RejectedFile(f"文件“{path.name}”有 {size // 1048576} MB，超过 {MAX_BYTES // 1048576} MB。请拆分后再审。")
        data = path.read_bytes()
    except OSError as error:
        raise RejectedFile(f"文件“{path.name}”读不出来（{error.strerror}）。请检查路径和权限。") from error
    blocks = read(data, path.name)
    import hashlib

    return blocks, parse_blocks(blocks, path.name, hashlib.sha256(data).hexdigest())


def region_of(document: ParsedDocument, blocks: Blocks, region: str | None) -> str:
    """The place whose law and lists apply: the option, what the document says of itself, the place its text names most."""
    if region:
        parsed = parse_region(region)
        return parsed.name if isinstance(parsed, Region) else region
    if document.region:
        return document.region
    names = [m.region.name for m in find_regions(blocks.text[:4000]) if m.region is not None and not m.title]
    if not names:
        return "全国"
    return max(sorted(set(names), key=names.index), key=lambda n: (names.count(n), len(n)))


def audit_document(
    world: AuditWorld,
    blocks: Blocks,
    document: ParsedDocument,
    region: str,
    day: date,
    path: FilePath,
    progress: Progress | None = None,
) -> AuditReport:
    """Findings of a parsed document."""
    demands = demands_of(blocks, document)
    ledger = document.kind is DocKind.LEDGER
    setting = Setting(world, region, day, () if ledger else tuple(d.name for d in demands), ledger and len(demands) > QUICK)
    judged = judge_all(setting, demands, progress)
    if not ledger:
        judged = attach(judged, repeats(setting, judged))
    judged = tuple(replace(j, findings=tuple(replace(f, file=path.name) for f in j.findings)) for j in judged)
    return AuditReport(
        file=path.name,
        kind=document.kind,
        title=document.title,
        region=region,
        as_of=day,
        judged=judged,
        problems=document.problems,
        path=str(path),
        corpus=world.corpus,
        blocks=blocks if ledger else None,
    )


def _over_set(world: AuditWorld, reports: list[AuditReport], day: date) -> list[AuditReport]:
    """C1 and D1 between files (and between the rows of a ledger)."""
    if len(reports) < 2 and not any(r.kind is DocKind.LEDGER for r in reports):
        return reports
    placed = [Placed(str(n), j.demand.order, j) for n, r in enumerate(reports) for j in r.judged]
    region = next((r.region for r in reports if r.region != "全国"), "全国")
    setting = Setting(world, region, day)
    found = [*circles(setting, placed), *shared_facts(setting, placed)]
    out = []
    for n, report in enumerate(reports):
        own: list[Finding] = [replace(f, file=report.file) for p, f in found if p.file == str(n)]
        out.append(replace(report, judged=attach(report.judged, own)) if own else report)
    return out


# ---------- output ----------
def report_json(report: AuditReport) -> dict[str, Any]:
    """The audit of one file as ``audit --json`` prints it."""
    return {
        **_head_json(report),
        "findings": [finding_json(f) for f in report.findings],
        "demands": [demand_json(j) for j in report.judged],
    }


def _head_json(report: AuditReport) -> dict[str, Any]:
    out: dict[str, Any] = {
        "file": report.file,
        "kind": str(report.kind),
        "title": report.title,
        "region": report.region,
        "as_of": report.as_of.isoformat() if report.as_of else None,
        "counts": report.counts,
        "problems": [asdict(p) | {"locator": locator_json(p.locator)} for p in report.problems],
        "accepted": report.accepted,
        "corpus": report.corpus,
    }
    if report.error:
        out["error"] = report.error
    return out


def write_json(reports: Sequence[AuditReport], stream: TextIO, *, listed: bool = True) -> None:
    """The audits as one JSON value, one finding a line, without holding ten thousand of them as text: a list, or (``listed`` False)
    the object itself where there is only one."""
    listed = listed or len(reports) != 1
    cited = lru_cache(maxsize=4096)(citation_json)  # ten thousand rows cite some hundred articles
    stream.write("[\n" if listed else "")
    for number, report in enumerate(reports):
        found = (finding_json(f, cited) for f in report.findings)
        stream.write(json.dumps(_head_json(report), ensure_ascii=False).removesuffix("}"))
        for name, items in (("findings", found), ("demands", (demand_json(j) for j in report.judged))):
            stream.write(f', "{name}": [')
            for at, item in enumerate(items):
                stream.write((",\n  " if at else "\n  ") + json.dumps(item, ensure_ascii=False))
            stream.write("]")
        stream.write("}" + (",\n" if number + 1 < len(reports) else "\n"))
    stream.write("]\n" if listed else "")


def finding_json(f: Finding, cited: Callable[[Citation], dict[str, Any]] = citation_json) -> dict[str, Any]:
    """One finding; ``no_citation`` says why nothing is cited where nothing is. ``cited`` writes a citation."""
    out = {
        "code": f.code,
        "severity": f.severity,
        "title": f.title,
        "demand": f.demand.demand,
        "context": f.demand.context or None,
        "proof_name": f.demand.name,
        "matter": f.demand.matter,
        "basis": f.demand.basis,
        "verdict": f.verdict,
        "path": f.path,
        "reason": f.reason,
        "citations": [cited(c) for c in f.citations],
        "suggestion": f.suggestion,
        "locator": locator_json(f.demand.locator),
    }
    if not f.citations:
        out["no_citation"] = "库中没有可引的条文，见 reason。"
    return out


def demand_json(j: Judged) -> dict[str, Any]:
    """One demand with its decision, clean ones included."""
    return {
        "demand": j.demand.demand,
        "proof_name": j.demand.name,
        "proof": j.proof,
        "is_proof": j.is_proof,
        "matter": j.demand.purpose or j.demand.matter,
        "basis": j.demand.basis,
        "basis_state": [b.state for b in j.bases],
        "verdict": j.verdict,
        "path": j.path,
        "codes": [f.code for f in j.findings],
        "locator": locator_json(j.demand.locator),
    }


# ---------- baseline ----------
def load_baseline(path: FilePath) -> frozenset[str]:
    """Keys of accepted findings; none when there is no such file. Raises JianzhengError when the file is not a baseline."""
    if not path.exists():
        return frozenset()
    try:
        data = json.loads(path.read_text("utf-8"))
        return frozenset(str(entry["key"]) for entry in data["accepted"])
    except (ValueError, KeyError, TypeError) as error:
        raise JianzhengError(f"基线文件“{path.name}”读不懂。请删除后用 --accept 重新生成。") from error


def with_baseline(reports: Iterable[AuditReport], accepted: frozenset[str]) -> list[AuditReport]:
    """Reports that show only what is not accepted; ``accepted`` counts what was left out."""
    out = []
    for report in reports:
        hidden = frozenset(f.key for f in report.findings if f.key in accepted)
        out.append(replace(report, hidden=hidden, accepted=sum(1 for f in report.findings if f.key in hidden)))
    return out


def write_baseline(path: FilePath, reports: Iterable[AuditReport], before: frozenset[str] = frozenset()) -> int:
    """Accept every finding of the reports (and those accepted before); returns how many are in the file."""
    keys = {f.key: f"{f.file}：{f.title}" for r in reports for f in r.findings}
    entries = [{"key": k, "note": keys.get(k, "以前接受的")} for k in sorted(before | set(keys))]
    text = json.dumps({"accepted": entries}, ensure_ascii=False, indent=1) + "\n"
    path.write_text(text, "utf-8")
    return len(entries)
