// Musical time in ticks, whole numbers, so that dots and triplets come out even.

export const WHOLE = 1536;
export const VALUES = { whole: WHOLE, half: WHOLE / 2, quarter: WHOLE / 4, eighth: WHOLE / 8, sixteenth: WHOLE / 16 };
const DOTTED = [1, 3 / 2, 7 / 4]; // no dot, one, two
const SHORTEST = WHOLE / 64;

export function dotted(ticks, dots) {
  return ticks * DOTTED[dots];
}

// A duration as notes that are tied: plain and dotted ones, the longest first.
export function inNotes(ticks) {
  const notes = [];
  let rest = ticks;
  while (rest > 0) {
    const longest = longestWithin(rest);
    notes.push(longest);
    rest -= longest;
  }
  return notes;
}

function longestWithin(ticks) {
  for (let value = 2 * WHOLE; value >= SHORTEST; value /= 2) {
    if (dotted(value, 1) <= ticks) return dotted(value, 1);
    if (value <= ticks) return value;
  }
  return ticks; // shorter than anything that is written: as it is
}

// "3/2" of a unit, as ABC writes it.
export function lengthIn(ticks, unit) {
  const divisor = greatestCommonDivisor(ticks, unit);
  const [over, under] = [ticks / divisor, unit / divisor];
  if (under === 1) return over === 1 ? "" : String(over);
  return `${over === 1 ? "" : over}/${under === 2 ? "" : under}`;
}

function greatestCommonDivisor(one, other) {
  return other ? greatestCommonDivisor(other, one % other) : one;
}
