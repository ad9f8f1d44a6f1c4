"""Verbs that search and teach search: ``search``, ``train``, ``confirm``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli_common import AsJson, emit, emit_line, parse_day, state, tell
from knowledge.errors import BadSetting, NotFound

if TYPE_CHECKING:
    from knowledge.search import Hit, Search
    from knowledge.store import Library


def register(app: typer.Typer) -> None:
    """Adds these verbs to the command."""
    app.command()(search)
    app.command()(train)
    app.command()(confirm)


def search(
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(metavar="QUERY", help="问题、词语，或一个引用（民法典第三条、公通字〔2016〕21号）")] = None,
    top: Annotated[int, typer.Option("--top", metavar="K", min=1, max=1000, help="最多几条")] = 10,
    region: Annotated[str | None, typer.Option("--region", metavar="R", help="只看这个地区和它的上级")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="D", help="这一天有效的，默认今天")] = None,
    all_versions: Annotated[bool, typer.Option("--all-versions", help="不论何时有效")] = False,
    batch: Annotated[Path | None, typer.Option("--batch", metavar="IN.jsonl", help="每行一个 {_id, text}，每行输出一个结果")] = None,
    untrained: Annotated[bool, typer.Option("--untrained", help="不用从问题中学来的排序（供比较）")] = False,
    as_json: AsJson = False,
) -> None:
    """查条文和清单行：给出处，并说明为什么找到它。不下结论。"""
    if (query is None) == (batch is None):
        raise typer.BadParameter("请给出一个问题，或用 --batch 给出一个文件（两者取一）。", param_hint="QUERY")
    from knowledge.search import exact_hits

    limits: dict[str, Any] = {"day": parse_day(as_of, "--as-of"), "all_versions": all_versions, "regions": _chain(region)}
    with state(context).open_ready() as library:
        if query is not None and (hits := exact_hits(library, query, limits["day"], all_versions=all_versions)):
            _show(hits[:top], as_json)
            return
        found = _opened(context, library)
        if untrained:
            found = found.untrained()
        if batch is not None:
            _batch(found, batch, top, limits)
            return
        assert query is not None
        hits = found.search(query, top, **limits)
    _show(hits, as_json)


def _opened(context: typer.Context, library: Library) -> Search:
    """The search of a library, with the embedding of the settings."""
    from assistant.embeddings import make_embeddings
    from knowledge.search import open_search

    settings, found = state(context).settings, open_search(library)
    other = make_embeddings(settings)
    if other is None:
        return found
    return found.embedded_by(other, settings.embedding, lambda done, total: tell(f"向量 {done}/{total}"))


def _show(hits: list[Hit], as_json: bool) -> None:
    if as_json:
        emit({"id": None, "hits": [hit.as_json() for hit in hits]})
    elif not hits:
        tell("没有找到：库中有效的条文和清单行里，没有与问题相合的。可以换个说法，或加 --all-versions。")
    else:
        _print(hits)


def _chain(region: str | None) -> tuple[str, ...] | None:
    if region is None:
        return None
    from knowledge.regions import Region, chain, parse_region

    place = parse_region(region)
    if not isinstance(place, Region):
        reason = "有几个地方叫这个名字" if place is not None else "没有这个地方"
        raise typer.BadParameter(f"“{region}”{reason}。请写全称，例如 浙江省金华市义乌市。", param_hint="--region")
    return tuple(item.name for item in chain(place))


def _batch(found: Search, file: Path, top: int, limits: dict[str, Any]) -> None:
    for number, given in _lines(file):
        hits = found.search(str(given["text"]), top, **limits)
        emit_line({"id": given.get("_id", number), "hits": [hit.as_json() for hit in hits]})
    sys.stdout.flush()


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{file} 读不了：{error}。应是 UTF-8 的文件，每行一个 JSON 对象。") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            given["text"]
        except (ValueError, KeyError, TypeError) as error:
            raise BadSetting(f'{file} 第 {number} 行不是带 text 的 JSON 对象。每行应写成 {{"_id": 1, "text": "问题"}}。') from error
        yield number, given


def _print(hits: list[Hit]) -> None:
    for number, hit in enumerate(hits, 1):
        item = hit.record
        text = " ".join(item.text.split())
        print(f"{number}. 《{item.title}》{item.label}  [{item.ref}]")
        print(f"   {text[:120]}{'…' if len(text) > 120 else ''}")
        print(f"   为什么：{'；'.join(hit.why)}")


def train(
    context: typer.Context,
    questions: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="问题集：queries.jsonl 与 qrels.tsv，只用 split=train 的问题")
    ] = None,
    on: Annotated[Path | None, typer.Option("--on", metavar="DIR", help="同上，写成选项")] = None,
    fit: Annotated[bool, typer.Option("--fit/--keep-vectors", help="是否在本库条文上重新学习词向量；默认沿用已有的")] = False,
    as_json: AsJson = False,
) -> None:
    """用确认过答案的问题训练检索排序，模型存进知识库；不改动任何条文。"""
    from assistant.train import train_library

    with state(context).open(writable=True) as library:
        report = train_library(library, on or questions, fit=fit, progress=tell)
    if as_json:
        emit(report)
        return
    print(f"已训练：问题 {report['questions']}，用时 {report['seconds']} 秒")


def confirm(
    context: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="问题原话")],
    refs: Annotated[list[str], typer.Argument(metavar="REF…", help="回答它的条文或清单行")],
    as_json: AsJson = False,
) -> None:
    """记下一个问题的正确条文；下次 train 时用上。与法律文本分开存放。"""
    from assistant.train import add_confirmed
    from knowledge.search_exact import exact_records

    with state(context).open(writable=True) as library:
        found = []
        for ref in refs:
            records = exact_records(library, ref, None)
            if len(records) != 1:
                raise NotFound(f"“{ref}”在库中对应 {len(records)} 条，应恰好一条。请用 search 或 show 查到它的引用（…@日期#art_数字）。")
            found.append(records[0].ref.split(".para_")[0])
        count = add_confirmed(library, question, found)
    if as_json:
        emit({"question": question, "refs": found, "confirmed": count})
    else:
        print(f"已记下。本库现有确认过的问题 {count} 个；运行 jianzheng train 后生效。")
