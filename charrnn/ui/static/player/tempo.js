// Whole notes to seconds and back, through the changes of tempo of a tune.

/** @import { Sound } from "../types" */

export class TempoMap {
  /** @param {Sound["tempo"]} changes the first from 0 on */
  constructor(changes) {
    let seconds = 0;
    this.stretches = changes.map(([at, pace], index) => {
      if (index) seconds += (at - changes[index - 1][0]) * changes[index - 1][1];
      return { at, pace, seconds };
    });
  }

  seconds(at) {
    const stretch = this.stretches.findLast((one) => one.at <= at) ?? this.stretches[0];
    return stretch.seconds + (at - stretch.at) * stretch.pace;
  }

  at(seconds) {
    const stretch = this.stretches.findLast((one) => one.seconds <= seconds) ?? this.stretches[0];
    return stretch.at + (seconds - stretch.seconds) / stretch.pace;
  }
}
