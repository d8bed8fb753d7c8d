"""What commissioning and recalling refuses."""

from collections.abc import Sequence

from ledger_web.errors import FieldProblem, StateConflict, Unprocessable


class PackCodesContradict(Unprocessable):
    """What a code says of its lot, expiry or neighbours isn't what the lot says."""

    code = "pack-codes-contradict"
    title = "Some codes contradict the lot"
    title_zh = "部分追溯码与批次信息不一致"

    def __init__(self, faults: Sequence[FieldProblem]) -> None:
        super().__init__(
            "A code states another lot or expiry than the request does: see `errors`. Correct whichever is"
            " wrong.",
            "追溯码所载批号或有效期与请求不一致，见 errors。请更正有误的一方。",
            faults=faults,
        )


class PacksNamedBefore(StateConflict):
    """A pack is commissioned once, and recalled by name once."""

    code = "packs-named-before"
    title = "Some of these packs stand in an earlier record"
    title_zh = "部分包装已在先前的记录中"

    def __init__(self, event: str, faults: Sequence[FieldProblem]) -> None:
        super().__init__(
            f"Packs named in `errors` were {event} before. Leave them out.",
            f"errors 中列出的包装已有先前记录（{event}）。请将其去掉。",
            faults=faults,
        )


class LotNotCommissioned(StateConflict):
    """Only what was commissioned can be recalled."""

    code = "lot-not-commissioned"
    title = "Your institution did not commission this lot"
    title_zh = "贵机构未对该批次赋码"

    def __init__(self) -> None:
        super().__init__(
            "No record of yours commissions a lot of this product and number. Check both.",
            "贵机构没有该产品、该批号的赋码记录。请核对两者。",
        )


class LotDiffers(StateConflict):
    """The same lot was commissioned with other details."""

    code = "lot-differs"
    title = "The lot was commissioned with other details"
    title_zh = "该批次赋码时的信息不同"

    def __init__(self, members: Sequence[str]) -> None:
        super().__init__(
            f"Its earlier record states another {', '.join(members)}. State it as there.",
            f"先前记录中的 {'、'.join(members)} 与此不同。请按先前记录填写。",
            faults=[
                FieldProblem(f"/{member}", "is not as it was commissioned", "与赋码时不一致")
                for member in members
            ],
        )


class PacksNotOfLot(Unprocessable):
    """Packs to recall that the lot's records don't name."""

    code = "packs-not-of-lot"
    title = "Some of these packs are not of this lot"
    title_zh = "部分包装不属于该批次"

    def __init__(self, faults: Sequence[FieldProblem]) -> None:
        super().__init__(
            "The lot was commissioned without the packs named in `errors`. Scan them again.",
            "该批次赋码时不含 errors 中列出的包装。请重新扫描。",
            faults=faults,
        )
