// Look inside: the tune's characters by their probability, what else each could have been, and a plot of surprise.

import { element, svgElement } from "../dom.js";

/** @import { ScorePage } from "../score/score.js" */
/** @import { Value } from "../types" */

const STEPS = [0.05, 0.2, 0.5, 0.9]; // borders of the colours
const MOST_BITS = 8; // of the plot; rarer characters are cut off there
const END = "\n"; // as the model writes the end of a tune
const NAMES = { [END]: "end of the tune" };

export class Inside {
  /** @param {Pick<ScorePage, "value" | "asking">} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.button = root.querySelector(".look");
    this.looked = root.querySelector(".looked");
    this.characters = root.querySelector(".characters");
    this.button.addEventListener("click", () => page.asking.look());
    this.characters.addEventListener("click", (event) => {
      const one = event.target.closest("[data-place]");
      if (one) this.choose(Number(one.dataset.place));
    });
    this.characters.addEventListener("keydown", (event) => this.key(event));
    root.querySelector(".surprise svg").addEventListener("click", (event) => this.pick(event));
  }

  /** @param {Value} value */
  show(value, busy) {
    this.button.disabled = !value.sound || busy;
    if (this.shown && this.shown.abc === value.abc) return;
    this.shown = null;
    this.looked.hidden = true;
    this.button.hidden = false;
  }

  open(answer) {
    if (answer.abc !== this.page.value.abc) return; // another tune is shown by now
    this.shown = answer;
    this.looked.hidden = false;
    this.button.hidden = true;
    this.characters.replaceChildren(...answer.moments.map((moment, place) => character(moment, place)));
    this.plot(answer.moments);
    const surprising = answer.moments.reduce(
      (best, moment, place) => (moment.bits > answer.moments[best].bits ? place : best),
      0,
    );
    this.choose(surprising);
  }

  choose(place) {
    this.place = Math.min(Math.max(place, 0), this.shown.moments.length - 1);
    for (const old of this.characters.querySelectorAll("[aria-selected=true]")) {
      old.setAttribute("aria-selected", "false");
    }
    const chosen = this.characters.children[this.place];
    chosen.setAttribute("aria-selected", "true");
    this.characters.setAttribute("aria-activedescendant", chosen.id);
    this.root.querySelector(".surprise .here")?.setAttribute("x", this.place);
    this.step(this.shown.moments[this.place]);
  }

  key(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -16, ArrowDown: 16, Home: -1e6, End: 1e6 };
    if (!(event.key in moves) || !this.shown) return;
    event.preventDefault();
    this.choose(this.place + moves[event.key]);
  }

  pick(event) {
    const box = event.currentTarget.getBoundingClientRect();
    this.choose(Math.floor(((event.clientX - box.left) / box.width) * this.shown.moments.length));
  }

  // The alternatives as bars: at each temperature (1 is unscaled), and after the grammar.
  step(moment) {
    const heads = [
      "",
      ...this.shown.temperatures.map(
        (temperature) => `at ${temperature.toFixed(1)}${temperature === 1 ? ", unscaled" : ""}`,
      ),
      "after the grammar",
    ];
    const rows = moment.alternatives.map(([name, after, ...tempered]) =>
      element(
        "tr",
        { className: name === moment.character ? "taken" : "" },
        element("th", { scope: "row", textContent: shown(name) }),
        ...[...tempered, after].map((probability) => bar(probability)),
      ),
    );
    const percent = `${(100 * moment.probability).toFixed(moment.probability < 0.1 ? 1 : 0)} %`;
    this.root
      .querySelector(".step")
      .replaceChildren(
        element(
          "p",
          { className: "verdict" },
          `It wrote `,
          element("code", { textContent: shown(moment.character) }),
          ` (${percent}, ${moment.bits.toFixed(1)} bits). It could have been:`,
        ),
        element(
          "table",
          {},
          element(
            "thead",
            {},
            element("tr", {}, ...heads.map((head) => element("th", { scope: "col", textContent: head }))),
          ),
          element("tbody", {}, ...rows),
        ),
      );
  }

  plot(moments) {
    const svg = this.root.querySelector(".surprise svg");
    svg.setAttribute("viewBox", `0 0 ${moments.length} ${MOST_BITS}`);
    const drawn = moments.map((moment, place) => {
      const bits = Math.min(moment.bits, MOST_BITS);
      return rectangle("bits", place + 0.1, MOST_BITS - bits, 0.8, bits);
    });
    const lines = moments.flatMap((moment, place) =>
      moment.character === "|" ? [rectangle("bar-line", place + 0.45, 0, 0.1, MOST_BITS)] : [],
    );
    svg.replaceChildren(...lines, ...drawn, rectangle("here", 0, 0, 1, MOST_BITS));
  }
}

function character({ character: text, probability }, place) {
  const step = STEPS.filter((border) => probability >= border).length;
  return element("span", {
    role: "option",
    id: `step-${place}`,
    className: `p${step}`,
    data: { place },
    textContent: shown(text),
    "aria-selected": "false",
    "aria-label": `${NAMES[text] ?? text}, ${Math.round(100 * probability)} percent`,
  });
}

function shown(text) {
  return text === END ? "end" : text;
}

function bar(probability) {
  if (probability === null) return element("td", { textContent: "–" });
  const percent = 100 * probability;
  const fill = element("span", { className: "fill" });
  fill.style.width = `${percent}%`;
  return element(
    "td",
    {},
    element("span", { className: "meter" }, fill),
    ` ${percent < 1 && percent > 0 ? "<1" : Math.round(percent)} %`,
  );
}

function rectangle(name, x, y, width, height) {
  return svgElement("rect", { class: name, x, y, width, height });
}
