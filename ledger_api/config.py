"""Settings of the gateway: the only reader of the environment.

Every variable is named `RXLEDGER_<FIELD>`. Production is strict on purpose: development secrets, development
keys and crash points don't start there.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from ledger_api.crash_points import CRASH_POINTS
from ledger_api.packs.policy import parse_policy
from ledger_web.settings import NodeUrls, ZoneName, read_settings

PREFIX = "RXLEDGER_"
DEVELOPMENT_PASSPHRASE = "rxledger-development-only"  # noqa: S105 - public on purpose; production refuses it
MIN_PRODUCTION_PASSPHRASE_CHARACTERS = 16


class Settings(BaseModel):
    """What the operator decides. Paths default to lie under `home`.

    `trust`: the file that names the chain's validators (`rxledger trust`), by which the own node is held to
    proofs; `other_rpc_urls`: nodes of others, separated by commas, with which it is compared;
    `stale_seconds`: how old a sealed chain's latest block may be, and how far two nodes may be apart.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Literal["development", "production"] = "development"
    home: Path = Field(default_factory=lambda: Path.home() / ".rxledger")
    database_url: str = ""
    rpc_url: str | None = None
    deployment: Path | None = None
    trust: Path | None = None
    other_rpc_urls: NodeUrls = ()
    stale_seconds: int = Field(default=900, ge=1, le=2_592_000)
    peers: Path | None = None
    pack_key_file: Path | None = None
    pack_policy: str = ""
    keystore: Path = Path()
    keystore_passphrase: SecretStr = SecretStr(DEVELOPMENT_PASSPHRASE)
    host: str = "127.0.0.1"
    port: int = Field(default=8400, ge=0, le=65_535)
    checkpoint_interval_ms: int = Field(default=500, ge=10, le=60_000)
    finality_depth: int = Field(default=0, ge=0, le=10_000)
    crash_at: str | None = None
    development_credentials: Path | None = None
    zone: ZoneName = "Asia/Shanghai"
    session_hours: int = Field(default=12, ge=1, le=72)

    @model_validator(mode="before")
    @classmethod
    def _place_under_home(cls, given: dict[str, object]) -> dict[str, object]:
        placed = {name: value for name, value in given.items() if value not in ("", None)}
        home = Path(str(placed.get("home", Path.home() / ".rxledger"))).expanduser()
        placed["home"] = home
        placed.setdefault("database_url", f"sqlite:///{home / 'gateway.db'}")
        placed.setdefault("keystore", home / "keystore.json")
        return placed

    @field_validator("crash_at")
    @classmethod
    def _known_crash_point(cls, name: str | None) -> str | None:
        if name is not None and name not in CRASH_POINTS:
            raise ValueError(f"must be one of {', '.join(CRASH_POINTS)}")
        return name

    @field_validator("pack_policy")
    @classmethod
    def _readable_policy(cls, text: str) -> str:
        parse_policy(text)
        return text

    @model_validator(mode="after")
    def _strict_in_production(self) -> Self:
        if self.environment != "production":
            return self
        passphrase = self.keystore_passphrase.get_secret_value()
        if self.crash_at is not None:
            raise ValueError("RXLEDGER_CRASH_AT is a test switch: unset it in production")
        if self.development_credentials is not None:
            raise ValueError(
                "RXLEDGER_DEVELOPMENT_CREDENTIALS lets anybody sign in as anybody: unset it in production"
            )
        if passphrase == DEVELOPMENT_PASSPHRASE or len(passphrase) < MIN_PRODUCTION_PASSPHRASE_CHARACTERS:
            raise ValueError(
                "RXLEDGER_KEYSTORE_PASSPHRASE must be set in production, to a secret of your own of at least"
                f" {MIN_PRODUCTION_PASSPHRASE_CHARACTERS} characters"
            )
        missing = [name for name in ("rpc_url", "deployment") if getattr(self, name) is None]
        if missing:
            names = ", ".join(PREFIX + name.upper() for name in missing)
            raise ValueError(
                f"production needs {names}: the chain node and the file that `rxledger deploy` wrote"
            )
        return self

    @property
    def is_production(self) -> bool:
        """Whether the strict rules of production hold."""
        return self.environment == "production"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment, or from `environ` where it is given.

    Raises StartRefused, naming each variable at fault and never its value.
    """
    return read_settings(Settings, PREFIX, os.environ if environ is None else environ, "gateway")
