"""``/healthz`` and ``/metrics``: what the server tells of itself, at the page's port or at one of their own."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from charrnn import limits
from charrnn.ui.serving.requests import Journal

Probes = bool | int  # answered at the page's port, not at all, or at this port


def routes(journal: Journal) -> list[Route]:
    def healthz(_request: Request) -> JSONResponse:
        is_well, report = journal.health.report()
        return JSONResponse(report, 200 if is_well else 503)

    def metrics(_request: Request) -> Response:
        return Response(journal.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/metrics", metrics)]


def serve_probes(journal: Journal, host: str, port: int) -> ThreadingHTTPServer:
    """Answer at another port, until the process ends. For probers: nothing here bounds what others may ask, so that the
    port is not to be open to them. Raises OSError where it cannot be had."""

    class Answers(BaseHTTPRequestHandler):
        timeout = limits.HEAD_SECONDS

        def do_GET(self) -> None:
            if self.path == "/healthz":
                is_well, report = journal.health.report()
                self._answer(200 if is_well else 503, "application/json", json.dumps(report).encode())
            elif self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, journal.metrics.text())
            else:
                self.send_error(404)

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Probers come every few seconds; nobody reads of them."""

    server = ThreadingHTTPServer((host.strip("[]"), port), Answers)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="probes", daemon=True).start()
    return server
