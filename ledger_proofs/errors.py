"""The one tree of errors of the verification core.

Three branches are kept apart, since they mean different things to a reader of a report: the content is wrong
(`MalformedInput`, `ProofInvalid`), the content is right but came late (`RecordLate`), and nothing can be said
(`CannotCheck`: a node is out of reach, a field is withheld). Every error has a stable `code`; no message
carries a field's value, since values can be personal.
"""

from __future__ import annotations


class LedgerProofError(Exception):
    """Root of the tree. `code` is stable, `message` for people, `where` names the place."""

    default_code = "ledger"

    def __init__(self, message: str, *, code: str | None = None, where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code if code is not None else self.default_code
        self.where = where


class MalformedInput(LedgerProofError):
    """Bytes or values that aren't of the required form. `path` is a JSON pointer or a byte offset."""

    default_code = "input.malformed"

    def __init__(self, message: str, path: str = "", *, code: str | None = None) -> None:
        super().__init__(f"{path}: {message}" if path else message, code=code, where=path)
        self.path = path


class ProofInvalid(LedgerProofError):
    """A proof that doesn't prove what it should."""

    default_code = "proof.invalid"


class HashInvalid(ProofInvalid):
    """Something that should be a 32-byte hash isn't."""

    default_code = "proof.hash_invalid"


class SizeInvalid(ProofInvalid):
    """A tree size that can't be: zero, shrinking, or not a number."""

    default_code = "proof.size_invalid"


class IndexOutOfRange(ProofInvalid):
    """A leaf index outside its tree."""

    default_code = "proof.index_out_of_range"


class ProofLengthInvalid(ProofInvalid):
    """A proof with nodes too many or too few for its sizes."""

    default_code = "proof.length_invalid"


class RootMismatch(ProofInvalid):
    """A proof that leads to another root than the stated one."""

    default_code = "proof.root_mismatch"


class FieldMismatch(ProofInvalid):
    """A disclosed field that isn't the committed one. `pointer` names it."""

    default_code = "field.mismatch"

    def __init__(self, message: str, pointer: str, *, code: str | None = None) -> None:
        super().__init__(message, code=code, where=pointer)
        self.pointer = pointer


class CommitmentMismatch(ProofInvalid):
    """Fields that hash to another commitment than the stated one."""

    default_code = "commitment.mismatch"


class EntryMismatch(ProofInvalid):
    """An entry that says something else than its record. `field` names the entry's member."""

    default_code = "entry.mismatch"

    def __init__(self, message: str, field: str, *, code: str | None = None) -> None:
        super().__init__(message, code=code, where=field)
        self.field = field


class AnchorMismatch(ProofInvalid):
    """A checkpoint that isn't the one on the trusted chain."""

    default_code = "anchor.mismatch"


class SignatureInvalid(ProofInvalid):
    """A signature of wrong form, or by somebody else, or over something else."""

    default_code = "signature.invalid"


class NotEntitled(ProofInvalid):
    """A signer or an institution that had no right to do this at that time."""

    default_code = "author.not_entitled"


class FromTheFuture(ProofInvalid):
    """A signed time after the anchoring time, beyond the clock skew."""

    default_code = "time.from_the_future"


class ClaimMismatch(ProofInvalid):
    """Claims that don't stand as stated."""

    default_code = "claims.mismatch"


class RecordLate(LedgerProofError):
    """Anchored later than its signing window allows, and not excused by a recorded outage."""

    default_code = "time.late"


class CannotCheck(LedgerProofError):
    """Neither right nor wrong can be said; `reason` says what is missing."""

    default_code = "check.unavailable"

    def __init__(self, reason: str, *, code: str | None = None, where: str = "") -> None:
        super().__init__(reason, code=code, where=where)
        self.reason = reason
