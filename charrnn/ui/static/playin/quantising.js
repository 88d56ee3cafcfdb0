// What was played in time, as note values. Pure functions.

import { WHOLE } from "./durations.js";

/** @import { EnteredEvent } from "../types" */
/** @typedef {{ pitch: number, from: number, to: number }} Played in seconds from the first beat */

const LEGATO = 0.35; // of a grid step: a gap so small between two notes is none

/**
 * The events begin with a rest where the player did.
 *
 * @param {Played[]} played one voice, in the order of their onsets
 * @param {{ seconds: number, beat: number, grid?: number }} setting seconds of a beat; beat and grid in ticks
 * @returns {EnteredEvent[]}
 */
export function quantise(played, { seconds, beat, grid = WHOLE / 16 }) {
  const steps = (time) => Math.round((time / seconds) * (beat / grid));
  const notes = [];
  for (const { pitch, from, to } of played) {
    const start = Math.max(0, steps(from));
    const end = Math.max(start + 1, Math.round((to / seconds) * (beat / grid) + LEGATO));
    if (notes.at(-1)?.start === start) notes.pop(); // two at once: the later one is meant
    notes.push({ pitch, start, end });
  }
  return notes.flatMap(({ pitch, start, end }, place) => {
    const before = place ? notes[place - 1].heardTo : 0;
    const next = notes[place + 1]?.start ?? Infinity;
    notes[place].heardTo = Math.min(end, next);
    return [...rest((start - before) * grid), note(pitch, (notes[place].heardTo - start) * grid)];
  });
}

function rest(ticks) {
  return ticks > 0 ? [{ pitch: null, ticks, tie: false, triplet: false }] : [];
}

function note(pitch, ticks) {
  return { pitch, ticks, tie: false, triplet: false };
}
