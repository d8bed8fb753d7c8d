"""Signed transactions with gas price zero, from an account that nobody funded."""

from __future__ import annotations

from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from tests.integration.engines.conftest import Engine, ask
from tests.support.waiting import wait_until

SENDER: LocalAccount = Account.from_key(b"\x07" * 32)

STORE_42 = "0x602a60005560018060106000396000f300"
"""Creation code: stores 42 in slot 0, returns the one-byte code STOP."""


def send(engine: Engine, nonce: int, *, code: str | None = None, sender: LocalAccount = SENDER) -> str:
    fields: dict[str, Any] = {"nonce": nonce, "gas": 200_000, "gasPrice": 0, "value": 0}
    fields |= {"data": code} if code else {"to": "0x" + "11" * 20}
    signed = sender.sign_transaction(fields | {"chainId": engine.chain_id})
    return str(ask(engine, "eth_sendRawTransaction", "0x" + signed.raw_transaction.hex()))


def get_receipt(engine: Engine, transaction_hash: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def is_mined() -> bool:
        receipt = ask(engine, "eth_getTransactionReceipt", transaction_hash)
        if receipt:
            found.append(receipt)
        return bool(receipt)

    wait_until(is_mined, 10, "the receipt")
    return found[0]


def count_mined(engine: Engine, sender: LocalAccount = SENDER) -> int:
    return int(ask(engine, "eth_getTransactionCount", sender.address, "latest"), 16)
