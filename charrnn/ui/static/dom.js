// Small helpers. Whatever a person or the model wrote reaches the page through textContent only.

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [property, value] of Object.entries(properties)) {
    if (property === "data") Object.assign(made.dataset, value);
    else if (property.includes("-") || property === "role") made.setAttribute(property, value);
    else made[property] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// The value of one of our components, which the server sends as text (charrnn/ui/answers/text.py).
export function readValue(props) {
  return props.value ? JSON.parse(props.value) : null;
}

export function seedBox() {
  return document.querySelector("#seed-text textarea");
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
