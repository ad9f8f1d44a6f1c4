"""The datasets under evals/datasets are well formed, and every article they cite exists in the law texts."""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAWS = ROOT.parent / "shared" / "laws"
CASES = ROOT / "evals" / "datasets" / "decisions" / "own.jsonl"
LAY = ROOT / "evals" / "datasets" / "lay"

VERDICTS = {"may_demand", "may_not_demand", "conditional", "undetermined"}
PATHS = {None, "direct_cancel", "substitute", "data_sharing", "dept_verification", "commitment", "agency", "retain"}
BEHAVIOURS = {"answer", "decline", "ask_back", "flag_fake_basis", "refuse_injection"}
FIELDS = {
    "id",
    "question",
    "role",
    "region",
    "as_of",
    "verdict",
    "path",
    "gold_citations",
    "also_acceptable",
    "source_files",
    "rationale",
    "difficulty",
    "tags",
    "expected_behavior",
}
ARTICLE = re.compile(r"^第[一二三四五六七八九十百千零]+条(?:之[一二三四五六七八九十]+)?")
ACCEPTABLE = re.compile(r"^(?:verdict:(\w+)|path:(\w+)|cite:《[^》]+》.*)$")

real = pytest.mark.real
needs_laws = pytest.mark.skipif(not LAWS.is_dir(), reason="the law texts (../shared/laws) are not beside this checkout")


def load(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def article(label: str | None) -> str | None:
    found = ARTICLE.match(label or "")
    return found.group(0) if found else None


@cache
def articles(path: str) -> frozenset[str]:
    """Labels of the articles that begin a line of one law text; empty when there is no such file."""
    file = LAWS / path
    if not file.is_file():
        return frozenset()
    found = (ARTICLE.match(line.strip()) for line in file.read_text("utf-8").splitlines())
    return frozenset(m.group(0) for m in found if m)


@cache
def files_titled(title: str) -> tuple[str, ...]:
    """Law texts whose file name or heading is this title, the prefix 中华人民共和国 aside."""
    wanted = bare(title)
    return tuple(path for name, path in titles() if name == wanted)


@cache
def titles() -> tuple[tuple[str, str], ...]:
    out = []
    for file in sorted(LAWS.rglob("*.md")):
        path = str(file.relative_to(LAWS))
        with file.open(encoding="utf-8") as text:
            heading = text.readline().lstrip("# ").strip()
        out += [(bare(file.stem), path), (bare(heading), path)]
    return tuple(out)


def bare(title: str) -> str:
    title = re.sub(r"[《》〈〉\s]", "", title).replace("中华人民共和国", "")
    return re.sub(r"[(（]\d{4}.*?[)）]$", "", title)


def same_version(version: str | None, file: str) -> bool:
    """Whether a file may hold this version; file names without a date hold any."""
    dated = re.search(r"\((\d{4}-\d\d-\d\d)\)\.md$", file)
    return not (version and dated) or dated[1] == version


def test_cases_are_well_formed():
    cases = load(CASES)
    assert len({c["id"] for c in cases}) == len({c["question"] for c in cases}) == len(cases)
    for case in cases:
        assert set(case) == FIELDS, case["id"]
        assert case["verdict"] in VERDICTS and case["path"] in PATHS, case["id"]
        assert case["role"] in {"citizen", "window", "reviewer"} and case["difficulty"] in {"easy", "medium", "hard"}, case["id"]
        assert case["as_of"] is None or re.fullmatch(r"\d{4}-\d\d-\d\d", case["as_of"]), case["id"]
        assert case["expected_behavior"] in BEHAVIOURS and case["rationale"] and case["tags"], case["id"]
        if case["expected_behavior"] in {"decline", "ask_back"}:
            assert case["verdict"] == "undetermined" and case["path"] is None, case["id"]
        else:
            assert case["gold_citations"], case["id"]
        for entry in case["also_acceptable"]:
            found = ACCEPTABLE.match(entry)
            assert found, (case["id"], entry)
            assert found[1] is None or found[1] in VERDICTS - {case["verdict"]}, (case["id"], entry)
            assert found[2] is None or (found[2] if found[2] != "null" else None) in PATHS - {case["path"]}, (case["id"], entry)


@real
@needs_laws
def test_every_article_cited_as_gold_exists():
    missing = []
    for case in load(CASES):
        for cite in case["gold_citations"]:
            label = article(cite.get("article"))
            if "doc_number" in cite or not label:
                continue
            files = [f for f in case["source_files"] if f in files_titled(cite["title"]) and same_version(cite["version"], f)]
            if "民法典" in cite["title"]:
                files = [f for f in case["source_files"] if f.startswith("民法典/")]
            if not any(label in articles(f) for f in files):
                missing.append((case["id"], cite["title"], label))
    assert not missing


@real
@needs_laws
def test_every_article_accepted_as_alternative_exists():
    missing = []
    for case in load(CASES):
        for entry in case["also_acceptable"]:
            found = re.match(r"cite:《(.+?)》(第.+条.*)$", entry)
            files = files_titled(found[1]) if found else ()
            if found and files and not any(article(found[2]) in articles(f) for f in files):
                missing.append((case["id"], entry))
    assert not missing


def test_cases_spread_over_kinds_of_question():
    cases = load(CASES)
    behaviour = Counter(c["expected_behavior"] for c in cases)
    assert len(cases) >= 160
    assert behaviour["decline"] >= 12 and behaviour["ask_back"] >= 12
    assert behaviour["flag_fake_basis"] + behaviour["refuse_injection"] >= 12
    assert sum(c["as_of"] is not None for c in cases) >= 25
    assert sum(c["region"] != "全国" for c in cases) >= 35
    assert min(Counter(c["role"] for c in cases).values()) >= 20


def qrels() -> list[tuple[str, str, str]]:
    header, *lines = (LAY / "qrels.tsv").read_text("utf-8").splitlines()
    assert header == "qid\tpath\tlabel"
    return [(qid, path, label) for qid, path, label in (line.split("\t") for line in lines)]


def test_lay_questions_and_judgements_match():
    queries = load(LAY / "queries.jsonl")
    pairs = qrels()
    assert len(queries) >= 120 and len({q["text"] for q in queries}) == len(queries) == len({q["_id"] for q in queries})
    assert {q["_id"] for q in queries} == {qid for qid, _, _ in pairs} and len(set(pairs)) == len(pairs)
    local = {q["_id"] for q in queries if q["region"] != "全国"}
    assert len(local) >= 30 and local == {qid for qid, path, _ in pairs if path.startswith("DLC/")}


@real
@needs_laws
def test_every_provision_judged_right_exists():
    assert not [pair for pair in qrels() if pair[2] not in articles(pair[1])]
