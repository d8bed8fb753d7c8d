"""What every chain engine offers, whatever program is behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self


class RunsInContext(ABC):
    """A context manager that starts on entry and stops on exit."""

    @abstractmethod
    def start(self) -> None:
        """Start."""

    @abstractmethod
    def stop(self) -> None:
        """Stop."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class ChainEngine(Protocol):
    """A single-node development chain, run as a subprocess of ours on 127.0.0.1.

    Usable as a context manager: it starts on entry and stops on exit.
    """

    @property
    def name(self) -> str:
        """The program behind it, for messages and logs."""

    @property
    def chain_id(self) -> int:
        """EIP-155 chain id."""

    @property
    def rpc_url(self) -> str:
        """Address of the JSON-RPC endpoint.

        :raises EngineNotReady: never started, and no port was given
        """

    @property
    def pid(self) -> int | None:
        """Process id of the chain program itself, or None when it isn't running."""

    @property
    def log_path(self) -> Path:
        """File that holds what the program prints; bounded in size."""

    def start(self) -> None:
        """Start the program and return when it answers; nothing happens if it is running already.

        :raises MissingTool: the program is not installed
        :raises PortBusy: somebody else listens on the given port
        :raises HomeInUse: another run holds the home folder
        :raises HomeCorrupt: the home folder is damaged or belongs to a chain with other settings
        :raises EngineDied: the program ended before it served
        :raises EngineNotReady: it didn't answer within the deadline
        """

    def stop(self) -> None:
        """End the program and wait until it is gone; nothing happens if it isn't running."""

    def restart(self) -> None:
        """Stop, if need be, and start again on the same port."""

    def is_alive(self) -> bool:
        """Whether the program runs. It says nothing about whether it answers."""

    def verify_alive(self) -> None:
        """Return if it runs.

        :raises EngineDied: it ended unasked; carries exit code and last words
        :raises EngineNotReady: it was never started, or was stopped
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
