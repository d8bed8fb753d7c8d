"""Words that several pages share: states, ways, kinds of jobs and records, in both languages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger_proofs.kinds import KINDS, find_kind
from ledger_proofs.wording import CHAIN_VIEW_ZH
from regulator_portal.findings.codes import WORDS, FindingCode
from regulator_portal.jobs.models import JobKind, JobState
from regulator_portal.mirror.models import LogState
from regulator_portal.pages.filters import Option
from regulator_portal.pages.site import Both
from regulator_portal.verification.models import Way

VERDICT_OPTIONS: Final[tuple[Option, ...]] = (
    ("passed", "passed", "通过"),
    ("failed", "failed", "不通过"),
    ("late", "late", "迟到"),
    ("withheld", "withheld", "未提供"),
    ("could_not_check", "could not check", "无法核验"),
)
ENTRY_VERDICT_OPTIONS: Final[tuple[Option, ...]] = (
    *VERDICT_OPTIONS,
    ("pending", "not yet verified", "尚未核验"),
)
KIND_OPTIONS: Final[tuple[Option, ...]] = tuple(
    (str(kind.number), kind.name, kind.name_zh) for kind in KINDS.values()
)
JOB_KINDS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        JobKind.MIRROR: ("Mirror the log", "镜像日志"),
        JobKind.RECHECK: ("Recheck the log from its start", "从头重新核对日志"),
        JobKind.SWEEP: ("Verify the entries one by one", "逐条核验条目"),
    }
)
JOB_EFFECTS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        JobKind.MIRROR: (
            "The portal asks the gateway for the entries that it doesn't hold yet, computes the log's root at"
            " each new checkpoint and compares it with the chain.",
            "本门户向网关获取尚未保存的条目，在每个新检查点处计算日志的根，并与链比对。",
        ),
        JobKind.RECHECK: (
            "The portal asks the gateway for every entry again from position 0, compares each with its own"
            " copy,"
            " and every root with the chain and with what was pinned. On a long log this takes a while.",
            "本门户自位置 0 起重新获取每条条目，逐条与自有副本比对，并将每个根与链及已钉住的内容比对。"
            "日志较长时需要一些时间。",
        ),
        JobKind.SWEEP: (
            "The portal asks the gateway for the evidence of each entry that wasn't verified yet, with"
            " nothing"
            " about the person disclosed, and verifies all seven steps.",
            "本门户就每条尚未核验的条目向网关获取证据（不披露个人信息），并核验全部七个步骤。",
        ),
    }
)
JOB_STATES: Final[Mapping[str, Both]] = MappingProxyType(
    {
        JobState.QUEUED: ("waiting", "等待中"),
        JobState.RUNNING: ("running", "进行中"),
        JobState.DONE: ("done", "已完成"),
        JobState.FAILED: ("broke off", "已中断"),
        JobState.COULD_NOT_CHECK: ("could not check", "无法核验"),
    }
)
WAYS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        Way.UPLOAD: ("uploaded bundle", "上传的证据包"),
        Way.REFERENCE: ("QR text", "二维码内容"),
        Way.RECORD: ("record id", "记录编号"),
        Way.POSITION: ("entry in a log", "日志中的条目"),
    }
)
LOG_LINES: Final[Mapping[str, Both]] = MappingProxyType(
    {
        LogState.NEVER_CHECKED: ("Not compared with the chain yet.", "尚未与链比对。"),
        LogState.PASSED: (
            "The own copy gives the root at every checkpoint, and nothing pinned has changed.",
            "自有副本在每个检查点处均得出链上的根，已钉住的内容未变。",
        ),
        LogState.FAILED: (
            "What was seen contradicts the chain: see the findings.",
            "所见与链相悖，请见发现。",
        ),
        LogState.WITHHELD: (
            "The gateway doesn't hand out entries that the chain counts.",
            "网关未提供链上已计入的条目。",
        ),
        LogState.COULD_NOT_CHECK: (
            "The last check could not be made. What stands here is what was mirrored before.",
            "最近一次核对未能进行；此处为此前镜像的内容。",
        ),
    }
)
NOTHING_ANCHORED: Final = "nothing_anchored"
_CHAIN_PROBLEMS_EN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "chain-unreachable": "The own node doesn't answer. See that it runs, and check its address.",
        "chain-bad-answer": "The own node's answer can't be used.",
        "chain-contract-mismatch": "The contracts on the own node's chain aren't those of the trust file.",
    }
)


def say_chain_problem(code: str) -> Both:
    """Say why the own node can't be asked, by its stable code."""
    english = _CHAIN_PROBLEMS_EN.get(code, f"The own node can't be asked ({code}).")
    chinese = CHAIN_VIEW_ZH.get(code, f"无法查询本方节点（{code}）")
    return english, f"{chinese}。"


_NODE_PROBLEMS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "chain-unreachable": ("It doesn't answer.", "没有应答。"),
        "chain-bad-answer": ("Its answer can't be right.", "其答复不可能正确。"),
        "chain-contract-mismatch": (
            "The contracts on its chain aren't those of the trust file.",
            "其链上的合约与信任文件不符。",
        ),
        "validators.trust_outdated": (
            "Its latest block lists other validators than the trust file: renew the file, which fails where"
            " the node lies.",
            "其最新区块所列验证节点与信任文件不同：请更新信任文件；若节点说谎，更新将失败。",
        ),
    }
)


def say_node_problem(code: str) -> Both:
    """Say why a node doesn't stand well, by a stable code or a finding's."""
    if code in {each.value for each in FindingCode}:
        words = WORDS[FindingCode(code)]
        return words.title_en, words.title_zh
    return _NODE_PROBLEMS.get(code, (f"It can't be asked ({code}).", f"无法查询（{code}）。"))


def say_kind(number: int) -> Both:
    """Say what kind of record an entry is of; 0 is what isn't an entry at all."""
    kind = find_kind(number)
    if kind is not None:
        return kind.name, kind.name_zh
    return ("not an entry", "并非条目") if number == 0 else (f"kind {number}", f"类别 {number}")


def find_log_outcome(state: str, head_size: int) -> str:
    """Return the verdict under which a log's state is shown; in an empty log nothing could pass."""
    if state == LogState.PASSED and head_size == 0:
        return NOTHING_ANCHORED
    return "pending" if state == LogState.NEVER_CHECKED else state


def find_log_line(state: str, head_size: int) -> Both:
    """Say in one sentence how the log stands."""
    if find_log_outcome(state, head_size) == NOTHING_ANCHORED:
        return ("The chain holds no checkpoint of this log.", "链上尚无该日志的检查点。")
    return LOG_LINES[state]
