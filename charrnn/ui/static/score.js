// The score component: what is right of the settings. Holds the tune that is shown and hands it to the parts. The values
// come from charrnn/ui/value.py; whatever a person or the model wrote reaches the page through textContent only.

import { Choices } from "./candidates.js";
import { tellStep } from "./chances.js";
import { Downloads } from "./downloads.js";
import { Editor } from "./editor.js";
import { History } from "./history.js";
import { Inside } from "./inside.js";
import { rememberInterruption, takeInterruption } from "./interruption.js";
import { listenToKeys } from "./keyboard.js";
import { copyAddress, keepInAddress, likings } from "./link.js";
import { Newness } from "./newness.js";
import { Shape } from "./shape.js";
import { Staff } from "./staff.js";
import { Tabs } from "./tabs.js";
import { Transport } from "./transport.js";
import { Visit } from "./visit.js";

const WIDER = 12; // pixels by which the page must change before the score is engraved anew
const PAUSE = 200; // milliseconds
const EMPTY = { state: "empty" };
const NOTES = ["C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B"];

// tools: { trigger, server, catalog }; the catalog is the address of the sampled instruments, or null.
export function mount(element, props, watch, tools) {
  const root = element.querySelector(".score");
  const page = new ScorePage(root, tools);
  root.page = page; // for the tests, and for the curious
  root.player = page.transport.player;
  Object.defineProperty(root, "view", { get: () => page.view }); // charrnn/ui/score.py asks for it
  page.receive(props.value);
  watch("value", () => page.receive(props.value));
}

class ScorePage {
  constructor(root, { trigger, server, catalog }) {
    this.root = root;
    this.trigger = trigger;
    this.server = server;
    this.history = new History();
    this.value = EMPTY;
    this.busy = false;
    this.turn = 0;
    this.notice = takeInterruption();
    rememberInterruption(() => this.busy);
    this.staff = new Staff(this.part("sheet"), {
      seek: (note) => this.tell(this.transport.seekWritten(note)),
      select: (first, last) => this.select([first, last]),
    });
    this.transport = new Transport(this.part("transport"), catalog, {
      note: (event) => this.staff.sound(event.notes, true),
      release: (event) => this.staff.sound(event.notes, false),
      state: () => this.transport && this.playing(),
      look: () => this.lookAgain(),
      liking: () => this.keepAddress(),
    });
    this.transport.restore(likings());
    this.candidates = new Choices(this.part("candidates"), (choice) => this.change("look", choice, { keep: true }));
    this.variants = new Choices(this.part("variants"), (choice) => this.change("look", choice, { keep: true }));
    this.downloads = new Downloads(root, this);
    this.shape = new Shape(this.part("shape"), this);
    this.editor = new Editor(this.part("editor"), this);
    this.newness = new Newness(this.part("newness"), this);
    this.inside = new Inside(this.part("inside"), this);
    this.visit = new Visit(this.part("visit"), this);
    this.tabs = new Tabs(root, (name) => this.newness.activate(name === "newness"));
    this.listen("undo", () => this.undo());
    this.listen("redo", () => this.redo());
    this.listen("get-link", () => this.copyLink());
    this.listen("renew", () => this.rework("bars"));
    this.listen("unselect", () => this.select(null));
    listenToKeys(root, this);
    new ResizeObserver(() => this.resized()).observe(this.part("sheet"));
  }

  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  listen(name, act) {
    this.part(name).addEventListener("click", act);
  }

  // What the server is told with every request.
  get view() {
    return { width: this.staff.width, chords: this.transport.chords, swing: this.transport.swing };
  }

  // -- values from the server

  receive(value) {
    const { state } = value || EMPTY;
    if (state === "inside") this.inside.open(value);
    else if (state === "failed") this.settle();
    else if (state === "writing" || state === "loading") this.watchGrowing(value);
    else if (state === "done") this.arrive(value);
    else this.showOther(value || EMPTY); // gradio has "" where there is no value
  }

