// The notes that were entered, step by step: a value stays chosen, and everything can be undone. Knows neither ABC nor
// the page.

import { VALUES, dotted } from "./durations.js";

/** @import { EnteredEvent } from "../types" */

export class Entry {
  constructor() {
    /** @type {EnteredEvent[]} */
    this.events = [];
    /** @type {EnteredEvent[][]} */
    this.past = [];
    this.value = "eighth";
    this.dots = 0;
    this.triplet = false;
  }

  // Of the value that is chosen.
  get ticks() {
    return dotted(VALUES[this.value], this.dots);
  }

  get last() {
    return this.events.at(-1) ?? null;
  }

  get canTie() {
    return Number.isInteger(this.last?.pitch);
  }

  get isTying() {
    return Boolean(this.last?.tie);
  }

  press(pitch) {
    this.add({ pitch, ticks: this.ticks, tie: false, triplet: this.triplet });
  }

  rest() {
    this.add({ pitch: null, ticks: this.ticks, tie: false, triplet: this.triplet });
  }

  // A bar line before the bar is full: after a pick-up.
  bar() {
    if (this.events.length && !this.last.bar) this.add({ bar: true });
  }

  // Ties the last note to the next, if that has its pitch; or takes the tie back.
  tie() {
    if (this.canTie) this.become([...this.events.slice(0, -1), { ...this.last, tie: !this.last.tie }]);
  }

  /** @param {EnteredEvent[]} events */
  add(...events) {
    this.become([...this.events, ...events]);
  }

  deleteLast() {
    if (this.events.length) this.become(this.events.slice(0, -1));
  }

  clear() {
    if (this.events.length) this.become([]);
  }

  undo() {
    this.events = this.past.pop() ?? this.events;
  }

  get canUndo() {
    return this.past.length > 0;
  }

  // What was typed meanwhile is no longer ours to undo.
  forget() {
    this.events = [];
    this.past = [];
  }

  become(events) {
    this.past.push(this.events);
    this.events = events;
  }
}
