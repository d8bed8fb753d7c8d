"""Prometheus metrics of one gateway: those of every service, and those of its outbox."""

from prometheus_client import Counter, Gauge

from ledger_web.metrics import RequestMetrics


class Metrics(RequestMetrics):
    """The gateway's counters and gauges. The engines of the outbox set theirs as they go."""

    def __init__(self) -> None:
        super().__init__()
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
        self.spends_undecided = Gauge(
            "rxledger_spends_undecided",
            "Acts whose outcome on chain isn't known yet, by state",
            ["state"],
            registry=self.registry,
        )
        self.spend_lag_seconds = Gauge(
            "rxledger_spend_lag_seconds",
            "Age of the oldest act whose outcome isn't known yet",
            registry=self.registry,
        )
        self.node_problems = Gauge(
            "rxledger_node_problems",
            "1 while something is wrong with what a chain node says, by problem and node",
            ["code", "node"],
            registry=self.registry,
        )
        self.spend_outcomes = Counter(
            "rxledger_spend_outcomes_total",
            "Outcomes of acts that were noted down, by act and outcome",
            ["act", "outcome"],
            registry=self.registry,
        )
