"""`rxledger simulate`: what a day says of itself is what the chain, the logs and the portal say of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger_chain.reader import ChainReader
from ledger_chain.register_events import (
    Dispensed,
    Refused,
    Restored,
    Reversed,
    Settled,
    Voided,
    read_register_events,
)
from ledger_cli.chain_access import open_chain
from ledger_cli.embedded.auditing import auditor_at_work, await_mirror
from ledger_cli.embedded.people import INSTITUTIONS
from ledger_cli.pinned_files import TrustFile, read_pinned
from ledger_cli.simulate.fates import Fate
from ledger_proofs.claims import parse_claim_word
from tests.integration.cli.command_support import call
from tests.support.running_stack import WholeStack

pytestmark = [
    pytest.mark.integration,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

PATIENTS = "40"
PLAYED_WITHIN_S = 540.0
MIRRORED_WITHIN_S = 120.0


@dataclass(frozen=True)
class PlayedDay:
    """A stack on which a day was played, what the command said of it, and how long each log was before."""

    stack: WholeStack
    said: dict[str, Any]
    details: list[dict[str, Any]]
    sizes: dict[int, int]

    @property
    def reader(self) -> ChainReader:
        """The test's own sight of the chain."""
        return reader_of(self.stack)

    def count(self, name: str) -> int:
        """One of the day's counts; what never happened is 0."""
        return int(self.said["counts"].get(name, 0))


def reader_of(stack: WholeStack) -> ChainReader:
    """The chain of a stack."""
    return open_chain(stack.rpc_url, read_pinned(TrustFile, stack.home.trust))


def size_of(reader: ChainReader, institution: int) -> int:
    """How many entries the chain holds of an institution's log."""
    log = reader.current_log(institution)
    head = reader.head(log) if log else None
    return 0 if head is None else head.size


def simulate(stack: WholeStack, *options: str) -> Any:
    """Play the day of the default seed."""
    home = str(stack.home.root)
    return call("simulate", "--home", home, "--patients", PATIENTS, *options, within_s=PLAYED_WITHIN_S)


@pytest.fixture(scope="module")
def day(whole_stack: WholeStack, tmp_path_factory: pytest.TempPathFactory) -> PlayedDay:
    """One day, on a stack whose few prescriptions are all final, and none of them dispensed."""
    written = tmp_path_factory.mktemp("day") / "details.ndjson"
    reader = reader_of(whole_stack)
    sizes = {institution.number: size_of(reader, institution.number) for institution in INSTITUTIONS}
    played = simulate(whole_stack, "--json", "--details", str(written))
    assert played.exit_code == 0, played.stdout + played.stderr
    details = [json.loads(line) for line in written.read_text().splitlines()]
    return PlayedDay(whole_stack, played.document, details, sizes)


def test_every_fate_was_played_and_nothing_went_otherwise(day: PlayedDay) -> None:
    assert day.said["ok"] is True and day.said["failures"] == []
    assert {name for name in day.said["counts"] if name.startswith("fates.")} == {
        f"fates.{fate.value}" for fate in Fate
    }
    assert len(day.details) == day.count("prescriptions.issued") == day.said["drafts"] >= 30


def test_every_claim_stands_on_the_chain_as_the_day_says(day: PlayedDay) -> None:
    reader, found = day.reader, Counter[str]()
    for prescription in day.details:
        for stated in prescription["claims"]:
            word = parse_claim_word(reader.claim_word(bytes.fromhex(stated["claim"][2:])))
            standing = (word.status.name.lower(), word.restore_count)
            assert standing == (stated["status"], stated["restore_count"]), prescription
            found[standing[0]] += 1
    assert dict(found) == {name: number for name, number in day.said["claims"].items() if number}


def test_the_register_tells_of_just_the_acts_that_were_done(day: PlayedDay) -> None:
    reader = day.reader
    events = Counter(type(event) for event in read_register_events(reader, 0, reader.block_number()))
    assert events[Dispensed] == day.count("dispensings.done")
    assert events[Settled] == day.count("settlements.done")
    assert events[Voided] == day.count("voids.done")
    assert events[Restored] == day.count("restores.done")
    assert events[Reversed] == day.count("reversals.done")
    assert events[Refused] == day.count("dispensings.refused")
    # Two pharmacies with one code: one of them, never both.
    assert day.count("dispensings.refused") + day.count("refusals.not_entitled") >= 1


def test_every_log_holds_just_the_records_that_were_signed(day: PlayedDay) -> None:
    reader, entries = day.reader, day.said["entries"]
    grown = {number: size_of(reader, number) - size for number, size in day.sizes.items()}
    assert {str(number): growth for number, growth in grown.items() if growth} == entries


def test_the_money_adds_up(day: PlayedDay) -> None:
    parts = ("fund_minor", "account_minor", "cash_minor", "reduced_minor")
    assert day.count("amounts.amount_minor") == sum(day.count(f"amounts.{part}") for part in parts) > 0
    assert day.count("settlement_requests") == sum(
        day.count(f"settlements.{decision}") for decision in ("accepted", "reduced", "refused")
    )


def test_the_portal_has_followed_it_all_and_finds_nothing(day: PlayedDay) -> None:
    stack = day.stack
    state = await_mirror(stack.home, stack.portal_url, stack.rpc_url, MIRRORED_WITHIN_S)
    assert state.is_whole
    assert state.mirrored == sum(day.said["entries"].values()) + sum(day.sizes.values())
    assert state.open_findings == 0
    with auditor_at_work(stack.home, stack.portal_url) as auditor:
        settled = list(auditor.pages("/v1/settlements"))
        dispensed = list(auditor.pages("/v1/dispensings"))
    assert {each["commitment"] for each in settled} >= {
        settlement["commitment"] for prescription in day.details for settlement in prescription["settlements"]
    }
    assert len(settled) == day.count("settlement_requests")
    assert len(dispensed) == day.count("dispensings.done") + day.count("dispensings.refused")


def test_the_same_day_is_not_played_twice(day: PlayedDay) -> None:
    again = simulate(day.stack, "--json")
    assert again.exit_code == 1
    assert again.document["error"]["code"] == "simulate.played"
    assert "--seed" in again.document["error"]["message"]


def test_without_a_running_stack_it_says_what_to_start(tmp_path: Path) -> None:
    refused = call("simulate", "--home", str(tmp_path / "nowhere"), "--json")
    assert refused.exit_code == 2
    assert "rxledger run" in refused.document["error"]["message"]
