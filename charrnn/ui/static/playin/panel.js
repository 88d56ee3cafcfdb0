// The panel in which a seed is played: by mouse, touch, the computer's keys or MIDI, step by step or in time.
// What is played stands as ABC in the seed box at once, and on a small staff, which the server engraves.

import { element, seedBox, svgFrom } from "../dom.js";
import { VALUES } from "./durations.js";
import { Entry } from "./entry.js";
import { noteIcon } from "./icons.js";
import { Keyboard } from "./keyboard.js";
import { MidiKeyboards } from "./midi.js";
import { Recording } from "./recording.js";
import { Seed } from "./seed.js";
import { Sound } from "./sound.js";
import { nameOf } from "./spelling.js";

/** @import { EnteredEvent, PlayInElement } from "../types" */
/** @typedef {{ sketch(sent: { abc: string, width: number }): Promise<{ svg?: string, error?: string }> }} Server */

const PAUSE = 120; // milliseconds without a note before the staff is engraved
const OCTAVES = 2;

/**
 * Called when the panel is opened for the first time.
 *
 * @param {HTMLElement} host
 * @param {Server} server functions of charrnn/ui/handlers/desk.py
 * @param {number} most characters that a seed may have
 */
export function mount(host, server, most) {
  /** @type {PlayInElement} */
  const root = host.querySelector(".play-in");
  root.panel = new Panel(root, server, most); // for the tests, and for the curious
  root.panel.opened();
}

