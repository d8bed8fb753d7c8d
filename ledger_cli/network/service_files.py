"""How a node is run: by compose (compose-spec.io), or by systemd (systemd.service(5), systemd.exec(5)).

Both give it the same two folders. A container shares the machine's network, so that one configuration, with
JSON-RPC bound to the institution's own address, holds for either way.
"""

from __future__ import annotations

from typing import Final

from ledger_cli.network.besu_files import BESU_RELEASE, CONFIG_FILE, CONFIG_FOLDER, DATA_FOLDER
from ledger_cli.network.block_yaml import Data, write_yaml
from ledger_cli.network.plan import Member

IMAGE: Final = f"hyperledger/besu:{BESU_RELEASE}"
COMPOSE_FILE: Final = "compose.yaml"
SERVICE_FILE: Final = "rxledger-node.service"
STOP_WITHIN_S: Final = 60
OPEN_FILES: Final = 65_536


def build_compose(member: Member) -> dict[str, Data]:
    """The compose file's content. BESU_UID and BESU_GID name the account that owns key and data."""
    return {
        "name": f"rxledger-node-{member.name}",
        "services": {
            "besu": {
                "image": "${BESU_IMAGE:-" + IMAGE + "}",
                "command": [f"--config-file={CONFIG_FOLDER}/{CONFIG_FILE}"],
                "user": "${BESU_UID:-1000}:${BESU_GID:-1000}",
                "network_mode": "host",
                "restart": "unless-stopped",
                "stop_grace_period": f"{STOP_WITHIN_S}s",
                "read_only": True,
                # Java unpacks the database's native library there, and has to run it.
                "tmpfs": ["/tmp:exec"],  # noqa: S108 - the container's own
                "cap_drop": ["ALL"],
                "security_opt": ["no-new-privileges:true"],
                "ulimits": {"nofile": OPEN_FILES},
                "volumes": [f".:{CONFIG_FOLDER}:ro", "${BESU_DATA:-./data}:" + DATA_FOLDER],
            }
        },
    }


def write_compose(member: Member) -> str:
    """The compose file."""
    return write_yaml(
        build_compose(member),
        heading=(
            f"One Besu node, of {member.name} · {member.name} 的 Besu 节点",
            "Start · 启动：mkdir -p data && BESU_UID=$(id -u) BESU_GID=$(id -g) docker compose up -d",
        ),
    )


def write_service(member: Member) -> str:
    """The systemd unit."""
    return f"""\
# One Besu node, of {member.name} · {member.name} 的 Besu 节点
# Install · 安装：see "A network of institutions" in docs/operations.md · 见 docs/operations.md
[Unit]
Description=RxLedger chain node of {member.name} (Besu {BESU_RELEASE})
Wants=network-online.target time-sync.target
After=network-online.target time-sync.target

[Service]
User=besu
Group=besu
ExecStart=/opt/besu/bin/besu --config-file={CONFIG_FOLDER}/{CONFIG_FILE}
Restart=always
RestartSec=5
TimeoutStopSec={STOP_WITHIN_S}
# Java ends with 143 when it is told to stop.
SuccessExitStatus=143
LimitNOFILE={OPEN_FILES}
StateDirectory=rxledger-node
StateDirectoryMode=0700
NoNewPrivileges=true
ProtectSystem=strict
ProtectHome=true
PrivateTmp=true
PrivateDevices=true
ProtectKernelTunables=true
ProtectControlGroups=true
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK

[Install]
WantedBy=multi-user.target
"""
