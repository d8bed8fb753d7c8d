"""Deploying on both engines, and acting through an authority of several members."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from web3 import Web3

from ledger_chain.connection import connect
from ledger_chain.contracts import ContractName, bind
from ledger_chain.deployment import (
    Authority,
    Deployment,
    deploy,
    load_deployment,
    parse_deployment,
    send_call,
    verify_deployment,
)
from ledger_chain.development_keys import (
    address_of,
    anchoring_account,
    authority_members,
    deployer,
    development_account,
)
from ledger_chain.engines import AnvilEngine, GanacheEngine
from ledger_chain.errors import ContractMismatch, TransactionRefused
from ledger_chain.reader import ChainReader
from ledger_chain.transactions import build_anchor, sign_transaction
from ledger_proofs import merkle
from ledger_proofs.kinds import InstitutionRole, PractitionerRole
from ledger_proofs.storage_layout import checkpoint_slots
from ledger_proofs.types import Address, Hash, log_id
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain]

DOCTOR = Address(bytes(19) + b"\x05")


@pytest.fixture(scope="module", params=[AnvilEngine, GanacheEngine], ids=lambda engine: engine.name)
def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web3]:
    with request.param(tmp_path_factory.mktemp("chain")) as engine:
        yield connect(engine.rpc_url, 30)


@pytest.fixture(scope="module")
def deployed(chain: Web3) -> Deployment:
    members = [address_of(member) for member in authority_members()]
    made = deploy(chain, members, 2, 0, deployer())
    Authority(chain, made, authority_members()).bind_checkpoint_log()
    return made


@pytest.fixture
def authority(chain: Web3, deployed: Deployment) -> Authority:
    return Authority(chain, deployed, authority_members())


def node_of(chain: Web3) -> str:
    return str(chain.provider.endpoint_uri)  # type: ignore[attr-defined]


def test_what_was_deployed_is_recognised(chain: Web3, deployed: Deployment, tmp_path: Path) -> None:
    verify_deployment(chain, deployed)
    path = tmp_path / "deployment.json"
    deployed.save(path)
    assert load_deployment(path) == deployed
    assert deployed.domain().register == deployed.claim_register


def test_another_chain_is_refused(chain: Web3, deployed: Deployment) -> None:
    with pytest.raises(ContractMismatch, match="another chain"):
        verify_deployment(chain, replace(deployed, genesis_hash=Hash(bytes(32))))
    with pytest.raises(ContractMismatch, match="another chain"):
        verify_deployment(chain, replace(deployed, chain_id=1))


def test_other_code_is_refused(chain: Web3, deployed: Deployment) -> None:
    with pytest.raises(ContractMismatch, match="ClaimRegister"):
        verify_deployment(chain, replace(deployed, claim_register=DOCTOR))
    with pytest.raises(ContractMismatch, match="CheckpointLog"):
        verify_deployment(chain, replace(deployed, checkpoint_log=deployed.directory))


def test_contracts_of_two_deployments_are_refused(chain: Web3, deployed: Deployment) -> None:
    other = deploy(chain, [DOCTOR], 1, 0, deployer())
    with pytest.raises(ContractMismatch, match="belong together"):
        verify_deployment(chain, replace(deployed, claim_register=other.claim_register))


def test_enrolment_through_two_of_three_members(
    chain: Web3, deployed: Deployment, authority: Authority
) -> None:
    account = anchoring_account(0)
    authority.register_institution(7, InstitutionRole.HOSPITAL, address_of(account))
    authority.grant_credential(DOCTOR, 7, PractitionerRole.DOCTOR)
    reader = ChainReader(node_of(chain), deployed, 30)
    now = reader.block_time(reader.block_number())
    assert reader.find_acting_institution(address_of(account)) == 7
    assert reader.is_entitled(DOCTOR, 7, PractitionerRole.DOCTOR, now)
    leaf = merkle.leaf_hash(b"entry")
    unsigned = build_anchor(
        chain_id=deployed.chain_id,
        checkpoint_log=deployed.checkpoint_log,
        nonce=reader.nonce(address_of(account)),
        log=log_id(7, 1),
        size=1,
        root=leaf,
        consistency_proof=[],
    )
    signed = sign_transaction(unsigned, bytes(account.key))
    chain.eth.send_raw_transaction(signed.raw)
    wait_until(lambda: reader.find_receipt(signed.hash) is not None, 20, "the receipt")
    block = reader.block_number()
    proof = reader.account_proof(ContractName.CHECKPOINT_LOG, checkpoint_slots(log_id(7, 1), 1), block)
    assert proof.storage[0].value == leaf
    assert reader.block_header_rlp(block) is not None
    authority.revoke_credential(DOCTOR, 7, PractitionerRole.DOCTOR)
    assert reader.credentials(7)[0].revoked_from is not None
    authority.close_log(log_id(7, 1), 1)
    assert reader.current_log(7) == log_id(7, 2)


def test_one_member_alone_changes_nothing(chain: Web3, deployed: Deployment) -> None:
    with pytest.raises(TransactionRefused, match="2 members must approve"):
        Authority(chain, deployed, authority_members()[:1]).bar_institution(7)


def test_a_stranger_is_refused_in_the_contracts_words(chain: Web3, deployed: Deployment) -> None:
    directory = bind(chain, ContractName.DIRECTORY, deployed.directory)
    call = bytes.fromhex(directory.encode_abi("barInstitution", [7])[2:])
    with pytest.raises(TransactionRefused, match="LedgerDirectoryNotAuthority"):
        send_call(chain, development_account(30), deployed.directory, call)


def test_members_replace_themselves(chain: Web3) -> None:
    made = deploy(chain, [address_of(member) for member in authority_members()], 2, 0, deployer())
    newcomers = [development_account(20), development_account(21)]
    Authority(chain, made, authority_members()).change_members([address_of(each) for each in newcomers], 2)
    with pytest.raises(TransactionRefused, match="LedgerAuthorityNotMember"):
        Authority(chain, made, authority_members()).bind_checkpoint_log()
    Authority(chain, made, newcomers).bind_checkpoint_log()


def test_grants_wait_for_the_delay(chain: Web3) -> None:
    made = deploy(chain, [address_of(authority_members()[0])], 1, 3_600, deployer())
    authority = Authority(chain, made, authority_members()[:1])
    authority.register_institution(1, InstitutionRole.PHARMACY, address_of(anchoring_account(3)))
    reader = ChainReader(node_of(chain), made, 30)
    now = reader.block_time(reader.block_number())
    assert reader.institution_at(1, now + 3_599) is None
    assert reader.institution_at(1, now + 3_600) is not None


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", "nonsense", '{"format": "rxledger.deployment/2"}', "[" * 100_000, "\ud800"],
)
def test_a_damaged_deployment_file_is_refused(text: str) -> None:
    with pytest.raises(ContractMismatch, match="deployment file"):
        parse_deployment(text)


def test_a_missing_deployment_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractMismatch, match="can't be read"):
        load_deployment(tmp_path / "deployment.json")
