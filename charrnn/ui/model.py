"""The model, loaded in a background thread so that the page does not wait for torch."""

import logging
import threading
from typing import TYPE_CHECKING

from charrnn.errors import CharrnnError, CheckpointError

if TYPE_CHECKING:
    from charrnn.model.checkpoint import Checkpoint

_log = logging.getLogger(__name__)


class BackgroundModel:
    """A checkpoint that is there now or later. Any number of requests may wait for it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._checkpoint: Checkpoint | None = None
        self._error: CharrnnError | None = None
        self._settled = threading.Event()

    def start(self) -> "BackgroundModel":
        threading.Thread(target=self._load, name="model", daemon=True).start()
        return self

    def wait(self, seconds: float | None = None) -> "Checkpoint | None":
        """The checkpoint, or None if it is not there after so many seconds. Raises what loading raised."""
        self.settled(seconds)
        if self._error:
            raise self._error
        return self._checkpoint

    def settled(self, seconds: float | None = None) -> bool:
        """Whether loading has come to an end, good or bad, within so many seconds."""
        return self._settled.wait(seconds)

    def _load(self) -> None:
        try:
            self._checkpoint = _load_ready_to_use(self.name)
        except CharrnnError as error:
            self._error = error
        except Exception as error:
            _log.exception("loading %s", self.name)
            self._error = CheckpointError(f"checkpoint {self.name!r} cannot be loaded: {type(error).__name__}")
        finally:
            self._settled.set()


def _load_ready_to_use(name: str) -> "Checkpoint":
    """Load, and compose a few characters: the first visitor would otherwise pay for imports and torch's own set-up."""
    from charrnn.model.checkpoint import load_checkpoint
    from charrnn.model.location import find_checkpoint
    from charrnn.sampling.compose import compose
    from charrnn.sampling.options import Request
    from charrnn.sampling.threads import use_one_thread_each
    from charrnn.ui.value import done

    use_one_thread_each()
    checkpoint = load_checkpoint(find_checkpoint(name))
    first = compose(checkpoint, Request.checked(length=16, seed=0))
    done(first.abc, first.tune)
    return checkpoint
