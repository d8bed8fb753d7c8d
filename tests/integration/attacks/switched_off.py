"""Parts of a service with a guard taken out, as a module that Python loads before everything else.

A service's process is real; what it finds on its path first is a few lines that take the guard out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger_cli.embedded.service_process import ServiceProcess

GATEWAY = """
from ledger_api.signing import service
from ledger_api.signing.entitlement import Entitlements

service.verify_signatures = lambda *_arguments: None
service.RecordSigning._verify_time = lambda *_arguments: None
Entitlements.is_refused = lambda *_arguments: False
"""
EVIDENCE = """
from regulator_portal.mirror.models import EntryVerdict
from regulator_portal.mirror.sweeping import Sweeping, Verdict

Sweeping._judge = lambda _self, position, *_arguments: Verdict(position, EntryVerdict.PASSED)
"""
PORTAL = (
    EVIDENCE
    + """
from regulator_portal.mirror.rechecking import Rechecking

keep = Rechecking._keep
Rechecking._keep = lambda self, done, own, found, noted=0: keep(self, done, own, [], 0)
"""
)

CHECKS = """
from dataclasses import replace
from pathlib import Path

from ledger_api.dispenses import chosen_packs, endpoints, presenting, service
from ledger_api.evidence.foreign import ForeignRecord, get_full_record
from ledger_api.identity.principal import Principal
from ledger_api.received import evidence as received
from ledger_api.received import handing_out
from ledger_api.received import service as fetching
from ledger_api.received.service import list_keys_of
from ledger_api.restores import endpoints as restores
from ledger_api.restores.service import get_done
from ledger_api.settlements import endpoints as settling
from ledger_api.settlements import evidence as settlements
from ledger_api.settlements import outgoing
from ledger_api.spends.models import SpendState
from ledger_proofs.verifier import verify_bundle

OFF = Path(__file__).parent / "off"


def is_off(check):
    return (OFF / check).exists()


def make_switchable(check, place, name, without):
    guarded = getattr(place, name)

    def either(*arguments, **named):
        return (without if is_off(check) else guarded)(*arguments, **named)

    setattr(place, name, either)


def take_all(request, sources):
    return [
        [source.body.claims[ordinal] for ordinal in sorted(taking.ordinals)]
        for taking, source in zip(request.prescriptions, sources)
    ]


def count_as_full(number, pack, checked, line, count=chosen_packs._count_units):
    return count(number, pack, replace(checked, used_units=0), line)


def believe(bundle, network, where, chain=None):
    report = verify_bundle(bundle, network.trust, chain or network.reader)
    return ForeignRecord(bundle, get_full_record(bundle, where), report)


def list_keys_as_shown(bundle):
    shown = sum(pointer.startswith("/body/holders/") for pointer in bundle.disclosure.pointers)
    return list_keys_of(replace(bundle, entry=replace(bundle.entry, claim_count=shown)))


class States:
    @property
    def DONE(self):
        return SpendState.REFUSED if is_off("done") else SpendState.DONE


pass_all = lambda *_arguments, **_named: None
make_switchable("claims", service, "choose_claims", take_all)
make_switchable("claims-again", endpoints, "verify_still_unused", pass_all)
make_switchable("packs", chosen_packs, "_verify_policy", pass_all)
make_switchable("pack-units", chosen_packs, "_count_units", count_as_full)
make_switchable("window", service, "verify_windows", pass_all)
make_switchable("payer-and-spender", service, "_verify_parties", pass_all)
make_switchable("roles", Principal, "has_any", lambda *_arguments: True)
make_switchable("presentations", presenting, "_verify_signed", pass_all)
make_switchable("readings", handing_out, "verify_readings", lambda *_arguments, **_named: [0])
make_switchable("fetched-evidence", received, "verify_foreign", believe)
make_switchable("fetched-evidence", fetching, "list_keys_of", list_keys_as_shown)
make_switchable("billed-evidence", settlements, "verify_foreign", believe)
make_switchable("billed-claims", settlements, "verify_standing", lambda *_arguments: 1)
make_switchable("settled-claims", settling, "verify_standing", lambda *_arguments: 1)
make_switchable("restorable", restores, "get_restorable", get_done)
outgoing.SpendState = States()
"""


@dataclass(frozen=True)
class Checks:
    """The checks of running gateways, each to be switched off and on by its name in `CHECKS`."""

    folder: Path

    @contextmanager
    def off(self, *checks: str) -> Iterator[None]:
        """Without these."""
        for check in checks:
            (self.folder / check).touch()
        try:
            yield
        finally:
            for check in checks:
                (self.folder / check).unlink()


@contextmanager
def switchable(folder: Path, services: Sequence[ServiceProcess]) -> Iterator[Checks]:
    """Start gateways again with checks that can be switched off one by one; as they were at the end."""
    off = folder / "off"
    off.mkdir(parents=True)
    (folder / "sitecustomize.py").write_text(CHECKS, encoding="utf-8")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(folder))
            _start(services)
        yield Checks(off)
    finally:
        _start(services)


def _start(services: Sequence[ServiceProcess]) -> None:
    for service in services:
        service.launch()
    for service in services:
        service.await_ready()


@contextmanager
def guards_off(folder: Path, service: ServiceProcess, source: str) -> Iterator[None]:
    """Start a service again without its guards; with them at the end."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(source, encoding="utf-8")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(folder)
    try:
        service.start()
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
        service.start()
