// The score component: shows a tune's text, plays it and hands it out. The value comes from charrnn/ui/value.py.
// Whatever a person or the model wrote reaches the page through textContent only.

import { bytesOf, download } from "./download.js";
import { Mixer } from "./mixer.js";
import { Player, SILENCE } from "./player.js";
import { drawRoll } from "./roll.js";

// The catalog is the address of the sampled instruments, or null where there are none.
export function mount(element, props, watch, catalog) {
  const view = new ScoreView(element.querySelector(".score"), catalog);
  view.root.player = view.player; // for the tests, and for the curious
  view.show(props.value);
  watch("value", () => view.show(props.value));
}

class ScoreView {
  constructor(root, catalog) {
    this.root = root;
    this.mixer = new Mixer(catalog && new URL(catalog, document.baseURI));
    this.player = new Player(this.mixer, { state: () => this.showPlaying() });
    this.value = {};
    this.part("play").addEventListener("click", () => (this.player.running ? this.player.pause() : this.player.play()));
    this.part("stop").addEventListener("click", () => {
      this.player.stop();
      this.showPosition();
    });
    this.part("position").addEventListener("input", (event) => {
      this.player.seek(Number(event.target.value));
      this.showPosition();
    });
    this.part("get-midi").addEventListener("click", () =>
      download(`${this.value.filename}.mid`, "audio/midi", bytesOf(this.value.midi)),
    );
    this.part("get-abc").addEventListener("click", () =>
      download(`${this.value.filename}.abc`, "text/vnd.abc;charset=utf-8", this.value.abc),
    );
  }

  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  show(value) {
    this.value = value || { state: "empty" };
    const { state, abc = "", sound } = this.value;
    this.root.dataset.state = state;
    this.part("title").textContent = this.titleOf(this.value);
    this.part("facts").textContent = this.factsOf(this.value);
    this.part("abc").textContent = abc;
    this.part("note").textContent = [this.value.note, this.silence()].filter(Boolean).join(" ");
    this.showProblems(this.value);
    this.part("get-abc").disabled = !this.value.filename;
    this.part("get-midi").disabled = !this.value.midi;
    for (const name of ["play", "stop", "position"]) this.part(name).disabled = !sound;
    this.player.load(sound ?? SILENCE);
    this.part("position").max = this.player.length || 1;
    for (const roll of this.root.querySelectorAll(".roll")) drawRoll(roll, this.player.notes, this.player.length);
    if (sound) {
      this.mixer.warm();
      this.mixer.setInstrument("piano");
    }
    this.showPosition();
  }

  titleOf({ state, title }) {
    return { empty: "No tune yet", loading: "A moment", writing: "Writing" }[state] || title || "Untitled";
  }

  factsOf({ state, facts }) {
    const sentences = {
      empty: "Press Generate, and one is written here.",
      loading: "The model is still being loaded.",
      writing: "One character after another.",
    };
    return sentences[state] || facts || "";
  }

  silence() {
    return this.value.silence ? `It cannot be played: ${this.value.silence}.` : "";
  }

  showProblems({ state, problems = [], whose }) {
    const list = this.part("problems");
    const places = problems.length === 1 ? "one place" : `${problems.length} places`;
    list.hidden = !problems.length;
    list.open = false;
    const sentence = `This tune is not right in ${places}`;
    list.querySelector("summary").textContent = whose ? `${sentence}. ${whose}` : sentence;
    list.querySelector("ul").replaceChildren(...problems.map(listItem));
    this.part("clean").hidden = state !== "done" || problems.length > 0;
  }

  showPlaying() {
    const playing = this.player.running;
    this.part("play").classList.toggle("playing", playing);
    this.part("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    this.showPosition();
    if (playing) requestAnimationFrame(() => this.follow());
  }

  follow() {
    this.showPosition();
    if (this.player.running) requestAnimationFrame(() => this.follow());
  }

  showPosition() {
    const { length, position, seconds } = this.player;
    const played = this.player.secondsTo(position);
    this.part("position").value = position;
    this.part("position").setAttribute("aria-valuetext", `${clock(played)} of ${clock(seconds)}`);
    this.part("played").style.clipPath = `inset(0 ${length ? 100 - (100 * position) / length : 100}% 0 0)`;
    this.part("time").textContent = `${clock(played)} / ${clock(seconds)}`;
  }
}

function listItem(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
