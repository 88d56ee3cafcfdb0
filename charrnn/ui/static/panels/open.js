// Opens a file of the visitor's, by a button or by dropping it on the page. The browser reads it and sends its content
// to charrnn/ui/handlers/files.py; the tune comes back as the one that is shown, as a step that can be undone.

import { element, seedBox } from "../dom.js";

/** @import { ScorePage } from "../score/score.js" */
/** @import { SentFile, Value } from "../types" */

const MOST_BYTES = 1_000_000; // as charrnn/limits.py has it
const OPENING = "Opening the file …";

export class OpenFile {
  /** @param {ScorePage} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.panel = root.querySelector(".opened");
    this.input = root.querySelector(".file-input");
    root.querySelector(".open-file").addEventListener("click", () => this.input.click());
    this.input.addEventListener("change", () => this.chosen());
    this.menu("which-tune").addEventListener("change", (event) => this.again({ tune: Number(event.target.value) }));
    this.menu("which-voice").addEventListener("change", (event) => this.again({ voice: Number(event.target.value) }));
    root.querySelector(".to-seed").addEventListener("click", () => this.toSeed());
    root.querySelector(".to-book").addEventListener("click", () => this.page.book.import(this.page.value.file.sent));
    this.listenToDrops();
  }

  menu(name) {
    return this.panel.querySelector(`.${name}`);
  }

  chosen() {
    const [file] = this.input.files;
    if (file) this.open(file);
    this.input.value = ""; // the same file may be chosen again
  }

  // Before gradio's own text boxes, which take files for text.
  listenToDrops() {
    const hasFile = (event) => event.dataTransfer?.types.includes("Files");
    const on = (name, act) =>
      document.addEventListener(
        name,
        (event) => {
          if (!hasFile(event)) return;
          event.preventDefault();
          event.stopPropagation();
          act(event);
        },
        { capture: true },
      );
    const mark = (isOver) => this.root.classList.toggle("is-dropping", isOver);
    on("dragover", () => mark(true));
    on("dragleave", (event) => event.relatedTarget === null && mark(false));
    on("drop", (event) => {
      mark(false);
      this.open(event.dataTransfer.files[0]);
    });
  }

  /** @param {File | undefined} file */
  async open(file) {
    if (!file) return;
    const { page } = this;
    if (page.busy) {
      page.say("A tune is being written; stop it, or wait for it, before you open a file.");
    } else if (file.size > MOST_BYTES) {
      page.say(
        `${file.name} has ${file.size.toLocaleString("en")} bytes; at most ${MOST_BYTES.toLocaleString("en")} can be opened.`,
      );
    } else {
      try {
        await this.ask({ name: file.name, base64: await base64Of(file) });
      } catch {
        page.say(`${file.name} cannot be read.`);
      }
    }
  }

  /**
   * Another tune or voice of the file that is shown.
   *
   * @param {{ tune?: number, voice?: number }} choice
   */
  again(choice) {
    const { sent, tune } = this.page.value.file;
    return this.ask({ ...sent, tune, ...choice });
  }

  /** @param {SentFile & { tune?: number, voice?: number }} wanted */
  async ask(wanted) {
    const { page } = this;
    const turn = (page.turn += 1);
    page.say(OPENING);
    const answer = await page.asking.ask("open_file", { ...wanted, abc: undefined, settings: undefined });
    if (answer && turn === page.turn) {
      const { name, base64 } = wanted;
      page.open({ ...answer, file: { ...answer.file, sent: { name, base64 } } });
    } else if (!answer) {
      this.show(page.value);
    } // the menus as they were
  }

  /** @param {Value} value */
  show({ file }) {
    this.panel.hidden = !file;
    if (!file) return;
    this.panel.querySelector(".opened-sentence").textContent = `${file.sent.name}: ${file.sentence}`;
    this.fill(
      "tunes",
      "which-tune",
      file.tunes.map((title, index) => `${index + 1}. ${title || "Untitled"}`),
      file.tune,
    );
    this.panel.querySelector(".to-book").hidden = file.tunes.length < 2;
    this.fill("voices", "which-voice", file.voices, file.voice);
  }

  fill(name, menu, texts, chosen) {
    this.panel.querySelector(`.${name}-label`).hidden = texts.length < 2;
    const options = texts.map((text, index) =>
      element("option", { value: String(index + 1), textContent: text, selected: index + 1 === chosen }),
    );
    this.menu(menu).replaceChildren(...options);
  }

  toSeed() {
    const box = seedBox();
    box.value = this.page.value.file.seed;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    this.page.say("The first bars are the seed now; press Generate to go on from them.");
  }
}

function base64Of(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      const address = String(reader.result); // "data:...;base64,..."
      resolve(address.slice(address.indexOf(",") + 1));
    });
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
