// The score component: what is right of the settings. Holds the tune that is shown and hands it to the parts. The
// values come from charrnn/ui/answers/value.py; whatever a person or the model wrote reaches the page through
// textContent only.

import { Asking } from "./asking.js";
import { Book } from "../panels/book.js";
import { Choices } from "./candidates.js";
import { readValue } from "../dom.js";
import { tellStep } from "../settings/chances.js";
import { foldForTune, tellSettings } from "../settings/folding.js";
import { Downloads } from "../panels/downloads.js";
import { Editor } from "../panels/editor.js";
import { History } from "../panels/history.js";
import { Inside } from "../panels/inside.js";
import { offerInstallation } from "../installing.js";
import { rememberInterruption, takeInterruption } from "../interruption.js";
import { listenToKeys } from "./keyboard.js";
import { copyAddress, keepInAddress, likings } from "../panels/link.js";
import { closeMenusBehindTab } from "../menus.js";
import { Newness } from "../panels/newness.js";
import { OpenFile } from "../panels/open.js";
import { Sets } from "./sets.js";
import { Shape } from "../panels/shape.js";
import { Staff } from "./staff.js";
import { Tabs } from "../panels/tabs.js";
import { Transport } from "../player/transport.js";
import { Visit } from "../panels/visit.js";
import { Words, describeCandidate, describeVersion } from "./words.js";

/** @import { Picture, PlayerEvent, Range, ScoreElement, Tools, Value } from "../types" */

/** @type {Value} */
const EMPTY = { state: "empty" };

/** @param {Tools} tools */
export function mount(element, props, watch, tools) {
  /** @type {ScoreElement} */
  const root = element.querySelector(".score");
  const page = new ScorePage(root, tools);
  root.page = page; // for the tests, and for the curious
  root.player = page.transport.player;
  Object.defineProperty(root, "view", { get: () => page.view }); // charrnn/ui/score.py asks for it
  page.receive(readValue(props));
  watch("value", () => page.receive(readValue(props)));
}

export class ScorePage {
  /** @param {Tools} tools */
  constructor(root, tools) {
    this.root = root;
    this.trigger = tools.trigger;
    this.asking = new Asking(this, tools);
    this.words = new Words(root, takeInterruption());
    rememberInterruption(() => this.busy);
    this.history = new History();
    this.value = EMPTY;
    this.busy = false;
    this.seedUsed = null;
    this.told = "";
    this.turn = 0;
    this.staff = new Staff(this.part("sheet"), {
      seek: (note) => this.tell(this.transport.seekWritten(note)),
      select: (range) => this.select(range),
      sight: () => this.transport.sight,
    });
    this.transport = new Transport(this.part("transport"), tools.catalog, {
      note: (event) => {
        this.sets.follow(event);
        this.staff.sound(event.notes, true);
      },
      release: (event) => this.staff.sound(event.notes, false),
      state: () => this.transport && this.playing(),
      look: () => this.asking.lookAgain(),
      liking: () => this.keepAddress(),
      silent: () => this.say("This browser cannot play sound."),
    });
    this.transport.restore(likings());
    this.sets = new Sets(this);
    const choose = (choice, chosen) => this.asking.change("look", choice, { chosen });
    this.candidates = new Choices(this.part("candidates"), choose);
    this.variants = new Choices(this.part("variants"), choose);
    this.downloads = new Downloads(root, this);
    this.shape = new Shape(this.part("shape"), this);
    this.editor = new Editor(this.part("editor"), this);
    this.newness = new Newness(this.part("newness"), this);
    this.inside = new Inside(this.part("inside"), this);
    this.book = new Book(this.part("book"), this);
    this.visit = new Visit(this.part("visit"), this);
    this.openFile = new OpenFile(root, this);
    this.tabs = new Tabs(root, (name) => this.newness.activate(name === "newness"));
    this.listen("undo", () => this.undo());
    this.listen("redo", () => this.redo());
    this.listen("get-link", () => this.copyLink());
    this.listen("renew", () => this.asking.rework("bars"));
    this.listen("unselect", () => this.select(null));
    document.addEventListener("click", (event) => this.ignoreSecondClick(event), { capture: true });
    listenToKeys(root, this);
    closeMenusBehindTab();
    offerInstallation();
    new ResizeObserver(() => this.asking.resized()).observe(this.part("sheet"));
  }

  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  listen(name, act) {
    this.part(name).addEventListener("click", act);
  }

  // What the server is told with every request.
  get view() {
    const { chords, swing, straight, typed, fingering, capo, writtenPart: part } = this.transport;
    return { width: this.staff.width, chords, swing, straight, typed, fingering, capo, part };
  }

  // -- values from the server

  /** @param {Value} value */
  receive(value) {
    const { state } = value || EMPTY;
    if (state === "inside") this.inside.open(value);
    else if (state === "failed") this.settle();
    else if (state === "working") this.wait();
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
    this.begin();
    if (value.seed !== undefined) this.seedUsed = String(value.seed);
    this.root.dataset.state = value.state;
    this.words.growing(value);
    this.sets.end();
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
    this.words.noTune(value);
    this.candidates.clear();
    this.variants.clear();
    if (value.state === "text" || value.state === "empty") this.staff.clear();
    this.sets.end();
    this.transport.load(null);
    this.book.show(value);
    for (const part of [this.downloads, this.shape, this.editor, this.newness, this.inside]) part.show(value, false);
    this.enable();
  }

