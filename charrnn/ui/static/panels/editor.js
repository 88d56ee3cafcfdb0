// The tune's ABC, to be read and edited in place. What is not right is underlined where it stands: the marks lie behind
// a text area of the same letters, whose own text is drawn over them.

import { element } from "../dom.js";

/** @import { ScorePage } from "../score/score.js" */
/** @import { Value } from "../types" */

const PAUSE = 500; // milliseconds without a key before an edited tune is read
const WORD = /^[^\s|:]+|^[|:\]]+|^./;

export class Editor {
  /** @param {Pick<ScorePage, "asking">} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.text = root.querySelector(".abc");
    this.marks = root.querySelector(".marks");
    this.text.addEventListener("input", () => this.edited());
    this.text.addEventListener("scroll", () => this.align());
    this.text.addEventListener("blur", () => this.settle());
  }

  /** @param {Value} value */
  show(value) {
    clearTimeout(this.timer);
    this.timer = null;
    const { abc = "", problems = [] } = value;
    if (this.text.value !== abc) this.text.value = abc;
    this.text.readOnly = value.state !== "done" && value.state !== "text";
    this.underline(abc, problems);
    this.list(value, problems);
  }

  edited() {
    this.underline(this.text.value, []);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), PAUSE);
  }

  settle() {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.page.asking.change("look", { abc: this.text.value }, { edited: true });
  }

  underline(abc, problems) {
    const lines = abc.split("\n").map((line, index) => {
      const places = problems.filter((problem) => problem.line === index + 1).map((problem) => problem.column - 1);
      return marked(
        line,
        [...new Set(places)].sort((one, other) => one - other),
      );
    });
    this.marks.replaceChildren(...lines.flatMap((pieces) => [...pieces, "\n"]));
    this.align();
  }

  align() {
    if (this.root.hidden) return; // it would have the browser lay out the whole page, for each look at a growing tune
    this.marks.scrollTop = this.text.scrollTop;
    this.marks.scrollLeft = this.text.scrollLeft;
  }

  /** @param {Value} value */
  list({ state, whose }, problems) {
    const list = this.root.querySelector(".problems");
    const sentence = `This tune has ${problems.length === 1 ? "a mistake" : `${problems.length} mistakes`}`;
    list.hidden = !problems.length;
    list.querySelector("summary").textContent = whose ? `${sentence}. ${whose}` : sentence;
    list.querySelector("ul").replaceChildren(...problems.map((problem) => this.item(problem)));
    this.root.querySelector(".clean").hidden = state !== "done" || problems.length > 0;
    this.text.setAttribute("aria-invalid", String(problems.length > 0));
  }

  item({ line, column, message }) {
    const button = element("button", {
      type: "button",
      className: "plain",
      textContent: `line ${line}, column ${column}: ${message}`,
    });
    button.addEventListener("click", () => this.goTo(line, column));
    return element("li", {}, button);
  }

  goTo(line, column) {
    const before = this.text.value
      .split("\n")
      .slice(0, line - 1)
      .join("\n").length;
    const place = before + (line > 1 ? 1 : 0) + column - 1;
    this.text.focus();
    this.text.setSelectionRange(place, place + 1);
  }
}

function marked(line, places) {
  const pieces = [];
  let from = 0;
  for (const place of places) {
    if (place < from) continue;
    const word = WORD.exec(line.slice(place))?.[0] ?? " ";
    pieces.push(line.slice(from, place), element("mark", { textContent: word }));
    from = place + word.length;
  }
  return [...pieces, line.slice(from)];
}
