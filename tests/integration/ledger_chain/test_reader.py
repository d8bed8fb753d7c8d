"""The reader against a real chain: what it finds, and what it says when it can't."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web3 import Web3

from ledger_chain.connection import ask, connect
from ledger_chain.contracts import ContractName
from ledger_chain.deployment import Deployment
from ledger_chain.development_keys import address_of
from ledger_chain.engines import AnvilEngine
from ledger_chain.engines.probe import find_free_port
from ledger_chain.errors import BadAnswer, ChainUnreachable, ContractMismatch
from ledger_chain.reader import ChainReader
from ledger_chain.transactions import anchor_call, build_anchor, sign_transaction
from ledger_proofs import merkle
from ledger_proofs.bounded_time import Outage
from ledger_proofs.chain_view import ChainView
from ledger_proofs.errors import CannotCheck
from ledger_proofs.kinds import InstitutionRole, InstitutionStatus, PractitionerRole
from ledger_proofs.signatures import address_of_key
from ledger_proofs.types import Address, log_id
from tests.model.chain import ChainLedger
from tests.model.player import Player
from tests.model.world import INSTITUTIONS, account_of, key_of
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain]

HOSPITAL = INSTITUTIONS["hospital"][0]
DOCTOR = address_of_key(key_of("doctor"))
NOBODY = Address(bytes(19) + b"\x01")


@pytest.fixture
def reader(anvil: AnvilEngine, deployment: Deployment) -> ChainReader:
    return ChainReader(anvil.rpc_url, deployment, timeout_s=20)


@pytest.fixture
def enrolled(ledger: ChainLedger, start: int) -> ChainLedger:
    Player({"name": "none", "uses": {}, "acts": []}, ledger, start).enrol_everybody()
    return ledger


class Nonsense(BaseHTTPRequestHandler):
    """A node that answers what its server's `answer` says."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body: bytes = self.server.answer  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def liar() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Nonsense)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_reader_is_what_the_verifier_asks(reader: ChainReader) -> None:
    view: ChainView = reader
    assert view.chain_id() == reader.deployment.chain_id
    assert view.genesis_hash() == reader.deployment.genesis_hash
    assert view.block_number() >= reader.deployment.block


def test_institutions_and_credentials_as_of_a_time(enrolled: ChainLedger, reader: ChainReader) -> None:
    now = reader.block_time(reader.block_number())
    state = reader.institution_at(HOSPITAL, now)
    assert state is not None
    assert (state.roles, state.status) == (InstitutionRole.HOSPITAL, InstitutionStatus.ACTIVE)
    assert reader.institution_at(HOSPITAL, 1_000) is None
    assert reader.institution_at(99, now) is None
    assert reader.is_entitled(DOCTOR, HOSPITAL, PractitionerRole.DOCTOR, now)
    assert not reader.is_entitled(DOCTOR, HOSPITAL, PractitionerRole.PHARMACIST, now)
    assert not reader.is_entitled(DOCTOR, HOSPITAL, PractitionerRole.DOCTOR, 1_000)
    assert reader.institutions() == [number for number, _ in INSTITUTIONS.values()]
    held = {(each.holder, each.role, each.revoked_from) for each in reader.credentials(HOSPITAL)}
    assert (DOCTOR, PractitionerRole.DOCTOR, None) in held
    account = address_of(account_of("hospital"))
    assert reader.find_acting_institution(account) == HOSPITAL
    assert reader.find_acting_institution(NOBODY) is None
    assert reader.find_account(HOSPITAL) == account
    assert reader.find_account(99) is None


def test_a_barred_institution_shows(enrolled: ChainLedger, reader: ChainReader, start: int) -> None:
    assert not reader.is_institution_barred(HOSPITAL)
    enrolled.set_status(HOSPITAL, InstitutionStatus.BARRED, start)
    assert reader.is_institution_barred(HOSPITAL)


def test_outages_of_an_institution_and_of_all(enrolled: ChainLedger, reader: ChainReader, start: int) -> None:
    enrolled.record_outage(HOSPITAL, 100, 200, start)
    enrolled.record_outage(2, 100, 200, start + 1)
    enrolled.record_outage(0, 300, 400, start + 2)
    assert reader.find_outages(HOSPITAL) == [Outage(HOSPITAL, 100, 200), Outage(0, 300, 400)]
    assert [number for number, _ in reader.numbered_outages()] == [0, 1, 2]


