"""gradio's own notes of requests: its *events*. Reaches into gradio's queue, whose version is pinned for other reasons,
too; a test notices what it calls otherwise one day."""

from collections.abc import Iterator
from typing import Any

from gradio.context import LocalContext


def under_way(queue: Any) -> Iterator[Any]:
    """The events of gradio's queue that wait or run."""
    for waiting in list(queue.event_queue_per_concurrency_id.values()):
        yield from list(waiting.queue)
    for running in list(queue.active_jobs):
        yield from running or ()


class Event:
    """gradio's note of the request whose handler it has called. Outside a server there is none."""

    def __init__(self) -> None:
        blocks, event_id = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
        self._queue: Any = None
        self._event: Any = None
        if blocks is not None and event_id:
            self._queue, self._event = blocks._queue, blocks._queue.event_ids_to_events.get(event_id)

    @property
    def is_waited_for(self) -> bool:
        """False once the visitor has gone, which gradio marks in the event, or has pressed Stop, at which it puts the
        event away. Ask often: gradio itself would close a generator at its next yield, and each yield costs as much as
        writing some bars; a plain function it would never tell."""
        return self._event is None or (self._event.alive and self._event in under_way(self._queue))
