"""Keys that everybody knows, for development chains only; production refuses every one of them.

They are the first accounts of the mnemonic that chain development tools use as their default (BIP-39, BIP-44
path m/44'/60'/0'/0/i).
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Final

from eth_account import Account
from eth_account.signers.local import LocalAccount

from ledger_proofs.types import Address

DEVELOPMENT_MNEMONIC: Final = "test test test test test test test test test test test junk"
DEVELOPMENT_ACCOUNT_COUNT: Final = 32
"""How many accounts are known as development ones; those over it are as public, but not looked for."""

DEPLOYER_INDEX: Final = 0
AUTHORITY_INDEXES: Final = (1, 2, 3)
FIRST_ANCHORING_INDEX: Final = 10
"""From here on the accounts are institutions' own."""


@cache
def development_account(index: int) -> LocalAccount:
    """One of the accounts; `index` from 0."""
    if not 0 <= index < DEVELOPMENT_ACCOUNT_COUNT:
        raise ValueError(f"there are {DEVELOPMENT_ACCOUNT_COUNT} development accounts, numbered from 0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Account.enable_unaudited_hdwallet_features()
    account: LocalAccount = Account.from_mnemonic(
        DEVELOPMENT_MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}"
    )
    return account


def deployer() -> LocalAccount:
    """The account that deploys on a development chain."""
    return development_account(DEPLOYER_INDEX)


def authority_members() -> tuple[LocalAccount, ...]:
    """The three members of a development chain's authority."""
    return tuple(development_account(index) for index in AUTHORITY_INDEXES)


def anchoring_account(position: int) -> LocalAccount:
    """The account of the institution at a position, from 0, on a development chain."""
    return development_account(FIRST_ANCHORING_INDEX + position)


@cache
def development_addresses() -> frozenset[Address]:
    """The addresses of all development accounts: what production looks for and refuses."""
    return frozenset(address_of(development_account(index)) for index in range(DEVELOPMENT_ACCOUNT_COUNT))


def is_development_address(address: Address) -> bool:
    """Whether an address is one of the development accounts'."""
    return address in development_addresses()


def address_of(account: LocalAccount) -> Address:
    """An account's address as 20 bytes."""
    return Address(bytes.fromhex(account.address[2:]))
