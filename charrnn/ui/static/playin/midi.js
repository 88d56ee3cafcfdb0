// MIDI keyboards, where the browser has Web MIDI. Asked for by a click; tells in a sentence how that went.

/** @import { KeysListener } from "../types" */

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;

export class MidiKeyboards {
  /** @param {KeysListener & { say(sentence: string): void }} on */
  constructor(on) {
    this.on = on;
    /** @type {MIDIAccess | null} */
    this.access = null;
    /** @type {Map<string, Set<string>>} */
    this.held = new Map(); // sources by keyboard
  }

  async connect() {
    if (!navigator.requestMIDIAccess) {
      this.on.say("This browser cannot read MIDI keyboards. Chrome, Edge and Firefox can.");
      return;
    }
    try {
      this.access ??= await navigator.requestMIDIAccess();
    } catch {
      this.on.say("The browser did not allow access to MIDI keyboards.");
      return;
    }
    this.access.onstatechange = ({ port }) => this.changed(port);
    for (const input of this.inputs) this.listen(input);
    this.on.say(
      this.inputs.length ? `Connected: ${this.inputs.map(nameOf).join(", ")}.` : "No MIDI keyboard found. Plug one in.",
    );
  }

  get inputs() {
    return [...(this.access?.inputs.values() ?? [])].filter(({ state }) => state !== "disconnected");
  }

  listen(input) {
    input.onmidimessage = ({ data }) => this.receive(input, data);
  }

  receive(input, [status, pitch, velocity]) {
    const kind = status & 0xf0;
    const source = `midi ${input.id} ${pitch}`;
    if (kind === NOTE_ON && velocity > 0) {
      this.heldOn(input).add(source);
      this.on.press(pitch, source);
    } else if (kind === NOTE_ON || kind === NOTE_OFF) {
      this.heldOn(input).delete(source);
      this.on.release(source);
    }
  }

  heldOn({ id }) {
    if (!this.held.has(id)) this.held.set(id, new Set());
    return this.held.get(id);
  }

  // A keyboard was plugged in or pulled out; its keys that were down then are let go.
  changed(port) {
    if (port.type !== "input") return;
    if (port.state === "disconnected") {
      for (const source of this.heldOn(port)) this.on.release(source);
      this.heldOn(port).clear();
      this.on.say(`${nameOf(port)} was disconnected.`);
    } else if (!port.onmidimessage) {
      this.listen(port);
      this.on.say(`Connected: ${nameOf(port)}.`);
    }
  }
}

function nameOf({ name }) {
  return name || "MIDI keyboard";
}
