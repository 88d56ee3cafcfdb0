// What the score says in words. Whatever a person or the model wrote reaches the page through textContent only.

/** @import { Candidate, Range, Value, Variant } from "../types" */

const NOTES = ["C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B"];
const HINT = "Click a note to play from there. Drag across bars to select them.";
const KEYS = "Arrows move, space plays, shift and arrows select bars.";

export class Words {
  // The notice follows the remarks until the next tune grows.
  constructor(root, notice = "") {
    this.root = root;
    this.notice = notice;
  }

  put(name, text) {
    this.root.querySelector(`.${name}`).textContent = text ?? "";
  }

  headline(title, facts) {
    this.put("title", title);
    this.put("facts", facts);
    this.put("where", ""); // it was a place in the tune before
  }

  remark(...sentences) {
    this.put("remark", [...sentences, this.notice].filter(Boolean).join(" "));
  }

  /** @param {Value} value */
  growing({ state, others }) {
    this.notice = "";
    if (state === "loading") {
      this.headline("Loading", "The model is still loading.");
    } else if (others?.length) {
      this.headline(
        "Writing",
        `${others.length} tunes at once, one character at a time. This is the first; the best is shown at the end.`,
      );
    } else {
      this.headline("Writing", "One character at a time.");
    }
    this.remark();
  }

  /** @param {Value} value */
  noTune({ state, note }) {
    if (state === "empty") this.headline("No tune yet", "Press Generate to write one.");
    else this.headline("Untitled", "");
    this.remark(note);
  }

  /** @param {Value} value */
  tune({ title, facts, note, silence, unseen, counted }) {
    this.headline(title || "Untitled", facts);
    this.remark(note, silence && `It cannot be played: ${silence}.`, unseen);
    this.root
      .querySelector(".sheet")
      .setAttribute("aria-label", `Score of ${title || "the tune"}, ${counted} bars. ${KEYS}`);
  }

  /**
   * Numbers of bars, as musicians count them.
   *
   * @param {Range | null} range
   */
  selected(range) {
    const bars =
      range &&
      (range[0] === range[1] ? `Bar ${range[0]} is selected.` : `Bars ${range[0]} to ${range[1]} are selected.`);
    this.put("selected-bars", bars ?? HINT);
  }

  // Where playing would go on.
  where(bar, pitch) {
    this.put("where", `Bar ${bar ?? "?"}: ${NOTES[pitch % 12]}`);
  }
}

/**
 * A whole tune, for Choices.
 *
 * @param {Candidate} candidate
 */
export function describeCandidate({ title, facts, score, parts }, place) {
  return {
    name: `${place + 1}. ${title}`,
    lines: [facts, `score ${score.toFixed(2)}`],
    why: Object.entries(parts)
      .map(([name, worth]) => `${name} ${worth.toFixed(2)}`)
      .join(", "),
  };
}

/**
 * A version of some bars, for Choices.
 *
 * @param {Variant} version
 */
export function describeVersion({ bits }, place) {
  return { name: `Version ${place + 1}`, lines: [`surprise of what follows: ${bits.toFixed(2)} bits`] };
}
