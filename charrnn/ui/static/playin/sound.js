// Lets the keys sound on the page's player, with the instrument that is chosen there. Where there is no sound, says so
// once and stays silent.

import { scoreElement } from "../dom.js";

/** @import { Voice } from "../types" */

const LONGEST = 20; // seconds that a key can be held and heard
const TRACK = "keyboard"; // of player/mixer.js

export class Sound {
  /** @param {(sentence: string) => void} say */
  constructor(say) {
    this.say = say;
    /** @type {Map<string, Voice>} */
    this.voices = new Map(); // by what holds the key
    this.isSilent = false;
  }

  get mixer() {
    return scoreElement()?.page?.transport.mixer ?? null;
  }

  // Seconds, of what is heard now.
  get now() {
    return this.mixer?.context ? this.mixer.heard : performance.now() / 1000;
  }

  useInstrument() {
    scoreElement()?.page?.transport.setInstrument();
  }

  start(pitch, source) {
    this.wake();
    this.stop(source);
    if (this.mixer?.context) this.voices.set(source, this.mixer.strike(TRACK, pitch, this.mixer.now, LONGEST));
  }

  stop(source) {
    this.voices.get(source)?.release(this.mixer.now);
    this.voices.delete(source);
  }

  click(when, accented) {
    if (!this.mixer?.context) return null;
    return this.mixer.click(Math.max(when, this.mixer.now), accented);
  }

  // Has to be called from a click or a key.
  async wake() {
    try {
      await this.mixer.resume();
    } catch {
      if (!this.isSilent) this.say("This browser cannot play sound. Your notes are written all the same.");
      this.isSilent = true;
    }
  }
}
