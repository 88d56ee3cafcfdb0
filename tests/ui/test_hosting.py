"""To whom the page is served, and under which address: flags, passwords, proxies, and a platform's environment."""

import signal
from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import app
from charrnn.ui.score import STATIC
from charrnn.ui.serving import hosting
from tests.support.served import GRADIO_WARNINGS, free_port, served, who_asks
from tests.support.started import NOTHING_KEPT, started

pytestmark = pytest.mark.filterwarnings(GRADIO_WARNINGS)
ANN = {"username": "ann", "password": "a:b c"}


@pytest.mark.parametrize(
    ("reader", "text", "wanted"),
    [
        (hosting.port, "0", "1 to 65535"),
        (hosting.root_path, "tunes", "such as /tunes"),
        (hosting.root_path, "//elsewhere", "such as /tunes"),
        (hosting.root_path, "/a/../b c", "such as /tunes"),
        (hosting.root_path, "https://elsewhere.example/tunes", "such as /tunes"),
        (hosting.proxies, "*", "addresses or networks"),
        (hosting.proxies, "", "addresses or networks"),
        (hosting.proxies, "127.0.0.1,proxy", "addresses or networks"),
        (hosting.proxies, "10.0.0.1/8", "addresses or networks"),
        (hosting.accounts, "@/nowhere/accounts", "/nowhere/accounts cannot be read"),
    ],
)
def test_a_flag_with_an_invalid_value_is_refused(reader, text, wanted):
    with pytest.raises(ArgumentTypeError, match=wanted):
        reader(text)


@pytest.mark.parametrize("text", ["secret", ":secret", "ann:", " :secret", ""])
def test_error_messages_never_repeat_a_possible_password(text, tmp_path, monkeypatch):
    with pytest.raises(ArgumentTypeError) as refused:
        hosting.accounts(text)
    (tmp_path / "accounts").write_text(f"bob:right\n{text or ':secret'}\n")
    with pytest.raises(ArgumentTypeError, match="line 2 of") as refused_file:
        hosting.accounts(f"@{tmp_path / 'accounts'}")
    monkeypatch.setenv(hosting.AUTH_VARIABLE, text or ":secret")
    with pytest.raises(
        OSError, match=f"environment variable {hosting.AUTH_VARIABLE}: USER:PASSWORD"
    ) as refused_variable:
        hosting.accounts_from_environment()
    assert "secret" not in f"{refused.value} {refused_file.value} {refused_variable.value}"


def test_accounts_come_from_flag_file_or_environment(tmp_path, monkeypatch):
    path = tmp_path / "accounts"
    path.write_text("ann:a:b c\n\n bob : secret\n")
    assert hosting.accounts("ann:a:b c") == (("ann", "a:b c"),)
    assert hosting.accounts(f"@{path}") == (("ann", "a:b c"), ("bob", " secret"))
    assert hosting.accounts_from_environment() == ()
    monkeypatch.setenv(hosting.AUTH_VARIABLE, f"@{path}")
    assert len(hosting.accounts_from_environment()) == 2
    path.write_text("\n")
    with pytest.raises(ArgumentTypeError, match="names nobody"):
        hosting.accounts(f"@{path}")


def test_the_root_path_may_end_in_a_slash():
    assert [hosting.root_path(text) for text in ("", "/", "/tunes", "/tunes/", "/our/tunes")] == [
        "", "", "/tunes", "/tunes", "/our/tunes",
    ]  # fmt: skip


