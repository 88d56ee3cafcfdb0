// A keyboard of two octaves, one above the other so that a thumb hits its keys: for mouse, touch, and the computer's
// keys. A pointer may slide from key to key; each finger plays a note of its own.

import { element } from "../dom.js";
import { nameOf } from "./spelling.js";

/** @import { KeysListener } from "../types" */

const OCTAVE = 12;
const BLACK = new Set([1, 3, 6, 8, 10]);
const LOWEST = 36;
const HIGHEST = 84; // the lowest notes that the lower octave may begin with
// By their place on the keyboard, whatever letters stand on them: the lower two rows, and the upper two.
const CODES = [
  ["KeyZ", "KeyS", "KeyX", "KeyD", "KeyC", "KeyV", "KeyG", "KeyB", "KeyH", "KeyN", "KeyJ", "KeyM"],
  ["KeyQ", "Digit2", "KeyW", "Digit3", "KeyE", "KeyR", "Digit5", "KeyT", "Digit6", "KeyY", "Digit7", "KeyU"],
];
const CLICKED = "click";
const CLICK_LENGTH = 300; // milliseconds
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -OCTAVE, ArrowUp: OCTAVE };

export class Keyboard {
  /** @param {KeysListener & { moved(): void }} on */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.from = 60;
    this.sharps = 0;
    /** @type {Map<string, number>} */
    this.held = new Map(); // pitches by source
    this.draw();
    root.addEventListener("pointerdown", (event) => this.touch(event));
    root.addEventListener("pointermove", (event) => this.slide(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      root.addEventListener(name, ({ pointerId }) => this.let(`pointer ${pointerId}`));
    }
    root.addEventListener("click", (event) => this.click(event));
    root.addEventListener("contextmenu", (event) => event.preventDefault()); // a long touch
    addEventListener("blur", () => this.releaseAll()); // no key tells that it is let go then
  }

  draw() {
    const focused = this.root.contains(document.activeElement);
    this.root.replaceChildren(...[1, 0].map((octave) => this.octave(octave)));
    this.reach(this.keyOf(this.from + OCTAVE), focused);
  }

  octave(octave) {
    const pitches = [...Array(OCTAVE).keys()].map((step) => this.from + OCTAVE * octave + step);
    return element("div", { className: "octave" }, ...pitches.map((pitch, step) => this.key(pitch, step)));
  }

  key(pitch, step) {
    const kind = BLACK.has(step) ? "black" : "white";
    const key = element("button", {
      type: "button",
      className: `key ${kind}`,
      tabIndex: -1,
      data: { pitch },
      "aria-label": nameOf(pitch, this.sharps),
      "aria-pressed": "false",
    });
    key.style.setProperty("--step", String(whitesBefore(step)));
    if (step === 0) key.append(element("span", { textContent: nameOf(pitch).replace(" ", ""), "aria-hidden": "true" }));
    return key;
  }

  keyOf(pitch) {
    return this.root.querySelector(`[data-pitch="${pitch}"]`);
  }

  // The keys are named as the key of the tune spells them.
  spell(sharps) {
    if (sharps === this.sharps) return;
    this.sharps = sharps;
    for (const key of this.root.querySelectorAll(".key")) {
      key.setAttribute("aria-label", nameOf(Number(key.dataset.pitch), sharps));
    }
  }

  // By octaves; whether there was room.
  move(octaves) {
    const from = this.from + OCTAVE * octaves;
    if (from < LOWEST || from > HIGHEST) return false;
    this.releaseAll();
    this.from = from;
    this.draw();
    this.on.moved();
    return true;
  }

  // One key can be reached with Tab, its neighbours with the arrows.
  reach(key, focus = true) {
    for (const other of this.root.querySelectorAll("[tabindex='0']")) other.tabIndex = -1;
    key.tabIndex = 0;
    if (focus) key.focus();
  }

  press(pitch, source) {
    this.let(source);
    this.held.set(source, pitch);
    this.show(pitch);
    this.on.press(pitch, source);
  }

  let(source) {
    if (!this.held.has(source)) return;
    const pitch = this.held.get(source);
    this.held.delete(source);
    this.show(pitch);
    this.on.release(source);
  }

  releaseAll(which = () => true) {
    for (const source of [...this.held.keys()].filter(which)) this.let(source);
  }

  show(pitch) {
    const isDown = [...this.held.values()].includes(pitch);
    this.keyOf(pitch)?.setAttribute("aria-pressed", String(isDown));
  }

  // -- mouse and fingers

  touch(event) {
    const key = event.target.closest(".key");
    if (!key || event.button) return;
    event.preventDefault();
    this.reach(key);
    this.root.setPointerCapture(event.pointerId);
    this.press(Number(key.dataset.pitch), `pointer ${event.pointerId}`);
  }

  slide({ pointerId, clientX, clientY }) {
    const source = `pointer ${pointerId}`;
    if (!this.held.has(source)) return;
    /** @type {HTMLElement | null | undefined} */
    const key = document.elementFromPoint(clientX, clientY)?.closest(".key");
    if (!key || !this.root.contains(key) || Number(key.dataset.pitch) === this.held.get(source)) return;
    this.press(Number(key.dataset.pitch), source);
  }

  // -- the computer's keys, while the keyboard or what belongs to it has the focus

  keyDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const own = event.target.closest(".key");
    const pitch =
      own && (event.key === " " || event.key === "Enter") ? Number(own.dataset.pitch) : this.pitchOf(event.code);
    if (pitch !== null) {
      event.preventDefault();
      if (!event.repeat) this.press(pitch, event.code);
    } else if (own && event.key in STEPS) {
      event.preventDefault();
      this.step(Number(own.dataset.pitch) + STEPS[event.key]);
    }
  }

  keyUp(event) {
    if (this.held.has(event.code)) event.preventDefault(); // Firefox would click the button that has the focus
    this.let(event.code);
  }

  // A screen reader clicks without any pointer or key.
  click({ target, detail }) {
    const key = target.closest(".key");
    if (!key || detail) return;
    this.press(Number(key.dataset.pitch), CLICKED);
    setTimeout(() => this.let(CLICKED), CLICK_LENGTH);
  }

  pitchOf(code) {
    for (const [octave, codes] of CODES.entries()) {
      const step = codes.indexOf(code);
      if (step >= 0) return this.from + OCTAVE * octave + step;
    }
    return null;
  }

  step(pitch) {
    const octaves = Math.floor((pitch - this.from) / OCTAVE);
    if (octaves < 0 && !this.move(-1)) return;
    if (octaves > 1 && !this.move(1)) return;
    this.reach(this.keyOf(pitch));
  }
}

// White keys to the left of a key; a black one stands on the border of two.
function whitesBefore(step) {
  return [...Array(step).keys()].filter((one) => !BLACK.has(one)).length;
}
