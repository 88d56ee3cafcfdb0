"""The page behind nginx as docs/nginx.conf sets it up: under /tunes/, by two replicas, one of which may be lost."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import needs_chromium
from tests.support.served import GRADIO_WARNINGS, free_port, who_asks
from tests.support.started import ROOT, App, started
from tests.support.visitor import SLOW, choose_length, generate, opened, show_more, shown_abc, the_page, wait_until

NGINX = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
pytestmark = [
    pytest.mark.filterwarnings(GRADIO_WARNINGS),
    pytest.mark.skipif(NGINX is None, reason="needs nginx (Debian package nginx-light)"),
]
AROUND = """
daemon off; pid {folder}/pid; {user}
events {{}}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    log_format replica "$upstream_addr $uri"; access_log {folder}/log replica;
    include {folder}/charrnn.conf;
}}
"""


@contextmanager
def nginx(folder: Path, *replicas: int) -> Iterator[str]:
    """The address of nginx in front of two ports of this machine."""
    port = free_port()
    text = (ROOT / "docs" / "nginx.conf").read_text()
    ports = {"listen 80": f"listen 127.0.0.1:{port}", "1:7861": f"1:{replicas[0]}", "1:7862": f"1:{replicas[1]}"}
    for example, here in ports.items():
        assert text.count(example) == 1
        text = text.replace(example, here)
    (folder / "charrnn.conf").write_text(text)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user="user root;" if os.getuid() == 0 else ""))
    assert NGINX is not None
    command = [NGINX, "-p", str(folder), "-e", str(folder / "error"), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as server:
        try:
            wait_until((folder / "pid").exists)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="module")
def replicas(checkpoint_path: Path, library, folder) -> Iterator[dict[int, App]]:
    """Two, by their ports. They share the piano's samples, which lie where the cache folder would be; the kernel, which
    nothing here is about, has no folder there to be compiled into."""
    cache = folder / "cache" / "charrnn"
    cache.mkdir(parents=True)
    (cache / "kernel").touch()
    shutil.copytree(library.folder, cache / library.folder.name)
    flags = ("--root-path", "/tunes", "--trusted-proxy", "127.0.0.1", "--checkpoint", str(checkpoint_path))
    with ExitStack() as stack:
        out = {}
        for port in (free_port(), free_port()):
            app = started("--port", str(port), *flags, environment={"XDG_CACHE_HOME": str(folder / "cache")})
            out[port] = stack.enter_context(app)
        yield out


@pytest.fixture(scope="module")
def site(folder, replicas) -> Iterator[str]:
    with nginx(folder, *replicas) as address:
        yield address


def replica_of(folder: Path, what: str) -> int:
    """The port of the one that last answered a request. nginx names all that it has tried: ``HOST:PORT, HOST:PORT``."""
    asked = [line.rpartition(" ") for line in (folder / "log").read_text().splitlines()]
    return next(int(tried.rpartition(":")[2]) for tried, _, path in reversed(asked) if path.endswith(what))


@needs_chromium
def test_the_whole_page_works_under_a_path(site, browser):
    requests: list[str] = []
    faults: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    opened(page, f"{site}/tunes")
    generate(page)
    expect(page.locator(".sheet svg .note").first).to_be_visible()
    page.get_by_role("button", name="Play").click()
    wait_until(lambda: any(url.partition("?")[0].endswith("piano.wav") for url in requests), seconds=SLOW / 1000)
    page.wait_for_function("document.querySelector('.score').player.running")
    page.locator(".downloads summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download MIDI", exact=True).click()
    assert download.value.path().read_bytes().startswith(b"MThd")
    visitor = browser.new_page()
    visitor.goto(page.url)
    visitor.wait_for_function("document.querySelector('.score')?.page?.value.state === 'done'")
    assert page.url.startswith(f"{site}/tunes/?tune=")
    assert shown_abc(visitor) == shown_abc(page)
    visitor.close()
    page.close()
    own = (f"{site}/tunes/", f"{site}/favicon.ico", "data:", "blob:")
    assert [url for url in requests if not url.startswith(own) and url != f"{site}/tunes"] == []
    assert faults == []


def test_cookies_keep_a_client_on_its_replica(site):
    for seed in range(8):
        with httpx.Client(base_url=f"{site}/tunes/gradio_api", timeout=60) as client:
            event = client.post("/call/v2/generate", json={"length": 20, "seed": seed}).json()["event_id"]
            assert "event: complete" in client.get(f"/call/generate/{event}").text


def test_visitors_of_one_address_are_shared_out(site, folder):
    for _ in range(16):
        with httpx.Client(base_url=f"{site}/tunes") as browser:
            browser.get("/")
            assert browser.cookies["charrnn"]
            assert browser.get("/config").status_code == 200
    asked = [line.split() for line in (folder / "log").read_text().splitlines()]
    assert len({replica for replica, path in asked if path == "/tunes/config"}) == 2


def test_health_and_metrics_are_hidden_from_visitors(site):
    assert [httpx.get(f"{site}/tunes/{name}").status_code for name in ("healthz", "metrics")] == [404, 404]


def test_a_visitor_cannot_make_up_an_address(tmp_path):
    """The server sees whom nginx sees, whatever the visitor says."""

    port = free_port()
    with (
        who_asks(port, root_path="/tunes", trusted_proxies=("127.0.0.1",)),
        nginx(tmp_path, port, port) as site,
        httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.9")) as client,
    ):
        assert client.get(f"{site}/tunes/who", headers={"x-forwarded-for": "203.0.113.7"}).json() == "127.0.0.9"


def what_it_says(page: Page) -> str:
    return page.locator(".score .remark").inner_text()


# Whether gradio has said so, kept for the page that is loaded anew: it may close the notice before a test looks.
NOTE_NOTICE = """() => new MutationObserver(() => {
  if (document.body.innerText.includes("Connection to the server was lost")) sessionStorage.noticed = "yes";
}).observe(document.body, { childList: true, subtree: true })"""


@needs_chromium
def test_losing_a_replica_tells_visitors_and_serving_continues(site, browser, replicas, folder):
    """Last in this file: there is one replica less afterwards."""
    page = browser.new_page()
    opened(page, f"{site}/tunes/")
    choose_length(page, 4_000)
    generate(page, "M:6/8\nL:1/8\nK:D\nABc", wait=False)
    expect(page.locator(".score[data-state=writing]")).to_be_visible()
    lost = replica_of(folder, "/queue/join")
    page.evaluate("window.before = true")
    page.evaluate(NOTE_NOTICE)
    replicas[lost].kill()
    page.wait_for_function("!window.before && document.querySelector('.score')?.page")  # gradio has loaded it anew
    assert page.evaluate("sessionStorage.noticed") == "yes"
    wait_until(lambda: "lost its server" in what_it_says(page), seconds=SLOW / 1000)
    expect(page.locator("#seed-text textarea")).to_have_value("M:6/8\nL:1/8\nK:D\nABc")
    show_more(page)
    generate(page, "M:6/8\nL:1/8\nK:D\nABc")
    assert replica_of(folder, "/queue/join") != lost
    assert the_page(page, "value.state") == "done"
    assert "lost its server" not in what_it_says(page)
    page.close()
