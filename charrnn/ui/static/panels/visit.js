// The tunes of this visit: kept in this tab's session storage, and nowhere else.

import { element } from "../dom.js";

/** @import { ScorePage } from "../score/score.js" */
/** @import { Value } from "../types" */

const KEY = "charrnn-visit-1";
const MOST = 50;
const MOST_CHARACTERS = 20_000; // of one tune

export class Visit {
  /** @param {Pick<ScorePage, "asking" | "book" | "say">} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.entries = load();
    root.querySelector(".forget").addEventListener("click", () => {
      this.entries = [];
      this.keep();
    });
    this.draw();
  }

  /** @param {Value} value */
  add({ abc, title, facts, settings }) {
    if (abc.length > MOST_CHARACTERS) return;
    this.entries = [{ abc, title, facts, settings }, ...this.entries.filter((entry) => entry.abc !== abc)].slice(
      0,
      MOST,
    );
    this.keep();
  }

  keep() {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.entries));
    } catch {
      // no room, or not allowed: the list lives as long as the page
    }
    this.draw();
  }

  draw() {
    this.root.querySelector(".forget").disabled = !this.entries.length;
    this.root.querySelector(".visited").replaceChildren(
      ...this.entries.map((entry) => {
        const button = element("button", {
          type: "button",
          className: "plain",
          textContent: entry.title || "Untitled",
        });
        button.addEventListener("click", () => this.page.asking.openAgain(entry));
        const into = element("button", {
          type: "button",
          textContent: "Put into my book",
          "aria-label": `Put ${entry.title || "Untitled"} into my book`,
        });
        into.addEventListener("click", () => this.page.say(this.page.book.put(entry)));
        return element(
          "li",
          {},
          button,
          element("span", { className: "facts", textContent: ` ${entry.facts ?? ""} ` }),
          into,
        );
      }),
    );
  }
}

function load() {
  try {
    const entries = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(entries) ? entries.filter((entry) => typeof entry?.abc === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}
