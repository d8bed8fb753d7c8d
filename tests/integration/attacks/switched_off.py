"""Parts of a service with a guard taken out, as a module that Python loads before everything else.

A service's process is real; what it finds on its path first is a few lines that take the guard out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
