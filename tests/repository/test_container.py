"""The container's recipe, without the engine that would build it: its steps, and the app from nothing but its files."""

import json
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from charrnn.ui.score import STATIC
from tests.support.served import free_port
from tests.support.started import ROOT, started
from tests.support.tunes import abc

WRITE = 0o222


def steps() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, in order."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def all_of(word: str) -> list[str]:
    return [rest for one, rest in steps() if one == word]


def copied() -> list[str]:
    return [source for rest in all_of("COPY") for source in rest.split()[:-1]]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in all_of("ENV") for pair in shlex.split(rest))


def test_the_image_contains_only_what_serving_needs():
    assert copied() == ["requirements.lock", "app.py", "LICENSE", "charrnn", "checkpoints"]
    assert all((ROOT / name).exists() for name in copied())
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied())


def test_the_image_installs_and_starts_as_documented():
    assert any("pip install" in line and line.endswith("-r requirements.lock") for line in all_of("RUN"))
    assert [json.loads(line) for line in all_of("ENTRYPOINT")] == [["python", "app.py"]]
    assert "\npython app.py " in (ROOT / "README.md").read_text()
    assert (environment()["GRADIO_SERVER_NAME"], environment()["GRADIO_SERVER_PORT"]) == ("0.0.0.0", "7860")
    assert "/healthz" in all_of("HEALTHCHECK")[0]


def test_the_container_does_not_run_as_root():
    words = [word for word, _ in steps()]
    assert all_of("USER") == ["charrnn"]
    assert any(line.startswith("useradd --system") and line.endswith(" charrnn") for line in all_of("RUN"))
    assert words.index("USER") < words.index("ENTRYPOINT")


def test_no_package_registry_is_named():
    assert "://" not in (ROOT / "Dockerfile").read_text().replace("http://127.0.0.1:7860/healthz", "")


@contextmanager
def read_only_image() -> Iterator[Path]:
    """The container's files in a folder that nobody may write."""
    image = Path(tempfile.mkdtemp())
    try:
        for name in copied():
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, image / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, image)
        for path in [image, *image.rglob("*")]:
            path.chmod(path.stat().st_mode & ~WRITE)
        yield image
    finally:
        for path in [image, *image.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)
        shutil.rmtree(image)


def without_power() -> list[str]:
    """How to start a program that may write only where its user may: root is stripped of all that makes it root."""
    if os.getuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv (Debian package util-linux) when run as root")
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]


def test_the_app_needs_only_a_writable_temporary_folder(tmp_path):
    port = free_port()
    own = {name: value.replace("/tmp", str(tmp_path)) for name, value in environment().items()}
    own |= {"GRADIO_SERVER_PORT": str(port), "TMPDIR": str(tmp_path), "HOME": "/nowhere"}
    cache = Path(own["XDG_CACHE_HOME"]) / "charrnn"
    cache.mkdir(parents=True)
    (cache / "kernel").touch()  # the kernel has no folder to be compiled into, which takes longer than all else here
    with (
        read_only_image() as image,
        started(environment=own, folder=image, prefix=without_power()) as app,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        assert app.said == f"The page is at http://localhost:{port}/\nThe model is ready. Ctrl-C ends.\n"
        assert client.get("/").status_code == 200
        script = STATIC.relative_to(ROOT) / "score" / "score.js"
        assert client.get(f"/gradio_api/file={image / script}").status_code == 200
        event = client.post("/gradio_api/call/v2/generate", json={"length": 40, "seed": 1}).json()["event_id"]
        assert "event: complete" in client.get(f"/gradio_api/call/generate/{event}").text
        components = client.get("/config").json()["components"]
        score = next(one["id"] for one in components if one["props"].get("elem_id") == "score")
        for kind in ("midi", "wav", "mp3", "ogg", "flac", "pdf", "musicxml", "svg"):
            call = {"session_hash": "visitor", "component_id": score, "fn_name": "make_file"}
            made = client.post(
                "/gradio_api/component_server", json={**call, "data": {"abc": abc("CDEF|]"), "kind": kind}}
            ).json()
            assert made.get("base64"), made
        assert app.stdout is not None
        assert list(tmp_path.glob("charrnn-*"))  # what gradio may need
        app.send_signal(signal.SIGTERM)  # as `docker stop` does
        assert (app.stdout.read(), app.wait()) == ("", 143)
    assert [path.name for path in cache.glob("sounds-*/catalog.json")] == ["catalog.json"]
    assert not list(tmp_path.glob("charrnn-*"))
