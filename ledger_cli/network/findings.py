"""Everything that is wrong with a network: two surveys some seconds apart, compared in every way we know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ledger_cli.errors import EXIT_BAD, EXIT_COULD_NOT_CHECK, EXIT_GOOD
from ledger_cli.network import chain_findings, node_findings
from ledger_cli.network.watch import Finding, Watch

LOOKS: Final[tuple[Callable[[Watch], Iterator[Finding]], ...]] = (
    chain_findings.find_other_chains,
    chain_findings.find_stalled,
    node_findings.find_unreached,
    chain_findings.find_weak_set,
    chain_findings.find_development_chains,
    chain_findings.find_silent,
    chain_findings.find_empty_rounds,
    node_findings.find_missing_peers,
    node_findings.find_lagging,
    node_findings.find_pools,
    node_findings.find_emptied_pools,
    node_findings.find_skew,
    node_findings.find_disks,
)


def find_faults(watch: Watch) -> list[Finding]:
    """Everything that is wrong, the gravest first."""
    return [finding for look in LOOKS for finding in look(watch)]


def exit_code_of(findings: Sequence[Finding]) -> int:
    """0: nothing wrong. 1: something is. 2: nothing certain, but not all could be checked."""
    if any(finding.certain for finding in findings):
        return EXIT_BAD
    return EXIT_COULD_NOT_CHECK if findings else EXIT_GOOD
