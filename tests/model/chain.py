"""The real contracts on a real EVM as a `Ledger`: each act is one transaction in a block of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.logs import DISCARD

from ledger_chain.connection import ask
from ledger_chain.contracts import ContractName, bind, encoder, find_refusal
from ledger_chain.deployment import Authority, Deployment, deploy, proposal_call, send_call
from ledger_chain.development_keys import address_of, authority_members, deployer
from ledger_chain.errors import TransactionRefused
from ledger_chain.items import as_abi
from ledger_chain.transactions import anchor_call, batch_call
from ledger_proofs.eip712 import Domain
from ledger_proofs.kinds import InstitutionRole, InstitutionStatus
from ledger_proofs.types import Address, ClaimKey, Hash, LogId, PackToken
from tests.model.acts import Outcome
from tests.model.refusals import Refused

GAS = 25_000_000
_FUNCTIONS = {"void": "voidClaims"}
_NODE = "anvil"
_EVENTS = ("Dispensed", "Settled", "Voided", "Restored", "Reversed", "Refused")


def deploy_for_tests(w3: Web3) -> Deployment:
    """A fresh deployment whose authority is one member, so that each of its acts is one transaction."""
    deployment = deploy(w3, [address_of(authority_members()[0])], 1, 0, deployer())
    Authority(w3, deployment, authority_members()[:1]).bind_checkpoint_log()
    return deployment


class ChainLedger:
    """A deployment as a `Ledger`."""

    def __init__(self, w3: Web3, deployment: Deployment) -> None:
        self.domain: Domain = deployment.domain()
        self.w3 = w3
        self.deployment = deployment
        self.gas_used = 0
        self._register = bind(w3, ContractName.CLAIM_REGISTER, deployment.claim_register)

    def register(self, number: int, roles: InstitutionRole, account: LocalAccount) -> None:
        arguments = (number, int(roles), account.address, 0)
        self._authority(ContractName.DIRECTORY, "registerInstitution", *arguments)

    def enrol(self, holder: Address, institution: int, role: int) -> None:
        arguments = (Web3.to_checksum_address(bytes(holder)), institution, int(role), 0, 2**64 - 1)
        self._authority(ContractName.DIRECTORY, "grantCredential", *arguments)

    def set_status(self, number: int, status: InstitutionStatus, now: int) -> None:
        function = "barInstitution" if status is InstitutionStatus.BARRED else "suspendInstitution"
        self._authority(ContractName.DIRECTORY, function, number, now=now)

    def revoke(self, holder: Address, institution: int, role: int, from_time: int, now: int) -> None:
        arguments = (Web3.to_checksum_address(bytes(holder)), institution, int(role), 0, from_time)
        self._authority(ContractName.DIRECTORY, "revokeCredential", *arguments, now=now)

    def record_outage(self, institution: int, from_time: int, until: int, now: int) -> None:
        arguments = (institution, from_time, until, bytes(32))
        self._authority(ContractName.DIRECTORY, "recordOutage", *arguments, now=now)

    def assign_account(self, number: int, account: LocalAccount, now: int) -> None:
        self._authority(ContractName.DIRECTORY, "assignAccount", number, account.address, now=now)

    def anchor(
        self, account: LocalAccount, log: LogId, size: int, root: Hash, proof: tuple[Hash, ...], now: int
    ) -> None:
        self._send(account, self.deployment.checkpoint_log, anchor_call(log, size, root, proof), now)

    def close(self, log: LogId, size: int, now: int) -> None:
        self._authority(ContractName.CHECKPOINT_LOG, "closeLog", log, size, bytes(32), now=now)

    def batch(self, act: str, account: LocalAccount, items: Sequence[Any], now: int) -> list[Outcome]:
        call = batch_call(_FUNCTIONS.get(act, act), [as_abi(item) for item in items])
        receipt = self._send(account, self.deployment.claim_register, call, now)
        outcomes = outcomes_of(receipt)
        assert len(outcomes) == len(items), "every item leaves one event"
        return outcomes

    def claim_word(self, key: ClaimKey) -> int:
        return int(self._register.functions.claimWord(key).call())

    def pack_word(self, token: PackToken) -> int:
        return int(self._register.functions.packWord(token).call())

    def _authority(self, contract: str, function: str, *arguments: Any, now: int | None = None) -> None:
        call = proposal_call(self.deployment, contract, function, *arguments)
        self._send(authority_members()[0], self.deployment.authority, call, now)

    def _send(self, account: LocalAccount, to: Address, call: bytes, now: int | None) -> dict[str, Any]:
        if now is not None:
            ask(self.w3, _NODE, "evm_setNextBlockTimestamp", [now])
        try:
            receipt = send_call(self.w3, account, to, call, gas=GAS)
        except TransactionRefused:
            raise Refused(self._name_of_refusal(account, to, call)) from None
        self.gas_used = receipt["gasUsed"]
        return receipt

    def _name_of_refusal(self, account: LocalAccount, to: Address, call: bytes) -> str:
        fields = {
            "from": account.address,
            "to": Web3.to_checksum_address(bytes(to)),
            "data": "0x" + call.hex(),
            "gas": hex(GAS),
        }
        try:
            ask(self.w3, _NODE, "eth_call", [fields, "latest"])
        except TransactionRefused as refused:
            return refused.reason.partition("(")[0]
        raise AssertionError("the transaction failed in its block, and would not now")


def outcomes_of(receipt: dict[str, Any]) -> list[Outcome]:
    """Each item's outcome in the order of the batch, from the events of its transaction."""
    register = encoder(ContractName.CLAIM_REGISTER)
    events = [
        event
        for name in _EVENTS
        for event in register.events[name]().process_receipt(receipt, errors=DISCARD)
    ]
    events.sort(key=lambda event: event["logIndex"])
    return [_outcome(event) for event in events]


def _outcome(event: Any) -> Outcome:
    arguments = event["args"]
    if event["event"] == "Refused":
        refusal = find_refusal(bytes(arguments["reason"]))
        return Outcome("unknown error" if refusal is None else refusal.name)
    return Outcome(offline=arguments.get("offline"), undone=arguments.get("undone"))
