"""Who may do what: accounts with hashed secrets, sessions that expire, tokens for programs, and the kinds of documents a role may see.

There is no account and no secret until an administrator is made with the code that ``serve`` prints. A citizen needs no account.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from assistant.auditlog import AuditLog
from knowledge.errors import JianzhengError

SESSION_SECONDS = 8 * 3600
SHORTEST = 10
_TRIES, _WINDOW = 5, 300.0  # failed log-ins of one name within so many seconds
_NAME = re.compile(r"[\w\u4e00-\u9fff.-]{2,32}")


class Rank(IntEnum):
    """Roles in the order of their rights; each may do what those before it may."""

    CITIZEN = 0
    WINDOW = 1
    REVIEWER = 2
    ADMINISTRATOR = 3


RANK_WORDS = {Rank.CITIZEN: "办事群众", Rank.WINDOW: "窗口人员", Rank.REVIEWER: "审核人员", Rank.ADMINISTRATOR: "管理员"}
_SEEN_BY = {"law": Rank.CITIZEN, "list": Rank.CITIZEN, "notice": Rank.CITIZEN, "guide": Rank.CITIZEN}


class Refused(JianzhengError):
    """Something a person may not do, or a log-in that failed."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking; without a session a citizen without a name."""

    name: str = ""
    rank: Rank = Rank.CITIZEN

    def need(self, rank: Rank) -> None:
        """Raises Refused when this person's rank is lower."""
        if self.rank < rank:
            raise Refused(f"这一步要“{RANK_WORDS[rank]}”的权限，请先登录。")


NOBODY = Person()


def may_see(person: Person, kind: str) -> bool:
    """Whether a person may read documents of a kind: what is published is for all, ledgers and drafts for staff."""
    return person.rank >= _SEEN_BY.get(kind, Rank.WINDOW)