def test_a_transaction_is_followed_from_nowhere_to_its_receipt(
    enrolled: ChainLedger, reader: ChainReader, w3: Web3
) -> None:
    account, log = account_of("hospital"), log_id(HOSPITAL, 1)
    leaves = [merkle.leaf_hash(b"one")]
    unsigned = build_anchor(
        chain_id=reader.deployment.chain_id,
        checkpoint_log=reader.deployment.checkpoint_log,
        nonce=reader.nonce(address_of(account)),
        log=log,
        size=1,
        root=leaves[0],
        consistency_proof=[],
    )
    signed = sign_transaction(unsigned, bytes(account.key))
    assert signed == sign_transaction(unsigned, bytes(account.key)), "the same bytes each time"
    assert reader.find_receipt(signed.hash) is None
    assert not reader.is_known_transaction(signed.hash)
    assert reader.head(log) is None
    w3.eth.send_raw_transaction(signed.raw)
    wait_until(lambda: reader.find_receipt(signed.hash) is not None, 20, "the receipt")
    receipt = reader.find_receipt(signed.hash)
    assert receipt is not None
    assert receipt.succeeded
    assert receipt.gas_used < unsigned.gas
    assert receipt.block_hash == reader.block_hash(receipt.block_number)
    assert reader.is_known_transaction(signed.hash)
    assert reader.nonce(address_of(account)) == unsigned.nonce + 1
    head = reader.head(log)
    assert head is not None
    assert (head.size, head.root, head.anchored_at) == (
        1,
        leaves[0],
        reader.block_time(receipt.block_number),
    )


def test_a_refusal_is_told_in_the_contracts_words(enrolled: ChainLedger, reader: ChainReader) -> None:
    hospital, log_contract = address_of(account_of("hospital")), reader.deployment.checkpoint_log
    call = anchor_call(log_id(HOSPITAL, 1), 0, bytes(32), [])
    assert reader.find_refusal(hospital, log_contract, call) == "CheckpointLogSizeZero(log=4294967297)"
    good = anchor_call(log_id(HOSPITAL, 1), 1, bytes(32), [])
    assert reader.find_refusal(hospital, log_contract, good) is None


def test_closing_a_log_shows(enrolled: ChainLedger, reader: ChainReader, start: int) -> None:
    log, account = log_id(HOSPITAL, 1), account_of("hospital")
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(3)]
    proof = tuple(merkle.consistency_proof(leaves, 1))
    enrolled.anchor(account, log, 1, leaves[0], (), start)
    enrolled.anchor(account, log, 3, merkle.root(leaves), proof, start + 10)
    assert reader.find_successor(log) is None
    enrolled.close(log, 1, start + 50)
    successor = log_id(HOSPITAL, 2)
    assert reader.current_log(HOSPITAL) == reader.find_successor(log) == successor
    assert reader.is_barred(log, 3)
    assert not reader.is_barred(log, 1)
    opening = reader.find_checkpoint(successor, 1)
    assert opening is not None
    assert (opening.previous_size, opening.root, opening.anchored_at) == (1, leaves[0], start + 50)
    assert reader.find_outages(HOSPITAL) == [Outage(HOSPITAL, start, start + 50)]


def test_as_of_an_earlier_block(enrolled: ChainLedger, reader: ChainReader) -> None:
    assert reader.claim_word(bytes(32), reader.block_number() - 1) == 0


def test_no_node_is_unreachable_and_cannot_be_checked(deployment: Deployment) -> None:
    nobody = ChainReader(f"http://127.0.0.1:{find_free_port()}", deployment, timeout_s=2)
    for error in (ChainUnreachable, CannotCheck):
        with pytest.raises(error, match="can't be reached"):
            nobody.head(1)
        with pytest.raises(error):
            nobody.block_number()


def test_the_next_node_is_asked_when_one_is_gone(anvil: AnvilEngine, deployment: Deployment) -> None:
    gone = f"http://127.0.0.1:{find_free_port()}"
    reader = ChainReader([gone, anvil.rpc_url], deployment, timeout_s=5)
    assert reader.chain_id() == deployment.chain_id
    assert reader.head(1) is None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense",
        b"[]",
        b"null",
        b"{}",
        b'{"jsonrpc": "2.0", "id": 1}',
        b'{"jsonrpc": "2.0", "id": 1, "result": null}',
        b'{"jsonrpc": "2.0", "id": 1, "result": "zz"}',
        b'{"jsonrpc": "2.0", "id": 1, "result": {"hash": "0x12"}}',
        b'{"jsonrpc": "2.0", "id": 1, "result": [1, 2]}',
        b'{"jsonrpc": "2.0", "id": 1, "result": "0x1234"}',
        b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "no"}}',
        b'{"jsonrpc": "2.0", "id": 1, "error": "no"}',
        b'\xff\xfe{"result": 1}',
        json.dumps({"jsonrpc": "2.0", "id": 1, "result": "0x" + "f" * 10_000}).encode(),
        b'{"jsonrpc": "2.0", "id": 1, "error": {"code": 3, "message": "reverted", "data": "0x08c379a0"}}',
        b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "execution reverted"}}',
        b"[" * 50_000,
        b'{"jsonrpc": "2.0", "id": 1, "result": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    ],
)
def test_a_node_that_answers_nonsense_is_never_believed(
    answer: bytes, liar: HTTPServer, deployment: Deployment
) -> None:
    liar.answer = answer  # type: ignore[attr-defined]
    reader = ChainReader(f"http://127.0.0.1:{liar.server_port}", deployment, timeout_s=5)
    log = log_id(HOSPITAL, 1)
    for question in (
        lambda: reader.find_checkpoint(log, 1),
        lambda: reader.institution_at(HOSPITAL, 1),
        lambda: reader.is_entitled(DOCTOR, HOSPITAL, 1, 1),
        lambda: reader.find_outages(HOSPITAL),
        lambda: reader.credentials(HOSPITAL),
        lambda: reader.block_time(1),
        lambda: reader.genesis_hash(),
        lambda: reader.account_proof(ContractName.CHECKPOINT_LOG, [bytes(32)], 1),
    ):
        with pytest.raises((BadAnswer, ContractMismatch)) as caught:
            question()
        assert isinstance(caught.value, CannotCheck)


