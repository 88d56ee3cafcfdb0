"""Loads the checkpoint in a background thread; requests wait for it."""

import atexit
import logging
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from charrnn.errors import CharrnnError, CheckpointError, OriginalityError

if TYPE_CHECKING:
    from charrnn.corpus.originality.index import OriginalityIndex
    from charrnn.model.checkpoint import Checkpoint
    from charrnn.ui.answers.chances import Step

# What people ask for first. The grammar keeps what it has worked out, which takes half a second for the first tune in a
# meter and form, and next to nothing later.
_LIKELY_HEADERS = (
    "M:6/8\nL:1/8\nR:jig\n",
    "M:4/4\nL:1/8\nR:reel\n",
    "M:3/4\nL:1/8\nR:waltz\n",
    "M:2/4\nL:1/8\n",
    "M:9/8\nL:1/8\n",
)
_PATIENCE = 30.0  # seconds
_LULL = 2.0  # seconds since anybody wanted the model
_WARM_UP = 60.0  # seconds that it may take in all: where visitors come all the time, they warm up what they use

_log = logging.getLogger(__name__)


class BackgroundModel:
    """A checkpoint that is there now or later. Any number of requests may wait for it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._checkpoint: Checkpoint | None = None
        self._error: CharrnnError | None = None
        self._settled = threading.Event()
        self._ending = False
        self.asked = 0.0  # when somebody last wanted the model, on the monotonic clock
        self.example: Step | None = None  # a step of a tune that the model wrote while it was loaded

    def start(self) -> "BackgroundModel":
        thread = threading.Thread(target=self._load, name="model", daemon=True)
        thread.start()
        atexit.register(self._end, thread)
        return self

    def _end(self, thread: threading.Thread) -> None:
        """The interpreter must not end in the middle of a step of torch: that aborts the process."""
        self._ending = True
        if self._settled.is_set():
            thread.join(_PATIENCE)

    def wait(self, seconds: float | None = None) -> "Checkpoint | None":
        """The checkpoint, or None if it is not there after so many seconds. Raises what loading raised."""
        self.asked = time.monotonic()
        self.settled(seconds)
        return self._checkpoint if self.is_ready else None

    @property
    def is_ready(self) -> bool:
        """Whether the checkpoint is there. Raises what loading raised."""
        if self._error:
            raise self._error
        return self._checkpoint is not None

    def wait_for_example(self) -> "Step | None":
        """What a new visitor is shown of the temperature; None where there is no model."""
        self.settled(_PATIENCE)
        return self.example

    def index(self) -> "OriginalityIndex":
        """Of the music that the model was trained on; there before the model is. Raises OriginalityError."""
        from charrnn.model.location import find_checkpoint
        from charrnn.model.training_index import index_at, index_of

        if self._checkpoint is not None:
            return index_of(self._checkpoint)
        try:
            return index_at(find_checkpoint(self.name))
        except CheckpointError as error:
            raise OriginalityError(str(error)) from error

    def settled(self, seconds: float | None = None) -> bool:
        """Whether loading has come to an end, good or bad, within so many seconds."""
        return self._settled.wait(seconds)

    def _load(self) -> None:
        try:
            self._checkpoint, self.example = _load_ready_to_use(self.name)
        except CharrnnError as error:
            self._error = error
        except Exception as error:
            _log.exception("loading %s", self.name)
            self._error = CheckpointError(f"checkpoint {self.name!r} cannot be loaded: {type(error).__name__}")
        finally:
            self._settled.set()
        self.warm_up()

    def warm_up(self, rounds: int = 1) -> None:
        """Have the grammar work out the usual meters in the form that the page starts with, while nobody asks. Once
        more when the kernel is there, which has tables of its own."""
        if self._checkpoint:
            deadline = time.monotonic() + _WARM_UP
            for number in range(rounds):
                for header in _LIKELY_HEADERS:
                    self._compose_for_nobody(self._checkpoint, header, number, deadline)

    def _compose_for_nobody(self, checkpoint: "Checkpoint", header: str, seed: int, deadline: float) -> None:
        from charrnn.sampling import compose
        from charrnn.sampling.options import DEFAULT_BARS, DEFAULT_PARTS, Request

        request = Request.checked(header, seed=seed, bars=DEFAULT_BARS, parts=DEFAULT_PARTS)
        try:
            for _ in compose.stream(checkpoint, request):
                while not self._ending and time.monotonic() < min(deadline, self.asked + _LULL):
                    time.sleep(_LULL / 10)
                if self._ending or time.monotonic() > deadline:
                    return
        except CharrnnError as error:  # a model that knows other characters
            _log.info("no warm-up with %r: %s", header, error)
        except Exception as error:  # nobody waits for this; who asks for such a tune is told
            _log.warning("no warm-up with %r: %s: %s", header, type(error).__name__, error)


def _load_ready_to_use(name: str) -> "tuple[Checkpoint, Step | None]":
    """Load, and compose a few bars: the first visitor would otherwise pay for imports and torch's own set-up. The tune
    gives an example of what the temperature does."""
    from charrnn.inference.threads import use_one_thread_each
    from charrnn.model.checkpoint import load_checkpoint
    from charrnn.model.location import find_checkpoint
    from charrnn.model.training_index import index_of
    from charrnn.sampling.compose import compose
    from charrnn.sampling.options import Request
    from charrnn.ui.answers.chances import step_of
    from charrnn.ui.answers.value import done

    use_one_thread_each()
    checkpoint = load_checkpoint(find_checkpoint(name))
    first = compose(checkpoint, Request.checked(_LIKELY_HEADERS[0] + "K:D\n", length=60, seed=0))
    done(first.abc, first.tune, index=partial(index_of, checkpoint))
    return checkpoint, step_of(checkpoint, first)
