// Playing in time: a bar of clicks, then the metronome goes on while notes are played; what comes out is quantised.

import { WHOLE } from "./durations.js";
import { quantise } from "./quantising.js";

/** @import { Played } from "./quantising.js" */

/** @import { Setting, Voice } from "../types" */

const LEAD = 0.15; // seconds before the first click
const AHEAD = 0.3; // seconds for which clicks are planned
const TICK = 50; // milliseconds
const FREE_BAR = 4; // beats that are counted in where there are no bars

export class Recording {
  /**
   * @param {{ readonly now: number, click(when: number, accented: boolean): Voice | null }} sound
   * @param {Pick<Setting, "beat" | "bar" | "position">} setting
   * @param {number} tempo beats a minute
   */
  constructor(sound, { beat, bar, position }, tempo, timers = globalThis) {
    this.sound = sound;
    this.timers = timers;
    this.beat = beat;
    this.seconds = 60 / tempo;
    this.beatsInBar = bar === null ? FREE_BAR : Math.max(1, Math.round(bar / beat));
    this.passed = bar === null ? 0 : Math.round(position / beat); // beats of the bar in which it begins
    /** @type {Played[]} */
    this.played = [];
    /** @type {Map<string, Played>} */
    this.sounding = new Map(); // notes by what holds their key
    /** @type {(Voice | null)[]} */
    this.clicks = [];
    this.next = -this.beatsInBar; // beat, counted from the first of the tune
    this.start = sound.now + LEAD + this.beatsInBar * this.seconds;
    this.plan();
    this.timer = timers.setInterval(() => this.plan(), TICK);
  }

  get isCountingIn() {
    return this.sound.now < this.start - this.seconds / 4;
  }

  plan() {
    while (this.timeOf(this.next) < this.sound.now + AHEAD) {
      const isFirst = (((this.next + this.passed) % this.beatsInBar) + this.beatsInBar) % this.beatsInBar === 0;
      this.clicks.push(this.sound.click(this.timeOf(this.next), isFirst));
      this.next += 1;
    }
  }

  timeOf(beat) {
    return this.start + beat * this.seconds;
  }

  // One voice: a note ends where the next begins.
  press(pitch, source) {
    if (this.isCountingIn) return;
    for (const held of [...this.sounding.keys()]) this.release(held);
    const note = { pitch, from: this.sound.now - this.start, to: Infinity };
    this.sounding.set(source, note);
    this.played.push(note);
  }

  release(source) {
    const note = this.sounding.get(source);
    if (note) note.to = this.sound.now - this.start;
    this.sounding.delete(source);
  }

  // The events that were played.
  finish() {
    this.timers.clearInterval(this.timer);
    for (const source of [...this.sounding.keys()]) this.release(source);
    for (const click of this.clicks.slice(-FREE_BAR)) click?.cut();
    return quantise(this.played, { seconds: this.seconds, beat: this.beat, grid: WHOLE / 16 });
  }
}
