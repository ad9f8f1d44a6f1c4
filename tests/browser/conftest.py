"""A real server on a free port over a library made from ``corpora/``, and a real browser in front of it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
        *("disable-background-timer-throttling", "disable-renderer-backgrounding", "disable-backgrounding-occluded-windows"),
    )
]
PATIENCE = 100  # seconds a test may take before its browser is taken for hung and ended


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is marked ``browser`` and skipped where there is no chromium."""
    for item in items:
        if Path(item.fspath).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=2))  # a browser that stumbled is no fault of the page; a fault fails three times
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="chromium is not installed (Debian: apt install chromium fonts-noto-cjk)"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running ``jianzheng serve`` over the shipped corpora; one for all test processes, the last one ends it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    place = shared / "browser-server.json"
    with _alone(shared):
        state = json.loads(place.read_text()) if place.exists() else _started(shared / "browser-library")
        state["users"] += 1
        place.write_text(json.dumps(state))
    yield state["address"]
    with _alone(shared):
        state = json.loads(place.read_text())
        state["users"] -= 1
        place.write_text(json.dumps(state))
        if state["users"] == 0:
            place.unlink()
            os.kill(state["pid"], signal.SIGTERM)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker that was ended did not sign off: the process that started the workers ends the server then."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    if "PYTEST_XDIST_WORKER" in os.environ or factory is None:
        return
    place = factory.getbasetemp() / "browser-server.json"
    if place.exists():
        with suppress(ProcessLookupError):
            os.kill(json.loads(place.read_text())["pid"], signal.SIGTERM)
        place.unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "browser-server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _started(library: Path) -> dict[str, Any]:
    port = _free_port()
    log = library.with_suffix(".log")
    command = [sys.executable, "-m", "assistant.cli", "--library", str(library), "serve", "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"serve ended: {log.read_text()}")
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=2).close()
            break
        except OSError:
            time.sleep(0.2)
    else:
        process.kill()
        raise RuntimeError(f"serve did not answer: {log.read_text()}")
    access = Access(library)  # the page does the same with the code that the server prints
    code = access.setup_code()
    if code is not None:
        access.set_up(code, *ADMIN)
    return {"address": address, "pid": process.pid, "users": 0}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Callable[[], Any]]:
    """``chromium()`` → the browser of this test process; a new one after the last one ended."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        kept: list[Any] = []

        def browser() -> Any:
            if not kept or not kept[-1].is_connected():
                kept.append(driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS))
            return kept[-1]

        yield browser
        if kept and kept[-1].is_connected():
            kept[-1].close()


@pytest.fixture(autouse=True)
def watch() -> Iterator[None]:
    """Some calls into a page have no time limit of their own: the browser is ended after ``PATIENCE``, and the call fails."""
    timer = threading.Timer(PATIENCE, _end_browsers)
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()


def _end_browsers() -> None:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    line = [os.getpid()]
    while line:
        pid = line.pop()
        line += children.get(pid, [])
        with suppress(OSError):
            if pid != os.getpid() and "chrom" in Path(f"/proc/{pid}/comm").read_text():
                os.kill(pid, signal.SIGKILL)


Opened = Callable[..., Any]


@pytest.fixture(scope="session")
def looks(chromium: Callable[[], Any], server: str) -> Iterator[Opened]:
    """``looks(width=…, dark=…, admin=…)`` → a browser context of that look, kept with its cache and its log-in for the whole run."""
    kept: dict[tuple[Any, ...], Any] = {}

    def look(width: int = 1280, height: int = 900, dark: bool = False, admin: bool = False) -> Any:
        key = (width, height, dark, admin)
        if key not in kept or kept[key].browser is not chromium():
            size = {"width": width, "height": height}
            context = chromium().new_context(viewport=size, color_scheme="dark" if dark else "light", locale="zh-CN")
            context.set_default_timeout(60_000)
            if admin:
                page = context.new_page()
                _sign_in(page, server)
                page.close()
            kept[key] = context
        return kept[key]

    yield look
    for context in kept.values():
        if context.browser.is_connected():
            context.close()


def _sign_in(page: Any, server: str) -> None:
    page.goto(server + "/login/")
    page.locator("[name=name]").fill(ADMIN[0])
    page.locator("[name=secret]").fill(ADMIN[1])
    with page.expect_navigation(wait_until="commit"):
        page.locator("button[type=submit]").click()


@pytest.fixture
def open_page(looks: Opened, server: str) -> Iterator[Opened]:
    """``open_page("/", width=…, dark=…)`` → a page; at the end nothing may have gone wrong in it and nothing may have left the machine."""
    pages: list[Any] = []
    wrong: list[str] = []

    def opened(path: str = "/", *, footer: bool = True, **look: Any) -> Any:
        page = looks(**look).new_page()
        pages.append(page)
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda line: wrong.append(f"console: {line.text}") if line.type == "error" else None)
        page.on("response", lambda reply: wrong.append(f"{reply.status} {reply.url}") if reply.status >= 400 else None)
        page.on("request", lambda request: None if _local(request.url, server) else wrong.append(f"left the machine: {request.url}"))
        page.goto(server + path)
        if footer:
            page.wait_for_selector("footer.jz-footer")
        return page

    yield opened
    for page in pages:
        if page.context.browser.is_connected():
            page.wait_for_function("() => { localStorage.clear(); return true; }")
            page.close()
    assert not wrong, wrong


@pytest.fixture
def as_admin(open_page: Opened) -> Opened:
    """``as_admin("/library/")`` → the page, signed in as the administrator."""

    def opened(path: str, **options: Any) -> Any:
        return open_page(path, admin=True, **options)

    return opened


def _local(url: str, server: str) -> bool:
    return url.startswith((server, "data:", "blob:"))


@pytest.fixture(scope="session")
def no_barrier() -> Callable[[Any], None]:
    """``no_barrier(page)``: axe-core (MPL-2.0, by Deque) finds nothing serious, contrast included, and nothing is wider than the screen."""
    axe = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")

    def check(page: Any) -> None:
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        bad = [
            (item["id"], item["impact"], [node["html"][:160] for node in item["nodes"]][:3])
            for item in found
            if item["impact"] in ("serious", "critical")
        ]
        assert not bad, bad
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]

    return check
