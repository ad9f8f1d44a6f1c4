"""All law texts of ``../shared/laws``: how many articles, why that number is not the one in the notes on the corpus, and the round trip.

The notes (``reference/law-texts.md``, section 1) counted lines that begin with ``第…条``. A line is not always an article (new articles
quoted in an amendment, a header line broken after ``《…》第三十条``), and an article is not always a line of its own (labels with a stray
blank or a look-alike letter, articles run into the line before). Each difference is counted here and named.
"""

from __future__ import annotations

import gc
import re
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from ingest.law import LawParse, parse_law

NOTED = 147_288
LINE = re.compile(r"^第[一二三四五六七八九十百千零]+条(之[一二三四五六七八九十]+)?", re.MULTILINE)


def measure(laws: Path, jobs: int = 2) -> tuple[dict[str, Any], list[str]]:
    """Figures over every law text below ``laws``, and what differs from the plain count of lines, in words."""
    files = sorted(path for path in laws.rglob("*.md") if path.name != "_index.md")
    size = -(-len(files) // (8 * jobs))
    total: Counter[str] = Counter()
    notes: list[str] = []
    with ProcessPoolExecutor(jobs) as pool:
        for counts, named in pool.map(_count, [(laws, files[i : i + size]) for i in range(0, len(files), size)]):
            total.update(counts)
            notes.extend(named)
    lines = total["lines"]
    explained = lines - total["lines_not_articles"] + total["labels_mended"] + total["run_in"]
    names = ("files", "lines", "lines_not_articles", "labels_mended", "run_in", "articles", "units", "gaps", "repeats", "round_trip_failed")
    figures = {name: total[name] for name in names}
    return figures | {"unexplained": total["articles"] - explained, "noted": NOTED, "noted_minus_lines": NOTED - lines}, notes


def _count(work: tuple[Path, list[Path]]) -> tuple[Counter[str], list[str]]:
    gc.disable()
    counts: Counter[str] = Counter()
    notes: list[str] = []
    for path in work[1]:
        source = path.read_text("utf-8")
        law = parse_law(source, name=path.name, folder=str(path.parent.relative_to(work[0])))
        counts["files"] += 1
        counts["gaps"] += len(law.conservation.gaps)
        counts["repeats"] += len(law.conservation.repeats)
        counts["units"] += sum(1 + len(provision.units) for provision in law.provisions)
        whole = law.conservation.characters_in == law.conservation.characters_in_units
        if law.rebuilt() != law.source() or not whole:
            counts["round_trip_failed"] += 1
            notes.append(f"round trip: {path.name}")
        counts.update(_compared(law, path.name, notes))
        gc.collect(0)
    return counts, notes


def _compared(law: LawParse, name: str, notes: list[str]) -> Counter[str]:
    """Our articles against the lines that begin with 第…条."""
    ours = {p.locator.chars[0] for p in law.provisions if p.kind == "article" and p.locator.chars}
    lines = {match.start() for match in LINE.finditer(law.text)}
    counts = Counter(articles=sum(p.kind == "article" for p in law.provisions), lines=len(lines))
    for at in sorted(lines - ours):
        counts["lines_not_articles"] += 1
        notes.append(f"no article: {name}: {_words(law.text, at)}")
    for at in sorted(ours - lines):
        begun = law.text[law.text.rfind("\n", 0, at) + 1 : at].strip()
        counts["run_in" if begun else "labels_mended"] += 1
        notes.append(f"{'run into the line before' if begun else 'label mended'}: {name}: {_words(law.text, at)}")
    return counts


def _words(text: str, at: int) -> str:
    return text[at : at + 12].replace("\n", " ")
