"""Visitors of the running page: the requests that a browser sends, without the browser.

A browser joins gradio's queue with a session hash of its own, and reads what comes of it from a stream of events; each
update but the first tells only what has changed. Which function has which number, and what its inputs are, is read from
the page's ``/config``, as the browser does. A ``Visitor`` does the same; any number of them share one client.
"""

import json
import secrets
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import httpx

from charrnn.errors import CharrnnError
from charrnn.sampling.options import OPTIONS
from charrnn.ui.answers.text import read

FORWARDED = "X-Forwarded-For"  # who asks, as a proxy in front of the app tells it
VIEW = {
    "width": 720,
    "chords": False,
    "swing": True,
}  # how the visitor looks at the tune; see ``charrnn.ui.answers.view``
SETTINGS = (*OPTIONS, "candidates")  # the inputs of the page's compose event; the browser's view comes last

Values = list[Any]


class Busy(CharrnnError):
    """The app says, in a sentence, that it has no room now."""


class Refused(CharrnnError):
    """The app says, in a sentence, why it does not do what it was asked for."""


class Failed(CharrnnError):
    """What no visitor should ever see."""


@dataclass(frozen=True, slots=True)
class Event:
    """One of the page's functions."""

    number: int
    inputs: tuple[int, ...]  # ids of components
    target: int | None  # the component that triggers it


@dataclass(frozen=True, slots=True)
class Page:
    """What the page's configuration says of its functions, by name, and of its components, by id."""

    address: str
    events: Mapping[str, Event]
    stoppable: tuple[int, ...]  # numbers of the functions that Stop cancels
    values: Mapping[int, Any]  # of the components, before anybody changes them
    score: int

    @classmethod
    async def read(cls, client: httpx.AsyncClient, address: str) -> "Page":
        config = (await client.get(f"{address}/config")).raise_for_status().json()
        functions = config["dependencies"]
        components = {each["id"]: each["props"] for each in config["components"]}
        return cls(
            address,
            {
                each["api_name"]: Event(each["id"], tuple(each["inputs"]), next((t[0] for t in each["targets"]), None))
                for each in functions
                if each["backend_fn"]
            },
            tuple(number for each in functions for number in each["cancels"]),
            {number: properties.get("value") for number, properties in components.items()},
            next(number for number, properties in components.items() if properties.get("elem_id") == "score"),
        )

    def inputs(self, event: Event, settings: Mapping[str, Any]) -> Values:
        """The event's inputs as they stand on the page, but for these settings of compose."""
        changed = {event.inputs[SETTINGS.index(name)]: value for name, value in settings.items()}
        return [changed.get(each, self.values[each]) for each in event.inputs]


