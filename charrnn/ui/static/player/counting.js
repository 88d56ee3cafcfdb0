// The metronome: a bar's worth of clicks before the music, and the beats of the tune.

/** @import { Sound } from "../types" */

const SAME = 1e-6; // whole notes that are no difference

/**
 * The clicks, in seconds after the first one, and how long after that the music starts.
 *
 * @param {Sound["meter"]} meter
 * @param {number} from a position in whole notes
 * @param {number} pace seconds that a whole note takes
 */
export function countInOf(meter, from, pace) {
  const [first, beat, beats] = meter.findLast(([at]) => at <= from + SAME) ?? meter[0];
  const last = Math.ceil((from - first) / beat - SAME) - 1;
  const secondsTo = (number) => (number - (last - beats + 1)) * beat * pace;
  const numbers = Array.from({ length: beats }, (_, place) => last - beats + 1 + place);
  return {
    clicks: numbers.map((number) => ({ after: secondsTo(number), accented: number % beats === 0 })),
    seconds: secondsTo((from - first) / beat),
  };
}

/**
 * The beats before a position in whole notes.
 *
 * @param {Sound["meter"]} meter
 * @param {number} end
 */
export function beatsOf(meter, end) {
  return meter.flatMap(([first, beat, beats], index) => {
    const until = meter[index + 1]?.[0] ?? end;
    const found = [];
    for (let number = index ? 0 : -Math.floor(first / beat + SAME); first + number * beat < until - SAME; number += 1) {
      found.push({ at: first + number * beat, accented: number % beats === 0 });
    }
    return found;
  });
}