  /**
   * A tune of the server's, or of the browser's own history.
   *
   * @param {Value} value
   */
  open(value, { record = true, keep = false, ofSet = false } = {}) {
    this.busy = false;
    this.turn += 1;
    this.value = value;
    if (record) this.history.push(value);
    this.root.dataset.state = "done";
    this.words.tune(value);
    this.openFile.show(value);
    const sameBars = keep || value.done === "bars"; // who had bars written anew may want them anew once more
    if (!sameBars && !ofSet) this.select(null);
    this.draw(value.picture);
    if (!ofSet) {
      this.sets.end();
      this.transport.load(value, { same: sameBars });
    }
    this.showChoices(value, keep);
    for (const part of [this.downloads, this.shape, this.editor, this.newness, this.inside]) part.show(value, false);
    this.book.show(value);
    this.visit.add(value);
    tellStep(value.step);
    tellSettings(value.settings);
    this.keepAddress();
    this.enable();
    this.asking.resized();
  }

  /**
   * The same tune, seen or heard otherwise.
   *
   * @param {Value} value
   */
  openOtherwise(value) {
    if (this.sets.isLoaded) {
      this.sets.again();
      return;
    }
    this.showOtherwise(value);
    this.transport.load(this.value, { same: true });
  }

  /** @param {Value} value */
  showOtherwise({ picture, sound, swings, silence, unseen }) {
    this.value = { ...this.value, picture, sound, swings, silence, unseen };
    this.history.replace(this.value);
    this.draw(picture);
    if (unseen) this.say(unseen);
    this.keepAddress();
  }

  showChoices(value, keep) {
    if (keep) return;
    this.candidates.show(value.candidates ?? [], describeCandidate, value.chosen);
    this.variants.show(value.variants ?? [], describeVersion, value.chosen);
  }

  // On a phone the settings stand above; who has asked for a tune wants to see it.
  bringIntoView() {
    if (foldForTune()) return;
    const { top } = this.root.getBoundingClientRect();
    if (top > window.innerHeight * 0.6) this.root.scrollIntoView({ block: "start" });
  }

  settle() {
    if (this.history.current) this.open(this.history.current, { record: false });
    else this.showOther(EMPTY);
  }

  begin() {
    if (!this.busy) this.turn += 1; // what was asked before comes too late
    this.busy = true;
  }

  // The server has been asked for a change of this tune.
  wait() {
    this.begin();
    this.enable();
    this.say("Working …");
  }

  enable() {
    const hasTune = this.value.state === "done" && !this.busy;
    this.part("undo").disabled = this.busy || !this.history.canUndo;
    this.part("redo").disabled = this.busy || !this.history.canRedo;
    this.part("get-link").disabled = !hasTune || !this.value.link;
    this.part("renew").disabled = !hasTune || !this.staff.selected;
    this.part("unselect").disabled = !this.staff.selected;
    if (this.busy) for (const part of [this.shape, this.inside]) part.show(this.value, true);
    this.tellControls();
  }

  // What the settings show of this: charrnn/ui/score.py asks for it.
  tellControls() {
    const now = `${this.busy} ${this.seedUsed}`;
    if (now !== this.told) this.trigger("busy", {});
    this.told = now;
  }

  // -- what the visitor does here

  undo() {
    if (this.history.canUndo && !this.busy) this.open(this.history.undo(), { record: false });
  }

  redo() {
    if (this.history.canRedo && !this.busy) this.open(this.history.redo(), { record: false });
  }

  // gradio keeps a click for when the last event is over, so that a tune can be asked for the moment the one before is
  // there. While one is being written, and as the second of a double click, it is an accident.
  ignoreSecondClick(event) {
    if ((this.busy || event.detail > 1) && event.target.closest("#generate")) event.stopImmediatePropagation();
  }

  /** @param {Picture | null} picture in which bars are selected; without one, none are */
  draw(picture) {
    if (!picture) this.select(null);
    this.staff.show(picture);
  }

  /** @param {Range | null} range of bars */
  select(range) {
    if (range && !this.staff.picture) return;
    this.staff.select(range);
    this.transport.select(range);
    this.words.selected(range && [this.staff.numberOf(range[0]), this.staff.numberOf(range[1])]);
    this.enable();
  }

  /** @param {Range | null} passage */
  mark(passage) {
    this.staff.mark(passage);
  }

  playing() {
    if (!this.transport.player.running) this.staff.silence();
    this.root.classList.toggle("is-playing", this.transport.player.running);
  }

  /**
   * Where playing would go on, in the score and in words: the note as it is written.
   *
   * @param {PlayerEvent | null} event
   */
  tell(event) {
    if (!event) return;
    this.sets.follow(event);
    const [note] = event.notes;
    this.staff.point(note);
    this.words.where(this.staff.numberOf(this.staff.barOf(note)), event.pitch + (this.value.picture?.higher ?? 0));
  }

  say(sentence) {
    this.words.put("remark", sentence);
  }

  keepAddress() {
    if (this.value?.state === "done") {
      keepInAddress(this.value, { ...this.view, instrument: this.transport.instrument });
    }
  }

  async copyLink() {
    const copied = await copyAddress();
    this.say(
      copied
        ? "Link copied. It contains this tune and its settings."
        : "Copy the address of this page. It contains this tune and its settings.",
    );
  }
}
