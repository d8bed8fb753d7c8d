"""Opening the content of a stored record, whatever its kind."""

from ledger_api.keystore.interfaces import KeyWrapper
from ledger_api.records.models import StoredRecord
from ledger_api.records.sealing import OpenedRecord, RecordVault, SealedRecord
from ledger_proofs.types import Commitment
from ledger_web.errors import StateConflict


class ContentErased(StateConflict):
    """The record's key was deleted: its content can't be read any more."""

    code = "content-erased"
    title = "The content was erased"
    title_zh = "内容已删除"

    def __init__(self) -> None:
        super().__init__(
            "The record's key was deleted. Its entry and the proofs about its neighbours stand; its content"
            " is gone.",
            "该记录的密钥已删除。其条目及相邻记录的证明仍然有效，但内容已不可读。",
        )


def open_record(key_wrapper: KeyWrapper, record: StoredRecord) -> OpenedRecord:
    """Decrypt a record's content. Raises ContentErased, or what the vault does."""
    if record.content is None or record.wrapped_key is None:
        raise ContentErased
    sealed = SealedRecord(
        record.id, record.institution, Commitment(record.commitment), record.content, record.wrapped_key
    )
    return RecordVault(key_wrapper).open(sealed)
