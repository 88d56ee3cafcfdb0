"""Take the README's picture: start the page, compose a tune, let it play a moment, save what is seen.

    python tools/screenshot.py docs/page.png
    python tools/screenshot.py page-dark.png --dark --width 390 --checkpoint mine --seed 7

Needs playwright (requirements-dev.txt) and a chromium.
"""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.page import FLAGS
from benchmarks.serving import running_app


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
    with running_app(options.checkpoint) as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=FLAGS)
        page = browser.new_page(
            viewport={"width": options.width, "height": options.height},
            color_scheme="dark" if options.dark else "light",
        )
        page.goto(app.address)
        compose_and_play(page, options.seed_text, options.seed)
        page.screenshot(path=options.output, full_page=True)
        browser.close()
    return 0


def compose_and_play(page: Page, seed_text: str, seed: str) -> None:
    page.wait_for_function("document.querySelector('.score')?.page")
    page.get_by_label("Seed: the start of the tune").fill(seed_text)
    page.get_by_role("button", name="More settings").click()
    page.get_by_label("Random seed").fill(seed)
    page.get_by_role("button", name="More settings").click()
    page.get_by_role("button", name="Generate").click()
    page.wait_for_function("document.querySelector('.score').page.value.sound")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(4_000)
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)


if __name__ == "__main__":
    sys.exit(main())
