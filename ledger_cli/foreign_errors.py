"""Translates the error trees of the layers below into what a command says and exits with.

Content faults are bad (1); transport faults and missing things mean that nothing could be checked (2).
"""

from __future__ import annotations

from ledger_chain.errors import ChainError, ChainUnreachable, EngineError, HomeCorrupt
from ledger_cli.errors import CommandError, CouldNotCheck, Refused
from ledger_proofs.errors import CannotCheck, LedgerProofError


def find_command_error(fault: Exception) -> CommandError | None:
    """The command's error for an error of `ledger_chain` or `ledger_proofs`; None for any other."""
    code = str(getattr(fault, "code", "") or "error")
    if isinstance(fault, CannotCheck | ChainUnreachable):
        return CouldNotCheck(code, str(fault), str(fault))
    if isinstance(fault, HomeCorrupt):
        return Refused(code, str(fault), str(fault))
    if isinstance(fault, EngineError):
        return CouldNotCheck(code, str(fault), str(fault))
    if isinstance(fault, LedgerProofError | ChainError):
        return Refused(code, str(fault), str(fault))
    return None
