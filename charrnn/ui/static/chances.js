// What the temperature does: the chances of the next character at one step of a tune, colder, as chosen, and hotter. The
// steps come from charrnn/ui/chances.py, the first with the page and then with every tune; the rest is a softmax.

import { element } from "./dom.js";

const COLD = 0.5;
const HOT = 1.5;
const SHOWN = 7; // the most probable characters; the rest are one bar more
const REST = "…";

// Probabilities at a temperature, from logits; 0 gives all to the greatest.
export function softmax(logits, temperature) {
  const greatest = Math.max(...logits);
  if (temperature === 0) return logits.map((_, place) => Number(place === logits.indexOf(greatest)));
  const weights = logits.map((logit) => Math.exp((logit - greatest) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

export function mount(root, props, watch) {
  const strip = new Chances(root.querySelector(".chances"));
  strip.follow(Number(document.querySelector("#temperature input[type=number]")?.value));
  strip.show(props.value);
  watch("value", () => strip.show(props.value));
}

// A tune has come with a step of its own.
export function tellStep(step) {
  if (step) document.querySelector(".chances")?.strip?.show(step);
}

class Chances {
  constructor(root) {
    this.root = root;
    this.temperature = null;
    root.strip = this; // for the slider, and for who has a step to show
  }

  show(step) {
    if (!step?.logits?.length) return; // what was shown stays
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
    const { before, character, logits } = this.step;
    const names = [...logits.slice(0, SHOWN).map(([name]) => name), ...(logits.length > SHOWN ? [REST] : [])];
    const panels = [
      [COLD, false],
      [this.temperature, true],
      [HOT, false],
    ];
    this.root.querySelector(".temperatures").replaceChildren(
      ...panels.map(([temperature, own]) => this.panel(temperature, own, names, character)),
    );
    const after = before ? [" after ", element("code", { textContent: before })] : [" at the start"];
    this.root.querySelector("figcaption").replaceChildren("Chances of the next character", ...after, ", where the tune has ", element("code", { textContent: character }), ".");
  }

  panel(temperature, own, names, character) {
    const all = softmax(this.step.logits.map(([, logit]) => logit), temperature);
    const rest = all.slice(SHOWN).reduce((sum, one) => sum + one, 0);
    const chances = [...all.slice(0, SHOWN), rest].slice(0, names.length);
    const told = names.map((name, place) => `${name === REST ? "others" : name} ${Math.round(100 * chances[place])} %`).join(", ");
    const columns = chances.map((chance) => {
      const column = element("span", { data: { chance: chance.toFixed(4) } });
      column.style.height = `${100 * chance}%`;
      return column;
    });
    const letters = names.map((name) => element("span", { textContent: name, className: name === character ? "taken" : "" }));
    return element(
      "div",
      { className: own ? "own" : "", role: "img", "aria-label": `At ${temperature}: ${told}` },
      element("h4", { textContent: own ? `${temperature}, chosen` : String(temperature) }),
      element("div", { className: "columns" }, ...columns),
      element("div", { className: "letters" }, ...letters),
    );
  }
}
