"""A throw-away PostgreSQL server for the store's tests; skips with a reason where none can be started."""

from __future__ import annotations

import getpass
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


def _as_postgres(*command: str | Path) -> list[str]:
    """The server refuses to run as root, so root borrows the postgres user."""
    words = [str(word) for word in command]
    return ["runuser", "-u", "postgres", "--", *words] if getpass.getuser() == "root" else words


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The socket folder of a running server without network listener."""
    if BIN is None:
        pytest.skip("no PostgreSQL server installed (Debian: postgresql-15)")
    if getpass.getuser() == "root" and shutil.which("runuser") is None:
        pytest.skip("running as root without runuser: the server would refuse to start")
    home = Path(tempfile.mkdtemp(prefix="jz-pg-"))
    try:
        if getpass.getuser() == "root":
            shutil.chown(home, "postgres")
        data = home / "data"
        run(_as_postgres(BIN / "initdb", "-D", data, "-U", "jz", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"))
        options = f"-k {home} -c listen_addresses= -c fsync=off -c max_connections=60"
        run(_as_postgres(BIN / "pg_ctl", "-D", data, "-w", "-o", options, "-l", home / "log", "start"))
        yield str(home)
        run(_as_postgres(BIN / "pg_ctl", "-D", data, "-m", "immediate", "stop"))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"PostgreSQL could not be started here: {done.stderr.strip()[-200:]}")


def new_database(home: str, name: str) -> str:
    """URL of a fresh database."""
    assert BIN is not None
    subprocess.run([str(BIN / "createdb"), "-h", home, "-U", "jz", name], check=True, capture_output=True)
    return f"postgresql+psycopg://jz@/{name}?host={home}"
