// gradio loads the page anew once it has lost its server and found it, or another, again. What was being written then
// is gone: the visitor is told so, and finds the seed again that was typed.

import { seedBox, whenThere } from "./dom.js";

const KEY = "charrnn-interrupted-1";
const SENTENCE = "The page lost its server or was closed while a tune was being written. Please try again.";

export function rememberInterruption(isWriting) {
  addEventListener("pagehide", () => {
    try {
      if (isWriting()) sessionStorage.setItem(KEY, seedBox()?.value ?? "");
    } catch {
      // no room, or not allowed
    }
  });
}

// The sentence, once; "" where nothing was interrupted.
export function takeInterruption() {
  try {
    const seed = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    if (seed) whenThere(seedBox).then((box) => typeAgain(seed, box));
    return seed === null ? "" : SENTENCE;
  } catch {
    return "";
  }
}

function typeAgain(seed, box) {
  if (box.value) return;
  box.value = seed;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
