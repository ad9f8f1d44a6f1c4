"""The ask page under load: a real server over the full library, asked by a browser, by one user and by twenty at once.

    python -m evals.bench page

Every question is decided afresh (the server's memory of answers is off here). A round trip is from sending the question to having the card.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from evals.run import HERE, OUT, REPO, SHARED, full_library

USERS, QUESTIONS, TYPED, PAUSE = 20, 80, 30, 3.0
Asked = tuple[str, str]  # question, region


def page() -> dict[str, Any]:
    """All measurements as one object; see the module."""
    from evals.bench.__main__ import spread

    place = OUT / "library"
    library = place if (place / "store.sqlite3").exists() else full_library()
    questions = _questions()
    with tempfile.TemporaryDirectory() as folder, _server(library, Path(folder)) as (address, pid, seconds):
        plain = _Form(address)
        _one(plain, questions)  # warms the caches, as a server is after its first minutes
        before = _cpu(pid)
        alone = _one(plain, questions)
        cpu = (_cpu(pid) - before) / len(questions)
        cards = {asked: html for _, html, asked in alone}
        out: dict[str, Any] = {"start_s": round(seconds, 1), "one_user": spread([took for took, _, _ in alone])}
        out["cpu_ms_per_question"] = round(1000 * cpu, 1)
        out["browser"] = _typed(address, questions, spread)
        for name, pause in (("users_20_no_pause", 0.0), ("users_20_pausing_3s", PAUSE)):
            started = time.perf_counter()
            answers, errors = _many(address, questions, pause)
            wall = time.perf_counter() - started
            different = sum(html != cards[asked] for _, html, asked in answers)
            per_second = round(len(answers) / wall, 1)
            out[name] = {
                **spread([t for t, _, _ in answers]),
                "errors": errors,
                "different_from_alone": different,
                "per_second": per_second,
            }
        out["memory_mb"] = _memory(pid)
        out["load_average"] = round(os.getloadavg()[0], 1)
        out["cores"] = os.cpu_count()
    return out


def _questions() -> list[Asked]:
    cases = SHARED / "cases" / "law.jsonl"
    source = cases if cases.exists() else HERE / "datasets" / "decisions" / "own.jsonl"
    rows = [json.loads(line) for line in source.read_text("utf-8").splitlines() if line.strip()]
    return [(row["question"], row.get("region") or "") for row in rows][:QUESTIONS]


# ---------- the server ----------
@contextmanager
def _server(library: Path, folder: Path) -> Iterator[tuple[str, int, float]]:
    """A server in a process of its own; the library is only read, accounts and logs go to ``folder``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    command = [sys.executable, "-m", "evals.bench.page", str(library), str(folder), str(port)]
    process = subprocess.Popen(command, cwd=REPO, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            if process.poll() is not None:
                raise RuntimeError("the server ended before it answered")
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address, process.pid, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(timeout=60)


def serve(library: Path, folder: Path, port: int) -> None:
    """What the server process runs."""
    from assistant.app import create_app, go_offline

    go_offline(str(folder / "tmp"))
    import uvicorn

    from assistant.access import Access
    from assistant.pages import site as pages
    from knowledge.store import Library

    pages.ANSWERS = 0
    site = pages.Site(lambda: Library.open(library), Access(folder))
    site.warm()
    uvicorn.run(create_app(site), host="127.0.0.1", port=port, log_level="error")


# ---------- asking ----------
class _Form:
    """The ask page's own protocol: what a browser sends when Enter is pressed, and the events until the card is there."""

    def __init__(self, address: str) -> None:
        self.client = httpx.Client(base_url=address, timeout=120)
        config = self.client.get("/config").json()
        wanted = (d for d in config["dependencies"] if len(d["inputs"]) == 5 and d["targets"][0][1] == "submit")
        self.api, self.event = config["api_prefix"], next(wanted)

    def ask(self, question: str, region: str) -> str:
        """The card's HTML. Raises RuntimeError when the page reports an error."""
        session = uuid.uuid4().hex[:12]
        target = self.event["targets"][0][0]
        sent = {
            "data": [question, region, "", "citizen", None],
            "fn_index": self.event["id"],
            "session_hash": session,
            "trigger_id": target,
        }
        self.client.post(f"{self.api}/queue/join", json=sent).raise_for_status()
        with self.client.stream("GET", f"{self.api}/queue/data", params={"session_hash": session}) as events:
            for line in events.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    if not message["success"] or "jz-card" not in message["output"]["data"][0]:
                        raise RuntimeError(str(message)[:300])
                    return str(message["output"]["data"][0])
        raise RuntimeError("the page hung up")


def _one(form: _Form, questions: list[Asked]) -> list[tuple[float, str, Asked]]:
    out = []
    for asked in questions:
        started = time.perf_counter()
        html = form.ask(*asked)
        out.append((time.perf_counter() - started, html, asked))
    return out


def _many(address: str, questions: list[Asked], pause: float) -> tuple[list[tuple[float, str, Asked]], int]:
    """``USERS`` at once, each with its own connection and every question of its own share; with the number of errors."""
    answers: list[tuple[float, str, Asked]] = []
    errors: list[Exception] = []

    def user(number: int) -> None:
        form = _Form(address)
        time.sleep(pause * number / USERS)
        for asked in questions[number::USERS]:
            try:
                answers.extend(_one(form, [asked]))
            except Exception as error:
                errors.append(error)
            time.sleep(pause)

    threads = [threading.Thread(target=user, args=(number,)) for number in range(USERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, len(errors)


_WATCH = """() => { window.took = 0; const answer = document.querySelector('#jz-answer'), card = () => answer.querySelector('.jz-card')?.outerHTML;
    new MutationObserver(() => { if (!window.took && card() && card() !== window.old) window.took = performance.now() - window.began; })
        .observe(answer, {childList: true, subtree: true});
    document.addEventListener('keydown', event => { if (event.key === 'Enter') { window.old = card(); window.took = 0;
        window.began = performance.now(); } }, true); }"""


def _typed(address: str, questions: list[Asked], spread: Any) -> dict[str, Any]:
    """Typed into a real page: from pressing Enter to the card standing there."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        return {"skipped": "chromium is not installed"}
    from playwright.sync_api import sync_playwright

    times = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        tab = browser.new_page(locale="zh-CN")
        tab.set_default_timeout(120_000)
        tab.goto(address)
        tab.wait_for_selector("footer.jz-footer")
        tab.wait_for_timeout(1500)
        tab.evaluate(_WATCH)
        for question, region in questions[:TYPED]:
            tab.locator("#jz-region input").fill(region)
            tab.locator("#jz-question textarea").fill(question)
            tab.locator("#jz-question textarea").press("Enter")
            tab.wait_for_function("window.took > 0")
            times.append(tab.evaluate("window.took") / 1000)
        browser.close()
    return dict(spread(times))


# ---------- the process ----------
def _cpu(pid: int) -> float:
    """Seconds of processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> dict[str, int]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    values = {line.split(":")[0]: int(line.split()[1]) // 1024 for line in lines if line.startswith(("VmRSS", "VmHWM"))}
    return {"now": values["VmRSS"], "peak": values["VmHWM"]}


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
