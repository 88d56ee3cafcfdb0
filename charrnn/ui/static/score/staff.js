// The engraved score: shows the server's picture, follows the player, and says what a visitor points at.
// Notes and bars are numbers, as charrnn/ui/answers/picture.py gives them.

import { svgElement, svgFrom } from "../dom.js";

/** @import { Picture, Range, StaffListener } from "../types" */
/** @typedef {{ node: SVGGraphicsElement, bar: number, notes: number[], number: number }} Measure */

const DRAG = 8; // pixels that make a drag of a click
const ROOM = 400; // above and below a staff that is shaded, in the picture's own units; a staff's space has 180
const REACH = 30; // pixels above and below a staff that still mean it

export class Staff {
  /**
   * @param {HTMLElement} root
   * @param {StaffListener} on
   */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.clear();
    root.addEventListener("pointerdown", (event) => this.press(event));
    root.addEventListener("pointermove", (event) => this.drag(event));
    root.addEventListener("pointerup", (event) => this.release(event));
    root.addEventListener("pointercancel", () => this.abandon());
  }

  get width() {
    const { paddingLeft, paddingRight } = getComputedStyle(this.root);
    return Math.round(this.root.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight));
  }

  clear() {
    /** @type {Picture | null} */
    this.picture = null;
    /** @type {Measure[]} */
    this.measures = [];
    /** @type {Range | null} */
    this.selected = null;
    /** @type {Range | null} */
    this.passage = null;
    /** @type {{ x: number, y: number, measure: Measure, dragging: boolean, before: Range | null } | null} */
    this.pressed = null; // where a pointer went down
    this.root.replaceChildren();
    this.root.style.minHeight = "";
  }

  /**
   * A growing tune never makes the page shorter under the visitor's eyes.
   *
   * @param {Picture | null} picture
   */
  show(picture, { growing = false } = {}) {
    const height = this.root.offsetHeight;
    this.picture = picture;
    this.measures = [];
    const svg = picture && svgFrom(picture.svg);
    if (!svg) {
      this.root.replaceChildren();
      return;
    }
    svg.style.width = `${picture.width}px`;
    svg.setAttribute("aria-hidden", "true"); // what is in it is told in words beside it
    this.root.replaceChildren(svg);
    this.root.style.minHeight = growing ? `${height}px` : "";
    this.measures = picture.measures.map(([id, bar, notes, number]) => ({ node: this.node(id), bar, notes, number }));
    this.measures = this.measures.filter((measure) => measure.node);
    if (!growing) {
      this.select(this.selected);
      this.mark(this.passage);
    }
  }

  /**
   * @param {string} id
   * @returns {SVGGraphicsElement | null}
   */
  node(id) {
    return this.root.querySelector(`#${CSS.escape(id)}`);
  }

  nodesOf(note) {
    return (this.picture?.notes[note] ?? []).map((id) => this.node(id)).filter(Boolean);
  }

  // -- following

  sound(notes, isSounding) {
    for (const note of notes) for (const node of this.nodesOf(note)) node.classList.toggle("sounding", isSounding);
    if (isSounding && notes.length) this.follow(notes[0]);
  }

  silence() {
    for (const node of this.root.querySelectorAll(".sounding")) node.classList.remove("sounding");
  }

  // The note at which playing would go on.
  point(note) {
    for (const node of this.root.querySelectorAll(".cursor")) node.classList.remove("cursor");
    for (const node of note === null ? [] : this.nodesOf(note)) node.classList.add("cursor");
    if (note !== null) this.follow(note);
  }

  // Scrolls when another system is reached that cannot be seen, and not for every note.
  follow(note) {
    const system = this.nodesOf(note)[0]?.closest(".system");
    if (!system || system === this.followed) return;
    this.followed = system;
    const { top, bottom } = system.getBoundingClientRect();
    const [from, to] = this.on.sight();
    if (top >= from && bottom <= to) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    system.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  }

  barOf(note) {
    return this.measures.find((measure) => measure.notes.includes(note))?.bar ?? null;
  }

  // By which musicians count a bar: a pick-up is 0.
  numberOf(bar) {
    return this.measures.find((measure) => measure.bar === bar)?.number ?? null;
  }

  // -- selecting

  /** @param {Range | null} range of bars */
  select(range) {
    this.selected = range;
    for (const old of this.root.querySelectorAll(".chosen")) old.remove();
    if (!range) return;
    for (const measure of this.measures) {
      if (measure.bar >= range[0] && measure.bar <= range[1]) this.shade(measure.node, "chosen");
    }
  }

  /** @param {Range | null} passage notes that were heard before */
  mark(passage) {
    this.passage = passage;
    for (const old of this.root.querySelectorAll(".heard")) old.classList.remove("heard");
    if (!passage) return;
    for (let note = passage[0]; note < passage[1]; note += 1) {
      for (const node of this.nodesOf(note)) node.classList.add("heard");
    }
  }

  /**
   * From bar line to bar line, and as high in every bar: by the staff's own lines, whatever notes stand above them.
   *
   * @param {SVGGraphicsElement} measure
   * @param {string} name
   */
  shade(measure, name) {
    /** @type {NodeListOf<SVGGraphicsElement>} */
    const paths = measure.querySelectorAll(".staff > path");
    const lines = [...paths].map((line) => line.getBBox());
    const boxes = lines.length ? lines : [measure.getBBox()];
    const [left, top] = [Math.min(...boxes.map(({ x }) => x)), Math.min(...boxes.map(({ y }) => y))];
    const [right, bottom] = [
      Math.max(...boxes.map(({ x, width }) => x + width)),
      Math.max(...boxes.map(({ y, height }) => y + height)),
    ];
    measure.prepend(
      svgElement("rect", {
        class: name,
        x: left,
        y: top - ROOM,
        width: right - left,
        height: bottom - top + 2 * ROOM,
      }),
    );
  }

  measureAt(x, y) {
    const under = this.measures.find(({ node }) => {
      const box = (node.querySelector(".staff") ?? node).getBoundingClientRect();
      return x >= box.left && x <= box.right && y >= box.top - REACH && y <= box.bottom + REACH;
    });
    return under ?? null;
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button) return;
    const measure = this.measureAt(event.clientX, event.clientY);
    if (!measure) return;
    if (event.shiftKey) {
      const anchor = this.selected?.[0] ?? measure.bar;
      this.on.select([Math.min(anchor, measure.bar), Math.max(anchor, measure.bar)]);
      event.preventDefault();
      return;
    }
    this.pressed = { x: event.clientX, y: event.clientY, measure, dragging: false, before: this.selected };
  }

  /** @param {PointerEvent} event */
  drag(event) {
    if (!this.pressed) return;
    const { x, y, measure, dragging } = this.pressed;
    const [aside, down] = [Math.abs(event.clientX - x), Math.abs(event.clientY - y)];
    if (Math.hypot(aside, down) < DRAG && !dragging) return;
    if (event.pointerType === "touch" && !dragging && down >= aside) {
      this.pressed = null; // a finger that scrolls; the browser may say so only after some more of its moves
      return;
    }
    this.pressed.dragging = true;
    if (!this.root.hasPointerCapture(event.pointerId)) this.root.setPointerCapture(event.pointerId);
    const reached = this.measureAt(event.clientX, event.clientY);
    if (reached) this.on.select([Math.min(measure.bar, reached.bar), Math.max(measure.bar, reached.bar)]);
  }

  // The browser has taken the pointer over, to scroll with it: it never meant the bars.
  abandon() {
    const { pressed } = this;
    this.pressed = null;
    if (pressed?.dragging) this.on.select(pressed.before);
  }

  /** @param {PointerEvent} event */
  release(event) {
    const { pressed } = this;
    this.pressed = null;
    if (!pressed || pressed.dragging) return;
    const note = this.nearest(pressed.measure, event.clientX);
    if (note !== null) this.on.seek(note);
  }

  /**
   * The note of a measure that is drawn closest to a place of the window.
   *
   * @param {Measure} measure
   * @param {number} x
   */
  nearest(measure, x) {
    let best = null;
    let least = Infinity;
    for (const note of measure.notes) {
      for (const node of this.nodesOf(note)) {
        const box = (node.querySelector(".notehead") ?? node).getBoundingClientRect();
        const away = Math.abs((box.left + box.right) / 2 - x);
        if (away < least) [best, least] = [note, away];
      }
    }
    return best;
  }
}
