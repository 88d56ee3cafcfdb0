// Is it new? One sentence, and the passage in the score.

/** @import { ScorePage } from "../score/score.js" */
/** @import { Value } from "../types" */

export class Newness {
  /** @param {Pick<ScorePage, "mark">} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.found = null;
    this.active = false;
    this.switch = root.querySelector(".mark-passage");
    this.switch.addEventListener("change", () => this.mark());
  }

  /** @param {Value} value */
  show(value) {
    this.found = value.originality ?? null;
    this.root.querySelector(".verdict").textContent = this.found?.sentence ?? "Generate a tune first.";
    this.root.querySelector(".more").textContent = this.found?.more ?? "";
    for (const part of this.root.querySelectorAll(".compared")) part.hidden = this.found?.compared === false;
    this.root.classList.toggle("is-copy", Boolean(this.found?.copy));
    this.mark();
  }

  // While its tab is in front.
  activate(active) {
    this.active = active;
    this.mark();
  }

  mark() {
    this.page.mark(this.active && this.switch.checked ? (this.found?.passage ?? null) : null);
  }
}