export class Panel {
  /**
   * @param {Server} server
   * @param {number} most
   */
  constructor(root, server, most) {
    this.root = root;
    this.server = server;
    this.most = most;
    this.entry = new Entry();
    this.seed = new Seed();
    /** @type {Recording | null} */
    this.recording = null;
    /** @type {EnteredEvent[] | null} */
    this.recorded = null; // events that are shown and not yet taken
    this.sound = new Sound((sentence) => this.say(sentence));
    const on = { press: (pitch, source) => this.press(pitch, source), release: (source) => this.release(source) };
    this.keyboard = new Keyboard(this.part("piano"), { ...on, moved: () => this.enable() });
    this.midi = new MidiKeyboards({ ...on, say: (sentence) => this.say(sentence) });
    this.part("values").append(...Object.keys(VALUES).map((value) => this.valueChoice(value)));
    for (const button of root.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => this.act(button.dataset.act));
    }
    root.addEventListener("keydown", (event) => this.keyDown(event));
    root.addEventListener("keyup", (event) => this.keyboard.keyUp(event));
    root.addEventListener(
      "focusout",
      ({ relatedTarget }) => !root.contains(relatedTarget) && this.keyboard.releaseAll(isKey),
    );
    root.addEventListener("toggle", () => this.opened());
    this.enable();
  }

  /**
   * An element of the template, of whatever kind.
   *
   * @returns {any}
   */
  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  say(sentence) {
    this.part("said").textContent = sentence;
  }

  valueChoice(value) {
    const input = element("input", {
      type: "radio",
      name: "note-value",
      value,
      checked: value === this.entry.value,
      "aria-label": `${value} note`,
    });
    input.addEventListener("change", () => (this.entry.value = value));
    return element("label", {}, input, noteIcon(value));
  }

  opened() {
    if (!this.root.open) {
      this.keyboard.releaseAll();
      this.discard();
      this.enable();
      return;
    }
    this.sound.useInstrument();
    this.follow();
    this.draw();
  }

  // -- playing

  press(pitch, source) {
    this.sound.start(pitch, source);
    if (this.recording) this.recording.press(pitch, source);
    else this.change((entry) => entry.press(pitch));
  }

  release(source) {
    this.sound.stop(source);
    this.recording?.release(source);
  }

  keyDown(event) {
    if (event.target.matches(".beats")) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault(); // the score would undo its last change
      this.act("undo");
    } else if (event.key === "Backspace") {
      event.preventDefault();
      this.act("delete");
    } else {
      this.keyboard.keyDown(event);
    }
  }

  act(name) {
    const { entry } = this;
    const acts = {
      dot: () => (entry.dots = entry.dots === 1 ? 0 : 1),
      dots: () => (entry.dots = entry.dots === 2 ? 0 : 2),
      triplet: () => (entry.triplet = !entry.triplet),
      tie: () => this.change(() => entry.tie()),
      rest: () => this.change(() => entry.rest()),
      bar: () => this.change(() => entry.bar()),
      undo: () => this.change(() => entry.undo()),
      delete: () => this.change(() => entry.deleteLast()),
      clear: () => this.change(() => entry.clear()),
      lower: () => this.keyboard.move(-1),
      higher: () => this.keyboard.move(1),
      midi: () => this.midi.connect(),
      record: () => (this.recording ? this.stop() : this.record()),
      keep: () => this.keep(),
      again: () => this.record(),
      discard: () => this.discard(),
    };
    acts[name]();
    this.enable();
  }

  // -- the seed

  // What was typed or chosen since the last note; charrnn/ui/playin.py calls it when the seed box changes.
  follow() {
    const { written } = this.seed;
    const isOurs = this.seed.follow();
    if (!isOurs) this.entry.forget();
    else if (this.seed.written !== written && this.entry.events.length) this.write();
    this.keyboard.spell(this.seed.settingFor(this.entry.events).sharps);
    this.enable();
  }

  /** @param {(entry: Entry) => void} act */
  change(act) {
    this.follow();
    if (this.recorded) this.discard();
    act(this.entry);
    if (this.seed.with(this.entry.events).length > this.most) {
      this.entry.undo();
      this.say(`A seed has at most ${this.most.toLocaleString("en")} characters.`);
      return;
    }
    this.write();
    this.enable();
  }

  write() {
    this.seed.write(this.entry.events);
    this.draw();
  }

  // -- in time

  record() {
    this.discard();
    this.follow();
    const beats = Number(this.part("beats").value);
    if (!(beats >= 30 && beats <= 240)) {
      this.say("Beats a minute must be a number from 30 to 240.");
      return;
    }
    this.sound.wake();
    this.recording = new Recording(this.sound, this.position(), beats);
    this.say("One bar is counted in. Then play; press Stop when you are done.");
    this.enable();
  }

  // Where the notes end that are there.
  position() {
    const setting = this.seed.settingFor(this.entry.events);
    const ticks = this.entry.events.reduce(
      (sum, event) => (event.bar ? 0 : sum + event.ticks * (event.triplet ? 2 / 3 : 1)),
      setting.position,
    );
    return { ...setting, position: setting.bar === null ? 0 : ticks % setting.bar };
  }

  stop() {
    const events = this.recording.finish();
    this.recording = null;
    if (!events.length) {
      this.say("No notes were played after the count-in.");
      return;
    }
    this.recorded = events;
    this.say("This is what was heard, to the nearest sixteenth. Keep it?");
    this.draw();
  }

  keep() {
    const { recorded } = this;
    this.recorded = null;
    this.say("");
    this.change((entry) => entry.add(...recorded));
  }

  discard() {
    this.recording?.finish();
    this.recording = null;
    if (!this.recorded) return;
    this.recorded = null;
    this.say("");
    this.draw();
  }

  // -- what is shown

  enable() {
    const { entry, recording, recorded } = this;
    const button = (name) => this.root.querySelector(`[data-act="${name}"]`);
    const press = (name, isOn) => button(name).setAttribute("aria-pressed", String(isOn));
    press("dot", entry.dots === 1);
    press("dots", entry.dots === 2);
    press("triplet", entry.triplet);
    press("tie", entry.isTying);
    button("tie").disabled = !entry.canTie;
    button("undo").disabled = !entry.canUndo;
    for (const name of ["bar", "delete", "clear"]) button(name).disabled = !entry.events.length;
    button("record").textContent = recording ? "Stop" : "Record in time";
    this.part("taken").hidden = !recorded;
    const { from } = this.keyboard;
    this.part("range").textContent = [from, from + 12 * OCTAVES - 1]
      .map((pitch) => nameOf(pitch).replace(" ", ""))
      .join(" to ");
  }

  // The server draws; only the latest text is shown.
  draw() {
    clearTimeout(this.drawing);
    this.drawing = setTimeout(() => this.sketch(), PAUSE);
  }

  async sketch() {
    const abc = this.seed.with([...this.entry.events, ...(this.recorded ?? [])]);
    const staff = this.part("sketch");
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      const { svg, error } = await this.server.sketch({ abc, width: Math.round(staff.clientWidth) });
      if (turn !== this.turn || error) return;
      const drawn = svg ? svgFrom(svg) : null;
      drawn?.querySelector(".score")?.classList.remove("score"); // there is one in the page, which everybody looks for
      staff.replaceChildren(...(drawn ? [drawn] : []));
      staff.setAttribute(
        "aria-label",
        drawn ? `What you have played: ${seedBox()?.value.split("\n").at(-1)}` : "No notes yet",
      );
      staff.scrollTop = staff.scrollHeight;
    } catch {
      // the seed box has it all the same
    }
  }
}

// A key of the computer, which nobody tells that it is let go once the focus is elsewhere.
function isKey(source) {
  return !source.startsWith("pointer") && !source.startsWith("midi");
}
