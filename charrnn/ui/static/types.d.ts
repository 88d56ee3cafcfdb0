// What travels between the server and the scripts, and between the scripts, for tsc and for editors; no browser reads
// it. Places and durations are in whole notes from the start of the tune, as everywhere in the player.

import type { Player } from "./player/player.js";
import type { ScorePage } from "./score/score.js";
import type { Chances } from "./settings/chances.js";
import type { Panel } from "./playin/panel.js";

/** What the score component is sent: charrnn/ui/answers/value.py. Which fields it has depends on its state. */
export interface Value {
  state: "empty" | "loading" | "writing" | "working" | "done" | "text" | "failed" | "unreadable" | "inside";
  abc?: string;
  title?: string;
  facts?: string;
  key?: string;
  note?: string; // how it ended, or what is wrong
  whose?: string; // who wrote what is not right
  problems?: { line: number; column: number; message: string }[];
  filename?: string;
  settings?: object | null; // of the request: charrnn/sampling/options.py; null where it was not composed
  link?: string;
  bars?: number; // of the text, which a selection is of
  counted?: number; // bars as musicians count them
  typed?: boolean; // a person chose its beams and line ends
  originality?: { compared: boolean; sentence: string; more?: string; copy?: boolean; passage?: Range | null } | null;
  swings?: boolean;
  silence?: string; // why it cannot be played
  unseen?: string; // why it cannot be drawn
  sound?: Sound | null;
  picture?: Picture | null;
  step?: Step | null;
  done?: string; // what was changed: "bars", ...
  candidates?: Candidate[];
  variants?: Variant[];
  chosen?: number; // the place of this tune among its candidates or variants
  seed?: number; // that the tune's characters are drawn with, told once
  others?: number[]; // bars that each of several candidates has by now
  file?: OpenedFile;
  set?: TuneSet;
}

/** Two numbers with what is between them: [first, last] of bars, [first, end) of notes. */
export type Range = [number, number];

export interface Candidate {
  abc: string;
  title: string;
  facts: string;
  svg: string;
  score: number;
  parts: Record<string, number>; // of the score, by criterion
}

export interface Variant {
  abc: string;
  bits: number;
  svg: string;
}

/** A file of the visitor's: charrnn/ui/handlers/files.py. Tunes and voices count from 1. */
export interface OpenedFile {
  tunes: string[]; // titles
  tune: number;
  voices: string[];
  voice: number;
  sentence: string;
  seed: string;
  sent: SentFile;
}

export interface SentFile {
  name: string;
  base64: string;
}

/** Tunes to play one after the other; with the text of the address if it came from one. */
export interface TuneSet {
  name: string;
  tunes: { abc: string; title: string }[];
  link?: string;
}

/** A tune to play: charrnn/ui/answers/sound.py. One of several tunes (player/joining.js) says which notes are whose. */
export interface Sound {
  length: number;
  end?: number; // where it comes round again
  tempo: [at: number, secondsOfAWholeNote: number][];
  meter: [firstBeat: number, beat: number, beatsInABar: number][];
  bars?: [at: number, bar: number, piece?: number][];
  notes: Note[];
  voices?: Note[];
  accompaniment?: Note[];
  starts?: number[];
}

export interface Note {
  at: number;
  duration: number;
  pitch: number; // MIDI
  id?: number;
  notes?: number[]; // those of the text that it plays
  gain?: number;
  piece?: number; // of a set, from 0
}

/** A note, or a click of the metronome, as the player has it; index is its place in its track. */
export interface PlayerEvent extends Partial<Note> {
  at: number;
  duration: number;
  track: string;
  index?: number;
  accented?: boolean;
}

/** Where a player's notes sound. Times are seconds of its clock. */
export interface Stage {
  readonly now: number;
  readonly heard: number; // what of it has reached the ear
  onChange: () => void; // called when notes would sound otherwise from now on
  resume(): Promise<void>; // the clock runs
  strike(track: string, pitch: number, when: number, duration: number, gain?: number): Voice;
  click(when: number, accented: boolean): Voice; // of the metronome
}

/** A sound that has been started, or is planned: it can be taken back and, if it is a note, be let go. */
export interface Voice {
  cut(): void;
  release?(when: number): void;
}

