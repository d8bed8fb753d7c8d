"""What the log refuses."""

from ledger_web.errors import NotFound


class LogNotFound(NotFound):
    """This gateway keeps no log of that number."""

    code = "log-not-found"
    title = "No such log here"
    title_zh = "此处没有该日志"

    def __init__(self) -> None:
        super().__init__(
            "This gateway keeps no log of that number. GET /v1/institution names your institution's log.",
            "本网关没有该编号的日志。可通过 GET /v1/institution 查看本机构的日志编号。",
        )


class TileNotFound(NotFound):
    """The log isn't that large yet, or the address isn't one of a tile."""

    code = "tile-not-found"
    title = "No such tile"
    title_zh = "没有该瓦片"

    def __init__(self) -> None:
        super().__init__(
            "The log holds no such tile by now. Ask for its head first, and for tiles of that size.",
            "日志目前没有该瓦片。请先查询日志头部，再按其大小请求瓦片。",
        )
