"""Bounds the server's connections: how many there are, and how long each may take to send a request.

uvicorn answers 503 where too many requests are under way, but keeps any number of connections on which none has come
yet, for ever: clients that send their headers a byte at a time use up the process's file descriptors, and then nobody
is let in. Here a request's head has to be there within ``limits.HEAD_SECONDS`` and its body within
``limits.BODY_SECONDS``; where there are too many connections, the one that has waited longest without a request is
closed. Streams and answers that are under way are never closed.
"""

import asyncio
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from charrnn import limits

_SLOW = "The request did not come in time."
_FULL = "The server is busy; please try again in a moment."


def bound_connections(config: Config) -> None:
    """Have a server that runs treat all further connections so. gradio hands no settings on to uvicorn, which reads
    these for each connection."""
    most = most_connections()
    config.http_protocol_class = BoundedConnection
    config.limit_concurrency = most + 1  # uvicorn's own, for what we let in
    config.timeout_keep_alive = limits.KEEP_ALIVE_SECONDS
    config.h11_max_incomplete_event_size = limits.MAX_HEAD_BYTES


def most_connections() -> int:
    """As many as we want, but no more than half of the files that this process may open."""
    try:
        import resource
    except ImportError:  # Windows, where sockets are no files
        return limits.MAX_CONNECTIONS
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return limits.MAX_CONNECTIONS if files < 0 else max(1, min(limits.MAX_CONNECTIONS, files // 2))


class BoundedConnection(H11Protocol):
    """uvicorn's protocol with a clock for what has not come yet."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._most = most_connections()
        self._waits_for = ""  # "head", "body" or nothing
        self._clock: asyncio.TimerHandle | None = None
        self._since = self.loop.time()

    @property
    def is_open(self) -> bool:
        return self.transport is not None and not self.transport.is_closing()

    @property
    def is_waiting(self) -> bool:
        """For a request whose head is not there yet: nothing is lost where it is closed."""
        return self.conn.their_state is h11.IDLE and (self.cycle is None or self.cycle.response_complete)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()
        opened = [one for one in self.connections if isinstance(one, BoundedConnection) and one.is_open]
        if len(opened) > self._most:
            self._make_room([one for one in opened if one is not self and one.is_waiting])

    def _make_room(self, waiting: "list[BoundedConnection]") -> None:
        if waiting:
            min(waiting, key=lambda one: one._since).transport.abort()
        else:
            self._refuse(503, "Service Unavailable", _FULL)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Start the clock for what is waited for now, or let it go on."""
        state = self.conn.their_state
        waits_for = {h11.IDLE: "head", h11.SEND_BODY: "body"}.get(state, "")
        if waits_for == self._waits_for:
            return
        self._stop_clock()
        self._waits_for, self._since = waits_for, self.loop.time()
        if waits_for:
            seconds = limits.HEAD_SECONDS if waits_for == "head" else limits.BODY_SECONDS
            self._clock = self.loop.call_later(seconds, self._time_is_over)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
        self._waits_for, self._clock = "", None

    def _time_is_over(self) -> None:
        if not self.is_open:
            return
        if self.is_waiting:
            self._refuse(408, "Request Timeout", _SLOW)
        elif self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self.transport.abort()

    def _refuse(self, status: int, phrase: str, sentence: str) -> None:
        body = sentence.encode()
        head = f"HTTP/1.1 {status} {phrase}\r\ncontent-type: text/plain\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(f"{head}connection: close\r\n\r\n".encode() + body)
        self.transport.close()
