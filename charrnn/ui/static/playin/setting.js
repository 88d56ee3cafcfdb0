// What a seed says about the notes that are to follow it: key, meter, unit length, and where its last bar stands. Pure
// functions of text.

import { follow, parted } from "../settings/header.js";
import { WHOLE } from "./durations.js";
import { likelyKey, sharpsOf } from "./spelling.js";

/** @import { Setting } from "../types" */

const METERS = { C: [4, 4], "C|": [2, 2] };
const METER = /^\(?([0-9+]+)\)?\/([0-9]+)$/;
const FRACTION = /^([0-9]+)\/([0-9]+)$/;
const DEFAULT_METER = "4/4";
const DEFAULT_UNIT = "1/8"; // where nothing of the header is typed
const IGNORED = /"[^"]*"|![^!]*!|\{[^}]*\}|%.*|\[[A-Za-z]:[^\]]*\]/g;
const BAR_LINE = /:*\|[|:\]\d]*|::/;
const SYMBOL = /\((\d)(?::(\d*))?(?::(\d*))?|\[([^\]]*)\]([0-9]*\/*[0-9]*)|([_=^]*)([A-Ga-gxz])[,']*([0-9]*\/*[0-9]*)/g;
const IN_THE_TIME_OF = { 2: 3, 3: 2, 4: 3, 5: 2, 6: 2, 7: 2, 8: 3, 9: 2 };

/**
 * { head, music, setting }: a seed's header, completed so that notes can follow it; what is typed of its music; and the
 * setting of the notes to come, for writing.js. Where the header has no key, it is the one that the pitches are likely
 * in.
 *
 * @param {string} text
 * @param {number[]} pitches
 * @returns {{ head: string, music: string, setting: Setting }}
 */
export function settingOf(text, pitches = []) {
  const { head: typed, music, value: typedValue } = parted(text);
  const head = completed(typed, typedValue, likelyKey(pitches));
  const { value } = parted(head);
  const [, tonic, mode] = follow(head);
  const [over, under] = meterOf(value("M"));
  const bar = over ? (WHOLE * over) / under : null;
  const unit = unitOf(value("L"), bar);
  return {
    head,
    music,
    setting: {
      sharps: sharpsOf(tonic, mode),
      unit,
      bar,
      group: groupOf(over, under),
      beat: beatOf(over, under),
      ...endOf(music, unit, bar),
    },
  };
}

// With a meter, a unit length and a key, in the order of the standard; K: ends the header.
function completed(head, value, likely) {
  const lines = head ? head.split("\n") : [];
  const key = value("K") ? lines.findLastIndex((line) => /^K:/.test(line)) : lines.length;
  const added = [
    ["M", DEFAULT_METER],
    ["L", value("M") ? "" : DEFAULT_UNIT],
  ].filter(([name, preset]) => preset && !value(name));
  return [
    ...lines.slice(0, key),
    ...added.map(([name, preset]) => `${name}:${preset}`),
    ...(value("K") ? lines.slice(key) : [`K:${likely}`]),
    "",
  ].join("\n");
}

// [over, under]; [0, 0] for free meter.
function meterOf(value) {
  if (value in METERS) return METERS[value];
  const [, over, under] = METER.exec(value.replace(/\s/g, "")) ?? [];
  if (!Number(under)) return [0, 0];
  return [over.split("+").reduce((sum, one) => sum + Number(one), 0), Number(under)];
}

// ABC standard 2.1, section 3.1.7: a sixteenth where the meter is under 3/4.
function unitOf(value, bar) {
  const [over, under] = (FRACTION.exec(value) ?? []).slice(1).map(Number);
  if (over && under) return (WHOLE * over) / under;
  return bar !== null && bar < (3 / 4) * WHOLE ? WHOLE / 16 : WHOLE / 8;
}

// Notes under one beam.
function groupOf(over, under) {
  if (!over) return null;
  return over === 4 && under === 4 ? WHOLE / 2 : beatOf(over, under);
}

// What the metronome clicks.
function beatOf(over, under) {
  if (!over) return WHOLE / 4;
  if (over % 3 === 0 && over > 3) return (WHOLE * 3) / under;
  return WHOLE / Math.min(under, 4);
}

// Where the typed music ends: how much of its last bar is filled, and the letters that have an accidental in it.
function endOf(music, unit, bar) {
  const clean = music.replace(IGNORED, "");
  const tail = clean.split(BAR_LINE).at(-1);
  const altered = new Set();
  let position = 0;
  let tuplet = { left: 0, factor: 1 };
  for (const [, size, time, count, chord, chordLength, accidental, letter, length] of tail.matchAll(SYMBOL)) {
    if (size) {
      tuplet = {
        left: Number(count) || Number(size),
        factor: (Number(time) || IN_THE_TIME_OF[size] || Number(size)) / size,
      };
      continue;
    }
    const inner = chord === undefined ? length : (SYMBOL_LENGTH.exec(chord)?.[1] ?? "");
    position +=
      unit *
      factorOf(inner) *
      (chord === undefined ? 1 : factorOf(chordLength)) *
      (tuplet.left > 0 ? tuplet.factor : 1);
    tuplet.left -= 1;
    if (accidental) altered.add(letter.toUpperCase());
  }
  position = Math.round(position);
  return { position: bar === null ? position : position % bar, altered: [...altered] };
}

const SYMBOL_LENGTH = /[A-Ga-gxz][,']*([0-9]*\/*[0-9]*)/;

// "3/2", "/", "//", "4", "".
function factorOf(length) {
  const [, over, slashes, under] = /^([0-9]*)(\/*)([0-9]*)$/.exec(length) ?? [];
  const divisor = under ? Number(under) : 2 ** (slashes?.length ?? 0);
  return (over ? Number(over) : 1) / (divisor || 1);
}
