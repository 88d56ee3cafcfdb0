// The tune as files. All but the text are made by the server when they are asked for; print uses the browser's own.

import { svgFrom } from "../dom.js";
import { bytesOf, download } from "./download.js";

/** @import { ScorePage } from "../score/score.js" */
/** @import { Value } from "../types" */

const OF_SOUND = ["midi", "mp3", "ogg", "flac", "wav"];

export class Downloads {
  /** @param {Pick<ScorePage, "value" | "asking">} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.menu = root.querySelector(".downloads");
    this.menu.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.kind) this.get(button);
      else if (button) this.print();
    });
    this.menu.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    document.addEventListener("click", (event) => this.menu.contains(event.target) || (this.menu.open = false));
  }

  /** @param {Value} value */
  show(value) {
    for (const button of this.menu.querySelectorAll("button")) {
      const { kind } = button.dataset;
      const needed = kind === "abc" ? value.abc : OF_SOUND.includes(kind) ? value.sound : value.picture;
      button.disabled = !needed;
    }
  }

  close() {
    this.menu.open = false;
    this.menu.querySelector("summary").focus();
  }

  async get(button) {
    const { kind, paper } = button.dataset;
    const { value } = this.page;
    this.menu.open = false;
    if (kind === "abc") {
      download(`${value.filename}.abc`, "text/vnd.abc;charset=utf-8", value.abc);
      return;
    }
    button.disabled = true;
    const made = await this.page.asking.ask("make_file", { kind, paper });
    button.disabled = false;
    if (made) download(made.name, made.type, bytesOf(made.base64));
  }

  // The score as wide as paper with its heading, without chords that are off; the style sheet hides all the rest.
  async print() {
    this.menu.open = false;
    const made = await this.page.asking.ask("make_file", { kind: "svg" });
    const svg = made && svgFrom(new TextDecoder().decode(bytesOf(made.base64)));
    if (!svg) return;
    const paper = this.root.querySelector(".paper-copy") ?? document.createElement("div");
    paper.className = "paper-copy";
    paper.replaceChildren(svg);
    this.root.querySelector(".sheet").after(paper);
    window.print();
  }
}
