"""What attacks and acts play on: a running stack, its people at work, an insider, a verifier of our own."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ledger_chain.reader import ChainReader
from ledger_cli.acting.person import PersonAtWork
from ledger_cli.attacks.insider import Insider
from ledger_cli.attacks.portal_access import PortalAccess, open_portal
from ledger_cli.chain_access import open_chain
from ledger_cli.embedded.credentials import read_line, token_file
from ledger_cli.embedded.people import (
    CHEN,
    FIRST_TENANTS,
    LI,
    PEOPLES,
    PRACTITIONERS,
    ZHAO,
    Institution,
    Practitioner,
)
from ledger_cli.embedded.scenario import VISITS, Visit, build_draft
from ledger_cli.embedded.seeding import person_at_work
from ledger_cli.embedded.stack import EmbeddedStack
from ledger_cli.errors import CouldNotCheck
from ledger_cli.gateway_client import GatewayClient, member
from ledger_cli.pinned_files import TrustFile, read_pinned
from ledger_cli.prepared import CheckedRecord, check_prepared
from ledger_cli.signing import Submitted, prepare, submit, wait_until_final
from ledger_proofs.bundles import parse_bundle
from ledger_proofs.chain_view import Trust
from ledger_proofs.reports import Report
from ledger_proofs.types import RecordKey
from ledger_proofs.verifier import verify_bundle

FINAL_SECONDS = 45.0
KEPT_SECONDS = 1800.0
"""How long a kept stage stays signed in: much shorter than any session."""
Note = Callable[[str, str], None]
"""Takes a line of progress in English and in Chinese."""
Kept = TypeVar("Kept")


def say_nothing(_en: str, _zh: str) -> None:
    """The note of an act that nobody watches."""


@dataclass(frozen=True)
class Memory:
    """What was done once for several acts, for as long as everybody stays signed in."""

    _things: dict[type[Any], Any] = field(default_factory=dict)

    def recall(self, kind: type[Kept], make: Callable[[], Kept]) -> Kept:
        """The thing of that kind; it is made where there is none yet."""
        if kind not in self._things:
            self._things[kind] = make()
        found: Kept = self._things[kind]
        return found


@dataclass(frozen=True)
class Stage:
    """Everything that an act needs."""

    stack: EmbeddedStack
    li: PersonAtWork
    chen: PersonAtWork
    zhao: PersonAtWork
    machine: GatewayClient
    reader: ChainReader
    rpc_url: str
    trust: Trust
    insider: Insider
    people: Mapping[str, PersonAtWork]
    """Everybody who signs, by username; at a stack of one gateway only those of the first."""
    second_insider: Insider | None = None
    """Whoever runs the second gateway: that of pharmacies, insurer and manufacturer."""
    portal: PortalAccess | None = None
    note: Note = say_nothing
    memory: Memory = field(default_factory=Memory)

    def person(self, practitioner: Practitioner) -> PersonAtWork:
        """Somebody at work. Raises `CouldNotCheck` on a stack without her gateway."""
        found = self.people.get(practitioner.username)
        if found is None:
            raise _no_second_gateway()
        return found

    def insider_of(self, institution: Institution) -> Insider:
        """Whoever runs the gateway of an institution. Raises `CouldNotCheck` on a stack without it."""
        if institution in FIRST_TENANTS:
            return self.insider
        if self.second_insider is None:
            raise _no_second_gateway()
        return self.second_insider

    def draft(self, visit: Visit, number: int) -> str:
        """A draft that the hospital's information system makes; its id."""
        reply = self.machine.post("/v1/drafts", build_draft(visit, number), idempotency_key=fresh_key())
        return str(member(reply.document, "id", str))

    def issue(self, visit: Visit, number: int) -> Submitted:
        """A prescription of Dr Li's, drafted, prepared, checked, signed, and submitted."""
        checked = prepare(self.li.client, self.li.profile, {"draft_id": self.draft(visit, number)})
        return submit(self.li.client, checked, self.li.private_key)

    def await_final(self, prescription_id: str) -> None:
        """Wait until a prescription of Dr Li's is final."""
        wait_until_final(self.li.client, [prescription_id], deadline_seconds=FINAL_SECONDS)

    def find_final(self, count: int = 1) -> list[str]:
        """Ids of Dr Li's latest prescriptions that are final; missing ones are issued first."""
        found = [
            str(member(item, "id", str)) for item in self.li.client.pages("/v1/prescriptions", status="final")
        ][:count]
        while len(found) < count:
            self.note("issuing a prescription to begin with", "先开具一张处方")
            submitted = self.issue(VISITS[0], 60 + len(found))
            self.await_final(submitted.id)
            found.append(submitted.id)
        return found

    def get_portal(self) -> PortalAccess:
        """The regulator's portal. Raises `CouldNotCheck` on a stack that has none."""
        if self.portal is None:
            raise CouldNotCheck(
                "attack.no_portal",
                "this needs the regulator's portal; start the stack with one",
                "此项需要监管门户；请启动含监管门户的服务",
            )
        return self.portal

    def fetch_bundle(self, prescription_id: str, window: int = 0, **parameters: str) -> bytes:
        """The evidence bundle of one window of a prescription of Dr Li's."""
        path = f"/v1/prescriptions/{prescription_id}/bundle"
        return self.li.client.get_bytes(path, window=window, **parameters)

    def verify(self, content: bytes, trust: Trust | None = None) -> Report:
        """Verify a bundle through the chain, as an auditor with the trust file does."""
        return verify_bundle(parse_bundle(content), trust or self.trust, self.reader)


