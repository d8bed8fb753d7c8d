"""Who is who in the state tables of acts, and what stands for the things that they name."""

from __future__ import annotations

from collections.abc import Mapping

from eth_account import Account
from eth_account.signers.local import LocalAccount

from ledger_proofs.digests import keccak
from ledger_proofs.kinds import InstitutionRole, PractitionerRole
from ledger_proofs.signatures import address_of_key
from ledger_proofs.types import Address, Commitment, PackToken

_HOSPITAL, _PHARMACY, _INSURER = InstitutionRole.HOSPITAL, InstitutionRole.PHARMACY, InstitutionRole.INSURER

INSTITUTIONS: Mapping[str, tuple[int, InstitutionRole]] = {
    "hospital": (1, _HOSPITAL),
    "clinic": (2, _HOSPITAL),
    "pharmacy": (3, _PHARMACY),
    "drugstore": (4, _PHARMACY),
    "insurer": (5, _INSURER),
    "fund": (6, _INSURER),
}
PEOPLE: Mapping[str, tuple[str, PractitionerRole]] = {
    "doctor": ("hospital", PractitionerRole.DOCTOR),
    "physician": ("clinic", PractitionerRole.DOCTOR),
    "pharmacist": ("pharmacy", PractitionerRole.PHARMACIST),
    "dispenser": ("drugstore", PractitionerRole.PHARMACIST),
    "ward pharmacist": ("hospital", PractitionerRole.PHARMACIST),
    "cashier": ("pharmacy", PractitionerRole.CLERK),
}
"""Everybody whom a table can name; who isn't here (`mallory`) holds no credential."""


def commitment_of(label: str) -> Commitment:
    """The commitment that stands for a record of that name."""
    return Commitment(keccak(b"record " + label.encode()))


def token_of(label: str) -> PackToken:
    """The token of the pack of that name."""
    return PackToken(keccak(b"pack " + label.encode()))


def key_of(label: str) -> bytes:
    """The private key of that name: a person's, a holder's or an institution's account."""
    return keccak(b"key " + label.encode())


def account_of(name: str) -> LocalAccount:
    """The account of that name."""
    account: LocalAccount = Account.from_key(key_of(f"account {name}"))
    return account


def address_of_holder(holder: str) -> Address:
    """The one-time address of a holder of that name."""
    return address_of_key(key_of(holder))
