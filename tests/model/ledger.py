"""What the state tables are played against: one interface, for the model and for the real contracts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from eth_account.signers.local import LocalAccount

from ledger_chain.development_keys import address_of
from ledger_proofs.bounded_time import Outage
from ledger_proofs.claims import PackWord
from ledger_proofs.eip712 import Domain
from ledger_proofs.kinds import InstitutionRole, InstitutionStatus
from ledger_proofs.types import Address, ClaimKey, Hash, LogId, PackToken
from tests.model.acts import Outcome, RegisterModel
from tests.model.refusals import Refused
from tests.model.registry import CheckpointLogModel, DirectoryModel, Term

FOREVER = 2**64 - 1


class Ledger(Protocol):
    """A ledger with its authority's acts and its institutions'. `now` is the block time of the act."""

    domain: Domain

    def register(self, number: int, roles: InstitutionRole, account: LocalAccount) -> None:
        """A new institution, active at once."""

    def enrol(self, holder: Address, institution: int, role: int) -> None:
        """A credential that holds at once and for ever."""

    def set_status(self, number: int, status: InstitutionStatus, now: int) -> None:
        """Suspend or bar. Raises `Refused`."""

    def revoke(self, holder: Address, institution: int, role: int, from_time: int, now: int) -> None:
        """Revoke a credential from a time."""

    def record_outage(self, institution: int, from_time: int, until: int, now: int) -> None:
        """Record an outage."""

    def assign_account(self, number: int, account: LocalAccount, now: int) -> None:
        """Give an institution a new account."""

    def anchor(
        self, account: LocalAccount, log: LogId, size: int, root: Hash, proof: tuple[Hash, ...], now: int
    ) -> None:
        """Anchor. Raises `Refused`."""

    def close(self, log: LogId, size: int, now: int) -> None:
        """Close a log. Raises `Refused`."""

    def batch(self, act: str, account: LocalAccount, items: Sequence[Any], now: int) -> list[Outcome]:
        """Run a batch. Raises `Refused` when it is refused as a whole."""

    def claim_word(self, key: ClaimKey) -> int:
        """A claim's word."""

    def pack_word(self, token: PackToken) -> int:
        """A pack's word."""


class ModelLedger:
    """The reference model as a `Ledger`."""

    def __init__(self, domain: Domain, start: int) -> None:
        self.domain = domain
        self._start = start
        self._directory = DirectoryModel()
        self._log = CheckpointLogModel(self._directory)
        self._register = RegisterModel(domain, self._directory, self._log)

    def register(self, number: int, roles: InstitutionRole, account: LocalAccount) -> None:
        self._directory.register(number, roles, address_of(account), self._start)

    def enrol(self, holder: Address, institution: int, role: int) -> None:
        self._directory.terms.append(Term(holder, institution, role, self._start, FOREVER))

    def set_status(self, number: int, status: InstitutionStatus, now: int) -> None:
        self._directory.set_status(number, status, now)

    def revoke(self, holder: Address, institution: int, role: int, from_time: int, now: int) -> None:
        for term in self._directory.terms:
            if (term.holder, term.institution, term.role) == (holder, institution, role):
                term.revoked_from = from_time

    def record_outage(self, institution: int, from_time: int, until: int, now: int) -> None:
        self._directory.outages.append(Outage(institution, from_time, until))

    def assign_account(self, number: int, account: LocalAccount, now: int) -> None:
        taken = any(address_of(account) in accounts for accounts in self._directory.accounts.values())
        if taken:
            raise Refused("LedgerDirectoryAccountTaken")
        self._directory.accounts[number].append(address_of(account))

    def anchor(
        self, account: LocalAccount, log: LogId, size: int, root: Hash, proof: tuple[Hash, ...], now: int
    ) -> None:
        self._log.anchor(address_of(account), log, size, root, proof, now)

    def close(self, log: LogId, size: int, now: int) -> None:
        self._log.close(log, size, now)

    def batch(self, act: str, account: LocalAccount, items: Sequence[Any], now: int) -> list[Outcome]:
        return self._register.batch(act, address_of(account), items, now)

    def claim_word(self, key: ClaimKey) -> int:
        return self._register.claim(key).to_int()

    def pack_word(self, token: PackToken) -> int:
        return self._register.packs.get(token, PackWord(0, 0, 0)).to_int()
