"""Deploying the contracts and administering them through the authority, from the command line.

What was deployed where is a `Deployment`, kept as `deployment.json`; nothing is read from it before the chain
has shown that it is the one meant (`verify_deployment`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from eth_account.signers.local import LocalAccount
from web3 import Web3

from ledger_chain.connection import ask, translated_faults
from ledger_chain.contracts import ContractName, bind, encoder, get_artifact
from ledger_chain.errors import BadAnswer, ContractMismatch, TransactionRefused
from ledger_proofs.chain_view import Trust
from ledger_proofs.eip712 import Domain
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.storage_layout import STORAGE_VERSION
from ledger_proofs.types import Address, Hash, require_bytes, require_uint

FORMAT: Final = "rxledger.deployment/1"
RECEIPT_TIMEOUT_S: Final = 60.0
_MAX_FILE_BYTES: Final = 65_536
_MAX_UINT64: Final = 2**64 - 1
_GAS_MARGIN: Final = 1.25


@dataclass(frozen=True, slots=True)
class Deployment:
    """Which contracts, on which chain. `block` is the one of the last creation: no act is before it."""

    chain_id: int
    genesis_hash: Hash
    authority: Address
    directory: Address
    checkpoint_log: Address
    claim_register: Address
    block: int

    def address_of(self, name: str) -> Address:
        """The address of a contract by its name."""
        addresses = {
            ContractName.AUTHORITY: self.authority,
            ContractName.DIRECTORY: self.directory,
            ContractName.CHECKPOINT_LOG: self.checkpoint_log,
            ContractName.CLAIM_REGISTER: self.claim_register,
        }
        return addresses[ContractName(name)]

    def domain(self) -> Domain:
        """Where signatures for this deployment count (EIP-712)."""
        return Domain(self.chain_id, self.claim_register)

    def trust(self) -> Trust:
        """What a verifier trusts who was told of this deployment and no validators."""
        return Trust(
            self.chain_id, self.genesis_hash, self.directory, self.checkpoint_log, self.claim_register
        )

    def to_json(self) -> str:
        """The deployment file's text."""
        contracts = {
            "authority": _hex(self.authority),
            "directory": _hex(self.directory),
            "checkpoint_log": _hex(self.checkpoint_log),
            "claim_register": _hex(self.claim_register),
        }
        content = {
            "format": FORMAT,
            "storage_version": STORAGE_VERSION,
            "chain_id": self.chain_id,
            "genesis_hash": _hex(self.genesis_hash),
            "block": self.block,
            "contracts": contracts,
        }
        return json.dumps(content, indent=2) + "\n"

    def save(self, path: Path) -> None:
        """Write the deployment file, whole or not at all."""
        draft = path.with_name(path.name + ".new")
        draft.write_text(self.to_json(), encoding="utf-8")
        draft.replace(path)


def parse_deployment(text: str) -> Deployment:
    """Parse a deployment file's text. Raises `ContractMismatch` if it is none of this version."""
    try:
        content: dict[str, Any] = json.loads(text[:_MAX_FILE_BYTES])
        if content["format"] != FORMAT or content["storage_version"] != STORAGE_VERSION:
            raise ValueError("another format or storage version")
        contracts = content["contracts"]
        return Deployment(
            require_uint(content["chain_id"], _MAX_UINT64, "chain_id"),
            Hash(_bytes(content["genesis_hash"], 32, "genesis_hash")),
            *_addresses(contracts),
            require_uint(content["block"], _MAX_UINT64, "block"),
        )
    except (ValueError, KeyError, TypeError, RecursionError, LedgerProofError) as error:
        raise ContractMismatch(
            f"The deployment file isn't one of this version ({FORMAT}), or is damaged: bring it back from a "
            "backup, or deploy anew."
        ) from error


