"""An engine's home folder: who holds it, which chain lives in it, and its log.

`lock` is held (`flock`) by the run and by the engine's processes until the last of them is gone; `chain.json`
says with which settings the chain was made and what its genesis block is; `db/` is the engine's own;
`engine.log` is bounded, with one older part beside it.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ledger_chain.errors import HomeCorrupt, HomeInUse

MAX_LOG_BYTES = 1_000_000
"""Size at which the log is moved to `engine.log.1`."""

_TAIL_LINES = 12
_TAIL_BYTES = 16_384
_LOCK_POLL_S = 0.05
_LIVE_HOLDER_PATIENCE_S = 2.0
# The holder was killed: its engine is being ended by the guard, and the lock comes free when it is gone.
_DEAD_HOLDER_PATIENCE_S = 10.0


def _is_running(process_id: str) -> bool:
    if not process_id.isdigit():
        return False
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@dataclass(frozen=True)
class ChainIdentity:
    """What makes a chain on disk this chain and no other."""

    engine: str
    chain_id: int
    hardfork: str
    genesis_hash: str


class EngineHome:
    """The folder of one engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database_path = folder / "db"
        self.log_path = folder / "engine.log"
        self._identity_path = folder / "chain.json"
        self._lock_path = folder / "lock"
        self._lock: int | None = None

    @property
    def lock_descriptor(self) -> int:
        """File descriptor of the lock, to be inherited by the engine's processes."""
        if self._lock is None:
            raise HomeInUse(self.folder, "the lock is not held")
        return self._lock

    def acquire(self) -> None:
        """Create the folder if need be, and lock it. A run that is ending is waited for.

        :raises HomeInUse: another run keeps the lock
        :raises HomeCorrupt: the folder can't be made or written
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            opened = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise HomeCorrupt(self.folder, f"it is no writable folder ({error.strerror})") from error
        # Below 10 are the numbers that the guard's shell uses for itself.
        descriptor = fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, 10)
        os.close(opened)
        try:
            self._wait_for_lock(descriptor)
        except HomeInUse:
            os.close(descriptor)
            raise
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._lock = descriptor

    def _wait_for_lock(self, descriptor: int) -> None:
        began = time.monotonic()
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
                patience_s = _LIVE_HOLDER_PATIENCE_S if _is_running(holder) else _DEAD_HOLDER_PATIENCE_S
                if time.monotonic() - began > patience_s:
                    raise HomeInUse(self.folder, f"process {holder}" if holder else "unknown") from None
                time.sleep(_LOCK_POLL_S)

    def release(self) -> None:
        """Give up our hold; the engine's processes keep theirs until they end."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def find_identity(self) -> ChainIdentity | None:
        """The chain recorded here, or None in a new home.

        :raises HomeCorrupt: the record can't be read, or the database that it speaks of is gone
        """
        try:
            stored = json.loads(self._identity_path.read_text("utf-8"))
            identity = ChainIdentity(
                engine=str(stored["engine"]),
                chain_id=int(stored["chain_id"]),
                hardfork=str(stored["hardfork"]),
                genesis_hash=str(stored["genesis_hash"]),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HomeCorrupt(self.folder, f"{self._identity_path.name} can't be read") from error
        if not self.database_path.is_dir() or not any(self.database_path.iterdir()):
            raise HomeCorrupt(self.folder, "its database folder is empty or gone")
        return identity

    def record_identity(self, identity: ChainIdentity) -> None:
        """Write `chain.json`, whole or not at all."""
        new = self._identity_path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            json.dump(asdict(identity), file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._identity_path)

    def bound_log(self) -> None:
        """Move the log aside when it has grown too long; the engine appends to the emptied file."""
        with suppress(FileNotFoundError):
            if self.log_path.stat().st_size > MAX_LOG_BYTES:
                older = self.log_path.with_suffix(".log.1")
                older.write_bytes(self.log_path.read_bytes()[-MAX_LOG_BYTES:])
                os.truncate(self.log_path, 0)

    def begin_log(self) -> None:
        """Start a run's log afresh, keeping the run before as `engine.log.1`.

        :raises HomeCorrupt: the log can't be written
        """
        try:
            if self.log_path.exists():
                self.log_path.replace(self.log_path.with_suffix(".log.1"))
            self.log_path.touch(mode=0o600)
        except OSError as error:
            raise HomeCorrupt(self.folder, f"its log can't be written ({error.strerror})") from error

    def read_log_tail(self) -> str:
        """The last lines of this run's log."""
        try:
            with self.log_path.open("rb") as file:
                file.seek(max(0, self.log_path.stat().st_size - _TAIL_BYTES))
                lines = file.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return "(no log)"
        return "\n".join([line for line in lines if line.strip()][-_TAIL_LINES:]) or "(empty log)"
