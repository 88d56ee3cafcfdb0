// Plays a set: its tunes as one sound (player/joining.js), and the score of the tune that sounds. What comes next, and
// in which key, is told in words before it comes.

import { joined } from "../player/joining.js";

/** @import { ScorePage } from "./score.js" */
/** @import { PlayerEvent, TuneSet, Value } from "../types" */

export class Sets {
  /** @param {ScorePage} page */
  constructor(page) {
    this.page = page;
    /** @type {Value[] | null} */
    this.values = null; // of the tunes, while the set is what plays
    this.piece = 0;
  }

  get isLoaded() {
    return this.values !== null;
  }

  // Another tune has been opened.
  end() {
    this.values = null;
    this.piece = 0;
  }

  /**
   * @param {TuneSet} set
   * @param {string | null} link the text of an address that holds them, if they came from one
   */
  async play({ name, tunes }, link = null) {
    const { page } = this;
    if (page.busy) {
      page.say("A tune is being written; stop it, or wait for it, before you play a set.");
      return;
    }
    page.transport.mixer.resume().catch(() => {}); // within the click: browsers let no page sound by itself
    const turn = (page.turn += 1);
    page.say("Preparing the set …");
    const values = await this.fetch(tunes);
    if (!values || turn !== page.turn) return;
    const silent = values.find(({ sound }) => !sound);
    if (silent) {
      page.say(`${silent.title || "Untitled"} cannot be played: ${silent.silence}.`);
      return;
    }
    this.values = link ? values.map((value) => ({ ...value, set: { name, tunes, link } })) : values;
    this.piece = -1;
    this.load();
    this.follow({ piece: 0 });
    page.transport.player.play({ countIn: true }).catch(() => page.transport.silent());
  }

  // The same set otherwise: with or without swing, for another width.
  async again() {
    const { page, values } = this;
    const fresh = await this.fetch(values);
    if (!fresh || values !== this.values || fresh.some(({ sound }) => !sound)) return;
    this.values = fresh.map((value, piece) => ({ ...value, set: values[piece].set }));
    this.load({ same: true });
    page.showOtherwise(this.values[this.piece]);
  }

  /**
   * @param {Pick<Value, "abc" | "settings">[]} tunes
   * @returns {Promise<Value[] | null>}
   */
  async fetch(tunes) {
    const asked = tunes.map(({ abc, settings }) =>
      this.page.asking.ask("look", { abc, settings: settings ?? undefined }),
    );
    const values = await Promise.all(asked);
    return values.every(Boolean) ? values : null;
  }

  load(options) {
    const [first] = this.values;
    this.page.transport.load({ ...first, sound: joined(this.values.map(({ sound }) => sound)) }, options);
    this.page.transport.piece = Math.max(0, this.piece);
  }

  /**
   * The tune of an event is shown, if it is another one.
   *
   * @param {Pick<PlayerEvent, "piece">} event
   */
  follow({ piece }) {
    if (!this.isLoaded || piece === undefined || piece === this.piece) return;
    this.piece = piece;
    this.page.transport.piece = piece;
    if (this.page.staff.selected) this.page.select(null);
    this.page.open(this.values[piece], { ofSet: true });
    this.page.say(this.words);
  }

  get words() {
    const { values, piece } = this;
    const [{ title, key }, next] = [values[piece], values[piece + 1]];
    const now = `${piece + 1} of ${values.length}: ${title || "Untitled"}, in ${key}.`;
    if (!next) return `${now} It is the last of the set.`;
    const change = next.key === key ? `in ${key} again` : `the key changes to ${next.key}`;
    return `${now} Next: ${next.title || "Untitled"}, ${change}.`;
  }
}
