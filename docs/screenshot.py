"""Take the README's picture: start the page, compose a tune, let it play a moment, save what is seen.

Prints how long it took from the click on Generate to a tune that can be played.

    python docs/screenshot.py docs/page.png
    python docs/screenshot.py page-dark.png --dark --width 390 --checkpoint mine --seed 7

Needs playwright (requirements-dev.txt) and a chromium.
"""

import argparse
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
STARTING_SECONDS = 60


def parser() -> argparse.ArgumentParser:
    out = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    out.add_argument("output", type=Path, help="the .png file to write")
    out.add_argument("--checkpoint", default="folk", help="name in checkpoints/, or path of a .safetensors file")
    out.add_argument("--chromium", default="/usr/bin/chromium", help="the browser")
    out.add_argument("--width", type=int, default=1280, help="of the window, in pixels")
    out.add_argument("--height", type=int, default=860, help="of the window, in pixels; the picture may be longer")
    out.add_argument("--dark", action="store_true", help="in dark mode")
    out.add_argument("--seed", default="1", help="random seed of the tune")
    out.add_argument("--seed-text", default="R:jig\nM:6/8\nL:1/8\nK:D\n|:A|d2f afd|", help="what the tune starts with")
    return out


def main() -> int:
    options = parser().parse_args()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = [sys.executable, str(ROOT / "app.py"), "--port", str(port), "--checkpoint", options.checkpoint]
    app = subprocess.Popen(command)
    try:
        wait_for(f"http://127.0.0.1:{port}/", app)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=options.chromium, args=CHROMIUM_FLAGS)
            page = browser.new_page(
                viewport={"width": options.width, "height": options.height},
                color_scheme="dark" if options.dark else "light",
            )
            page.goto(f"http://127.0.0.1:{port}/")
            compose_and_play(page, options.seed_text, options.seed)
            page.screenshot(path=options.output, full_page=True)
            browser.close()
    finally:
        app.terminate()
        app.wait()
    return 0


def wait_for(address: str, app: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < end and app.poll() is None:
        try:
            urllib.request.urlopen(address).close()
            return
        except urllib.error.URLError:
            time.sleep(0.2)
    sys.exit("screenshot.py: the page did not start")


def compose_and_play(page: Page, seed_text: str, seed: str) -> None:
    page.get_by_label("Seed: the start of the tune").fill(seed_text)
    page.get_by_label("More settings").check()
    for which, number in (("first", "0"), ("second", seed)):  # the first may have to wait for the model
        page.get_by_label("Random seed").fill(number)
        began = time.monotonic()
        page.get_by_role("button", name="Generate").click()
        page.wait_for_function(f"document.querySelector('.score')?.page?.value?.settings?.seed === {number}")
        page.locator('.score[data-state="done"]').wait_for()
        print(f"{time.monotonic() - began:.2f} s from the click to the {which} playable tune")
        page.wait_for_timeout(500)
    page.get_by_label("More settings").uncheck()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(4_000)
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)


if __name__ == "__main__":
    sys.exit(main())
