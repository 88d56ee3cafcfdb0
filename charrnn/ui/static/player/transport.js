// The player's controls. Remembers what the visitor likes (instrument, volume ...) for this page, and tells it.

import { clock, inputAt } from "../dom.js";
import { Mixer } from "./mixer.js";
import { Player, SILENCE } from "./player.js";
import { drawRoll } from "./roll.js";

/** @import { Range, Sound, TransportListener, Value } from "../types" */

const PARTS = ["Bb", "Eb", "F"]; // beside concert pitch

export class Transport {
  /**
   * @param {HTMLElement} root
   * @param {string | null} catalog address of the sampled instruments
   * @param {TransportListener} on
   */
  constructor(root, catalog, on) {
    this.root = root;
    this.on = on;
    /** @type {Range | null} */
    this.section = null; // the bars that are selected
    /** @type {Sound["bars"]} */
    this.bars = [];
    /** @type {number | undefined} */
    this.piece = undefined; // which tune of a set is shown (joining.js)
    this.mixer = new Mixer(catalog && new URL(catalog, document.baseURI));
    this.player = new Player(this.mixer, {
      state: () => this.showPlaying(),
      note: (event) => on.note(event),
      release: (event) => on.release(event),
      rate: (rate) => this.showTempo(rate),
    });
    this.setVolume();
    this.listen("play", "click", () => this.toggle());
    this.listen("stop", "click", () => this.stop());
    this.listen("position", "input", ({ target }) => this.seek(Number(target.value)));
    this.listen("instrument", "change", () => this.setInstrument());
    this.listen("volume", "input", () => this.setVolume());
    this.listen("tempo", "input", () => this.setTempo());
    this.listen("chords", "change", () => this.setChords());
    this.listen("melody", "change", () => this.setMelody());
    this.listen("metronome", "change", ({ target }) => (this.player.metronome = target.checked));
    this.listen("faster", "change", ({ target }) => (this.player.faster = Number(target.value) / 100));
    this.listen("swing", "change", () => on.look());
    this.listen("straight", "change", () => on.look());
    this.listen("typed", "change", () => on.look());
    this.listen("fingering", "change", () => on.look());
    this.listen("capo", "change", () => on.look());
    this.listen("written-part", "change", () => on.look());
    this.listen("loop", "change", () => this.setLoop());
    this.listen("more-sound", "click", () => this.showMore());
  }

  /**
   * A control of the template, of whatever kind.
   *
   * @returns {any}
   */
  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  listen(name, event, act) {
    this.part(name).addEventListener(event, act);
  }

  get chords() {
    return this.part("chords").checked;
  }

  get swing() {
    return this.part("swing").checked;
  }

  get straight() {
    return this.part("straight").checked;
  }

  get typed() {
    return this.part("typed").checked;
  }

  // The instrument that the settings' menu shows, while its fingerings are shown.
  get fingering() {
    return this.part("fingering").checked ? (inputAt("#instrument input")?.value ?? "") : "";
  }

  // The fret of a capo on it.
  get capo() {
    return Number(this.part("capo").value);
  }

  // The transposing instrument that the score is written for: "C", "Bb", "Eb" or "F".
  get writtenPart() {
    return this.part("written-part").value;
  }

  get instrument() {
    return this.part("instrument").value;
  }

  /**
   * What a link tells beside the tune; only what is known is taken.
   *
   * @param {Record<string, string>} likings
   */
  restore({ instrument, chords, swing, straight, typed, part }) {
    const { options } = this.part("instrument");
    if ([...options].some((one) => one.value === instrument)) this.part("instrument").value = instrument;
    if (chords === "0") this.part("chords").checked = false;
    if (swing === "0") this.part("swing").checked = false;
    if (straight === "1") this.part("straight").checked = true;
    if (typed === "0") this.part("typed").checked = false;
    if (PARTS.includes(part)) this.part("written-part").value = part;
  }

  /**
   * The same tune seen otherwise goes on where it was.
   *
   * @param {Pick<Value, "picture" | "sound" | "swings" | "typed"> | null} value
   */
  load(value, { same = false } = {}) {
    const { position, running } = this.player;
    const sound = value?.sound ?? null;
    for (const name of ["play", "stop", "position"]) this.part(name).disabled = !sound;
    this.part("swing-label").hidden = !value?.swings;
    this.part("typed-label").hidden = !value?.typed;
    this.part("capo-label").hidden = !value?.picture?.strings;
    this.bars = sound?.bars ?? [];
    this.piece = undefined;
    this.player.load(sound ?? SILENCE);
    this.part("position").max = this.player.length || 1;
    for (const roll of this.root.querySelectorAll(".roll")) drawRoll(roll, this.player.notes, this.player.length);
    if (!same) this.section = null;
    if (sound) {
      this.mixer.warm();
      this.setInstrument();
      this.mixer.setMuted("accompaniment", !this.chords);
      this.setMelody();
      this.setLoop();
    }
    if (same && position) this.player.seek(position);
    if (same && running) this.player.play();
    this.showPosition();
  }

