"""Files and folders into the library: reports, re-reading, bad files, killed readers and killed writers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from ingest import pipeline
from ingest.corpus import corpora_missing, ensure_corpora, ingest_norms
from ingest.pipeline import find_files, ingest_file, ingest_paths
from ingest.pipeline_read import Read
from knowledge.errors import RejectedFile
from knowledge.store import Library

HOME = Path(__file__).parents[1]
LAW = (
    "# 清江市{name}办法\n\n2020年3月1日 清江市人民政府令第{number}号公布\n\n<!-- INFO END -->\n\n"
    "第一条 为了方便群众，制定本办法。\n\n第二条 {text}\n\n第三条 本办法自2020年5月1日起施行。\n"
)
LIST = "序号,证明名称,办理事项,取消后的办理方式\n1,居住情况证明,入学报名,数据共享核验\n2,无业证明,困难救助,{way}\n"


@pytest.fixture
def library(tmp_path: Path):
    with Library.open(tmp_path / "library", writable=True) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "refresh_indexes", lambda _library: None)
    monkeypatch.setattr("ingest.corpus.refresh_indexes", lambda _library: None)


def write_law(folder: Path, name: str, text: str = "不得要求提交居住情况证明。", number: int = 1) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"清江市{name}办法(2020-03-01).md"
    path.write_text(LAW.format(name=name, text=text, number=number), encoding="utf-8")
    return path


def write_list(folder: Path, way: str = "告知承诺") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "取消清单.csv"
    path.write_text(LIST.format(way=way), encoding="utf-8")
    return path


def test_a_folder_goes_in_with_one_report_per_file(library: Library, tmp_path: Path) -> None:
    for number, name in enumerate(("甲", "乙", "丙")):
        write_law(tmp_path / "in", name, number=number)
    write_list(tmp_path / "in")
    (tmp_path / "in" / "_index.md").write_text("index", encoding="utf-8")
    (tmp_path / "in" / ".hidden.md").write_text("hidden", encoding="utf-8")
    seen: list[tuple[int, int]] = []
    reports = ingest_paths([tmp_path / "in"], library, jobs=1, progress=lambda done, total, _: seen.append((done, total)))
    assert [report.status for report in reports] == ["stored"] * 4
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert sum(report.provisions for report in reports) == 9
    assert [item.entry.proof_name for item in library.entries()] == ["居住情况证明", "无业证明"]
    assert library.provision("清江市甲办法@2020-03-01#art_2").text == "不得要求提交居住情况证明。"  # type: ignore[union-attr]


def test_same_bytes_twice_and_from_elsewhere_change_nothing(library: Library, tmp_path: Path) -> None:
    path = write_law(tmp_path / "in", "甲")
    ingest_file(path, library)
    before = (library.corpus_hash(), library.revision())
    again = ingest_file(path, library)
    copy = tmp_path / "copy.md"
    copy.write_bytes(path.read_bytes())
    assert (again.status, again.provisions, again.kind) == ("unchanged", 3, "law")
    assert ingest_file(copy, library).status == "unchanged"
    assert (library.corpus_hash(), library.revision()) == before


def test_changed_file_replaces_its_predecessor(library: Library, tmp_path: Path) -> None:
    path = write_list(tmp_path / "in")
    ingest_file(path, library)
    before = {item.entry.proof_name: item.id for item in library.entries()}
    write_list(tmp_path / "in", way="部门核验")
    report = ingest_file(path, library)
    after = {item.entry.proof_name: item.id for item in library.entries()}
    assert report.status == "replaced"
    assert after["居住情况证明"] == before["居住情况证明"]
    assert len(after) == 2


def test_region_and_date_given_by_hand_win_and_are_remembered(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_list(tmp_path / "in")
    ingest_file(path, library, region="云溪省清江市", published=date(2019, 3, 1))
    assert (library.documents()[0].region, library.documents()[0].published) == ("云溪省清江市", date(2019, 3, 1))
    assert ingest_file(path, library).status == "unchanged"
    monkeypatch.setattr(pipeline, "parser_fingerprint", lambda: "newer code")
    ingest_file(path, library)
    assert library.documents()[0].region == "云溪省清江市"
    assert ingest_file(path, library, region="云溪省").status == "replaced"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("missing.xlsx", None, "不存在"),
        ("broken.xlsx", b"PK\x03\x04 this is no workbook", ""),
        ("broken.pdf", b"%PDF-1.7 cut off", ""),
        ("empty.docx", b"", ""),
        ("program.exe", b"MZ\x00\x01\x02\x03" * 50, ""),
    ],
)
def test_bad_files_are_rejected_whole_with_a_reason(library: Library, tmp_path: Path, name: str, data: bytes | None, words: str) -> None:
    good = write_law(tmp_path, "甲")
    if data is not None:
        (tmp_path / name).write_bytes(data)
    reports = ingest_paths([good, tmp_path / name], library, jobs=1)
    assert [report.status for report in reports] == ["stored", "rejected"]
    assert reports[1].reason and words in reports[1].reason and any("\u4e00" <= char <= "\u9fff" for char in reports[1].reason)
    assert len(library.documents()) == 1


def test_a_reader_that_raises_costs_only_its_file(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = write_law(tmp_path, "甲"), write_law(tmp_path, "乙")

    def parse(path: Path, _given: object, _folder: object = None) -> object:
        if path == bad:
            raise ZeroDivisionError("planted")
        return real(path)

    from ingest import pipeline_read

    real = pipeline_read.parse
    monkeypatch.setattr(pipeline_read, "parse", parse)
    reports = ingest_paths([bad, good], library, jobs=1)
    assert [report.status for report in reports] == ["rejected", "stored"]
    assert "ZeroDivisionError" in (reports[0].reason or "")


def die_on_bomb(paths: list[Path]) -> list[Read]:
    """Stands in for the batch reader in the reading processes: a file named bomb kills its process."""
    if any(path.name.startswith("bomb") for path in paths):
        os.kill(os.getpid(), signal.SIGKILL)
    from ingest.pipeline import _read_batch

    return _read_batch(paths)


def test_a_reader_that_dies_costs_only_its_file(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        write_law(tmp_path / "in", f"第{number}号")
    (tmp_path / "in" / "bomb.md").write_text("第一条 无。", encoding="utf-8")
    monkeypatch.setattr(pipeline, "_read_batch", die_on_bomb)
    reports = ingest_paths([tmp_path / "in"], library, jobs=2)
    assert {report.file: report.status for report in reports}.pop("bomb.md") == "rejected"
    assert [report.status for report in reports].count("stored") == 6
    assert "终止" in next(report.reason or "" for report in reports if report.file == "bomb.md")


def test_order_of_ingest_does_not_show_in_the_corpus_hash(tmp_path: Path) -> None:
    paths = [write_law(tmp_path / "in", name) for name in "甲乙丙丁"] + [write_list(tmp_path / "in")]
    hashes = set()
    for order in (paths, paths[::-1], paths[2:] + paths[:2]):
        with Library.open(tmp_path / f"lib{len(hashes)}-{order[0].stem}", writable=True) as library:
            ingest_paths(order, library, jobs=1)
            hashes.add(library.corpus_hash())
    assert len(hashes) == 1


def test_originals_are_kept_for_formats_with_pages(library: Library, tmp_path: Path) -> None:
    path = write_list(tmp_path / "in")
    report = ingest_file(path, library)
    assert report.sha256 is not None
    assert library.original(report.sha256).read_bytes() == path.read_bytes()  # type: ignore[union-attr]


def test_folders_are_searched_for_known_formats_only(tmp_path: Path) -> None:
    for name in ("a.md", "b.PDF", "c.sqlite3", "README.md", "~$d.docx", "e.docx"):
        (tmp_path / name).touch()
    assert [path.name for path in find_files([tmp_path])] == ["a.md", "b.PDF", "e.docx"]


def test_norms_file_with_a_bad_line_is_rejected_whole(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "norms.jsonl"
    path.write_text('{"key": "a-1", "title": "甲法", "gist": "要点"}\n{"key": "a-2", "title": "甲法"}\n', encoding="utf-8")
    with pytest.raises(RejectedFile, match="第 2 行缺少 gist"):
        ingest_norms(path, library)
    assert library.documents() == []


def test_corpora_come_in_once_and_again_when_they_change(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "corpora"
    (folder / "national" / "lists").mkdir(parents=True)
    (folder / "national" / "norms.jsonl").write_text(
        '{"key": "a-1", "title": "甲法", "article": "第一条", "gist": "要点"}\n', encoding="utf-8"
    )
    write_list(folder / "national" / "lists")
    assert corpora_missing(library, folder)
    assert [report.status for report in ensure_corpora(library, folder, jobs=1)] == ["stored", "stored"]
    assert ensure_corpora(library, folder, jobs=1) == []
    write_list(folder / "national" / "lists", way="部门核验")
    assert [report.status for report in ensure_corpora(library, folder, jobs=1)] == ["unchanged", "replaced"]
    assert len(library.norms()) == 1


KILL_LOOP = """
import os, random, signal, sys, time
from pathlib import Path
from ingest import pipeline
from knowledge.store import Library

