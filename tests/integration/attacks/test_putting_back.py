"""Whatever an attack damages stands again as it stood, and nothing acknowledged meanwhile is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from ledger_cli.attacks.catalogue import get_attack
from ledger_cli.attacks.log_attacks import LOG
from ledger_cli.attacks.log_tampering import forged_prescription, insert_entry, log_rewritten, remove_entry
from ledger_cli.attacks.putting_back import put_back_unfinished
from ledger_cli.attacks.stage import Stage
from ledger_cli.attacks.undo_journal import JOURNAL_NAME
from ledger_cli.embedded.scenario import VISITS
from ledger_cli.gateway_client import member
from ledger_proofs.reports import Outcome
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

TABLES = ("record", "log_entry", "log_head", "log_tile", "log_checkpoint", "person")


def read_tables(stage: Stage) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(stage.stack.home.database)) as database:
        return {table: sorted(database.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


def status_of(stage: Stage, identifier: str) -> str:
    return str(member(stage.li.client.get(f"/v1/prescriptions/{identifier}").document, "status", str))


@pytest.mark.parametrize(
    "slug", ["unentitled-signer", "field-changed-in-database", "another-records-key", "not-an-extension"]
)
def test_an_attack_leaves_records_log_and_people_as_they_were(stage: Stage, slug: str) -> None:
    stage.insider.await_quiet(LOG)
    before = read_tables(stage)
    assert get_attack(slug).attempt(stage).describe() == get_attack(slug).caught
    assert read_tables(stage) == before


def test_a_rewritten_log_is_put_back_exactly(stage: Stage) -> None:
    (record_id,) = stage.find_final()
    stage.insider.await_quiet(LOG)
    before = read_tables(stage)
    with log_rewritten(stage.insider, LOG, remove_entry(1)):
        assert read_tables(stage) != before
    assert read_tables(stage) == before
    domain = stage.stack.deployment.domain()
    with (
        forged_prescription(stage.insider, LOG, record_id, domain) as forged,
        log_rewritten(stage.insider, LOG, insert_entry(forged, 1)),
    ):
        assert read_tables(stage) != before
    assert read_tables(stage) == before


def test_an_attack_that_breaks_off_is_put_back_too(stage: Stage) -> None:
    stage.insider.await_quiet(LOG)
    before = read_tables(stage)
    with pytest.raises(RuntimeError), log_rewritten(stage.insider, LOG, remove_entry(0)):
        raise RuntimeError
    assert read_tables(stage) == before


KILLED = """
import os, signal, sys
from ledger_api.config import load_settings
from ledger_cli.attacks.insider import Insider, Sealed
from ledger_cli.attacks.log_attacks import LOG
from ledger_cli.attacks.log_tampering import forged_prescription, insert_entry, log_rewritten, remove_entry
from ledger_cli.embedded.people import LI, PEOPLES
from ledger_proofs.eip712 import Domain
from ledger_proofs.types import Address

act, record = sys.argv[1:]
insider = Insider(load_settings())
domain = Domain(1, Address(bytes(20)))
match act:
    case "entry removed":
        changing = [lambda: log_rewritten(insider, LOG, remove_entry(1))]
    case "entry inserted":
        forged = forged_prescription(insider, LOG, record, domain)
        changing = [lambda: forged, lambda: log_rewritten(insider, LOG, insert_entry(entered[0], 1))]
    case "record replaced":
        changing = [lambda: insider.sealed_replaced(record, Sealed(b"1", b"2"))]
    case "key registered":
        changing = [lambda: insider.signing_address_replaced(LI.username, PEOPLES.number, Address(bytes(20)))]
entered, kept = [], []
for change in changing:
    kept.append(change())
    entered.append(kept[-1].__enter__())
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("act", ["entry removed", "entry inserted", "record replaced", "key registered"])
def test_what_a_killed_attack_changed_is_put_back_at_the_next_start(stage: Stage, act: str) -> None:
    stage.find_final(2)
    (record_id,) = stage.find_final()
    stage.insider.await_quiet(LOG)
    before = read_tables(stage)
    root = stage.stack.home.root
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, act, record_id],
        env={**os.environ, **stage.stack.gateway_settings()},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    journal = root / JOURNAL_NAME
    assert read_tables(stage) != before
    assert journal.stat().st_mode & 0o777 == 0o600
    assert put_back_unfinished(root, stage.stack.gateway_settings()["RXLEDGER_DATABASE_URL"]) > 0
    assert read_tables(stage) == before
    assert not journal.exists()


def test_what_is_acknowledged_while_the_log_is_rewritten_reaches_the_chain_once(stage: Stage) -> None:
    stage.insider.await_quiet(LOG)
    with log_rewritten(stage.insider, LOG, remove_entry(1)):
        issued = [stage.issue(VISITS[8], 80 + number).id for number in range(3)]
        wait_until(
            lambda: all(status_of(stage, each) == "logged" for each in issued), 20.0, "a false position"
        )
    for identifier in issued:
        stage.await_final(identifier)
        assert stage.verify(stage.fetch_bundle(identifier)).outcome is Outcome.PASSED
    head = stage.reader.head(LOG)
    leaves = stage.insider.list_leaves(LOG, 10_000)
    assert head is not None
    assert len(leaves) == len(set(leaves)) == head.size
