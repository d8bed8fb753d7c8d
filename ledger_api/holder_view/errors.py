"""What the holder's view refuses."""

from ledger_web.errors import NotAllowed, TooMany


class CodeNotGood(NotAllowed):
    """The presentations show no code of that prescription. It isn't said whether there is one."""

    code = "holder-code-not-good"
    title = "This is not a code of such a prescription"
    title_zh = "该取药码与所述处方不符"

    def __init__(self) -> None:
        super().__init__(
            "No prescription of that hospital and id has this code, or your device's clock is wrong. Scan the"
            " code again.",
            "该医院没有与此取药码相符的处方，或您设备的时钟有误。请重新扫描取药码。",
        )


class HolderThrottled(TooMany):
    """Too many tries for one prescription that failed from one address."""

    code = "holder-view-throttled"
    title = "Too many failed tries"
    title_zh = "失败次数过多"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"Wait {seconds} seconds, then scan the code again.",
            f"请等待 {seconds} 秒后重新扫描取药码。",
            retry_after_seconds=seconds,
        )
