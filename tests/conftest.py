"""What all tests share: one thread for tiny networks, how hypothesis searches, in which order files run, and one
browser, one server and one page for those that drive it.

``HYPOTHESIS_PROFILE=thorough pytest`` looks harder; with ``REQUIRE_ALL_TESTS=1`` a skipped test counts as failed.
``pytest -m "not slow and not browser"`` is for while one works.
"""

import ctypes
import functools
import gc
import os
import platform
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:  # heavy, and few tests need them
    from playwright.sync_api import BrowserContext, Page

    from charrnn.corpus.collection import Corpus
    from charrnn.inference.steps import Stepper
    from charrnn.model.network import CharLSTM
    from charrnn.render.audio.library import Library
    from tests.support.kept_page import KeptPage

os.environ.setdefault("FUZZ_PATIENCE", "10")  # speed is for python -m tests.fuzz to tell, on a quiet machine
os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: threads of busy cores wait for each other

# A shell has what it starts in the background ignore Ctrl-C, which programs hand on to those that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# httpx reads the system's certificates for every client, 25 ms each; thousands of requests need them once.
ssl.create_default_context = functools.cache(ssl.create_default_context)

settings.register_profile(
    "ci",
    derandomize=True,  # the same examples every time: a red test is a change, never chance
    database=None,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", deadline=None, max_examples=3_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


# The files that take longest, the longest first. They begin first, so that no worker is left alone with one of them in
# the end; their tests are marked slow.
LONG_FILES = (
    "bulk", "page_listening", "page_composing", "refusals", "processes", "app_http", "training", "page_keeping",
    "page_shaping", "page_layout", "whole_path", "load", "behind_nginx", "engine", "fairness", "journal", "hosting",
    "page_settings", "leaving", "container", "missing", "page_refused", "housekeeping", "mcp", "cli", "workers",
)  # fmt: skip
# Others that take seconds; they are marked slow, too.
SLOW_FILES = (
    "closing", "audio", "connections", "evil", "long_texts", "space", "security", "seams", "one_reading", "two_sample",
    "packaging", "turns", "gallery", "benchmarks", "card", "steering", "round_trip", "explain", "going_on",
    "checkpoint", "hearing",
)  # fmt: skip
SLOW_FIXTURES = {"address", "compiled_stepper", "stepper"}  # a server; the kernel, which the first run compiles
COMPILED = {"compiled_stepper", "stepper", "way"}  # fixtures that may need the kernel
HAS_PASSED = pytest.StashKey[bool]()
MUCH_MEMORY = 1_500 * 2**20  # bytes, 900 MB of them for imports; from here on a worker gives memory back


def pytest_configure(config: pytest.Config) -> None:
    """What programs keep in the user's cache folder, here and in the processes that tests start, is kept where pytest
    keeps such things: the kernel is compiled and the instruments are rendered once for all."""
    assert config.cache is not None
    os.environ["XDG_CACHE_HOME"] = str(config.cache.mkdir("user"))
    if config.getoption("numprocesses", None):
        _compile_beside(config)


def _compile_beside(config: pytest.Config) -> None:
    """Where there are several workers, has the kernel compiled while they do other things: each would wait for it."""
    code = "from charrnn.inference.compiling import prepare; prepare(False); prepare(True)"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=config.rootpath, start_new_session=True, **quiet)

    def end() -> None:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    config.add_cleanup(end)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {f"test_{name}.py": place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "browser" in fixtures or any(_needs_chromium(mark) for mark in item.iter_markers("skipif")):
            item.add_marker("browser")
        is_slow = item.path.stem.removeprefix("test_") in (*LONG_FILES, *SLOW_FILES)
        if is_slow or fixtures & SLOW_FIXTURES:
            item.add_marker("slow")
        if fixtures & COMPILED:
            item.add_marker(pytest.mark.timeout(600))  # the first of them may have to wait for the compiler


def _needs_chromium(mark: pytest.Mark) -> bool:
    return mark.kwargs.get("reason", "").startswith("needs chromium")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """Between two files, where a worker has grown large: networks in cycles wait for the collector, and the caches of
    grammar and clock are full of other meters."""
    yield
    if nextitem is not None and nextitem.path != item.path and _resident() > MUCH_MEMORY:
        for name, module in list(sys.modules.items()):
            if name.startswith("charrnn."):
                for function in vars(module).values():
                    if hasattr(function, "cache_clear"):
                        function.cache_clear()
        gc.collect()
        if platform.libc_ver()[0] == "glibc":
            ctypes.CDLL(None).malloc_trim(0)


def _resident() -> int:
    """Bytes of memory that this process holds; 0 where that cannot be told."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[HAS_PASSED] = report.passed
    if report.skipped and os.environ.get("REQUIRE_ALL_TESTS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped here: {report.longrepr[2] if report.longrepr else ''}"
    return report


@pytest.fixture(scope="session")
def corpus_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty jigs to train on."""
    from tests.support.training_jigs import write_jigs

    path = tmp_path_factory.mktemp("corpus") / "jigs.abc"
    write_jigs(path)
    return path


@pytest.fixture(scope="session")
def corpus(corpus_file: Path) -> "Corpus":
    """The same, read, cleaned and split."""
    from charrnn.corpus.collection import load_corpus

    return load_corpus((str(corpus_file),))


@pytest.fixture(scope="session")
def compiled_stepper() -> Callable[["CharLSTM"], "Stepper"]:
    """Lays a network out for the kernel. The tests that do not ask for it go on with numpy."""
    from charrnn.inference import compiling

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiling, "_ready", set())
        for in_eight_bits in (False, True):
            assert compiling.prepare(in_eight_bits), "the kernel cannot be compiled here"
    from charrnn.inference.compiled import CompiledStepper

    return CompiledStepper


