// Small helpers. Whatever a person or the model wrote reaches the page through textContent only.

/** @import { Properties, ScoreElement } from "./types" */

/**
 * An element. Of its properties, "role" and those with a hyphen are attributes, and "data" is its dataset. Children
 * that are null are left out.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Properties<Name>} [properties]
 * @param {(Node | string | null)[]} children
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [property, value] of Object.entries(properties)) {
    if (property === "data") Object.assign(made.dataset, value);
    else if (property.includes("-") || property === "role") made.setAttribute(property, String(value));
    else made[property] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/**
 * An element of a drawing.
 *
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | number>} attributes
 */
export function svgElement(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return made;
}

/**
 * The score component. What score.js hangs on it is there once that has run.
 *
 * @returns {ScoreElement | null}
 */
export function scoreElement() {
  return document.querySelector(".score");
}

/** @returns {HTMLTextAreaElement | null} */
export function seedBox() {
  return document.querySelector("#seed-text textarea");
}

/**
 * A box of the settings; null until gradio has made it.
 *
 * @returns {HTMLInputElement | null}
 */
export function inputAt(selector) {
  return document.querySelector(selector);
}

/**
 * What is looked for, once gradio has made it: its components come in no certain order.
 *
 * @template {Element} Found
 * @param {() => Found | null} find
 * @returns {Promise<Found>}
 */
export function whenThere(find) {
  return new Promise((resolve) => {
    const look = () => {
      const found = find();
      if (!found) return;
      observer.disconnect();
      resolve(found);
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true });
    look();
  });
}

export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// The value of one of our components, which the server sends as text (charrnn/ui/answers/text.py).
export function readValue(props) {
  return props.value ? JSON.parse(props.value) : null;
}

const FORBIDDEN = "script, foreignObject, iframe, a, image, animate, set";

// The server's own SVG as an element: drawn shapes and text, and nothing that acts or fetches.
export function svgFrom(text) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const svg = parsed.documentElement;
  if (svg.localName !== "svg") return null;
  for (const foreign of svg.querySelectorAll(FORBIDDEN)) foreign.remove();
  for (const one of [svg, ...svg.querySelectorAll("*")]) {
    for (const { name, value } of [...one.attributes]) {
      const leadsAway = /href$/i.test(name) && !value.startsWith("#");
      if (/^on/i.test(name) || leadsAway) one.removeAttribute(name);
    }
  }
  return document.importNode(svg, true);
}
