"""A gateway on a real chain: anvil, the contracts, two enrolled hospitals with their doctors.

`chain_engine` runs once a session. `stack` gives each test contracts of its own on it, and a gateway that
anchors there. `Stack.issue` goes the whole way of a prescription as a doctor's client does.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger_api.keystore.interfaces import AnchoringKeys
from ledger_api.log.progress import EntryStatus
from ledger_api.prescriptions.draft_body import EXAMPLE_DRAFT
from ledger_chain.connection import ask, connect
from ledger_chain.deployment import Authority, Deployment, deploy
from ledger_chain.development_keys import address_of as account_address
from ledger_chain.development_keys import authority_members, deployer
from ledger_chain.engines import AnvilEngine, ChainEngine
from ledger_chain.reader import ChainReader
from ledger_proofs.bundles import Bundle, parse_bundle
from ledger_proofs.chain_view import Trust
from ledger_proofs.commitments import build_commitment
from ledger_proofs.eip712 import Authorship
from ledger_proofs.entry_terms import build_entry_terms
from ledger_proofs.kinds import PractitionerRole
from ledger_proofs.records import record_from_json
from ledger_proofs.reports import Report
from ledger_proofs.signatures import sign_digest
from ledger_proofs.types import Address
from ledger_proofs.verifier import verify_bundle
from tests.gateway_support import (
    FIRST,
    SECOND,
    GatewayUnderTest,
    address_of,
    build_test_plan,
    run_gateway,
    signing_key,
)
from tests.support.waiting import wait_until

FINAL_SECONDS = 30
ENROLLED = ((FIRST, "anna"), (FIRST, "ben"), (SECOND, "dora"))


@dataclass(frozen=True)
class ChainUnderTest:
    """An engine with a deployment of one test's own."""

    engine: ChainEngine
    deployment: Deployment

    @property
    def reader(self) -> ChainReader:
        """A reader of the deployment."""
        return ChainReader(self.engine.rpc_url, self.deployment)

    @property
    def authority(self) -> Authority:
        """The authority, whose one member is here."""
        return Authority(connect(self.engine.rpc_url), self.deployment, authority_members()[:1])

    @property
    def trust(self) -> Trust:
        """What a verifier is told to trust."""
        return self.deployment.trust()

    def count_checkpoints(self, log: int, up_to: int) -> int:
        """How many checkpoints of a log the chain holds, among the sizes up to a bound."""
        return sum(self.reader.find_checkpoint(log, size) is not None for size in range(1, up_to + 1))


def raw_address(text: str) -> Address:
    """An account of 0x and hex as its 20 bytes."""
    return Address(bytes.fromhex(text[2:]))


def deploy_for_test(engine: ChainEngine) -> ChainUnderTest:
    """Deploy contracts and enrol the test plan's hospitals and doctors; all in one second of the chain."""
    w3 = connect(engine.rpc_url)
    if isinstance(engine, AnvilEngine):
        # Else every block is a second later than the one before, and the chain's clock runs ahead of ours.
        ask(w3, engine.rpc_url, "anvil_setBlockTimestampInterval", [0])
    members = authority_members()[:1]
    deployment = deploy(w3, [account_address(member) for member in members], 1, 0, deployer())
    chain = ChainUnderTest(engine, deployment)
    chain.authority.bind_checkpoint_log()
    for institution in build_test_plan():
        account = address_of(signing_key(f"anchor of {institution.number}"))
        chain.authority.register_institution(institution.number, institution.roles, raw_address(account))
    for institution_number, name in ENROLLED:
        holder = raw_address(address_of(signing_key(name)))
        chain.authority.grant_credential(holder, institution_number, PractitionerRole.DOCTOR)
    if isinstance(engine, AnvilEngine):
        ask(w3, engine.rpc_url, "anvil_removeBlockTimestampInterval", [])
    return chain


def use_up_nonce(chain: ChainUnderTest, keys: AnchoringKeys, institution: int) -> int:
    """Spend an anchoring account's next nonce behind the gateway's back; return it once that is mined."""
    account = Address(keys.anchoring_address(institution))
    nonce = chain.reader.nonce(account)
    unsigned: dict[str, int | str | bytes] = {
        "chainId": chain.deployment.chain_id,
        "to": "0x" + "11" * 20,
        "nonce": nonce,
        "gas": 21_000,
        "gasPrice": 0,
        "value": 0,
        "data": b"",
    }
    raw = keys.sign_transaction(institution, unsigned).raw
    url = chain.engine.rpc_url
    ask(connect(url), url, "eth_sendRawTransaction", ["0x" + raw.hex()])
    wait_until(lambda: chain.reader.nonce(account) > nonce, FINAL_SECONDS, "that transaction in a block")
    return nonce


def read_status(client: httpx.Client, prescription_id: str) -> str:
    """How far a prescription has come."""
    answer = client.get(f"/v1/prescriptions/{prescription_id}")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["status"])