@pytest.fixture(params=["numpy", "compiled"])
def stepper(request: pytest.FixtureRequest) -> Callable[["CharLSTM"], "Stepper"]:
    """What lays a network out for stepping, in both ways that there are."""
    from charrnn.inference.by_numpy.steps import NumpyStepper

    return NumpyStepper if request.param == "numpy" else request.getfixturevalue("compiled_stepper")


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> "Library":
    """The piano alone; where its samples cannot be had, the synthesised tone plays."""
    from charrnn.render.audio import library as library_module
    from charrnn.render.audio.instruments import instrument_named
    from charrnn.render.audio.library import Library

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library_module, "INSTRUMENTS", (instrument_named("piano"),))
        library = Library(tmp_path_factory.mktemp("cache"))
        library.prepare()
    return library


@pytest.fixture(scope="session")
def checkpoint_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.support.tiny import save_tiny

    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    save_tiny(path)
    return path


@pytest.fixture(scope="session")
def address(checkpoint_path: Path, library: "Library") -> Iterator[str]:
    from tests.support.served import served

    with served(str(checkpoint_path), library) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator["BrowserContext"]:
    """One context for all, so that gradio's scripts are fetched once."""
    from playwright.sync_api import expect

    from tests.support.browser import chromium
    from tests.support.visitor import SLOW

    expect.set_options(timeout=SLOW)
    context = chromium().new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(SLOW)
    yield context
    context.close()


@functools.cache
def _keep_process(browser: "BrowserContext", address: str) -> None:
    """Leave a page open, so that those of the tests come and go in one process (see ``chromium``)."""
    browser.new_page().goto(f"{address}/healthz")


@pytest.fixture(scope="module")
def kept_page(browser: "BrowserContext", address: str) -> Iterator["KeptPage"]:
    from tests.support.kept_page import KeptPage

    _keep_process(browser, address)
    kept = KeptPage(browser, address)
    yield kept
    kept.close()


@pytest.fixture
def shared_page(kept_page: "KeptPage", request: pytest.FixtureRequest) -> Iterator["Page"]:
    """The page as it comes, which may be the one that the test before has had."""
    yield kept_page.ready()
    if request.node.stash.get(HAS_PASSED, False):
        kept_page.put_back()
    else:
        kept_page.close()


@pytest.fixture
def own_page(browser: "BrowserContext", address: str) -> Iterator["Page"]:
    """The page of one test alone; see ``visit``."""
    from tests.support.visitor import visit

    _keep_process(browser, address)
    with visit(browser, address) as page:
        yield page


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: "BrowserContext", address: str) -> "Page":
    """The page, ready: a module's tests share it, but for those that are marked ``own_page``."""
    page: Page = request.getfixturevalue("own_page" if request.node.get_closest_marker("own_page") else "shared_page")
    return page


@pytest.fixture(autouse=True)
def _tables_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds what others have worked out of the automata."""
    from charrnn.inference import kept_tables

    monkeypatch.setattr(kept_tables, "read", lambda characters: None)
    monkeypatch.setattr(kept_tables, "keep", lambda characters, known: None)


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tunes come at a hundred characters a second. The list says "begun" and "ended" of their work, in which a server
    has no part that warms up meanwhile."""
    from charrnn.sampling import compose
    from charrnn.ui.model import BackgroundModel
    from tests.support.tiny import noted, slow_down

    events: list[str] = []
    slow_down(monkeypatch)
    monkeypatch.setattr(BackgroundModel, "_compose_for_nobody", lambda *arguments: None)
    monkeypatch.setattr(compose, "stream", noted(compose.stream, events))
    return events
