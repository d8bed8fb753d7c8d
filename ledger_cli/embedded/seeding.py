"""Fills a fresh stack with prescriptions, over HTTP, as real clients do: draft, prepare, check, sign, submit.

Each draft has an Idempotency-Key of its own and a draft is signed once only, so a seeding that was killed
goes on where it stopped and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from ledger_cli.acting.holder import CodeSeed
from ledger_cli.acting.hospital import issue
from ledger_cli.acting.person import PersonAtWork, signed_in
from ledger_cli.embedded.credentials import open_signer, read_line, token_file
from ledger_cli.embedded.home import Home, read_marker, write_whole
from ledger_cli.embedded.people import DOCTORS, HOSPITALS, Doctor, Practitioner
from ledger_cli.embedded.scenario import FIRST_WAITING_NUMBER, WAITING, Visit, build_draft, list_seeds
from ledger_cli.gateway_client import ANSWER_SECONDS, GatewayClient, Hooks, member
from ledger_cli.signing import wait_until_final
from ledger_proofs.handover import HandoverCode, build_handover_text

DRAFT_WAITING = "draft"
FINAL_SECONDS = 60.0


@contextmanager
def person_at_work(
    home: Home,
    person: Practitioner,
    hooks: Hooks | None = None,
    answer_seconds: float = ANSWER_SECONDS,
) -> Iterator[PersonAtWork]:
    """Sign a test person in, and out again."""
    profile, password, private_key = open_signer(home, person)
    with signed_in(profile, password, private_key, hooks, answer_seconds) as working:
        yield working


def seed(
    home: Home, gateway_url: str, count: int, on_signed: Callable[[int], None] = lambda _n: None
) -> None:
    """Issue `count` prescriptions and wait until all are final."""
    drafts = _make_drafts(home, gateway_url, list_seeds(count))
    for doctor in DOCTORS:
        own = [draft_id for author, draft_id in drafts if author == doctor]
        with person_at_work(home, doctor) as working:
            signed = [
                identifier for draft_id in own for identifier in _sign(home, working, draft_id, on_signed)
            ]
            wait_until_final(working.client, signed, deadline_seconds=FINAL_SECONDS)


def leave_drafts(home: Home, gateway_url: str) -> None:
    """Make the drafts that wait for their doctor, and leave them unsigned."""
    _make_drafts(home, gateway_url, WAITING, first_number=FIRST_WAITING_NUMBER)


def count_waiting(home: Home, doctor: Doctor) -> int:
    """How many drafts wait for a doctor."""
    with person_at_work(home, doctor) as working:
        return sum(1 for _ in working.client.pages("/v1/drafts", status=DRAFT_WAITING))


def _make_drafts(
    home: Home, gateway_url: str, visits: Sequence[Visit], first_number: int = 0
) -> list[tuple[Doctor, str]]:
    key = read_marker(home).key
    drafts = []
    with ExitStack() as clients:
        of_hospital = {
            hospital: clients.enter_context(GatewayClient(gateway_url, read_line(token_file(home, hospital))))
            for hospital in HOSPITALS
        }
        for number, visit in enumerate(visits, first_number):
            reply = of_hospital[visit.doctor.hospital].post(
                "/v1/drafts", build_draft(visit, number), idempotency_key=f"seed-{key}-{number}"
            )
            drafts.append((visit.doctor, member(reply.document, "id", str)))
    return drafts


def _sign(home: Home, working: PersonAtWork, draft_id: str, on_signed: Callable[[int], None]) -> list[str]:
    draft = working.client.get(f"/v1/drafts/{draft_id}").document
    if member(draft, "status", str) != DRAFT_WAITING:
        return []
    issued = issue(
        working, {"draft_id": draft_id}, seed=CodeSeed.new(), keep_codes=partial(keep_handover_codes, home)
    )
    on_signed(len(issued.body["windows"]))
    return [issued.id]


def keep_handover_codes(home: Home, codes: Sequence[HandoverCode]) -> None:
    """Keep an invented patient's codes, as her doctor would have printed them: a file for each window."""
    for code in codes:
        name = f"{code.institution}-{code.record_id}-{code.window}.txt"
        write_whole(home.handover_codes / name, build_handover_text(code) + "\n")
