"""What the fetching of prescriptions by presentation refuses, on the asking and on the answering side."""

from collections.abc import Sequence

from ledger_web.errors import FieldProblem, NotAllowed, NotFound, StateConflict, Unprocessable


class ReceivedNotFound(NotFound):
    """The tenant fetched no such prescription."""

    code = "received-prescription-not-found"
    title = "No such prescription was fetched"
    title_zh = "未获取过该处方"

    def __init__(self) -> None:
        super().__init__(
            "Your institution fetched no prescription of that hospital, id and window. Scan its code.",
            "贵机构未获取过该医院、编号与时段的处方。请扫描取药码。",
        )


class PresentationMalformed(Unprocessable):
    """A presentation that can't be one."""

    code = "presentation-malformed"
    title = "A presentation is not of the accepted form"
    title_zh = "出示签名格式不符"

    def __init__(self, faults: Sequence[FieldProblem]) -> None:
        super().__init__(
            "It names a claim that the prescription hasn't got, or one twice. Scan the code again; nothing"
            " was given out.",
            "所列份额不属于该处方，或重复出现。请重新扫描取药码；未提供任何内容。",
            faults=faults,
        )


class PresentationRefused(NotAllowed):
    """A presentation that isn't its holder's, isn't for this reader, or is too old."""

    code = "presentation-refused"
    title = "A presentation does not hold"
    title_zh = "出示签名不成立"

    def __init__(self, ordinal: int, reason: str) -> None:
        super().__init__(
            f"The presentation of claim {ordinal} doesn't hold ({reason}): it must be signed with that"
            " claim's key, for your institution, and not long ago. Scan the code again.",
            f"份额 {ordinal} 的出示签名不成立（{reason}）：须以该份额的密钥、为贵机构、在不久前签署。"
            "请重新扫描取药码。",
        )
        self.reason = reason


class PrescriptionHasNoHolders(StateConflict):
    """Nobody holds its claims: only its own hospital dispenses it."""

    code = "prescription-has-no-holders"
    title = "This prescription is dispensed by its own hospital only"
    title_zh = "该处方只能由开具医院发药"

    def __init__(self) -> None:
        super().__init__(
            "It was signed without one-time addresses, so that no code hands it over. The patient has to go"
            " to the hospital's own pharmacy.",
            "该处方签署时未设一次性地址，没有取药码可供出示。请患者到开具医院的药房取药。",
        )


class PrescriptionNotReviewed(StateConflict):
    """The hospital's pharmacist hasn't approved it (yet), or rejected it."""

    code = "prescription-not-reviewed"
    title = "The hospital has not approved this prescription"
    title_zh = "医院尚未审核通过该处方"

    def __init__(self) -> None:
        super().__init__(
            "Its hospital's pharmacist hasn't approved it, or rejected it last. Ask the hospital, then scan"
            " the code again.",
            "开具医院的药师尚未审核通过，或最近一次审核未通过。请联系医院，之后重新扫描取药码。",
        )
