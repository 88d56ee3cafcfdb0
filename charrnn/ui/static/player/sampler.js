// Sampled instruments: notes recorded every few semitones, in one file an instrument. charrnn/render/audio/library.py
// makes them and describes the catalog. Whatever cannot be had is no error: the synthesised tone plays on.

import { startVoice } from "./voice.js";

/** @import { Sample, Samples } from "../types" */

const LEVEL = 0.8;
const LOOK_AGAIN = 1500; // milliseconds; the server may still be rendering the instrument
const LOOKS = 200;
const DECODED_RATE = 48_000; // hertz; well over the samples' own, so that shifting the pitch stays clean

export class Sampler {
  /**
   * @param {BaseAudioContext} context
   * @param {AudioBuffer} buffer
   * @param {Sample[]} notes
   */
  constructor(context, buffer, notes) {
    this.context = context;
    this.buffer = buffer;
    this.notes = notes;
  }

  start(pitch, when, duration, output) {
    const note = nearest(this.notes, pitch);
    const source = this.context.createBufferSource();
    source.buffer = this.buffer;
    source.playbackRate.value = 2 ** ((pitch - note.pitch) / 12);
    source.loop = Boolean(note.loop);
    if (note.loop) [source.loopStart, source.loopEnd] = note.loop;
    const most = note.loop ? Infinity : (note.end - note.start) / source.playbackRate.value;
    const heard = note.decay ? this.dying(note, when, source.playbackRate.value, output) : output;
    return startVoice(this.context, heard, source, { when, duration, level: LEVEL, offset: note.start, most });
  }

  // From its loop on, a struck or plucked note falls as the instrument's does, for as long as it is held.
  dying(note, when, speed, output) {
    const level = this.context.createGain();
    level.gain.setTargetAtTime(0, when + (note.loop[0] - note.start) / speed, note.decay / speed);
    level.connect(output);
    return level;
  }
}

// The instruments of a catalog. The address is null where the server has none.
export class Shelf {
  /** @param {URL | null} address */
  constructor(address) {
    this.address = address;
    /** @type {Map<string, Promise<Samples | null>>} */
    this.loading = new Map();
  }

  /**
   * As soon as the instrument is there; null if it never will be.
   *
   * @param {string} name
   * @returns {Promise<Samples | null>}
   */
  load(name) {
    if (!this.address) return Promise.resolve(null);
    if (!this.loading.has(name)) {
      this.loading.set(
        name,
        this.fetch(name).catch(() => null),
      );
    }
    return this.loading.get(name);
  }

  async fetch(name) {
    const entry = await this.entry(name);
    if (!entry) return null;
    const file = new URL(entry.file, this.address);
    if (file.protocol.startsWith("http")) file.searchParams.set("v", entry.sha256); // a browser may keep what it has fetched
    const response = await fetch(file);
    if (!response.ok) return null;
    const decoder = new OfflineAudioContext(1, 1, DECODED_RATE); // needs no click, as a sounding one does
    return { buffer: await decoder.decodeAudioData(await response.arrayBuffer()), notes: entry.notes };
  }

  async entry(name) {
    for (let look = 0; look < LOOKS; look += 1) {
      const response = await fetch(this.address, { cache: "no-cache" });
      if (!response.ok) return null;
      const entry = (await response.json()).instruments[name];
      if (entry) return entry;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
    }
    return null;
  }
}

/**
 * @param {Sample[]} notes
 * @param {number} pitch
 */
function nearest(notes, pitch) {
  return notes.reduce((best, note) => (Math.abs(note.pitch - pitch) < Math.abs(best.pitch - pitch) ? note : best));
}
