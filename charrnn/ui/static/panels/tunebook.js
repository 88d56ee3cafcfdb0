// A book of tunes as a value, without the page. Every function gives a new book, or throws a BookError with a sentence
// for the visitor.

/** @import { TuneSet } from "../types" */
/** @typedef {{ title: string, sections: Section[] }} Book */
/** @typedef {{ name: string, tunes: Tune[] }} Section a tune alone, or a set of two to four that follow each other */
/** @typedef {{ id: string, abc: string, title: string }} Tune its id holds for as long as the page is open */

export const KEY = "charrnn-book-1"; // of the browser's storage; another number where the form changes
export const MOST_TUNES = 200;
export const MOST_IN_A_SET = 4;
export const MOST_CHARACTERS = 20_000; // of one tune, as charrnn/limits.py has it
export const MOST_IN_ALL = 1_000_000; // characters of a book: a browser keeps some five million for a site
export const MOST_OF_A_NAME = 100; // characters
/** @type {Book} */
export const EMPTY = { title: "My book", sections: [] };

const SET_LINE = "%%charrnn-set "; // in a file, after the X: line of each tune of a set; other programs skip it
const TITLE_LINE = "%%charrnn-book ";

export class BookError extends Error {}

let ids = 0;
/** @type {(abc: string, title?: string) => Tune} */
const made = (abc, title) => ({ id: `t${(ids += 1)}`, abc, title: line(title) || "Untitled" });
const line = (text) =>
  String(text ?? "")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, MOST_OF_A_NAME);

/** @type {(book: Book) => Tune[]} */
export const tunesOf = (book) => book.sections.flatMap((section) => section.tunes);
/** @type {(section: Section) => boolean} */
export const isSet = (section) => section.tunes.length > 1;
/** @type {(book: Book) => number} */
const characters = (book) => tunesOf(book).reduce((sum, { abc }) => sum + abc.length, 0);
/** @type {(book: Book, sections: Section[]) => Book} */
const withSections = (book, sections) => ({
  ...book,
  sections: sections.filter(({ tunes }) => tunes.length).map(plain),
});
/** @type {(section: Section) => Section} */
const plain = (section) => (isSet(section) ? section : { name: "", tunes: section.tunes }); // a tune alone has no name
/** @type {(book: Book, id: string) => number} */
const placeOf = (book, id) => book.sections.findIndex(({ tunes }) => tunes.some((tune) => tune.id === id));

/** @type {(book: Book, tune: { abc?: string, title?: string }) => Book} */
export function add(book, { abc, title }) {
  if (abc.length > MOST_CHARACTERS) {
    throw new BookError(`A tune of a book has at most ${count(MOST_CHARACTERS)} characters.`);
  }
  if (tunesOf(book).some((tune) => tune.abc === abc)) throw new BookError("This tune is in your book already.");
  if (tunesOf(book).length >= MOST_TUNES) {
    throw new BookError(`A book has at most ${MOST_TUNES} tunes; remove one first.`);
  }
  if (characters(book) + abc.length > MOST_IN_ALL) {
    throw new BookError(`A book has at most ${count(MOST_IN_ALL)} characters; remove a tune first.`);
  }
  return { ...book, sections: [...book.sections, { name: "", tunes: [made(abc, title)] }] };
}

/** @type {(book: Book, id: string) => Book} */
export function remove(book, id) {
  return withSections(
    book,
    book.sections.map((section) => ({ ...section, tunes: section.tunes.filter((tune) => tune.id !== id) })),
  );
}

/**
 * The title in the list and in the tune's text.
 *
 * @type {(book: Book, id: string, title: string) => Book}
 */
export function rename(book, id, title) {
  const name = line(title);
  if (!name) throw new BookError("A tune needs a title.");
  return changed(book, id, (tune) => ({ ...tune, title: name, abc: titled(tune.abc, name) }));
}

/** @type {(book: Book, title: string) => Book} */
export function nameBook(book, title) {
  return { ...book, title: line(title) || EMPTY.title };
}

