"""The store: what goes in comes back, once, with its place; editions and versions; locks; damage."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from knowledge import store_schema
from knowledge.errors import LibraryDamaged, LibraryLocked, NotFound, RejectedFile
from knowledge.store import Library, StoredInstrument, prepare
from knowledge.store_schema import METADATA
from knowledge.types import Conservation, DocKind, Level, Locator, ParsedDocument, Problem, TextKind
from tests.factories import law, listing, requirement, row, sha
from tests.postgres import new_database, postgres  # noqa: F401


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def library(request: pytest.FixtureRequest, tmp_path: Path):
    url = None
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgres"), f"t{uuid.uuid4().hex[:12]}")
    with Library.open(tmp_path / "library", writable=True, database_url=url) as opened:
        yield opened


@pytest.fixture
def sqlite_library(tmp_path: Path):
    with Library.open(tmp_path / "library", writable=True) as opened:
        yield opened


def test_a_law_comes_back_as_it_went_in(library: Library) -> None:
    parsed = law()
    assert library.put(parsed).status == "stored"
    home = library.instruments("清江市证明事项管理办法")[0]
    assert home.instrument == parsed.instrument
    assert [item.provision for item in library.provisions_of(home.id)] == list(parsed.provisions)
    assert library.text(home.document_id) == parsed.text


def test_clause_prints_alone(library: Library) -> None:
    library.put(law())
    found = library.provision("清江市证明事项管理办法@2020-01-01#art_2.para_2")
    assert found is not None
    assert (found.label, found.text) == ("第二条第二款", "法律另有规定的除外。")
    assert found.ref.endswith("#art_2.para_2")
    assert library.provision("清江市证明事项管理办法@2020-01-01#art_2.para_3") is None
    assert library.provision("清江市证明事项管理办法@2020-01-01#art_9") is None
    assert library.provision("没有的办法@2020-01-01#art_1") is None


def test_article_by_number(library: Library) -> None:
    library.put(law())
    library.put(law(version="2023-05-01", articles={1: ["新的第一条。"]}))
    name = "清江市证明事项管理办法"
    assert library.article(name, None, 1).text == "新的第一条。"  # type: ignore[union-attr]
    assert library.article(name, "2020-01-01", 1).text == "为减少证明，制定本办法。"  # type: ignore[union-attr]
    assert library.article(name, None, 2) is None


def test_rows_requirements_and_report_come_back(library: Library) -> None:
    entry = row(extra=(("联系电话", "—"),), locator=Locator(page=2, row=3, boxes=((2, 1.0, 2.0, 3.0, 4.0),)))
    problem = Problem("x", "第 3 行缺证明名称", Locator(row=3))
    parsed = listing(entry, problems=(problem,), conservation=Conservation(rows=1, gaps=(4,)))
    library.put(parsed)
    stored = library.entries()[0]
    assert stored.entry == entry
    assert library.entry(stored.ref) == stored
    assert library.problems()[0][1] == problem
    assert library.documents()[0].conservation == parsed.conservation
    demand = requirement("清江市证明事项管理办法@2020-01-01#art_2.para_1")
    library.put(replace(law(), requirements=(demand,)))
    found = library.requirements(material_contains="居住")[0]
    assert found.requirement == demand
    assert found.instrument is not None and found.provision_id is not None


def test_same_bytes_twice_change_nothing(library: Library) -> None:
    library.put(listing())
    before = library.corpus_hash()
    assert library.put(listing()).status == "unchanged"
    assert len(library.entries()) == 2
    assert library.corpus_hash() == before


def test_changed_list_keeps_ids_of_unchanged_rows(library: Library) -> None:
    library.put(listing(row("甲证明", number=1), row("乙证明", number=2), row("丙证明", number=3)))
    before = {item.entry.proof_name: item for item in library.entries()}
    result = library.put(listing(row("丁证明", number=1), row("甲证明", number=2), row("丙证明", number=3, replacement="核验")))
    after = {item.entry.proof_name: item for item in library.entries()}
    assert result.status == "replaced"
    assert (after["甲证明"].id, after["甲证明"].ref) == (before["甲证明"].id, before["甲证明"].ref)
    assert after["丙证明"].ref == before["丙证明"].ref
    assert after["丁证明"].ref not in {item.ref for item in before.values()}
    assert set(after) == {"甲证明", "丙证明", "丁证明"}
    assert (len(result.changes.added), len(result.changes.removed), len(result.changes.changed)) == (1, 1, 1)
    assert library.changes()[0][1] == result.changes
    assert [item.active for item in library.documents(include_old=True)] == [False, True]
    assert library.integrity_check() == []


def test_changed_law_text_keeps_ids_of_unchanged_articles(library: Library) -> None:
    library.put(law(articles={1: ["一。"], 2: ["二。"]}))
    ref = "清江市证明事项管理办法@2020-01-01"
    before = [library.provision(f"{ref}#art_{number}").id for number in (1, 2)]  # type: ignore[union-attr]
    changes = library.put(law(articles={1: ["一。"], 2: ["二二。"]})).changes
    after = [library.provision(f"{ref}#art_{number}").id for number in (1, 2)]  # type: ignore[union-attr]
    assert before[0] == after[0]
    assert before[1] != after[1]
    assert changes.changed == ((f"{ref}#art_2", "二。"),)
    assert len(library.instruments()) == 1


def test_versions_live_side_by_side_and_end_each_other_in_any_order(tmp_path: Path) -> None:
    texts = [law(version=day, file="办法.md") for day in ("2010-01-01", "2015-06-01", "2020-01-01")]
    seen = set()
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        with Library.open(tmp_path / str(order), writable=True) as library:
            for index in order:
                library.put(texts[index])
            ends = [(item.instrument.version, item.instrument.ended, item.instrument.ended_by) for item in library.instruments()]
            assert ends[0][1:] == (date(2015, 6, 1), "清江市证明事项管理办法@2015-06-01")
            assert ends[2][1:] == (None, None)
            seen.add((tuple(ends), library.corpus_hash()))
    assert len(seen) == 1


def test_corpus_hash_feels_every_change(library: Library) -> None:
    seen = {library.corpus_hash()}
    for parsed in (law(), listing(), listing(row(matter="落户"), file="二.xlsx", title="第二批")):
        library.put(parsed)
        seen.add(library.corpus_hash())
    library.correct(library.entries()[0].ref, "matter", "转学")
    seen.add(library.corpus_hash())
    assert len(seen) == 5


def test_same_file_name_elsewhere_is_another_document_while_the_first_file_stands(library: Library, tmp_path: Path) -> None:
    places = [tmp_path / name / "清单.xlsx" for name in ("a", "b")]
    for place in places:
        place.parent.mkdir()
        place.touch()
    library.put(prepare(listing(row("甲证明")), path=str(places[0])))
    assert library.put(prepare(listing(row("乙证明")), path=str(places[1]))).status == "stored"
    assert {item.entry.proof_name for item in library.entries()} == {"甲证明", "乙证明"}
    assert len({item.ref for item in library.documents()}) == 2
    places[0].unlink()
    assert library.put(prepare(listing(row("丙证明")), path=str(tmp_path / "c" / "清单.xlsx"))).status == "replaced"


def test_a_draft_is_kept_but_is_no_norm(library: Library) -> None:
    library.put(replace(law(), kind=DocKind.DRAFT))
    assert library.instruments() == []
    assert len(library.provisions_in(library.documents()[0].id)) == 2


def test_repealed_norms_end_on_the_day_the_repeal_takes_effect(library: Library) -> None:
    old = law("清江市旧办法", version="2001-01-01")
    new = prepare(
        law("清江市新办法", version="2020-01-01"), repeals=(("清江市旧办法", "清江市旧办法", date(2020, 2, 1), Locator(chars=(0, 1))),)
    )
    library.put_many([new, prepare(old)])
    ended = library.instruments("清江市旧办法")[0].instrument
    assert (ended.ended, ended.ended_by) == (date(2020, 2, 1), "清江市新办法@2020-01-01")
    library.remove("清江市新办法@2020-01-01")
    assert library.instruments("清江市旧办法")[0].instrument.ended is None


def test_a_gist_gives_way_to_the_same_version_verbatim_and_comes_back(library: Library) -> None:
    norm = {
        "key": "bf-2",
        "title": "清江市证明事项管理办法",
        "article": "第二条",
        "published": "2020-01-01",
        "gist": "不得要居住证明。",
        "topic": "x",
    }
    other = {"key": "bf-3", "title": "清江市另一办法", "article": "第三条第二款", "published": "2021-01-01", "gist": "可以承诺。"}
    home = ParsedDocument("norms.jsonl", sha("norms"), "jsonl", DocKind.LAW)
    library.put_norms(home, [(norm, Locator(row=1)), (other, Locator(row=2))])
    ref = "清江市证明事项管理办法@2020-01-01#art_2"
    assert library.provision(ref).provision.text_kind is TextKind.GIST  # type: ignore[union-attr]
    library.put(law())
    assert library.provision(ref).provision.text_kind is TextKind.VERBATIM  # type: ignore[union-attr]
    assert library.provision("清江市另一办法@2021-01-01#art_3.para_2").label == "第三条第二款"  # type: ignore[union-attr]
    assert [item["topic"] for item in library.norms() if "topic" in item] == ["x"]
    library.remove("清江市证明事项管理办法@2020-01-01")
    assert library.provision(ref).text == "不得要居住证明。"  # type: ignore[union-attr]
    library.put_norms(replace(home, sha256=sha("norms 2")), [(other, Locator(row=1))])
    assert [item["key"] for item in library.norms()] == ["bf-3"]


@pytest.mark.parametrize("number", ["清政办发〔2019〕8号", "清政办发[2019]8号", "清政办发（2019） 08 号", "清政办发【２０１９】第8号"])
def test_document_number_in_any_bracket(library: Library, number: str) -> None:
    library.put(listing())
    assert [item.ref for item in library.find_doc_number(number)] == ["清江市取消证明事项清单（第一批）@2019-03-01"]


def test_order_number_with_and_without_the_republic(library: Library) -> None:
    library.put(law(doc_number="中华人民共和国国务院令第999号", level=Level.ADMIN_REGULATION))
    found = library.find_doc_number("国务院令第999号")
    assert isinstance(found[0], StoredInstrument)
    assert library.find_doc_number("国务院令第998号") == []


def test_correction_survives_rereading_or_is_queued(library: Library) -> None:
    library.put(listing(row("居佳情况证明", number=1), row("乙证明", number=2)))
    ref = next(item.ref for item in library.entries() if item.entry.proof_name.startswith("居佳"))
    library.correct(ref, "proof_name", "居住情况证明", reason="错字")
    library.put(listing(row("居佳情况证明", number=1), row("丙证明", number=2)))
    assert library.entry(ref).entry.proof_name == "居住情况证明"  # type: ignore[union-attr]
    assert library.corrections()[0].state == "applied"
    library.put(listing(row("全新证明", number=1)))
    assert library.corrections()[0].state == "queued"


def test_correction_in_an_article_moves_its_clauses(library: Library) -> None:
    library.put(law(articles={1: ["第一款有措字。", "第二款。"]}))
    ref = "清江市证明事项管理办法@2020-01-01#art_1"
    library.correct(ref, "text", "有一个错字", old="有措字")
    assert library.provision(f"{ref}.para_1").text == "第一款有一个错字。"  # type: ignore[union-attr]
    assert library.provision(f"{ref}.para_2").text == "第二款。"  # type: ignore[union-attr]
    with pytest.raises(NotFound, match="恰好出现一次"):
        library.correct(ref, "text", "x", old="款")


def test_a_row_without_a_place_is_refused_and_nothing_is_stored(library: Library) -> None:
    with pytest.raises(RejectedFile, match="没有在原文中的位置"):
        library.put(listing(row(locator=Locator())))
    assert library.documents() == []


def test_failure_in_the_middle_leaves_the_library_as_it_was(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.put(listing())
    before = library.corpus_hash()

    def fail(*_: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("knowledge.store_write.bump", fail)
    with pytest.raises(RuntimeError):
        library.put(listing(row("丁证明")))
    assert library.corpus_hash() == before
    assert library.integrity_check() == []


def test_one_writer_many_readers(sqlite_library: Library) -> None:
    library = sqlite_library
    library.put(law())
    with pytest.raises(LibraryLocked, match="正由另一个进程"):
        Library.open(library.folder, writable=True)
    with Library.open(library.folder) as reader:
        assert len(reader.instruments()) == 1
        with pytest.raises(LibraryLocked, match="只读"):
            reader.put(listing())
        library.put(law(version="2024-01-01"))
        assert len(reader.instruments()) == 2


def test_lock_is_free_after_its_holder_was_killed(tmp_path: Path) -> None:
    code = f"from knowledge.store import Library; import os; Library.open({str(tmp_path)!r}, writable=True); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], check=False)
    Library.open(tmp_path, writable=True).close()


def test_a_missing_library_opens_empty(tmp_path: Path) -> None:
    with Library.open(tmp_path / "new") as library:
        assert library.documents() == []
        assert library.coverage().documents == 0


def test_newer_schema_is_refused(sqlite_library: Library) -> None:
    library = sqlite_library
    with library.engine.begin() as connection:
        connection.execute(text("UPDATE meta SET value = '999' WHERE key = 'schema'"))
    library.close()
    for writable in (True, False):
        with pytest.raises(LibraryDamaged, match="999"):
            Library.open(library.folder, writable=writable)


def test_migrations_and_tables_agree(library: Library) -> None:
    found = inspect(library.engine)
    assert {table: {column["name"] for column in found.get_columns(table)} for table in found.get_table_names()} == {
        table.name: {column.name for column in table.columns} for table in METADATA.sorted_tables
    }


def test_a_later_migration_brings_an_older_library_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Library.open(tmp_path / "library", writable=True) as library:
        library.put(law())
    later = tmp_path / "migrations"
    shutil.copytree(store_schema.MIGRATIONS, later)
    (later / "0002_more.sql").write_text("-- one more\nCREATE TABLE more (id INTEGER PRIMARY KEY, data {blob});\n", encoding="utf-8")
    monkeypatch.setattr(store_schema, "MIGRATIONS", later)
    with Library.open(tmp_path / "library") as library:
        assert inspect(library.engine).has_table("more")
        assert len(library.instruments()) == 1


def test_a_migration_that_fails_leaves_the_library_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Library.open(tmp_path / "library", writable=True) as library:
        library.put(law())
    later = tmp_path / "migrations"
    shutil.copytree(store_schema.MIGRATIONS, later)
    (later / "0002_bad.sql").write_text("CREATE TABLE more (id INTEGER); CREATE TABLE more (id INTEGER);", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(store_schema, "MIGRATIONS", later)
        with pytest.raises(LibraryDamaged):
            Library.open(tmp_path / "library", writable=True)
    with Library.open(tmp_path / "library") as library:
        assert not inspect(library.engine).has_table("more")
        assert len(library.instruments()) == 1


def test_readers_in_threads_see_whole_states(sqlite_library: Library) -> None:
    """Reading goes on while another thread writes; every answer is one state, before or after."""
    library = sqlite_library
    library.put(law())
    stop = threading.Event()

    def read() -> set[int]:
        seen = set()
        with Library.open(library.folder) as reader:
            while not stop.is_set():
                seen.add(len(list(reader.iter_provisions())))
                seen |= {len(reader.provisions_of(item.id)) for item in reader.instruments()}
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for number in range(15):
            library.put(law(f"清江市第{number}号办法"))
        stop.set()
        counts = set().union(*(reader.result() for reader in readers))
    assert all(count % 2 == 0 for count in counts)


def test_not_a_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite3").write_bytes(b"no database at all" * 100)
    for writable in (True, False):
        with pytest.raises(LibraryDamaged, match="打不开"):
            Library.open(tmp_path, writable=writable)


def test_coverage_counts_levels_regions_and_lists(library: Library) -> None:
    library.put(law())
    library.put(listing())
    coverage = library.coverage()
    assert [(row.group, row.region, row.documents, row.rows) for row in coverage.rows] == [
        ("list:cancel", "云溪省清江市", 1, 2),
        ("local_rule", "云溪省清江市", 1, 2),
    ]
    assert coverage.newest == date(2020, 1, 1)


def test_iteration_sees_every_provision_of_active_editions(library: Library) -> None:
    for number in range(5):
        library.put(law(f"清江市第{number}号办法"))
    assert len(list(library.iter_provisions(2))) == 10
    assert [item.label for item in library.iter_provisions(containing="另有规定")] == ["第二条"] * 5


def test_removed_document_is_no_longer_found(library: Library) -> None:
    library.put(law())
    library.remove("清江市证明事项管理办法@2020-01-01")
    assert library.instruments() == []
    assert library.provision("清江市证明事项管理办法@2020-01-01#art_1") is None
    with pytest.raises(NotFound):
        library.remove("清江市证明事项管理办法@2020-01-01")


def test_backup_opens_as_a_library(sqlite_library: Library, tmp_path: Path) -> None:
    library = sqlite_library
    library.put(law())
    library.keep_original(b"bytes", sha("bytes"), ".PDF")
    library.backup(tmp_path / "copy")
    with Library.open(tmp_path / "copy") as copy:
        assert copy.corpus_hash() == library.corpus_hash()
        assert copy.original(sha("bytes")).read_bytes() == b"bytes"  # type: ignore[union-attr]
