"""How long until the page is there, and its model; how much memory the page's process takes.

    python -m benchmarks.loading [--rounds 3] [--json]

- *checkpoint*: ``load_checkpoint`` in a fresh process, imports not counted;
- *page* and *model*: from the start of ``python app.py`` to the page's first answer, and to the model that is ready;
- *memory*: the most that the page's process ever had resident, behind a few tunes, eight candidates, other bars, a look
  inside and every kind of file; and behind the first start on a machine, on which the instruments are rendered.

Times are the median of the rounds; each round starts new processes.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks import soak
from benchmarks.serving import ROOT, RunningApp, ServingError, running_app
from benchmarks.visitors import Page, Visitor, new_client, seconds_since
from charrnn.model.location import DEFAULT_NAME
from charrnn.render.audio.instruments import INSTRUMENTS
from charrnn.render.audio.library import CATALOG

MOST_SECONDS, MOST_MEMORY = 0.5, 700  # of loading a checkpoint; MB of the page's process
_MOST_RENDERING = 300.0  # seconds
_LOAD = """
import sys, time
from charrnn.model.checkpoint import load_checkpoint
from charrnn.model.location import find_checkpoint
began = time.perf_counter()
load_checkpoint(find_checkpoint(sys.argv[1]))
print(time.perf_counter() - began)
"""

Found = dict[str, float | None]


def main() -> int:
    options = _parser().parse_args()
    try:
        found = measure(options.checkpoint, options.rounds)
    except ServingError as error:
        print(f"benchmarks.loading: {error}", file=sys.stderr)
        return 1
    print(json.dumps(found, indent=2) if options.json else _table(found))
    return 0 if is_good(found) else 1


def _parser() -> argparse.ArgumentParser:
    out = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    out.add_argument("--rounds", type=int, default=3, help="of each; default: 3")
    out.add_argument("--checkpoint", default=DEFAULT_NAME, help=f"default: {DEFAULT_NAME}")
    out.add_argument("--json", action="store_true", help="print JSON")
    return out


def is_good(found: Mapping[str, float | None]) -> bool:
    memory = [found["memory_used"] or 0.0, found["memory_first_start"] or 0.0]
    return (found["checkpoint"] or 0.0) < MOST_SECONDS and max(memory) < MOST_MEMORY


def measure(checkpoint: str, rounds: int) -> Found:
    """Seconds and MB; memory is None on systems that do not tell."""
    pages, models = [], []
    for _ in range(rounds):
        with running_app(checkpoint) as app:
            pages.append(app.seconds_to_page)
            models.append(app.seconds_to_model)
            ready = app.memory().peak
            used = asyncio.run(_used(app))
    return {
        "checkpoint": statistics.median(_seconds_to_load(checkpoint) for _ in range(rounds)),
        "page": statistics.median(pages),
        "model": statistics.median(models),
        "memory_ready": ready,
        "memory_used": used,
        "memory_first_start": first_start(checkpoint),
    }


def _seconds_to_load(checkpoint: str) -> float:
    command = [sys.executable, "-c", _LOAD, checkpoint]
    return float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


async def _used(app: RunningApp) -> float | None:
    """Everything that a visitor can ask for, twice; the peak in MB."""
    async with new_client() as client:
        page = await Page.read(client, app.address)
        for number, (_, request) in enumerate([*soak.mix(), *soak.mix()]):
            await request(Visitor(client, page), number)
    return app.memory().peak


def first_start(checkpoint: str) -> float | None:
    """The peak in MB of a page that found no instruments, once it has them."""
    with (
        tempfile.TemporaryDirectory() as cache,
        running_app(checkpoint, environment={"XDG_CACHE_HOME": cache}) as app,
    ):
        began = time.monotonic()
        while not _has_all_instruments(Path(cache)):
            if seconds_since(began) > _MOST_RENDERING or app.process.poll() is not None:
                raise ServingError(f"the instruments do not come: {app.log()[-500:]}")
            time.sleep(0.5)
        asyncio.run(_used(app))
        return app.memory().peak


def _has_all_instruments(cache: Path) -> bool:
    for catalog in cache.rglob(CATALOG):
        return len(json.loads(catalog.read_bytes())["instruments"]) == len(INSTRUMENTS)
    return False


def _table(found: Found) -> str:
    def megabytes(name: str) -> str:
        return "unknown" if found[name] is None else f"{found[name]:,.0f} MB"

    return "\n".join(
        [
            "| | |\n|---|---|",
            f"| loading the checkpoint, imports not counted | {found['checkpoint']:.2f} s |",
            f"| from the start to the page | {found['page']:.1f} s |",
            f"| from the start to the model | {found['model']:.1f} s |",
            f"| memory once it is ready, at most | {megabytes('memory_ready')} |",
            f"| ... behind everything that a visitor can ask for, twice | {megabytes('memory_used')} |",
            f"| ... the same behind a first start, which renders the instruments | {megabytes('memory_first_start')} |",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
