"""What the issuing of prescriptions refuses, besides what the signing of any record does."""

from ledger_web.errors import FieldProblem, NotAllowed, NotFound, Unprocessable


class PrescriberNotYou(NotAllowed):
    """The draft names another doctor."""

    code = "prescriber-not-you"
    title = "The prescription names another prescriber"
    title_zh = "处方中的医师不是您"

    def __init__(self) -> None:
        super().__init__(
            "Only the doctor whose code stands in `prescriber` can prepare and sign it.",
            "只有 prescriber 中所列代码的医师本人可以准备并签署。",
        )


class PrescriptionNotFound(NotFound):
    """Nothing of that id that this principal may see."""

    code = "prescription-not-found"
    title = "No such prescription"
    title_zh = "没有该处方"

    def __init__(self) -> None:
        super().__init__(
            "There is no prescription of that id among those that you may see.",
            "在您可查看的范围内没有该编号的处方。",
        )


class HoldersGivenTwice(Unprocessable):
    """Both the draft and the request give holders."""

    code = "holders-given-twice"
    title = "The draft has holders of its own"
    title_zh = "草稿已写明持有地址"

    def __init__(self) -> None:
        super().__init__(
            "Give the one-time addresses in the draft, or beside it, and not in both.",
            "一次性持有地址只能在草稿中或请求中给出一次。",
            faults=[
                FieldProblem("/holders", "are in the draft already", "草稿中已有", "holders_given_twice")
            ],
        )


class HoldersTooFew(Unprocessable):
    """Fewer one-time addresses than claims."""

    code = "holders-too-few"
    title = "There are fewer holders than claims"
    title_zh = "持有地址少于权利份额"

    def __init__(self, claim_count: int) -> None:
        super().__init__(
            f"The prescription has {claim_count} claims: give at least as many one-time addresses.",
            f"该处方有 {claim_count} 个权利份额：请至少给出同样多的一次性地址。",
            faults=[
                FieldProblem(
                    "/holders",
                    f"must hold at least {claim_count} addresses",
                    f"至少须有 {claim_count} 个地址",
                    "holders_too_few",
                )
            ],
        )
