"""Admission control: per-visitor limits, rate limits and a bounded queue.

Gradio's queue says what waits and what runs, so nothing is counted twice and a closed tab frees its place; of what
runs, some wait for their turn (``charrnn.ui.turns``). A refused request gets one sentence.
"""

import asyncio
import inspect
import re
import time
from collections.abc import Iterator
from typing import Any

from fastapi import HTTPException
from gradio.queueing import Queue
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from charrnn import limits
from charrnn.errors import BusyError, CharrnnError, OptionError
from charrnn.ui.events import under_way
from charrnn.ui.sentences import capitalised
from charrnn.ui.serving.requests import Entry, Journal
from charrnn.ui.serving.visitors import by_mcp, visitor_of
from charrnn.ui.turns import Turns

MODEL = "model"  # gradio's concurrency_id of everything that runs the model
_SESSION = re.compile(r"[A-Za-z0-9-]{1,64}")
_SECONDS_TO_WAIT = "5"
_PUT_AWAY_SECONDS = 1.0


class Rate:
    """So many a minute for each visitor, in any minute."""

    def __init__(self, a_minute: int) -> None:
        self._limit = RateLimitItemPerMinute(a_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, request: Any) -> None:
        """Raises BusyError for one too many."""
        visitor = visitor_of(request)
        if visitor and not self._limiter.hit(self._limit, visitor):
            raise BusyError(
                f"From your address, {self._limit.amount} requests came within a minute; please wait a little."
            )


class Gate:
    """Stands before gradio's queue."""

    def __init__(self, queue: Queue, journal: Journal, turns: Turns) -> None:
        self._queue, self._journal = queue, journal
        self._push = queue.push
        self._rate = Rate(limits.MAX_A_MINUTE)
        queue.push = self.push  # type: ignore[method-assign]
        journal.metrics.watch(
            lambda: len(self._waiting()) + turns.waiting, lambda: max(0, self._running() - turns.waiting)
        )

    async def push(self, body: Any, request: Any, username: str | None) -> Any:
        """As gradio's. Raises HTTPException with a sentence for what is not let in."""
        function = self._queue.blocks.fns.get(body.fn_index)
        entry = Entry(str(function.api_name or function.name) if function else "unknown")
        try:
            await self._settled(function, body, request)
            self._check(function, body, request)
        except CharrnnError as error:
            status = 400 if isinstance(error, OptionError) else error.status if isinstance(error, _Full) else 429
            headers = None if status == 400 else {"Retry-After": _SECONDS_TO_WAIT}
            try:
                with self._journal.recorded(entry):
                    raise error
            except CharrnnError:
                raise HTTPException(status, capitalised(str(error)), headers) from None
        return await self._push(body=body, request=request, username=username)

    async def _settled(self, function: Any, body: Any, request: Any) -> None:
        """A tune is shown, or stopped, a moment before gradio has put its event away: who is quick is not refused."""
        end = time.monotonic() + _PUT_AWAY_SECONDS
        while self._is_writing(function, body.session_hash, request) and time.monotonic() < end:
            await asyncio.sleep(0.05)

    def _is_writing(self, function: Any, session: str | None, request: Any) -> bool:
        """Whether the same tab has something running or waiting on the model, and wants more."""
        if session is None or getattr(function, "concurrency_id", None) != MODEL:
            return False
        visitor = visitor_of(request)
        if by_mcp(request) and not visitor:
            return False
        return any(event.session_hash == session and visitor_of(event.request) == visitor for event in self._alive())

    def _check(self, function: Any, body: Any, request: Any) -> None:
        if function is None or function.fn is None:
            raise OptionError("There is no such function.")
        if body.session_hash is not None and not _SESSION.fullmatch(body.session_hash):
            raise OptionError("A session is named by 1 to 64 letters and digits.")
        if function.api_visibility == "public":
            body.data += _defaults(function.fn)[len(body.data) :]
        wanted, came = len(function.inputs), len(body.data)
        if came != wanted:
            name = function.api_name or function.name
            raise OptionError(f"The values of {name} must be {wanted}, not {came}.")
        disarm(body.data)
        if function.concurrency_id == MODEL:
            if self._is_writing(function, body.session_hash, request):
                raise BusyError("Your last tune is still being written; press Stop first, or wait for it.")
            self._check_turn(request)

    def _check_turn(self, request: Any) -> None:
        visitor = visitor_of(request)
        own = [event for event in self._alive() if visitor_of(event.request) == visitor]
        if visitor and len(own) >= limits.MAX_AT_ONCE:
            raise BusyError(
                f"From your address, {limits.MAX_AT_ONCE} tunes are being written or wait already; please try again in"
                " a moment."
            )
        if len(self._waiting()) + self._running() >= limits.MAX_QUEUE:
            raise _Full("Too many people are waiting for a tune just now; please try again in a moment.")
        self._rate.check(request)

    def _waiting(self) -> list[Any]:
        found = self._queue.event_queue_per_concurrency_id.get(MODEL)
        return found.queue if found else []

    def _running(self) -> int:
        found = self._queue.event_queue_per_concurrency_id.get(MODEL)
        return found.current_concurrency if found else 0

    def _alive(self) -> Iterator[Any]:
        """What waits or runs on the model, and is waited for."""
        for event in under_way(self._queue):
            if event.concurrency_id == MODEL and event.alive:
                yield event


def disarm(value: Any) -> None:
    """Takes from every value, however deep, what makes gradio treat it as a file and read or fetch what it names. The
    handler then refuses what is left like any other invalid value."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            one.pop("meta", None)
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)


def _defaults(function: Any) -> list[Any]:
    """What values take that are left out at the end, as they are where they are named."""
    defaults = [parameter.default for parameter in inspect.signature(function).parameters.values()]
    return [] if inspect.Parameter.empty in defaults else defaults


class _Full(BusyError):
    status = 503