def _no_second_gateway() -> CouldNotCheck:
    return CouldNotCheck(
        "attack.no_second_gateway",
        "this needs both gateways; start the stack with a second one",
        "此项需要两个网关；请启动含第二网关的服务",
    )


@contextmanager
def set_stage(stack: EmbeddedStack, note: Note = say_nothing) -> Iterator[Stage]:
    """Sign everybody in, and out again at the end."""
    trust_file = read_pinned(TrustFile, stack.home.trust)
    with ExitStack() as people:
        at_work = {
            person.username: people.enter_context(person_at_work(stack.home, person))
            for person in PRACTITIONERS
            if stack.has_second_gateway or person.institution in FIRST_TENANTS
        }
        yield Stage(
            stack=stack,
            li=at_work[LI.username],
            chen=at_work[CHEN.username],
            zhao=at_work[ZHAO.username],
            people=at_work,
            machine=people.enter_context(
                GatewayClient(stack.gateway.url, read_line(token_file(stack.home, PEOPLES)))
            ),
            reader=open_chain(stack.engine.rpc_url, trust_file),
            rpc_url=stack.engine.rpc_url,
            trust=trust_file.trust(),
            insider=people.enter_context(Insider(stack.load_gateway_settings())),
            second_insider=(
                people.enter_context(Insider(stack.load_second_gateway_settings()))
                if stack.has_second_gateway
                else None
            ),
            portal=people.enter_context(open_portal(stack)),
            note=note,
        )


class KeptStage:
    """A stage that stays signed in between plays, and is set anew when it has aged or a play has failed.

    Used by one thread at a time.
    """

    def __init__(self, stack: EmbeddedStack) -> None:
        self._stack = stack
        self._people = ExitStack()
        self._stage: Stage | None = None
        self._opened_at = 0.0

    @contextmanager
    def open(self, note: Note) -> Iterator[Stage]:
        """The stage, telling its progress to `note`."""
        if self._stage is None or time.monotonic() - self._opened_at > KEPT_SECONDS:
            self.close()
            note("signing everybody in", "各方登录")
            self._stage = self._people.enter_context(set_stage(self._stack))
            self._opened_at = time.monotonic()
        try:
            yield replace(self._stage, note=note)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Sign everybody out."""
        self._stage = None
        self._people.close()


@dataclass(frozen=True)
class OpenPreparation:
    """What a gateway prepared, checked, with the record's key: what its author's own client holds."""

    reply: dict[str, Any]
    checked: CheckedRecord
    record_key: RecordKey


def prepare_openly(working: PersonAtWork, visit: Visit, number: int) -> OpenPreparation:
    """Have a prescription prepared for a doctor, and check it as her client does."""
    body = build_draft(visit, number)
    reply = raw_prepare(working, {"body": body})
    checked = check_prepared(reply, working.profile, now=int(time.time()), asked_body=body)
    key = RecordKey(bytes.fromhex(member(reply, "record_key", str).removeprefix("0x")))
    return OpenPreparation(reply, checked, key)


def fresh_key() -> str:
    """An Idempotency-Key for a request that isn't repeated."""
    return f"demo-{uuid.uuid4()}"


def raw_prepare(working: PersonAtWork, request: Mapping[str, Any]) -> dict[str, Any]:
    """A gateway's answer to prepare, unchecked: for acts that alter it."""
    reply = working.client.post("/v1/prescriptions/prepare", dict(request), idempotency_key=fresh_key())
    document: dict[str, Any] = reply.document
    return document
