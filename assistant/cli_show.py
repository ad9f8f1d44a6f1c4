"""Verbs that print what stands in the library: ``show`` a norm, an article, a clause or a list row; ``diff`` two versions."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli_common import AsJson, emit, parse_day, state, tell
from knowledge.errors import Ambiguous, NotFound

if TYPE_CHECKING:
    from knowledge.diff import Change
    from knowledge.store import Library, StoredDocument, StoredEntry, StoredInstrument, StoredProvision

    Found = StoredInstrument | StoredProvision | StoredEntry | StoredDocument

_ROW = re.compile(r"(?P<home>.+?)[ 　]*第?[ 　]*(?P<number>\d{1,5})[ 　]*行$")
_LEVELS = {
    "constitution": "宪法", "law": "法律", "admin_regulation": "行政法规", "state_council_decision": "国务院决定",
    "judicial_interpretation": "司法解释", "local_regulation": "地方性法规", "dept_rule": "部门规章", "local_rule": "地方政府规章",
    "normative_document": "规范性文件", "treaty": "国际条约", "unknown": "位阶不明",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Adds these verbs to the command."""
    app.command()(show)
    app.command()(diff)


def show(
    context: typer.Context,
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="优化营商环境条例第四十四条第三款、文号、…@2019-10-22#art_44.para_3 或清单行 …#row_12")
    ],
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="D", help="这一天有效的版本，默认今天")] = None,
    as_json: AsJson = False,
) -> None:
    """打印一部法、一条、一款或清单的一行，别的什么也不打印。"""
    day = parse_day(as_of, "--as-of") or date.today()
    with state(context).open() as library:
        found = find(library, ref, day)
        status = _note_status(found, day)
        if as_json:
            _emit(library, found, status)
        else:
            _print(library, found)


def find(library: Library, ref: str, day: date) -> Found:
    """Whatever a reference names on a day.

    Raises:
        NotFound: nothing, with the reason (no such norm, version, article, clause).
        Ambiguous: several versions fit.
    """
    try:
        return library.show(ref)
    except NotFound as error:
        missing = error
    if (row := _ROW.match(ref)) and (entry := _row(library, row["home"].strip("《》"), int(row["number"]))):
        return entry
    if found := _reference(library, ref, day):
        return found
    if home := library.document(ref.strip("《》")) or _titled(library, ref.strip("《》")):
        return home
    raise missing


def _reference(library: Library, ref: str, day: date) -> Found | None:
    from knowledge.catalogue import LibraryCatalogue
    from knowledge.reference_input import parse_reference
    from knowledge.resolve import Outcome, resolve

    mention = parse_reference(ref)
    if mention is None:
        return None
    result = resolve(mention, LibraryCatalogue(library), day)
    if result.outcome is Outcome.FOUND and result.ref:
        return library.show(result.ref)
    if result.outcome is Outcome.AMBIGUOUS:
        raise Ambiguous(result.reason, tuple(item.ref for item in result.candidates))
    if mention.doc_number and (found := library.find_doc_number(mention.doc_number)):
        return found[0]
    if result.instrument is not None and str(result.instrument.text_kind) == "gist":
        raise NotFound(
            f"库中只有《{result.instrument.title}》的要点，不是原文，查不到{mention.label}。请把原文入库：jianzheng ingest 文件。"
        )
    if result.code != "title" or mention.number is not None:
        raise NotFound(result.reason)
    return None


def _titled(library: Library, title: str) -> StoredDocument | None:
    return next((item for item in library.documents() if item.title == title), None)


def _row(library: Library, home: str, number: int) -> StoredEntry | None:
    document = library.document(home) or _titled(library, home)
    if document is None:
        return None
    return next((item for item in library.entries(document_id=document.id) if item.row_number == number), None)


def _note_status(found: Found, day: date) -> str | None:
    """The validity on the day; says so on stderr when what is shown was not in force."""
    from knowledge.types import Status
    from knowledge.validity import status_on

    home = getattr(found, "instrument", None)
    norm = getattr(home, "instrument", home)
    if norm is None or not hasattr(norm, "effective"):
        return None
    status = status_on(norm, day)
    by = f"（{norm.ended_by}）" if norm.ended_by else ""
    words = {
        Status.REPEALED: f"已于 {norm.ended or '某日'} 废止或失效{by}",
        Status.AMENDED: f"已于 {norm.ended or '某日'} 被新版本取代{by}",
        Status.NOT_YET: f"自 {norm.effective or norm.published} 起施行，{day} 尚未施行",
        Status.UNKNOWN: "施行日期不明",
    }.get(status)
    if words:
        tell(f"注意：《{norm.title}》（{norm.version}）{words}。")
    return str(status)


def _emit(library: Library, found: Found, status: str | None) -> None:
    from assistant.as_json import provisions_json, stored_json
    from knowledge.store import StoredDocument, StoredInstrument

    data = stored_json(found)
    if status:
        data["status"] = status
    if isinstance(found, StoredInstrument):
        data["provisions"] = [row for item in library.provisions_of(found.id) for row in provisions_json(item.provision)]
    elif isinstance(found, StoredDocument):
        data["rows"] = [stored_json(item) for item in library.entries(document_id=found.id)]
        data["provisions"] = [row for item in library.provisions_in(found.id) for row in provisions_json(item.provision)]
    emit(data)


