// What was asked for, in one line. Pure functions; folding.js shows it.

import { follow } from "./header.js";

// "Jig in D, AABB, 1". parts is null where there is no form.
export function summary({ seed_text, parts, temperature }) {
  const [rhythm, tonic, mode] = follow(seed_text ?? "");
  const key = tonic && (mode === "major" ? tonic : `${tonic} ${mode}`);
  return [tuneOf(rhythm, key), parts ?? "free form", Number(temperature)].join(", ");
}

function tuneOf(rhythm, key) {
  if (!rhythm && !key) return "Any tune";
  const name = rhythm ? rhythm[0].toUpperCase() + rhythm.slice(1) : "Tune";
  return key ? `${name} in ${key}` : name;
}
