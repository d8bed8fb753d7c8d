"""What undoing a dispensing refuses."""

from ledger_web.errors import StateConflict


class NothingToRestore(StateConflict):
    """The chain hasn't done the dispensing, or it is undone already."""

    code = "nothing-to-restore"
    title = "There is nothing to restore"
    title_zh = "没有可恢复的内容"

    def __init__(self) -> None:
        super().__init__(
            "The chain refused this dispensing, hasn't said yet what became of it, or it was restored"
            " already. Look at its `act`.",
            "链上拒绝了该次发药、尚未给出结果，或已恢复过。请查看其 act。",
        )


class ClaimsSettled(StateConflict):
    """The payer has settled claims of the dispensing."""

    code = "claims-settled"
    title = "The payer has settled this dispensing"
    title_zh = "该次发药已结算"

    def __init__(self) -> None:
        super().__init__(
            "Claims of it are settled on the chain: a dispensing is restored as a whole, and only while none"
            " is. Ask the payer to reverse the settlement first.",
            "链上显示其中有份额已结算：发药须整体恢复，且不得有已结算的份额。请先请付款方冲正。",
        )


class RestoreTooLate(StateConflict):
    """The time in which a dispensing can be undone is over."""

    code = "restore-too-late"
    title = "It is too late to restore this dispensing"
    title_zh = "已超过可恢复的期限"

    def __init__(self, last_moment: str) -> None:
        super().__init__(
            f"It could be restored until {last_moment} (UTC). The patient needs a new prescription.",
            f"最迟可恢复至 {last_moment}（UTC）。患者需要新的处方。",
        )
