// How a key is spelled: from a MIDI pitch to a letter and its accidental. Pure functions; a key is its number of
// sharps, negative for flats, as in a key signature.

const LETTERS = "FCGDAEB"; // along the line of fifths; C is at 0
const MODES = { major: 0, minor: -3, dorian: -2, mixolydian: -1, lydian: 1, phrygian: -4, locrian: -5 };
const FLATTEST = -3; // of the twelve notes that a key uses, in fifths from its C: E flat in C major, and ...
const OCTAVE = 12;
// By their sharps; of two that fit as well, the first is taken.
const USUAL_KEYS = { C: 0, G: 1, D: 2, A: 3, F: -1, Bb: -2, Am: 0, Em: 1, Bm: 2, Dm: -1, Gm: -2 };
const SIGNS = { "-2": "__", "-1": "_", 0: "=", 1: "^", 2: "^^" };

export function sharpsOf(tonic, mode) {
  if (!tonic) return 0;
  const alteration = { "#": 1, b: -1 }[tonic[1]] ?? 0;
  return LETTERS.indexOf(tonic[0]) - 1 + 7 * alteration + (MODES[mode] ?? 0);
}

// ... G sharp; so minor keys have their leading note. { letter, octave, alteration }, with middle C in octave 4.
export function spell(pitch, sharps) {
  const lowest = sharps + FLATTEST;
  const fifths = lowest + modulo(7 * pitch - lowest, OCTAVE);
  const alteration = Math.floor((fifths + 1) / 7);
  return { letter: LETTERS[modulo(fifths + 1, 7)], alteration, octave: Math.floor((pitch - alteration) / OCTAVE) - 1 };
}

// What the key signature makes of a letter: -1, 0 or 1.
export function inKey(letter, sharps) {
  return Math.ceil((sharps - LETTERS.indexOf(letter)) / 7) + 0; // no -0
}

export function sign(alteration) {
  return SIGNS[alteration];
}

// "C," to "c''", as ABC has it.
export function letterIn(octave, letter) {
  return octave > 4 ? letter.toLowerCase() + "'".repeat(octave - 5) : letter + ",".repeat(4 - octave);
}

// The key that notes are most probably in, of those that dances have: "D" or "Em". The fewest accidentals decide first,
// then how many notes belong to the tonic's triad, and whether the first and the last are the tonic.
export function likelyKey(pitches) {
  const names = [...Object.keys(USUAL_KEYS)];
  const scores = names.map((name) => scoreOf(pitches, USUAL_KEYS[name], name.endsWith("m")));
  return names[scores.indexOf(Math.max(...scores))];
}

function scoreOf(pitches, sharps, isMinor) {
  if (!pitches.length) return 0;
  const tonic = modulo(7 * (isMinor ? sharps + 3 : sharps), OCTAVE);
  const triad = [0, isMinor ? 3 : 4, 7];
  const isTonic = (pitch) => Number(modulo(pitch - tonic, OCTAVE) === 0);
  const foreign = pitches.filter((pitch) => {
    const { letter, alteration } = spell(pitch, sharps);
    return alteration !== inKey(letter, sharps);
  });
  const inTriad = pitches.filter((pitch) => triad.includes(modulo(pitch - tonic, OCTAVE)));
  return (5 * inTriad.length) / pitches.length + isTonic(pitches[0]) + isTonic(pitches.at(-1)) - 4 * foreign.length;
}

// In words, for a key's label: "F sharp 4".
export function nameOf(pitch, sharps = 0) {
  const { letter, alteration, octave } = spell(pitch, sharps);
  return `${letter}${{ 1: " sharp", "-1": " flat" }[alteration] ?? ""} ${octave}`;
}

function modulo(number, by) {
  return ((number % by) + by) % by;
}
