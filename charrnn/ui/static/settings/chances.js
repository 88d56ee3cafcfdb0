// What the temperature does: the chances of the next character at one step of a tune, colder, as chosen, and hotter.
// The steps come from charrnn/ui/answers/chances.py, the first with the page and then with every tune.

import { element, inputAt, readValue, whenThere } from "../dom.js";

/** @import { ChancesElement, Step } from "../types" */

const COLD = 0.5;
const HOT = 1.5;
const SHOWN = 7; // the most probable characters; the rest are one bar more
const REST = "…";

/**
 * Probabilities of a step's characters at a temperature. The temperature divides the network's logits, and not what is
 * copied; 0 takes the most probable character at 1.
 *
 * @param {Step} step
 */
export function chancesAt({ share, characters, others }, temperature) {
  const logits = [...characters.map(([, logit]) => logit), ...others];
  const greatest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp((logit - greatest) / (temperature || 1)));
  const all = sum(weights);
  const mixed = characters.map(([, , copied], place) => (share * weights[place]) / all + copied);
  if (temperature === 0) return mixed.map((_, place) => Number(place === mixed.indexOf(Math.max(...mixed))));
  const total = sum(mixed);
  return mixed.map((one) => one / total);
}

function sum(numbers) {
  return numbers.reduce((before, one) => before + one, 0);
}

export function mount(root, props, watch) {
  const strip = new Chances(root.querySelector(".chances"));
  strip.show(readValue(props));
  watch("value", () => strip.show(readValue(props)));
}

/**
 * A tune has come with a step of its own.
 *
 * @param {Step | null | undefined} step
 */
export function tellStep(step) {
  /** @type {ChancesElement | null} */
  const chances = document.querySelector(".chances");
  if (step) chances?.strip?.show(step);
}

export class Chances {
  constructor(root) {
    this.root = root;
    /** @type {Step | null} */
    this.step = null;
    this.temperature = null;
    root.strip = this; // for the slider, and for who has a step to show
    whenThere(() => inputAt("#temperature input[type=number]")).then((box) => this.follow(Number(box.value)));
  }

  /** @param {Step | null} step */
  show(step) {
    if (!step?.characters?.length) return; // what was shown stays
    this.step = step;
    this.draw();
  }

  follow(temperature) {
    if (!Number.isFinite(temperature) || temperature < 0) return;
    this.temperature = temperature;
    this.draw();
  }

  draw() {
    this.root.hidden = !this.step || this.temperature === null;
    if (this.root.hidden) return;
    const { before, character, characters } = this.step;
    const names = [...characters.slice(0, SHOWN).map(([name]) => name), ...(characters.length > SHOWN ? [REST] : [])];
    const panels = [
      [COLD, false],
      [this.temperature, true],
      [HOT, false],
    ];
    this.root
      .querySelector(".temperatures")
      .replaceChildren(...panels.map(([temperature, own]) => this.panel(temperature, own, names, character)));
    const after = before ? [" after ", element("code", { textContent: before })] : [" at the start"];
    this.root
      .querySelector("figcaption")
      .replaceChildren(
        "Probability of the next character",
        ...after,
        "; the tune has ",
        element("code", { textContent: character }),
        ".",
      );
  }

  panel(temperature, own, names, character) {
    const all = chancesAt(this.step, temperature);
    const rest = sum(all.slice(SHOWN));
    const chances = [...all.slice(0, SHOWN), rest].slice(0, names.length);
    const told = names
      .map((name, place) => `${name === REST ? "others" : name} ${Math.round(100 * chances[place])} %`)
      .join(", ");
    const columns = chances.map((chance) => {
      const column = element("span", { data: { chance: chance.toFixed(4) } });
      column.style.height = `${100 * chance}%`;
      return column;
    });
    const letters = names.map((name) =>
      element("span", { textContent: name, className: name === character ? "taken" : "" }),
    );
    return element(
      "div",
      { className: own ? "own" : "", role: "img", "aria-label": `At ${temperature}: ${told}` },
      element("h4", { textContent: own ? `${temperature}, chosen` : String(temperature) }),
      element("div", { className: "columns" }, ...columns),
      element("div", { className: "letters" }, ...letters),
    );
  }
}
