// Keys: space plays, arrows move and select, control and Z undoes. Not where a person types or works a control; a
// button that was clicked by mouse is not one that is worked by keys, though it has the focus.

const TYPING = "input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable=true]";
const OWN_KEYS = "button, summary, a, input, [role=tab], [role=listbox], [role=option], [role=slider]";

/** @import { ScorePage } from "./score.js" */

/** @param {ScorePage} page */
export function listenToKeys(root, page) {
  const clicked = new Clicked();
  document.addEventListener("keydown", (event) => {
    if (!root.isConnected || event.defaultPrevented || event.altKey) return;
    const { target } = event;
    if (!(target instanceof Element) || target.closest(TYPING)) return;
    if (event.ctrlKey || event.metaKey) {
      undoOrRedo(event, page);
      return;
    }
    if (event.key === " ") {
      if (target.closest(OWN_KEYS) && !clicked.is(target)) return;
      event.preventDefault();
      if (page.value.sound) page.transport.toggle();
      return;
    }
    if (root.querySelector(".sheet").contains(target)) inTheScore(event, page);
  });
}

// The button that has the focus because it was clicked. :focus-visible does not tell: any key makes it match.
class Clicked {
  constructor() {
    /** @type {HTMLButtonElement | null} */
    this.button = null;
    document.addEventListener("pointerdown", ({ target }) => (this.button = buttonOf(target)), true);
    document.addEventListener("focusout", ({ target }) => target === this.button && (this.button = null), true);
    // Firefox presses a button as space is let go, whatever became of the key before.
    document.addEventListener("keyup", (event) => event.key === " " && this.is(event.target) && event.preventDefault());
  }

  is(target) {
    return this.button !== null && target === this.button;
  }
}

function buttonOf(target) {
  return target instanceof Element ? target.closest("button") : null;
}

function undoOrRedo(event, page) {
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  if (key === "y" || event.shiftKey) page.redo();
  else page.undo();
}

function inTheScore(event, page) {
  if (!page.value.sound) return;
  const { transport } = page;
  const steps = { ArrowLeft: -1, ArrowRight: 1 };
  const bars = { ArrowUp: -1, ArrowDown: 1 };
  if (event.key === "Escape") page.select(null);
  else if (event.shiftKey && event.key in steps) page.select(widened(page, steps[event.key]));
  else if (event.key in steps) page.tell(transport.step(steps[event.key]));
  else if (event.key in bars) page.tell(transport.stepBar(bars[event.key]));
  else if (event.key === "Home") page.tell(transport.step(-1e6));
  else if (event.key === "End") page.tell(transport.step(1e6));
  else return;
  event.preventDefault();
}

// The selection with a bar more or less at its end; the bar at the cursor where nothing is selected.
function widened(page, by) {
  const { selected } = page.staff;
  const last = page.value.bars - 1;
  if (!selected) {
    const event = page.transport.player.notes.findLast(({ at }) => at <= page.transport.player.position + 1e-6);
    const bar = page.staff.barOf(event?.notes[0]) ?? 0;
    return [bar, bar];
  }
  return [selected[0], Math.min(Math.max(selected[1] + by, selected[0]), last)];
}
