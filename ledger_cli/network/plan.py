"""Who takes part in a network, and where: read from a file of institutions, or invented for one machine.

Addresses are IP addresses: Besu takes host names in enode URLs as an early feature only.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from ledger_chain.development_chains import is_development_chain
from ledger_cli.errors import Refused
from ledger_cli.file_faults import file_fault
from ledger_proofs.canonical import parse_json
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.qbft import MAX_VALIDATORS
from ledger_proofs.wording import chinese_message, english_message

FEWEST_VALIDATORS: Final = 4
"""3f+1 with f=1: fewer stop as soon as one fails."""
DEFAULT_CHAIN_ID: Final = 2_026_001
MAINNET: Final = 1
MAX_INSTITUTIONS_BYTES: Final = 1_048_576
SHARED: Final = "shared"
LOCAL: Final = "127.0.0.1"
P2P_PORT, RPC_PORT, METRICS_PORT = 30_303, 8_545, 9_545

Port = Annotated[int, Field(ge=1, le=65_535)]
AccountText = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{40}$")]
PublicKeyText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]


class Member(BaseModel):
    """One institution's node. `host` is where the others reach it, `rpc_host` where its own gateway does.

    With a `public_key` the institution has made its key itself, and hands over no more than that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    name_en: str = ""
    name_zh: str = ""
    host: str
    p2p_port: Port = P2P_PORT
    rpc_host: str = LOCAL
    rpc_port: Port = RPC_PORT
    metrics_port: Port = METRICS_PORT
    accounts: tuple[AccountText, ...] = Field(default=(), strict=False)
    public_key: PublicKeyText | None = None

    @field_validator("name")
    @classmethod
    def _not_shared(cls, name: str) -> str:
        if name == SHARED:
            raise ValueError(f"{SHARED} is the name of the folder that all are given")
        return name

    @field_validator("host", "rpc_host")
    @classmethod
    def _an_ip_address(cls, host: str) -> str:
        return str(ip_address(host))


class Institutions(BaseModel):
    """The file of institutions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal["rxledger.institutions/1"]
    institutions: tuple[Member, ...] = Field(strict=False)


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """What a network is to be: its chain id, and its first validators."""

    chain_id: int
    members: tuple[Member, ...]


def build_plan(chain_id: int, validators: int, institutions: Path | None) -> NetworkPlan:
    """The plan of a network. Raises `Refused` for one that couldn't bear a failure, or isn't whole."""
    if validators < FEWEST_VALIDATORS:
        raise Refused(
            "network.too_few",
            f"{validators} validators can't bear one that fails or lies: QBFT needs at least "
            f"{FEWEST_VALIDATORS} (3f+1); give --validators {FEWEST_VALIDATORS} or more",
            f"{validators} 个验证节点无法承受任何一个失效或作恶：QBFT 至少需要 {FEWEST_VALIDATORS} 个"
            f"（3f+1）；请使用 --validators {FEWEST_VALIDATORS} 或更多",
        )
    if validators > MAX_VALIDATORS:
        raise Refused(
            "network.too_many",
            f"headers with over {MAX_VALIDATORS} validators aren't verified; give fewer",
            f"验证节点超过 {MAX_VALIDATORS} 个的区块头无法核验；请减少",
        )
    # What is signed for such a chain must not fit here.
    if chain_id == MAINNET or is_development_chain(chain_id):
        raise Refused(
            "network.chain_id",
            f"chain id {chain_id} is that of a public or development chain: choose one of your own",
            f"链号 {chain_id} 属于公共链或开发链：请另选",
        )
    members = read_institutions(institutions) if institutions else invent_members(validators)
    if len(members) != validators:
        raise Refused(
            "network.count",
            f"--validators {validators}, but {institutions} names {len(members)} institutions",
            f"--validators 为 {validators}，但 {institutions} 列出 {len(members)} 家机构",
        )
    return NetworkPlan(chain_id, members)


def invent_members(count: int) -> tuple[Member, ...]:
    """Validators that all run on this machine: for trying a network out."""
    return tuple(
        Member(
            name=f"validator-{number + 1}",
            name_en=f"Validator {number + 1}",
            name_zh=f"验证节点 {number + 1}",
            host=LOCAL,
            p2p_port=P2P_PORT + number,
            rpc_port=RPC_PORT + number,
            metrics_port=METRICS_PORT + number,
        )
        for number in range(count)
    )


def read_institutions(path: Path) -> tuple[Member, ...]:
    """The institutions of a file. Raises `Refused` naming the member that is wrong."""
    try:
        with path.open("rb") as source:
            content = source.read(MAX_INSTITUTIONS_BYTES + 1)
        document = parse_json(content, max_bytes=MAX_INSTITUTIONS_BYTES, max_depth=8)
        members = Institutions.model_validate(document).institutions
    except OSError as fault:
        raise Refused(
            "network.institutions",
            f"can't read {path}: {file_fault(fault).en}",
            f"无法读取 {path}：{file_fault(fault).zh}",
        ) from fault
    except LedgerProofError as fault:
        raise Refused(
            "network.institutions",
            f"{path}: {english_message(fault)}",
            f"{path}：{chinese_message(fault)}",
        ) from fault
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False)[0]
        where = "/" + "/".join(str(part) for part in first["loc"])
        raise Refused(
            "network.institutions",
            f"{path}: {where}: {first['msg']}",
            f"{path}：{where} 处的内容不符合要求：{first['msg']}",
        ) from fault
    verify_distinct(members)
    return members


def verify_distinct(members: tuple[Member, ...]) -> None:
    """Raise `Refused` if two nodes have one name or one address."""
    for what_en, what_zh, values in (
        ("name", "名称", [member.name for member in members]),
        ("address", "地址", [f"{member.host}:{member.p2p_port}" for member in members]),
        ("public key", "公钥", [member.public_key for member in members if member.public_key]),
    ):
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise Refused(
                "network.twice",
                f"two institutions have the {what_en} {twice}: each node needs its own",
                f"两家机构的{what_zh}同为 {twice}：每个节点须各自不同",
            )
