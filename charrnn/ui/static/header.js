// The controls for rhythm, key, mode and tempo, and the header of the ABC that they stand for: each follows the other.
// Pure functions of text; charrnn/ui/settings.py calls them from gradio's events.

export const ANY = "";

const METERS = {
  jig: "6/8", reel: "4/4", hornpipe: "4/4", waltz: "3/4", polka: "2/4", "slip jig": "9/8", march: "4/4",
};
const BEATS = { "6/8": "3/8", "9/8": "3/8", "12/8": "3/8", "2/2": "1/2" };
const MODES = [
  ["major", /^(maj|ion|$)/i], ["minor", /^(min|aeo|m(?![a-z]))/i], ["dorian", /^dor/i], ["mixolydian", /^mix/i],
];
const SPELLED = { major: "", minor: "m", dorian: "dor", mixolydian: "mix" };
const FIELD = /^([A-Za-z]):(?![|:])(.*)$/;

// [rhythm, tonic, mode, tempo] as a text's header says; ANY where it says nothing that the controls know.
export function follow(text) {
  const { fields } = taken(text);
  const rhythm = (fields.get("R") ?? "").trim().toLowerCase().replace(/^slip-?jig$/, "slip jig");
  const [, tonic, mode] = /^([A-G][#b]?)\s*([A-Za-z]*)/.exec((fields.get("K") ?? "").trim()) ?? [];
  return [
    rhythm in METERS ? rhythm : ANY,
    tonic ?? ANY,
    MODES.find(([, pattern]) => pattern.test(mode ?? ""))?.[0] ?? "major",
    /([0-9]+)\s*$/.exec(fields.get("Q") ?? "")?.[1] ?? "",
  ];
}

// The text with its header as the controls say; everything else stays where it is.
export function write(text, rhythm, tonic, mode, tempo) {
  const { fields, music } = taken(text ?? "");
  const before = follow(text ?? "");
  if (rhythm !== before[0]) {
    set(fields, "R", rhythm);
    set(fields, "M", METERS[rhythm] ?? "");
  }
  if (tonic !== before[1] || mode !== before[2]) set(fields, "K", tonic && `${tonic}${SPELLED[mode] ?? ""}`);
  const beats = /^[0-9]{2,3}$/.test(String(tempo).trim()) ? String(tempo).trim() : "";
  if (beats !== before[3]) set(fields, "Q", beats && `${BEATS[fields.get("M")?.trim()] ?? "1/4"}=${beats}`);
  if (rhythm === before[0] && tonic === before[1] && mode === before[2] && beats === before[3]) return text ?? "";
  const lines = [...fields].sort(([one], [other]) => place(one) - place(other)).map(([name, value]) => `${name}:${value}`);
  return [...lines, music].join("\n").replace(/\n$/, lines.length && !music ? "\n" : "");
}

// The header that a surprise has: one of the dances, in a key that fiddles and whistles like.
export function surprise(random = Math.random) {
  const one = (choices) => choices[Math.floor(random() * choices.length)];
  const key = one(["D", "G", "A", "Em", "Am", "Bm", "Ador", "Edor", "Dmix", "Amix", "C", "F", "Bb"]);
  const rhythm = one(["jig", "reel", "hornpipe", "waltz", "polka", "slip jig", "march"]);
  return `M:${METERS[rhythm]}\nR:${rhythm}\nK:${key}\n`;
}

function taken(text) {
  const lines = text.split(/\r\n|\r|\n/);
  const fields = new Map();
  let index = 0;
  for (; index < lines.length; index += 1) {
    const match = FIELD.exec(lines[index]);
    if (!match) break;
    fields.set(match[1], match[2]);
    if (match[1] === "K") {
      index += 1;
      break;
    }
  }
  return { fields, music: lines.slice(index).join("\n") };
}

function set(fields, name, value) {
  if (value) fields.set(name, value);
  else fields.delete(name);
}

// X: first, K: last, as the standard wants them.
function place(name) {
  const order = "XTRMLQ";
  return name === "K" ? 99 : order.includes(name) ? order.indexOf(name) : 50;
}