def sign_prepared(prepared: dict[str, Any], deployment: Deployment, private_key: bytes) -> list[str]:
    """Recompute what was prepared, as a doctor's client does, and sign every window."""
    record = record_from_json(prepared["record"])
    commitment = build_commitment(record.as_json(), bytes.fromhex(prepared["record_key"][2:])).commitment
    assert prepared["commitment"] == "0x" + commitment.hex()
    signatures = []
    for window in range(len(prepared["entries"])):
        terms = build_entry_terms(record.as_json(), window)
        authorship = Authorship(
            record.issuer,
            terms.kind,
            commitment,
            terms.claim_count,
            terms.not_before,
            terms.not_after,
            terms.terms,
            record.issued_at,
        )
        assert prepared["entries"][window]["typed_data"] == authorship.typed_data(deployment.domain())
        signatures.append("0x" + sign_digest(authorship.digest(deployment.domain()), private_key).hex())
    return signatures


@dataclass(frozen=True)
class Doctor:
    """A doctor's client."""

    name: str
    http: httpx.Client
    deployment: Deployment

    @property
    def key(self) -> bytes:
        """Her private key, which never leaves this side."""
        return signing_key(self.name)

    def prepare(self, body: dict[str, Any] | None = None, key: str | None = None) -> dict[str, Any]:
        """Prepare a body; gives what the gateway answered."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        answer = self.http.post(
            "/v1/prescriptions/prepare", json={"body": body or EXAMPLE_DRAFT}, headers=headers
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def sign(self, prepared: dict[str, Any]) -> dict[str, Any]:
        """Sign what was prepared; gives the body of a submission."""
        signatures = sign_prepared(prepared, self.deployment, self.key)
        return {"preparation_id": prepared["preparation_id"], "signatures": signatures}

    def submit(self, submission: dict[str, Any], key: str | None = None) -> httpx.Response:
        """Hand in a submission."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.http.post("/v1/prescriptions", json=submission, headers=headers)

    def issue(self, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Prepare, sign and submit; gives the accepted prescription."""
        answer = self.submit(self.sign(self.prepare(body)))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def wait_until_final(self, prescription_id: str, within_s: float = FINAL_SECONDS) -> None:
        """Wait until every window is final."""
        wait_until(
            lambda: read_status(self.http, prescription_id) == EntryStatus.FINAL,
            within_s,
            "the prescription to be final",
        )

    def get_bundle(self, prescription_id: str, **parameters: str | int) -> Bundle:
        """Fetch and parse a bundle."""
        answer = self.http.get(f"/v1/prescriptions/{prescription_id}/bundle", params=parameters)
        assert answer.status_code == 200, answer.text
        return parse_bundle(answer.content)


@dataclass(frozen=True)
class Stack:
    """A running gateway on a running chain."""

    gateway: GatewayUnderTest
    chain: ChainUnderTest

    def doctor(self, name: str) -> Doctor:
        """A doctor of the test plan, signed in."""
        return Doctor(name, self.gateway.client(name), self.chain.deployment)

    def verify(self, bundle: Bundle) -> Report:
        """Verify a bundle through the chain."""
        return verify_bundle(bundle, self.chain.trust, self.chain.reader)


def body_with(**changes: Any) -> dict[str, Any]:
    """The example draft with some members changed."""
    return {**EXAMPLE_DRAFT, **changes}


def outcomes(report: Report) -> Sequence[str]:
    """Each step's outcome, in order."""
    return [step.outcome.value for step in report.steps]


@contextmanager
def run_stack(home: Path, chain: ChainUnderTest, **changes: Any) -> Iterator[Stack]:
    """Run a gateway that anchors on a chain; its files lie under `home`."""
    home.mkdir(parents=True, exist_ok=True)
    file = home / "deployment.json"
    chain.deployment.save(file)
    settings = {
        "deployment": file,
        "rpc_url": chain.engine.rpc_url,
        "checkpoint_interval_ms": 50,
        **changes,
    }
    with run_gateway(home, **settings) as gateway:
        yield Stack(gateway, chain)


@pytest.fixture(scope="session")
def chain_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChainEngine]:
    """One anvil for all tests of a session."""
    with AnvilEngine(tmp_path_factory.mktemp("anvil")) as engine:
        yield engine


@pytest.fixture
def chain(chain_engine: ChainEngine) -> ChainUnderTest:
    """Contracts of a test's own."""
    return deploy_for_test(chain_engine)


@pytest.fixture(scope="module")
def shared_stack(tmp_path_factory: pytest.TempPathFactory, chain_engine: ChainEngine) -> Iterator[Stack]:
    """A gateway on a chain for all tests of a module: for tests that don't mind what others issued."""
    with run_stack(tmp_path_factory.mktemp("shared"), deploy_for_test(chain_engine)) as running:
        yield running


@pytest.fixture
def stack(tmp_path: Path, chain: ChainUnderTest) -> Iterator[Stack]:
    """A gateway on a chain, both fresh."""
    with run_stack(tmp_path / "home", chain) as running:
        yield running
