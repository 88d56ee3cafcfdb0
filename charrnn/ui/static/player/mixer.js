// The stage of player.js in Web Audio: instruments, the tracks with their levels, a small room, the volume.
// AudioContext.currentTime is the clock of sound and picture alike.

import { Sampler, Shelf } from "./sampler.js";
import { StruckString } from "./synth.js";

/** @import { MixedContext, Samples, Stage } from "../types" */

export const TRACKS = { melody: 1, voices: 1, accompaniment: 0.5, keyboard: 1 }; // gains
const ROOM_LEVEL = 0.22;
const FADE = 0.02; // seconds for a change of volume, which would click otherwise
const CLICK_SECONDS = 0.04;

/** @implements {Stage} */
export class Mixer {
  /**
   * A context is given to render into; otherwise it is made at the first resume(), which a click has to lead to.
   *
   * @param {URL | null} catalog
   * @param {MixedContext | null} context
   */
  constructor(catalog = null, context = null) {
    this.shelf = new Shelf(catalog);
    this.onChange = () => {};
    /** @type {string | null} */
    this.name = null; // of the instrument
    /** @type {Samples | null} */
    this.samples = null; // of the instrument, once they are there
    this.loudness = 1;
    /** @type {Set<string>} */
    this.muted = new Set(); // tracks
    this.given = context;
    if (context) this.open(context);
  }

  get now() {
    return this.context?.currentTime ?? 0;
  }

  get heard() {
    return this.now - (this.context?.outputLatency || 0);
  }

  // Makes ready what takes a while, if the visitor has clicked on anything yet: no page may sound before.
  warm() {
    if (this.context || !globalThis.AudioContext || !navigator.userActivation?.hasBeenActive) return;
    this.open(new AudioContext());
    this.context.suspend();
  }

  async resume() {
    if (!this.context) this.open(new AudioContext());
    if (!this.given) await this.context.resume();
  }

  /** @type {Stage["strike"]} */
  strike(track, pitch, when, duration, level = 1) {
    let output = this.tracks[track];
    if (level !== 1) {
      output = gain(this.context, level);
      output.connect(this.tracks[track]);
    }
    return (this.sampler ?? this.synth).start(pitch, when, duration, output);
  }

  /** @type {Stage["click"]} */
  click(when, accented) {
    const oscillator = this.context.createOscillator();
    const envelope = this.context.createGain();
    oscillator.frequency.value = accented ? 1760 : 1175;
    envelope.gain.setValueAtTime(0, when);
    envelope.gain.linearRampToValueAtTime(accented ? 0.4 : 0.25, when + 0.002);
    envelope.gain.setTargetAtTime(0, when + 0.004, CLICK_SECONDS / 5);
    oscillator.connect(envelope).connect(this.limiter);
    oscillator.start(when);
    oscillator.stop(when + CLICK_SECONDS);
    return { cut: () => oscillator.stop(0) };
  }

  // Heard from the next note on, once its samples are there; until then the synthesised tone plays. The promise is
  // whether they are.
  async setInstrument(name) {
    if (name === this.name) return Boolean(this.samples);
    this.name = name;
    this.use(null);
    const samples = await this.shelf.load(name);
    if (name === this.name) this.use(samples);
    return Boolean(samples);
  }

  // 0 to 1
  setVolume(volume) {
    this.loudness = volume;
    this.fade(this.volume, volume * volume); // an ear hears the square as even steps, roughly
  }

  setMuted(track, muted) {
    if (muted) this.muted.add(track);
    else this.muted.delete(track);
    this.fade(this.tracks?.[track], muted ? 0 : TRACKS[track]);
  }

  // Root mean square of what is heard now, 0 to 1.
  level() {
    if (!this.context) return 0;
    const samples = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  }

  /** @param {Samples | null} samples */
  use(samples) {
    this.samples = samples;
    this.sampler = samples && this.context ? new Sampler(this.context, samples.buffer, samples.notes) : null;
    this.onChange();
  }

  /** @param {MixedContext} context */
  open(context) {
    this.context = context;
    this.synth = new StruckString(context);
    this.analyser = context.createAnalyser();
    this.volume = gain(context, this.loudness ** 2);
    this.limiter = context.createDynamicsCompressor();
    this.limiter.threshold.value = -9; // decibels; louder only where many notes come together
    this.limiter.knee.value = 6;
    this.limiter.connect(this.volume).connect(this.analyser).connect(context.destination);
    const room = context.createConvolver();
    room.buffer = roomResponse(context);
    room.connect(gain(context, ROOM_LEVEL)).connect(this.limiter);
    /** @type {Record<string, GainNode>} */
    this.tracks = {};
    for (const [track, level] of Object.entries(TRACKS)) {
      this.tracks[track] = gain(context, this.muted.has(track) ? 0 : level);
      this.tracks[track].connect(this.limiter);
      this.tracks[track].connect(room);
    }
    this.use(this.samples);
  }

  /**
   * @param {GainNode | undefined} node
   * @param {number} level
   */
  fade(node, level) {
    node?.gain.setTargetAtTime(level, this.now, FADE);
  }
}

/**
 * @param {BaseAudioContext} context
 * @param {number} level
 */
function gain(context, level) {
  const node = context.createGain();
  node.gain.value = level;
  return node;
}

/**
 * A small wooden room: noise that dies away in under a second.
 *
 * @param {BaseAudioContext} context
 */
function roomResponse(context) {
  const length = Math.round(0.9 * context.sampleRate);
  const buffer = context.createBuffer(2, length, context.sampleRate);
  for (let channel = 0; channel < 2; channel += 1) {
    const samples = buffer.getChannelData(channel);
    let smooth = 0;
    for (let index = 0; index < length; index += 1) {
      smooth += 0.35 * (Math.random() * 2 - 1 - smooth);
      samples[index] = smooth * (1 - index / length) ** 4;
    }
  }
  return buffer;
}
