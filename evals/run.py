"""``jianzheng eval``: run the datasets, print the figures, list gains and losses against the stored baseline, fail below ``floors.toml``.

    python -m evals.run [DATASET…] [--floors] [--accept] [--library DIR] [--misses N]

Datasets live in ``DATASETS``; those that read ``../shared`` are skipped with a reason where it is absent (``JIANZHENG_SHARED`` names another
place). ``--accept`` stores this run's per-case results as the new baseline; floors are raised by hand, in the commit that earns them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals import lists

HERE = Path(__file__).parent
REPO = HERE.parent
OUT = HERE / "out"
BASELINE = HERE / "baseline"
SHARED = Path(os.environ.get("JIANZHENG_SHARED", REPO.parent / "shared"))


@dataclass(frozen=True, slots=True)
class Run:
    """Figures of one dataset, and each case's result (id → right) for gains and losses."""

    figures: Mapping[str, Any]
    cases: Mapping[str, bool]
    misses: tuple[str, ...] = ()


class Skipped(Exception):
    """A dataset that cannot run here, with the reason."""


def verb(*args: str, library: Path | None = None, stdin: str | None = None) -> str:
    """Run a ``jianzheng`` verb in a process of its own and return its standard output."""
    command = [sys.executable, "-m", "assistant.cli", *(["--library", str(library)] if library else []), *args]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=REPO)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(args[:3])}: {done.stderr[-800:]}")
    return done.stdout


def shared(*parts: str) -> Path:
    """A path under ``../shared``; raises Skipped where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        raise Skipped(f"{path} is not here")
    return path


def full_library(folder: Path = OUT / "library") -> Path:
    """The library of the issues: corpora, all law texts, the list documents. Files already in it are skipped by their bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    verb("ingest", str(REPO / "corpora"), str(shared("laws")), str(shared("lists", "documents")), "--json", library=folder)
    return folder


def score(tool: str, *args: str) -> tuple[dict[str, Any], list[str]]:
    """Run one of the shared scorers; its last line is the figures, the lines before are misses."""
    done = subprocess.run([sys.executable, str(shared("tools", tool)), *args], capture_output=True, text=True)
    lines = done.stdout.strip().splitlines()
    if not lines:
        raise RuntimeError(done.stderr[-800:])
    return json.loads(lines[-1]), lines[:-1]


