// Shape it: changes to the tune that is shown.

import { element, inputAt } from "../dom.js";

/** @import { ScorePage } from "../score/score.js" */
/** @import { Value } from "../types" */

const TONICS = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
const INTERVALS = {
  12: "an octave up",
  7: "a fifth up",
  5: "a fourth up",
  4: "a major third up",
  3: "a minor third up",
  2: "a tone up",
  1: "a semitone up",
  "-1": "a semitone down",
  "-2": "a tone down",
  "-3": "a minor third down",
  "-4": "a major third down",
  "-5": "a fourth down",
  "-7": "a fifth down",
  "-12": "an octave down",
};

export class Shape {
  /** @param {Pick<ScorePage, "value" | "asking" | "say">} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.toKey = root.querySelector(".to-key");
    this.by = root.querySelector(".by-interval");
    this.toKey.append(option("", "key …"), ...TONICS.map((tonic) => option(tonic, tonic)));
    const steps = Object.keys(INTERVALS).sort((one, other) => Number(other) - Number(one));
    this.by.append(
      option("", "interval …"),
      option("instrument", "what my instrument plays"),
      ...steps.map((step) => option(step, INTERVALS[step])),
    );
    this.toKey.addEventListener("change", () => (this.by.value = ""));
    this.by.addEventListener("change", () => (this.toKey.value = ""));
    for (const button of root.querySelectorAll("[data-rework]")) {
      button.addEventListener("click", () => page.asking.rework(button.dataset.rework));
    }
    root.querySelector(".transpose").addEventListener("click", () => this.transpose());
  }

  /** @param {Value} value */
  show(value, busy) {
    const usable = Boolean(value.sound) && !busy;
    for (const control of this.root.querySelectorAll("button, select")) control.disabled = !usable;
  }

  transpose() {
    const mode = /^[A-G][#b]?(.*)$/.exec(this.page.value.key ?? "")?.[1] ?? "";
    if (this.toKey.value) {
      this.page.asking.change("transpose", { key: this.toKey.value + mode });
    } else if (this.by.value === "instrument") {
      this.page.asking.change("transpose", { for_instrument: chosenInstrument() });
    } else if (this.by.value) {
      this.page.asking.change("transpose", { semitones: Number(this.by.value) });
    } else {
      this.page.say("Choose a key or an interval first.");
    }
  }
}

// Its label, as the menu of the settings shows it.
function chosenInstrument() {
  return inputAt("#instrument input")?.value ?? "";
}

function option(value, textContent) {
  return element("option", { value, textContent });
}
