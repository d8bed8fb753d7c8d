"""What the asking for settlements, and the settling, refuses."""

from ledger_web.errors import NotAllowed, NotFound, StateConflict, Unprocessable


class SettlementRequestNotFound(NotFound):
    """The tenant has no such request."""

    code = "settlement-request-not-found"
    title = "No such settlement request"
    title_zh = "没有该结算申请"

    def __init__(self) -> None:
        super().__init__(
            "There is no settlement request of that id among your institution's.",
            "在本机构的结算申请中没有该编号。",
        )


class DispensingNotDone(StateConflict):
    """The chain hasn't said that the dispensing is done, or refused it."""

    code = "dispensing-not-done"
    title = "The dispensing is not done on the chain"
    title_zh = "该发药尚未在链上完成"

    def __init__(self) -> None:
        super().__init__(
            "Only what the chain has called done can be settled. Wait for its outcome; what was refused was"
            " never dispensed.",
            "只有链上已完成的发药才能结算。请等待结果；被拒绝的发药视为未发生。",
            retry_after_seconds=2,
        )


class NoPayerNamed(Unprocessable):
    """The dispensing names nobody who pays."""

    code = "no-payer-named"
    title = "The dispensing names no payer"
    title_zh = "该发药未指明付款方"

    def __init__(self) -> None:
        super().__init__(
            "It was dispensed with payer 0: nobody settles it, the patient paid herself.",
            "该发药的付款方为 0：由患者自付，无需结算。",
        )


class PayerIsAnother(NotAllowed):
    """The use names another payer than the one that was asked."""

    code = "payer-is-another"
    title = "The dispensing names another payer"
    title_zh = "该发药指明的付款方不是本机构"

    def __init__(self) -> None:
        super().__init__(
            "The use that the pharmacist signed names another payer, or none. Only the one it names settles.",
            "药师所签署的使用指明了其他付款方，或未指明。仅其所指明的付款方可结算。",
        )


class RequestAnswered(StateConflict):
    """The request has its settlement already."""

    code = "settlement-request-answered"
    title = "The request was settled already"
    title_zh = "该结算申请已答复"

    def __init__(self) -> None:
        super().__init__(
            "A settlement of it stands. Reverse that one first; it can be settled anew once the reversal is"
            " done on the chain.",
            "该申请已有结算。请先冲正；冲正在链上完成后方可重新结算。",
        )


class ClaimsStandOtherwise(StateConflict):
    """The claims don't stand on the chain as the request says."""

    code = "claims-stand-otherwise"
    title = "The claims stand otherwise on the chain"
    title_zh = "相关份额在链上的状态不符"

    def __init__(self, as_of_block: int) -> None:
        super().__init__(
            f"As of block {as_of_block} a claim doesn't stand as this act needs it: it was restored, settled"
            " or reversed meanwhile, or never dispensed by this dispensing. Nothing was accepted.",
            f"截至区块 {as_of_block}，有份额的状态不符合此操作：其间已恢复、结算或冲正，"
            "或从未由该次发药使用。未受理任何内容。",
        )
        self.as_of_block = as_of_block
