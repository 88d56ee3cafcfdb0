// One tune of a gallery: the page's score and player, without a server.

import { scoreElement } from "../../ui/static/dom.js";
import { bytesOf } from "../../ui/static/panels/download.js";
import { Transport } from "../../ui/static/player/transport.js";
import { Staff } from "../../ui/static/score/staff.js";

const root = scoreElement();
const tune = JSON.parse(document.querySelector("#tune").textContent);

const staff = new Staff(root.querySelector(".sheet"), {
  seek: (note) => transport.seekWritten(note),
  sight: () => transport.sight,
  select: (range) => {
    staff.select(range);
    transport.select(range);
  },
});
const transport = new Transport(root.querySelector(".transport"), catalogAddress(), {
  note: (event) => staff.sound(event.notes, true),
  release: (event) => staff.sound(event.notes, false),
  state: () => transport && !transport.player.running && staff.silence(),
  look: () => {}, // swing, accents and beams are as the server made them
});
for (const name of ["straight", "fingering", "written-part"]) {
  root.querySelector(`.${name}`).closest("label").hidden = true;
}
staff.show(tune.picture);
transport.load({ ...tune, swings: false, typed: false }); // which hides the other two
root.player = transport.player; // for the tests, and for the curious

// An address in this browser's memory: a page that is opened from disk can fetch no file.
function catalogAddress() {
  const sounds = window.charrnnSounds;
  if (!sounds) return null;
  const instruments = Object.entries(sounds.catalog.instruments).map(([name, entry]) => {
    return [name, { ...entry, file: URL.createObjectURL(new Blob([bytesOf(sounds.files[entry.file])])) }];
  });
  const catalog = JSON.stringify({ instruments: Object.fromEntries(instruments) });
  return URL.createObjectURL(new Blob([catalog], { type: "application/json" }));
}
