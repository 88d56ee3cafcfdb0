"""One page for the tests of a module, which costs most of them more to open than what they do in it.

Between two tests what a visitor can have changed is put back, and then the page has to look as it did when it was
opened: its words, its controls, what is open, selected or scrolled, what is stored, how it sounds. Where it does not,
or where a test failed, the page is closed and another is opened, so that no test can tell which one it got.

Three things cannot be put back: the seed that was used last, which only the server fills in, gradio's own copy of the
last tune, and what a slider goes back to at its own button, if the slider was away for a while. What a test changes of
the browser's own functions is not always seen either. A test that asks for one of these before it has made a tune, that
changes such functions or that leaves the page, is marked ``own_page``.
"""

import contextlib
from collections.abc import Iterator

from playwright.sync_api import BrowserContext, Error, Page

from charrnn.limits import MAX_LENGTH
from charrnn.sampling.options import DEFAULT_LENGTH
from tests.support.visitor import choose, opened, watched

VIEWPORT = {"width": 1280, "height": 900}  # as the context of ``conftest`` has it
PATIENCE = 2_000  # milliseconds until what was put back is there


class KeptPage:
    """The page, and how it was when it was opened."""

    def __init__(self, browser: BrowserContext, address: str) -> None:
        self.browser = browser
        self.address = address
        self.page: Page | None = None
        self.visit = contextlib.ExitStack()

    def ready(self) -> Page:
        """The page as it comes."""
        if self.page is not None and self.page.evaluate(_CHANGED, self.state):  # by another page, which stores things
            self.close()
        if self.page is None:
            self.page = self.visit.enter_context(self._opened())
        return self.page

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Page]:
        page = self.browser.new_page()
        with watched(page, self.address) as self.check:
            opened(page, self.address)
            page.wait_for_function("document.querySelector('.chances').strip?.step")
            page.evaluate(_REMEMBER)
            page.evaluate(_REST)
            self.state = page.evaluate(_STATE)
            yield page
            page.close()

    def put_back(self) -> None:
        """After a test that has passed."""
        if self.page is None:
            return
        try:
            self.check()
        except AssertionError:
            self.close()  # which checks, too
            raise
        if not self._is_put_back(self.page):
            self.close()

    def _is_put_back(self, page: Page) -> bool:
        try:
            page.set_viewport_size(VIEWPORT)  # type: ignore[arg-type]
            page.emulate_media(media="null", color_scheme="null", reduced_motion="null")
            page.wait_for_function("!document.querySelector('.score').page.busy", timeout=PATIENCE)
            page.mouse.move(0, 0)
            if page.locator("li[role=option]").count():  # a list that is open writes its choice as it is left
                page.locator("h1").click()
                page.wait_for_timeout(300)
            for menu, choice in page.evaluate(_PUT_BACK):
                choose(page, menu, choice)
            page.evaluate(_REST)
            before = f"(before) => !({_CHANGED})(before).length"
            page.wait_for_function(before, arg=self.state, timeout=PATIENCE, polling=100)
        except Error:
            with contextlib.suppress(Error):
                print("The page cannot be put back:", page.evaluate(_CHANGED, self.state))
            return False
        return True

    def close(self) -> None:
        """The next test gets another page."""
        self.page = None
        self.visit.close()


# What the page starts with, for _PUT_BACK.
_REMEMBER = """() => {
  window.kept = {
    address: location.pathname + location.search,
    step: document.querySelector(".chances").strip.step,
    playIn: document.querySelector(".play-in").cloneNode(true),
    settings: () => [...document.querySelectorAll("#settings :is(textarea, input:not([type=range]))")]
      .filter((one) => !one.closest(".play-in, #seed-used"))
      .map((one) => [one.getAttribute("aria-label") ?? one.closest("label").textContent.trim(), one]),
  };
  kept.usual = Object.fromEntries(kept.settings().map(([name, one]) => [name, [one.value, one.checked]]));
}"""

