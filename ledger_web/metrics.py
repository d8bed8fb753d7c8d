"""Prometheus metrics that every service of the house has, in a registry of its own.

Labels hold route templates, states and worker names only: never an id, so that their number stays bounded.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetrics:
    """Requests, incidents, refused sign-ins and failed workers. `prefix` begins the names."""

    def __init__(self, prefix: str = "rxledger") -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            f"{prefix}_requests_total",
            "Requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            f"{prefix}_request_seconds",
            "Seconds from a request to its answer",
            ["method", "route"],
            buckets=_LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.incidents = Counter(
            f"{prefix}_incidents_total", "Unexpected faults, each with an incident id", registry=self.registry
        )
        self.sign_in_refusals = Counter(
            f"{prefix}_sign_in_refusals_total", "Refused sign-ins", ["reason"], registry=self.registry
        )
        self.worker_failures = Counter(
            f"{prefix}_worker_failures_total",
            "Failed steps of the workers",
            ["worker"],
            registry=self.registry,
        )

    def note_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        known_method = method if method in _KNOWN_METHODS else "OTHER"
        self._requests.labels(known_method, route, str(status)).inc()
        self._seconds.labels(known_method, route).observe(seconds)

    def render(self) -> bytes:
        """Render all metrics in Prometheus' text format."""
        return generate_latest(self.registry)
