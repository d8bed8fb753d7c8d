"""Which nonce a new transaction of an anchoring account gets.

One gap strands every later transaction of the account, and a nonce used twice displaces one: so the choice is
made from what the chain has mined and what is still live, not from a counter alone.
"""

from collections.abc import Collection


def choose_nonce(mined: int, live: Collection[int], next_unused: int) -> int:
    """Return the lowest nonce that is neither mined nor taken by a live transaction.

    `mined` is the account's transaction count in blocks, `live` the nonces of transactions that may still be
    mined, `next_unused` one more than the highest ever given out: a nonce below it that is neither mined nor
    live
    belonged to a transaction that was given up, and is given out again, since the chain waits for it.
    """
    for nonce in range(mined, max(next_unused, mined)):
        if nonce not in live:
            return nonce
    return max(next_unused, mined)
