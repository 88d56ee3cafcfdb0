// Plays notes {start, duration, pitch} (seconds, MIDI numbers). AudioContext.currentTime is the clock of sound and
// picture alike; notes are handed to it a little ahead of their time. Knows nothing of the page.

import { StruckString } from "./synth.js";

const LOOK_AHEAD = 1.5; // seconds; a hidden tab's timers come once a second
const TICK = 100; // milliseconds between two looks at what is due
const LEAD = 0.06; // seconds from a click to the first note
const TAIL = 0.6; // seconds that the last note may ring

export class Player {
  constructor(onChange = () => {}) {
    this.onChange = onChange;
    this.notes = [];
    this.seconds = 0;
    this.playing = false;
    this.context = null;
    this.offset = 0; // position where playing starts or stands
    this.startedNotes = 0;
    this.sounding = [];
  }

  load(notes, seconds) {
    this.stop();
    this.notes = notes;
    this.seconds = seconds;
  }

  // Has to be called from a click or a key: browsers let no page sound by itself.
  async play() {
    if (this.playing || !this.notes.length) return;
    this.playing = true;
    this.onChange();
    this.open();
    await this.context.resume();
    if (!this.playing) return;
    if (this.offset >= this.seconds) this.offset = 0;
    this.begin();
    this.timer = setInterval(() => this.schedule(), TICK);
  }

  pause() {
    this.halt(Math.min(this.position, this.seconds));
  }

  stop() {
    this.halt(0);
  }

  seek(seconds) {
    if (!this.playing || this.origin === undefined) {
      this.offset = seconds;
      return;
    }
    this.silence();
    this.offset = seconds;
    this.begin();
  }

  get position() {
    if (!this.playing || this.origin === undefined) return this.offset;
    return Math.max(this.offset, this.context.currentTime - this.origin);
  }

  // Root mean square of what is heard now, 0 to 1.
  level() {
    if (!this.context) return 0;
    const samples = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  }

  open() {
    if (this.context) return;
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    const limiter = this.context.createDynamicsCompressor();
    limiter.connect(this.analyser).connect(this.context.destination);
    const room = this.context.createConvolver();
    room.buffer = roomResponse(this.context);
    const wet = this.context.createGain();
    wet.gain.value = 0.22;
    room.connect(wet).connect(limiter);
    const bus = this.context.createGain();
    bus.connect(limiter);
    bus.connect(room);
    this.instrument = new StruckString(this.context, bus);
  }

  begin() {
    this.origin = this.context.currentTime + LEAD - this.offset;
    this.next = this.notes.findIndex((note) => note.start >= this.offset - 0.001);
    if (this.next < 0) this.next = this.notes.length;
    this.schedule();
  }

  schedule() {
    const now = this.context.currentTime;
    this.sounding = this.sounding.filter((note) => note.end > now);
    while (this.next < this.notes.length && this.origin + this.notes[this.next].start < now + LOOK_AHEAD) {
      const { start, duration, pitch } = this.notes[this.next];
      const when = Math.max(now, this.origin + start);
      this.sounding.push({ end: when + duration + 1, silence: this.instrument.start(pitch, when, duration) });
      this.startedNotes += 1;
      this.next += 1;
    }
    if (now - this.origin > this.seconds + TAIL) this.stop();
  }

  halt(offset) {
    const wasPlaying = this.playing;
    clearInterval(this.timer);
    this.silence();
    this.playing = false;
    this.origin = undefined;
    this.offset = offset;
    if (wasPlaying) this.onChange();
  }

  silence() {
    for (const note of this.sounding) note.silence();
    this.sounding = [];
  }
}

// A small wooden room: noise that dies away in under a second.
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
