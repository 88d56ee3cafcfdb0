// Plays a tune as charrnn/ui/answers/sound.py describes it. Positions are whole notes from its start, as in the tune.
//
// Knows neither the page nor Web Audio: it hands notes, a little ahead of their time, to a Stage, such as mixer.js.
//
// "stopped" -> play -> "counting" (a bar of clicks, if asked for) -> "playing" -> "paused" | "stopped" at the end.

import { beatsOf, countInOf } from "./counting.js";
import { Cues } from "./cues.js";
import { TempoMap } from "./tempo.js";

/** @import { PlayerEvent, PlayerListener, Sound, Stage, Voice } from "../types" */
/** @typedef {{ time: number, from: number, to: number, rate: number }} Pass */
/** @typedef {{ event: PlayerEvent, pass: Pass, when: number, end: number, sound: Voice }} Struck */

const LOOK_AHEAD = 1.5; // seconds; a hidden tab's timers come once a second
const FIRST_LOOK = 0.15; // seconds: the first note must not wait until the sound of later ones has been computed
const TICK = 25; // milliseconds between two looks at what is due
const LEAD = 0.06; // seconds from a click to the first note
const SAME = 1e-6; // whole notes that are no difference
const SHORTEST_LOOP = 1 / 32; // whole notes

/** @type {Sound} */
export const SILENCE = { length: 0, tempo: [[0, 2]], meter: [[0, 1 / 4, 4]], notes: [], accompaniment: [] };

export class Player {
  /**
   * @param {Stage} stage
   * @param {PlayerListener} on
   */
  constructor(stage, on = {}, { timers = globalThis, lookAhead = LOOK_AHEAD } = {}) {
    this.stage = stage;
    this.on = on;
    this.timers = timers;
    this.lookAhead = lookAhead;
    this.state = "stopped";
    this.rest = 0; // the position while it does not play
    this.speed = 1;
    this.faster = 0; // what is added to the rate each time that a loop comes round, until it is 1
    this.clicking = false; // whether the metronome is heard
    this.startedNotes = 0;
    /** @type {{ from: number, to: number } | null} */
    this.section = null; // what a loop plays
    this.clear();
    this.load(SILENCE);
    stage.onChange = () => this.reschedule();
  }

  /** @param {Sound} sound */
  load(sound) {
    this.stop();
    this.section = null;
    this.length = sound.length;
    this.turn = sound.end ?? sound.length; // where the tune comes round again; its last note may sound on
    this.tempo = new TempoMap(sound.tempo);
    this.meter = sound.meter;
    this.notes = sound.notes.map((note, index) => ({ ...note, index, track: "melody" }));
    const beside = ["voices", "accompaniment"].flatMap((track) =>
      (sound[track] ?? []).map((note, index) => ({ ...note, index, track })),
    );
    const beats = beatsOf(this.meter, this.turn).map((beat) => ({ ...beat, duration: 0, track: "metronome" }));
    /** @type {PlayerEvent[]} */
    this.events = [...this.notes, ...beside, ...beats].sort((one, other) => one.at - other.at);
  }

  // Has to be called from a click or a key: browsers let no page sound by itself.
  async play({ countIn = false } = {}) {
    if (this.running || !this.notes.length) return;
    if (this.rest >= this.end(this.rest) - SAME) this.rest = this.section ? this.section.from : 0;
    this.enter(countIn ? "counting" : "playing");
    await this.stage.resume();
    if (this.running && !this.passes.length) this.begin(this.rest, countIn);
  }

  pause() {
    if (!this.running) return;
    this.rest = this.position;
    this.silence();
    this.enter("paused");
  }

  stop() {
    this.rest = 0;
    this.silence();
    this.enter("stopped");
  }

  // To a position in whole notes. While it plays it plays on from there.
  seek(at) {
    const wasUnderWay = this.passes.length > 0;
    this.silence();
    this.rest = Math.min(Math.max(at, 0), this.length);
    if (!wasUnderWay) return;
    this.enter("playing");
    this.begin(this.rest, false);
  }

  seekNote(index) {
    this.seek(this.notes[index].at);
  }

  /**
   * Plays [from, to) again and again, from now on if it is elsewhere; null plays on to the end.
   *
   * @param {number | null} from
   * @param {number} [to]
   */
  loop(from, to) {
    this.section = from === null || to - from < SHORTEST_LOOP ? null : { from, to };
    if (this.section && (this.position < from || this.position >= to)) this.seek(from);
    else this.reschedule();
  }

  // Clicks each beat through the tune.
  set metronome(isOn) {
    this.clicking = isOn;
    this.reschedule();
  }

  // 1 is the tune's own tempo.
  set rate(rate) {
    const position = this.position;
    this.speed = rate;
    this.reschedule(position);
  }

  get rate() {
    return this.speed;
  }

  get running() {
    return this.state === "playing" || this.state === "counting";
  }

  get position() {
    return this.passes.length ? this.positionAt(this.stage.now) : this.rest;
  }

  // Of the whole tune, and up to a position, at the present rate.
  get seconds() {
    return this.secondsTo(this.length);
  }

  secondsTo(at) {
    return this.tempo.seconds(at) / this.speed;
  }

  // From here on: what happens while it plays. A pass is one uninterrupted run through the music: from a position, at a
  // time of the stage's clock, to a position; a loop is one pass after another.