/** @type {(book: Book, place: number, name: string) => Book} */
export function nameSet(book, place, name) {
  return {
    ...book,
    sections: book.sections.map((section, index) => (index === place ? { ...section, name: line(name) } : section)),
  };
}

/**
 * A tune within its set, or a section among the others.
 *
 * @type {(book: Book, id: string, by: number) => Book}
 */
export function moveTune(book, id, by) {
  const place = placeOf(book, id);
  const { tunes } = book.sections[place];
  if (tunes.length < 2) return moveSection(book, place, by);
  const moved = swapped(
    tunes,
    tunes.findIndex((tune) => tune.id === id),
    by,
  );
  return {
    ...book,
    sections: book.sections.map((section, index) => (index === place ? { ...section, tunes: moved } : section)),
  };
}

/** @type {(book: Book, place: number, by: number) => Book} */
export function moveSection(book, place, by) {
  return { ...book, sections: swapped(book.sections, place, by) };
}

/**
 * The section and the one above it as one set.
 *
 * @type {(book: Book, place: number) => Book}
 */
export function join(book, place) {
  const [above, section] = book.sections.slice(place - 1, place + 1);
  if (!section || place < 1) throw new BookError("There is no tune above this one.");
  const tunes = [...above.tunes, ...section.tunes];
  if (tunes.length > MOST_IN_A_SET) {
    throw new BookError(`A set has at most ${MOST_IN_A_SET} tunes, not ${tunes.length}.`);
  }
  const joined = { name: above.name || section.name, tunes };
  return { ...book, sections: [...book.sections.slice(0, place - 1), joined, ...book.sections.slice(place + 1)] };
}

/**
 * The tune stands alone, after its set.
 *
 * @type {(book: Book, id: string) => Book}
 */
export function takeOut(book, id) {
  const place = placeOf(book, id);
  const { name, tunes } = book.sections[place];
  const rest = { name, tunes: tunes.filter((tune) => tune.id !== id) };
  const alone = { name: "", tunes: tunes.filter((tune) => tune.id === id) };
  return withSections(book, [...book.sections.slice(0, place), rest, alone, ...book.sections.slice(place + 1)]);
}

/**
 * Tunes of a file, after the others; those with the same mark of a set stand together. Says how many came in, and how
 * many there was no room for.
 *
 * @type {(book: Book, tunes: { abc: string, title?: string }[]) => { book: Book, added: number, left: number }}
 */
export function addAll(book, tunes) {
  const before = tunesOf(book).length;
  let left = 0;
  let open = ""; // the set whose tunes come now
  for (const { abc, title } of tunes) {
    const mark = markOf(abc);
    try {
      book = add(book, { abc: withoutMarks(abc), title });
    } catch {
      left += 1;
      continue;
    }
    const place = book.sections.length - 1;
    const fits = mark && mark === open && book.sections[place - 1].tunes.length < MOST_IN_A_SET;
    if (fits) book = nameSet(join(book, place), place - 1, nameIn(mark));
    open = mark;
  }
  return { book, added: tunesOf(book).length - before, left };
}

/**
 * The set of a link.
 *
 * @type {(book: Book, set: TuneSet) => Book}
 */
export function addSet(book, { name, tunes }) {
  const known = tunesOf(book).map(({ abc }) => abc);
  const before = book.sections.length;
  for (const tune of tunes) if (!known.includes(tune.abc)) book = add(book, tune);
  while (book.sections.length > before + 1) book = join(book, before + 1);
  return book.sections[before] && isSet(book.sections[before]) ? nameSet(book, before, name) : book;
}

/**
 * One file of all tunes, numbered anew.
 *
 * @type {(book: Book) => string}
 */
export function toAbc(book) {
  const tunes = book.sections.flatMap((section, place) =>
    section.tunes.map(({ abc }) =>
      isSet(section) ? marked(abc, `${SET_LINE}${place + 1} ${section.name}`.trimEnd()) : abc,
    ),
  );
  const texts = tunes.map((abc, index) => numbered(abc, index + 1).trim());
  return `%abc-2.1\n${TITLE_LINE}${book.title}\n\n${texts.join("\n\n")}\n`;
}

