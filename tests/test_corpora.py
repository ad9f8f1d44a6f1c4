"""The shipped corpora: files are those the manifest describes, and the parser finds in them what their authors wrote."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from evals import make_manifest
from ingest import parse
from knowledge.types import ListKind, ParsedDocument

ROOT = Path(__file__).parents[1]
CORPORA = ROOT / "corpora"
FILES: list[dict] = tomllib.loads(make_manifest.MANIFEST.read_text("utf-8"))["file"]
DOCUMENTS = [entry for entry in FILES if entry["kind"] not in ("records", "note")]
RECORDS = [entry for entry in FILES if entry["kind"] in ("records", "note")]
LISTS = [entry for entry in DOCUMENTS if "list_kind" in entry]
SHARED = ROOT.parent / "shared"
LAYOUTS = ROOT / "tests" / "documents" / "manifest.jsonl"
CLAIM = re.compile(r"《([^》]+)》((?:第[一二三四五六七八九十百]+条、?)+)")

STALE = "corpora and manifest differ; if the change is meant: python -m evals.make_manifest"


@cache
def parse_file(path: Path) -> ParsedDocument:
    """Each file is read once."""
    return parse.parse_file(path)


def path_of(entry: dict) -> str:
    return entry["path"]


@pytest.mark.parametrize("entry", DOCUMENTS, ids=path_of)
def test_document_is_the_one_in_the_manifest(entry: dict) -> None:
    data = (CORPORA / entry["path"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == entry["sha256"], STALE
    assert len(data) < 150_000


def test_records_are_those_in_the_manifest() -> None:
    changed = [e["path"] for e in RECORDS if hashlib.sha256((CORPORA / e["path"]).read_bytes()).hexdigest() != e["sha256"]]
    assert not changed, f"{changed}: {STALE}"


def test_every_document_is_in_the_manifest() -> None:
    found = [path.relative_to(CORPORA).as_posix() for path in make_manifest.files() if make_manifest.is_document(path)]
    assert found == [entry["path"] for entry in DOCUMENTS], STALE


def rows_of(name: str) -> list[dict[str, str]]:
    with open(make_manifest.TEXTS / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_demo_lists_have_no_row_twice_and_no_empty_name() -> None:
    for _, list_kind, _, source in make_manifest.DEMO.values():
        if list_kind:
            keys = [(row["proof_name"], row.get("matter", "")) for row in rows_of(source)]
            assert all(name for name, _ in keys), source
            assert len(keys) == len(set(keys)), source


def test_demo_cancel_lists_use_every_path() -> None:
    used = {row["path"] for name in ("cancel-1.tsv", "cancel-2.tsv") for row in rows_of(name)}
    assert used == {"direct_cancel", "data_sharing", "dept_verification", "commitment", "substitute", "agency"}


@pytest.mark.real
def test_national_bases_named_in_the_demo_exist() -> None:
    """A demo row may claim a national law only with an article that the law has."""
    if not SHARED.is_dir():
        pytest.skip("../shared is absent")
    texts = {re.sub(r"\(.*", "", path.stem): path for path in sorted((SHARED / "laws").rglob("*.md"))}
    for source in make_manifest.TEXTS.glob("*.tsv"):
        for row in rows_of(source.name):
            for title, articles in CLAIM.findall(row.get("original_basis") or ""):
                name = title.removeprefix("中华人民共和国")
                if name.startswith("清江市"):
                    continue
                text = texts[name].read_text("utf-8")
                for article in re.findall("第[^、]+条", articles):
                    assert re.search(rf"^{article}[ 　]", text, re.M), f"{source.name}: {title}{article}"


def squeezed(text: object) -> str:
    """A cell as the scorer compares it: no white space, one width of brackets and commas, no closing mark."""
    plain = re.sub(r"\s", "", str(text or ""))
    return plain.translate(str.maketrans("（），；：“”", '(),;:""')).strip("。,;")


@pytest.mark.parametrize("entry", LISTS, ids=path_of)
def test_parser_finds_the_rows_of(entry: dict) -> None:
    found = parse_file(CORPORA / entry["path"])
    assert (found.kind, squeezed(found.title)) == (entry["kind"], squeezed(entry["title"]))
    assert {row.list_kind for row in found.entries} == {entry["list_kind"]}
    assert len(found.entries) == entry["rows"]
    assert found.region == ("云溪省清江市" if entry["path"].startswith("demo/") else "全国")


@pytest.mark.parametrize("name", [name for name, (_, list_kind, _, _) in make_manifest.DEMO.items() if list_kind])
def test_parser_reads_every_demo_cell_as_written(name: str) -> None:
    written = rows_of(make_manifest.DEMO[name][3])
    found = parse_file(CORPORA / "demo" / name).entries
    for row, entry in zip(written, found, strict=True):
        for field in ("proof_name", "matter", "purpose", "original_basis", "requesting_body", "issuing_body", "replacement"):
            if field in row:
                assert squeezed(getattr(entry, field)) == squeezed(row[field]), (row["proof_name"], field)


def test_paths_of_the_second_batch_are_mostly_read_from_free_text() -> None:
    found = parse_file(CORPORA / "demo" / "cancel-second-batch.pdf").entries
    right = sum(entry.path == row["path"] for entry, row in zip(found, rows_of("cancel-2.tsv"), strict=True))
    assert right >= 45, right


def test_sharing_catalogue_cancels_nothing() -> None:
    """A catalogue of data items replaces proofs in practice; it is no decision to cancel or to keep one."""
    found = parse_file(CORPORA / "demo" / "sharing-catalogue.xlsx")
    assert not {row.list_kind for row in found.entries} & {ListKind.CANCEL, ListKind.RETAIN, ListKind.COMMITMENT}
    assert found.region == "云溪省清江市"


def test_guide_and_draft_are_what_they_are() -> None:
    guide = parse_file(CORPORA / "demo" / "public-rental-guide.docx")
    assert (guide.kind, len(guide.entries)) == ("guide", 14)
    draft = parse_file(CORPORA / "demo" / "temporary-relief-draft.docx")
    assert draft.kind == "draft"
    assert sum(provision.kind == "article" for provision in draft.provisions) == 20


def test_planted_faults_stand_in_their_documents() -> None:
    texts: dict[str, str] = {}
    for line in (ROOT / "evals" / "datasets" / "demo-audit.jsonl").read_text("utf-8").splitlines():
        fault = json.loads(line)
        if fault["file"] not in texts:
            texts[fault["file"]] = squeezed(parse_file(CORPORA / "demo" / fault["file"]).text)
        assert squeezed(fault["demand"]) in texts[fault["file"]], fault


# layout → least share of rows found; cells of rows found are 0.9 or better everywhere
FLOORS = {"borderless": 0.7, "rules-across-only": 0.5}


@pytest.mark.parametrize("name", sorted({json.loads(line)["file"] for line in LAYOUTS.read_text("utf-8").splitlines()}))
def test_hard_layout(name: str) -> None:
    truth = [row for row in map(json.loads, LAYOUTS.read_text("utf-8").splitlines()) if row["file"] == name]
    found = parse_file(LAYOUTS.parent / name)
    by_key = {(squeezed(entry.proof_name), squeezed(entry.matter)): entry for entry in found.entries}
    pairs = [(row, by_key.get((squeezed(row["proof_name"]), squeezed(row["matter"])))) for row in truth]
    hits = [(row, entry) for row, entry in pairs if entry is not None]
    assert squeezed(found.title) == squeezed(truth[0]["list_title"])
    assert len(found.entries) <= len(truth)
    assert len(hits) >= FLOORS.get(truth[0]["layout"], 1.0) * len(truth)
    cells = [
        squeezed(getattr(entry, f)) == squeezed(row[f]) for row, entry in hits for f in ("original_basis", "issuing_body", "replacement")
    ]
    assert sum(cells) >= 0.9 * len(cells)


def test_sharing_catalogue_is_known_as_one() -> None:
    """Each row says which data takes the place of which proof; who provides the data stands where a proof's issuer would."""
    found = parse_file(CORPORA / "demo" / "sharing-catalogue.xlsx")
    assert found.kind == "catalogue" and found.conservation.holds and len(found.entries) >= 30
    assert {row.path for row in found.entries} == {"data_sharing"} and {row.list_kind for row in found.entries} == {ListKind.LEDGER}
    first = found.entries[0]
    assert (first.proof_name, first.replacement, first.issuing_body) == ("身份信息证明", "居民身份信息", "清江市公安局")
