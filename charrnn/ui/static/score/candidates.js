// Several tunes side by side, or several ways for a few bars: small pictures to choose from.

import { element, svgFrom } from "../dom.js";

/** @import { Candidate, Variant } from "../types" */
/** @typedef {Candidate | Variant} Choice */

export class Choices {
  /**
   * choose is called with one of the choices that were shown, and its place among them.
   *
   * @param {(choice: Choice, place: number) => void} choose
   */
  constructor(root, choose) {
    this.root = root;
    this.choose = choose;
  }

  clear() {
    this.root.hidden = true;
    this.root.replaceChildren();
  }

  /**
   * @template {Choice} Kind
   * @param {Kind[]} choices
   * @param {(choice: Kind, place: number) => { name: string, lines: string[], why?: string }} describe
   * @param {number} [chosen] place of the one that is shown now
   */
  show(choices, describe, chosen = 0) {
    this.root.hidden = choices.length < 2;
    this.root.replaceChildren(
      ...choices.map((choice, place) => {
        const { name, lines, why = "" } = describe(choice, place);
        const button = element(
          "button",
          {
            type: "button",
            className: "choice",
            title: why,
            "aria-pressed": String(place === chosen),
            "aria-label": [name, ...lines].join(", "),
          },
          element("span", { className: "choice-name", textContent: name }),
          choice.svg ? svgFrom(choice.svg) : null,
          ...lines.map((line) => element("span", { className: "choice-line", textContent: line })),
        );
        button.addEventListener("click", () => this.take(choice, place, button));
        return button;
      }),
    );
  }

  // While they are written: how many bars each has.
  progress(bars) {
    this.root.hidden = !bars.length;
    this.root.replaceChildren(
      ...bars.map((count, place) =>
        element("span", { className: "choice growing", textContent: `Candidate ${place + 1}: bar ${count + 1}` }),
      ),
    );
  }

  take(choice, place, button) {
    for (const other of this.root.querySelectorAll(".choice")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    this.choose(choice, place);
  }
}
