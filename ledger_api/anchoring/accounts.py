"""The one allocator of an account's nonces: checkpoints and spends draw from it in turn.

The choice is made, and the transaction that uses it written down, in one unit of work that holds the
account's row: so a nonce is given once, whoever asks. A transaction is sent only when those before it are:
some nodes answer for one that comes too early only once the others came, others never.
"""

from sqlmodel import Session, col, select

from ledger_api.anchoring.models import AnchorAccount, AnchorTransaction, TransactionState
from ledger_api.anchoring.nonces import choose_nonce
from ledger_api.anchoring.repository import LIVE, AnchoringRepository
from ledger_api.spends.models import SpendBatch


def take_nonce(session: Session, account: bytes, institution: int, mined: int) -> int:
    """Give the account's next nonce to the transaction that the caller keeps in the same unit of work.

    :param mined: how many transactions of the account are in blocks
    """
    repository = AnchoringRepository(session)
    row = repository.find_account(account)
    if row is None:
        row = AnchorAccount(address=account, institution=institution, next_nonce=0)
    batches = session.exec(
        select(SpendBatch.nonce).where(SpendBatch.account == account, col(SpendBatch.state).in_(LIVE))
    )
    nonce = choose_nonce(mined, {*repository.list_live_nonces(account), *batches}, row.next_nonce)
    row.next_nonce = max(row.next_nonce, nonce + 1)
    repository.add(row)
    return nonce


def has_earlier_unsent(session: Session, account: bytes, nonce: int) -> bool:
    """Whether a transaction of the account with a lower nonce has never been taken by a node."""
    return any(
        session.exec(
            select(table.nonce)
            .where(table.account == account, table.state == TransactionState.SIGNED, table.nonce < nonce)
            .limit(1)
        ).first()
        is not None
        for table in (AnchorTransaction, SpendBatch)
    )
