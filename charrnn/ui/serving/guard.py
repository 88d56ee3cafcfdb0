"""ASGI middleware: limits the request size, blocks unused Gradio routes, hides error details."""

import errno
import re
from typing import Any

from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError
from gradio.route_utils import FnIndexInferError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from charrnn import limits
from charrnn.errors import BusyError, CharrnnError, OptionError
from charrnn.ui.sentences import capitalised, fault_sentence
from charrnn.ui.serving.fairness import Rate
from charrnn.ui.serving.headers import Headers, is_foreign
from charrnn.ui.serving.requests import Entry, Journal

# gradio serves these on every page. This one takes no files, fetches nothing for anybody and is not edited from
# outside: what could be written to the disk or asked of other hosts through them is shut off.
_SHUT = re.compile(
    r"(/gradio_api)?/("
    r"upload|upload_progress|process_recording|deep_link|proxy=.*|stream/.*|custom_component/.*|file/.*|"
    r"pwa_icon.*|vibe-.*|undo-vibe-edit|dev/.*|runs|run-history/.*|monitoring.*"
    r")/?"
)
_UPLOAD, _MCP, _NAMED = "/upload", "/gradio_api/mcp", "/gradio_api/call/"


class Guard:
    """ASGI middleware."""

    def __init__(
        self, app: ASGIApp, journal: Journal, headers: Headers | None = None, is_private: bool = False
    ) -> None:
        """``headers`` go with every answer; ``is_private`` for a server that this machine alone may ask."""
        self._app, self._journal = app, journal
        self._headers, self._is_private = headers or [], is_private
        self._rate = Rate(limits.MAX_A_MINUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        entry, body, answer = Entry("http"), _Counted(receive), _Watched(send, self._headers)
        try:
            self._check(scope)
            await self._app(scope, body, answer)
        except Exception as error:
            known = body.error or _known(scope, error)
            sentence, status = self._told(entry, known)
            if not answer.has_begun:
                await JSONResponse({"detail": sentence}, status)(scope, receive, answer)
            elif known is error:
                raise  # else the connection breaks off just so, without a traceback

    def _told(self, entry: Entry, error: Exception) -> tuple[str, int]:
        try:
            with self._journal.recorded(entry):
                raise error
        except _HttpError as known:
            return capitalised(str(known)), known.status
        except BusyError as known:
            return capitalised(str(known)), 429
        except CharrnnError as known:
            return capitalised(str(known)), 400
        except Exception:
            return fault_sentence(entry.id), 500

    def _check(self, scope: Scope) -> None:
        path = scope["path"]
        if self._is_private and is_foreign(scope):
            raise _ShutError(
                "This server answers this machine alone, by the names localhost and 127.0.0.1;"
                " --trusted-proxy lets a proxy ask it for others."
            )
        size = _length(scope)
        if path.rstrip("/").endswith(_UPLOAD) and size > limits.MAX_UPLOAD_BYTES:
            raise _TooLargeError(limits.MAX_UPLOAD_BYTES, size)
        if _SHUT.fullmatch(path):
            raise _ShutError("This page has no such address.")
        if size > limits.MAX_REQUEST_BYTES:
            raise _TooLargeError(limits.MAX_REQUEST_BYTES, size)
        if path.startswith(_MCP) and scope["method"] == "POST":
            self._rate.check(Request(scope))


class _Counted:
    """What comes in, as far as is allowed, whatever the sender has said of its length."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._bytes = receive, 0
        self.error: Exception | None = None

    async def __call__(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > limits.MAX_REQUEST_BYTES:
            self.error = _TooLargeError(limits.MAX_REQUEST_BYTES, self._bytes)
            raise self.error
        return message


class _Watched:
    """What goes out, with headers of ours."""

    def __init__(self, send: Send, headers: Headers) -> None:
        self._send, self._headers, self.has_begun = send, headers, False

    async def __call__(self, message: Message) -> None:
        self.has_begun = True
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *self._headers]}
        await self._send(message)


class _HttpError(OptionError):
    status = 400


class _ShutError(_HttpError):
    status = 403


class _MissingError(_HttpError):
    status = 404


class _TooLargeError(_HttpError):
    status = 413

    def __init__(self, most: int, came: int) -> None:
        super().__init__(f"A request here has at most {most:,} bytes, not {came:,}.")


def _known(scope: Scope, error: Exception) -> Exception:
    """What gradio meets with an exception of Python's, though it is the request's fault: names and values that fit no
    function, the events of a visit that it knows nothing of, a file's name that is longer than names may be."""
    if scope["path"].startswith(_NAMED) and isinstance(error, TypeError | KeyError | ValueError | FnIndexInferError):
        return _HttpError("There is no function with values of these names; /gradio_api/info lists what there is.")
    if isinstance(error.__cause__, HTTPException) and error.__cause__.status_code == 404:
        return _MissingError("There is no such visit or event, or there is none any more.")
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return _MissingError("This page has no such address.")
    return error


def _length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


async def malformed(_request: Request, _error: Any) -> JSONResponse:
    """For invalid JSON or a body of another form: gradio would send back the value received."""
    return JSONResponse({"detail": "The request is not of the form that this address takes."}, 422)


HANDLERS: dict[Any, Any] = {RequestValidationError: malformed}
