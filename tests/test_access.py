"""Accounts, sessions, tokens, the audit chain: what must be refused is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.access import NOBODY, SESSION_SECONDS, Access, Person, Rank, Refused, may_see
from assistant.auditlog import AuditLog

SECRET = "清江的夜-2026-灯"
ADMIN = Person("管理员甲", Rank.ADMINISTRATOR)


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(tmp_path: Path, clock: Clock) -> Access:
    made = Access(tmp_path, now=clock)
    made.set_up(made.setup_code() or "", ADMIN.name, SECRET)
    return made


def test_there_is_no_account_until_the_printed_code_is_used(tmp_path: Path) -> None:
    access = Access(tmp_path)
    assert access.accounts() == []
    for guess in ("", "admin", "00000000"):
        with pytest.raises(Refused):
            access.set_up(guess, "甲乙", SECRET)
    access.set_up(access.setup_code() or "", "甲乙", SECRET)
    assert access.setup_code() is None
    with pytest.raises(Refused):
        access.set_up("", "丙丁", SECRET)


@pytest.mark.parametrize("secret", ["", "short", "aaaaaaaaaaaa", "管理员乙管理员乙"])
def test_weak_secrets_are_refused(access: Access, secret: str) -> None:
    with pytest.raises(Refused):
        access.put(ADMIN, "管理员乙", secret, Rank.WINDOW)


def test_secrets_are_hashed_and_the_file_is_private(access: Access) -> None:
    assert SECRET not in access.file.read_text()
    assert "$argon2id$" in access.file.read_text()
    assert access.file.stat().st_mode & 0o077 == 0


def test_a_session_names_its_person_until_it_expires(access: Access, clock: Clock) -> None:
    session = access.log_in(ADMIN.name, SECRET)
    assert access.who(session) == ADMIN
    clock.now += SESSION_SECONDS + 1
    assert access.who(session) == NOBODY


@pytest.mark.parametrize(
    "change", [lambda s: "", lambda s: s[:-1] + ("0" if s[-1] != "0" else "1"), lambda s: "YQ." + s.split(".", 1)[1], lambda s: s + ".x"]
)
def test_a_forged_session_is_nobody(access: Access, change: object) -> None:
    assert access.who(change(access.log_in(ADMIN.name, SECRET))) == NOBODY  # type: ignore[operator]


def test_changing_or_removing_an_account_ends_its_sessions(access: Access) -> None:
    access.put(ADMIN, "窗口", SECRET, Rank.WINDOW)
    session = access.log_in("窗口", SECRET)
    access.put(ADMIN, "窗口", SECRET + "新", Rank.REVIEWER)
    assert access.who(session) == NOBODY
    session = access.log_in("窗口", SECRET + "新")
    assert access.who(session).rank is Rank.REVIEWER
    access.remove(ADMIN, "窗口")
    assert access.who(session) == NOBODY


def test_wrong_name_and_wrong_secret_sound_alike_and_too_many_tries_are_stopped(access: Access, clock: Clock) -> None:
    said = set()
    for name in ("没有这人", ADMIN.name):
        with pytest.raises(Refused) as error:
            access.log_in(name, "wrong-wrong-wrong")
        said.add(str(error.value))
    assert len(said) == 1
    for _ in range(4):
        with pytest.raises(Refused):
            access.log_in(ADMIN.name, "wrong-wrong-wrong")
    with pytest.raises(Refused, match="太多"):
        access.log_in(ADMIN.name, SECRET)
    clock.now += 301
    assert access.log_in(ADMIN.name, SECRET)


@pytest.mark.parametrize("rank", [Rank.CITIZEN, Rank.WINDOW, Rank.REVIEWER])
def test_only_an_administrator_makes_accounts_and_tokens(access: Access, rank: Rank) -> None:
    other = Person("某人", rank)
    for act in (
        lambda: access.put(other, "新人", SECRET, Rank.WINDOW),
        lambda: access.remove(other, ADMIN.name),
        lambda: access.make_token(other, "x", Rank.WINDOW),
        lambda: access.drop_token(other, "x"),
    ):
        with pytest.raises(Refused):
            act()


def test_tokens_are_kept_as_hashes_and_can_be_taken_away(access: Access) -> None:
    token = access.make_token(ADMIN, "试点系统", Rank.WINDOW)
    assert token not in access.file.read_text()
    assert access.bearer(f"Bearer {token}") == Person("token:试点系统", Rank.WINDOW)
    for header in (None, "", token, f"Basic {token}", "Bearer jz_x"):
        assert access.bearer(header) is None
    access.drop_token(ADMIN, access.tokens()[0][0])
    assert access.bearer(f"Bearer {token}") is None


@pytest.mark.parametrize(
    ("kind", "rank", "seen"),
    [("law", Rank.CITIZEN, True), ("list", Rank.CITIZEN, True), ("ledger", Rank.CITIZEN, False), ("draft", Rank.CITIZEN, False), ("unknown", Rank.CITIZEN, False), ("ledger", Rank.WINDOW, True)],
)  # fmt: skip
def test_ledgers_and_drafts_are_for_staff(kind: str, rank: Rank, seen: bool) -> None:
    assert may_see(Person("", rank), kind) is seen


def test_the_log_is_a_chain(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    for number in range(5):
        log.add("甲", "administrator", "upload", file=f"{number}.xlsx")
    assert log.verify() is None
    assert [act.detail["file"] for act in log.read(2)] == ["4.xlsx", "3.xlsx"]


@pytest.mark.parametrize("spoil", [lambda rows: rows[:1] + rows[2:], lambda rows: [rows[0], rows[2], rows[1], *rows[3:]], lambda rows: [json.dumps({**json.loads(rows[0]), "who": "乙"}), *rows[1:]], lambda rows: [*rows[:3], "不是 JSON"]])  # fmt: skip
def test_a_changed_line_breaks_the_chain(tmp_path: Path, spoil: object) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    for number in range(4):
        log.add("甲", "administrator", "upload", file=f"{number}.xlsx")
    rows = log.path.read_text().splitlines()
    log.path.write_text("\n".join(spoil(rows)) + "\n")  # type: ignore[operator]
    assert log.verify() is not None


def test_what_happened_is_logged(access: Access) -> None:
    access.log_in(ADMIN.name, SECRET)
    with pytest.raises(Refused):
        access.log_in(ADMIN.name, "wrong-wrong-wrong")
    assert [act.what for act in access.log.read()] == ["login.failed", "login", "account.put"]
    assert access.log.verify() is None
