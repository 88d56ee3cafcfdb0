// The address holds the tune (charrnn/ui/answers/permalink.py makes the text) and, beside it, how it is listened to.

/** @import { Value, View } from "../types" */

const [TUNE, SET] = ["tune", "set"];

/** @returns {Record<string, string>} */
export function likings() {
  return Object.fromEntries(new URLSearchParams(location.search));
}

/**
 * A tune of a set that came by a link keeps that link.
 *
 * @param {Value} value
 * @param {View & { instrument: string }} view
 */
export function keepInAddress({ link, set }, { instrument, chords, swing, straight, typed, part }) {
  const address = new URL(location.href);
  const off = (isOn) => (isOn ? "" : "0");
  const settings = {
    [TUNE]: set?.link ? "" : link,
    [SET]: set?.link,
    instrument: instrument === "piano" ? "" : instrument,
    chords: off(chords),
    swing: off(swing),
    straight: straight ? "1" : "",
    typed: off(typed),
    part: part === "C" ? "" : part,
  };
  for (const [name, value] of Object.entries(settings)) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}

export async function copyAddress() {
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false; // not over plain http, or not allowed
  }
}

// The address of a set; the text comes from charrnn/ui/answers/permalink.py.
export async function copySetAddress(link) {
  const address = new URL(location.href);
  address.searchParams.delete(TUNE);
  address.searchParams.set(SET, link);
  try {
    await navigator.clipboard.writeText(address.href);
    return true;
  } catch {
    history.replaceState(history.state, "", address);
    return false;
  }
}
