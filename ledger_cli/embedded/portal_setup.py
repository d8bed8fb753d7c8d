"""The portal's own folder: what the regulator was handed, and nothing of the gateway's.

The portal is another party. It gets a trust file, the address of the gateway with a machine client's token
for it, and the address of a node; its database, with its own copy of the logs and its pins, is its own.
"""

from __future__ import annotations

import json

from ledger_cli.embedded.credentials import read_line, token_file
from ledger_cli.embedded.home import Home, write_whole
from ledger_cli.embedded.people import HOSPITALS, REGULATOR
from ledger_cli.embedded.ports import LOOPBACK

PREFIX = "RXLEDGER_PORTAL_"
MIRROR_SECONDS = "2"
"""Whoever tries things out shall see them at the portal soon; a real portal takes its time."""


def write_portal_files(home: Home, gateway_url: str) -> None:
    """Write what the portal reads at its start; all of it follows from the rest of the home."""
    portal = home.portal
    portal.root.mkdir(mode=0o700, exist_ok=True)
    write_whole(portal.trust, home.trust.read_text(encoding="utf-8"))
    write_whole(portal.token, read_line(token_file(home, REGULATOR)) + "\n")
    write_whole(portal.sources, build_sources(gateway_url, portal.token.name))


def build_sources(gateway_url: str, token_name: str) -> str:
    """The portal's list of gateways: one, which serves every hospital of the example."""
    institutions = [
        {"number": hospital.number, "name_en": hospital.name_en, "name_zh": hospital.name_zh}
        for hospital in HOSPITALS
    ]
    gateway = {
        "name_en": "Example City hospitals' gateway",
        "name_zh": "示例市医院网关",
        "gateway": gateway_url,
        "token_file": token_name,
        "institutions": institutions,
    }
    return json.dumps([gateway], ensure_ascii=False, indent=2) + "\n"


def portal_settings(home: Home, rpc_url: str, port: int) -> dict[str, str]:
    """The portal's environment."""
    portal = home.portal
    settings = {
        "ENVIRONMENT": "development",
        "HOME": str(portal.root),
        "DATABASE_URL": f"sqlite:///{portal.database}",
        "HOST": LOOPBACK,
        "PORT": str(port),
        "RPC_URL": rpc_url,
        "TRUST": str(portal.trust),
        "SOURCES": str(portal.sources),
        "MIRROR_SECONDS": MIRROR_SECONDS,
    }
    return {PREFIX + name: value for name, value in settings.items()}
