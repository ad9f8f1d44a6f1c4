"""Takes the four screenshots of the README, each under 250 kB.

    python -m tests.browser.shots [FOLDER [LIBRARY]]

FOLDER is ``assistant/theme/shots`` unless named; LIBRARY a fresh one from the shipped corpora.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from tests.browser.conftest import CHROMIUM, FLAGS, ROOT, _sign_in, _started

FOLDER, LARGEST = ROOT / "assistant" / "theme" / "shots", 250_000
DESK, PHONE = {"width": 1180, "height": 860}, {"width": 390, "height": 844}


def _ask(page: Any, question: str, region: str) -> None:
    page.locator("#jz-region input").fill(region)
    page.locator("#jz-question textarea").fill(question)
    page.locator("#jz-question textarea").press("Enter")
    page.wait_for_selector("#jz-answer .jz-card h2")
    page.wait_for_function("!document.querySelector('#jz-answer').classList.contains('is-busy')")
    page.keyboard.press("Escape")


def ask(page: Any) -> None:
    """The card of a window clerk, its first citation opened at the boxed row."""
    page.get_by_role("radio", name="窗口人员").check(force=True)
    _ask(page, "申请临时救助，街道要我交家庭人口证明", "云溪省清江市")
    page.locator(".jz-basis .jz-cite summary").first.click()
    page.locator(".jz-page img").first.evaluate("image => image.decode()")


def phone(page: Any) -> None:
    """The same for a citizen, on a phone, dark."""
    _ask(page, "结婚登记还要户口簿吗", "")
    page.locator(".jz-card").scroll_into_view_if_needed()
    page.evaluate("window.scrollTo(0, document.querySelector('.jz-card').getBoundingClientRect().top + scrollY - 14)")


def overview(page: Any) -> None:
    """What the lists and ledgers of the demo city count."""
    page.wait_for_selector(".jz-overview")


def library(page: Any) -> None:
    """A list before it is taken in: the cells that were recognised, and what it would change."""
    page.locator("#jz-file input[type=file]").set_input_files(ROOT / "corpora" / "demo" / "cancel-second-batch.pdf")
    page.wait_for_function("document.querySelector('#jz-file').innerText.includes('cancel-second')")
    page.locator("#jz-preview").click()
    page.wait_for_selector("#jz-take:not([disabled])")
    page.evaluate("window.scrollTo(0, document.querySelector('#jz-answer').getBoundingClientRect().top + scrollY - 20)")


SHOTS: tuple[tuple[str, str, dict[str, Any], Any], ...] = (
    ("ask", "/", {"viewport": {**DESK, "height": 1240}}, ask),
    ("phone", "/", {"viewport": PHONE, "color_scheme": "dark", "device_scale_factor": 2}, phone),
    ("overview", "/overview/", {"viewport": {**DESK, "height": 1100}}, overview),
    ("library", "/library/", {"viewport": {**DESK, "height": 1100}}, library),
)


def main(folder: Path = FOLDER, library: Path | None = None) -> int:
    """Take all four; 1 when one is too large."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    too_large = 0
    with tempfile.TemporaryDirectory() as place, sync_playwright() as driver:
        state = _started(library or Path(place) / "library")
        try:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for name, path, look, act in SHOTS:
                page = browser.new_context(locale="zh-CN", **look).new_page()
                page.set_default_timeout(120_000)
                _sign_in(page, state["address"]) if name in ("overview", "library") else None
                page.goto(state["address"] + path)
                page.wait_for_selector("footer.jz-footer")
                page.wait_for_timeout(1200)
                act(page)
                page.wait_for_timeout(800)
                data = _small(page.screenshot())
                (folder / f"{name}.png").write_bytes(data)
                print(f"{name}.png {len(data):,} bytes")
                too_large += len(data) > LARGEST
            browser.close()
        finally:
            os.kill(state["pid"], signal.SIGTERM)
    return 1 if too_large else 0


def _small(png: bytes) -> bytes:
    """The picture with a palette of 256 colours: paper and ink lose nothing that the eye sees."""
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    raise SystemExit(main(*(Path(name) for name in sys.argv[1:3])))