def load_deployment(path: Path) -> Deployment:
    """Read a deployment file. Raises `ContractMismatch` if it isn't there, or isn't one."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractMismatch(
            f"The deployment file {path} can't be read: {type(error).__name__}."
        ) from error
    return parse_deployment(text)


def deploy(
    w3: Web3,
    authority_members: Sequence[Address],
    threshold: int,
    grant_delay_s: int,
    deployer: LocalAccount,
) -> Deployment:
    """Create the four contracts. The authority then has to bind the log: `Authority.bind_checkpoint_log`.

    :raises TransactionRefused, ChainUnreachable, BadAnswer: as the chain answers
    """
    members = [Web3.to_checksum_address(bytes(member)) for member in authority_members]
    authority, _ = _create(w3, ContractName.AUTHORITY, [members, threshold], deployer)
    directory, _ = _create(w3, ContractName.DIRECTORY, [_checksum(authority), grant_delay_s], deployer)
    checkpoint_log, _ = _create(w3, ContractName.CHECKPOINT_LOG, [_checksum(directory)], deployer)
    claim_register, block = _create(
        w3, ContractName.CLAIM_REGISTER, [_checksum(directory), _checksum(checkpoint_log)], deployer
    )
    return Deployment(
        read_chain_id(w3),
        read_genesis_hash(w3),
        authority,
        directory,
        checkpoint_log,
        claim_register,
        block,
    )


def verify_deployment(w3: Web3, deployment: Deployment) -> None:
    """Check that the chain is the deployment's, and its contracts are of this version and wired together.

    :raises ContractMismatch: another chain, other code, or other wiring
    """
    node = _node(w3)
    if read_chain_id(w3) != deployment.chain_id or read_genesis_hash(w3) != deployment.genesis_hash:
        raise ContractMismatch(
            f"The node at {node} is on another chain than the deployment: the chain was replaced, or the "
            "address of the node is wrong."
        )
    for name in ContractName:
        code = ask(w3, node, "eth_getCode", [_checksum(deployment.address_of(name)), "latest"])
        get_artifact(name).verify_code(bytes.fromhex(str(code)[2:]))
    with translated_faults(node):
        wired = (
            _view(w3, deployment, ContractName.DIRECTORY, "authority"),
            _view(w3, deployment, ContractName.CHECKPOINT_LOG, "directory"),
            _view(w3, deployment, ContractName.CLAIM_REGISTER, "directory"),
            _view(w3, deployment, ContractName.CLAIM_REGISTER, "checkpointLog"),
        )
    directory = _checksum(deployment.directory)
    if wired != (_checksum(deployment.authority), directory, directory, _checksum(deployment.checkpoint_log)):
        raise ContractMismatch(
            "The contracts of the deployment don't belong together: check their addresses."
        )


def read_chain_id(w3: Web3) -> int:
    """The chain id that the node states."""
    return _number(ask(w3, _node(w3), "eth_chainId", []))


def read_genesis_hash(w3: Web3) -> Hash:
    """The hash of block 0."""
    block = ask(w3, _node(w3), "eth_getBlockByNumber", ["0x0", False])
    if not isinstance(block, dict) or not isinstance(block.get("hash"), str):
        raise BadAnswer("The node has no first block.")
    return Hash(_bytes(block["hash"], 32, "hash"))


class Authority:
    """The authority's members acting together: each act is proposed by the first and approved by the others.

    Holds the members' keys, so it is for deployments whose members are all at hand: development, and tests.
    Elsewhere one member sends `proposal_call`, the others `approval_call`, each from a place of its own.
    """

    def __init__(self, w3: Web3, deployment: Deployment, members: Sequence[LocalAccount]) -> None:
        self._w3 = w3
        self._deployment = deployment
        self._members = tuple(members)

    def bind_checkpoint_log(self) -> None:
        """Tell the directory whose closings it records; once for ever."""
        self._directory("bindCheckpointLog", _checksum(self._deployment.checkpoint_log))

    def register_institution(
        self, institution: int, roles: int, account: Address, from_time: int = 0
    ) -> None:
        """Register an institution with its roles (a bit set) and its anchoring account."""
        self._directory("registerInstitution", institution, int(roles), _checksum(account), from_time)

    def grant_roles(self, institution: int, roles: int, from_time: int = 0) -> None:
        """Make it active with these roles, after the delay."""
        self._directory("grantRoles", institution, int(roles), from_time)

    def restrict_roles(self, institution: int, roles: int) -> None:
        """Leave it these roles only, at once."""
        self._directory("restrictRoles", institution, int(roles))

    def suspend_institution(self, institution: int) -> None:
        """It can neither anchor nor act, at once."""
        self._directory("suspendInstitution", institution)

    def bar_institution(self, institution: int) -> None:
        """Nothing of it can be used, at once."""
        self._directory("barInstitution", institution)

    def assign_account(self, institution: int, account: Address) -> None:
        """Give it a new anchoring account, at once."""
        self._directory("assignAccount", institution, _checksum(account))

    def allow_enrolment(self, institution: int, roles: int, limit: int, from_time: int = 0) -> None:
        """Let it enrol its own staff; `roles` has bit r for practitioner role r."""
        self._directory("allowEnrolment", institution, roles, limit, from_time)

    def grant_credential(
        self, holder: Address, institution: int, role: int, from_time: int = 0, until: int = _MAX_UINT64
    ) -> None:
        """Entitle a practitioner's address, after the delay."""
        self._directory("grantCredential", _checksum(holder), institution, int(role), from_time, until)

    def revoke_credential(
        self, holder: Address, institution: int, role: int, index: int = 0, revoked_from: int = 0
    ) -> None:
        """Revoke from a time, 0 for now; `index` counts credentials of that holder, institution and role."""
        self._directory("revokeCredential", _checksum(holder), institution, int(role), index, revoked_from)

    def record_outage(self, institution: int, from_time: int, until: int, reason: bytes = bytes(32)) -> None:
        """Record an outage; institution 0 is all."""
        self._directory("recordOutage", institution, from_time, until, reason)

    def close_log(self, log: int, size: int, reason: bytes = bytes(32)) -> None:
        """Close a log at one of its checkpoints; its successor opens there."""
        self.call(ContractName.CHECKPOINT_LOG, "closeLog", log, size, reason)

    def change_members(self, members: Sequence[Address], threshold: int) -> None:
        """Replace the members and the threshold."""
        self.call(
            ContractName.AUTHORITY, "changeMembers", [_checksum(member) for member in members], threshold
        )

    def call(self, contract: str, function: str, *arguments: Any) -> None:
        """Propose a call, and approve it until it is made.

        :raises TransactionRefused: with the contract's reason
        """
        with translated_faults(_node(self._w3)):
            threshold = _view(self._w3, self._deployment, ContractName.AUTHORITY, "threshold")
            proposal = _view(self._w3, self._deployment, ContractName.AUTHORITY, "proposalCount")
        if threshold > len(self._members):
            raise TransactionRefused(
                f"{threshold} members must approve, and the keys of {len(self._members)} are here"
            )
        self._send(0, proposal_call(self._deployment, contract, function, *arguments))
        for position in range(1, threshold):
            self._send(position, approval_call(proposal))

    def _directory(self, function: str, *arguments: Any) -> None:
        self.call(ContractName.DIRECTORY, function, *arguments)

    def _send(self, member: int, call: bytes) -> None:
        send_call(self._w3, self._members[member], self._deployment.authority, call)


