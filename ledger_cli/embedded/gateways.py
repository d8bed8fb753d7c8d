"""The two gateways of an embedded stack: what each is told at its start, and what both know of each other.

They are separate parties with a database and a keystore each. What they share is what members of one network
share: the contracts' addresses, the key of pack tokens, and the list of who serves whom.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger_api.config import Settings, load_settings
from ledger_cli.embedded.home import GatewayHome, Home, write_whole
from ledger_cli.embedded.people import FIRST_TENANTS, SECOND_TENANTS, Institution
from ledger_cli.embedded.ports import LOOPBACK
from ledger_cli.embedded.service_process import GATEWAY, SECOND_GATEWAY, Service, ServiceProcess

PEERS_FORMAT = "rxledger.peers/1"


@dataclass(frozen=True)
class Nodes:
    """The chain as one party reaches it: its own node, and those of others with which it compares it."""

    own: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class GatewayPlace:
    """One gateway: its files, whom it serves, and how its process is called."""

    service: Service
    files: GatewayHome
    tenants: Sequence[Institution]


def first_place(home: Home) -> GatewayPlace:
    """The gateway of the hospitals and the regulator."""
    return GatewayPlace(GATEWAY, home.first_gateway, FIRST_TENANTS)


def second_place(home: Home) -> GatewayPlace:
    """The gateway of pharmacies, insurer and manufacturer."""
    return GatewayPlace(SECOND_GATEWAY, home.second_gateway, SECOND_TENANTS)


def gateway_environment(home: Home, place: GatewayPlace, nodes: Nodes) -> dict[str, str]:
    """A gateway's environment, but for where it listens."""
    return {
        "RXLEDGER_HOME": str(place.files.root),
        "RXLEDGER_DATABASE_URL": f"sqlite:///{place.files.database}",
        "RXLEDGER_KEYSTORE": str(place.files.keystore),
        "RXLEDGER_RPC_URL": nodes.own,
        "RXLEDGER_OTHER_RPC_URLS": ",".join(nodes.others),
        "RXLEDGER_DEPLOYMENT": str(home.deployment),
        "RXLEDGER_TRUST": str(home.trust),
        "RXLEDGER_PEERS": str(home.peers),
        "RXLEDGER_PACK_KEY_FILE": str(home.pack_key),
        "RXLEDGER_DEVELOPMENT_CREDENTIALS": str(home.credentials),
        "RXLEDGER_ENVIRONMENT": "development",
    }


def read_settings(home: Home, place: GatewayPlace, nodes: Nodes) -> Settings:
    """The same settings, as the gateway's own code reads them."""
    return load_settings(gateway_environment(home, place, nodes))


def gateway_process(
    home: Home, place: GatewayPlace, port: int, nodes: Nodes, keep_open: Sequence[int]
) -> ServiceProcess:
    """A gateway's process, described and not yet started."""
    listening = {"RXLEDGER_HOST": LOOPBACK, "RXLEDGER_PORT": str(port)}
    environment = gateway_environment(home, place, nodes) | listening
    return ServiceProcess(place.service, port, place.files.log, environment, keep_open=keep_open)


def write_shared_files(home: Home, urls: Mapping[str, Sequence[Institution]]) -> None:
    """Write what both gateways read: who serves whom at which address, and the key of pack tokens."""
    write_whole(home.peers, build_peers(urls))
    if not home.pack_key.exists():
        write_whole(home.pack_key, secrets.token_hex(32) + "\n")


def build_peers(urls: Mapping[str, Sequence[Institution]]) -> str:
    """The peers file: each gateway's address, whom it serves, and what these are called."""
    peers = [
        {
            "url": url,
            "institutions": [tenant.number for tenant in tenants],
            "names": [
                {"number": tenant.number, "name_en": tenant.name_en, "name_zh": tenant.name_zh}
                for tenant in tenants
            ],
        }
        for url, tenants in urls.items()
    ]
    return json.dumps({"format": PEERS_FORMAT, "peers": peers}, indent=2, ensure_ascii=False) + "\n"
