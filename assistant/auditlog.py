"""Append-only record of what people did here: one JSON line per act, each carrying the hash of the line before it.

A line that is changed, removed or put in between breaks the chain and ``verify`` names the first broken line. No personal data: names of
accounts, kinds of acts, references and counts.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_START = "0" * 64


@dataclass(frozen=True, slots=True)
class Act:
    """One line: its number from 1, when (UTC), who, in which role, what, and the particulars."""

    number: int
    at: str
    who: str
    role: str
    what: str
    detail: dict[str, Any]
    hash: str


class AuditLog:
    """The log in one file; safe for several threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, who: str, role: str, what: str, **detail: Any) -> Act:
        """Write one act, after everything that is already there, and make sure it is on disk."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            number, before = _last(file.seek(0) or file.read())
            body = {
                "n": number + 1,
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "who": who,
                "role": role,
                "what": what,
                "detail": detail,
                "before": before,
            }
            line = _dump(body)
            digest = hashlib.sha256(line.encode()).hexdigest()
            file.write((_dump({**body, "hash": digest}) + "\n").encode())
            file.flush()
        return Act(number + 1, str(body["at"]), who, role, what, detail, digest)

    def read(self, last: int = 200) -> list[Act]:
        """The newest acts, newest first."""
        return [_act(row) for row in list(self._rows())[-last:]][::-1]

    def verify(self) -> str | None:
        """None when the chain holds; else a sentence naming the first line that does not."""
        before = _START
        for number, row in enumerate(self._rows(), 1):
            body = {key: value for key, value in row.items() if key != "hash"}
            if row.get("n") != number or row.get("before") != before or hashlib.sha256(_dump(body).encode()).hexdigest() != row.get("hash"):
                return f"操作记录第{number}行与前面接不上，可能被改动、删除或者插入。请与备份核对。"
            before = str(row["hash"])
        return None

    def _rows(self) -> Iterator[dict[str, Any]]:
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                row = {}
            yield row if isinstance(row, dict) else {}


def _dump(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def _last(data: bytes) -> tuple[int, str]:
    lines = data.splitlines()
    if not lines:
        return 0, _START
    row = json.loads(lines[-1])
    return int(row["n"]), str(row["hash"])


def _act(row: dict[str, Any]) -> Act:
    return Act(*(row.get(key, "") for key in ("n", "at", "who", "role", "what", "detail", "hash")))
