// What was played, as ABC: spelled in the key, in the unit length, with bar lines by the meter and beams by its groups.
// Pure functions.

import { inNotes, lengthIn } from "./durations.js";
import { inKey, letterIn, sign, spell } from "./spelling.js";

/** @import { EnteredEvent, Setting } from "../types" */
/** @typedef {Partial<Setting> & Pick<Setting, "sharps" | "unit" | "bar" | "group">} WritingSetting */

const TRIPLET = 3; // notes in the time of two
const BARS_A_LINE = 4;

/**
 * @param {EnteredEvent[]} events
 * @param {WritingSetting} setting
 */
export function abcOf(events, setting) {
  const writer = new Writer(setting);
  for (let place = 0; place < events.length;) place += writer.take(events, place);
  return writer.text;
}

class Writer {
  /** @param {WritingSetting} setting */
  constructor({ sharps, unit, bar, group, position = 0, altered = [] }) {
    this.sharps = sharps;
    this.unit = unit;
    this.bar = bar;
    this.group = group;
    this.position = position;
    this.text = "";
    this.bars = 0;
    /** @type {Map<string, number | null>} */
    this.inBar = new Map(); // the alteration of each pitch, and of each letter, that was written in this bar
    for (const letter of altered) this.inBar.set(letter, null);
  }

  /**
   * Writes what begins at a place; how many events that were.
   *
   * @param {EnteredEvent[]} events
   * @param {number} place
   * @returns {number}
   */
  take(events, place) {
    const event = events[place];
    if (event.bar) this.closeBar();
    else if (event.triplet) return this.triplet(events, place);
    else this.note(event, isTied(events, place));
    return 1;
  }

  /**
   * @param {EnteredEvent} event
   * @param {boolean} tied
   */
  note({ pitch, ticks }, tied) {
    const pieces = this.pieces(ticks);
    for (const [index, piece] of pieces.entries()) {
      const goesOn = pitch !== null && (tied || index < pieces.length - 1);
      this.space();
      this.text += this.symbol(pitch) + lengthIn(piece, this.unit) + (goesOn ? "-" : "");
      this.advance(piece);
    }
  }

  // Cut at bar lines, and into notes that can be written.
  pieces(ticks) {
    const pieces = [];
    let rest = ticks;
    let room = this.bar === null ? Infinity : this.bar - this.position;
    while (rest > 0) {
      const here = Math.min(rest, room);
      pieces.push(...(here === ticks ? [here] : inNotes(here)));
      rest -= here;
      room = this.bar;
    }
    return pieces;
  }

  triplet(events, place) {
    let end = place;
    while (end < place + TRIPLET && events[end]?.triplet) end += 1;
    this.space();
    this.text += end - place === TRIPLET ? "(3" : `(3:2:${end - place}`;
    let ticks = 0;
    for (let index = place; index < end; index += 1) {
      this.text +=
        this.symbol(events[index].pitch) +
        lengthIn(events[index].ticks, this.unit) +
        (isTied(events, index) ? "-" : "");
      ticks += (2 / TRIPLET) * events[index].ticks;
    }
    this.advance(Math.round(ticks));
    return end - place;
  }

  symbol(pitch) {
    if (pitch === null) return "z";
    const { letter, octave, alteration } = spell(pitch, this.sharps);
    return this.accidental(letter, octave, alteration) + letterIn(octave, letter);
  }

  // Programs disagree whether an accidental counts in other octaves (ABC standard 2.1, section 11.3): where they would
  // read a note differently, its own accidental is written.
  accidental(letter, octave, alteration) {
    const pitch = letter + octave;
    const ofKey = inKey(letter, this.sharps);
    const readings = [this.inBar.get(pitch), this.inBar.get(letter)].map((one) => (one === undefined ? ofKey : one));
    if (readings.every((one) => one === alteration)) return "";
    this.inBar.set(pitch, alteration);
    this.inBar.set(letter, alteration);
    return sign(alteration);
  }

  space() {
    if (this.text && this.position > 0 && this.group && this.position % this.group === 0) this.text += " ";
  }

  advance(ticks) {
    this.position += ticks;
    if (this.bar !== null && this.position >= this.bar) this.closeBar();
  }

  closeBar() {
    if (this.position === 0) return;
    this.position = 0;
    this.inBar.clear();
    this.bars += 1;
    this.text += this.bars % BARS_A_LINE ? "|" : "|\n";
  }
}

function isTied(events, place) {
  const { tie, pitch } = events[place];
  return Boolean(tie) && pitch !== null && events[place + 1]?.pitch === pitch;
}
