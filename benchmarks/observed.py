"""The app, and beside it somebody who counts: what ``benchmarks.soak`` starts instead of ``app.py``.

    python -m benchmarks.observed [flags of app.py]

Runs ``app.py`` as it is. A line "census" on the input is answered by one line of JSON on the output: how much each
container holds that the app's modules, the page and its server can reach (``benchmarks.census``).
"""

import asyncio
import gc
import json
import os
import sys
import threading
import traceback
from types import ModuleType

import app
from benchmarks.census import census

_PACKAGES = ("app", "charrnn", "gradio", "uvicorn", "starlette", "fastapi", "anyio", "httpx")


def main() -> int:
    threading.Thread(target=_answer, name="census", daemon=True).start()
    return app.main()


def _answer() -> None:
    for line in sys.stdin:
        if line.strip() == "census":
            _count_in_a_copy()


def _count_in_a_copy() -> None:
    """In a copy of the process, which ends with it: what counting takes of memory would count as the app's."""
    sys.stdout.flush()
    copy = os.fork()
    if copy:
        if os.waitpid(copy, 0)[1]:
            print(flush=True)  # no count, so that nobody waits for one
        return
    try:
        gc.unfreeze()  # or nothing that was loaded at the start is found, the pages among it
        gc.collect()
        with open(1, "w", closefd=False) as output:
            output.write(json.dumps(census(_roots(), _passing())) + "\n")
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _roots() -> dict[str, object]:
    """The modules, and the pages that gradio serves: nothing but their own threads holds these."""
    from gradio import Blocks

    modules = dict(sorted(sys.modules.items()))
    roots: dict[str, object] = {name: module for name, module in modules.items() if _is_of_the_app(name, module)}
    pages = [thing for thing in gc.get_objects() if issubclass(type(thing), Blocks)]
    return {f"page {number}": page for number, page in enumerate(pages)} | roots


def _passing() -> tuple[type, ...]:
    """Connections and requests: they end by themselves, and lead to everything."""
    from starlette.requests import HTTPConnection

    return asyncio.BaseProtocol, HTTPConnection


def _is_of_the_app(name: str, module: object) -> bool:
    return isinstance(module, ModuleType) and name.partition(".")[0] in _PACKAGES


if __name__ == "__main__":
    sys.exit(main())
