"""What a lying node of a real network says: each alters the answers that it passes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import rlp
from coincurve import PrivateKey
from eth_utils.crypto import keccak

from ledger_chain.block_headers import rebuild_header
from ledger_chain.contracts import ContractName
from ledger_chain.qbft.node_key import NodeKey
from ledger_chain.views import get_view
from tests.portal_support import FIRST_LOG
from tests.support.lying_node import Alter

_STATE_ROOT, _EXTRA_DATA = 3, 12
_NOBODY = "0x" + "00" * 20


def with_header(change: Callable[[list[Any]], None], above: int = 0) -> Alter:
    """The header of every block above one changed, and its hash made to fit."""

    def alter(method: str, _parameters: list[Any], result: Any) -> Any:
        if method != "eth_getBlockByNumber" or int(result["number"], 16) <= above:
            return result
        header = rebuild_header(result)
        assert header is not None
        fields = list(rlp.decode(header))
        change(fields)
        extra = list(rlp.decode(fields[_EXTRA_DATA]))
        named = list(fields)
        named[_EXTRA_DATA] = rlp.encode([*extra[:3], b"", []])
        return {
            **result,
            "hash": "0x" + keccak(rlp.encode(named)).hex(),
            "stateRoot": "0x" + fields[_STATE_ROOT].hex(),
            "extraData": "0x" + fields[_EXTRA_DATA].hex(),
        }

    return alter


def sealed_by(*keys: NodeKey) -> Callable[[list[Any]], None]:
    """Another state, sealed by these validators."""

    def change(fields: list[Any]) -> None:
        fields[_STATE_ROOT] = keccak(b"another state")
        extra = list(rlp.decode(fields[_EXTRA_DATA]))
        fields[_EXTRA_DATA] = rlp.encode([*extra[:4], []])
        digest = keccak(rlp.encode(fields))
        seals = [PrivateKey(key.secret).sign_recoverable(digest, hasher=None) for key in keys]
        fields[_EXTRA_DATA] = rlp.encode([*extra[:4], seals])

    return change


def another_state(fields: list[Any]) -> None:
    """A forged header that keeps the seals of the true one."""
    fields[_STATE_ROOT] = keccak(b"another state")


def old_head(method: str, parameters: list[Any], result: Any) -> Any:
    """The latest checkpoint of a log is said to be none, as it was before anything was anchored."""
    asked = get_view(ContractName.CHECKPOINT_LOG, "head").encode(FIRST_LOG)
    is_head = method == "eth_call" and parameters[0]["data"] == asked
    return "0x" + bytes(128).hex() if is_head else result


def false_words(method: str, _parameters: list[Any], result: Any) -> Any:
    """Other words than the proof shows."""
    if method == "eth_getProof":
        for each in result["storageProof"]:
            each["value"] = hex(int(each["value"], 16) ^ 1)
    return result


def other_checkpoint(method: str, parameters: list[Any], result: Any) -> Any:
    """Every checkpoint is said to have another root than is proven."""
    asked = get_view(ContractName.CHECKPOINT_LOG, "checkpoint").encode(FIRST_LOG, 1)[:10]
    is_checkpoint = method == "eth_call" and parameters[0]["data"].startswith(asked)
    return "0x" + "05" * 32 + result[66:] if is_checkpoint else result


def nobody_is_entitled(method: str, parameters: list[Any], result: Any) -> Any:
    """The directory is said to know no credential, and every institution as barred."""
    entitled = get_view(ContractName.DIRECTORY, "isEntitled").encode(_NOBODY, 1, 1, 1)[:10]
    barred = get_view(ContractName.DIRECTORY, "isInstitutionBarred").encode(1)[:10]
    answers = {entitled: "00", barred: "01"}
    said = answers.get(parameters[0]["data"][:10]) if method == "eth_call" else None
    return result if said is None else "0x" + "00" * 31 + said


def drop_events(method: str, _parameters: list[Any], result: Any) -> Any:
    """No log holds anything."""
    return [] if method == "eth_getLogs" else result


def forge_receipts(method: str, parameters: list[Any], result: Any) -> Any:
    """The events are gone from the receipts too."""
    if method == "eth_getTransactionReceipt" and result is not None:
        return {**result, "logs": [], "logsBloom": "0x" + bytes(256).hex()}
    return drop_events(method, parameters, result)
