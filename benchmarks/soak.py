"""A thousand requests in a row: does the app's memory grow, or anything that it keeps?

    python -m benchmarks.soak [--requests 1000] [--warm-up 100] [--json]

Starts the app with somebody inside who counts (``benchmarks.observed``), and asks for everything that a visitor can ask
for: tunes, candidates, other bars, pictures, files, what is refused, what is stopped, what is left in the middle. Each
request comes from a visitor of its own. After the warm-up, memory may grow by 50 MB, and no container may grow but
those that have a bound and keep to it (``bounds``). The exit code is 1 where one of the two is not so, or a request
failed.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import cycle, islice
from typing import Any

from tqdm import tqdm

from benchmarks.census import grown
from benchmarks.load import HEADERS, faults_of
from benchmarks.serving import RunningApp, ServingError, at_full_speed, running_app
from benchmarks.visitors import Page, Refused, Visitor, new_client, seconds_since
from charrnn import limits
from charrnn.errors import CharrnnError
from charrnn.grammar import automaton, bar
from charrnn.inference import guides, readings
from charrnn.model.location import DEFAULT_NAME
from charrnn.model.position import clock
from charrnn.notation import kept
from charrnn.sampling.options import DEFAULT_BARS
from charrnn.ui import MAX_RECORDED_EVENTS
from charrnn.ui.serving.requests import Outcome

MOST_GROWTH = 50.0  # MB
MOST_NODES = (
    20_000  # as in inference.kernel.registers, which is imported only once the folder of what is compiled is known
)
_REST_SECONDS = 2.0
_TABLES = (
    "nodes", "_node_numbers", "frame_list", "_frame_numbers", "clock_nodes", "_clock_numbers", "plan_states",
    "_plan_numbers",
)  # fmt: skip
_ACTIONS = 12  # that requests are counted by, and more than there are
TUNE = (
    "X:1\nT:The Soak\nR:jig\nM:6/8\nL:1/8\nK:D\n|:A|dfd ecA|BGB AFD|GBG FAF|EFE E2A|\ndfd ecA|BGB AFD|GBG FAF|D3 D2:|\n"
)

Request = Callable[[Visitor, int], Awaitable[None]]
Kinds = list[tuple[str, Request]]


# -- what is asked for


async def compose(visitor: Visitor, number: int, bars: int, count: int = 1) -> None:
    header = HEADERS[number % len(HEADERS)]
    await _last(visitor.compose({"seed_text": header, "seed": str(number), "bars": bars, "candidates": count}))


async def program(visitor: Visitor, number: int, bars: int) -> None:
    await visitor.generate(seed_text=HEADERS[number % len(HEADERS)], seed=number, bars=bars)


async def rework(visitor: Visitor, number: int, what: str) -> None:
    sent = {"what": what, "abc": TUNE, "seed": number, "first": number % 6, "last": number % 6 + 1}
    try:
        await _last(visitor.rework(sent))
    except Refused as refusal:
        if "found nothing else" not in str(refusal):  # which is an answer, too
            raise


async def inside(visitor: Visitor, number: int) -> None:
    await visitor.inside(TUNE)


async def ask(visitor: Visitor, number: int, name: str, **sent: Any) -> None:
    await visitor.ask(name, {"abc": TUNE.replace("The Soak", f"The Soak {number}"), **sent})


async def refused(visitor: Visitor, number: int) -> None:
    kind = number % 4
    try:
        if kind == 0:
            await _last(visitor.compose({"temperature": float("nan")}))
        elif kind == 1:
            await visitor.generate(seed_text="x" * (limits.MAX_SEED_CHARACTERS + number))
        elif kind == 2:
            await visitor.ask("make_file", {"abc": TUNE, "kind": f"kind {number}"})
        else:
            await _last(visitor.rework({"what": "bars", "abc": TUNE, "first": -number}))
    except Refused:
        return
    raise ServingError("what should have been refused was not")


async def stopped(visitor: Visitor, number: int) -> None:
    await visitor.compose_and_stop({"seed_text": HEADERS[0], "seed": str(number)})


async def left(visitor: Visitor, number: int) -> None:
    await visitor.compose_and_leave({"seed_text": HEADERS[0], "seed": str(number), "candidates": 2})


async def opened(visitor: Visitor, number: int) -> None:
    await visitor.open()


async def _last(updates: Any) -> None:
    async for update in updates:
        last = update
    if last["state"] != "done":
        raise ServingError(f"the last update is {last['state']!r}")


def mix(bars: int = DEFAULT_BARS, candidates: int = 8) -> Kinds:
    """In this order, again and again; tunes with so many bars in a part, and so many of them to choose from."""
    files = [partial(ask, name="make_file", kind=kind) for kind in ("midi", "wav", "musicxml", "svg", "abc")]
    return [
        ("compose", partial(compose, bars=bars)),
        ("refused", refused),
        ("file", files[0]),
        ("program", partial(program, bars=bars)),
        ("opened", opened),
        ("rework", partial(rework, what="bars")),
        ("compose", partial(compose, bars=bars)),
        ("file", files[1]),
        ("stopped", stopped),
        ("candidates", partial(compose, bars=bars, count=candidates)),
        ("look", partial(ask, name="look")),
        ("rework", partial(rework, what="vary")),
        ("refused", refused),
        ("file", files[2]),
        ("program", partial(program, bars=bars)),
        ("inside", inside),
        ("rework", partial(rework, what="continue")),
        ("left", left),
        ("transposed", partial(ask, name="transpose", semitones=2)),
        ("file", files[3]),
        ("rework", partial(rework, what="part")),
        ("file", files[4]),
    ]


# -- what may grow


def bounds() -> dict[str, int]:
    """The most entries of what is meant to fill up, by the end of its name in the census."""
    return {
        ".Ways._known": bar._MAX_WAYS,
        ".grammar._nodes": automaton._MAX_NODES,
        **{f".automata.tables.{name}": MOST_NODES for name in _TABLES},
        ".notation.kept._kept": kept._MOST_KEPT,
        "masks_for()._kept": guides._MAX_KEPT,
        ".clock._kept": clock._MAX_KEPT,
        ".readings._kept.data[][].readings": readings._MAX_KEPT,
        ".readings._kept.data[][].following": readings._MAX_FOLLOWING,
        ".state_holder.session_data": limits.MAX_SESSIONS,
        ".state_holder.time_last_used": limits.MAX_SESSIONS,
        "._queue.pending_messages_per_session": limits.MAX_SESSIONS,
        "._queue.pending_event_ids_session": limits.MAX_SESSIONS,
        "._queue.event_analytics": MAX_RECORDED_EVENTS,
        ".iterators_to_reset": limits.MAX_SESSIONS,
        "anyio._backends._asyncio._run_vars.data[][]": 16,  # what anyio knows of each event loop
        ".metrics._requests._metrics": _ACTIONS * len(Outcome),
    }


# -- the run


@dataclass(frozen=True, slots=True)
class Soak:
    requests: int
    seconds: float
    kinds: dict[str, int]
    failures: list[str]
    resident: tuple[float, float] | None  # MB after the warm-up, and in the end
    grown: dict[str, tuple[int, int]]  # containers: entries after the warm-up, and in the end
    faults: int  # tracebacks in the app's log
    course: list[float] = field(default_factory=list)  # MB, each time the mix was through

    @property
    def growth(self) -> float:
        return self.resident[1] - self.resident[0] if self.resident else 0.0

    @property
    def is_good(self) -> bool:
        return not (self.failures or self.grown or self.faults) and self.growth < MOST_GROWTH


def main() -> int:
    options = _parser().parse_args()
    try:
        with running_app(options.checkpoint, observed=True) as app:
            found = asyncio.run(soak(at_full_speed(app), options.requests, options.warm_up))
    except CharrnnError as error:
        print(f"benchmarks.soak: {error}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(found) | {"growth": found.growth}, indent=2) if options.json else _report(found))
    return 0 if found.is_good else 1


def _parser() -> argparse.ArgumentParser:
    out = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    out.add_argument("--requests", type=int, default=1_000, help="behind the warm-up; default: 1000")
    out.add_argument("--warm-up", type=int, default=100, help="requests that are not judged; default: 100")
    out.add_argument("--checkpoint", default=DEFAULT_NAME, help=f"default: {DEFAULT_NAME}")
    out.add_argument("--json", action="store_true", help="print JSON")
    return out


async def soak(app: RunningApp, requests: int, warm_up: int, kinds: Kinds | None = None) -> Soak:
    """The requests, one behind the other; what has grown since the warm-up. ``kinds`` are ``mix()`` by default."""
    kinds = kinds or mix()
    failures: list[str] = []
    counted: Counter[str] = Counter()
    course: list[float] = []
    async with new_client() as client:
        page = await Page.read(client, app.address)
        asked = enumerate(islice(cycle(kinds), warm_up + requests))
        for number, (name, request) in tqdm(asked, total=warm_up + requests, leave=False, disable=None):
            if number == warm_up:
                memory, before = await _settled(app)
                began = time.monotonic()
            if number % len(kinds) == 0:
                course.append(round(app.memory().resident or 0.0, 1))
            try:
                await request(Visitor(client, page), number)
            except Exception as error:  # whatever it is, it is counted, and the others go on
                failures.append(f"request {number} ({name}): {error!r}")
            counted[name] += 1
    seconds = seconds_since(began)
    end, after = await _settled(app)
    found = grown(before, after, bounds(), least=max(1, requests // len(kinds)))
    resident = None if memory is None or end is None else (round(memory, 1), round(end, 1))
    return Soak(requests, round(seconds, 1), dict(counted), failures, resident, found, faults_of(app), course)


async def _settled(app: RunningApp) -> tuple[float | None, dict[str, int]]:
    """Memory and a census, once what was left in the middle has come to its end."""
    await asyncio.sleep(_REST_SECONDS)
    return app.memory().resident, app.census()


def _report(found: Soak) -> str:
    lines = [f"{found.requests:,} requests in {found.seconds:,.0f} s: {found.kinds}"]
    if found.resident:
        lines.append(f"memory: {found.resident[0]:,.0f} MB after the warm-up, {found.resident[1]:,.0f} MB in the end")
        lines.append(f"... in between: {', '.join(f'{each:,.0f}' for each in found.course)}")
    lines.append(f"containers that grow: {len(found.grown) or 'none'}")
    lines += [f"  {name}: {before:,} -> {after:,}" for name, (before, after) in found.grown.items()]
    lines.append(f"failed: {len(found.failures)}, tracebacks in the log: {found.faults}")
    return "\n".join([*lines, *(f"  {failure}" for failure in found.failures[:20])])


if __name__ == "__main__":
    sys.exit(main())