def test_the_environment_sets_the_address_unless_flags_do(monkeypatch):
    def read(*flags: str) -> tuple[str, int, str, tuple[str, ...]]:
        options = app.parser().parse_args(flags)
        return options.host, options.port, options.root_path, options.trusted_proxy

    for name in ("SPACE_ID", "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "GRADIO_ROOT_PATH"):
        monkeypatch.delenv(name, raising=False)
    assert read() == ("127.0.0.1", 7860, "", ())
    monkeypatch.setenv("SPACE_ID", "someone/charrnn")
    assert read() == ("0.0.0.0", 7860, "", ("10.0.0.0/8",))
    monkeypatch.setenv("GRADIO_SERVER_NAME", "127.0.0.2")
    monkeypatch.setenv("GRADIO_SERVER_PORT", "8000")
    monkeypatch.setenv("GRADIO_ROOT_PATH", "/tunes/")
    assert read()[:3] == ("127.0.0.2", 8000, "/tunes")
    assert read("--host", "127.0.0.1", "--port", "1", "--root-path", "/")[:3] == ("127.0.0.1", 1, "")


def test_an_invalid_port_in_the_environment_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("GRADIO_SERVER_PORT", "x")
    with pytest.raises(SystemExit):
        app.parser().parse_args([])
    assert "a whole number from 1 to 65535 is wanted, not x" in capsys.readouterr().err


def test_mcp_cannot_be_combined_with_a_password(capsys):
    assert app.main(["--mcp", "--auth", "ann:secret", "--port", str(free_port())]) == 1
    assert capsys.readouterr().err == (
        "app.py: --mcp cannot go with --auth: gradio lets programs that speak MCP in without a password\n"
    )


@pytest.fixture(scope="module")
def locked(checkpoint_path: Path) -> Iterator[str]:
    with served(str(checkpoint_path), accounts=[tuple(ANN.values())]) as address:
        yield address


BEHIND_A_PASSWORD = [
    ("GET", "/config", None),
    ("GET", "/gradio_api/info", None),
    ("GET", f"/gradio_api/file={STATIC / 'score' / 'score.js'}", None),
    ("GET", "/gradio_api/queue/data?session_hash=x", None),
    ("GET", "/gradio_api/call/generate/x", None),
    ("POST", "/gradio_api/call/generate", {"data": []}),
    ("POST", "/gradio_api/call/v2/generate", {}),
    ("POST", "/gradio_api/run/generate", {"data": []}),
    ("POST", "/gradio_api/queue/join", {"data": [], "fn_index": 0, "session_hash": "x"}),
    ("POST", "/gradio_api/component_server", {"data": {}, "fn_name": "look", "session_hash": "x", "component_id": 1}),
]


@pytest.mark.parametrize(("method", "path", "body"), BEHIND_A_PASSWORD, ids=[path for _, path, _ in BEHIND_A_PASSWORD])
def test_without_the_password_nothing_of_ours_is_served(locked, method, path, body):
    assert httpx.request(method, locked + path, json=body).status_code == 401


def test_the_locked_page_contains_only_the_login(locked):
    page = httpx.get(locked)
    assert page.status_code == 200
    assert '"auth_required":true' in page.text
    assert '"components":[]' in page.text


def test_only_the_right_password_opens_the_page(locked):
    with httpx.Client(base_url=locked) as client:
        for wrong in ({**ANN, "password": "a:b"}, {**ANN, "username": "bob"}):
            assert client.post("/login", data=wrong).status_code == 400
        assert client.get("/config").status_code == 401
        assert client.post("/login", data=ANN).status_code == 200
        assert client.get("/config").json()["components"]
        assert client.get(f"/gradio_api/file={STATIC / 'score' / 'score.js'}").status_code == 200
        assert composes(client)


def composes(client: httpx.Client) -> bool:
    event = client.post("/gradio_api/call/v2/generate", json={"length": 20, "seed": 1}).json()["event_id"]
    return "event: complete" in client.get(f"/gradio_api/call/generate/{event}").text


def seen_as(proxies: tuple[str, ...], forwarded: str) -> str:
    """Whom the server takes a visitor from this machine for, who says to come from elsewhere."""

    port = free_port()
    with who_asks(port, trusted_proxies=proxies):
        return httpx.get(f"http://127.0.0.1:{port}/who", headers={"x-forwarded-for": forwarded}).json()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "client"),
    [
        ((), "203.0.113.7", "127.0.0.1"),
        (("10.0.0.0/8",), "203.0.113.7", "127.0.0.1"),
        (("127.0.0.1",), "203.0.113.7", "203.0.113.7"),
        (("127.0.0.0/8", "10.0.0.0/8"), "192.0.2.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),  # 192.0.2.1 is made up
    ],
)
def test_only_a_trusted_proxy_sets_the_visitors_address(proxies, forwarded, client):
    assert seen_as(proxies, forwarded) == client


def test_the_page_is_served_locally_without_a_tunnel(checkpoint_path, tmp_path):
    """The way to the service that makes public addresses leads to a port where nobody is."""
    flags = (
        "--share",
        "--port",
        str(port := free_port()),
        "--checkpoint",
        str(checkpoint_path),
        "--log-level",
        "error",
    )
    environment = {**NOTHING_KEPT, "HOME": str(tmp_path), "https_proxy": "http://127.0.0.1:1"}
    with started(*flags, environment=environment) as app:
        assert httpx.get(f"http://127.0.0.1:{port}").status_code == 200
        assert app.said == (
            "--share: gradio's service gave no public address (is there a way to the internet?); "
            "the page is served here alone\n"
            f"The page is at http://127.0.0.1:{port}/\n"
            "The model is ready. Ctrl-C ends.\n"
        )


SPACE = {
    "SYSTEM": "spaces",
    "SPACE_ID": "someone/charrnn",
    "SPACE_HOST": "someone-charrnn.hf.space",
    "GRADIO_SERVER_NAME": "0.0.0.0",
    "GRADIO_SSR_MODE": "True",
    "GRADIO_NUM_PORTS": "1",
    "GRADIO_THEME": "huggingface",
}


def test_a_space_starts_and_stops_the_app(tmp_path):
    port = free_port()
    environment = {**SPACE, **NOTHING_KEPT, "GRADIO_SERVER_PORT": str(port), "HOME": str(tmp_path)}
    seen = {"host": "someone-charrnn.hf.space", "x-forwarded-proto": "https"}
    with started(environment=environment) as app:
        page = httpx.get(f"http://127.0.0.1:{port}", headers=seen)
        assert '"root":"https://someone-charrnn.hf.space"' in page.text
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=seen, timeout=60) as client:
            assert composes(client)
        app.send_signal(signal.SIGTERM)
        assert app.wait(60) in (0, 143)  # seconds, on a busy machine


def test_static_files_contain_no_root_relative_urls():
    """Else they would ask the domain rather than the page when it is shown under a path."""
    absolute = [
        f"{path.name}: {line.strip()}"
        for path in STATIC.rglob("*")
        if path.suffix in (".js", ".html", ".css")
        for line in path.read_text(encoding="utf-8").splitlines()
        if any(
            sign + "/" in line and sign + "//" not in line
            for sign in ('from "', 'fetch("', 'import("', 'href="', 'src="')
        )
    ]
    assert absolute == []
