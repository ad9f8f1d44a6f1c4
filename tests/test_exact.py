"""References are looked up, never searched: several hundred made from what a library holds, each must name exactly what it was made from."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from ingest.pipeline import ingest_paths
from knowledge.search import exact_hits
from knowledge.search_exact import exact_records
from knowledge.store import Library
from knowledge.store_codec import doc_number_key

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
DAY = date(2026, 11, 21)
NUMERALS = "零一二三四五六七八九十"


def article_references(library: Library, count: int) -> Iterator[tuple[str, str]]:
    """(reference, what it names) in the ways people write them, for articles of texts of which the library holds one version."""
    draw = random.Random(7)
    names = Counter(item.instrument.name for item in library.instruments())
    items = [p for p in library.iter_provisions() if p.instrument is not None and p.provision.kind == "article" and p.provision.number]
    items = [p for p in items if p.instrument and names[p.instrument.instrument.name] == 1 and not p.provision.sub]
    for item in draw.sample(items, min(count, len(items))):
        assert item.instrument is not None
        name, number = item.instrument.instrument.name, item.provision.number
        paragraphs = sum(1 for unit in item.provision.units if "." not in unit.steps and unit.steps.startswith("para_"))
        yield draw.choice((f"{name}{item.label}", f"《{name}》{item.label}", f"{name}{number}条", f"{name}第{number}条")), item.ref
        if 1 < paragraphs <= 10:
            k = draw.randint(1, paragraphs)
            written = draw.choice((f"{name}{number}条{k}款", f"{name}第{number}条第{k}款", f"《{name}》{item.label}第{NUMERALS[k]}款"))
            yield written, f"{item.ref}.para_{k}"


def row_references(library: Library, count: int) -> Iterator[tuple[str, str]]:
    """(reference, row) by title and 序号."""
    draw = random.Random(7)
    items = [e for e in library.entries() if e.title and e.entry.serial]
    for item in draw.sample(items, min(count, len(items))):
        yield draw.choice((f"{item.title}序号{item.entry.serial}", f"《{item.title}》第{item.entry.serial}项")), item.ref


def number_references(library: Library) -> Iterator[tuple[str, str]]:
    """(文号, the same made comparable: everything shown must carry it)."""
    for item in library.documents():
        if item.doc_number and (library.entries(document_id=item.id) or library.provisions_in(item.id)):
            yield item.doc_number, doc_number_key(item.doc_number) or ""


def check(library: Library, articles: int, rows: int) -> int:
    wrong, spent, numbers = [], [], set[str | None]()

    def ask(text: str) -> list[str]:
        numbers.clear()
        begin = time.process_time()
        found = exact_hits(library, text, DAY)
        spent.append(time.process_time() - begin)
        numbers.update(doc_number_key(hit.record.doc_number) for hit in found)
        return [hit.record.ref for hit in found]

    ask("民法典第三条")
    for text, ref in article_references(library, articles):
        if ask(text) != [ref]:
            wrong.append((text, ref))
    wrong += [(text, ref) for text, ref in row_references(library, rows) if ref not in ask(text)]
    wrong += [(text, number) for text, number in number_references(library) if not ask(text) or numbers != {number}]
    assert wrong == []
    assert float(np.median(spent)) < 0.1, "an exact reference is answered in milliseconds"
    return len(spent)


def test_every_reference_into_the_shipped_corpora_is_right(corpora_library: Path) -> None:
    with Library.open(corpora_library) as library:
        assert check(library, 150, 100) > 40


@pytest.mark.real
@pytest.mark.skipif(not (SHARED / "laws").is_dir(), reason="../shared/laws is not here")
def test_several_hundred_references_into_real_texts_are_right(tmp_path: Path) -> None:
    files = sorted(path for path in (SHARED / "laws").rglob("*.md") if not path.name.startswith("_"))
    lists = sorted((SHARED / "lists" / "documents").glob("*.csv")) + sorted((SHARED / "lists" / "documents").glob("*.xlsx"))
    with Library.open(tmp_path, writable=True) as library:
        ingest_paths([*files[::100], *lists[:12]], library, jobs=1, refresh=False)
        assert check(library, 300, 120) > 400


def test_serials_may_be_written_in_either_numerals(corpora_library: Path) -> None:
    with Library.open(corpora_library) as library:
        home = next(e for e in library.entries() if e.title and (e.entry.serial or "").strip(".") == "2")
        for written in ("序号2", "第2项", "序号二", "第二项"):
            assert home.ref in [r.ref for r in exact_records(library, f"《{home.title}》{written}", DAY)]
