"""Translates the error trees of the layers below into what a command says and exits with.

Content faults are bad (1); transport faults and missing things mean that nothing could be checked (2).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger_chain.errors import ChainError, ChainUnreachable, EngineError, HomeCorrupt
from ledger_cli.errors import CommandError, CouldNotCheck, Refused
from ledger_proofs.errors import CannotCheck, LedgerProofError
from ledger_proofs.wording import CHAIN_VIEW_ZH, chinese_message

CHAIN_ZH: Final[Mapping[str, str]] = MappingProxyType(
    {
        **CHAIN_VIEW_ZH,
        "chain-transaction-refused": "合约拒绝了该交易",
        "engine-port-busy": "链的端口被其他程序占用，请停止该程序或另选端口",
        "engine-missing-tool": "缺少所需的程序，请在项目目录执行 make setup",
        "engine-died": "链引擎意外退出",
        "engine-not-ready": "链引擎未能及时就绪",
        "engine-home-in-use": "链目录正被另一次运行使用",
        "engine-home-corrupt": "链目录已损坏，请从备份恢复，或移走后重新开始",
    }
)
"""What each error of the chain layer is, in Chinese; its English message follows with the particulars."""


def find_command_error(fault: Exception) -> CommandError | None:
    """The command's error for an error of `ledger_chain` or `ledger_proofs`; None for any other."""
    code = str(getattr(fault, "code", "") or "error")
    english = str(fault)
    if isinstance(fault, ChainError):
        known = CHAIN_ZH.get(code)
        chinese = f"{known}（{english}）" if known else english
        could_not = isinstance(fault, CannotCheck | ChainUnreachable | EngineError)
        kind = CouldNotCheck if could_not and not isinstance(fault, HomeCorrupt) else Refused
        return kind(code, english, chinese)
    if isinstance(fault, LedgerProofError):
        kind = CouldNotCheck if isinstance(fault, CannotCheck) else Refused
        return kind(code, english, chinese_message(fault))
    return None