def _print(library: Library, found: Found) -> None:
    from knowledge.store import StoredDocument, StoredEntry, StoredInstrument

    if isinstance(found, StoredInstrument):
        _print_instrument(library, found)
    elif isinstance(found, StoredEntry):
        print(entry_line(found))
    elif isinstance(found, StoredDocument):
        print("，".join(filter(None, (found.title or found.file, found.doc_number, found.issuer, found.region, _day(found.published)))))
        for item in library.entries(document_id=found.id):
            print(f"{item.row_number}. {entry_line(item)}")
        for provision in library.provisions_in(found.id):
            print(f"{provision.label} {provision.text}")
    else:
        print(_marked(found.provision.text_kind) + found.text)


def _print_instrument(library: Library, found: StoredInstrument) -> None:
    norm = found.instrument
    print(norm.title + (f" {norm.part}" if norm.part else ""))
    facts = (
        _LEVELS.get(str(norm.level)),
        norm.region,
        norm.issuer,
        norm.doc_number,
        f"公布 {norm.published}" if norm.published else None,
        f"施行 {norm.effective}" if norm.effective else "施行日期不明",
        f"终止 {norm.ended}（{norm.ended_by or '来源所记'}）" if norm.ended else None,
    )
    print("，".join(filter(None, facts)))
    headings: tuple[str, ...] = ()
    for item in library.provisions_of(found.id):
        for heading in item.provision.headings[_common(headings, item.provision.headings) :]:
            print(f"\n{heading}")
        headings = item.provision.headings
        print(f"{item.label} {_marked(item.provision.text_kind)}{item.text}")


def _common(old: tuple[str, ...], new: tuple[str, ...]) -> int:
    return next((index for index, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new)))


def entry_line(found: StoredEntry) -> str:
    """A list row in one line of labelled cells."""
    entry = found.entry
    cells = (
        ("证明", entry.proof_name), ("事项", entry.matter), ("用途", entry.purpose), ("依据", entry.original_basis),
        ("索要", entry.requesting_body), ("开具", entry.issuing_body), ("取消后", entry.replacement), *entry.extra,
    )  # fmt: skip
    return "；".join(f"{name}：{value}" for name, value in cells if value)


def _marked(text_kind: Any) -> str:
    return "〔要点，非原文〕" if str(text_kind) == "gist" else ""


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def diff(
    context: typer.Context,
    law: Annotated[str, typer.Argument(metavar="LAW", help="法规名称")],
    start: Annotated[str | None, typer.Option("--from", metavar="D", help="旧版本：这一天有效的，默认最早一版")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="D", help="新版本：这一天有效的，默认最新一版")] = None,
    as_json: AsJson = False,
) -> None:
    """比较一部法的两个版本，列出增、删、改、移的条款；没有差别时退出码为 0，有差别为 1。"""
    from dataclasses import asdict

    from knowledge.diff import diff_versions
    from knowledge.text import law_name

    first, last = parse_day(start, "--from"), parse_day(end, "--to")
    with state(context).open() as library:
        versions = library.instruments(law_name(law))
        old, new = _version(versions, law, first, 0), _version(versions, law, last, -1)
        before, after = ([item.provision for item in library.provisions_of(one.id)] for one in (old, new))
        changes = diff_versions(before, after)
    if as_json:
        emit({"from": old.ref, "to": new.ref, "changes": [asdict(change) for change in changes]})
    else:
        print(f"{old.ref} → {new.ref}：{len(changes)} 处不同")
        for change in changes:
            _print_change(change)
    raise typer.Exit(1 if changes else 0)


def _version(versions: list[StoredInstrument], law: str, day: date | None, default: int) -> StoredInstrument:
    from knowledge.types import Instrument
    from knowledge.validity import starts, version_on

    if not versions:
        raise NotFound(f"库中没有《{law}》。请核对名称；用 jianzheng sources 查看。")
    if day is None:
        return sorted(versions, key=lambda item: (starts(item.instrument) or date.min, item.instrument.version))[default]
    current = version_on([item.instrument for item in versions], day)
    if not isinstance(current, Instrument):
        known = tuple(item.ref for item in versions)
        raise Ambiguous(f"《{law}》在 {day} 没有唯一有效的版本，请换一个日期。库中的版本：", known)
    return next(item for item in versions if item.instrument == current)


_SIGNS = {"added": "+ 增", "removed": "- 删", "changed": "~ 改", "renumbered": "= 移"}


def _print_change(change: Change) -> None:
    label = " → ".join(dict.fromkeys(filter(None, (change.old_label, change.new_label))))
    print(f"{_SIGNS[change.kind]} {label}{'（' + change.note + '）' if change.note else ''}")
    if change.kind == "changed":
        print(f"    旧：{marked(change.old_text or '', [(edit[0], edit[1]) for edit in change.edits])}")
        print(f"    新：{marked(change.new_text or '', [(edit[2], edit[3]) for edit in change.edits])}")
    elif change.kind != "renumbered":
        print(f"    {change.new_text or change.old_text}")


def marked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with the changed places in 【】."""
    out, at = [], 0
    for start, end in spans:
        if end > start:
            out += [text[at:start], "【", text[start:end], "】"]
            at = end
    return "".join([*out, text[at:]])
