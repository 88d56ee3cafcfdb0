"""Slow clients: connections that send nothing, or a byte at a time, keep nobody else out."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from charrnn import limits
from charrnn.ui.serving.connections import most_connections
from tests.support.asking import call
from tests.support.served import GRADIO_WARNINGS, served

pytestmark = pytest.mark.filterwarnings(GRADIO_WARNINGS)

MOST = 20  # connections
SECONDS = 3  # for a request's head


@pytest.fixture(scope="module")
def bounded(checkpoint_path: Path) -> Iterator[str]:
    """The page, with small bounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "MAX_CONNECTIONS", MOST)
        patch.setattr(limits, "HEAD_SECONDS", SECONDS)
        patch.setattr(limits, "BODY_SECONDS", SECONDS)
        with served(str(checkpoint_path)) as address:
            yield address


@contextlib.contextmanager
def connected(address: str, count: int) -> Iterator[list[socket.socket]]:
    place = urlsplit(address)
    assert place.hostname
    assert place.port
    sockets = [socket.create_connection((place.hostname, place.port), timeout=20) for _ in range(count)]
    try:
        yield sockets
    finally:
        for one in sockets:
            one.close()


def answer_of(one: socket.socket) -> bytes:
    """What comes until the other side closes the connection; nothing where it breaks off."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while piece := one.recv(65_536):
            received += piece
    return received


def test_an_incomplete_request_head_times_out(bounded: str) -> None:
    with connected(bounded, 1) as (one,):
        start = time.monotonic()
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        answer = answer_of(one)
    assert time.monotonic() - start >= SECONDS - 0.5
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert answer.endswith(b"The request did not come in time.")


def test_a_second_request_on_a_connection_times_out(bounded: str) -> None:
    with connected(bounded, 1) as (one,):
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert one.recv(65_536).startswith(b"HTTP/1.1 200 ")
        one.sendall(b"GET /heal")
        assert b" 408 " in answer_of(one)


def test_an_incomplete_request_body_times_out(bounded: str) -> None:
    with connected(bounded, 1) as (one,):
        head = b"POST /gradio_api/call/generate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        one.sendall(head + b"Content-Length: 1000\r\n\r\n{")
        assert b"200" not in answer_of(one)


def test_slow_clients_keep_no_visitor_out(bounded: str) -> None:
    """More of them than there may be connections, each with a byte now and then, while a tune is composed."""
    stopped = threading.Event()

    def drip(sockets: list[socket.socket]) -> None:
        while not stopped.wait(0.1):
            for one in sockets:
                with contextlib.suppress(OSError):
                    one.send(b"G")

    with connected(bounded, 3 * MOST) as sockets:
        thread = threading.Thread(target=drip, args=(sockets,))
        thread.start()
        try:
            event, tune = call(bounded, seed_text="M:6/8\nL:1/8\nK:D\n", length=60)
            place = urlsplit(bounded)
            connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
            connection.close()
        finally:
            stopped.set()
            thread.join()
    assert (event, tune["abc"][:3]) == ("complete", "X:1")


def test_connections_take_at_most_half_the_file_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(limits, "MAX_CONNECTIONS", 512)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))
    assert most_connections() == 128
    monkeypatch.setattr(resource, "getrlimit", lambda _: (65_536, 65_536))
    assert most_connections() == 512
