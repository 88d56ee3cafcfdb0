"""One request from its coming to its end: an id, one line in the log, a count, and a sentence where it fails.

    with journal.request("compose", for_page=True) as entry:
        entry.about(request)         # what was asked for, once it has been checked
        ...
        entry.characters = 412       # that were written

The line is JSON. Of what a visitor wrote it holds the length and a hash, whose key is drawn when the server starts: the
same text can be known again within one log, and nothing can be guessed from it.
"""

import hashlib
import json
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from charrnn.errors import BusyError, CheckpointError
from charrnn.sampling.options import Request
from charrnn.ui.model import BackgroundModel
from charrnn.ui.patience import GoneError
from charrnn.ui.sentences import is_fault, sentence_of, shown
from charrnn.ui.serving.health import Health
from charrnn.ui.serving.metrics import Metrics

_log = logging.getLogger(__name__)
_KEY = secrets.token_bytes(16)


class Outcome(StrEnum):
    OK = "ok"
    REFUSED = "refused"  # the visitor can mend it
    STOPPED = "stopped"  # by Stop, or because nobody waits for it any more
    BUSY = "busy"  # the same may go well in a moment
    FAILED = "failed"  # we have to mend it


class Entry:
    """One log entry."""

    def __init__(self, action: str) -> None:
        self.id, self.action = secrets.token_hex(4), action
        self.options: dict[str, Any] = {}
        self.characters = 0  # that were written
        self.waited = 0.0  # seconds for its turn, which are none of its own
        self.outcome = Outcome.OK
        self._start = time.monotonic()

    def about(self, request: Request, **more: Any) -> None:
        """The options that were asked for."""
        self.options |= asdict(request) | more
        self.text(self.options.pop("seed_text"))

    def text(self, text: str) -> None:
        """Records a visitor's text as length and keyed hash only."""
        self.options["text_characters"], self.options["text_hash"] = len(text), _hash(text)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start - self.waited

    @property
    def line(self) -> str:
        """The log's."""
        told = {
            "id": self.id,
            "action": self.action,
            "outcome": self.outcome.value,
            "ms": round(1000 * self.seconds),
            "characters": self.characters,
            "options": self.options,
        }
        return json.dumps(told)


class Journal:
    """The request log, metrics and health of one server."""

    def __init__(self, model: BackgroundModel | None = None) -> None:
        self.metrics, self.health = Metrics(), Health(model)

    @contextmanager
    def request(self, action: str, for_page: bool = False) -> Iterator[Entry]:
        """Any error is raised again as the sentence that a person is shown."""
        entry = Entry(action)
        try:
            with self.recorded(entry):
                yield entry
        except Exception as error:
            raise shown(sentence_of(error, entry.id), for_page) from error

    def answer(self, action: str, function: Callable[[Entry], dict[str, Any]]) -> dict[str, Any]:
        """The dict that a function gives, or {"error": sentence}: for what the page's own scripts ask."""
        entry = Entry(action)
        try:
            with self.recorded(entry):
                return function(entry)
        except Exception as error:
            return {"error": sentence_of(error, entry.id)}

    @contextmanager
    def recorded(self, entry: Entry) -> Iterator[None]:
        """How the request comes out is written down, and any error goes on as it is."""
        try:
            yield
        except BaseException as error:
            entry.outcome = _outcome(error)
            if entry.outcome is Outcome.FAILED:
                _log.error("request %s failed", entry.id, exc_info=error)
            raise
        finally:
            self.metrics.count(entry.action, entry.outcome, entry.seconds, entry.characters)
            self.health.note(entry.action, entry.outcome, entry.id)
            _log.info("%s", entry.line)


def _outcome(error: BaseException) -> Outcome:
    if isinstance(error, GeneratorExit | GoneError):
        return Outcome.STOPPED
    if isinstance(error, BusyError):
        return Outcome.BUSY
    return Outcome.FAILED if is_fault(error) or isinstance(error, CheckpointError) else Outcome.REFUSED


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4, key=_KEY).hexdigest()