# ---------- datasets ----------
def decisions(name: str, cases: Path, library: Path) -> Run:
    """Questions with verdict, path, citations and behaviour."""
    rows = [json.loads(line) for line in cases.read_text("utf-8").splitlines() if line.strip()]
    asked = OUT / f"{name}.in.jsonl"
    keys = ("id", "question", "region", "as_of", "role")
    asked.write_text("".join(json.dumps({k: r[k] for k in keys if r.get(k)}, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    answers = OUT / f"{name}.answers.jsonl"
    answers.write_text(verb("ask", "--batch", str(asked), "--json", library=library), "utf-8")
    figures, misses = score("score_answers.py", str(cases), str(answers), "--laws", str(shared("laws")), "--misses", "400")
    wrong = {m.split()[0] for m in misses}
    return Run(figures, {r["id"]: r["id"] not in wrong for r in rows}, tuple(misses))


def law_cases() -> Run:
    return decisions("law", shared("cases", "law.jsonl"), full_library())


def list_cases() -> Run:
    return decisions("list", shared("cases", "list.jsonl"), full_library())


def own_cases() -> Run:
    return decisions("own", HERE / "datasets" / "decisions" / "own.jsonl", full_library())


def blind_cases() -> Run:
    return decisions("blind", HERE / "datasets" / "decisions" / "blind.jsonl", full_library())


def unseen_cases(name: str) -> Callable[[], Run]:
    """Sets of examiners who saw neither the word lists nor the examples (datasets/decisions/README.md)."""
    return lambda: decisions(name, HERE / "datasets" / "decisions" / f"{name}.jsonl", full_library())


def blind_list_cases() -> Run:
    return decisions("blind-lists", HERE / "datasets" / "decisions" / "blind-lists.jsonl", full_library())


def list_rows() -> Run:
    """Rows of the list documents: born-digital formats and prose notices."""
    return _rows(lists.born_and_prose, shared("lists", "documents"))


def scan_rows() -> Run:
    """Rows of the scanned list documents (minutes of processor time)."""
    return _rows(lists.scanned, shared("lists", "documents"))


def layout_rows() -> Run:
    """Rows of our own lists in hard layouts."""
    return _rows(lists.layouts, REPO / "tests" / "documents")


def _rows(measure: Callable[[Path, Path, Path], tuple[dict[str, Any], list[str]]], documents: Path) -> Run:
    figures, misses = measure(shared("tools", "score_rows.py"), documents, OUT / "parsed")
    return Run(figures, dict.fromkeys(misses, False), tuple(misses))


def articles() -> Run:
    """All law texts: articles counted against the notes on the corpus, and the round trip of every file."""
    from evals.articles import measure

    figures, misses = measure(shared("laws"))
    return Run(figures, dict.fromkeys(misses, False), tuple(misses))


def drafts() -> Run:
    """Drafts with planted faults."""
    gold = shared("drafts", "gold.jsonl")
    return _audited(gold, sorted(gold.parent.glob("draft-*")), OUT / "drafts")


def own_drafts() -> Run:
    """Drafts of our own writing with planted faults, laid out in seven formats."""
    from evals.make_drafts import GOLD, read, write

    folder = OUT / "own-drafts"
    folder.mkdir(parents=True, exist_ok=True)
    return _audited(GOLD, [write(d, folder) for d in read()], OUT / "own-audit")


def _audited(gold: Path, files: Sequence[Path], out: Path) -> Run:
    from evals.drafts import measure

    figures, misses = measure(gold, files, out, full_library(), verb, score)
    return Run(figures, dict.fromkeys(misses, False), tuple(misses))


DATASETS: dict[str, Callable[[], Run]] = {
    "law": law_cases,
    "list": list_cases,
    "own": own_cases,
    "blind": blind_cases,
    "unseen-a": unseen_cases("unseen-a"),
    "unseen-b": unseen_cases("unseen-b"),
    "unseen-c": unseen_cases("unseen-c"),
    "unseen-d": unseen_cases("unseen-d"),
    "unseen-e": unseen_cases("unseen-e"),
    "unseen-f": unseen_cases("unseen-f"),
    "blind-lists": blind_list_cases,
    "rows": list_rows,
    "scans": scan_rows,
    "layouts": layout_rows,
    "articles": articles,
    "drafts": drafts,
    "own-drafts": own_drafts,
}


# ---------- report ----------
def below(figures: Mapping[str, Any], floors: Mapping[str, Any]) -> list[str]:
    """Figures under a floor (``x = 0.9``) or over a ceiling (``max_x = 0.03``), in words."""
    out = []
    for key, floor in floors.items():
        ceiling = key.startswith("max_")
        value = figures.get(key.removeprefix("max_"))
        if value is None:
            out.append(f"{key}: no figure")
        elif (value > floor) if ceiling else (value < floor):
            out.append(f"{key.removeprefix('max_')} = {value}, {'ceiling' if ceiling else 'floor'} {floor}")
    return out


def changes(name: str, run: Run) -> tuple[list[str], list[str]]:
    """Cases gained and lost against the stored baseline (a net count would hide a swap)."""
    path = BASELINE / f"{name}.json"
    if not path.exists():
        return [], []
    before = json.loads(path.read_text("utf-8"))
    gained = [k for k, ok in run.cases.items() if ok and before.get(k) is False]
    lost = [k for k, ok in run.cases.items() if not ok and before.get(k, True)]
    return gained, lost


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="jianzheng eval", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help=" | ".join(DATASETS))
    parser.add_argument("--floors", action="store_true", help="fail (exit 1) below evals/floors.toml")
    parser.add_argument("--accept", action="store_true", help="store this run as the baseline")
    parser.add_argument("--misses", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    unknown = set(args.datasets) - set(DATASETS)
    if unknown:
        parser.error(f"unknown dataset {sorted(unknown)}; known: {sorted(DATASETS)}")
    OUT.mkdir(exist_ok=True)
    floors = tomllib.loads((HERE / "floors.toml").read_text("utf-8"))
    failed = False
    report: dict[str, Any] = {}
    for name in args.datasets or [n for n in DATASETS if n in floors]:
        started = time.perf_counter()
        try:
            run = DATASETS[name]()
        except Skipped as reason:
            print(f"{name}: skipped, {reason}", file=sys.stderr)
            continue
        gained, lost = changes(name, run)
        short = below(run.figures, floors.get(name) or floors.get("named", {}).get(name, {}))
        failed = failed or bool(short)
        report[name] = {
            "figures": dict(run.figures),
            "gained": gained,
            "lost": lost,
            "below": short,
            "seconds": round(time.perf_counter() - started, 1),
        }
        if not args.json:
            _print(name, report[name], run, args.misses)
        if args.accept:
            BASELINE.mkdir(exist_ok=True)
            (BASELINE / f"{name}.json").write_text(
                json.dumps(dict(sorted(run.cases.items())), ensure_ascii=False, indent=0) + "\n", "utf-8"
            )
    if args.json:
        print(json.dumps(report, ensure_ascii=False))
    return 1 if failed and args.floors else 0


def _print(name: str, entry: Mapping[str, Any], run: Run, misses: int) -> None:
    print(f"{name} ({entry['seconds']} s)")
    print("  " + json.dumps(entry["figures"], ensure_ascii=False))
    for word in ("gained", "lost", "below"):
        if entry[word]:
            print(f"  {word}: " + "; ".join(str(x) for x in entry[word]))
    for miss in run.misses[:misses]:
        print("  " + miss)


if __name__ == "__main__":
    raise SystemExit(main())