/** What a player tells. A note, of the melody only, begins and ends when that can be heard. */
export interface PlayerListener {
  state?(name: string): void;
  note?(event: PlayerEvent): void;
  release?(event: PlayerEvent): void;
  rate?(rate: number): void; // when a loop that gets faster has come round
  end?(): void;
}

/** What the player's controls tell. */
export interface TransportListener extends Pick<PlayerListener, "note" | "release"> {
  state(): void;
  look(): void; // the picture or the sound has to be had anew: chords, swing, straight, as typed, fingering, capo, part
  liking?(): void; // what is remembered in the address has changed
  silent?(): void; // the browser has no sound
}

/** An engraved score: charrnn/ui/answers/picture.py. */
export interface Picture {
  svg: string;
  width: number; // pixels
  part: string;
  higher: number; // semitones above the sound
  strings: number; // of the tablature; 0 where there is none
  notes: string[][]; // ids of each note's pieces
  measures: [id: string, bar: number, notes: number[], number: number][];
}

/** What a visitor points at in the score. */
export interface StaffListener {
  seek(note: number): void;
  select(range: Range | null): void;
  sight(): Range; // [top, bottom] of the window's part that nothing covers
}

/** One character of a tune and what else it could have been: charrnn/ui/answers/chances.py. */
export interface Step {
  before: string;
  character: string;
  share: number;
  characters: [name: string, logit: number, copied: number][];
  others: number[];
}

/** How the visitor looks at a tune, told with every request: charrnn/ui/answers/view.py. */
export interface View {
  width: number;
  chords: boolean;
  swing: boolean;
  straight: boolean;
  typed: boolean;
  fingering: string;
  capo: number; // its fret
  part: string;
}

/** What gradio gives the score's script. */
export interface Tools {
  trigger(event: string, data: object): void;
  server: Record<string, (sent: object) => Promise<any>>;
  catalog: string | null; // address of the sampled instruments
}

/** A context that is heard, or one to render into, which lacks what is optional here. */
export type MixedContext = BaseAudioContext & Partial<Pick<AudioContext, "outputLatency" | "suspend" | "resume">>;

/** An instrument: its file, and the notes in it. */
export interface Samples {
  buffer: AudioBuffer;
  notes: Sample[];
}

/** A note of an instrument's file: charrnn/render/audio/library.py. Times are seconds of the file. */
export interface Sample {
  pitch: number;
  start: number;
  end: number;
  loop: [from: number, to: number] | null;
  decay: number | null;
}

/** What is entered in the panel: a note, a rest (pitch null), or a bar line before its bar is full. */
export interface EnteredEvent {
  pitch?: number | null;
  ticks?: number; // playin/durations.js
  tie?: boolean; // to the next
  triplet?: boolean;
  bar?: true;
}

/** Where entered notes go: what playin/setting.js reads from a seed. Durations are in ticks. */
export interface Setting {
  sharps: number; // of the key; negative for flats
  unit: number; // that a length in ABC multiplies
  bar: number | null; // null in free meter
  group: number | null; // that a beam holds
  beat: number; // of the metronome
  position: number; // how much of the bar is filled
  altered: string[]; // letters that have an accidental in this bar
}

/** What holds down keys tells: a source is a finger, a key of the computer or one of a MIDI keyboard. */
export interface KeysListener {
  press(pitch: number, source: string): void;
  release(source: string): void;
}

/** What element() of dom.js takes. */
export type Properties<Name extends keyof HTMLElementTagNameMap> = Partial<HTMLElementTagNameMap[Name]> & {
  data?: Record<string, string | number>;
  role?: string;
  [attribute: `${string}-${string}`]: string;
};

// Elements that hold the object behind them: the page's scripts find each other by it, and tests look into it.
export type ScoreElement = HTMLElement & { page: ScorePage; player: Player; readonly view: View };
export type ChancesElement = HTMLElement & { strip: Chances };
export type PlayInElement = HTMLDetailsElement & { panel: Panel };

declare global {
  interface Window {
    /** The sampled instruments of a gallery, in base64: charrnn/gallery/sounds.py. */
    charrnnSounds?: {
      catalog: { instruments: Record<string, { file: string }> };
      files: Record<string, string>;
    } | null;
  }
}