  // gradio tells the last value of a stream twice.
  arrive(value) {
    const isEcho = !this.busy && this.value.state === "done" && this.value.abc === value.abc;
    if (!isEcho) this.open(value);
  }

  // A tune that grows replaces nothing in the history yet.
  watchGrowing(value) {
    if (!this.busy) this.bringIntoView();
    this.busy = true;
    this.notice = "";
    this.root.dataset.state = value.state;
    if (value.state === "loading") this.headline("A moment", "The model is still being loaded.");
    else this.headline("Writing", "One character after another.");
    this.part("remark").textContent = "";
    this.transport.load(null);
    if (value.picture) this.staff.show(value.picture, { growing: true });
    this.editor.show(value);
    this.candidates.progress(value.others ?? []);
    this.variants.clear();
    this.enable();
  }

  showOther(value) {
    this.value = value;
    this.busy = false;
    this.root.dataset.state = value.state;
    this.headline(value.state === "empty" ? "No tune yet" : "Untitled", value.state === "empty" ? "Press Generate, and one is written here." : "");
    this.part("remark").textContent = [value.note, this.notice].filter(Boolean).join(" ");
    this.candidates.clear();
    this.variants.clear();
    if (value.state === "text" || value.state === "empty") this.staff.clear();
    this.transport.load(null);
    for (const part of [this.downloads, this.shape, this.editor, this.newness, this.inside]) part.show(value, false);
    this.enable();
  }

  // A tune of the server's, or of the browser's own history.
  open(value, { record = true, keep = false } = {}) {
    this.busy = false;
    this.turn += 1;
    this.value = value;
    if (record) this.history.push(value);
    this.root.dataset.state = "done";
    this.headline(value.title || "Untitled", value.facts);
    const silence = value.silence ? `It cannot be played: ${value.silence}.` : "";
    this.part("remark").textContent = [value.note, silence, value.unseen, this.notice].filter(Boolean).join(" ");
    if (!keep) this.select(null);
    this.staff.show(value.picture);
    this.transport.load(value, { same: keep });
    this.showChoices(value, keep);
    for (const part of [this.downloads, this.shape, this.editor, this.newness, this.inside]) part.show(value, false);
    this.visit.add(value);
    tellStep(value.step);
    this.keepAddress();
    this.part("sheet").setAttribute("aria-label", `Score of ${value.title || "the tune"}, ${value.bars} bars. Arrows move, space plays, shift and arrows select bars.`);
    this.enable();
    this.resized();
  }

  showChoices(value, keep) {
    if (keep) return;
    this.candidates.show(value.candidates ?? [], ({ title, facts, score, parts }, place) => ({
      name: `${place + 1}. ${title}`,
      lines: [facts, `score ${score.toFixed(2)}`],
      why: Object.entries(parts).map(([name, worth]) => `${name} ${worth.toFixed(2)}`).join(", "),
    }));
    this.variants.show(value.variants ?? [], ({ bits }, place) => ({
      name: `Way ${place + 1}`,
      lines: [`${bits.toFixed(2)} bits for what follows`],
    }));
  }

  // On a phone the settings stand above; who has asked for a tune wants to see it.
  bringIntoView() {
    const { top } = this.root.getBoundingClientRect();
    if (top > window.innerHeight * 0.6) this.root.scrollIntoView({ block: "start" });
  }

  settle() {
    if (this.history.current) this.open(this.history.current, { record: false });
    else this.showOther(EMPTY);
  }

  headline(title, facts) {
    this.part("title").textContent = title;
    this.part("facts").textContent = facts ?? "";
  }

  enable() {
    const hasTune = this.value.state === "done" && !this.busy;
    this.part("undo").disabled = this.busy || !this.history.canUndo;
    this.part("redo").disabled = this.busy || !this.history.canRedo;
    this.part("get-link").disabled = !hasTune || !this.value.link;
    this.part("renew").disabled = !hasTune || !this.staff.selected;
    this.part("unselect").disabled = !this.staff.selected;
    if (this.busy) for (const part of [this.shape, this.inside]) part.show(this.value, true);
  }