folder, store, rounds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
pipeline.refresh_indexes = lambda library: None
random.seed(7)

def ingest():
    with Library.open(store, writable=True) as library:
        pipeline.ingest_paths([folder], library, jobs=1, refresh=False)

def edit(turn):
    for path in random.sample(sorted(folder.glob("*.md")), 6):
        lines = path.read_text("utf-8").splitlines()
        path.write_text("\\n".join(line if not line.startswith("第二条") else f"第二条 第{turn}次改动。" for line in lines), "utf-8")

ingest()
longest, killed = 0.15, 0
for turn in range(rounds):
    edit(turn)
    child = os.fork()
    if not child:
        ingest()
        os._exit(0)
    time.sleep(random.random() * longest)
    os.kill(child, signal.SIGKILL)
    killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
    with Library.open(store) as library:
        assert library.integrity_check() == [], library.integrity_check()
        documents = library.documents()
        assert len(documents) == len({item.path for item in documents}) == 20, len(documents)
        texts = [item.text for item in library.iter_provisions()]
        assert len(texts) == 60 and len(library.instruments()) == 20, (len(texts), len(library.instruments()))
ingest()
with Library.open(store) as library:
    stored = sorted(item.text for item in library.iter_provisions() if item.label == "第二条")
    print(killed, library.corpus_hash())
