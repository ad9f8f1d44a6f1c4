"""The shipped corpora: files are those the manifest describes, and the parser finds in them what their authors wrote."""

from __future__ import annotations

import csv
import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from evals import make_manifest

ROOT = Path(__file__).parents[1]
CORPORA = ROOT / "corpora"
FILES: list[dict] = tomllib.loads(make_manifest.MANIFEST.read_text("utf-8"))["file"]
DOCUMENTS = [entry for entry in FILES if entry["kind"] not in ("records", "note")]
RECORDS = [entry for entry in FILES if entry["kind"] in ("records", "note")]
LISTS = [entry for entry in DOCUMENTS if "list_kind" in entry]
SHARED = ROOT.parent / "shared"
CLAIM = re.compile(r"《([^》]+)》((?:第[一二三四五六七八九十百]+条、?)+)")

STALE = "corpora and manifest differ; if the change is meant: python -m evals.make_manifest"


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