class Access:
    """Accounts, sessions and tokens of one library, in its ``access`` folder."""

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        self.file = folder / "access" / "accounts.json"
        self.log = AuditLog(folder / "access" / "audit.jsonl")
        self._now = now
        self._hasher = PasswordHasher()
        self._failed: dict[str, list[float]] = {}
        self._setup_code: str | None = None

    # ---------- the first administrator ----------
    def setup_code(self) -> str | None:
        """The code that makes the first administrator; None once there is one. A new one for every start of the server."""
        if any(item["rank"] == Rank.ADMINISTRATOR for item in self._read()["accounts"].values()):
            return None
        if self._setup_code is None:
            self._setup_code = secrets.token_hex(4)
        return self._setup_code

    def set_up(self, code: str, name: str, secret: str) -> None:
        """Make the first administrator.

        Raises:
            Refused: a wrong code, an administrator is there already, or name or secret will not do.
        """
        expected = self.setup_code()
        self._not_too_often("setup")
        if expected is None or not hmac.compare_digest(code.strip().encode(), expected.encode()):
            self._failed.setdefault("setup", []).append(self._now())
            raise Refused("设置口令不对，或者管理员已经设过。口令印在启动服务的终端里。")
        self._put(name, secret, Rank.ADMINISTRATOR, by=Person(name, Rank.ADMINISTRATOR))
        self._setup_code = None

    # ---------- accounts ----------
    def accounts(self) -> list[Person]:
        """All accounts by name."""
        return [Person(name, Rank(item["rank"])) for name, item in sorted(self._read()["accounts"].items())]

    def put(self, by: Person, name: str, secret: str, rank: Rank) -> None:
        """Make an account or change its secret and rank; its sessions end.

        Raises:
            Refused: not an administrator, or name or secret will not do.
        """
        by.need(Rank.ADMINISTRATOR)
        self._put(name, secret, rank, by=by)

    def remove(self, by: Person, name: str) -> None:
        """Take an account away. Raises Refused for one's own."""
        by.need(Rank.ADMINISTRATOR)
        if name == by.name:
            raise Refused("不能删除自己的账号。")
        with self._edit() as data:
            if data["accounts"].pop(name, None) is None:
                raise Refused(f"没有账号“{name}”。")
        self.log.add(by.name, by.rank.name.lower(), "account.remove", account=name)

    def _put(self, name: str, secret: str, rank: Rank, *, by: Person) -> None:
        if not _NAME.fullmatch(name):
            raise Refused("账号名用 2 到 32 个汉字、字母、数字、点或横线。")
        if rank is Rank.CITIZEN:
            raise Refused("办事群众不需要账号。")
        if len(secret) < SHORTEST or len(set(secret)) < 4 or secret in (name, name * 2):
            raise Refused(f"口令至少 {SHORTEST} 个字符，不能与账号相同，也不能只有几个重复的字符。")
        with self._edit() as data:
            generation = int(data["accounts"].get(name, {}).get("generation", 0)) + 1
            data["accounts"][name] = {"rank": int(rank), "hash": self._hasher.hash(secret), "generation": generation}
        self.log.add(by.name, by.rank.name.lower(), "account.put", account=name, rank=rank.name.lower())

    # ---------- sessions ----------
    def log_in(self, name: str, secret: str) -> str:
        """A session for a right secret.

        Raises:
            Refused: wrong name or secret (the same words for both), or too many tries.
        """
        self._not_too_often(name)
        item = self._read()["accounts"].get(name)
        try:
            self._hasher.verify(item["hash"] if item else _NO_HASH, secret)
        except (Argon2Error, InvalidHashError):
            item = None
        if item is None:
            self._failed.setdefault(name, []).append(self._now())
            self.log.add(name if _NAME.fullmatch(name) else "?", "", "login.failed")
            raise Refused("账号或者口令不对。")
        self._failed.pop(name, None)
        self.log.add(name, Rank(item["rank"]).name.lower(), "login")
        return self._sign(f"{_pack(name)}.{int(self._now()) + SESSION_SECONDS}.{item['generation']}")

    def who(self, session: str | None) -> Person:
        """The person of a session; nobody for none, a forged, an expired one or one of a changed account."""
        parts = (session or "").split(".")
        if len(parts) != 4 or not hmac.compare_digest(self._sign(".".join(parts[:3])), session or ""):
            return NOBODY
        name = _unpack(parts[0])
        item = self._read()["accounts"].get(name)
        if item is None or int(parts[1]) < self._now() or int(parts[2]) != item["generation"]:
            return NOBODY
        return Person(name, Rank(item["rank"]))

    def _sign(self, body: str) -> str:
        key = bytes.fromhex(self._read()["key"])
        return f"{body}.{hmac.new(key, body.encode(), hashlib.sha256).hexdigest()}"

    def _not_too_often(self, name: str) -> None:
        recent = [at for at in self._failed.get(name, []) if at > self._now() - _WINDOW]
        self._failed[name] = recent
        if len(recent) >= _TRIES:
            raise Refused("试的次数太多，请五分钟后再试。")

    # ---------- tokens for programs ----------
    def make_token(self, by: Person, label: str, rank: Rank) -> str:
        """A new token for the API and MCP, shown this once; only its hash is kept."""
        by.need(Rank.ADMINISTRATOR)
        token = f"jz_{secrets.token_urlsafe(32)}"
        with self._edit() as data:
            data["tokens"][_hash(token)] = {"label": label[:40], "rank": int(rank)}
        self.log.add(by.name, by.rank.name.lower(), "token.make", label=label[:40], rank=rank.name.lower())
        return token

    def tokens(self) -> list[tuple[str, str, Rank]]:
        """(id, label, rank) of each token; the id is the beginning of its hash."""
        return [(key[:12], item["label"], Rank(item["rank"])) for key, item in self._read()["tokens"].items()]

    def drop_token(self, by: Person, identifier: str) -> None:
        """Take a token away by its id."""
        by.need(Rank.ADMINISTRATOR)
        with self._edit() as data:
            found = [key for key in data["tokens"] if identifier and key.startswith(identifier)]
            if len(found) != 1:
                raise Refused("没有这个令牌。")
            del data["tokens"][found[0]]
        self.log.add(by.name, by.rank.name.lower(), "token.drop", token=identifier)

    def bearer(self, header: str | None) -> Person | None:
        """The holder of an ``Authorization: Bearer …`` header; None when it is missing or unknown."""
        kind, _, token = (header or "").partition(" ")
        item = self._read()["tokens"].get(_hash(token.strip())) if kind.lower() == "bearer" else None
        return Person(f"token:{item['label']}", Rank(item["rank"])) if item else None

    # ---------- the file ----------
    def _read(self) -> dict[str, Any]:
        try:
            data: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            with self._edit() as data:
                pass
        return data

    @contextmanager
    def _edit(self) -> Iterator[dict[str, Any]]:
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.file.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            data = (
                json.loads(self.file.read_text(encoding="utf-8"))
                if self.file.exists()
                else {"key": secrets.token_hex(32), "accounts": {}, "tokens": {}}
            )
            yield data
            fresh = self.file.with_suffix(".part")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(data, file, ensure_ascii=False, indent=1)
            fresh.replace(self.file)


_NO_HASH = PasswordHasher().hash(secrets.token_hex(8))  # so that an unknown name takes as long as a wrong secret


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _pack(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _unpack(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
