"""The portal's own folder: what the regulator was handed, and nothing of the gateways'.

The portal is another party. It gets a trust file, the addresses of the gateways with a machine client's token
for each, and the address of a node; its database, with its own copy of the logs and its pins, is its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from ledger_cli.embedded.credentials import (
    password_file,
    read_line,
    second_portal_token_file,
    token_file,
)
from ledger_cli.embedded.gateways import GatewayPlace, Nodes
from ledger_cli.embedded.home import Home, write_whole
from ledger_cli.embedded.people import AUDITORS, REGULATOR
from ledger_cli.embedded.ports import LOOPBACK
from ledger_cli.embedded.service_process import GATEWAY, SECOND_GATEWAY
from ledger_cli.language import Text
from ledger_web.clock import system_clock
from ledger_web.passwords import Passwords
from regulator_portal.building import open_database
from regulator_portal.config import load_settings
from regulator_portal.identity.principal import Role
from regulator_portal.identity.provisioning import AuditorPlan, provision

PREFIX = "RXLEDGER_PORTAL_"
MIRROR_SECONDS = "5"
"""Whoever tries things out shall see them at the portal soon; a real portal takes its time."""
_NAMES: Final = {
    GATEWAY.name: Text("Example City hospitals' gateway", "示例市医院网关"),
    SECOND_GATEWAY.name: Text("Gateway of pharmacies, insurer and manufacturer", "药店、医保与药厂网关"),
}


def write_portal_files(home: Home, gateways: Sequence[tuple[GatewayPlace, str]]) -> None:
    """Write what the portal reads at its start; all of it follows from the rest of the home."""
    portal = home.portal
    portal.root.mkdir(mode=0o700, exist_ok=True)
    write_whole(portal.trust, home.trust.read_text(encoding="utf-8"))
    write_whole(portal.token, read_line(token_file(home, REGULATOR)) + "\n")
    write_whole(portal.second_token, read_line(second_portal_token_file(home)) + "\n")
    write_whole(portal.sources, build_sources(home, gateways))


def build_sources(home: Home, gateways: Sequence[tuple[GatewayPlace, str]]) -> str:
    """The portal's list of gateways: each with its address, its token, and whom it serves."""
    sources = [
        {
            "name_en": _NAMES[place.service.name].en,
            "name_zh": _NAMES[place.service.name].zh,
            "gateway": url,
            "token_file": (home.portal.token if place.service is GATEWAY else home.portal.second_token).name,
            "institutions": [
                {"number": tenant.number, "name_en": tenant.name_en, "name_zh": tenant.name_zh}
                for tenant in place.tenants
            ],
        }
        for place, url in gateways
    ]
    return json.dumps(sources, ensure_ascii=False, indent=2) + "\n"


def provision_auditors(home: Home, settings: Mapping[str, str]) -> None:
    """Bring the portal's database and its auditors to what they are to be; what is so already stays."""
    plan = [
        AuditorPlan(
            username=auditor.username,
            password=read_line(password_file(home, auditor)),
            display_name=auditor.name,
            # Whoever tries the portal out shall also start rechecks and read its audit trail.
            roles=[Role.ADMIN, Role.AUDITOR],
        )
        for auditor in AUDITORS
    ]
    database = open_database(load_settings(settings))
    try:
        provision(database, plan, system_clock, Passwords())
    finally:
        database.close()


def portal_settings(home: Home, nodes: Nodes, port: int, desk_url: str = "") -> dict[str, str]:
    """The portal's environment. `desk_url`: the gateway where the regulator's officer demands content."""
    portal = home.portal
    settings = {
        "ENVIRONMENT": "development",
        "HOME": str(portal.root),
        "DATABASE_URL": f"sqlite:///{portal.database}",
        "HOST": LOOPBACK,
        "PORT": str(port),
        "RPC_URL": nodes.own,
        "OTHER_RPC_URLS": ",".join(nodes.others),
        "TRUST": str(portal.trust),
        "SOURCES": str(portal.sources),
        "DESK_URL": desk_url,
        "MIRROR_SECONDS": MIRROR_SECONDS,
    }
    return {PREFIX + name: value for name, value in settings.items()}