@pytest.mark.parametrize("number", ["0x" + "f" * 10_000, "-0x5", "5", "0x", "0x1_0", 5, True])
def test_a_block_number_that_is_no_quantity_is_not_believed(
    number: object, liar: HTTPServer, deployment: Deployment
) -> None:
    liar.answer = json.dumps({"jsonrpc": "2.0", "id": 1, "result": number}).encode()  # type: ignore[attr-defined]
    reader = ChainReader(f"http://127.0.0.1:{liar.server_port}", deployment, timeout_s=5)
    with pytest.raises(CannotCheck):
        reader.block_number()


def test_well_formed_words_that_mean_nothing_are_not_believed(
    liar: HTTPServer, deployment: Deployment
) -> None:
    reader = ChainReader(f"http://127.0.0.1:{liar.server_port}", deployment, timeout_s=5)
    impossible = b"".join(number.to_bytes(32, "big") for number in (1, 9, 7, 1))
    reply = {"jsonrpc": "2.0", "id": 1, "result": "0x" + impossible.hex()}
    liar.answer = json.dumps(reply).encode()  # type: ignore[attr-defined]
    with pytest.raises(CannotCheck):
        reader.institution_at(HOSPITAL, 1)
    with pytest.raises(CannotCheck):
        reader.find_checkpoint(log_id(HOSPITAL, 1), 7)


_WORDS = st.integers(0, 2**256 - 1).map(hex) | st.binary(max_size=300).map(lambda b: "0x" + b.hex())
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | _WORDS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["hash", "timestamp", "storageProof", "accountProof", "status", "value", "proof"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(result=_JSON)
def test_whatever_a_node_answers_is_a_value_or_cannot_be_checked(
    result: object, liar: HTTPServer, deployment: Deployment
) -> None:
    reply = {"jsonrpc": "2.0", "id": 1, "result": result}
    liar.answer = json.dumps(reply).encode()  # type: ignore[attr-defined]
    reader = ChainReader(f"http://127.0.0.1:{liar.server_port}", deployment, timeout_s=5)
    log = log_id(HOSPITAL, 1)
    for question in (
        lambda: reader.head(log),
        lambda: reader.institution_at(HOSPITAL, 1),
        lambda: reader.find_outages(HOSPITAL),
        lambda: reader.find_receipt(bytes(32)),
        lambda: reader.find_account(HOSPITAL),
        lambda: reader.block_header_rlp(1),
        lambda: reader.account_proof(ContractName.CHECKPOINT_LOG, [bytes(32)], 1),
        lambda: reader.claim_word(bytes(32), 1),
    ):
        with suppress(CannotCheck):
            question()


def test_a_header_that_does_not_hash_to_its_block_is_not_given(
    reader: ChainReader, liar: HTTPServer, deployment: Deployment
) -> None:
    number = reader.block_number()
    block = ask(connect(reader.urls[0]), "anvil", "eth_getBlockByNumber", [hex(number), False])
    for change in (
        {},
        {"gasUsed": "0x1"},
        {"hash": "0x" + "11" * 32},
        {"logsBloom": "0x"},
        {"mixHash": None},
    ):
        reply = {"jsonrpc": "2.0", "id": 1, "result": {**block, **change}}
        liar.answer = json.dumps(reply).encode()  # type: ignore[attr-defined]
        told = ChainReader(f"http://127.0.0.1:{liar.server_port}", deployment).block_header_rlp(number)
        assert (told is None) == bool(change)


def test_another_contract_at_the_address_is_a_mismatch(anvil: AnvilEngine, deployment: Deployment) -> None:
    reader = ChainReader(anvil.rpc_url, replace(deployment, checkpoint_log=NOBODY))
    with pytest.raises(ContractMismatch) as caught:
        reader.find_checkpoint(1, 1)
    assert isinstance(caught.value, CannotCheck)


def test_one_of_our_contracts_at_another_s_address_is_a_mismatch(
    anvil: AnvilEngine, deployment: Deployment
) -> None:
    reader = ChainReader(anvil.rpc_url, replace(deployment, checkpoint_log=deployment.directory))
    with pytest.raises(ContractMismatch) as caught:
        reader.find_checkpoint(1, 1)
    assert isinstance(caught.value, CannotCheck)
