"""Lists in other cities' wording (``evals/datasets/lists``): rows, cells and paths of a few formats, notices in sentences, free text to path."""

from __future__ import annotations

import tomllib
from pathlib import Path as FilePath

import pytest

from evals.strange_lists import DATA, documents, truth, write
from ingest.column_contents import completed
from ingest.columns import assign
from ingest.parse import parse_bytes, parse_file
from ingest.paths import path_of
from knowledge.types import ListKind

CHOSEN = ("06.gb.csv", "10.html", "12.xlsx", "17.xlsx", "19.html", "31.xlsx", "36.xlsx", "37.docx", "38.html", "43.txt")
FIELDS = ("matter", "original_basis", "requesting_body", "issuing_body", "replacement")


@pytest.mark.parametrize("doc", [d for d in documents() if d["file"] in CHOSEN], ids=lambda d: d["file"])
def test_every_row_and_cell_of_a_list_in_strange_words(doc: dict[str, object], tmp_path: FilePath) -> None:
    assert write(doc, tmp_path)
    found = list(parse_file(tmp_path / str(doc["file"])).entries)
    wanted = truth(doc)
    assert [(e.proof_name, e.list_kind.value) for e in found] == [(r["proof_name"], r["list_kind"]) for r in wanted]
    for entry, row in zip(found, wanted, strict=True):
        assert {f: getattr(entry, f) for f in FIELDS if row[f]} == {f: row[f] for f in FIELDS if row[f]}
        assert row["path"] in (None, entry.path.value)


@pytest.mark.parametrize("doc", tomllib.loads((DATA / "prose.toml").read_text("utf-8"))["document"], ids=lambda d: d["file"])
def test_notices_in_sentences(doc: dict[str, object]) -> None:
    found = parse_bytes(str(doc["text"]).encode(), str(doc["file"]).rsplit(".", 1)[0] + ".txt")
    assert found.title == doc["title"] and {e.list_kind.value for e in found.entries} == {doc["kind"]}
    rows = [str(r).split("|") for r in doc["rows"]]  # type: ignore[attr-defined]
    assert [e.proof_name for e in found.entries] == [r[0] for r in rows]
    for entry, (_, matter, instead, path) in zip(found.entries, rows, strict=True):
        assert matter in ("-", entry.matter) and instead in ("-", entry.replacement) and path in ("-", entry.path.value)


def test_free_text_to_path() -> None:
    lines = [x for x in (DATA / "paths.txt").read_text("utf-8").splitlines() if x and not x.startswith("#")]
    wrong = [x for x in lines if path_of(ListKind.CANCEL, x.split("|")[0]).value != x.split("|")[1]]
    assert len(wrong) <= 0.02 * len(lines), wrong


def test_columns_are_told_by_their_cells_only_where_the_heading_says_nothing() -> None:
    heads = ["证明名称", "甲", "乙", "丙", "备注"]
    rows = [["居住证明", "清江市公安局", "《清江办法》第三条", "由窗口联网核查", "清江市民政局"]] * 3
    found = completed(assign(heads), rows)
    assert (found.first("requesting_body"), found.first("original_basis"), found.first("replacement")) == (1, 2, 3)
    assert found.first("issuing_body") is None and found.first("remark") == 4
