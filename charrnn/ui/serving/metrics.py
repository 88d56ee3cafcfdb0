"""What ``/metrics`` tells a Prometheus of this server, and of this server alone: any number may run in one process."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from charrnn.inference import compiling

disable_created_metrics()  # when each was first counted: as many lines again, which nobody asks for
_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30)  # to the most that a request may take


class Metrics:
    def __init__(self) -> None:
        self._registry = own = CollectorRegistry()
        self._requests = Counter("charrnn_requests", "Requests", ["action", "outcome"], registry=own)
        self._seconds = Histogram(
            "charrnn_request_seconds", "Seconds that a request took", ["action"], buckets=_SECONDS, registry=own
        )
        self._characters = Counter("charrnn_characters", "Characters that the model wrote", registry=own)
        self._speed = Gauge(
            "charrnn_characters_per_second", "Speed of the last request that wrote any, all of its work included",
            registry=own,
        )  # fmt: skip
        self._waiting = Gauge("charrnn_waiting", "Generations in the queue", registry=own)
        self._running = Gauge("charrnn_running", "Generations under way", registry=own)
        kernel = Gauge("charrnn_kernel", "Whether the compiled kernel writes the tunes: 1 or 0", registry=own)
        self.running: Callable[[], float] = lambda: 0
        kernel.set_function(lambda: float(compiling.is_ready(in_eight_bits=True)))

    def count(self, action: str, outcome: str, seconds: float, characters: int) -> None:
        self._requests.labels(action, outcome).inc()
        self._seconds.labels(action).observe(seconds)
        if characters:
            self._characters.inc(characters)
            self._speed.set(characters / max(seconds, 1e-3))

    def watch(self, waiting: Callable[[], float], running: Callable[[], float]) -> None:
        """Functions that know how many there are now."""
        self._waiting.set_function(waiting)
        self._running.set_function(running)
        self.running = running

    def text(self) -> bytes:
        return generate_latest(self._registry)
