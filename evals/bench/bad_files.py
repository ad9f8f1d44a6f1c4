"""Files that are broken, hostile or not what they say, one by one against the real command: its sentence, its exit code, the library after it.

    python -m evals.bench.bad_files [WORD…]

Each case is one ``jianzheng ingest FILE`` in a process of its own on a library that holds one good list. A refused file must cost nothing else:
exit code 1, one Chinese sentence with what to do, no trace of the program's inside, the corpus and its revision as before. Files that are readable
after all (a wrong extension, a broken end, formulas) must come in, with the problem named. ``WORD``: only cases whose name holds it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.store import Library

HOME = Path(__file__).parents[2]
COMMAND = [sys.executable, "-W", "ignore", "-m", "assistant.cli", "--library"]
SECONDS = 120  # no bad file may hold the command longer
INSIDE = ("Traceback", "Error:", "Exception", 'File "', "/site-packages/", "None")


@dataclass(frozen=True, slots=True)
class Case:
    """A bad file: its name, how it is made, words its answer must hold; ``refused`` is False where it must come in."""

    what: str
    name: str
    make: Callable[[], bytes] | int
    words: str = "请"
    refused: bool | None = True  # None: either, as long as it is said


def cases() -> list[Case]:
    """The list of issue 3, point 5."""
    from reportlab.lib.pdfencrypt import StandardEncryption

    from ingest.formats import MAX_BYTES
    from tests import test_bad_files as made

    good = made.GOOD
    out = [Case("empty", name, lambda: b"", "0 字节") for name in sorted(good)]
    out += [Case("truncated", name, lambda n=name: good[n][: int(len(good[n]) * 0.6)], refused=None) for name in sorted(good)]  # type: ignore[misc]
    out += [Case("malformed", name, lambda n=name: _spoiled(good[n]), refused=None) for name in sorted(good)]  # type: ignore[misc]
    out += [
        Case("encrypted", f"locked{Path(name).suffix}", make, "密码")
        for name, make in [("a.pdf", lambda: made.pdf(StandardEncryption("secret"))), *made.ENCRYPTED[1:]]
    ]
    out += [Case("hostile", f"{n}-{name}", make, word) for n, (name, word, make) in enumerate(made.HOSTILE)]
    nested = f"<html><body><p>清江市取消证明事项清单</p>{'<table><tr><td>' * 3000}里层".encode()
    formulas = [*made.ROWS, ["3", '=HYPERLINK("http://x","点")', "@SUM(1)"]]
    return [
        *out,
        Case("nested tables", "nested.html", lambda: nested, refused=None),
        Case("10,000 pages", "pages.pdf", lambda: made.many_pages(10_000), "上限"),
        Case("200 MB", "large.pdf", MAX_BYTES + 1, "200 MB"),
        Case("200 MB", "large.xlsx", MAX_BYTES + 1, "200 MB"),
        Case("wrong extension", "docx-as.pdf", lambda: good["a.docx"], refused=False),
        Case("wrong extension", "xlsx-as.doc", lambda: good["a.xlsx"], refused=False),
        Case("wrong extension", "text-as.docx", lambda: "随便一段话。".encode(), refused=None),
        Case("wrong extension", "program.xlsx", lambda: b"MZ" + bytes(range(256)) * 40),
        Case("unknown format", "a.exe", lambda: b"MZ" + bytes(range(256)) * 40),
        Case("path trick", "..%2f..%2fetc%2fpasswd.csv", lambda: good["a.csv"] + b"3,\xbc\xd7\xd6\xa4\xc3\xf7,a\n", refused=False),
        Case("path trick", "长" * 80 + ".csv", lambda: good["a.csv"] + b"4,\xbc\xd7\xd6\xa4\xc3\xf7,a\n", refused=False),
        Case("path trick", "<script>alert(1)<／script>.csv", lambda: good["a.csv"] + b"5,\xbc\xd7\xd6\xa4\xc3\xf7,a\n", refused=False),
        Case("path trick", "a\nb.csv", lambda: good["a.csv"] + b"6,\xbc\xd7\xd6\xa4\xc3\xf7,a\n", refused=False),
        Case("formulas", "formulas.csv", lambda: "\n".join(",".join(r) for r in formulas).encode(), refused=False),
        Case("formulas", "formulas.xlsx", lambda: made.xlsx(formulas), refused=False),
        Case("no such file", "absent.xlsx", -1),
    ]


def _spoiled(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + b"\x00\xff" * 40 + data[middle + 80 :]


def state(folder: Path) -> tuple[str, int]:
    """What must not change under a refused file."""
    with Library.open(folder) as library:
        return library.corpus_hash(), library.revision()


def attempt(case: Case, folder: Path, library: Path) -> dict[str, Any]:
    """Run the command on one case; ``faults`` says in words what is wrong with how it went."""
    path = folder / case.name
    if isinstance(case.make, int):
        if case.make > 0:
            with path.open("wb") as file:
                file.truncate(case.make)
    else:
        path.write_bytes(case.make())
    before, begun = state(library), time.perf_counter()
    try:
        done = subprocess.run(
            [*COMMAND, str(library), "ingest", str(path), "--jobs", "1"], cwd=HOME, capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return {"case": case.what, "file": case.name[:40], "faults": [f"ran over {SECONDS} s"]}
    said = f"{done.stdout}\n{done.stderr}"
    refused = done.returncode != 0
    faults = [f"shows {word!r}" for word in INSIDE if word in said]
    if case.refused is not None and refused != case.refused:
        faults.append(f"exit code {done.returncode}")
    if refused:
        faults += [] if done.returncode == 1 else [f"exit code {done.returncode}"]
        faults += [] if case.words in said.replace(",", "，") else [f"does not say {case.words}"]
        faults += [] if "请" in said else ["does not say what to do"]
        faults += [] if state(library) == before else ["the library changed"]
    with Library.open(library) as opened:
        faults += [str(fault) for fault in opened.integrity_check()]
    if isinstance(case.make, int):
        path.unlink(missing_ok=True)
    sentence = " ".join(line.strip() for line in said.splitlines() if line.strip())
    return {
        "case": case.what,
        "file": case.name[:40],
        "exit": done.returncode,
        "seconds": round(time.perf_counter() - begun, 1),
        "says": sentence[:300],
        "faults": faults,
    }


def run(chosen: Sequence[str] = (), tell: Callable[[str], None] = print) -> Mapping[str, Any]:
    """All cases (those whose name holds one of ``chosen``), told one by one; ``faults`` in the figures must be 0."""
    from tests.test_bad_files import GOOD

    picked = [c for c in cases() if not chosen or any(w in c.what or w in c.name for w in chosen)]
    faults = refused = 0
    with tempfile.TemporaryDirectory() as place:
        folder, library = Path(place, "in"), Path(place, "library")
        folder.mkdir()
        (folder / "good.csv").write_bytes(GOOD["a.csv"])
        subprocess.run(
            [*COMMAND, str(library), "ingest", str(folder / "good.csv"), "--json"], cwd=HOME, stdout=subprocess.DEVNULL, check=True
        )
        for number, case in enumerate(picked):
            (folder / str(number)).mkdir()
            found = attempt(case, folder / str(number), library)
            faults += bool(found["faults"])
            refused += found.get("exit") == 1
            tell(json.dumps(found, ensure_ascii=False))
    return {"cases": len(picked), "refused": refused, "faults": faults}


if __name__ == "__main__":
    figures = run(sys.argv[1:])
    print(json.dumps(figures, ensure_ascii=False))
    raise SystemExit(1 if figures["faults"] else 0)
