"""A real server on a free port over a library made from ``corpora/``, and a real browser in front of it."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.access import Access

ROOT = Path(__file__).parents[2]
ADMIN = ("管理员甲", "清江的夜-2026-灯")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    f"--{flag}"
    for flag in (
        *("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
        *("disable-component-update", "disable-sync", "disable-dev-shm-usage", "force-prefers-reduced-motion"),
    )
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is marked ``browser`` and skipped where there is no chromium."""
    for item in items:
        if Path(item.fspath).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="chromium is not installed (Debian: apt install chromium fonts-noto-cjk)"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped corpora, read in once for all test processes."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "browser-library"
    with (shared / "browser-library.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "store.sqlite3").exists():
            command = [sys.executable, "-m", "assistant.cli", "--library", str(folder), "ask", "办理公租房要收入证明吗", "--json"]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
            access = Access(folder)
            access.set_up(access.setup_code() or "", *ADMIN)
    return folder


@pytest.fixture(scope="session")
def server(library: Path) -> Iterator[str]:
    """The address of a running ``jianzheng serve``."""
    port = _free_port()
    command = [sys.executable, "-m", "assistant.cli", "--library", str(library), "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "JIANZHENG_CORPORA": ""}
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise RuntimeError(f"serve ended: {process.stderr.read().decode() if process.stderr else ''}")
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, server: str) -> Iterator[Callable[..., Any]]:
    """``open_page("/", width=…, dark=…)`` → a page; at the end nothing may have gone wrong in it and nothing may have left the machine."""
    contexts: list[Any] = []
    wrong: list[str] = []

    def opened(path: str = "/", *, width: int = 1100, height: int = 900, dark: bool = False, footer: bool = True) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", locale="zh-CN"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda line: wrong.append(f"console: {line.text}") if line.type == "error" else None)
        page.on("response", lambda reply: wrong.append(f"{reply.status} {reply.url}") if reply.status >= 400 else None)
        page.on("request", lambda request: None if _local(request.url, server) else wrong.append(f"left the machine: {request.url}"))
        page.goto(server + path)
        if footer:
            page.wait_for_selector("footer.jz-footer")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not wrong, wrong


@pytest.fixture
def as_admin(open_page: Callable[..., Any]) -> Callable[..., Any]:
    """``as_admin("/library/")`` → the page, signed in as the administrator."""

    def opened(path: str, **options: Any) -> Any:
        page = open_page("/login/", footer=False, **options)
        page.locator("[name=name]").fill(ADMIN[0])
        page.locator("[name=secret]").fill(ADMIN[1])
        page.locator("button[type=submit]").click()
        page.wait_for_selector("footer.jz-footer")
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)
        page.wait_for_selector("footer.jz-footer")
        return page

    return opened


def _local(url: str, server: str) -> bool:
    return url.startswith((server, "data:", "blob:"))


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core (MPL-2.0), as published by Deque."""
    return (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