@dataclass(slots=True)
class Visitor:
    """One open page. Its methods raise Busy or Refused with the app's sentence, Failed for all that is none."""

    client: httpx.AsyncClient
    page: Page
    address: str = ""  # where the visitor comes from, as a proxy would say
    session: str = field(default_factory=lambda: secrets.token_hex(6))

    async def compose(self, settings: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """Generate: what the score is sent, update by update."""
        event = self.page.events["compose"]
        async with aclosing(self._queued(event, [*self.page.inputs(event, settings)[:-1], VIEW])) as updates:
            async for values in updates:
                if _is_value(values[0]):
                    yield values[0]

    async def rework(self, sent: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """Other bars, more of the tune, a variation: ``sent`` is what the page's script sends with the event."""
        event = self.page.events["rework"]
        async with aclosing(self._queued(event, self.page.inputs(event, {}), {"view": VIEW, **sent})) as updates:
            async for values in updates:
                if _is_value(values[0]):
                    yield values[0]

    async def inside(self, abc: str) -> dict[str, Any]:
        """Look inside: what the model thought at each character."""
        async for values in self._queued(self.page.events["inside"], [], {"abc": abc}):
            found: dict[str, Any] = values[0]
        return found

    async def generate(self, **values: Any) -> dict[str, Any]:
        """The programming interface."""
        joined = await self._post("call/v2/generate", values)
        lines: list[str] = []
        async with self.client.stream("GET", self._url(f"call/generate/{joined['event_id']}")) as stream:
            async for line in stream.aiter_lines():
                lines += [line] if line else []
        event, data = (line.partition(": ")[2] for line in lines[-2:])
        answer = json.loads(data)
        if event != "complete":
            raise _refusal(answer)
        tune: dict[str, Any] = answer[0]
        return tune

    async def ask(self, name: str, sent: Mapping[str, Any]) -> dict[str, Any]:
        """One of the functions that the score's scripts call; see ``charrnn.ui.handlers.desk``."""
        body = {"data": {"view": VIEW, **sent}, "component_id": self.page.score, "fn_name": name}
        answer = await self._post("component_server", {**body, "session_hash": self.session})
        if "error" in answer:
            raise _refusal(answer)
        return answer

    async def open(self, link: str = "") -> None:
        """The page itself, and what its loading asks for: the tune of a link."""
        await self._get("/", {"tune": link} if link else {})
        async for _ in self._queued(self.page.events["open"], [VIEW], parameters={"tune": link} if link else {}):
            pass

    async def stop(self, event_id: str, name: str, shown: Mapping[str, Any]) -> None:
        """Stop, while an event is under way and its updates are read; what was written until then becomes a tune, and
        comes with them."""
        body = {"session_hash": self.session, "fn_index": self.page.events[name].number, "event_id": event_id}
        await self._post("cancel", body)
        await self._join(self.page.events["stop"], [json.dumps(shown), VIEW], None)

    async def compose_and_stop(self, settings: Mapping[str, Any]) -> None:
        """Stop as soon as there is anything to see."""
        event = self.page.events["compose"]
        event_id = await self._join(event, [*self.page.inputs(event, settings)[:-1], VIEW], None)
        has_stopped = False
        async with aclosing(self._updates()) as updates:
            async for values in updates:
                if not has_stopped and values and _is_value(values[0]) and values[0].get("abc"):
                    has_stopped = True
                    await self.stop(event_id, "compose", values[0])

    async def compose_and_leave(self, settings: Mapping[str, Any]) -> None:
        """Close the page as soon as there is anything to see."""
        async with aclosing(self.compose(settings)) as updates:
            async for value in updates:
                if value.get("abc"):
                    return

    async def _queued(
        self,
        event: Event,
        data: Values,
        sent: Mapping[str, Any] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[Values, None]:
        await self._join(event, data, sent, parameters)
        async with aclosing(self._updates()) as updates:
            async for values in updates:
                yield values

    async def _join(
        self,
        event: Event,
        data: Values,
        sent: Mapping[str, Any] | None,
        parameters: Mapping[str, str] | None = None,
    ) -> str:
        body = {
            "data": data,
            "event_data": sent,
            "fn_index": event.number,
            "trigger_id": event.target,
            "session_hash": self.session,
        }
        event_id: str = (await self._post("queue/join", body, parameters))["event_id"]
        return event_id

    async def _updates(self) -> AsyncGenerator[Values, None]:
        """The outputs of the session's events, whole each time."""
        values: dict[str, Values] = {}
        parameters = {"session_hash": self.session}
        async with self.client.stream(
            "GET", self._url("queue/data"), params=parameters, headers=self._headers()
        ) as got:
            async for line in got.aiter_lines():
                message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                kind, output = message.get("msg"), message.get("output")
                if kind == "process_generating" and output:
                    event, news = message["event_id"], output["data"]
                    before = values.get(event)
                    values[event] = news if before is None else list(map(changed, before, news))
                    yield _with_score(values[event])
                elif kind == "process_completed":
                    if not message["success"]:
                        raise _refusal(output)
                    if output:  # of a function without steps; of a stopped one there is none
                        yield _with_score(output["data"])
                elif kind == "close_stream":
                    return
                elif kind == "unexpected_error":
                    raise Failed(str(message.get("message")))
        raise Failed("the stream of events broke off")

    async def _post(self, path: str, body: Any, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
        # json.dumps writes NaN and Infinity bare, as a hostile client would
        content = json.dumps(body)
        headers = {"content-type": "application/json", **self._headers()}
        answer = await self.client.post(self._url(path), content=content, headers=headers, params=parameters)
        return _answer(answer)

    async def _get(self, path: str, parameters: Mapping[str, str]) -> None:
        answer = await self.client.get(self.page.address + path, params=parameters, headers=self._headers())
        if answer.status_code != 200:
            raise Failed(f"{path}: {answer.status_code}")

    def _url(self, path: str) -> str:
        return f"{self.page.address}/gradio_api/{path}"

    def _headers(self) -> dict[str, str]:
        return {FORWARDED: self.address} if self.address else {}


def new_client() -> httpx.AsyncClient:
    """For any number of visitors at once; nobody gives up before the app does."""
    return httpx.AsyncClient(timeout=httpx.Timeout(600), limits=httpx.Limits(max_connections=None))


def addresses(count: int) -> Sequence[str]:
    """One for each visitor, from the block that is kept for examples of private networks."""
    return [f"10.0.{number // 250}.{number % 250 + 1}" for number in range(count)]


def _with_score(values: Values) -> Values:
    """The values of an event, of which the first is the score's and travels as text."""
    return [read(value) if place == 0 and isinstance(value, str) else value for place, value in enumerate(values)]


def _is_value(value: Any) -> bool:
    """Whether the score was sent anything, rather than told to stay as it is."""
    return isinstance(value, dict) and "state" in value


def _answer(answer: httpx.Response) -> dict[str, Any]:
    try:
        found: dict[str, Any] = answer.json()
    except ValueError as error:
        raise Failed(f"{answer.status_code}: {answer.text[:200]}") from error
    if answer.status_code in (429, 503):
        raise Busy(_sentence(found.get("detail")))
    if answer.status_code != 200:
        raise Failed(f"{answer.status_code}: {answer.text[:200]}")
    return found


def _refusal(output: Any) -> CharrnnError:
    """What a function raised: our own sentence, or a fault that shows as one."""
    error = output.get("error") if isinstance(output, dict) else None
    if not isinstance(error, str) or error.startswith("Something went wrong"):
        return Failed(str(error))
    return Busy(error) if "busy" in error or "try again" in error else Refused(error)


def _sentence(detail: object) -> str:
    if not isinstance(detail, str) or not detail.endswith("."):
        raise Failed(f"told to wait, but not in a sentence: {detail}")
    return detail


def changed(value: Any, edits: Sequence[tuple[str, list[Any], Any]]) -> Any:
    """The value with gradio's edits applied in place, as its script in the browser applies them. What the score is sent
    is text, and comes whole."""
    for action, path, new in edits:
        if not path:
            value = value + new if action == "append" else new
            continue
        place = value
        for step in path[:-1]:
            place = place[step]
        key = path[-1]
        if action == "append":
            place[key] += new
        elif action == "delete":
            _delete(place, key)
        elif action == "add" and isinstance(place, list):
            place.insert(key, new)
        else:
            place[key] = new
    return value


def _delete(place: Any, key: Any) -> None:
    if isinstance(place, dict):
        del place[key]
    else:
        del place[key : key + 1]


def seconds_since(began: float) -> float:
    return time.monotonic() - began
