// What the player tells of its notes, each at its time: "note" when it can be heard, "release" when it is let go.

/** @import { PlayerEvent, PlayerListener } from "../types" */
/** @typedef {{ time: number, tell: "note" | "release", event: PlayerEvent }} Cue */

export class Cues {
  /** @param {Pick<PlayerListener, "note" | "release">} on */
  constructor(on) {
    this.on = on;
    /** @type {Cue[]} */
    this.waiting = [];
  }

  add(event, when, end) {
    this.waiting.push({ time: when, tell: "note", event }, { time: end, tell: "release", event });
    this.waiting.sort((one, other) => one.time - other.time || (one.tell === "release" ? -1 : 1));
  }

  tell(now) {
    while (this.waiting.length && this.waiting[0].time <= now) {
      const { tell, event } = this.waiting.shift();
      this.on[tell]?.(event);
    }
  }

  // What is due by now is still told; of the events that sound, when they now end.
  plan(now, sounding) {
    this.waiting = this.waiting.filter((cue) => cue.time <= now);
    for (const { event, end } of sounding) this.waiting.push({ time: end, tell: "release", event });
  }

  // Whatever was told to sound is told to be let go, now.
  release() {
    for (const { tell, event } of this.waiting) {
      const isTold = !this.waiting.some((cue) => cue.tell === "note" && cue.event === event);
      if (tell === "release" && isTold) this.on.release?.(event);
    }
    this.waiting = [];
  }
}
