"""Files that an audit leaves in a folder: commented copies, findings, ledgers with added columns, the summary, JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.audit import read_document, write_json
from assistant.audit_docx import commented_copy, summary_docx
from assistant.audit_track import tracked_copy
from assistant.audit_types import AuditReport
from assistant.audit_xlsx import commented_workbook, findings_xlsx, ledger_xlsx
from knowledge.errors import JianzhengError
from knowledge.types import DocKind


def write_outputs(folder: Path, reports: Sequence[AuditReport], formats: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """Write what ``formats`` (docx, xlsx, json, track) ask for; yields each path with a Chinese problem, empty when it was written.

    The originals are only read. One file that cannot be commented stops none of the others.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if "json" in formats:
        path = folder / "findings.json"
        with path.open("w", encoding="utf-8") as stream:
            write_json(reports, stream)
        yield path, ""
    if "xlsx" in formats:
        findings_xlsx(folder / "问题清单.xlsx", reports)
        yield folder / "问题清单.xlsx", ""
    if "docx" in formats:
        summary_docx(folder / "审核情况一页纸.docx", reports)
        yield folder / "审核情况一页纸.docx", ""
    taken: set[str] = set()
    for report in reports:
        if report.error is None and report.path:
            yield from _copies(folder, report, formats, taken)


def _copies(folder: Path, report: AuditReport, formats: Sequence[str], taken: set[str]) -> Iterator[tuple[Path, str]]:
    source = Path(report.path)
    stem = _free(source.stem, taken)
    suffix = source.suffix.lower()
    try:
        if "docx" in formats and suffix == ".docx" and report.findings:
            target = folder / f"{stem}-批注.docx"
            commented_copy(source, target, report)
            yield target, ""
        if "track" in formats and suffix == ".docx" and report.findings:
            target = folder / f"{stem}-修订.docx"
            tracked_copy(source, target, report)
            yield target, ""
        if "xlsx" in formats and report.kind is DocKind.LEDGER:
            target = folder / f"{stem}-清理意见.xlsx"
            ledger_xlsx(target, report.blocks or read_document(source)[0], report)
            yield target, ""
        elif "xlsx" in formats and suffix == ".xlsx" and report.findings:
            target = folder / f"{stem}-批注.xlsx"
            commented_workbook(source, target, report)
            yield target, ""
    except JianzhengError as error:
        yield source, str(error)


def _free(stem: str, taken: set[str]) -> str:
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}({number})"
    taken.add(name)
    return name
