"""Fifty visitors at once: is everybody served, or told that there is no room, and is every tune the right one?

    python -m benchmarks.load [--visitors 50] [--candidates 8] [--programs 5] [--patience 0] [--json]
    python -m benchmarks.load -- --some-flag-of-app.py

Starts the app as ``python app.py`` starts it and sends what browsers send, from one process. Each visitor asks for a
tune with so many candidates; the programs call the programming interface, for one tune each. Afterwards each request is
composed again, alone, and has to give the same tunes. A visitor who is told that the app is busy goes away, or comes
back every few seconds for as long as the patience lasts. The exit code is 1 where anything failed or was wrong.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.serving import RunningApp, ServingError, at_full_speed, running_app
from benchmarks.visitors import Busy, Page, Refused, Visitor, addresses, new_client, seconds_since
from charrnn.inference import compiling
from charrnn.inference.threads import use_one_thread_each
from charrnn.model.checkpoint import Checkpoint, load_checkpoint
from charrnn.model.location import DEFAULT_NAME, find_checkpoint
from charrnn.model.training_index import index_of
from charrnn.sampling.candidates import stream_candidates
from charrnn.sampling.compose import compose
from charrnn.sampling.options import DEFAULT_BARS, Request
from charrnn.sampling.ranking import rank

RETRY_SECONDS = 3.0
HEADERS = (
    "R:jig\nM:6/8\nL:1/8\nK:D\n|:A|d2f afd|", "R:reel\nM:4/4\nL:1/8\nK:G\n|:G2BG dGBG|", "M:3/4\nL:1/8\nK:Am\n", "",
    "R:polka\nM:2/4\nL:1/8\nK:A\n", "R:slip jig\nM:9/8\nL:1/8\nK:Edor\n", "R:hornpipe\nM:4/4\nL:1/8\nK:Bb\n",
)  # fmt: skip

FROM_ANYWHERE = ("--trusted-proxy", "127.0.0.1")  # the app believes that visitors come from where they say


@dataclass(slots=True)
class Visit:
    """What became of one request; times are seconds from the click."""

    settings: Mapping[str, Any]
    by_program: bool = False
    tunes: tuple[str, ...] = ()  # ABC of all candidates, the best one first
    sentence: str = ""  # that the app is busy
    failure: str = ""
    first_note: float | None = None
    finished: float | None = None
    is_wrong: bool = False


def main() -> int:
    options = _parser().parse_args()
    use_one_thread_each()
    compiling.prepare()  # so that what is composed alone is composed as the app does
    checkpoint = load_checkpoint(find_checkpoint(options.checkpoint))
    try:
        with running_app(options.checkpoint, [*FROM_ANYWHERE, *options.flags]) as app:
            at_full_speed(app)
            visits, seconds = asyncio.run(
                load(app.address, options.visitors, options.candidates, options.programs, options.patience)
            )
            faults = faults_of(app)
    except ServingError as error:
        print(f"benchmarks.load: {error}", file=sys.stderr)
        return 1
    check(checkpoint, visits)
    found = summary(visits, seconds) | {"faults in the log": faults}
    print(json.dumps(found, indent=2) if options.json else _table(found))
    for visit in visits:
        if visit.failure or visit.is_wrong:
            print(f"{visit.failure or 'another tune than alone'}: {dict(visit.settings)}", file=sys.stderr)
    return 1 if found["failed"] or found["wrong"] or faults else 0


def _parser() -> argparse.ArgumentParser:
    out = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    out.add_argument("--visitors", type=int, default=50, help="at the page; default: 50")
    out.add_argument("--candidates", type=int, default=8, help="that each asks for; default: 8")
    out.add_argument("--programs", type=int, default=5, help="that call the programming interface; default: 5")
    out.add_argument("--patience", type=float, default=0.0, help="seconds to come back while it is busy; default: 0")
    out.add_argument("--checkpoint", default=DEFAULT_NAME, help=f"default: {DEFAULT_NAME}")
    out.add_argument("--json", action="store_true", help="print JSON")
    out.add_argument("flags", nargs="*", help="more flags for app.py, behind --")
    return out


async def load(
    address: str, visitors: int, candidates: int, programs: int = 0, patience: float = 0.0, bars: int = DEFAULT_BARS
) -> tuple[list[Visit], float]:
    """All of them at once; what became of each, and how many seconds it took until the last had its answer."""
    visits = [Visit(requests(number, candidates, bars)) for number in range(visitors)]
    visits += [Visit(requests(visitors + number, 1, bars), by_program=True) for number in range(programs)]
    async with new_client() as client:
        page = await Page.read(client, address)
        people = [Visitor(client, page, where) for where in addresses(len(visits))]
        await asyncio.gather(*(visitor.open() for visitor in people[:visitors]))
        began = time.monotonic()
        await asyncio.gather(*map(_asked, visits, people, [patience] * len(visits)))
        return visits, seconds_since(began)


def requests(number: int, candidates: int, bars: int) -> dict[str, Any]:
    """The settings of one visitor; two visitors ask for the same now and then."""
    kind = number % 40
    return {"seed_text": HEADERS[kind % len(HEADERS)], "seed": str(100 * kind), "candidates": candidates, "bars": bars}


async def _asked(visit: Visit, visitor: Visitor, patience: float) -> None:
    began = time.monotonic()
    while True:
        try:
            await (_program(visit, visitor, began) if visit.by_program else _person(visit, visitor, began))
        except Busy as busy:
            visit.sentence = str(busy)
            if seconds_since(began) + RETRY_SECONDS > patience:
                return
            await asyncio.sleep(RETRY_SECONDS)
        except (Refused, httpx.HTTPError) as error:
            visit.failure = f"{type(error).__name__}: {error}"
            return
        except Exception as error:  # whatever it is, it is counted, and the others go on
            visit.failure = repr(error)
            return
        else:
            visit.sentence = ""
            return


async def _person(visit: Visit, visitor: Visitor, began: float) -> None:
    async with aclosing(visitor.compose(visit.settings)) as updates:
        async for update in updates:
            if visit.first_note is None and has_music(update.get("abc", ""), visit.settings["seed_text"]):
                visit.first_note = seconds_since(began)
            last = update
    if last["state"] != "done":
        raise ServingError(f"the last update is {last['state']!r}")
    several = tuple(each["abc"] for each in last.get("candidates", ()))
    visit.tunes, visit.finished = several or (last["abc"],), seconds_since(began)


async def _program(visit: Visit, visitor: Visitor, began: float) -> None:
    settings = visit.settings
    tune = await visitor.generate(seed_text=settings["seed_text"], seed=int(settings["seed"]), bars=settings["bars"])
    visit.tunes, visit.finished = (tune["abc"],), seconds_since(began)


def has_music(abc: str, seed_text: str) -> bool:
    """Whether there is a note that the visitor has not typed."""
    typed = seed_text.rpartition("\n")[2]
    music = abc.partition("\nK:")[2].partition("\n")[2]
    return any(character.isalpha() and character != "z" for character in music.strip()[len(typed) :])


def check(checkpoint: Checkpoint, visits: Sequence[Visit]) -> None:
    """Compose each request alone, in this process, and mark the visits that were given anything else."""
    alone: dict[str, tuple[str, ...]] = {}
    for visit in visits:
        if visit.tunes:
            key = json.dumps([visit.settings, visit.by_program])
            if key not in alone:
                alone[key] = composed_alone(checkpoint, visit.settings)
            visit.is_wrong = visit.tunes != alone[key]


def composed_alone(checkpoint: Checkpoint, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """ABC of all candidates, the best one first."""
    request = Request.checked(settings["seed_text"], seed=int(settings["seed"]), bars=settings["bars"])
    if settings["candidates"] == 1:
        return (compose(checkpoint, request).abc,)
    *_, tunes = stream_candidates(checkpoint, request, settings["candidates"])
    return tuple(ranked.composition.abc for ranked in rank(checkpoint, list(tunes), index_of(checkpoint)))


def faults_of(app: RunningApp) -> int:
    return app.log().count("Traceback (most recent call last)")


def summary(visits: Sequence[Visit], seconds: float) -> dict[str, Any]:
    served = [visit for visit in visits if visit.tunes]
    busy = [visit for visit in visits if not visit.tunes and not visit.failure]
    tunes = sum(len(visit.tunes) for visit in served)
    return {
        "visits": len(visits),
        "served": len(served),
        "busy": len(busy),
        "failed": sum(bool(visit.failure) for visit in visits),
        "wrong": sum(visit.is_wrong for visit in served),
        "sentences": sorted({visit.sentence for visit in busy}),
        "first_note": _times([visit.first_note for visit in served]),
        "finished": _times([visit.finished for visit in served]),
        "seconds": round(seconds, 1),
        "tunes": tunes,
        "tunes_a_second": round(tunes / seconds, 2),
    }


def _times(times: Sequence[float | None]) -> dict[str, float] | None:
    known = sorted(time for time in times if time is not None)
    if not known:
        return None
    return {
        "p50": round(statistics.median(known), 1),
        "p95": round(known[min(len(known) - 1, int(0.95 * len(known)))], 1),
        "last": round(known[-1], 1),
    }


def _table(found: Mapping[str, Any]) -> str:
    lines = ["| | |", "|---|---|"]
    for name in ("visits", "served", "busy", "failed", "wrong"):
        lines.append(f"| {name} | {found[name]} |")
    for name, title in (("first_note", "first note"), ("finished", "finished tune")):
        if (times := found[name]) is not None:
            lines.append(f"| {title}: p50, p95, last | {times['p50']}, {times['p95']}, {times['last']} s |")
    lines.append(f"| all answers | {found['seconds']} s, {found['tunes_a_second']} tunes a second |")
    return "\n".join([*lines, *(f"\nBusy is said so: {sentence}" for sentence in found["sentences"])])


if __name__ == "__main__":
    sys.exit(main())
