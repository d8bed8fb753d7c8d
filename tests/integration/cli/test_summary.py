"""The first screen that a newcomer sees: addresses first, every credential, and nothing bad hidden."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from ledger_cli.embedded.auditing import MirrorState
from ledger_cli.embedded.credentials import password_file, read_line, signer_files
from ledger_cli.embedded.evidence import verify_bundles
from ledger_cli.embedded.people import DOCTORS, NON_SIGNERS, PRACTITIONERS
from ledger_cli.embedded.summary import Situation, show_summary, summary_json
from ledger_cli.language import Language
from ledger_cli.screen import Screen
from ledger_proofs.reports import Outcome
from tests.support.running_stack import WholeStack

pytestmark = [pytest.mark.integration, pytest.mark.chain]

COLUMNS, LINES = 120, 50
ATTACKS = "http://127.0.0.1:8402"


@pytest.fixture(scope="module")
def situation(whole_stack: WholeStack) -> Situation:
    """What a run would have found on this stack."""
    verified = list(verify_bundles(whole_stack.home, whole_stack.rpc_url))
    return Situation(verified, 3, 2, MirrorState(4, 4, 4, 0), ATTACKS)


def printed(stack: WholeStack, situation: Situation, language: Language) -> str:
    """The summary as a terminal of 120 columns shows it."""
    out = Console(file=io.StringIO(), width=COLUMNS, highlight=False)
    show_summary(stack.stack, situation, Screen(False, language, out, out))
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@pytest.mark.parametrize("language", list(Language))
def test_it_fits_one_screen_and_begins_with_what_to_open(
    whole_stack: WholeStack, situation: Situation, language: Language
) -> None:
    lines = printed(whole_stack, situation, language).splitlines()
    assert len(lines) <= LINES
    told = [line for line in lines if "/" not in line]  # paths and commands are to be copied whole
    assert max(map(cell_len, told)) <= COLUMNS
    first = "\n".join(lines[:8])
    desks = (f"{whole_stack.gateway_url}/desk", f"{whole_stack.second_gateway_url}/desk")
    for address in (
        f"{ATTACKS}/roles",
        f"{whole_stack.gateway_url}/holder",
        *desks,
        whole_stack.portal_url,
        ATTACKS,
    ):
        assert address in first


@pytest.mark.parametrize("language", list(Language))
def test_it_shows_every_credential_and_where_a_browser_finds_its_files(
    whole_stack: WholeStack, situation: Situation, language: Language
) -> None:
    text = printed(whole_stack, situation, language)
    for doctor in PRACTITIONERS:
        files = signer_files(whole_stack.home, doctor)
        for shown in (doctor.username, read_line(files.password), read_line(files.pin)):
            assert shown in text
    for clerk in NON_SIGNERS:
        assert clerk.username in text and read_line(password_file(whole_stack.home, clerk)) in text
    assert "key.json" in text and "profile.json" in text


def test_a_bundle_that_failed_is_shown_before_those_that_passed(
    whole_stack: WholeStack, situation: Situation
) -> None:
    good = situation.verified[0]
    bad = replace(good, report=replace(good.report, outcome=Outcome.FAILED))
    crowded = replace(situation, verified=[*[good] * 9, bad])
    text = printed(whole_stack, crowded, Language.EN)
    assert "✗ failed" in text and "9 of 10 passed" in text
    assert not crowded.is_good


def test_what_the_portal_found_is_said_in_red_and_counts_as_bad(
    whole_stack: WholeStack, situation: Situation
) -> None:
    found = replace(situation, mirror=MirrorState(4, 4, 4, 1))
    assert "Findings open at the portal: 1" in printed(whole_stack, found, Language.EN)
    assert summary_json(whole_stack.stack, found)["ok"] is False
    unfinished = replace(situation, mirror=MirrorState(4, 3, 1, 0))
    assert "3 of 4 entries mirrored, 1 verified" in printed(whole_stack, unfinished, Language.EN)


def test_for_programs_it_has_addresses_and_processes_and_no_secrets(
    whole_stack: WholeStack, situation: Situation
) -> None:
    document = summary_json(whole_stack.stack, situation)
    assert document["portal"] == whole_stack.portal_url and document["attacks"] == ATTACKS
    assert (
        document["roles"] == f"{ATTACKS}/roles" and document["holder"] == f"{whole_stack.gateway_url}/holder"
    )
    assert set(document["pids"]) == {"gateway", "gateway-b", "portal", "chain", "supervisor"}
    text = json.dumps(document)
    for doctor in DOCTORS:
        files = signer_files(whole_stack.home, doctor)
        assert read_line(files.password) not in text and read_line(files.pin) not in text
