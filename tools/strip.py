"""Take the README's strip of pictures: the page at work, from the growing tune to the phone, side by side in one image.

    python tools/strip.py docs/strip.png

Needs playwright (requirements-dev.txt) and a chromium.
"""

import argparse
import io
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.page import FLAGS
from benchmarks.serving import running_app

PAGE = "document.querySelector('.score').page"
SEED_TEXT = "R:jig\nM:6/8\nL:1/8\nK:D\n|:A|d2f afd|"
STILL, PHONE = (860, 640), (390, 1400)  # pixels of the page
HEIGHT = 400  # of a still in the strip
GAP, CAPTION, INK, GROUND = 16, 30, "#57534e", "#ffffff"

# What comes behind the eighth bar waits until the picture is taken.
_HOLD = f"""() => {{
  const page = {PAGE};
  const receive = page.receive.bind(page);
  const waiting = [];
  page.receive = (value) => {{
    const bars = document.querySelectorAll(".sheet .measure").length;
    if (page.busy && bars >= 8 && !window.isReleased) waiting.push(value);
    else receive(value);
    window.isHeld = waiting.length > 0;
  }};
  window.release = () => {{
    window.isReleased = true;
    waiting.forEach(receive);
    page.receive = receive;
  }};
}}"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("output", type=Path, help="the .png file to write")
    parser.add_argument("--checkpoint", default="folk", help="name in checkpoints/, or path of a .safetensors file")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the browser")
    parser.add_argument("--seed", default="3", help="random seed of the tune")
    options = parser.parse_args()
    with running_app(options.checkpoint) as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=FLAGS)
        stills, link = desk_stills(browser, app.address, options.seed)
        stills.append(("On a phone, in the dark", phone_still(browser, link)))
        browser.close()
    strip(stills).quantize(256, dither=Image.Dither.NONE).save(options.output, optimize=True)
    return 0


def desk_stills(browser: Browser, address: str, seed: str) -> tuple[list[tuple[str, Image.Image]], str]:
    """(caption, picture) of what happens on a large screen, and the link to the tune."""
    page = opened(browser, address, (1280, 1000), "light")
    page.get_by_label("Seed: the start of the tune").fill(SEED_TEXT)
    page.get_by_role("button", name="More settings").click()
    page.get_by_label("Random seed").fill(seed)
    page.evaluate(_HOLD)
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Generate").click()
    page.wait_for_function("window.isHeld")
    stills = [("It grows", still(page, "section.score"))]
    page.evaluate("window.release()")
    page.wait_for_function(f"!{PAGE}.busy")
    stills.append(("The best of four, and the others", still(page, ".sheet")))
    link = page.url
    page.evaluate(f"{PAGE}.select([4, 5])")
    turn = page.evaluate(f"{PAGE}.turn")
    page.get_by_role("button", name="Rewrite these bars").click()
    page.wait_for_function(f"{PAGE}.turn > {turn} && !{PAGE}.busy")
    stills.append(("Two bars, rewritten", still(page, ".sheet")))
    page.get_by_role("tab", name="Look inside").click()
    page.get_by_role("button", name="Look inside this tune").click()
    page.locator(".characters [role=option]").first.wait_for()
    stills.append(("What it was thinking", still(page, ".tabs")))
    page.close()
    return stills, link


def phone_still(browser: Browser, link: str) -> Image.Image:
    page = opened(browser, link, PHONE, "dark")
    page.wait_for_function(f"{PAGE}.value.picture")
    page.wait_for_timeout(1_000)
    box = page.locator("section.score").bounding_box()
    assert box is not None
    picture = page.screenshot(full_page=True, clip={"x": 0, "y": box["y"] - 12, "width": PHONE[0], "height": 900})
    page.close()
    return Image.open(io.BytesIO(picture))


def opened(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Page:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(address)
    page.add_style_tag(content=".transport { position: static !important; }")  # else it stands before what is pictured
    page.wait_for_function(f"document.querySelector('.score')?.page && {PAGE}")
    return page


def still(page: Page, top: str) -> Image.Image:
    """The score's column, from one of its parts downwards."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(700)
    column, first = page.locator("section.score").bounding_box(), page.locator(top).first.bounding_box()
    assert column is not None
    assert first is not None
    above = page.evaluate("window.scrollY")
    clip = {"x": column["x"], "y": first["y"] + above - 8, "width": column["width"], "height": STILL[1]}
    return Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip)))  # type: ignore[arg-type]


def strip(stills: list[tuple[str, Image.Image]]) -> Image.Image:
    """Two rows of two, and the last one beside them over the whole height."""
    scaled = [(caption, fitted(picture, HEIGHT)) for caption, picture in stills[:-1]]
    last_caption, phone = stills[-1]
    phone = fitted(phone, 2 * HEIGHT + CAPTION + GAP)
    wide = max(picture.width for _, picture in scaled)
    size = (2 * wide + phone.width + 4 * GAP, 2 * (HEIGHT + CAPTION + GAP) + GAP)
    out = Image.new("RGB", size, GROUND)
    for place, (caption, picture) in enumerate(scaled):
        put(out, picture, caption, GAP + (place % 2) * (wide + GAP), GAP + (place // 2) * (HEIGHT + CAPTION + GAP))
    put(out, phone, last_caption, 3 * GAP + 2 * wide, GAP)
    return out


def fitted(picture: Image.Image, height: int) -> Image.Image:
    size = (round(picture.width * height / picture.height), height)
    return picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def put(out: Image.Image, picture: Image.Image, caption: str, x: int, y: int) -> None:
    out.paste(picture, (x, y))
    draw = ImageDraw.Draw(out)
    draw.rectangle((x - 1, y - 1, x + picture.width, y + picture.height), outline="#d6d3d1")
    draw.text((x, y + picture.height + 6), caption, fill=INK, font=ImageFont.load_default(17))


if __name__ == "__main__":
    sys.exit(main())
