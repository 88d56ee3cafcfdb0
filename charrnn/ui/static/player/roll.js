// The melody at a glance: one bar a note, time in whole notes to the right, pitch upwards.

import { svgElement } from "../dom.js";

const FEWEST_STEPS = 12; // an octave: a tune of two notes is no mountain range

export function drawRoll(svg, notes, length) {
  const pitches = notes.map((note) => note.pitch);
  const top = Math.max(...pitches);
  const steps = Math.max(FEWEST_STEPS, top - Math.min(...pitches) + 1);
  svg.setAttribute("viewBox", `0 0 ${Math.max(length, 0.001)} ${steps}`);
  svg.replaceChildren(...notes.map((note) => bar(note, top)));
}

function bar({ at, pitch, duration }, top) {
  return svgElement("rect", { x: at, y: top - pitch, width: duration * 0.94, height: 1 });
}
