"""What a page tells where packages are missing, for tests/ui/test_missing.py, which takes them away before this."""

import logging
from pathlib import Path
from typing import Any

import httpx

from charrnn.model.checkpoint import save_checkpoint
from charrnn.render.audio.library import Library
from charrnn.ui.handlers.compose import Handlers
from charrnn.ui.handlers.desk import Desk
from charrnn.ui.model import BackgroundModel
from tests.support.served import served
from tests.support.tiny import SHORT, tiny_checkpoint

FILES = ("abc", "midi", "wav", "mp3", "ogg", "flac", "svg", "pdf", "musicxml")
SEED = "M:6/8\nL:1/8\nK:D\nABc|"


class Lines(logging.Handler):
    """Keeps what the log says."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def main(folder: Path) -> dict[str, Any]:
    log = Lines()
    logging.getLogger("charrnn").addHandler(log)
    path = folder / "tiny.safetensors"
    save_checkpoint(tiny_checkpoint(), path)
    library = Library(folder)
    library.prepare()
    answers: dict[str, Any] = {}
    with served(str(path), library) as address:
        answers["page"] = httpx.get(address, timeout=60).status_code
        call = f"{address}/gradio_api/call/generate"
        event = httpx.post(call, json={"data": [SEED, 0.9, 20, 1, True, None, None, 0, None]}, timeout=60).json()
        events = httpx.get(f"{call}/{event['event_id']}", timeout=60).text.strip().split("\n\n")
        answers["generate"] = events[-1].split("\n")[0].removeprefix("event: ")
    model = BackgroundModel(str(path)).start()
    shown = list(Handlers(model).compose({"seed_text": SEED, "length": 60, "seed": "3", "parts": "free"}))[-1]
    answers["shown"] = {
        "state": shown["state"],
        "has abc": bool(shown["abc"]),
        "has sound": bool(shown["sound"]),
        "has picture": bool(shown["picture"]),
        "unseen": shown["unseen"],
    }
    make_file = {function.__name__: function for function in Desk(library).functions()}["make_file"]
    for kind in FILES:
        made = make_file({"abc": SHORT, "kind": kind}, None)
        answers[kind] = made.get("error") or made["name"]
    return answers | {"log": log.lines}
