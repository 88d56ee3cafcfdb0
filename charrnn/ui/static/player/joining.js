// Several tunes as one, for a set: values of charrnn/ui/answers/sound.py one after the other, without a gap.
//
// The next tune begins where the last one comes round. Its first bar line falls on one of the last tune's, so that the
// dance goes on in step: a pick-up takes the end of the last bar if no note begins there, and what a last bar lacks is
// waited for.

/** @import { Sound } from "../types" */

const SAME = 1e-6; // whole notes that are no difference
/** @type {("notes" | "voices" | "accompaniment")[]} */
const TRACKS = ["notes", "voices", "accompaniment"];

/**
 * The sound; its notes and bars say as "piece", and as their third value, which tune they are of, from 0. "starts" is
 * where each tune begins.
 *
 * @param {Sound[]} sounds
 */
export function joined(sounds) {
  /** @type {Required<Sound>} */
  const whole = {
    length: 0,
    end: 0,
    tempo: [],
    meter: [],
    bars: [],
    starts: [],
    notes: [],
    voices: [],
    accompaniment: [],
  };
  let start = 0;
  sounds.forEach((sound, piece) => {
    if (piece) start += startAfter(sounds[piece - 1], sound);
    cut(whole, start);
    whole.starts.push(start);
    whole.length = start + sound.length;
    whole.end = start + (sound.end ?? sound.length);
    for (const [at, pace] of sound.tempo) whole.tempo.push([start + at, pace]);
    for (const [at, beat, beats] of sound.meter) whole.meter.push([start + at, beat, beats]);
    for (const [at, bar] of sound.bars ?? []) whole.bars.push([start + at, bar, piece]);
    for (const track of TRACKS) {
      whole[track].push(...(sound[track] ?? []).map((note) => ({ ...note, at: start + note.at, piece })));
    }
  });
  return whole;
}

/**
 * Whole notes from the start of a tune to that of the next one.
 *
 * @param {Sound} sound
 * @param {Sound} next
 */
export function startAfter(sound, next) {
  const end = sound.end ?? sound.length;
  const [first, beat, beats] = sound.meter.findLast(([at]) => at <= end + SAME) ?? sound.meter[0];
  const pickup = next.meter[0][0];
  const bar = beat * beats;
  const inStep = first + Math.round((end + pickup - first) / bar) * bar - pickup;
  const last = Math.max(0, ...["notes", "voices"].flatMap((track) => (sound[track] ?? []).map(({ at }) => at)));
  return inStep > last + SAME ? inStep : end;
}

/**
 * Nothing sounds on into what begins now, or begins after it.
 *
 * @param {Sound} whole
 */
function cut(whole, start) {
  for (const name of ["tempo", "meter", "bars"]) whole[name] = whole[name].filter(([at]) => at < start - SAME);
  for (const track of TRACKS) {
    const before = whole[track].filter(({ at }) => at < start - SAME);
    whole[track] = before.map((note) => ({ ...note, duration: Math.min(note.duration, start - note.at) }));
  }
}
