"""How well what is written on the page can be told from its ground: WCAG 2.2, success criterion 1.4.3, level AA.

The ratio is computed from the colours that the browser has settled on: text and every ground behind it, one over the
other, opacity included. What is disabled, hidden or decoration is exempt there, and here.
"""

from typing import Any, Literal

from playwright.sync_api import Page

LEAST, LEAST_LARGE = 4.5, 3.0  # large: 24 pixels, or bold from 18.66 pixels on


def show_scheme(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Switch the page to light or dark, and wait until every colour has got there."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(_HAS_SWITCHED, arg=scheme)


def too_faint(page: Page, within: str) -> list[dict[str, Any]]:
    """Every visible text within the elements of a selector that is not told well enough from its ground."""
    found: list[dict[str, Any]] = page.evaluate(_SCRIPT, [within, LEAST, LEAST_LARGE])
    assert found, f"there is no text in {within}"
    return [one for one in found if one["ratio"] < one["least"]]


_HAS_SWITCHED = """(scheme) => document.body.classList.contains("dark") === (scheme === "dark")
  && document.getAnimations().every(({ effect, playState }) =>
    playState !== "running" || effect.getComputedTiming().endTime === Infinity)"""

_SCRIPT = """([within, least, leastLarge]) => {
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  const read = new Map();
  const colour = (text) => {
    if (!read.has(text)) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = text;
      context.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
      read.set(text, [red, green, blue, alpha / 255]);
    }
    return read.get(text);
  };
  const over = (top, alpha, ground) => ground.map((one, place) => alpha * top[place] + (1 - alpha) * one);
  const seen = new Map();
  const behind = (element) => { // the ground that an element and all around it make, and how opaque they are
    if (!element) return [[255, 255, 255], 1];
    if (!seen.has(element)) {
      const [ground, opacity] = behind(element.parentElement);
      const style = getComputedStyle(element);
      const [red, green, blue, alpha] = colour(style.backgroundColor);
      seen.set(element, [over([red, green, blue], alpha, ground), opacity * Number(style.opacity)]);
    }
    return seen.get(element);
  };
  const lightness = (rgb) => rgb
    .map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const written = (element) => {
    if (element.matches("input, textarea, select")) return element.value || element.placeholder;
    const texts = [...element.childNodes].filter((node) => node.nodeType === 3);
    return texts.map((node) => node.data.trim()).join(" ").trim();
  };
  const isMeant = (element) => {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    if (element.closest("[aria-hidden=true]:not(.sheet svg), :disabled, .marks, option")) return false;
    if (element.matches("input[type=range], input[type=checkbox]")) return false;
    return Boolean(written(element)) && element.getBoundingClientRect().width > 1;
  };
  return [...document.querySelectorAll(within)].flatMap((root) => [root, ...root.querySelectorAll("*")])
    .filter(isMeant)
    .map((element) => {
      const style = getComputedStyle(element);
      const isDrawn = element instanceof SVGElement;
      const ink = isDrawn ? style.fill : !element.value && element.placeholder
        ? getComputedStyle(element, "::placeholder").color : style.color;
      const [red, green, blue, alpha] = colour(ink);
      const [ground, opacity] = behind(element);
      const told = over([red, green, blue], alpha * opacity, ground);
      const [dark, light] = [lightness(told), lightness(ground)].sort((a, b) => a - b);
      const size = parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      return {
        text: written(element).slice(0, 40), where: element.className?.baseVal ?? element.className, ink, ground,
        ratio: Math.round(100 * (light + 0.05) / (dark + 0.05)) / 100, least: isLarge ? leastLarge : least,
      };
    });
}"""
