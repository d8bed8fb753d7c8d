"""The one allocator of an account's nonces: checkpoints and spends draw from it in turn.

The choice is made, and the transaction that uses it written down, in one unit of work that holds the
account's row: so a nonce is given once, whoever asks.
"""

from sqlmodel import Session, col, select

from ledger_api.anchoring.models import AnchorAccount
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
