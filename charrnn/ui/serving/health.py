"""Whether the server can be sent visitors: what ``/healthz`` tells a load balancer or a person."""

import threading
import time
from typing import Any

from charrnn import limits
from charrnn.errors import CharrnnError
from charrnn.ui.model import BackgroundModel

_WRITING = ("compose", "generate", "rework")  # what shows that the model works


class Health:
    """Bad while the model is loading, if it could not be loaded, and for a minute after a generation failed by an
    internal error, unless a later one succeeds. It recovers after a minute: a replica without traffic could never prove
    that it works."""

    def __init__(self, model: BackgroundModel | None) -> None:
        self._model = model
        self._fault: tuple[float, str] | None = None  # when, and the request's id
        self._lock = threading.Lock()

    def note(self, action: str, outcome: str, id: str) -> None:
        if action not in _WRITING or outcome not in ("ok", "failed"):
            return
        with self._lock:
            self._fault = (time.monotonic(), id) if outcome == "failed" else None

    def report(self) -> tuple[bool, dict[str, Any]]:
        """Whether all is well, and {status, reason?}."""
        try:
            if self._model is None or not self._model.is_ready:  # asking is no visit
                return False, {"status": "loading", "reason": "The model is still being loaded."}
        except CharrnnError:
            return False, {"status": "failed", "reason": "The model could not be loaded; the log says why."}
        with self._lock:
            fault = self._fault
        if fault and time.monotonic() - fault[0] < limits.HEALTH_SECONDS:
            return False, {"status": "failing", "reason": f"The last generation failed (id {fault[1]})."}
        return True, {"status": "ok"}
