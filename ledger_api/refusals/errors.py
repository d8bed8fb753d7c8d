"""What the signing of refusals refuses itself."""

from ledger_web.errors import StateConflict, Unprocessable


class DispensingNotRefused(StateConflict):
    """The chain has not refused that dispensing."""

    code = "dispensing-not-refused"
    title = "The chain has not refused this dispensing"
    title_zh = "链上并未拒绝该发药"

    def __init__(self) -> None:
        super().__init__(
            "It is done, or its outcome isn't known yet. Wait for the outcome; a done one is undone by a"
            " restore.",
            "该发药已完成，或结果尚未确定。请等待结果；已完成的请用恢复撤销。",
        )


class DispensingOfAnother(Unprocessable):
    """The dispensing isn't of this prescription."""

    code = "dispensing-of-another"
    title = "The dispensing is not of this prescription's window"
    title_zh = "该发药不属于此处方时段"

    def __init__(self) -> None:
        super().__init__(
            "Name the window of the prescription that the refused dispensing was to use.",
            "请填写被拒发药所对应的处方时段。",
        )
