"""Prometheus metrics of one gateway, in a registry of its own.

Labels hold route templates, states and worker names only: never an id, so that their number stays bounded.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The gateway's counters and gauges. The engines of the outbox set theirs as they go."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "rxledger_requests_total",
            "Requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "rxledger_request_seconds",
            "Seconds from a request to its answer",
            ["method", "route"],
            buckets=_LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.incidents = Counter(
            "rxledger_incidents_total", "Unexpected faults, each with an incident id", registry=self.registry
        )
        self.sign_in_refusals = Counter(
            "rxledger_sign_in_refusals_total", "Refused sign-ins", ["reason"], registry=self.registry
        )
        self.queue_depth = Gauge(
            "rxledger_queue_depth",
            "Entries accepted and not yet final, by state",
            ["state"],
            registry=self.registry,
        )
        self.anchor_lag_seconds = Gauge(
            "rxledger_anchor_lag_seconds",
            "Age of the oldest entry that is not yet anchored",
            registry=self.registry,
        )
        self.worker_failures = Counter(
            "rxledger_worker_failures_total", "Failed steps of the outbox", ["worker"], registry=self.registry
        )

    def note_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        known_method = method if method in _KNOWN_METHODS else "OTHER"
        self._requests.labels(known_method, route, str(status)).inc()
        self._seconds.labels(known_method, route).observe(seconds)

    def render(self) -> bytes:
        """Render all metrics in Prometheus' text format."""
        return generate_latest(self.registry)