  begin(from, countIn) {
    const start = this.stage.now + LEAD;
    const time = countIn ? this.countIn(from, start) : start;
    this.passes = [{ time, from, to: this.end(from), rate: this.speed }];
    this.ahead = Number.isFinite(this.lookAhead) ? FIRST_LOOK : this.lookAhead;
    this.cursor = this.firstFrom(from);
    for (const event of this.events.slice(0, this.cursor)) {
      if (event.at + event.duration > from + SAME) this.strike(event, from); // what already sounds there
    }
    this.tick();
    this.timer = this.timers.setInterval(() => this.tick(), TICK);
  }

  // Clicks a bar's worth of beats up to a position; the time at which the music starts.
  countIn(from, start) {
    const pace = (this.tempo.seconds(from + SAME) - this.tempo.seconds(from)) / SAME / this.speed;
    const { clicks, seconds } = countInOf(this.meter, from, pace);
    this.clicks = clicks.map(({ after, accented }) => this.stage.click(start + after, accented));
    return start + seconds;
  }

  tick() {
    this.schedule();
    if (this.state === "counting" && this.stage.now >= this.passes[0].time) this.enter("playing");
    this.tellRate();
    this.cues.tell(this.stage.heard);
    const last = this.passes.at(-1);
    if (!this.section && this.stage.heard >= this.timeOf(last, last.to)) this.finish();
  }

  schedule() {
    const horizon = this.stage.now + this.ahead;
    this.ahead = Math.min(2 * this.ahead, this.lookAhead);
    this.voices = this.voices.filter((voice) => voice.end > this.stage.now);
    while (true) {
      const pass = this.passes.at(-1);
      const event = this.events[this.cursor];
      if (event && event.at < pass.to - SAME) {
        if (this.timeOf(pass, event.at) >= horizon) return;
        this.strike(event, event.at);
        this.cursor += 1;
      } else {
        const end = this.timeOf(pass, pass.to);
        if (!this.section || end >= horizon) return;
        const rate = pass.rate < 1 ? Math.min(1, pass.rate + this.faster) : pass.rate;
        this.passes.push({ time: end, ...this.section, rate });
        this.cursor = this.firstFrom(this.section.from);
      }
    }
  }

  tellRate() {
    const pass = this.passAt(this.stage.now);
    if (!pass || pass.rate === this.speed) return;
    this.speed = pass.rate;
    this.on.rate?.(this.speed);
  }

  /**
   * @param {PlayerEvent} event
   * @param {number} from
   */
  strike(event, from) {
    const pass = this.passes.at(-1);
    const when = Math.max(this.timeOf(pass, from), this.stage.now);
    if (event.track === "metronome") {
      if (this.clicking) {
        this.voices.push({ event, pass, when, end: when, sound: this.stage.click(when, event.accented) });
      }
      return;
    }
    const end = Math.max(this.timeOf(pass, Math.min(event.at + event.duration, pass.to)), when);
    const sound = this.stage.strike(event.track, event.pitch, when, end - when, event.gain);
    this.voices.push({ event, pass, when, end, sound });
    this.startedNotes += 1;
    if (event.track === "melody") this.cues.add(event, when, end);
  }

  // Takes back what has not begun, and plans it anew; what sounds is let go when it now ends.
  reschedule(position = this.position) {
    if (!this.passes.length) return;
    const { now } = this.stage;
    const started = this.voices.filter((voice) => voice.when <= now);
    for (const voice of this.voices) if (voice.when > now) voice.sound.cut();
    const ahead = this.passes[0].time > now; // it still counts in
    const pass = { time: ahead ? this.passes[0].time : now, from: position, to: this.end(position), rate: this.speed };
    this.passes = [pass];
    this.voices = started;
    for (const voice of started) {
      voice.end = Math.max(now, this.timeOf(pass, Math.min(voice.event.at + voice.event.duration, pass.to)));
      voice.sound.release?.(voice.end); // a click ends by itself
    }
    this.cues.plan(
      now,
      started.filter(({ event }) => event.track === "melody"),
    );
    this.cursor = this.firstFrom(position);
    while (started.some((voice) => voice.event === this.events[this.cursor])) this.cursor += 1;
    this.tick();
  }

  finish() {
    this.cues.tell(Infinity);
    this.clear(); // the last note rings on
    this.rest = 0;
    this.enter("stopped");
    this.on.end?.();
  }

  silence() {
    for (const voice of this.voices) voice.sound.cut();
    for (const click of this.clicks) click.cut();
    this.cues.release();
    this.clear();
  }

  clear() {
    this.timers.clearInterval(this.timer);
    /** @type {Pass[]} */
    this.passes = [];
    /** @type {Struck[]} */
    this.voices = [];
    /** @type {Voice[]} */
    this.clicks = [];
    this.cues = new Cues(this.on);
    this.cursor = 0;
  }

  enter(state) {
    if (state === this.state) return;
    this.state = state;
    this.on.state?.(state);
  }

  end(from) {
    return this.section && from < this.section.to - SAME ? this.section.to : this.length;
  }

  firstFrom(position) {
    const index = this.events.findIndex((event) => event.at >= position - SAME);
    return index < 0 ? this.events.length : index;
  }

  timeOf(pass, at) {
    return pass.time + (this.tempo.seconds(at) - this.tempo.seconds(pass.from)) / pass.rate;
  }

  passAt(time) {
    return this.passes.findLast((one) => one.time <= time);
  }

  positionAt(time) {
    const pass = this.passAt(time);
    if (!pass) return this.passes[0].from;
    const at = this.tempo.at(this.tempo.seconds(pass.from) + (time - pass.time) * pass.rate);
    return Math.min(at, pass.to);
  }
}
