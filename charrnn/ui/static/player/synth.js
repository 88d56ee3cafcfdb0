// A struck string, computed once for each pitch: a handful of partials, higher ones weaker and sooner gone.
// It plays where there are no samples, or none yet. charrnn/render/audio/tone.py is the same string.
// An instrument is anything with start(pitch, when, duration, output), which returns a voice (voice.js).

import { startVoice } from "./voice.js";

const SECONDS = 2.4; // of sound computed for the lowest notes; higher ones need less
const PARTIALS = 9;
const STRIKE = 7; // the string is struck at a seventh of its length, which leaves out the seventh partial
const STIFFNESS = 0.00025; // pulls the partials of a real string a little apart
const LOUDNESS = 0.32;

export class StruckString {
  /** @param {BaseAudioContext} context */
  constructor(context) {
    this.context = context;
    /** @type {Map<number, AudioBuffer>} */
    this.buffers = new Map(); // by pitch
  }

  start(pitch, when, duration, output) {
    const source = this.context.createBufferSource();
    source.buffer = this.buffer(pitch);
    return startVoice(this.context, output, source, { when, duration, level: LOUDNESS });
  }

  buffer(pitch) {
    if (!this.buffers.has(pitch)) this.buffers.set(pitch, struckString(this.context, pitch));
    return this.buffers.get(pitch);
  }
}

/**
 * @param {BaseAudioContext} context
 * @param {number} pitch
 */
function struckString(context, pitch) {
  const rate = context.sampleRate;
  const frequency = 440 * 2 ** ((pitch - 69) / 12);
  const ring = SECONDS * Math.min(1, Math.max(0.25, (220 / frequency) ** 0.35));
  const buffer = context.createBuffer(1, Math.ceil(ring * rate), rate);
  const samples = buffer.getChannelData(0);
  for (let partial = 1; partial <= PARTIALS; partial += 1) {
    const tone = frequency * partial * Math.sqrt(1 + STIFFNESS * partial * partial);
    if (tone > rate / 2.2) break;
    const strength = Math.abs(Math.sin((Math.PI * partial) / STRIKE)) / partial ** 1.25;
    addDecayingSine(samples, tone / rate, strength, ring / (1 + 0.55 * (partial - 1)) / 4, rate);
  }
  soften(samples, rate);
  return buffer;
}

// A sine that dies away, by recurrence: y[n] = 2 d cos(w) y[n-1] - d^2 y[n-2]
function addDecayingSine(samples, cyclesPerSample, strength, decaySeconds, rate) {
  const step = 2 * Math.PI * cyclesPerSample;
  const decay = Math.exp(-1 / (decaySeconds * rate));
  const first = 2 * decay * Math.cos(step);
  const second = decay * decay;
  let before = 0;
  let now = strength * decay * Math.sin(step);
  for (let index = 1; index < samples.length; index += 1) {
    samples[index] += now;
    [before, now] = [now, first * now - second * before];
  }
}

// A short rise and fall, so that a note neither clicks in nor out.
function soften(samples, rate) {
  const rise = Math.round(0.003 * rate);
  const fall = Math.round(0.05 * rate);
  for (let index = 0; index < rise; index += 1) samples[index] *= index / rise;
  for (let index = 0; index < fall; index += 1) samples[samples.length - 1 - index] *= index / fall;
}
