"""Many demands at once: in this process, or, for a big ledger, in a second one beside it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from assistant.audit_demand import Demand
from assistant.audit_rules import Setting, judge
from assistant.audit_types import Judged
from knowledge.types import Citation

Progress = Callable[[int, int, str], None]
BIG = 2000  # rows from which a second process pays
CHUNK = 200
_setting: Setting | None = None  # set before the workers are forked, so that they share what is already in memory


def judge_all(setting: Setting, demands: Sequence[Demand], progress: Progress | None = None) -> tuple[Judged, ...]:
    """Judge every demand, in order. ``progress`` is told how many rows are done; decisions of a ledger are not kept with their evidence."""
    total = len(demands)
    order = sorted(range(total), key=lambda n: (demands[n].name, demands[n].matter or "")) if setting.quick else range(total)
    same: dict[Citation, Citation] = {}  # workers send copies; each article is kept once
    chunks = [[demands[n] for n in order[at : at + CHUNK]] for at in range(0, total, CHUNK)]  # equal ones to the same worker
    out: list[Judged] = []
    for part in _parts(setting, chunks, total):
        seen: dict[int, Citation] = {}
        out += [_shared(j, same, seen) for j in part]
        if progress and setting.quick:
            progress(len(out), total, "行")
    return tuple(judged for _, judged in sorted(zip(order, out, strict=True), key=lambda pair: pair[0]))


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


def _shared(judged: Judged, same: dict[Citation, Citation], seen: dict[int, Citation]) -> Judged:
    """``judged`` with the citations of ``same``; ``seen``: those of this part by identity, so that each is compared once."""

    def kept(citations: tuple[Citation, ...]) -> tuple[Citation, ...]:
        return tuple(seen.get(id(c)) or seen.setdefault(id(c), same.setdefault(c, c)) for c in citations)

    findings = tuple(replace(f, citations=kept(f.citations)) for f in judged.findings)
    bases = tuple(replace(b, citations=kept(b.citations)) if b.citations else b for b in judged.bases)
    return replace(judged, findings=findings, bases=bases)


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
    return replace(judged, ruling=None, bases=bases)
