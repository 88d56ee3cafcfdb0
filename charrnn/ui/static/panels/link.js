// The address holds the tune (charrnn/ui/answers/permalink.py makes the text) and, beside it, how it is listened to.

const TUNE = "tune";

export function likings() {
  return Object.fromEntries(new URLSearchParams(location.search));
}

export function keepInAddress(link, { instrument, chords, swing, straight, typed }) {
  const address = new URL(location.href);
  const off = (isOn) => (isOn ? "" : "0");
  const settings = {
    [TUNE]: link,
    instrument: instrument === "piano" ? "" : instrument,
    chords: off(chords),
    swing: off(swing),
    straight: straight ? "1" : "",
    typed: off(typed),
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
