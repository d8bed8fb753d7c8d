"""Batches of acts as bytes: each item is encoded once, batches are put together from encoded items.

The ABI encoding of an array of dynamic structs is its length, the place of each item, and the items' own
encodings one after the other. So an item's bytes, kept from the moment when it was made, serve in whichever
batch it goes, and no item is encoded twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

from eth_abi.abi import encode

from ledger_chain.contracts import ContractName, get_artifact, spell_type
from ledger_chain.items import DispenseItem, RestoreItem, ReverseItem, SettleItem, VoidItem, as_abi
from ledger_chain.register_events import Act
from ledger_chain.transactions import MAX_BATCH_BYTES, MAX_BATCH_ITEMS
from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import word
from ledger_proofs.types import LogId

Item: TypeAlias = DispenseItem | SettleItem | VoidItem | RestoreItem | ReverseItem

ITEMS_OF: Final[Mapping[Act, type[Item]]] = {
    Act.DISPENSE: DispenseItem,
    Act.SETTLE: SettleItem,
    Act.VOID: VoidItem,
    Act.RESTORE: RestoreItem,
    Act.REVERSE: ReverseItem,
}

_FUNCTIONS: Final[Mapping[Act, str]] = {Act.VOID: "voidClaims"}
_WORD: Final = 32
_HEAD_BYTES: Final = 4 + 2 * _WORD
"""Selector, place of the array, and its length."""

_BATCH_GAS: Final = 60_000
_ITEM_GAS: Final = 25_000
_PROOF_GAS: Final = 110_000
_NODE_GAS: Final = 1_500
_CLAIM_GAS: Final = 45_000
_PACK_GAS: Final = 35_000
_BYTE_GAS: Final = 20


def encode_item(act: Act, item: Item) -> bytes:
    """Encode one item for batches of its act. Raises `TypeError` if it is another act's item."""
    if not isinstance(item, ITEMS_OF[act]):
        raise TypeError(f"{act.value} takes a {ITEMS_OF[act].__name__}, not a {type(item).__name__}")
    # As the only member of a tuple, the item is a word that says where it begins, then itself.
    return encode([_item_type(act)], [as_abi(item)])[_WORD:]


def build_batch_call(act: Act, encoded: Sequence[bytes]) -> bytes:
    """Build the calldata of a batch from items that `encode_item` gave.

    :raises ValueError: too many items or bytes for one batch, or none
    """
    size = batch_bytes(encoded)
    if not 0 < len(encoded) <= MAX_BATCH_ITEMS or size > MAX_BATCH_BYTES:
        raise ValueError(
            f"a batch has 1 to {MAX_BATCH_ITEMS} items and at most {MAX_BATCH_BYTES} bytes; "
            f"this one has {len(encoded)} items and {size} bytes"
        )
    places, at = [], _WORD * len(encoded)
    for item in encoded:
        places.append(word(at))
        at += len(item)
    return b"".join((_selector(act), word(_WORD), word(len(encoded)), *places, *encoded))


def batch_bytes(encoded: Sequence[bytes]) -> int:
    """How many bytes of calldata these items make together."""
    return _HEAD_BYTES + sum(_WORD + len(item) for item in encoded)


def gas_of_item(item: Item, encoded: bytes) -> int:
    """A gas limit that is enough for one item, for how much it has of what costs gas."""
    grants = [grant.proof for grant in item.grants] if isinstance(item, DispenseItem) else []
    proofs = [*grants, item.used] if isinstance(item, SettleItem) else grants
    if isinstance(item, DispenseItem):
        claims, packs = len(item.claims), len(item.packs)
    elif isinstance(item, VoidItem):
        claims, packs = len(item.ordinals), 0
    else:
        claims, packs = len(item.spend.claims), len(item.spend.packs)
    return (
        _ITEM_GAS
        + _PROOF_GAS * len(proofs)
        + _NODE_GAS * sum(len(proof.path) for proof in proofs)
        + _CLAIM_GAS * claims
        + _PACK_GAS * packs
        + _BYTE_GAS * len(encoded)
    )


def gas_of_batch(items: Sequence[int]) -> int:
    """A gas limit for a batch of items with these limits."""
    return _BATCH_GAS + sum(items)


def checkpoints_of(item: Item) -> set[tuple[LogId, int]]:
    """The (log, size) of the checkpoints that an item's proofs rest on."""
    if isinstance(item, DispenseItem):
        return {(grant.proof.log, grant.proof.size) for grant in item.grants}
    return {(item.used.log, item.used.size)} if isinstance(item, SettleItem) else set()


def earliest_moment_of(item: Item) -> int:
    """The block time before which the chain would say that it is too early; 0 if there is none."""
    if not isinstance(item, DispenseItem):
        return 0
    return max((item.grants[ref.grant].proof.entry.not_before for ref in item.claims), default=0)


def subject_of(item: Item) -> bytes:
    """What the chain's events name an item by: the record used into, or the voided record."""
    if isinstance(item, DispenseItem):
        return item.into
    return item.record if isinstance(item, VoidItem) else item.spend.into


def statement_of(item: Item) -> bytes:
    """The commitment of the record that states the act."""
    match item:
        case DispenseItem():
            return item.into
        case SettleItem():
            return item.settlement
        case VoidItem():
            return item.void_record
        case RestoreItem():
            return item.restore
        case ReverseItem():
            return item.reversal


def function_of(act: Act) -> str:
    """The register's function that takes batches of an act."""
    return _FUNCTIONS.get(act, act.value)


@cache
def _function(act: Act) -> Mapping[str, Any]:
    name = function_of(act)
    abi = get_artifact(ContractName.CLAIM_REGISTER).abi
    return next(entry for entry in abi if entry["type"] == "function" and entry["name"] == name)


@cache
def _item_type(act: Act) -> str:
    return spell_type(_function(act)["inputs"][0]).removesuffix("[]")


@cache
def _selector(act: Act) -> bytes:
    function = _function(act)
    signature = f"{function['name']}({','.join(spell_type(each) for each in function['inputs'])})"
    return bytes(keccak(signature.encode())[:4])