# Returns [label, choice] of the menus of the settings that must be chosen by hand.
_PUT_BACK = """() => {
  const { kept } = window;
  const root = document.querySelector(".score");
  const { page } = root;
  const { transport, history } = page;
  const { player, mixer } = transport;

  // What is asked for already comes too late.
  page.turn += 1;
  clearTimeout(page.asking.resizing);

  // The tune, and what was before it.
  transport.stop();
  history.values = [];
  history.place = -1;
  page.showOther({ state: "empty" });
  page.select(null);
  page.openFile.show({});
  for (const [name, menu] of [["tunes", "which-tune"], ["voices", "which-voice"]]) page.openFile.fill(name, menu, []);
  page.openFile.panel.querySelector(".to-book").hidden = true;
  root.classList.remove("is-playing");
  root.querySelector(".sheet").setAttribute("aria-label", "Score");
  root.querySelector(".paper-copy")?.remove();
  for (const name of ["remark", "where"]) page.words.put(name, "");
  document.querySelector(".chances").strip.show(kept.step);

  // What is stored.
  page.visit.entries = [];
  page.visit.draw();
  localStorage.clear();
  sessionStorage.clear();
  page.book.renaming = null;
  page.book.linked = null;
  page.book.read();
  page.book.show({});
  page.book.say("");
  window.history.replaceState(window.history.state, "", kept.address);

  // The controls of the player, and its sound.
  for (const one of root.querySelectorAll(".transport :is(input, select), .panel :is(select, input[type=checkbox])")) {
    const usual = one.matches("select") ? one.options[0]?.value : one.defaultValue;
    const isCheck = one.type === "checkbox";
    if (isCheck ? one.checked === one.defaultChecked : one.value === usual || one.matches(".position")) continue;
    if (isCheck) one.checked = one.defaultChecked;
    else one.value = usual;
    for (const kind of ["input", "change"]) one.dispatchEvent(new Event(kind, { bubbles: true }));
  }
  transport.root.classList.remove("open");
  transport.part("more-sound").setAttribute("aria-expanded", "false");
  player.startedNotes = 0;
  mixer.context?.close();
  mixer.context = undefined;
  mixer.tracks = undefined;
  mixer.volume = undefined;
  mixer.sampler = null;
  mixer.muted.clear();

  // Panels and places.
  const playIn = document.querySelector(".play-in");
  if (playIn.panel) { // mounted when it is opened for the first time, as charrnn/ui/playin.py does it
    const { server, most, constructor } = playIn.panel;
    playIn.panel.keyboard.releaseAll();
    playIn.panel.discard();
    clearTimeout(playIn.panel.drawing);
    const another = kept.playIn.cloneNode(true);
    playIn.replaceWith(another);
    another.addEventListener("toggle", () => {
      another.panel = new constructor(another, server, most);
      another.panel.opened();
    }, { once: true });
  }
  for (const one of document.querySelectorAll("details[open]")) one.open = false;
  page.tabs.open("shape");
  for (const one of document.querySelectorAll(".toast-close")) one.click();
  const column = document.querySelector("#settings");
  delete column.dataset.asked;
  column.classList.remove("folded");
  document.querySelector("#summary .summary").setAttribute("aria-expanded", "true");
  document.querySelector("#summary .asked").textContent = "";

  // The settings. Those of the header follow the seed; lists have to be chosen from.
  const menus = [];
  for (const [name, one] of kept.settings()) {
    const [value, isChecked] = kept.usual[name];
    const isList = one.getAttribute("role") === "combobox";
    if (one.type === "checkbox") {
      if (one.checked !== isChecked) one.click();
    } else if (isList) {
      if (one.value !== value && !["Rhythm", "Key", "Mode"].includes(name)) menus.push([name, value]);
    } else {
      const usual = one.max === "CHARACTERS" ? "LENGTH" : value;
      if (one.value === usual) continue;
      one.value = usual;
      for (const kind of ["input", "change"]) one.dispatchEvent(new Event(kind, { bubbles: true }));
    }
  }
  return menus;
}""".replace("CHARACTERS", str(MAX_LENGTH)).replace("LENGTH", str(DEFAULT_LENGTH))

_REST = "document.activeElement.blur(), scrollTo({ top: 0, behavior: 'instant' })"

# All that a visitor sees, hears or has stored.
_STATE = """() => {
  const root = document.querySelector(".score");
  const { page, player } = root;
  const { stage } = player;
  const controls = "input, select, textarea, button, details, [role=tabpanel], [aria-expanded], [aria-pressed]";
  const attributes = ["aria-expanded", "aria-pressed", "aria-selected", "aria-label"];
  const places = [document.body, root, page.transport.root, document.querySelector("#settings")];
  return {
    address: location.pathname + location.search,
    words: document.body.innerText,
    controls: [...document.querySelectorAll(controls)].filter((one) => !one.closest("#seed-used")).map((one) => [
      one.value, one.checked, one.disabled, one.open, one.hidden, ...attributes.map((name) => one.getAttribute(name)),
    ]),
    places: places.map((one) => [[...one.classList].sort(), { ...one.dataset }]),
    stored: [{ ...localStorage }, { ...sessionStorage }],
    names: [Object.getOwnPropertyNames(window).length, Object.getOwnPropertyNames(navigator).length],
    own: [AudioContext, AudioBufferSourceNode.prototype.start, OscillatorNode.prototype.start,
      Storage.prototype.setItem, window.print].map(String),
    window: [scrollX, scrollY, innerWidth, innerHeight, document.activeElement === document.body],
    sound: [player.state, player.position, player.rate, player.faster, player.clicking, player.section,
      player.notes.length, player.startedNotes, Boolean(stage.context), stage.loudness, [...stage.muted]],
    tune: [page.value.state, page.busy, page.history.values.length, page.staff.selected, page.staff.passage,
      page.transport.section, page.sets.isLoaded, Boolean(page.editor.timer), page.visit.entries.length,
      Boolean(page.inside.shown), page.book.book],
    chances: [document.querySelector(".chances").strip.step, document.querySelector(".chances").strip.temperature],
  };
}"""

_CHANGED = f"""(before) => Object.entries(({_STATE})())
  .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]))
  .map(([name, value]) => [name, value, before[name]])"""
