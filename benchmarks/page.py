"""How quick the page is, as a visitor meets it: in chromium, with the shipped model, on this machine.

    python -m benchmarks.page [--runs 10] [--json]

- *page load*: from the address to a page that can be used, in a browser that has been here before;
- *tune*: from the click on Generate to the finished tune, engraved and painted: the first one after the server's start,
  then the median, with the page's candidates and with one;
- *sound*: from the click on Play to the first sample that is not silent, after a tune was composed, and in a page that
  was opened by a link, where that click is the first of all and the browser has yet to start its sound;
- *engraving*: a tune of 32 bars, in the server's process, at the page's width.

The times of clicks and paints are the browser's own. Needs playwright (requirements-dev.txt) and a chromium.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

from benchmarks.serving import at_full_speed, running_app
from charrnn.model.location import DEFAULT_NAME
from charrnn.sampling.options import Request

PATIENCE = 60_000  # milliseconds for any one thing in the browser
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
BARS_ENGRAVED, WIDTH, SCALE = 32, 830, 45  # the score's width at 1,280 pixels, and what View makes of it

# Milliseconds from a click on a button to a condition; "painted" waits for the frame after next, which shows it.
_TIMED = """([selector, condition, painted, patience]) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error(`${condition} never came after a click on ${selector}`)), patience);
  const is_there = new Function(`return ${condition}`);
  document.querySelector(selector).addEventListener("click", (event) => {
    const began = event.timeStamp;
    const end = () => resolve(performance.now() - began);
    const look = () => {
      if (!is_there()) setTimeout(look, 1);
      else if (painted) requestAnimationFrame(() => requestAnimationFrame(end));
      else end();
    };
    look();
  }, { once: true, capture: true });
  window.isArmed = true;
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10, help="of which the median is told (default: 10)")
    parser.add_argument("--checkpoint", default=DEFAULT_NAME, help=f"default: {DEFAULT_NAME}")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="default: /usr/bin/chromium")
    parser.add_argument("--json", action="store_true", help="print JSON, in milliseconds")
    options = parser.parse_args()
    found = measure(options.checkpoint, options.chromium, options.runs)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"| median of {options.runs} | ms |\n|---|--:|")
    for name, milliseconds in found.items():
        print(f"| {name} | {milliseconds:,.0f} |")


def measure(checkpoint: str, chromium: str, runs: int) -> dict[str, float]:
    """Milliseconds by what was measured."""
    with running_app(checkpoint) as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE)
        found = _in_the_browser(context, at_full_speed(app).address, runs)
        browser.close()
    return found | {f"a tune of {BARS_ENGRAVED} bars, engraved": _engraving(checkpoint, runs)}


def _in_the_browser(context: BrowserContext, address: str, runs: int) -> dict[str, float]:
    page = _opened(context, address)
    first = _tune(page, "0")
    link = page.url
    candidates = page.get_by_label("number input for Candidates")
    several = int(candidates.input_value())
    found = {
        "page load": _median(lambda number: _load(context, address), runs),
        f"first tune, best of {several}": first,
        f"tune, best of {several}": _median(lambda number: _tune(page, str(number)), runs),
    }
    candidates.fill("1")
    found["tune, one alone"] = _median(lambda number: _tune(page, str(100 + number)), runs)
    page.wait_for_function("document.querySelector('.score').player.stage.samples")
    found["sound, after a tune was composed"] = _median(lambda number: _sound(page), runs)
    found["sound, in a page opened by a link"] = _median(lambda number: _sound_of_link(context, link), runs)
    return found


def _median(measured: Callable[[int], float], runs: int) -> float:
    return statistics.median(measured(number) for number in range(1, runs + 1))


def _opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    page.wait_for_function("document.querySelector('.score')?.page")
    page.get_by_role("button", name="More settings").click()
    return page


def _load(context: BrowserContext, address: str) -> float:
    page = context.new_page()
    page.goto(address, wait_until="commit")
    page.wait_for_function("document.querySelector('.score')?.page", polling=5)
    milliseconds = float(page.evaluate("performance.now()"))
    page.close()
    return milliseconds


def _tune(page: Page, seed: str) -> float:
    page.get_by_label("Random seed").fill(seed)
    page.wait_for_timeout(500)  # the last event is over
    turn = page.evaluate("document.querySelector('.score').page.turn")
    shown = "document.querySelector('.score').page"
    return _timed(page, "#generate", f"{shown}.turn > {turn} && !{shown}.busy", painted=True)


def _sound(page: Page) -> float:
    page.wait_for_function("document.querySelector('.score').player.stage.level() < 1e-6")
    page.evaluate("({ player }) => player.seek(player.notes[0].at)", page.query_selector(".score"))  # after any rests
    heard = _timed(page, ".play", "document.querySelector('.score').player.stage.level() > 1e-4")
    page.locator(".transport .stop").click()
    return heard


def _sound_of_link(context: BrowserContext, link: str) -> float:
    page = _visited(context, link)
    milliseconds = _sound(page)
    page.close()
    return milliseconds


def _visited(context: BrowserContext, link: str) -> Page:
    page = context.new_page()
    page.goto(link)
    page.wait_for_function("document.querySelector('.score')?.page?.value?.sound")
    page.wait_for_function("document.querySelector('.score').player.stage.samples")
    return page


def _timed(page: Page, selector: str, condition: str, painted: bool = False) -> float:
    page.evaluate("window.isArmed = false")
    page.evaluate(f"(given) => {{ window.measured = ({_TIMED})(given); }}", [selector, condition, painted, PATIENCE])
    page.wait_for_function("window.isArmed")
    page.locator(selector).click()
    measured: Any = page.evaluate("window.measured")
    return float(measured)


def _engraving(checkpoint: str, runs: int) -> float:
    from charrnn.model.checkpoint import load_checkpoint
    from charrnn.model.location import find_checkpoint
    from charrnn.render.score.engraving import engrave
    from charrnn.sampling.compose import compose

    request = Request.checked("R:reel\nM:4/4\nL:1/8\nK:G\n", seed=0, bars=BARS_ENGRAVED // 2, parts="AB")
    tune = compose(load_checkpoint(find_checkpoint(checkpoint)), request).tune
    engrave(tune, WIDTH, SCALE)

    def engraved(number: int) -> float:
        began = time.perf_counter()
        engrave(tune, WIDTH, SCALE)
        return 1000 * (time.perf_counter() - began)

    return _median(engraved, runs)


if __name__ == "__main__":
    main()
