"""A chain's state, proven from a header's state root: accounts, and words of their storage (EIP-1186).

An account is at keccak(address) in the state trie, a word at keccak(slot) in its account's storage trie. What
isn't there is zero: that too has a proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger_proofs import rlp
from ledger_proofs.bundle_proofs import AccountProof
from ledger_proofs.digests import keccak
from ledger_proofs.errors import AnchorMismatch, MalformedInput
from ledger_proofs.tries import TrieProofInvalid, find_value
from ledger_proofs.types import Hash, require_bytes

_ACCOUNT_FIELDS = 4
_MAX_NONCE_BYTES = 8


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the state trie holds it (Yellow Paper 4.1)."""

    nonce: int
    balance: int
    storage_root: Hash
    code_hash: Hash


def find_account(state_root: Hash, address: bytes, proof: Sequence[bytes]) -> Account | None:
    """Return the account at an address, or None where the proof shows that there is none.

    Raises `TrieProofInvalid` for a proof that shows neither.
    """
    value = find_value(state_root, keccak(require_bytes(address, 20, "address")), proof)
    return None if value is None else _parse_account(value)


def get_storage_word(storage_root: Hash, slot: bytes, proof: Sequence[bytes]) -> Hash:
    """Return the word in a slot of that storage: zero where the proof shows that nothing is stored.

    Raises `TrieProofInvalid` for a proof that shows neither.
    """
    value = find_value(storage_root, keccak(require_bytes(slot, 32, "slot")), proof)
    if value is None:
        return Hash(bytes(32))
    try:
        number = rlp.decode(value, max_depth=0)
    except MalformedInput:
        number = b""
    if type(number) is not bytes or not 0 < len(number) <= 32 or number[0] == 0:
        raise TrieProofInvalid("not a stored word", code="trie.value")
    return Hash(number.rjust(32, b"\x00"))


def verify_account_proof(state_root: Hash, stated: AccountProof) -> Account:
    """Check a contract's account and each stated word of its storage; return the account.

    Raises `ProofInvalid`.
    """
    account = find_account(state_root, stated.address, stated.proof)
    if account is None:
        raise AnchorMismatch("there is no contract at that address", code="state.no_account")
    for each in stated.storage:
        if get_storage_word(account.storage_root, each.slot, each.proof) != each.value:
            raise AnchorMismatch("the storage holds another word than stated", code="state.value")
    return account


def _parse_account(value: bytes) -> Account:
    try:
        fields = rlp.decode(value, max_depth=1)
    except MalformedInput:
        fields = []
    texts = [each for each in fields if type(each) is bytes] if type(fields) is list else []
    if len(texts) != len(fields) or len(texts) != _ACCOUNT_FIELDS:
        raise TrieProofInvalid("not an account", code="trie.value")
    nonce, balance, storage_root, code_hash = texts
    numbers_fit = len(nonce) <= _MAX_NONCE_BYTES and len(balance) <= 32
    if (
        not numbers_fit
        or b"\x00" in (nonce[:1], balance[:1])
        or len(storage_root) != 32
        or len(code_hash) != 32
    ):
        raise TrieProofInvalid("not an account", code="trie.value")
    return Account(
        int.from_bytes(nonce, "big"), int.from_bytes(balance, "big"), Hash(storage_root), Hash(code_hash)
    )
