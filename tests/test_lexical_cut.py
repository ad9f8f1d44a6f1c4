"""Cutting in a process beside gives what cutting here gives, and a process that dies costs nothing but time."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from knowledge.lexical import jieba_dictionary
from knowledge.lexical_cut import Pieces, cut_all, load_dictionary, pieces, save_dictionary
from knowledge.segment import U16, encode

BATCHES = tuple(f"居民第{n}次办理证明，不再要求提交收入证明。\n附则ＡPP{n}\0村民委员会\0" for n in range(7))


def same(one: Pieces, other: Pieces) -> bool:
    arrays = np.array_equal(one.ids, other.ids) and np.array_equal(one.counts, other.counts)
    return arrays and one.chars == other.chars and one.words == other.words


def batches() -> list[tuple[int, U16]]:
    return [(n, encode(text)) for n, text in enumerate(BATCHES)]


def test_a_dictionary_comes_back_as_it_was(tmp_path: Path) -> None:
    save_dictionary(tmp_path, jieba_dictionary())
    assert np.array_equal(load_dictionary(tmp_path).keys, jieba_dictionary().keys)


def test_the_child_cuts_as_the_caller_does_and_in_order(tmp_path: Path) -> None:
    save_dictionary(tmp_path, jieba_dictionary())
    found = list(cut_all(batches(), jieba_dictionary(), tmp_path))
    assert [n for n, _ in found] == list(range(len(BATCHES)))
    assert all(same(piece, pieces(encode(BATCHES[n]), jieba_dictionary())) for n, piece in found)


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/true"])
def test_without_a_child_the_caller_cuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: str) -> None:
    monkeypatch.setattr("sys.executable", python)
    found = list(cut_all(batches(), jieba_dictionary(), tmp_path))
    assert all(same(piece, pieces(encode(BATCHES[n]), jieba_dictionary())) for n, piece in found)
    assert len(found) == len(BATCHES)


def test_a_caller_that_stops_early_leaves_no_child(tmp_path: Path) -> None:
    save_dictionary(tmp_path, jieba_dictionary())
    running = cut_all(batches(), jieba_dictionary(), tmp_path)
    for _ in range(3):
        next(running)
    running.close()


def test_the_child_ends_with_a_killed_caller(tmp_path: Path) -> None:
    save_dictionary(tmp_path, jieba_dictionary())
    script = f"""
        import time
        from pathlib import Path
        from knowledge.lexical import jieba_dictionary
        from knowledge.lexical_cut import _Child
        child = _Child(Path({str(tmp_path)!r}), jieba_dictionary())
        print(child.process.pid, flush=True)
        time.sleep(60)
    """
    caller = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1])
    assert caller.stdout is not None
    child = int(caller.stdout.readline())
    caller.kill()
    caller.wait()
    for _ in range(300):
        if not _runs(child):
            return
        time.sleep(0.1)
    pytest.fail("the cutting process outlived its caller")


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
