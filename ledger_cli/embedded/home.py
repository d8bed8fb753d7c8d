"""The home folder of an embedded stack: what lies where, how far its set-up is, and whether it is whole.

Set-up goes through stages that are written down one by one, so that a stack killed at any point goes on from
there and does nothing twice.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from ledger_cli.errors import CouldNotCheck, Refused
from ledger_cli.file_faults import file_fault
from ledger_proofs.canonical import parse_json
from ledger_proofs.errors import LedgerProofError

HOME_VARIABLE = "RXLEDGER_HOME"
MARKER_FORMAT = "rxledger.home/1"
STAGES = ("new", "deployed", "enrolled", "seeded")
PARTS = ("regulator", "portal", "waiting-draft", "second-gateway", "loop")
"""What later versions brought: each is added once, to new homes and to those made before it."""
MAX_MARKER_BYTES = 16_384
LOCK_WAIT_SECONDS = 10.0
LOCK_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Marker:
    """How far the set-up of a home has come. `key` names this home in idempotency keys."""

    key: str
    stage: str
    parts: frozenset[str] = frozenset()

    def reached(self, stage: str) -> bool:
        """Whether this stage is done."""
        return STAGES.index(self.stage) >= STAGES.index(stage)

    def has(self, part: str) -> bool:
        """Whether this part has been added."""
        return part in self.parts


@dataclass(frozen=True)
class PortalHome:
    """The portal's own folder: everything that its process reads or writes lies in here."""

    root: Path

    @property
    def database(self) -> Path:
        """The portal's SQLite database: its own copy of the logs, its pins, findings and accounts."""
        return self.root / "portal.db"

    @property
    def trust(self) -> Path:
        """The trust file, as the regulator was handed it."""
        return self.root / "trust.json"

    @property
    def sources(self) -> Path:
        """Which gateways it asks, and for which institutions."""
        return self.root / "sources.json"

    @property
    def token(self) -> Path:
        """What it shows the first gateway: the token of the regulator's machine client."""
        return self.root / "gateway.token"

    @property
    def second_token(self) -> Path:
        """What it shows the second gateway."""
        return self.root / "gateway-b.token"


@dataclass(frozen=True)
class GatewayHome:
    """Where one gateway's own files lie: nobody else's process opens them."""

    root: Path
    log: Path

    @property
    def database(self) -> Path:
        """The gateway's SQLite database."""
        return self.root / "gateway.db"

    @property
    def keystore(self) -> Path:
        """The gateway's wrapped keys."""
        return self.root / "keystore.json"


@dataclass(frozen=True)
class Home:
    """A home folder and the places in it."""

    root: Path

    @property
    def chain(self) -> Path:
        """The engine's folder: database, log, lock."""
        return self.root / "chain"

    @property
    def deployment(self) -> Path:
        """Where the contracts are (deployment.json)."""
        return self.root / "deployment.json"

    @property
    def trust(self) -> Path:
        """The verifier's trust file."""
        return self.root / "trust.json"

    @property
    def first_gateway(self) -> GatewayHome:
        """The files of the hospitals' gateway. They lie in the home itself, where they always lay."""
        return GatewayHome(self.root, self.gateway_log)

    @property
    def second_gateway(self) -> GatewayHome:
        """The files of the gateway of pharmacies, insurer and manufacturer."""
        return GatewayHome(self.root / "gateway-b", self.root / "logs" / "gateway-b.log")

    @property
    def database(self) -> Path:
        """The first gateway's SQLite database."""
        return self.first_gateway.database

    @property
    def keystore(self) -> Path:
        """The first gateway's wrapped keys."""
        return self.first_gateway.keystore

    @property
    def peers(self) -> Path:
        """Which gateway serves whom: what the gateways ask one another by."""
        return self.root / "peers.json"

    @property
    def pack_key(self) -> Path:
        """The key that turns drug trace codes into tokens: the same for all members."""
        return self.root / "pack.key"

    @property
    def handover_codes(self) -> Path:
        """The invented patients' hand-over codes, as their doctor printed them."""
        return self.root / "handover-codes"

    @property
    def credentials(self) -> Path:
        """Development credentials of the seeded people: profiles, keyfiles, PINs, passwords."""
        return self.root / "development-credentials"

    @property
    def bundles(self) -> Path:
        """Evidence bundles of the seeded prescriptions."""
        return self.root / "bundles"

    @property
    def portal(self) -> PortalHome:
        """The portal's folder."""
        return PortalHome(self.root / "portal")

    @property
    def portal_log(self) -> Path:
        """What the portal wrote."""
        return self.root / "logs" / "portal.log"

    @property
    def gateway_log(self) -> Path:
        """What the first gateway wrote."""
        return self.root / "logs" / "gateway.log"

    @property
    def marker(self) -> Path:
        """The stage that the set-up has reached."""
        return self.root / "home.json"


def find_default_home() -> Path:
    """$RXLEDGER_HOME, else ~/.rxledger."""
    named = os.environ.get(HOME_VARIABLE)
    return Path(named).expanduser() if named else Path.home() / ".rxledger"