def proposal_call(deployment: Deployment, contract: str, function: str, *arguments: Any) -> bytes:
    """What a member sends to the authority to propose a call of one of the contracts."""
    call = encoder(contract).encode_abi(function, list(arguments))
    target = _checksum(deployment.address_of(contract))
    return _encoded(ContractName.AUTHORITY, "propose", target, call, 0)


def approval_call(proposal: int) -> bytes:
    """What a member sends to the authority to approve a proposal."""
    return _encoded(ContractName.AUTHORITY, "approve", proposal)


def send_call(
    w3: Web3, sender: LocalAccount, to: Address | None, call: bytes, gas: int | None = None
) -> dict[str, Any]:
    """Send a call (or, to nobody, a creation) and wait for its receipt.

    For deploying and administering only; institutions' acts are sent by their gateway.

    :raises TransactionRefused: the contract refuses it, or it failed in its block
    """
    node = _node(w3)
    receiver = {} if to is None else {"to": _checksum(to)}
    if gas is None:
        asked = {"from": sender.address, "data": _hex(call), "gasPrice": "0x0", **receiver}
        gas = int(_number(ask(w3, node, "eth_estimateGas", [asked])) * _GAS_MARGIN)
    unsigned: dict[str, Any] = {
        "chainId": read_chain_id(w3),
        "nonce": _number(ask(w3, node, "eth_getTransactionCount", [sender.address, "pending"])),
        "gas": gas,
        "gasPrice": 0,
        "value": 0,
        "data": call,
        **receiver,
    }
    raw = bytes(sender.sign_transaction(unsigned).raw_transaction)
    transaction = ask(w3, node, "eth_sendRawTransaction", ["0x" + raw.hex()])
    with translated_faults(node):
        receipt = w3.eth.wait_for_transaction_receipt(
            transaction, timeout=RECEIPT_TIMEOUT_S, poll_latency=0.05
        )
    if receipt["status"] != 1:
        raise TransactionRefused("the transaction failed in its block")
    return dict(receipt)


def _create(w3: Web3, name: str, arguments: list[Any], deployer: LocalAccount) -> tuple[Address, int]:
    artifact = get_artifact(name)
    creation = w3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode).constructor(*arguments)
    receipt = send_call(w3, deployer, None, bytes.fromhex(creation.data_in_transaction[2:]))
    return Address(bytes.fromhex(str(receipt["contractAddress"])[2:])), int(receipt["blockNumber"])


def _view(w3: Web3, deployment: Deployment, contract: str, function: str, *arguments: Any) -> Any:
    return getattr(bind(w3, contract, deployment.address_of(contract)).functions, function)(*arguments).call()


def _node(w3: Web3) -> str:
    return str(getattr(w3.provider, "endpoint_uri", "the node"))


def _checksum(address: Address) -> Any:
    return Web3.to_checksum_address(bytes(address))


def _encoded(contract: str, function: str, *arguments: Any) -> bytes:
    return bytes.fromhex(str(encoder(contract).encode_abi(function, list(arguments)))[2:])


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes(text: object, length: int, name: str) -> bytes:
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError(f"{name} is no hex")
    return require_bytes(bytes.fromhex(text[2:]), length, name)


def _number(answer: object) -> int:
    try:
        return int(str(answer), 16)
    except ValueError as error:
        raise BadAnswer("The node answered with something that is no number.") from error


def _addresses(contracts: dict[str, Any]) -> tuple[Address, Address, Address, Address]:
    authority, directory, checkpoint_log, claim_register = (
        Address(_bytes(contracts[name], 20, name))
        for name in ("authority", "directory", "checkpoint_log", "claim_register")
    )
    return authority, directory, checkpoint_log, claim_register
