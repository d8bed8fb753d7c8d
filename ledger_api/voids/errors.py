"""What voiding refuses."""

from collections.abc import Sequence

from ledger_web.errors import FieldProblem, StateConflict, Unprocessable


class ClaimUnknown(Unprocessable):
    """An ordinal that the window hasn't got."""

    code = "claim-unknown"
    title = "The window has no such claim"
    title_zh = "该时段没有此权利份额"

    def __init__(self, places: Sequence[int], claim_count: int) -> None:
        super().__init__(
            f"The window has {claim_count} claims, numbered from 0. Correct the ordinals named in `errors`.",
            f"该时段有 {claim_count} 个权利份额，从 0 开始编号。请更正 errors 中列出的序号。",
            faults=[
                FieldProblem(f"/ordinals/{place}", "is no claim of this window", "不是该时段的权利份额")
                for place in places
            ],
        )


class ClaimsNotUnused(StateConflict):
    """Some of the claims to void aren't unused any more."""

    code = "claims-not-unused"
    title = "Some of these claims are not unused any more"
    title_zh = "部分权利份额已非未使用状态"

    def __init__(self, ordinals: Sequence[int]) -> None:
        named, named_zh = ", ".join(map(str, ordinals)), "、".join(map(str, ordinals))
        super().__init__(
            f"On the chain these claims are dispensed, settled or void already: {named}. Leave them out; what"
            " was dispensed is undone by the pharmacy.",
            f"链上显示以下权利份额已发药、已结算或已作废：{named_zh}。请将其去掉；已发药的由药店恢复。",
        )


class NothingToVoid(StateConflict):
    """No claim of the window is unused."""

    code = "nothing-to-void"
    title = "No claim of this window is unused"
    title_zh = "该时段没有未使用的权利份额"

    def __init__(self) -> None:
        super().__init__(
            "On the chain every claim of this window is dispensed, settled or void already.",
            "链上显示该时段的所有权利份额均已发药、已结算或已作废。",
        )
