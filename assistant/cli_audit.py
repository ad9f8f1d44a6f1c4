"""Verbs ``audit`` and ``impact``: thin over ``assistant.audit`` and ``assistant.audit_impact``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli_common import AsJson, emit, parse_day, tell

FORMATS = ("docx", "xlsx", "json", "track")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command("audit")(audit)
    app.command("impact")(impact)


def audit(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="送审稿、办事指南或者台账；也可以是文件夹")],
    region: Annotated[str | None, typer.Option(help="行政区划，如 浙江省金华市义乌市；不填则从文件里读")] = None,
    as_of: Annotated[str | None, typer.Option(metavar="D", help="按哪一天的法律审（YYYY-MM-DD），默认今天")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="结果放在哪个文件夹")] = None,
    formats: Annotated[
        str, typer.Option("--format", help="docx,xlsx,json，可以组合；加 track 另出带修订标记的 .docx；配合 --out")
    ] = "docx,xlsx,json",
    policy: Annotated[str | None, typer.Option(help="台账清理口径：national、yiwu、jinhua、longyou、zhucheng、zibo；配合 --out")] = None,
    baseline: Annotated[Path | None, typer.Option(metavar="FILE", help="已接受的问题；只报新的")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="把这次的问题全部记入基线文件")] = False,
    progress: Annotated[bool, typer.Option("--progress", help="标准错误不是终端时也报进度")] = False,
    as_json: AsJson = False,
) -> None:
    """审草案、指南、台账：每一处索要的证明，依据对不对、能不能要、怎么改。有新的错误时退出码为 1。"""
    from assistant.audit import audit_files, load_baseline, with_baseline, write_baseline, write_json
    from assistant.library import open_for_reading
    from ingest.pipeline import find_files

    chosen = _formats(formats)
    day = parse_day(as_of, "--as-of")
    if policy is not None and out is None:
        raise typer.BadParameter("--policy 要和 --out DIR 一起用。", param_hint="--policy")
    if accept and baseline is None:
        raise typer.BadParameter("--accept 要和 --baseline FILE 一起用。", param_hint="--accept")
    paths = find_files(files)
    if not paths:
        tell("没有找到可以审的文件。")
        raise typer.Exit(2)
    accepted = load_baseline(baseline) if baseline else frozenset()
    reports = audit_files(open_for_reading(ctx.obj), paths, region, day, progress=_progress(progress))
    if accept and baseline is not None:
        kept = write_baseline(baseline, reports, accepted)
        tell(f"基线 {baseline} 现有 {kept} 条。")
        accepted = load_baseline(baseline)
    reports = with_baseline(reports, accepted)
    if out is not None:
        beside = _beside(_clean_up, out, reports, policy, chosen) if policy is not None else None
        _write(out, reports, chosen)
        if beside is not None:
            beside()
    if as_json:
        write_json(reports, sys.stdout, listed=False)
    else:
        _show(reports)
    raise typer.Exit(1 if any(r.error or r.errors for r in reports) else 0)


def impact(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="LAW_FILE", help="新公布、修改或者废止的法规文本")],
    ledgers: Annotated[list[Path] | None, typer.Option("--ledger", metavar="FILE", help="一并核对的台账或者办事指南，可以多次")] = None,
    title: Annotated[str | None, typer.Option(help="法规名称，文件里没有时填")] = None,
    repeal: Annotated[bool, typer.Option("--repeal", help="这部法规被废止，没有新文本接替")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="看过影响之后，把文本存入知识库")] = False,
    as_json: AsJson = False,
) -> None:
    """一部法规新增、修改或者废止，会影响哪些清单行、台账行和结论：前后对比的任务单。不加 --confirm 什么也不存。"""
    from assistant.audit_impact import impact_json, impact_of
    from assistant.library import open_for_reading

    if confirm and repeal:
        raise typer.BadParameter("废止的文本不入库；请导入宣布废止的决定。", param_hint="--confirm")
    found = impact_of(open_for_reading(ctx.obj), file, ledgers or [], title=title, repeal=repeal)
    if as_json:
        emit(impact_json(found))
    else:
        _show_impact(found)
    if confirm:
        from ingest.pipeline import ingest_file

        with ctx.obj.open(writable=True) as library:
            report = ingest_file(file, library)
        tell(f"已入库：{report.file}" if report.status != "rejected" else f"拒收：{report.reason}")
    raise typer.Exit(1 if found.tasks else 0)


def _show_impact(found: Any) -> None:
    versions = "、".join(found.known_versions) or "库中没有这部法规"
    typer.echo(f"《{found.title}》{found.version}（库中版本：{versions}）")
    if found.repeals:
        typer.echo(f"  废止：{'、'.join(found.repeals)}")
    typer.echo(f"  条文变化 {len(found.articles)} 处，任务 {len(found.tasks)} 项")
    for number, task in enumerate(found.tasks, 1):
        mark = "！" if task.urgent else "·"
        typer.echo(f"{mark} {number}. {task.what}{f'（{task.matter}）' if task.matter else ''} {task.basis}：{task.before} → {task.after}")
        typer.echo(f"      {task.action}　[{task.where}]")


def _formats(words: str) -> tuple[str, ...]:
    chosen = tuple(w.strip() for w in words.split(",") if w.strip())
    wrong = [w for w in chosen if w not in FORMATS]
    if wrong or not chosen:
        raise typer.BadParameter(f"没有“{'、'.join(wrong)}”这种格式。可用：{'、'.join(FORMATS)}。", param_hint="--format")
    return chosen


def _progress(always: bool) -> Any:
    if not always and not sys.stderr.isatty():
        return None
    return lambda done, total, name: tell(f"[{done}/{total}] {name}") if name else None


def _write(folder: Path, reports: list[Any], chosen: tuple[str, ...]) -> None:
    from assistant.audit_out import write_outputs

    for path, problem in write_outputs(folder, reports, chosen):
        tell(f"{path}：{problem}" if problem else f"已写 {path}")


def _beside(work: Any, folder: Path, reports: list[Any], *more: Any) -> Any:
    """Start ``work`` in a process beside this one where thousands of rows make it worth while; returns what waits for it (or does it)."""
    import multiprocessing

    from assistant.audit_pool import BIG

    folder.mkdir(parents=True, exist_ok=True)
    if sum(len(r.judged) for r in reports) < BIG or "fork" not in multiprocessing.get_all_start_methods():
        return lambda: work(folder, reports, *more)
    started = multiprocessing.get_context("fork").Process(target=work, args=(folder, reports, *more))
    started.start()

    def wait() -> None:
        started.join()
        if started.exitcode:
            tell("清理结果没有写完，请看上面的出错信息。")
            raise typer.Exit(1)

    return wait


def _clean_up(folder: Path, reports: list[Any], name: str, chosen: tuple[str, ...]) -> None:
    from assistant.audit_ledger import clean_up, policy
    from assistant.audit_lists_out import clean_up_workbook, headline, list_documents

    done = clean_up([r for r in reports if not r.error], policy(name))
    if "xlsx" in chosen:
        clean_up_workbook(folder / "台账清理.xlsx", done)
        tell(f"已写 {folder / '台账清理.xlsx'}")
    if "docx" in chosen:
        place = next((r.region.rsplit("省", 1)[-1] for r in reports if r.region != "全国"), "")
        for path in list_documents(folder, done, place=place):
            tell(f"已写 {path}")
    tell(headline(done))


def _show(reports: list[Any]) -> None:
    from assistant.audit_types import place_words

    for report in reports:
        if report.error:
            typer.echo(f"✗ {report.file}：{report.error}")
            continue
        counts = "，".join(f"{code} {n}" for code, n in report.counts.items()) or "没有发现问题"
        typer.echo(f"■ {report.file}（{report.region}，{len(report.judged)} 项材料）：{counts}")
        for f in report.findings:
            if f.severity == "info":
                continue
            where = place_words(f.demand.locator)
            typer.echo(
                f"  [{f.code}] {f.title}：{f.demand.demand}{f'（{where}）' if where else ''}\n      {f.reason}\n      {f.suggestion}"
            )
        if report.accepted:
            typer.echo(f"  另有 {report.accepted} 条在基线中，不再列出。")
