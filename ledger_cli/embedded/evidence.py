"""Fetches the evidence of what a stack holds, and verifies it by this client's own chain reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ledger_cli.acting.person import PersonAtWork
from ledger_cli.chain_access import open_chain
from ledger_cli.embedded.home import Home, write_whole
from ledger_cli.embedded.people import DOCTORS
from ledger_cli.embedded.seeding import person_at_work
from ledger_cli.gateway_client import member
from ledger_cli.pinned_files import TrustFile, read_pinned
from ledger_proofs.bundles import Bundle, parse_bundle
from ledger_proofs.reports import Report
from ledger_proofs.verifier import verify_bundle


@dataclass(frozen=True)
class VerifiedBundle:
    """One evidence bundle, where it lies, and what its verification said."""

    path: Path
    bundle: Bundle
    report: Report


def fetch_bundles(home: Home) -> None:
    """Write the bundle of every window of every prescription to the home's bundles folder."""
    for doctor in DOCTORS:
        with person_at_work(home, doctor) as working:
            for item in working.client.pages("/v1/prescriptions"):
                _fetch_windows(home, working, member(item, "id", str))


def verify_bundles(home: Home, rpc_url: str) -> Iterator[VerifiedBundle]:
    """Verify each bundle in the home's folder against the home's trust file, through the chain."""
    trust = read_pinned(TrustFile, home.trust)
    chain = open_chain(rpc_url, trust)
    for path in sorted(home.bundles.glob("*.json")):
        bundle = parse_bundle(path.read_bytes())
        yield VerifiedBundle(path, bundle, verify_bundle(bundle, trust.trust(), chain))


def _fetch_windows(home: Home, working: PersonAtWork, prescription_id: str) -> None:
    document = working.client.get(f"/v1/prescriptions/{prescription_id}").document
    for entry in member(document, "entries", list):
        window = member(entry, "window", int)
        content = working.client.get_bytes(f"/v1/prescriptions/{prescription_id}/bundle", window=window)
        bundle = parse_bundle(content)
        institution, position = bundle.authorship.institution, bundle.inclusion.index
        write_whole(
            home.bundles / f"institution-{institution}-entry-{position:04d}.json", content.decode("utf-8")
        )
