"""What the mirror refuses or can't check."""

from ledger_web.errors import NotFound


class LogNotFound(NotFound):
    """The chain's directory has no such log, or it wasn't seen yet."""

    code = "log-not-found"
    title = "No such log"
    title_zh = "没有该日志"

    def __init__(self) -> None:
        super().__init__(
            "The overview lists the logs of the institutions in the chain's directory.",
            "概览页列出链上名录中各机构的日志。",
        )


class EntryNotFound(NotFound):
    """The mirror holds no such entry (yet)."""

    code = "entry-not-found"
    title = "No such entry in the mirror"
    title_zh = "镜像中没有该条目"

    def __init__(self) -> None:
        super().__init__(
            "The log isn't that long, or the mirror has not got there yet: see the overview.",
            "日志没有那么长，或镜像尚未到达该处：请见概览。",
        )
