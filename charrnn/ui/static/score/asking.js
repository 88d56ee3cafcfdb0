// What the page asks of the server about the tune that is shown: functions of charrnn/ui/handlers/desk.py, which answer
// at once, and the events "rework" and "inside", whose answers come as values of the score.

/** @import { ScorePage } from "./score.js" */
/** @import { Tools, Value } from "../types" */

const WIDER = 12; // pixels by which the page must change before the score is engraved anew
const PAUSE = 200; // milliseconds

export class Asking {
  /**
   * @param {ScorePage} page
   * @param {Pick<Tools, "trigger" | "server">} tools
   */
  constructor(page, { trigger, server }) {
    this.page = page;
    this.trigger = trigger;
    this.server = server;
  }

  /**
   * The answer, or null where there is none; then the visitor has been told why.
   *
   * @returns {Promise<any>}
   */
  async ask(name, more = {}) {
    const { value, view, transport } = this.page;
    try {
      const { abc, settings } = value;
      const answer = await this.server[name]({
        abc,
        settings,
        view,
        instrument: transport.instrument,
        accompanied: transport.chords,
        ...more,
      });
      if (!answer.error) return answer;
      this.page.say(answer.error);
    } catch {
      this.page.say("The server does not answer; please try again.");
    }
    return null;
  }

  // Another tune in place of this one, as a step that can be undone. One that is chosen among several stays among them:
  // chosen is its place.
  async change(name, more = {}, { chosen = null, edited = false } = {}) {
    const { page } = this;
    const turn = (page.turn += 1);
    const answer = await this.ask(name, { ...more, svg: undefined });
    if (!answer || turn !== page.turn || (edited && answer.abc === page.value.abc)) return;
    if (chosen === null) {
      page.open(answer);
    } else {
      page.open(
        { ...answer, candidates: page.value.candidates, variants: page.value.variants, chosen },
        { keep: true },
      );
    }
  }

  // The same tune for another width or part, with or without chords.
  async lookAgain() {
    const { page } = this;
    if (page.value.state !== "done") return;
    const { turn } = page;
    const answer = await this.ask("look");
    if (answer && turn === page.turn) page.openOtherwise(answer);
  }

  // The score is wider or narrower, or one of the history is written for another part.
  resized() {
    const { value, staff, view } = this.page;
    clearTimeout(this.resizing);
    if (value.state !== "done" || !value.picture) return;
    const { width, part } = value.picture;
    if (Math.abs(staff.width - width) < WIDER && part === view.part) return;
    this.resizing = setTimeout(() => this.lookAgain(), PAUSE);
  }

  rework(what) {
    const { page } = this;
    if (page.value.state !== "done" || page.busy) return;
    const [first, last] = page.staff.selected ?? [null, null];
    const { abc, settings } = page.value;
    const seed = Math.floor(Math.random() * 2 ** 31);
    page.wait();
    this.trigger("rework", { what, abc, settings, first, last, seed, view: page.view });
  }

  look() {
    this.trigger("inside", { abc: this.page.value.abc });
  }

  /** @param {Pick<Value, "abc" | "settings">} tune */
  openAgain({ abc, settings }) {
    this.change("look", { abc, settings });
  }
}