  toggle() {
    if (this.player.running) this.player.pause();
    else this.player.play({ countIn: this.part("count-in").checked }).catch(() => this.silent());
  }

  silent() {
    this.stop();
    this.on.silent?.();
  }

  stop() {
    this.player.stop();
    this.showPosition();
  }

  seek(at) {
    this.player.seek(at);
    this.showPosition();
  }

  /**
   * To the first time that a written note is played.
   *
   * @param {number} note
   */
  seekWritten(note) {
    const event = this.player.notes.find((one) => one.piece === this.piece && one.notes.includes(note));
    if (event) this.seek(event.at);
    return event ?? null;
  }

  // The event played at the present position, and its neighbours: what the arrow keys move over.
  step(by) {
    const { notes, position } = this.player;
    let index = notes.findLastIndex((event) => event.at <= position + 1e-6);
    const from = notes[index]?.at ?? 0;
    index += by;
    while (notes[index] && notes[index].at === from) index += by;
    const event = notes[Math.min(Math.max(index, 0), notes.length - 1)] ?? null;
    if (event) this.seek(event.at);
    return event;
  }

  stepBar(by) {
    const place = this.bars.findLastIndex(([at]) => at <= this.player.position + 1e-6);
    const bar = this.bars[Math.min(Math.max(place + by, 0), this.bars.length - 1)];
    if (!bar) return null;
    this.seek(bar[0]);
    return this.player.notes.find((event) => event.at >= bar[0] - 1e-6) ?? null;
  }

  /**
   * Bars of the text, the first time that they are played; null for the whole tune.
   *
   * @param {Range | null} range
   */
  select(range) {
    this.section = range;
    this.setLoop();
  }

  setLoop() {
    this.part("faster-label").hidden = !this.part("loop").checked;
    if (!this.part("loop").checked) {
      this.player.loop(null);
      return;
    }
    const [from, to] = this.timesOf(this.section);
    this.player.loop(from, to);
  }

  /** @param {Range | null} range */
  timesOf(range) {
    const { turn } = this.player;
    if (!range) return [0, turn];
    const first = this.bars.findIndex(([, bar, piece]) => piece === this.piece && bar >= range[0] && bar <= range[1]);
    if (first < 0) return [0, turn];
    let last = first;
    /** @param {Sound["bars"][number]} place */
    const goesOn = ([, bar, piece]) => piece === this.piece && bar > this.bars[last][1] && bar <= range[1];
    while (this.bars[last + 1] && goesOn(this.bars[last + 1])) last += 1;
    return [this.bars[first][0], this.bars[last + 1]?.[0] ?? turn];
  }

  setInstrument() {
    this.mixer.setInstrument(this.instrument);
    this.on.liking?.();
  }

  setVolume() {
    this.mixer.setVolume(Number(this.part("volume").value) / 100);
  }

  setTempo() {
    const percent = Number(this.part("tempo").value);
    this.player.rate = percent / 100;
    this.showTempo(this.player.rate);
  }

  showTempo(rate) {
    const percent = Math.round(100 * rate);
    this.part("tempo").value = percent;
    this.part("tempo-value").textContent = `${percent} %`;
    this.showPosition();
  }

  setMelody() {
    for (const track of ["melody", "voices"]) this.mixer.setMuted(track, !this.part("melody").checked);
  }

  setChords() {
    this.mixer.setMuted("accompaniment", !this.chords);
    this.on.look();
  }

  // On a narrow page the controls of the sound are folded away.
  showMore() {
    const isOpen = this.root.classList.toggle("open");
    this.part("more-sound").setAttribute("aria-expanded", String(isOpen));
  }

  /**
   * [top, bottom] of the part of the window that the player does not cover.
   *
   * @returns {Range}
   */
  get sight() {
    const { top, bottom } = this.root.getBoundingClientRect();
    if (top > innerHeight / 2) return [0, Math.min(top, innerHeight)];
    return [Math.max(bottom, 0), innerHeight];
  }

  showPlaying() {
    const playing = this.player.running;
    this.part("play").classList.toggle("playing", playing);
    this.part("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    this.showPosition();
    this.on.state();
    if (playing) requestAnimationFrame(() => this.follow());
  }

  follow() {
    this.showPosition();
    if (this.player.running) requestAnimationFrame(() => this.follow());
  }

  showPosition() {
    const { length, position, seconds } = this.player;
    const played = this.player.secondsTo(position);
    this.part("position").value = position;
    this.part("position").setAttribute("aria-valuetext", `${clock(played)} of ${clock(seconds)}`);
    this.part("played").style.clipPath = `inset(0 ${length ? 100 - (100 * position) / length : 100}% 0 0)`;
    this.part("time").textContent = `${clock(played)} / ${clock(seconds)}`;
  }
}
