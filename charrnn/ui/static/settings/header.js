// The controls for rhythm, key, mode and tempo, and the header of the ABC that they stand for: each follows the other.
// Pure functions of text; charrnn/ui/settings.py calls them from gradio's events. A header is read as the server reads
// it (charrnn/notation/tokens.py): every field before the music, with whatever comments and empty lines are between.

export const ANY = "";

// The rhythms are those of the menu (charrnn/ui/settings.py).
const METERS = {
  jig: "6/8",
  reel: "4/4",
  hornpipe: "4/4",
  waltz: "3/4",
  polka: "2/4",
  "slip jig": "9/8",
  march: "4/4",
};
const BEATS = { "6/8": "3/8", "9/8": "3/8", "12/8": "3/8", "2/2": "1/2", "C|": "1/2" };
/** @type {[string, RegExp][]} */
const MODES = [
  ["major", /^(maj|ion|$)/i],
  ["minor", /^(min|aeo|m$)/i],
  ["dorian", /^dor/i],
  ["mixolydian", /^mix/i],
  ["lydian", /^lyd/i],
  ["phrygian", /^phr/i],
  ["locrian", /^loc/i],
];
const SPELLED = {
  major: "",
  minor: "m",
  dorian: "dor",
  mixolydian: "mix",
  lydian: "lyd",
  phrygian: "phr",
  locrian: "loc",
};
// A mode alone is no key. These tonics go with them most often in the training music; the last three have no
// accidentals.
const USUAL = { major: "G", minor: "E", dorian: "A", mixolydian: "D", lydian: "F", phrygian: "E", locrian: "B" };
const FIELD = /^\ufeff?([A-Zmrsw+]):(?![|:])(.*)$/; // "A:|" is music
const FOREIGN = /^%%begin(text|ps|svg)\b.*/;
const COMMENT = /\s*(?<!\\)%.*/;
const KEY = /^([A-G][#b]?)(\s*)([A-Za-z]*)(.*)$/;
const CLEF = /^\s*(clef|treble|bass|alto|tenor|perc|middle|octave|transpose|[a-z]+=)/;
const TEMPO = /^(?:(.*)=)?\s*([0-9]+)$/;

// [rhythm, tonic, mode, tempo] as a text's header says; ANY where it says nothing that the controls know.
export function follow(text) {
  const { fields } = read(text);
  const { tonic, mode } = keyOf(fields);
  return [rhythmOf(fields), tonic, mode, tempoOf(fields).count];
}

// The same for gradio. A menu that lacks what the text says has it while the text says so, to show what is true.
export function shown(text, typed, tonics, modes, range) {
  const [rhythm, tonic, mode, tempo] = follow(text);
  return [rhythm, menu(tonics, tonic), menu(modes, mode), update(tempoShown(text, tempo, typed, range))];
}

// What cannot be played has no place in the text; it is left where it was typed, to be mended. A tempo that stands there
// already is not set again: gradio's answer comes late, and would undo what is being typed meanwhile.
function tempoShown(text, tempo, typed, range) {
  if (!tempo && complaint(text, typed, range)) return {};
  const { fields } = read(text);
  const info = tempoOf(fields).beat === beatOf(fields) ? complaint(text, tempo, range) : "";
  return tempo === typed ? { info } : { value: tempo, info };
}

function menu(choices, value) {
  const others = choices.some(([, one]) => one === value) ? [] : [[value, value]];
  return update({ choices: [...choices, ...others], value });
}

function update(change) {
  return { __type__: "update", ...change };
}

// The text with its header as one control says; everything else stays as it is.

export function chooseRhythm(text, rhythm) {
  const { fields } = read(text);
  if (rhythm === rhythmOf(fields)) return text;
  const written = set(set(text, "R", rhythm), "M", METERS[rhythm] ?? "");
  const { beat, count } = tempoOf(fields);
  // The tempo control counts beats of the meter: so what it wrote follows the meter, and what is spelled otherwise
  // stays.
  return count && beat === beatOf(fields) ? set(written, "Q", `${beatOf(read(written).fields)}=${count}`) : written;
}

export function chooseTonic(text, tonic) {
  const { tonic: before, rest } = keyOf(read(text).fields);
  return tonic === before ? text : set(text, "K", tonic && tonic + rest); // with its mode, also one that the control does not offer
}

export function chooseMode(text, mode) {
  const { tonic, mode: before, clef } = keyOf(read(text).fields);
  return tonic && mode === before ? text : set(text, "K", (tonic || USUAL[mode]) + SPELLED[mode] + clef);
}

export function chooseTempo(text, tempo) {
  const { fields } = read(text);
  const typed = tempo.trim();
  return typed === tempoOf(fields).count ? text : set(text, "Q", typed && `${beatOf(fields)}=${Number(typed)}`);
}

// For gradio: the text with the tempo that was typed, if it can be played, and at the control what is wrong with it.
export function typedTempo(text, typed, range) {
  const info = complaint(text, typed, range);
  const written = chooseTempo(text, info ? "" : typed);
  return [written === text ? update() : written, update({ info })];
}

// One sentence; "" for a tempo that can be played. `range` is of quarter notes a minute, as charrnn/limits.py has it;
// the control counts beats of the meter.
function complaint(text, tempo, [slowest, fastest]) {
  const typed = tempo.trim();
  const [over, under] = beatOf(read(text).fields).split("/");
  const quarters = (4 * over) / under;
  const [least, most] = [Math.ceil(slowest / quarters), Math.floor(fastest / quarters)];
  if (!typed || (/^[0-9]{1,4}$/.test(typed) && typed >= least && typed <= most)) return "";
  const came = /^-?[0-9.]+$/.test(typed) ? typed : `'${typed}'`;
  return `Tempo must be a whole number from ${least} to ${most}, not ${came}.`;
}

// The header that a surprise has: one of the dances, in a key that fiddles and whistles like.
export function surprise(random = Math.random) {
  const one = (choices) => choices[Math.floor(random() * choices.length)];
  const key = one(["D", "G", "A", "Em", "Am", "Bm", "Ador", "Edor", "Dmix", "Amix", "C", "F", "Bb"]);
  const rhythm = one(Object.keys(METERS));
  return `M:${METERS[rhythm]}\nR:${rhythm}\nK:${key}\n`;
}

// { head, music, value }: the text before its music, the music, and a function from a field's name to its value.
export function parted(text) {
  const { lines, fields, end } = read(text);
  return {
    head: lines.slice(0, end).join("\n"),
    music: lines.slice(end).join("\n"),
    value: (name) => valueOf(fields, name),
  };
}

// The lines of a text, the header's fields among them, and the line before which another field may stand.
function read(text) {
  const lines = text.split(/\r\n|\r|\n/);
  const fields = [];
  let end = 0;
  let foreign = ""; // how the line begins that ends text for other programs
  for (const [index, line] of lines.entries()) {
    const field = FIELD.exec(line);
    if (foreign) foreign = line.startsWith(foreign) ? "" : foreign;
    else if (FOREIGN.test(line)) foreign = line.replace(FOREIGN, "%%end$1");
    else if (field) fields.push({ index, name: field[1], ...withoutComment(field[2]) });
    else if (line.trim() && !line.startsWith("%")) return { lines, fields, end, hasMusic: true };
    if (line.trim()) end = index + 1;
  }
  return { lines, fields, end, hasMusic: false };
}

function withoutComment(line) {
  return { value: line.replace(COMMENT, "").trim(), comment: COMMENT.exec(line)?.[0] ?? "" };
}

function rhythmOf(fields) {
  const words = (
    valueOf(fields, "R")
      .toLowerCase()
      .match(/[a-z]+/g) ?? []
  )
    .join(" ")
    .replace(/^slipjig$/, "slip jig");
  return words in METERS ? words : ANY;
}

// The last one holds, as it does for the server.
function valueOf(fields, name) {
  return fields.findLast((field) => field.name === name && field.value)?.value ?? "";
}

// What stands after the tonic is its `rest`, of which the `clef` is what belongs to no mode.
function keyOf(fields) {
  const value = valueOf(fields, "K");
  const none = { tonic: ANY, mode: "major", rest: "", clef: "" };
  const match = KEY.exec(value);
  if (!match) return none;
  const [, tonic, blank, word, behind] = match;
  const mode = MODES.find(([, pattern]) => pattern.test(word))?.[0];
  if (mode) return { tonic, mode, rest: blank + word + behind, clef: word ? behind : blank + behind };
  return CLEF.test(word + behind)
    ? { tonic, mode: "major", rest: blank + word + behind, clef: ` ${word}${behind}` }
    : none;
}

function tempoOf(fields) {
  const [, beat, count] =
    TEMPO.exec(
      valueOf(fields, "Q")
        .replace(/"[^"]*"/g, "")
        .trim(),
    ) ?? [];
  return { beat: beat?.trim(), count: count ?? "" };
}

function beatOf(fields) {
  return BEATS[valueOf(fields, "M")] ?? "1/4";
}

// The text with one value for a field, in its place or where the standard wants it; without the field for "".
function set(text, name, value) {
  const { lines, fields, end, hasMusic } = read(text);
  const own = fields.filter((field) => field.name === name);
  const kept = value ? own.at(-1) : null;
  if (kept ? own.length === 1 && kept.value === value : !value && !own.length) return text;
  const next = fields.find((field) => place(field.name) > place(name))?.index ?? end;
  if (kept) lines[kept.index] = `${name}:${value}${kept.comment}`;
  for (const { index } of own.filter((field) => field !== kept).reverse()) lines.splice(index, 1);
  if (value && !kept) lines.splice(next, 0, `${name}:${value}`);
  if (!hasMusic && lines.at(-1)?.trim()) lines.push(""); // for the music
  return lines.join("\n");
}

// X: first, K: last, as the standard wants them.
function place(name) {
  const order = "XTRMLQ";
  return name === "K" ? 99 : order.includes(name) ? order.indexOf(name) : 50;
}
