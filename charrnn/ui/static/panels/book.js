// My book: the panel around tunebook.js. The book is kept in the browser's local storage, and nowhere else; files are
// made by charrnn/ui/handlers/book.py.

import { element } from "../dom.js";
import { bytesOf, download } from "./download.js";
import { copySetAddress } from "./link.js";
import * as tunebook from "./tunebook.js";

/** @import { ScorePage } from "../score/score.js" */
/** @import { SentFile, TuneSet, Value } from "../types" */

const NO_ROOM =
  "This browser has no room for your book or keeps nothing: it lasts until you leave the page. Download it.";
const DAMAGED = "Part of your book could not be read in this browser and was left out.";
const plural = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;

export class Book {
  /** @param {Pick<ScorePage, "value" | "asking" | "sets" | "say" | "root">} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    /** @type {string | null} */
    this.renaming = null; // id of a tune
    /** @type {TuneSet | null} */
    this.linked = null;
    this.read();
    addEventListener("storage", ({ key }) => key === tunebook.KEY && this.read()); // another tab has changed it
    this.on("put-in", () => this.say(this.put(this.page.value)));
    this.on("linked-play", () => this.page.sets.play(this.linked, this.linked.link));
    this.on("linked-keep", () => this.change((book) => tunebook.addSet(book, this.linked), "The set is in your book."));
    this.on("book-clear", () => this.clear());
    this.part("book-title").addEventListener("change", ({ target }) =>
      this.change((book) => tunebook.nameBook(book, target.value)),
    );
    this.part("book-list").addEventListener("click", ({ target }) => this.act(target.closest("button")));
    this.part("take-along").addEventListener("click", ({ target }) =>
      this.takeAlong(target.closest("button[data-kind]")),
    );
  }

  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  on(name, act) {
    this.part(name).addEventListener("click", act);
  }

  say(sentence) {
    this.part("book-said").textContent = sentence;
  }

  // -- kept in the browser

  read() {
    let text = null;
    try {
      text = localStorage.getItem(tunebook.KEY);
    } catch {
      // not allowed
    }
    const { book, isWhole } = tunebook.fromText(text);
    this.book = book;
    if (!isWhole) this.say(DAMAGED);
    this.draw();
  }

  // Whether there was room.
  keep() {
    try {
      localStorage.setItem(tunebook.KEY, tunebook.toText(this.book));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * The sentence for what was done, or why it was not.
   *
   * @param {(book: tunebook.Book) => tunebook.Book} change
   */
  changed(change, done = "") {
    try {
      this.book = change(this.book);
    } catch (error) {
      if (error instanceof tunebook.BookError) return error.message;
      throw error;
    }
    const isKept = this.keep();
    this.draw();
    return isKept ? done : NO_ROOM;
  }

  change(change, done) {
    this.say(this.changed(change, done));
  }

  /** @param {{ abc?: string, title?: string }} tune */
  put({ abc, title }) {
    return this.changed((book) => tunebook.add(book, { abc, title }), `${title || "The tune"} is in your book.`);
  }

  clear() {
    const count = tunebook.tunesOf(this.book).length;
    if (!confirm(`Remove ${plural(count, "tune")} from your book? This cannot be undone.`)) return;
    this.change(() => tunebook.EMPTY, "Your book is empty.");
  }

  /**
   * All tunes of a file that is open.
   *
   * @param {SentFile} sent
   */
  async import(sent) {
    const { page } = this;
    page.say("Reading the file …");
    const answer = await page.asking.ask("read_book", { ...sent, abc: undefined, settings: undefined });
    if (!answer) return;
    const { book, added, left } = tunebook.addAll(this.book, answer.tunes);
    const sentence = this.changed(
      () => book,
      `${plural(added, "tune")} of ${sent.name} ${added === 1 ? "is" : "are"} in your book now.`,
    );
    const beyond = answer.beyond + left;
    const rest = beyond
      ? ` ${plural(beyond, "tune")} ${beyond === 1 ? "was" : "were"} left out: a book has each tune once, and at most ${tunebook.MOST_TUNES} of at most 20,000 characters each.`
      : "";
    page.say(sentence + rest);
  }

  // -- what the page shows

  /** @param {Value} value */
  show(value) {
    this.part("put-in").disabled = value.state !== "done";
    this.linked = value.set ?? null;
    this.part("linked-set").hidden = !this.linked;
    if (!this.linked) return;
    const { name, tunes } = this.linked;
    this.part("linked-words").textContent =
      `The link holds a set${name && ` (${name})`}: ${tunes.map(({ title }) => title || "Untitled").join(", ")}.`;
  }

  draw() {
    const { activeElement } = document;
    const focused = activeElement instanceof HTMLElement ? activeElement.dataset.focus : undefined;
    const { title, sections } = this.book;
    this.part("book-title").value = title;
    for (const kind of this.part("take-along").querySelectorAll("button")) kind.disabled = !sections.length;
    this.part("book-list").replaceChildren(...sections.map((section, place) => this.section(section, place)));
    if (focused) this.focusAgain(...focused.split(" "));
  }

  // Whoever uses the keyboard goes on at the same button, or at one beside it.
  focusAgain(id, act) {
    const usable = (name) => this.root.querySelector(`[data-focus="${id} ${name}"]:enabled`);
    const near = { up: "down", down: "up", setUp: "setDown", setDown: "setUp", title: "rename" }[act] ?? "rename";
    (usable(act) ?? usable(near) ?? usable("open") ?? this.part("put-in")).focus();
  }

  /**
   * @param {tunebook.Section} section
   * @param {number} place
   */
  section({ name, tunes }, place) {
    const last = this.book.sections.length - 1;
    if (tunes.length < 2) {
      return element("li", {}, this.tune(tunes[0], place, { first: place === 0, last: place === last }));
    }
    const rows = tunes.map((tune, index) =>
      element("li", {}, this.tune(tune, place, { first: index === 0, last: index === tunes.length - 1, inSet: true })),
    );
    const label = name || `Set of ${tunes.length}`;
    const header = element(
      "div",
      { className: "book-row" },
      this.nameOfSet(label, name, place),
      button("Play the set", "playSet", `s${tunes[0].id}`, { place, label: `Play the set ${label}` }),
      button("Copy link", "linkSet", `s${tunes[0].id}`, { place, label: `Copy a link to the set ${label}` }),
      button("↑", "setUp", `s${tunes[0].id}`, { place, label: `Move ${label} up`, disabled: place === 0 }),
      button("↓", "setDown", `s${tunes[0].id}`, { place, label: `Move ${label} down`, disabled: place === last }),
      place > 0
        ? button("Join with above", "join", `s${tunes[0].id}`, {
            place,
            label: `Join ${label} with what stands above it`,
          })
        : null,
    );
    return element(
      "li",
      { className: "set", role: "group", "aria-label": label },
      header,
      element("ol", { className: "tunes-of-set" }, ...rows),
    );
  }

  nameOfSet(label, name, place) {
    const input = element("input", {
      type: "text",
      value: name,
      placeholder: label,
      maxLength: tunebook.MOST_OF_A_NAME,
      "aria-label": `Name of the set ${label}`,
    });
    input.addEventListener("change", () => this.change((book) => tunebook.nameSet(book, place, input.value)));
    return element("span", { className: "name" }, input);
  }

  /**
   * @param {tunebook.Tune} tune
   * @param {number} place of its section
   * @param {{ first: boolean, last: boolean, inSet?: boolean }} where
   */
  tune(tune, place, { first, last, inSet = false }) {
    const { id, title, abc } = tune;
    return element(
      "div",
      { className: "book-row" },
      this.renaming === id
        ? this.titleBox(tune)
        : element(
            "span",
            { className: "name" },
            button(title, "open", id, { className: "plain" }),
            element("span", { className: "facts", textContent: ` ${tunebook.factsOf(abc)}` }),
          ),
      button("↑", "up", id, { label: `Move ${title} up`, disabled: first }),
      button("↓", "down", id, { label: `Move ${title} down`, disabled: last }),
      button("Rename", "rename", id, { label: `Rename ${title}` }),
      inSet ? button("Take out of the set", "takeOut", id, { label: `Take ${title} out of the set` }) : null,
      !inSet && place > 0
        ? button("Join with above", "join", id, { place, label: `Make a set of ${title} and what stands above it` })
        : null,
      button("Remove", "remove", id, { label: `Remove ${title} from the book` }),
    );
  }

  /** @param {tunebook.Tune} tune */
  titleBox({ id, title }) {
    const box = element("input", {
      type: "text",
      value: title,
      maxLength: tunebook.MOST_OF_A_NAME,
      "aria-label": `New title of ${title}`,
      data: { focus: `${id} title` },
    });
    const end = (isKept) => {
      if (this.renaming !== id) return;
      this.renaming = null;
      if (isKept && box.value !== title) this.change((book) => tunebook.rename(book, id, box.value));
      this.draw();
    };
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault(); // of the button that has the focus next
      event.stopPropagation();
      end(event.key === "Enter");
    });
    box.addEventListener("blur", () => end(true));
    return element("span", { className: "name" }, box);
  }

  // -- what a button of the list does

  act(pressed) {
    if (!pressed) return;
    const { act, tune: id } = pressed.dataset;
    const place = Number(pressed.dataset.place);
    const acts = {
      open: () => this.page.asking.openAgain(this.tuneNamed(id)),
      up: () => this.change((book) => tunebook.moveTune(book, id, -1)),
      down: () => this.change((book) => tunebook.moveTune(book, id, 1)),
      setUp: () => this.change((book) => tunebook.moveSection(book, place, -1)),
      setDown: () => this.change((book) => tunebook.moveSection(book, place, 1)),
      join: () => this.change((book) => tunebook.join(book, place)),
      takeOut: () => this.change((book) => tunebook.takeOut(book, id)),
      remove: () =>
        this.change((book) => tunebook.remove(book, id), `${this.tuneNamed(id)?.title} is no longer in your book.`),
      rename: () => this.rename(id),
      playSet: () => this.page.sets.play(this.book.sections[place]),
      linkSet: () => this.copyLink(this.book.sections[place]),
    };
    acts[act]?.();
  }

  tuneNamed(id) {
    return tunebook.tunesOf(this.book).find((tune) => tune.id === id);
  }

  rename(id) {
    this.renaming = id;
    this.draw();
    const box = this.root.querySelector(`[data-focus="${id} title"]`);
    box.focus();
    box.select();
  }

  // -- taking it along

  /** @param {tunebook.Section} section */
  async copyLink({ name, tunes }) {
    const answer = await this.ask("set_link", { name, tunes: tunes.map(({ abc }) => abc) });
    if (!answer) return;
    const isCopied = await copySetAddress(answer.link);
    this.say(
      isCopied
        ? "Link copied. It contains the tunes of the set."
        : "Copy the address of this page. It contains the tunes of the set.",
    );
  }

  async takeAlong(pressed) {
    if (!pressed) return;
    const { kind, paper } = pressed.dataset;
    const { title, sections } = this.book;
    if (kind === "abc") {
      download(`${fileName(title)}.abc`, "text/vnd.abc;charset=utf-8", tunebook.toAbc(this.book));
      return;
    }
    pressed.disabled = true;
    this.say("Making the file …");
    const sent = sections.map(({ name, tunes }) => ({ name, tunes: tunes.map(({ abc }) => abc) }));
    const made = await this.ask("book_file", { kind, paper, title, sections: sent });
    pressed.disabled = false;
    if (!made) return;
    this.say("");
    download(made.name, made.type, bytesOf(made.base64));
  }

  // As Asking, with its sentence where this panel has its own.
  async ask(name, sent) {
    const { page } = this;
    const answer = await page.asking.ask(name, { ...sent, abc: undefined, settings: undefined });
    if (!answer) this.say(page.root.querySelector(".remark").textContent);
    return answer;
  }
}

function fileName(title) {
  return (
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "my-book"
  );
}

/**
 * A button of the list. The label says what it does where its text does not; the place is that of its section.
 *
 * @param {string} text
 * @param {string} act
 * @param {string} id of a tune, or of a set
 * @param {{ label?: string, place?: number, disabled?: boolean, className?: string }} [options]
 */
function button(text, act, id, { label, place, disabled = false, className = "" } = {}) {
  const data = { act, tune: id, focus: `${id} ${act}`, ...(place === undefined ? {} : { place }) };
  return element("button", {
    type: "button",
    textContent: text,
    className,
    disabled,
    data,
    ...(label ? { "aria-label": label } : {}),
  });
}
