"""Verb ``eval``: hands over to ``python -m evals.run`` in a process of its own, because the layer above is not imported from here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("eval")(evaluate)


def evaluate(
    datasets: Annotated[
        list[str] | None, typer.Argument(help="law | list | own | rows | scans | layouts | articles | drafts；不填则跑 floors.toml 里的")
    ] = None,
    floors: Annotated[bool, typer.Option("--floors", help="低于下限时退出码为 1")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="把这次的逐题结果存为基线")] = False,
    misses: Annotated[int, typer.Option(help="列出多少条没答对的")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="只输出 JSON")] = False,
) -> None:
    """跑评测集，列出数字、相对基线的得失；资料不在的评测集会说明原因并跳过。"""
    flags = [
        *(["--floors"] if floors else []),
        *(["--accept"] if accept else []),
        *(["--json"] if as_json else []),
        "--misses",
        str(misses),
    ]
    command = [sys.executable, "-m", "evals.run", *(datasets or []), *flags]
    raise typer.Exit(subprocess.run(command, cwd=Path(__file__).resolve().parents[1]).returncode)
