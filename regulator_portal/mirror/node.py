"""What the mirror asks of the regulator's node beyond `ChainReader`: code, wiring, closings."""

from dataclasses import dataclass
from typing import Any

from ledger_chain.connection import ask, connect, translated_faults
from ledger_chain.contracts import ContractName, bind
from ledger_chain.errors import BadAnswer, TransactionRefused
from ledger_chain.reader import ChainReader
from ledger_proofs.chain_view import Trust
from ledger_proofs.json_members import to_hex
from ledger_proofs.types import Address


@dataclass(frozen=True)
class Closing:
    """The end of a log: its last valid size, and the log that continues it."""

    size: int
    successor: int


class Node:
    """One node and the trusted contracts on it. Methods raise a `ChainError` where it can't be asked."""

    def __init__(self, reader: ChainReader, trust: Trust, timeout_seconds: float) -> None:
        self.reader = reader
        self.trust = trust
        self._url = reader.urls[0]
        self._w3 = connect(self._url, timeout_seconds)

    def contracts(self) -> dict[ContractName, Address]:
        """The contracts that the trust file names."""
        return {
            ContractName.DIRECTORY: self.trust.directory,
            ContractName.CHECKPOINT_LOG: self.trust.checkpoint_log,
            ContractName.CLAIM_REGISTER: self.trust.claim_register,
        }

    def code_at(self, address: Address) -> bytes:
        """Return the code at an address; empty where there is none."""
        answer = ask(self._w3, self._url, "eth_getCode", [to_hex(address), "latest"])
        try:
            return bytes.fromhex(str(answer).removeprefix("0x"))
        except ValueError:
            raise BadAnswer("The node answered with something that is no code.") from None

    def contract_named_by(self, contract: ContractName, function: str) -> Address:
        """Return the address of another contract that a contract was made with."""
        return Address(bytes.fromhex(str(self._view(contract, function))[2:]))

    def find_closing(self, log: int) -> Closing | None:
        """Return how a log was closed, None while it is open."""
        size, closed_at, successor = self._view(ContractName.CHECKPOINT_LOG, "closing", log)
        return Closing(int(size), int(successor)) if closed_at else None

    def _view(self, contract: ContractName, function: str, *arguments: Any) -> Any:
        bound = bind(self._w3, contract, self.contracts()[contract])
        try:
            with translated_faults(self._url):
                return getattr(bound.functions, function)(*arguments).call()
        except TransactionRefused:
            raise BadAnswer(f"The node's {contract} refuses to say its {function}.") from None