  // -- questions to the server

  // The answer, or null where there is none; then the visitor has been told why.
  async ask(name, more = {}) {
    try {
      const { abc, settings } = this.value;
      const answer = await this.server[name]({ abc, settings, view: this.view, instrument: this.transport.instrument, accompanied: this.transport.chords, ...more });
      if (!answer.error) return answer;
      this.say(answer.error);
    } catch {
      this.say("The server does not answer; please try again.");
    }
    return null;
  }

  // Another tune in place of this one, as a step that can be undone.
  async change(name, more = {}, { keep = false, edited = false } = {}) {
    const { abc, settings } = more;
    const turn = (this.turn += 1);
    const answer = await this.ask(name, { ...more, svg: undefined, ...(settings ? { settings } : {}) });
    if (!answer || turn !== this.turn || (edited && answer.abc === this.value.abc)) return;
    const chosen = abc && !edited ? { note: "" } : {};
    this.open({ ...answer, ...chosen }, { keep });
  }

  // The same tune for another width, with or without chords.
  async lookAgain() {
    if (this.value.state !== "done") return;
    const { turn } = this;
    const answer = await this.ask("look");
    if (!answer || turn !== this.turn) return;
    const { picture, sound, swings, silence } = answer;
    this.value = { ...this.value, picture, sound, swings, silence };
    this.history.replace(this.value);
    this.staff.show(picture);
    this.transport.load(this.value, { same: true });
    this.keepAddress();
  }

  resized() {
    clearTimeout(this.resizing);
    if (this.value.state !== "done" || !this.value.picture) return;
    if (Math.abs(this.staff.width - this.value.picture.width) < WIDER) return;
    this.resizing = setTimeout(() => this.lookAgain(), PAUSE);
  }

  rework(what) {
    if (this.value.state !== "done" || this.busy) return;
    const [first, last] = this.staff.selected ?? [null, null];
    const { abc, settings } = this.value;
    const seed = Math.floor(Math.random() * 2 ** 31);
    this.busy = true;
    this.enable();
    this.say("A moment …");
    this.trigger("rework", { what, abc, settings, first, last, seed, view: this.view });
  }

  look() {
    this.trigger("inside", { abc: this.value.abc });
  }

  openAgain({ abc, settings }) {
    this.change("look", { abc, settings });
  }

  // -- what the visitor does here

  undo() {
    if (this.history.canUndo && !this.busy) this.open(this.history.undo(), { record: false });
  }

  redo() {
    if (this.history.canRedo && !this.busy) this.open(this.history.redo(), { record: false });
  }

  select(range) {
    this.staff.select(range);
    this.transport.select(range);
    const hint = "Click a note to hear the tune from there; drag across bars to select them.";
    const bars = range && (range[0] === range[1] ? `Bar ${range[0] + 1} is selected.` : `Bars ${range[0] + 1} to ${range[1] + 1} are selected.`);
    this.part("selected-bars").textContent = bars ?? hint;
    this.enable();
  }

  mark(passage) {
    this.staff.mark(passage);
  }

  playing() {
    if (!this.transport.player.running) this.staff.silence();
    this.root.classList.toggle("is-playing", this.transport.player.running);
  }

  // Where playing would go on, in the score and in words.
  tell(event) {
    if (!event) return;
    const [note] = event.notes;
    this.staff.point(note);
    const bar = this.staff.barOf(note);
    this.part("where").textContent = `Bar ${bar === null ? "?" : bar + 1}: ${NOTES[event.pitch % 12]}`;
  }

  say(sentence) {
    this.part("remark").textContent = sentence;
  }

  keepAddress() {
    if (this.value?.state === "done") keepInAddress(this.value.link, { ...this.view, instrument: this.transport.instrument });
  }

  async copyLink() {
    const copied = await copyAddress();
    this.say(copied ? "The link is copied: it holds this tune and how it was made." : "The address of this page is the link: it holds this tune and how it was made.");
  }
}
