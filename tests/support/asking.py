"""How the tests ask the running page for things, as its own scripts, other programs and ill-wishers do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import httpx

GOOD = {
    "seed_text": "", "temperature": 1.0, "length": 40, "seed": 1, "grammar": True, "bars": None, "parts": None,
    "repetition": -0.5, "most_shared": None, "candidates": 1, "instrument": "any", "tries": 2,
}  # fmt: skip
COMPOSE = {
    "seed_text": "", "temperature": 1.0, "length": 40, "seed": "1", "grammar": True, "bars": 8, "parts": "free",
    "repetition": -0.5, "most_shared": False, "instrument": "any", "tries": 2, "candidates": 1, "view": {},
}  # fmt: skip
REWORK = {"temperature": 1.0, "repetition": -0.5, "most_shared": False, "instrument": "any", "tries": 2}


def call(address: str, headers: dict[str, str] | None = None, **values: Any) -> tuple[str, Any]:
    """What the function for programs answers: ("complete", its dict), or ("error", the sentence)."""
    return ask(address, list({**GOOD, **values}.values()), headers)


def ask(address: str, data: Any, headers: dict[str, str] | None = None) -> tuple[str, Any]:
    """The same for values as they are; of what is not let in, ("error", the sentence) too."""
    with httpx.Client(timeout=60, headers=headers) as client:
        # json.dumps writes NaN and Infinity bare, as a hostile client would
        answer = client.post(
            f"{address}/gradio_api/call/generate",
            content=json.dumps({"data": data}),
            headers={"content-type": "application/json"},
        )
        if answer.status_code != 200:
            return "error", answer.json()["detail"]
        return outcome(client, f"{address}/gradio_api/call/generate/{answer.json()['event_id']}")


def outcome(client: httpx.Client, url: str) -> tuple[str, Any]:
    events = client.get(url).text.strip().split("\n\n")
    name, data = (line.partition(": ")[2] for line in events[-1].split("\n"))
    value = json.loads(data)
    return (name, value[0]) if name == "complete" else (name, value["error"])


def gauge(address: str, name: str) -> float:
    """What /metrics tells now: "running" or "waiting"."""
    lines = httpx.get(f"{address}/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith(f"charrnn_{name} ")).split()[1])


@lru_cache
def _ids(address: str) -> tuple[dict[str, int], int]:
    """Of our functions, and of the score."""
    config = httpx.get(f"{address}/config").json()
    functions = {each["api_name"]: each["id"] for each in config["dependencies"] if each["backend_fn"]}
    return functions, next(each["id"] for each in config["components"] if each["props"].get("elem_id") == "score")


class Tab:
    """The page in one tab, without a browser."""

    def __init__(self, address: str, session: str, come_from: str = "") -> None:
        self.address, self.session = address, session
        headers = {"x-forwarded-for": come_from} if come_from else {}
        self.client = httpx.Client(timeout=60, headers=headers)
        self.functions, self._score = _ids(address)

    def join(self, action: str, data: Any, event: Any = None) -> httpx.Response:
        """Ask for something that will be answered in ``answers``."""
        body = {
            "data": data, "fn_index": self.functions[action], "session_hash": self.session, "event_data": event
        }  # fmt: skip
        return self.client.post(
            f"{self.address}/gradio_api/queue/join",
            content=json.dumps(body),
            headers={"content-type": "application/json"},
        )

    @contextmanager
    def answers(self) -> Iterator[Iterator[dict[str, Any]]]:
        """Messages as they come; leaving it breaks the connection, as a closed tab does."""
        url = f"{self.address}/gradio_api/queue/data"
        with self.client.stream("GET", url, params={"session_hash": self.session}) as stream:
            yield (json.loads(line.removeprefix("data: ")) for line in stream.iter_lines() if line.startswith("data: "))

    def result(self, action: str, data: Any, event: Any = None) -> tuple[bool, Any]:
        """Whether it went well, and its values; or the sentence."""
        answer = self.join(action, data, event)
        if answer.status_code != 200:
            return False, answer.json()["detail"]
        message = self.end()
        return message["success"], message["output"]["data" if message["success"] else "error"]

    def end(self) -> dict[str, Any]:
        """The last message about what was asked for."""
        with self.answers() as messages:
            return next(message for message in messages if message["msg"] == "process_completed")

    def desk(self, name: str, sent: Any) -> httpx.Response:
        """What the page's scripts ask without a queue."""
        body = {"data": sent, "component_id": self._score, "session_hash": self.session, "fn_name": name}
        return self.client.post(
            f"{self.address}/gradio_api/component_server",
            content=json.dumps(body),
            headers={"content-type": "application/json"},
        )

    def cancel(self, action: str, event_id: str) -> None:
        """What Stop does."""
        body = {"session_hash": self.session, "fn_index": self.functions[action], "event_id": event_id}
        self.client.post(f"{self.address}/gradio_api/cancel", json=body)
