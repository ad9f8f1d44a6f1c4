"""What the verbs share: the opened library, JSON on stdout, messages on stderr, dates, the first start."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge.errors import LibraryLocked

if TYPE_CHECKING:
    from assistant.settings import Settings
    from ingest.pipeline import IngestReport, Progress
    from knowledge.store import Library

AsJson = Annotated[bool, typer.Option("--json", help="机器可读的输出，标准输出上没有别的内容")]


@dataclass(frozen=True, slots=True)
class State:
    """``context.obj`` of every verb."""

    settings: Settings

    def open(self, *, writable: bool = False) -> Library:
        """The library of the settings; see ``Library.open``."""
        from knowledge.store import Library

        return Library.open(self.settings.library, writable=writable, database_url=self.settings.database_url)

    def open_ready(self) -> Library:
        """The library for reading, with the shipped corpora brought in on the first start (and when they changed)."""
        from ingest.corpus import corpora_missing

        library = self.open()
        folder = self.settings.corpora
        if folder is None or not corpora_missing(library, folder):
            return library
        library.close()
        try:
            self._bring_corpora()
        except LibraryLocked as error:
            tell(f"{error}（随附资料这次没有更新）")
        return self.open()

    def _bring_corpora(self) -> None:
        from ingest.corpus import ensure_corpora

        assert self.settings.corpora is not None
        with self.open(writable=True) as library, progress_bar("首次启动：读入随附资料") as progress:
            reports = ensure_corpora(library, self.settings.corpora, progress=progress, jobs=self.settings.jobs or None)
        for report in reports:
            if report.status == "rejected":
                tell(f"随附资料 {report.file} 未入库：{report.reason}")


def state(context: typer.Context) -> State:
    """The typed ``context.obj``."""
    found = context.obj
    assert isinstance(found, State)
    return found


def emit(data: Any) -> None:
    """One JSON value on stdout."""
    json.dump(data, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


def emit_line(data: Any) -> None:
    """One JSON value as one line on stdout (batches)."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n")


def tell(message: str) -> None:
    """A message for the user, on stderr."""
    print(message, file=sys.stderr, flush=True)


def parse_day(value: str | None, option: str) -> date | None:
    """An ISO date option; wrong use (exit code 2) when it is none."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"“{value}”不是日期。请写成 2026-11-21 的样子。", param_hint=option) from None


@contextmanager
def progress_bar(title: str) -> Iterator[Progress | None]:
    """A progress bar on stderr; nothing where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[file]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, file="")

        def step(done: int, total: int, report: IngestReport) -> None:
            bar.update(task, completed=done, total=total, file=report.file[:40])

        yield step
