"""What every answer tells the browser to refuse, and which requests a server refuses that is for this machine alone."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.types import Scope

Headers = list[tuple[bytes, bytes]]

_NONE = "'none'"
_SOURCE = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d+)?")
# What gradio's page needs beyond 'self', and why:
# - script 'unsafe-inline': its index.html has inline scripts that differ from answer to answer (the configuration);
# - script 'unsafe-eval': it makes functions of our templates and of js= (Handlebars, new Function);
# - style 'unsafe-inline': Svelte and themes set styles on elements; the engraved score has style elements, too;
# - img, media and font data: and blob: for icons in its style sheets, and for what the page makes to play or keep.
# Nothing is loaded from another host, nothing is sent to one, and no plug-in runs.
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": _NONE,
    "base-uri": "'self'",
    "form-action": "'self'",
}
# The page uses none of these; clipboard-write, which copies a link, and midi, which reads a keyboard, stay as they are.
_UNUSED = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer", "microphone",
    "payment", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def security_headers(frame_ancestors: Sequence[str] = ()) -> Headers:
    """For every answer. ``frame_ancestors`` are the sites that may show the page in a frame: none by default."""
    policy = _POLICY | {"frame-ancestors": " ".join(frame_ancestors) or _NONE}
    found = {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",  # the page's address holds the tune
        "permissions-policy": ", ".join(f"{name}=()" for name in _UNUSED),
        "cross-origin-opener-policy": "same-origin",
    }
    if not frame_ancestors:
        found["x-frame-options"] = "DENY"
    return [(name.encode(), value.encode()) for name, value in found.items()]


def is_source(text: str) -> bool:
    """Whether a text names a site as a policy does: https://example.org or https://*.example.org."""
    return bool(_SOURCE.fullmatch(text))


def is_loopback(host: str) -> bool:
    """Whether a server at this address can be reached from this machine alone."""
    return host.strip("[]") in _LOOPBACK


def is_foreign(scope: Scope) -> bool:
    """Whether a request, to a server that this machine alone can reach, names another host or comes from another site's
    page. A site can have its own name lead to this machine (DNS rebinding), and its scripts then ask us in its name."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    origin = headers.get(b"origin", b"").decode("latin-1")
    return not _is_here(f"//{host}") or (bool(origin) and not _is_here(origin))


def _is_here(address: str) -> bool:
    try:
        return urlsplit(address).hostname in _LOOPBACK
    except ValueError:
        return False
