"""What an answer tells the browser to refuse, and what a server for this machine alone refuses."""

import json
from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from charrnn.ui.score import STATIC
from charrnn.ui.serving import hosting
from tests.support.browser import needs_chromium
from tests.support.served import GRADIO_WARNINGS, free_port, served, who_asks
from tests.support.visitor import generate, open_tab, opened

pytestmark = pytest.mark.filterwarnings(GRADIO_WARNINGS)
FOREIGN = "This server answers this machine alone, by the names localhost and 127.0.0.1; --trusted-proxy lets a proxy"


@pytest.fixture(scope="module")
def address(checkpoint_path: Path) -> Iterator[str]:
    with served(str(checkpoint_path)) as address:
        yield address


def policy_of(answer: httpx.Response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/healthz",
        "/nowhere",
        "/gradio_api/upload",
        f"/gradio_api/file={STATIC.as_posix()}/score/score.js",
    ],
)
def test_every_answer_carries_the_headers(address: str, path: str) -> None:
    answer = httpx.get(address + path)
    policy = policy_of(answer)
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == "'none'"
    assert "http" not in answer.headers["content-security-policy"]  # no other host
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "camera=()" in answer.headers["permissions-policy"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:7860"},
        {"Host": "localhost.evil.example"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Host": "[", "Origin": "http://["},
    ],
)
@pytest.mark.parametrize("path", ["/", "/healthz", "/config"])
def test_a_foreign_name_is_refused_in_a_sentence(address: str, path: str, headers: dict[str, str]) -> None:
    answer = httpx.get(address + path, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith(FOREIGN)


@pytest.mark.parametrize("host", ["localhost", "localhost:7860", "127.0.0.1", "[::1]:7860", "LOCALHOST"])
def test_every_name_of_this_machine_is_answered(address: str, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert httpx.get(address + "/healthz", headers=headers).status_code == 200


def test_behind_a_proxy_every_name_is_answered() -> None:
    port = free_port()
    with who_asks(port, trusted_proxies=("127.0.0.1",), frame_ancestors=("https://example.org",)):
        answer = httpx.get(f"http://127.0.0.1:{port}/who", headers={"Host": "tunes.example"})
    assert answer.status_code == 200
    assert policy_of(answer)["frame-ancestors"] == "https://example.org"
    assert "x-frame-options" not in answer.headers


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_probes_can_be_switched_off(path: str) -> None:
    port = free_port()
    with who_asks(port, probes=False):
        assert httpx.get(f"http://127.0.0.1:{port}{path}").status_code == 404


def test_probes_can_have_a_port_of_their_own() -> None:
    port, other = free_port(), free_port()
    with who_asks(port, probes=other):
        assert httpx.get(f"http://127.0.0.1:{port}/metrics").status_code == 404
        assert b"charrnn_requests" in httpx.get(f"http://127.0.0.1:{other}/metrics").content
        health = httpx.get(f"http://127.0.0.1:{other}/healthz")
        assert (health.status_code, json.loads(health.content)["status"]) == (503, "loading")
        assert httpx.get(f"http://127.0.0.1:{other}/").status_code == 404


@pytest.mark.parametrize(
    ("reader", "text", "wanted"),
    [
        (hosting.sites, "example.org", "sites such as https://example.org"),
        (hosting.sites, "https://a.example; script-src *", "sites such as https://example.org"),
        (hosting.probes, "yes", "on, off or a port is wanted"),
        (hosting.probes, "0", "1 to 65535"),
    ],
)
def test_bad_flags_are_refused(reader, text: str, wanted: str) -> None:
    with pytest.raises(ArgumentTypeError, match=wanted):
        reader(text)


def test_flags_are_read() -> None:
    assert hosting.sites("https://a.example,https://*.b.example:8443") == (
        "https://a.example",
        "https://*.b.example:8443",
    )
    assert [hosting.probes(text) for text in ("on", "off", "9000")] == [True, False, 9000]


@needs_chromium
def test_the_page_works_without_breaking_the_policy(browser, address: str) -> None:
    visitor = browser.new_page()
    faults: list[str] = []
    visitor.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    visitor.add_init_script(
        "window.violations = [];"
        "const note = (one) => violations.push(`${one.violatedDirective} ${one.blockedURI}`);"
        "addEventListener('securitypolicyviolation', note);"
    )
    opened(visitor, address)
    generate(visitor)
    expect(visitor.locator(".sheet svg .note").first).to_be_visible()
    visitor.get_by_role("button", name="Play").click()
    visitor.wait_for_function("document.querySelector('.score').player.running")
    open_tab(visitor, "Is it new?")
    visitor.locator(".downloads summary").click()
    with visitor.expect_download():
        visitor.get_by_role("button", name="Download MIDI", exact=True).click()
    assert visitor.evaluate("violations") == faults == []
    visitor.evaluate("fetch('https://elsewhere.example/').catch(() => {})")
    visitor.wait_for_function("violations.length > 0")  # another host is not asked
    visitor.close()
