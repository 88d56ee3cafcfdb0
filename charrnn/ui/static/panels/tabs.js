// Tabs as the ARIA practices describe them: arrows move, one panel is in front.

export class Tabs {
  // onChange(name) is told which panel came to the front.
  constructor(root, onChange) {
    this.root = root;
    this.onChange = onChange;
    this.tabs = [...root.querySelectorAll("[role=tab]")];
    for (const tab of this.tabs) tab.addEventListener("click", () => this.open(tab.dataset.panel));
    root.querySelector("[role=tablist]").addEventListener("keydown", (event) => this.key(event));
  }

  open(name) {
    for (const tab of this.tabs) {
      const chosen = tab.dataset.panel === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      this.root.querySelector(`#${tab.getAttribute("aria-controls")}`).hidden = !chosen;
    }
    this.onChange(name);
  }

  key(event) {
    const place = this.tabs.findIndex((tab) => tab === document.activeElement);
    const moves = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: this.tabs.length - 1 };
    if (place < 0 || !(event.key in moves)) return;
    const tab = this.tabs[(moves[event.key] + this.tabs.length) % this.tabs.length];
    tab.focus();
    this.open(tab.dataset.panel);
    event.preventDefault();
  }
}
