"""What reversing refuses."""

from ledger_web.errors import StateConflict


class SettlementNotReversible(StateConflict):
    """The settlement isn't one that stands on the chain and can be taken back."""

    code = "settlement-not-reversible"
    title = "The settlement can't be reversed"
    title_zh = "该结算不能冲正"

    def __init__(self) -> None:
        super().__init__(
            "Only a settlement that is done on the chain, and the last of its request, can be reversed, once."
            " One that refused everything, or was refused by the chain, settled nothing.",
            "只有链上已完成、且为其申请最近一次的结算方可冲正，且仅一次。"
            "全部拒付或被链拒绝的结算并未结算任何份额。",
        )
