"""Verbs on the library as a whole: ingest, parse, sources, status, reindex, correct, remove, backup."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli_common import AsJson, emit, parse_day, progress_bar, state, tell

if TYPE_CHECKING:
    from ingest.pipeline import IngestReport
    from knowledge.store import Coverage, Library, StoredCorrection

_KINDS = ("law", "list", "ledger", "guide", "draft", "notice", "catalogue")
_STATUS = {"stored": "新入库", "replaced": "更新", "unchanged": "未变", "rejected": "拒收"}
_KIND_NAMES = {
    "law": "法规", "list": "清单", "ledger": "台账", "guide": "办事指南", "draft": "送审稿", "notice": "公告", "catalogue": "共享目录",
    "unknown": "未识别",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Adds these verbs to the command."""
    for verb in (ingest, parse, sources, status, reindex, correct, remove, backup):
        app.command()(verb)


def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="文件或文件夹")],
    region: Annotated[str | None, typer.Option(help="这些文件适用的地区，例如 浙江省金华市义乌市")] = None,
    kind: Annotated[str | None, typer.Option(help=f"文件种类：{' '.join(_KINDS)}")] = None,
    published: Annotated[str | None, typer.Option(metavar="D", help="公布日期，例如 2018-05-03")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="同时读取的进程数")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="等向量算完；--no-wait 时向量在后台计算，进度见 status")] = True,
    as_json: AsJson = False,
) -> None:
    """把文件或文件夹读入知识库，每个文件一份报告。"""
    from assistant.as_json import report_json
    from ingest.later import refresh_later
    from ingest.pipeline import ingest_paths, refresh_indexes

    if kind is not None and kind not in _KINDS:
        raise typer.BadParameter(f"没有“{kind}”这一种。可用：{'、'.join(_KINDS)}。", param_hint="--kind")
    day = parse_day(published, "--published")
    start = time.perf_counter()
    own = state(context)
    with own.open(writable=True) as library:
        with progress_bar("入库") as progress:
            reports = ingest_paths(
                paths,
                library,
                region=region,
                kind=kind,
                published=day,
                jobs=jobs or own.settings.jobs or None,
                progress=progress,
                refresh=False,
            )
        stored = time.perf_counter() - start
        refresh_indexes(library) if wait else refresh_later(library)
        counts = Counter(report.status for report in reports)
        if as_json:
            timing = {"seconds": round(time.perf_counter() - start, 2), "seconds_store": round(stored, 2)}
            emit({"files": [report_json(item) for item in reports], "counts": counts, "corpus": library.corpus_hash(), **timing})
        else:
            _print_reports(reports, counts)
    if not reports:
        tell("没有找到可以读取的文件。")
    raise typer.Exit(1 if counts["rejected"] or not reports else 0)


def _print_reports(reports: list[IngestReport], counts: Counter[str]) -> None:
    for report in reports:
        if report.status == "rejected":
            tell(f"拒收 {report.path}：{report.reason}")
            continue
        if len(reports) <= 60 or not report.ready:
            what = [f"{number} {unit}" for number, unit in ((report.provisions, "条"), (report.entries, "行")) if number]
            words = "，".join(filter(None, (_KIND_NAMES.get(report.kind or "", ""), *what, "" if report.ready else "有问题")))
            print(f"{_STATUS[report.status]} {report.file}{'（' + words + '）' if words else ''}")
        for problem in report.problems:
            tell(f"  {report.file}：{problem.message}")
    print("，".join(f"{_STATUS[name]} {number}" for name, number in sorted(counts.items())) or "没有文件")


