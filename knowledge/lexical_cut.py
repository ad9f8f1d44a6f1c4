"""Texts cut for the full-text index, in a process beside the one that reads and writes: words, characters and bigrams of many texts at once.

The helper is a child with pipes: it starts nothing of the caller's, holds none of its files or locks, and ends when its input ends, so that a
killed build leaves nobody behind. Where it cannot be started or dies, the caller cuts for itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge.segment import I32, U16, WORD, Dictionary, cut, decode

WAITING = 3  # batches on their way
_SPACE = np.uint16(0x20)

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Pieces:
    """What the index needs of texts that a NUL ends: ids of their words end to end, words of each, and the two channels of each."""

    ids: I32
    counts: NDArray[np.int64]
    chars: list[str]
    words: list[str]


def chars_of(codes: U16) -> str:
    """Single characters and bigrams of each run of word characters, space-separated; NUL separates texts and stays."""
    n = len(codes)
    word = WORD[codes]
    pair = np.zeros(n, dtype=np.bool_)
    pair[:-1] = word[:-1] & word[1:]
    out = np.full((n, 5), _SPACE, dtype=np.uint16)
    keep = np.zeros((n, 5), dtype=np.bool_)
    out[:, 0] = out[:, 2] = codes
    out[:-1, 3] = codes[1:]
    keep[:, 0] = keep[:, 1] = word
    keep[:, 2] = keep[:, 3] = keep[:, 4] = pair
    keep[codes == 0, 0] = True
    return decode(out[keep])


def words_of(codes: U16, starts: I32) -> str:
    """The texts with their words set apart by spaces; everything that is no word character becomes a space, NUL stays."""
    plain = np.where(WORD[codes] | (codes == 0), codes, _SPACE)
    return decode(np.insert(plain, starts, _SPACE))


def _cut(codes: U16, dictionary: Dictionary) -> tuple[I32, NDArray[np.int64], str, str]:
    starts, ids = cut(codes, dictionary)
    counts = np.diff(np.searchsorted(starts, np.nonzero(codes == 0)[0]), prepend=0).astype(np.int64)
    return ids, counts, chars_of(codes), words_of(codes, starts)


def pieces(codes: U16, dictionary: Dictionary) -> Pieces:
    """Cuts texts each of which a NUL ends."""
    ids, counts, chars, words = _cut(codes, dictionary)
    return Pieces(ids, counts, chars.split("\0"), words.split("\0"))


def save_dictionary(folder: Path, dictionary: Dictionary) -> None:
    """Writes a dictionary's arrays into ``folder``."""
    for name in ("keys", "score", "slots", "single"):
        np.save(folder / f"dictionary_{name}.npy", getattr(dictionary, name), allow_pickle=False)
    (folder / "dictionary.json").write_text(json.dumps({"probes": dictionary.probes}), encoding="utf-8")


def load_dictionary(folder: Path) -> Dictionary:
    """Reads what ``save_dictionary`` wrote, mapped into memory."""
    names = ("keys", "score", "slots", "single")
    part = {n: np.asarray(np.load(folder / f"dictionary_{n}.npy", mmap_mode="r", allow_pickle=False)) for n in names}
    return Dictionary(probes=int(json.loads((folder / "dictionary.json").read_text(encoding="utf-8"))["probes"]), **part)


def cut_all(batches: Iterable[tuple[Given, U16]], dictionary: Dictionary, folder: Path) -> Generator[tuple[Given, Pieces], None, None]:
    """Each batch with its pieces, in order. The first batch is cut here; when more follow, a child cuts them with the dictionary saved in ``folder``
    while the caller writes those before."""
    source = iter(batches)
    for given, codes in source:
        yield given, pieces(codes, dictionary)
        break
    child: _Child | None = None
    waiting: deque[tuple[Given, Future[Pieces]]] = deque()
    with ThreadPoolExecutor(1) as pool:
        try:
            for given, codes in source:
                child = child or _Child(folder, dictionary)
                waiting.append((given, pool.submit(child.cut, codes)))
                if len(waiting) >= WAITING:
                    done, future = waiting.popleft()
                    yield done, future.result()
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()
        finally:
            for _, future in waiting:
                future.cancel()
            if child:
                child.close()


class _Child:
    """The process that cuts."""

    def __init__(self, folder: Path, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        path = os.pathsep.join(filter(None, [str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH")]))
        command = [sys.executable, "-m", "knowledge.lexical_cut", str(folder)]
        environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
        self.process: subprocess.Popen[bytes] | None = None
        with suppress(OSError):
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def cut(self, codes: U16) -> Pieces:
        """As ``pieces``."""
        process = self.process
        if process is not None:
            assert process.stdin is not None and process.stdout is not None
            try:
                _send(process.stdin, codes.tobytes())
                ids, counts, chars, words = [_receive(process.stdout) for _ in range(4)]
                texts = (part.decode("utf-16-le", "surrogatepass").split("\0") for part in (chars, words))
                return Pieces(np.frombuffer(ids, np.int32), np.frombuffer(counts, np.int64), *texts)
            except (OSError, EOFError, ValueError):
                self.close()
        return pieces(codes, self.dictionary)

    def close(self) -> None:
        """Ends the process."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()


def _send(stream: IO[bytes], data: bytes) -> None:
    stream.write(len(data).to_bytes(8, "little"))
    stream.write(data)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    size = stream.read(8)
    if len(size) < 8:
        raise EOFError
    data = stream.read(int.from_bytes(size, "little"))
    if len(data) < int.from_bytes(size, "little"):
        raise EOFError
    return data


def main() -> None:
    """Answers each batch on the standard input until it ends or nobody listens."""
    dictionary = load_dictionary(Path(sys.argv[1]))
    source, out = sys.stdin.buffer, sys.stdout.buffer
    with suppress(EOFError, BrokenPipeError):
        while True:
            ids, counts, chars, words = _cut(np.frombuffer(_receive(source), np.uint16), dictionary)
            for part in (
                ids.astype(np.int32).tobytes(),
                counts.tobytes(),
                *(t.encode("utf-16-le", "surrogatepass") for t in (chars, words)),
            ):
                _send(out, part)


if __name__ == "__main__":
    main()
