"""The reading process: its limits, its end in words, and what it may hand back. Bad readers are put into a child through its start-up file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from ingest import sandbox
from ingest.blocks import Paragraph
from ingest.formats import read
from ingest.sandbox import read_safely
from ingest.sandbox_limits import Limits, begin, finish, rearm
from knowledge.errors import RejectedFile

BAD = """
import ctypes, os, pathlib, signal, socket, sys, time
import ingest.formats as formats
from ingest.blocks import Blocks, Paragraph

def reader(data, name):
    what = data.decode()
    if what == "loop":
        while True:
            pass
    if what == "sleep":
        time.sleep(60)
    if what == "memory":
        return Blocks("csv", (Paragraph("x" * (3 << 30)),))
    if what == "crash":
        ctypes.string_at(0)
    if what == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hangs up":
        os.closerange(3, 64)
        time.sleep(60)
    if what == "exit":
        os._exit(3)
    if what == "foreign":
        return Blocks("csv", (), hidden=(pathlib.PurePosixPath("/"),))
    if what == "print":
        print("noise" * 10_000)
        os.write(1, b"more noise")
    if what == "network":
        try:
            socket.create_connection(("127.0.0.1", int(name.split(".")[0])), timeout=2)
        except OSError as error:
            return Blocks("csv", (Paragraph(f"refused: {error}"),))
        return Blocks("csv", (Paragraph("connected"),))
    if what == "secrets":
        return Blocks("csv", (Paragraph(" ".join(sorted(os.environ))),))
    if what == "slow":
        from ingest.sandbox_limits import rearm
        for _ in range(6):
            time.sleep(0.4)
            rearm()
    return Blocks("csv", (Paragraph(str(os.getpid())),))

formats.READERS["csv"] = reader
"""


@pytest.fixture
def bad_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(BAD, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sandbox, "_pool", sandbox._Pool(Limits(step_seconds=60, memory_mb=2048)))


def said(what: str, limits: Limits | None = None, name: str = "清单.csv") -> str:
    found = read_safely(what.encode(), name, "csv", limits).blocks[0]
    assert isinstance(found, Paragraph)
    return found.text


@pytest.mark.parametrize(
    ("what", "words", "limits"),
    [
        ("loop", "1 秒仍未读完", Limits(step_cpu_seconds=1)),
        ("sleep", "2 秒仍未读完", Limits(step_seconds=2)),
        ("memory", "过大", Limits(memory_mb=1024)),
        ("crash", "崩溃（SIGSEGV）", None),
        ("killed", "被系统终止", None),
        ("exit", "退出码 3", None),
        ("foreign", "结果无效", None),
    ],
)
def test_a_reader_that_goes_wrong_is_a_rejected_file(bad_reader: None, what: str, words: str, limits: Limits | None) -> None:
    with pytest.raises(RejectedFile) as caught:
        said(what, limits)
    assert words in str(caught.value) and "清单.csv" in str(caught.value) and "请" in str(caught.value)


def test_the_process_is_kept_and_a_crash_costs_one_file(bad_reader: None) -> None:
    first = said("fine")
    assert said("print") == first and said("fine") == first
    with pytest.raises(RejectedFile):
        said("crash")
    assert said("fine") not in (first, str(os.getpid()))


def test_a_long_file_may_take_its_time_page_by_page(bad_reader: None) -> None:
    assert said("slow", Limits(step_seconds=2)).isdigit()


def test_a_process_that_ended_while_idle_is_replaced(bad_reader: None) -> None:
    said("fine")
    sandbox._pool.idle[0].process.kill()
    sandbox._pool.idle[0].process.wait()
    assert said("fine").isdigit()


def test_a_process_that_hangs_up_but_does_not_end_is_ended(bad_reader: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_MARGIN", 1)
    with pytest.raises(RejectedFile):
        said("hangs up")
    assert said("fine").isdigit()


def test_no_network_and_no_secrets_in_the_child(bad_reader: None, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setenv("JIANZHENG_MODEL_KEY", "secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert said("network", name=f"{server.getsockname()[1]}.csv").startswith("refused")
    assert "JIANZHENG" not in said("secrets") and "PATH" in said("secrets")


def test_several_threads_have_a_process_each(bad_reader: None) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(said("slow"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3 and len(set(found)) >= 2


def test_plain_text_is_read_here_and_other_formats_are_not(bad_reader: None) -> None:
    assert read("第一条 本办法自印发之日起施行。".encode(), "a.txt").format == "txt"
    assert not sandbox._pool.idle
    assert read(b"fine", "a.csv").blocks
    assert len(sandbox._pool.idle) == 1
    sandbox._pool.close()
    assert not sandbox._pool.idle


def test_limits_do_nothing_outside_a_child() -> None:
    begin()
    rearm()
    finish()
