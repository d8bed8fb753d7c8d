"""Settings of the portal: the only reader of the environment.

Every variable is named `RXLEDGER_PORTAL_<FIELD>`. Production needs a node, a trust file and sources said.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ledger_web.settings import NodeUrls, ZoneName, read_settings

PREFIX = "RXLEDGER_PORTAL_"


class Settings(BaseModel):
    """What the operator decides. Paths default to lie under `home`.

    `mirror_seconds` and `recheck_seconds` are the longest pauses between rounds of the worker.
    `record_grace_seconds`: how long an act on chain and the signed record that states it may wait for each
    other before the missing one is a finding; by default the record window (protocol 3.1). `desk_url`: the
    regulator's own gateway, at whose desk contents are demanded. `other_rpc_urls`: nodes of others, separated
    by commas, with which the own one is compared; `stale_seconds`: how old a sealed chain's latest block may
    be, and how far two nodes may be apart, before that is a finding.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Literal["development", "production"] = "development"
    home: Path = Field(default_factory=lambda: Path.home() / ".rxledger" / "portal")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8401, ge=0, le=65_535)
    rpc_url: str | None = None
    trust: Path = Path()
    sources: Path = Path()
    desk_url: (
        Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+[^\s?#/]$", max_length=512)] | None
    ) = None
    zone: ZoneName = "Asia/Shanghai"
    session_hours: int = Field(default=8, ge=1, le=72)
    mirror_seconds: int = Field(default=10, ge=1, le=86_400)
    recheck_seconds: int = Field(default=3_600, ge=1, le=2_592_000)
    record_grace_seconds: int = Field(default=86_400, ge=0, le=2_592_000)
    other_rpc_urls: NodeUrls = ()
    stale_seconds: int = Field(default=900, ge=1, le=2_592_000)

    @model_validator(mode="before")
    @classmethod
    def _place_under_home(cls, given: dict[str, object]) -> dict[str, object]:
        placed = {name: value for name, value in given.items() if value not in ("", None)}
        home = Path(str(placed.get("home", Path.home() / ".rxledger" / "portal"))).expanduser()
        placed["home"] = home
        placed.setdefault("database_url", f"sqlite:///{home / 'portal.db'}")
        placed.setdefault("trust", home / "trust.json")
        placed.setdefault("sources", home / "sources.json")
        return placed

    @model_validator(mode="after")
    def _whole_in_production(self) -> Self:
        if self.environment == "production" and self.rpc_url is None:
            raise ValueError(f"production needs {PREFIX}RPC_URL: the address of the regulator's own node")
        return self

    @property
    def is_production(self) -> bool:
        """Whether the strict rules of production hold."""
        return self.environment == "production"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment, or from `environ` where it is given.

    Raises StartRefused, naming each variable at fault and never its value.
    """
    return read_settings(Settings, PREFIX, os.environ if environ is None else environ, "portal")