/**
 * What is kept in the browser.
 *
 * @type {(book: Book) => string}
 */
export function toText(book) {
  const sections = book.sections.map(({ name, tunes }) => ({
    name,
    tunes: tunes.map(({ abc, title }) => ({ abc, title })),
  }));
  return JSON.stringify({ title: book.title, sections });
}

/**
 * The book that is kept in the browser. What is damaged there is left out; isWhole says whether nothing was.
 *
 * @type {(text: string | null) => { book: Book, isWhole: boolean }}
 */
export function fromText(text) {
  /** @type {any} */
  let kept = null; // whatever stands there
  try {
    kept = text === null ? { sections: [] } : JSON.parse(text);
  } catch {
    // no JSON
  }
  const list = (value) => (Array.isArray(value) ? value : []);
  let book = nameBook(EMPTY, typeof kept?.title === "string" ? kept.title : "");
  let isWhole = Array.isArray(kept?.sections);
  for (const section of list(kept?.sections)) {
    const place = book.sections.length;
    isWhole &&= Array.isArray(section?.tunes) && section.tunes.length <= MOST_IN_A_SET;
    for (const tune of list(section?.tunes).slice(0, MOST_IN_A_SET)) {
      try {
        if (typeof tune.abc !== "string" || typeof tune.title !== "string" || !tune.abc.trim()) {
          throw new BookError("no tune");
        }
        book = add(book, tune);
        if (book.sections.length > place + 1) book = join(book, place + 1);
      } catch {
        isWhole = false;
      }
    }
    if (book.sections[place] && isSet(book.sections[place]) && typeof section.name === "string") {
      book = nameSet(book, place, section.name);
    }
  }
  return { book, isWhole };
}

// "jig · D" from the fields of a tune's header, for the list.
export function factsOf(abc) {
  const field = (name) =>
    abc
      .match(new RegExp(`^${name}:[ \\t]*([^%\\n]*)`, "m"))?.[1]
      .trim()
      .slice(0, 20) ?? "";
  return [field("R"), field("M"), field("K") && `key of ${field("K")}`].filter(Boolean).join(" · ");
}

// The title of a tune's header is this one; the first of several.
export function titled(abc, title) {
  const text = `T:${title.replace(/[\\%]/g, "\\$&").replace(/&(?=#?\w+;)/g, "\\&")}`;
  const lines = abc.split("\n");
  const key = lines.findIndex((one) => one.startsWith("K:"));
  const place = lines.findIndex((one, index) => one.startsWith("T:") && (key < 0 || index < key));
  if (place >= 0) return lines.with(place, text).join("\n");
  return lines.toSpliced(lines.findIndex((one) => one.startsWith("X:")) + 1, 0, text).join("\n");
}

/** @type {(book: Book, id: string, change: (tune: Tune) => Tune) => Book} */
function changed(book, id, change) {
  const sections = book.sections.map((section) => ({
    ...section,
    tunes: section.tunes.map((tune) => (tune.id === id ? change(tune) : tune)),
  }));
  return { ...book, sections };
}

/** @type {<One>(list: One[], place: number, by: number) => One[]} */
function swapped(list, place, by) {
  const other = place + by;
  return list[other] ? list.with(place, list[other]).with(other, list[place]) : list;
}

function numbered(abc, number) {
  const has = /^X:.*$/m.test(abc);
  return has ? abc.replace(/^X:.*$/m, `X:${number}`) : `X:${number}\n${abc}`;
}

function marked(abc, mark) {
  const text = withoutMarks(abc);
  return /^X:.*$/m.test(text) ? text.replace(/^X:.*$/m, (found) => `${found}\n${mark}`) : `X:1\n${mark}\n${text}`;
}

const markOf = (abc) =>
  abc
    .split("\n")
    .find((one) => one.startsWith(SET_LINE))
    ?.trim() ?? "";
const nameIn = (mark) => mark.slice(SET_LINE.length).replace(/^\d+ ?/, "");
const withoutMarks = (abc) =>
  abc
    .split("\n")
    .filter((one) => !one.startsWith(SET_LINE))
    .join("\n");
const count = (number) => number.toLocaleString("en");
