// Note values, drawn by us: a head, a stem, flags.

import { svgElement } from "../dom.js";

const STEM = "M14.5 23V5";
const FLAGS = ["M14.5 5c1 5 6 5 5 11", "M14.5 11c1 5 6 5 5 11"];
const PARTS = { whole: [], half: [STEM], quarter: [STEM], eighth: [STEM, FLAGS[0]], sixteenth: [STEM, ...FLAGS] };
const HOLLOW = new Set(["whole", "half"]);

export function noteIcon(value) {
  const svg = svgElement("svg", { viewBox: "0 0 24 30", "aria-hidden": "true" });
  const head = { cx: 9.5, cy: 23.5, rx: 5, ry: 3.6, transform: "rotate(-18 9.5 23.5)" };
  svg.append(svgElement("ellipse", HOLLOW.has(value) ? head : { ...head, class: "filled" }));
  svg.append(...PARTS[value].map((d) => svgElement("path", { d })));
  return svg;
}
