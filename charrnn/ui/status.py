"""``/healthz`` and ``/metrics``: what the server tells of itself."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from charrnn.ui.requests import Journal


def routes(journal: Journal) -> list[Route]:
    def healthz(_request: Request) -> JSONResponse:
        is_well, report = journal.health.report()
        return JSONResponse(report, 200 if is_well else 503)

    def metrics(_request: Request) -> Response:
        return Response(journal.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/metrics", metrics)]
