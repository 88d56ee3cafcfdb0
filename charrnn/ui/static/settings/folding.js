// Folds the settings of a narrow page into one line that says what was asked for (summary.js). A tap opens them again.
// The style sheet (page.css) hides what is folded, and the line on a wide page.

import { inputAt, seedBox } from "../dom.js";
import { summary } from "./summary.js";

const FOLDED = "folded";
const NARROW = matchMedia("(max-width: 768px)"); // as page.css has it

export function mount(element) {
  element.querySelector(".summary").addEventListener("click", () => fold(!isFolded()));
}

// A tune has been asked for: the settings fold, and stand at the top of a narrow page's window.
export function foldForTune() {
  tell(asked());
  fold(true);
  if (NARROW.matches) column()?.scrollIntoView({ block: "start" });
  return NARROW.matches;
}

// A tune is shown that was made with these settings, or with unknown ones (null).
export function tellSettings(settings) {
  const isFirst = !column()?.dataset.asked;
  if (settings) tell(settings);
  if (isFirst) fold(Boolean(column()?.dataset.asked));
}

// What the controls say now.
function asked() {
  const form = inputAt("#form input");
  const parts = form && !form.disabled ? /^[A-H]+(?=:)/.exec(form.value)?.[0] : null;
  const temperature = inputAt("#temperature input[type=number]")?.value;
  return { seed_text: seedBox()?.value, parts, temperature };
}

function tell(settings) {
  const text = summary(settings);
  const line = document.querySelector("#summary .asked");
  if (!line) return;
  line.textContent = text;
  column().dataset.asked = text; // the line is shown from now on
}

function fold(isFolding) {
  column()?.classList.toggle(FOLDED, isFolding);
  document.querySelector("#summary .summary")?.setAttribute("aria-expanded", String(!isFolding));
}

function isFolded() {
  return column()?.classList.contains(FOLDED);
}

/** @returns {HTMLElement | null} */
function column() {
  return document.querySelector("#settings");
}