def open_home(root: Path, *, has_chain: bool = True) -> Home:
    """Make or take up a home folder; refuses one that isn't ours or is damaged.

    :param has_chain: whether the chain's database lies in it; a network's nodes keep theirs elsewhere
    """
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        names = {path.name for path in root.iterdir()}
    except OSError as fault:
        raise Refused(
            "home.unusable",
            f"can't use {root} as a home folder ({file_fault(fault).en}); choose another with --home",
            f"无法将 {root} 用作主目录（{file_fault(fault).zh}）；请用 --home 另选",
        ) from fault
    home = Home(root.resolve())
    if home.marker.name not in names:
        strange = sorted(names - {"run.lock", "logs"})
        if strange:
            raise Refused(
                "home.foreign",
                f"{root} holds {strange[0]!r} but no home.json: it isn't a home of rxledger, or was "
                "damaged; choose "
                "an empty folder with --home",
                f"{root} 中有 {strange[0]!r}，却没有 home.json：不是 rxledger 的主目录，或已损坏；请用 "
                "--home 指定空目录",
            )
        write_marker(home, Marker(secrets.token_hex(8), "new"))
    marker = read_marker(home)
    _verify_whole(home, marker)
    if has_chain:
        _verify_chain(home, marker)
    return home


def read_marker(home: Home) -> Marker:
    """The stage that the home has reached; refuses a damaged marker."""
    try:
        document: Any = parse_json(home.marker.read_bytes(), max_bytes=MAX_MARKER_BYTES, max_depth=4)
    except (OSError, LedgerProofError) as fault:
        raise corrupt(home, f"home.json can't be read ({fault})", f"home.json 无法读取（{fault}）") from fault
    if not isinstance(document, dict) or document.get("format") != MARKER_FORMAT:
        raise corrupt(home, "home.json is of another version", "home.json 属于其他版本")
    key, stage, parts = document.get("key"), document.get("stage"), document.get("parts", [])
    if not isinstance(key, str) or stage not in STAGES or not isinstance(parts, list):
        raise corrupt(
            home, "home.json lacks `key` or a known `stage`", "home.json 缺少 `key` 或已知的 `stage`"
        )
    return Marker(key, str(stage), frozenset(str(part) for part in parts))


def write_marker(home: Home, marker: Marker) -> None:
    """Write the marker in one step."""
    content: dict[str, Any] = {"format": MARKER_FORMAT, "key": marker.key, "stage": marker.stage}
    if marker.parts:
        content["parts"] = sorted(marker.parts)
    write_whole(home.marker, json.dumps(content))


def advance(home: Home, stage: str) -> Marker:
    """Write down that a stage is done."""
    marker = replace(read_marker(home), stage=stage)
    write_marker(home, marker)
    return marker


def note_part(home: Home, part: str) -> Marker:
    """Write down that a part has been added."""
    before = read_marker(home)
    marker = replace(before, parts=before.parts | {part})
    write_marker(home, marker)
    return marker


def write_whole(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a file so that after a crash it is either the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.write(text)
        target.flush()
        os.fsync(target.fileno())
    Path(name).chmod(mode)
    Path(name).replace(path)


def lock_home(home: Home) -> IO[str]:
    """Hold the home for this process and its children; the system lets go of it when the last has ended.

    After a killed run its children need a moment to end, so a held lock is waited for.
    """
    lock = (home.root / "run.lock").open("a+", encoding="utf-8")
    ends_at = time.monotonic() + LOCK_WAIT_SECONDS
    while not _try_lock(lock):
        if time.monotonic() > ends_at:
            raise _in_use(home, lock)
        time.sleep(LOCK_POLL_SECONDS)
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _in_use(home: Home, lock: IO[str]) -> CouldNotCheck:
    lock.seek(0)
    holder = lock.read(32).strip() or "?"
    lock.close()
    return CouldNotCheck(
        "home.in_use",
        f"{home.root} is in use by another `rxledger run` (process {holder}); stop that one, or choose "
        "another --home",
        f"{home.root} 正被另一个 `rxledger run`（进程 {holder}）使用；请先停止它，或用 --home 另选",
    )


def corrupt(home: Home, en: str, zh: str) -> Refused:
    """A home folder that can't be used as it is."""
    return Refused(
        "home.corrupt",
        f"the home folder {home.root} is damaged: {en}. Bring it back from a backup, or move it away to "
        "begin anew "
        f"(mv {home.root} {home.root}.old)",
        f"主目录 {home.root} 已损坏：{zh}。请从备份恢复，或移走后重新开始（mv {home.root} {home.root}.old）",
    )


def _verify_whole(home: Home, marker: Marker) -> None:
    if marker.reached("deployed") and not home.deployment.is_file():
        raise corrupt(home, "deployment.json is missing", "缺少 deployment.json")
    if marker.reached("enrolled"):
        for path in (home.database, home.keystore, home.credentials):
            if not path.exists():
                raise corrupt(home, f"{path.name} is missing", f"缺少 {path.name}")
    if marker.has("second-gateway"):
        second = home.second_gateway
        for path in (second.database, second.keystore, home.pack_key):
            if not path.exists():
                name = path.relative_to(home.root)
                raise corrupt(home, f"{name} is missing", f"缺少 {name}")


def _verify_chain(home: Home, marker: Marker) -> None:
    if home.chain.is_dir() and any(home.chain.iterdir()):
        return
    if marker.reached("deployed"):
        raise corrupt(
            home,
            "the chain's database (chain/) is missing while the contracts' addresses exist (a home that "
            "began on a network is started with its nodes: --node)",
            "链数据库（chain/）缺失，而合约地址仍在（建于某个网络之上的主目录须以 --node 给出其节点）",
        )
    if home.database.exists():
        raise corrupt(
            home, "gateway.db exists but the chain's database is gone", "gateway.db 仍在，但链数据库已丢失"
        )
