// The seed box while notes are entered: what was typed in it stays, and the notes follow it. Menus may change its
// header meanwhile, and a person may type in it: then the notes belong to what is typed.

import { seedBox } from "../dom.js";
import { parted } from "../settings/header.js";
import { settingOf } from "./setting.js";
import { abcOf } from "./writing.js";

/** @import { EnteredEvent } from "../types" */

export class Seed {
  constructor() {
    this.base = ""; // what was in the box before the first note
    /** @type {string | null} */
    this.written = null; // what we wrote into it
  }

  get text() {
    return seedBox()?.value ?? "";
  }

  /**
   * Of the notes to come after these.
   *
   * @param {EnteredEvent[]} events
   */
  settingFor(events) {
    return settingOf(this.base, pitchesOf(events)).setting;
  }

  // Whether the notes that were entered are still those of the box. A header that was changed is taken over.
  follow() {
    const { text } = this;
    if (text === this.written) return true;
    const now = parted(text);
    const isOurs = this.written !== null && now.music === parted(this.written).music;
    this.base = isOurs ? `${now.head}\n${parted(this.base).music}` : text;
    this.written = null;
    return isOurs;
  }

  /**
   * The text with these notes, without putting it into the box.
   *
   * @param {EnteredEvent[]} events
   */
  with(events) {
    if (!events.length) return this.base;
    const { head, music, setting } = settingOf(this.base, pitchesOf(events));
    const glue = music && !/[\s|]$/.test(music) ? " " : "";
    return head + music + glue + abcOf(events, setting);
  }

  /** @param {EnteredEvent[]} events */
  write(events) {
    this.written = this.with(events);
    const box = seedBox();
    box.value = this.written;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** @param {EnteredEvent[]} events */
function pitchesOf(events) {
  return events.map(({ pitch }) => pitch).filter(Number.isInteger);
}
