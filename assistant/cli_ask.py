"""Verbs ``ask`` and ``replay``: thin over ``assistant.decide``."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command("ask")(ask)
    app.command("replay")(replay)


def ask(
    ctx: typer.Context,
    question: Annotated[str | None, typer.Argument(help="一句话说明：办什么事、要什么证明、在哪里办")] = None,
    region: Annotated[str | None, typer.Option(help="行政区划，如 浙江省金华市义乌市；不填则从问题里读")] = None,
    as_of: Annotated[str | None, typer.Option(help="哪一天（YYYY-MM-DD），默认今天")] = None,
    role: Annotated[str, typer.Option(help="citizen | window | reviewer")] = "citizen",
    batch: Annotated[Path | None, typer.Option(help="逐行一个 JSON 对象的文件")] = None,
    explain: Annotated[bool, typer.Option(help="打印判断步骤树")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="只输出 JSON")] = False,
) -> None:
    """能不能要这项证明、走哪条取消路径，附依据。"""
    world = _world(ctx)
    if batch is not None:
        _batch(world, batch)
        return
    if not question:
        typer.echo('没有问题。请写一句话，例如：jianzheng ask "办理公租房要交收入证明吗" --region 湖北省武汉市', err=True)
        raise typer.Exit(2)
    answer, _ = _answer(world, {"question": question, "region": region, "as_of": as_of, "role": role})
    if as_json:
        _print(answer)
    else:
        from assistant.render import explain_text, plain_text

        typer.echo(explain_text(answer) if explain else plain_text(answer))


def replay(ctx: typer.Context, file: Annotated[Path, typer.Argument(help="ask --json 保存下来的一份回答")]) -> None:
    """按同样的输入重算一份回答：语料相同则逐字节相同（退出码 0），否则说明差在哪里（退出码 1）。"""
    from assistant.answer import dumps

    line = file.read_text("utf-8").strip()
    old = json.loads(line)
    world = _world(ctx)
    new, _ = _answer(world, {k: old.get(k) for k in ("id", "question", "region", "as_of", "role")})
    if dumps(new) == line:
        typer.echo("一致：同样的输入和语料，得到逐字节相同的回答。")
        return
    if old.get("scan", {}).get("corpus") != new["scan"]["corpus"]:
        typer.echo(f"语料不同：原 {old.get('scan', {}).get('corpus', '')[:12]}，现 {new['scan']['corpus'][:12]}。", err=True)
    for key in new:
        if old.get(key) != new[key]:
            typer.echo(f"不一致：{key}", err=True)
    raise typer.Exit(1)


def _world(ctx: typer.Context) -> Any:
    from assistant.library import open_for_reading

    return open_for_reading(ctx.obj)


def _answer(world: Any, row: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    from assistant.answer import to_json
    from assistant.decide import decide
    from knowledge.types import Role

    day = date.fromisoformat(row["as_of"]) if row.get("as_of") else None
    result = decide(world, row["question"], region=row.get("region"), as_of=day, role=Role(row.get("role") or "citizen"))
    return to_json(result, identifier=row.get("id")), result


def _batch(world: Any, path: Path) -> None:
    """One answer per line, in order; a bad line answers with its error and stops nothing."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            answer, _ = _answer(world, row)
        except (ValueError, KeyError, TypeError) as error:
            answer = {"id": None, "error": f"第{number}行读不懂：{error}。每行应为 JSON 对象，至少有 id 和 question，日期写 YYYY-MM-DD。"}
        _print(answer)


def _print(answer: dict[str, Any]) -> None:
    from assistant.answer import dumps

    sys.stdout.write(dumps(answer) + "\n")