wanted = sorted(line[4:] for path in folder.glob("*.md") for line in path.read_text("utf-8").splitlines() if line.startswith("第二条"))
assert stored == wanted, (stored, wanted)
"""


def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    for number in range(20):
        write_law(tmp_path / "in", f"第{number}号", number=number)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILL_LOOP, str(tmp_path / "in"), str(tmp_path / "library"), "50"],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    killed, corpus = done.stdout.split()
    assert int(killed) >= 10
    with Library.open(tmp_path / "fresh", writable=True) as library:
        ingest_paths([tmp_path / "in"], library, jobs=1)
        assert library.corpus_hash() == corpus


def test_vectors_may_follow_in_a_process_of_their_own(tmp_path: Path) -> None:
    from ingest.later import refresh_later, vectors_progress
    from knowledge.search import open_search

    write_law(tmp_path / "in", "甲")
    with Library.open(tmp_path / "library", writable=True) as library:
        ingest_paths([tmp_path / "in"], library, jobs=1)
        started = refresh_later(library)
        assert vectors_progress(library) is not None
        assert [hit.record.label for hit in open_search(library).search("居住情况证明", all_versions=True)] == ["第二条"]
        assert os.waitpid(started, 0)[1] == 0
        assert vectors_progress(library) is None
        assert list((library.folder / "search").glob("index-*/vectors.json"))
