"""Bounds the state that Gradio keeps of sessions and of what they ask for.

gradio 6.31 remembers ten thousand sessions with every component of the page, two thousand with the messages that
nobody fetched, and the names of all others for ever. This page has no state on the server, so a session that is
forgotten loses nothing: its next request makes it anew. One whose event waits or runs is never forgotten.

An event that is stopped in the moment in which it ends is left in gradio's table of events for ever, as one that is
alive. So ``under_way`` asks the queues instead, and what is left is put away when the next session comes.
"""

from typing import Any

import gradio as gr

from charrnn import limits
from charrnn.ui.events import under_way


def keep_house(page: gr.Blocks) -> None:
    """For a page that is being served. Reaches into gradio's queue, whose version is pinned for other reasons, too; a
    test notices what it calls otherwise one day."""
    queue: Any = page._queue
    queue.pending_messages_per_session = Messages(queue)
    page.app.iterators_to_reset = StoppedEvents()


class Messages(dict[str, Any]):
    """What sessions have not been told yet, by session: where gradio's queue notes a new session first."""

    def __init__(self, queue: Any) -> None:
        super().__init__()
        self._queue = queue

    def __setitem__(self, session: str, messages: Any) -> None:
        ids = self._under_way()
        for event in [event for event in self._queue.event_ids_to_events if event not in ids]:
            self._queue.event_ids_to_events.pop(event, None)
        if max(len(self), len(self._queue.pending_event_ids_session)) >= limits.MAX_SESSIONS:
            self._forget(are_told=True)
        if len(self) >= limits.MAX_SESSIONS:
            self._forget(are_told=False)
        super().__setitem__(session, messages)

    def _forget(self, are_told: bool) -> None:
        """The sessions without an event under way: those that are told everything or do not listen any more, or, where
        they are too many, also those that have not fetched their last answer."""
        events_of, ids = self._queue.pending_event_ids_session, self._under_way()
        for session in {*self, *events_of}:
            events = events_of.get(session, ())
            if ids.isdisjoint(events) and not (are_told and events and session in self):
                self.pop(session, None)
                events_of.pop(session, None)

    def _under_way(self) -> set[str]:
        return {event._id for event in under_way(self._queue)}


class StoppedEvents(set[Any]):
    """Events that were stopped and may yet ask for their next step, which they do at once or never."""

    def add(self, event: Any) -> None:
        if len(self) >= limits.MAX_SESSIONS:
            self.clear()
        super().add(event)
