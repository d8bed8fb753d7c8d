"""Everything that can go wrong between RxLedger and a chain, as one tree.

"The chain can't be reached" (`ChainUnreachable`), "the chain answers nonsense" (`BadAnswer`) and "the chain
says no" (`TransactionRefused`) are different errors, because callers do different things: wait and try again,
stop trusting the node, or tell the person. That a *proof* fails is none of these: see `ledger_proofs.errors`.

Each class has a stable `code` for machines; the message is for people, in English, and says what to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class ChainError(Exception):
    """Root of the tree."""

    code: ClassVar[str] = "chain-error"


class ChainUnreachable(ChainError):
    """The node did not answer: refused connection, time-out, broken transport. Trying later may help."""

    code = "chain-unreachable"


class BadAnswer(ChainError):
    """The node answered, but with something that no honest node says: malformed, contradictory or missing."""

    code = "chain-bad-answer"


class ContractMismatch(ChainError):
    """The code or configuration found at a contract's address is not the one expected."""

    code = "chain-contract-mismatch"


class TransactionRefused(ChainError):
    """The node or the contract refused a transaction; `reason` is the refusal in the contract's own words."""

    code = "chain-transaction-refused"

    def __init__(self, reason: str, message: str | None = None) -> None:
        super().__init__(message or f"The chain refused the transaction: {reason}")
        self.reason = reason


class EngineError(ChainError):
    """Root of what can go wrong with an embedded engine."""

    code = "engine-error"


class PortBusy(EngineError):
    """Another program listens on the port that the engine was told to use."""

    code = "engine-port-busy"

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} on 127.0.0.1 is in use by another program. "
            "Stop that program, or choose another port for the chain."
        )
        self.port = port


class MissingTool(EngineError):
    """A program that the engine needs is not installed; the message names the command that brings it."""

    code = "engine-missing-tool"

    def __init__(self, tool: str, remedy: str = "Run `make setup` in the project's folder.") -> None:
        super().__init__(f"{tool} was not found. {remedy}")
        self.tool = tool


class EngineDied(EngineError):
    """The engine's process ended without being told to."""

    code = "engine-died"

    def __init__(self, engine: str, exit_code: int | None, log_path: Path, log_tail: str) -> None:
        ending = "ended" if exit_code is None else f"ended with exit code {exit_code}"
        super().__init__(f"The chain engine {engine} {ending}. Its last words, from {log_path}:\n{log_tail}")
        self.exit_code = exit_code
        self.log_path = log_path
        self.log_tail = log_tail


class EngineNotReady(EngineError):
    """The engine is not serving: not started yet, or not answering within its deadline."""

    code = "engine-not-ready"


class HomeInUse(EngineError):
    """Another run holds the engine's home folder."""

    code = "engine-home-in-use"

    def __init__(self, home: Path, holder: str) -> None:
        super().__init__(
            f"The chain's folder {home} is in use by another run ({holder}). "
            "Stop that run, or choose another home folder."
        )
        self.home = home


class HomeCorrupt(EngineError):
    """The engine's home folder can't be used: damaged, incomplete, or made with other settings."""

    code = "engine-home-corrupt"

    def __init__(self, home: Path, finding: str) -> None:
        super().__init__(
            f"The chain's folder {home} can't be used: {finding}. "
            "Bring it back from a backup, or move it away to begin a new chain."
        )
        self.home = home
        self.finding = finding
