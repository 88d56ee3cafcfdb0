"""What all tests share: one thread for tiny networks, how hypothesis searches, and one browser, one server and one
visitor a test for those that drive the page.

``HYPOTHESIS_PROFILE=thorough pytest`` looks harder; with ``REQUIRE_ALL_TESTS=1`` a skipped test counts as failed.
"""

import os
import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:  # heavy, and few tests need them
    from playwright.sync_api import BrowserContext, Frame, Page

    from charrnn.corpus.collection import Corpus
    from charrnn.inference.stepper import Stepper
    from charrnn.model.network import CharLSTM
    from charrnn.render.audio.library import Library

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: threads of busy cores wait for each other

# A shell has what it starts in the background ignore Ctrl-C, which programs hand on to those that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "ci",
    derandomize=True,  # the same examples every time: a red test is a change, never chance
    database=None,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", deadline=None, max_examples=3_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure(config: pytest.Config) -> None:
    """What programs keep in the user's cache folder, here and in the processes that tests start, is kept where pytest
    keeps such things: the kernel is compiled and the instruments are rendered once for all."""
    assert config.cache is not None
    os.environ["XDG_CACHE_HOME"] = str(config.cache.mkdir("user"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("REQUIRE_ALL_TESTS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped here: {report.longrepr[2] if report.longrepr else ''}"
    return report


@pytest.fixture(scope="session")
def corpus_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty jigs to train on."""
    from tests.training_jigs import write_jigs

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
    from charrnn.inference.numpy_steps import NumpyStepper

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
    from tests.tiny import save_tiny

    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    save_tiny(path)
    return path


@pytest.fixture(scope="session")
def address(checkpoint_path: Path, library: "Library") -> Iterator[str]:
    from tests.served import served

    with served(str(checkpoint_path), library) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator["BrowserContext"]:
    """One context for all, so that gradio's scripts are fetched once."""
    from playwright.sync_api import expect

    from tests.browser import chromium
    from tests.visitor import SLOW

    expect.set_options(timeout=SLOW)
    context = chromium().new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(SLOW)
    yield context
    context.close()


@pytest.fixture
def page(browser: "BrowserContext", address: str) -> Iterator["Page"]:
    """The page, ready. Afterwards: nothing went wrong in the console, and no other host was asked for anything."""
    from tests.visitor import opened

    page = browser.new_page()
    faults: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))

    def left(frame: "Frame") -> None:
        """gradio ends its own stream as a page is left for another, and reports that it was ended."""
        if frame == page.main_frame:
            faults[:] = [fault for fault in faults if not ("AbortError" in fault or "errored out" in fault)]

    page.on("framenavigated", left)
    page.on("request", lambda request: requests.append(request.url))
    opened(page, address)
    yield page
    page.close()
    assert faults == []
    assert [url for url in requests if not url.startswith((f"{address}/", "data:", "blob:"))] == []


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tunes come at a hundred characters a second. The list holds "ended" once their work has come to an end."""
    from charrnn.sampling import compose
    from tests.tiny import noted, slow_down

    events: list[str] = []
    slow_down(monkeypatch)
    monkeypatch.setattr(compose, "stream", noted(compose.stream, events))
    return events
