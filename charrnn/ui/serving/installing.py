"""What a browser needs to install the page as an app: a manifest and icons, beside the page and relative to it.

gradio's own manifest names its icons from the root of the host, which is wrong behind a proxy that shows the page under
a path; and its ``/pwa_icon/{size}`` draws an icon of any size that is asked for (``guard`` blocks it).
"""

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route

from charrnn.ui.score import STATIC

NAME, SHORT_NAME = "A new folk tune", "Folk tunes"
SIZES = (192, 512)  # pixels, which browsers ask for; tools/icon.py draws them
FAVICON = STATIC / "icon" / f"icon-{SIZES[0]}.png"
_TEAL, _WHITE = "#0f766e", "#ffffff"


def routes() -> list[Route]:
    return [Route("/manifest.json", manifest), *(_icon_route(size) for size in SIZES)]


def manifest(_request: Request) -> JSONResponse:
    content = {
        "name": NAME,
        "short_name": SHORT_NAME,
        "start_url": "./",
        "display": "standalone",
        "theme_color": _TEAL,
        "background_color": _WHITE,
        "icons": [
            {"src": f"icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any maskable"}
            for size in SIZES
        ],
    }
    return JSONResponse(content, media_type="application/manifest+json")


def _icon_route(size: int) -> Route:
    def icon(_request: Request) -> FileResponse:
        return FileResponse(STATIC / "icon" / f"icon-{size}.png", media_type="image/png")

    return Route(f"/icon-{size}.png", icon)
