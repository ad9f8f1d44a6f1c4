"""Many demands at once: in this process, or, for a big ledger, in a second one beside it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from assistant.audit_demands import Demand
from assistant.audit_rules import Setting, judge
from assistant.audit_types import Judged

Progress = Callable[[int, int, str], None]
BIG = 2000  # rows from which a second process pays
CHUNK = 200
_setting: Setting | None = None  # set before the workers are forked, so that they share what is already in memory


def judge_all(setting: Setting, demands: Sequence[Demand], progress: Progress | None = None) -> tuple[Judged, ...]:
    """Judge every demand, in order. ``progress`` is told how many rows are done; decisions of a ledger are not kept with their evidence."""
    total = len(demands)
    chunks = [demands[at : at + CHUNK] for at in range(0, total, CHUNK)]
    out: list[Judged] = []
    for part in _parts(setting, chunks, total):
        out += part
        if progress and setting.quick:
            progress(len(out), total, "行")
    return tuple(out)


def _parts(setting: Setting, chunks: Sequence[Sequence[Demand]], total: int) -> Iterator[list[Judged]]:
    workers = min(2, os.cpu_count() or 1)
    if total < BIG or workers < 2 or "fork" not in multiprocessing.get_all_start_methods() or multiprocessing.parent_process() is not None:
        for chunk in chunks:
            yield [_light(setting, judge(setting, d)) for d in chunk]
        return
    global _setting
    _setting = setting
    _ = (
        setting.world.rows_by_canonical,
        setting.world.required_by,
        setting.world.need_index,
        setting.world.haystack,
    )  # read before forking
    try:
        with multiprocessing.get_context("fork").Pool(workers, initializer=_start) as pool:
            yield from pool.imap(_work, chunks)
    finally:
        _setting = None


def _start() -> None:
    """A worker opens connections of its own; those inherited belong to the parent."""
    assert _setting is not None
    engine = getattr(_setting.world.library, "engine", None)
    if engine is not None:
        engine.dispose(close=False)


def _work(chunk: Sequence[Demand]) -> list[Judged]:
    assert _setting is not None
    return [_light(_setting, judge(_setting, d)) for d in chunk]


def _light(setting: Setting, judged: Judged) -> Judged:
    """Without the decision's evidence where thousands are kept."""
    if not setting.quick:
        return judged
    bases = tuple(replace(b, claim=None) for b in judged.bases)
    return replace(judged, result=None, bases=bases)