def parse(context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE")], as_json: AsJson = False) -> None:
    """读一个文件并打印将要入库的内容，不入库。"""
    from assistant.as_json import parsed_json
    from ingest.pipeline_read import parse as read

    parsed = read(file)
    if as_json:
        emit(parsed_json(parsed))
        return
    print(f"{parsed.title or parsed.file}（{_KIND_NAMES[parsed.kind]}，{parsed.format}）")
    for label, value in (("文号", parsed.doc_number), ("发布机关", parsed.issuer), ("地区", parsed.region), ("公布", parsed.published)):
        if value:
            print(f"{label}：{value}")
    for provision in parsed.provisions:
        print(f"{provision.label} {provision.text}")
    for number, row in enumerate(parsed.entries, 1):
        print(f"{number}. {'；'.join(filter(None, (row.proof_name, row.matter, row.original_basis, row.replacement)))}〔{row.path}〕")
    for problem in parsed.problems:
        tell(f"问题：{problem.message}")
    print("守恒：" + ("成立" if parsed.conservation.holds else "不成立"))


def sources(
    context: typer.Context,
    changes: Annotated[bool, typer.Option("--changes", help="只看更新过的文件改了什么")] = False,
    corrections: Annotated[bool, typer.Option("--corrections", help="只看人工更正，排队的在前")] = False,
    problems: Annotated[bool, typer.Option("--problems", help="只看有问题的文件")] = False,
    as_json: AsJson = False,
) -> None:
    """列出知识库里的文件。"""
    from assistant.as_json import document_json

    with state(context).open() as library:
        if changes:
            _changes(library, as_json)
            return
        if corrections:
            _corrections(library.corrections(), as_json)
            return
        documents = [item for item in library.documents() if not problems or item.problems or not item.conservation.holds]
        if as_json:
            emit({"corpus": library.corpus_hash(), "documents": [document_json(item) for item in documents]})
            return
        for item in documents:
            what = [f"{number} {unit}" for number, unit in ((item.provisions, "条"), (item.entries, "行")) if number]
            where = "，".join(filter(None, (_KIND_NAMES.get(item.kind), item.region, *what)))
            print(f"{item.ref}（{where}）{item.file}")
            for problem in item.problems if problems else ():
                print(f"  {problem.message}")


def _changes(library: Library, as_json: bool) -> None:
    """Editions newest first; a changed clause is shown as it was and as it became, what differs in 【】."""
    from assistant.cli_show import marked
    from knowledge.diff import edits_between

    found = library.changes()
    if as_json:
        keys = ("added", "removed", "changed", "kept")
        emit(
            [
                {"ref": item.ref, "file": item.file, "revision": item.revision, **{key: getattr(change, key) for key in keys}}
                for item, change in found
            ]
        )
        return
    became: dict[str, str] = {}  # text of a clause in the edition after the one at hand
    for item, change in found:
        counts = f"增 {len(change.added)}，删 {len(change.removed)}，改 {len(change.changed)}，未变 {change.kept}"
        print(f"{item.ref} 第 {item.revision} 版：{counts}")
        for ref in change.added:
            key = f"{item.ref}#{ref}" if ref.startswith("row_") else ref
            words = became.get(key) or _words_now(library, key)
            print(f"  + 增 {ref}" + (f"：{words}" if words else ""))
        for ref, words in change.removed:
            print(f"  - 删 {ref}：{words}")
        for ref, old in change.changed:
            key = f"{item.ref}#{ref}" if ref.startswith("row_") else ref
            new = became.get(key) or _words_now(library, key)
            edits = edits_between(old, new) if new else ()
            print(f"  ~ 改 {ref}\n    旧：{marked(old, [e[:2] for e in edits])}")
            if new:
                print(f"    新：{marked(new, [e[2:] for e in edits])}")
            became[key] = old


def _words_now(library: Library, ref: str) -> str:
    """A clause, or a list row in one line as change records hold it, as the library reads today; empty when it is gone."""
    if "#row_" not in ref:
        stored = library.provision(ref)
        return stored.text if stored else ""
    row = library.entry(ref)
    if row is None:
        return ""
    e = row.entry
    parts = (e.proof_name, e.matter, e.purpose, e.original_basis, e.requesting_body, e.issuing_body, e.replacement, str(e.path.value))
    return "；".join(part for part in parts if part)


def _corrections(found: list[StoredCorrection], as_json: bool) -> None:
    found = sorted(found, key=lambda item: (item.state != "queued", item.id))
    if as_json:
        emit([{name: getattr(item, name) for name in item.__dataclass_fields__} for item in found])
        return
    words = {"queued": "排队：原文已变，请重新核对", "applied": "有效", "withdrawn": "已撤回"}
    for item in found:
        change = f"{item.field}：{item.old_text} → {item.new_text} {item.reason}".rstrip()
        print(f"第 {item.id} 号（{words[item.state]}）{item.document_ref} {change}")


def status(
    context: typer.Context, check: Annotated[bool, typer.Option("--check", help="做完整性检查")] = False, as_json: AsJson = False
) -> None:
    """知识库的数量、覆盖范围、问题和语料校验值。"""
    from assistant.settings import shown
    from ingest.later import vectors_progress

    own = state(context)
    with own.open() as library:
        vectors = vectors_progress(library)
        coverage = library.coverage()
        faults = library.integrity_check() if check else []
        queued = [item for item in library.corrections() if item.state == "queued"]
        troubled = library.problems()
        if as_json:
            emit(_status_json(coverage) | {
                "library": str(own.settings.library), "corpus": library.corpus_hash(), "revision": library.revision(),
                "problems": len(troubled), "faults": faults, "corrections_queued": len(queued), "settings": shown(own.settings),
                "vectors_pending": {"done": vectors[0], "total": vectors[1]} if vectors else None,
            })  # fmt: skip
        else:
            print(f"知识库 {own.settings.library}\n语料校验值 {library.corpus_hash()}")
            counts = (
                ("文件", "documents"),
                ("法规", "instruments"),
                ("条文", "provisions"),
                ("清单行", "entries"),
                ("材料要求", "requirements"),
            )
            print("，".join(f"{label} {getattr(coverage, name)}" for label, name in counts))
            for row in coverage.rows:
                print(f"  {row.group:28s} {row.region or '（未注明地区）'}：{row.documents} 件，{row.rows} 条，最新 {row.newest or '不详'}")
            print(f"问题 {len(troubled)}，待处理的更正 {len(queued)}")
            if vectors:
                print(f"向量正在后台计算：{vectors[0]}/{vectors[1] or '…'}，算完之前检索只用全文索引")
            for fault in faults:
                tell(fault)
    raise typer.Exit(1 if faults else 0)


def _status_json(coverage: Coverage) -> dict[str, Any]:
    counts = {name: getattr(coverage, name) for name in ("documents", "instruments", "provisions", "entries", "requirements")}
    rows = [
        {
            "group": row.group,
            "region": row.region,
            "documents": row.documents,
            "rows": row.rows,
            "newest": str(row.newest) if row.newest else None,
        }
        for row in coverage.rows
    ]
    return {**counts, "newest": str(coverage.newest) if coverage.newest else None, "coverage": rows}


def reindex(context: typer.Context, as_json: AsJson = False) -> None:
    """从知识库重建检索索引。"""
    from knowledge.search import refresh

    start = time.perf_counter()
    with state(context).open(writable=True) as library:
        refresh(library, force=True)
        result = {"provisions": library.coverage().provisions, "entries": library.coverage().entries}
    result["seconds"] = round(time.perf_counter() - start, 2)
    if as_json:
        emit(result)
    else:
        print(f"已重建：条文 {result['provisions']}，清单行 {result['entries']}，用时 {result['seconds']} 秒")


def correct(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="清单行 …#row_12，或条文 …#art_44")],
    field: Annotated[str, typer.Option(help="清单行的字段名；条文用 text")],
    to: Annotated[str, typer.Option(help="改成什么")],
    old: Annotated[str, typer.Option("--from", help="条文中要改的原字句")] = "",
    reason: Annotated[str, typer.Option(help="为什么")] = "",
    as_json: AsJson = False,
) -> None:
    """更正一处读错的内容；再次读入同一文件时仍然有效，对不上原文的更正会排队等人处理。"""
    from ingest.pipeline import refresh_indexes

    with state(context).open(writable=True) as library:
        number = library.correct(ref, field, to, old=old, reason=reason)
        refresh_indexes(library)
    if as_json:
        emit({"correction": number, "ref": ref})
    else:
        print(f"已更正 {ref}（第 {number} 号更正）")


def remove(
    context: typer.Context, document: Annotated[str, typer.Argument(help="文件的 ref、文件名或 sha256")], as_json: AsJson = False
) -> None:
    """把一个文件移出知识库（记录保留，不再参与回答）。"""
    from ingest.pipeline import refresh_indexes

    with state(context).open(writable=True) as library:
        found = library.remove(document)
        refresh_indexes(library)
    if as_json:
        emit({"ref": found.ref, "file": found.file, "sha256": found.sha256})
    else:
        print(f"已移出 {found.ref}（{found.file}）")


def backup(context: typer.Context, target: Annotated[Path, typer.Argument(help="新目录")], as_json: AsJson = False) -> None:
    """把知识库备份到一个新目录；该目录可直接用作 --library。"""
    with state(context).open() as library:
        library.backup(target)
        corpus = library.corpus_hash()
    if as_json:
        emit({"backup": str(target), "corpus": corpus})
    else:
        print(f"已备份到 {target}")
