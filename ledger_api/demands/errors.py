"""What demands, and answers to them, are refused for."""

from ledger_web.errors import FieldProblem, NotFound, StateConflict, Unprocessable


class AnswerByInvalid(Unprocessable):
    """The time by which an answer is demanded is past, or too far ahead."""

    code = "answer-by-invalid"
    title = "The time to answer by can't be demanded"
    title_zh = "答复期限无效"

    def __init__(self, days: int) -> None:
        super().__init__(
            f"`answer_by` must lie ahead, at most {days} days.",
            f"answer_by 须为将来时间，最多 {days} 天。",
            faults=[FieldProblem("/answer_by", f"must be 1 second to {days} days ahead", "期限超出范围")],
        )


class OwnRecordDemanded(Unprocessable):
    """A regulator needs no demand for its own records."""

    code = "own-record-demanded"
    title = "The record is your own institution's"
    title_zh = "该记录属于本机构"

    def __init__(self) -> None:
        super().__init__(
            "A demand goes to another institution. Read your own record where it was signed.",
            "调阅要求须发往其他机构。本机构的记录请直接查看。",
        )


class DemandNotFound(NotFound):
    """The tenant knows of no such demand."""

    code = "demand-not-found"
    title = "No such demand"
    title_zh = "没有该调阅要求"

    def __init__(self) -> None:
        super().__init__(
            "There is no demand of that id among those that reached, or were sent by, your institution.",
            "在本机构收到或发出的调阅要求中没有该编号。",
        )


class DemandSubjectUnknown(NotFound):
    """The institution has no such record."""

    code = "demand-subject-unknown"
    title = "The institution has no such record"
    title_zh = "该机构没有该记录"

    def __init__(self) -> None:
        super().__init__(
            "The demand's subject is no record of this institution: check its commitment and institution.",
            "调阅要求所指并非本机构的记录：请核对承诺与机构编号。",
        )


class DemandMisaddressed(Unprocessable):
    """The demand isn't the sender's, or isn't for this institution."""

    code = "demand-misaddressed"
    title = "The demand is not the sender's, or not for this institution"
    title_zh = "该调阅要求并非发送方所签，或并非发往本机构"

    def __init__(self) -> None:
        super().__init__(
            "A regulator delivers its own demands only, each to the institution whose record it names.",
            "监管机构只能送达自己签署的调阅要求，且须送达其所指记录的机构。",
        )


class DemandAnswered(StateConflict):
    """The demand has its answer."""

    code = "demand-answered"
    title = "The demand was answered already"
    title_zh = "该调阅要求已答复"

    def __init__(self) -> None:
        super().__init__(
            "An access record answers it already. A regulator who needs another answer signs another demand.",
            "该要求已有签名答复。如需其他答复，监管机构须另行签署调阅要求。",
        )


class DemandNotAnswered(StateConflict):
    """No answer has come yet."""

    code = "demand-not-answered"
    title = "The institution has not answered yet"
    title_zh = "该机构尚未答复"

    def __init__(self) -> None:
        super().__init__(
            "Nothing was handed over yet. From the time named in `answer_by` on, silence is a finding.",
            "尚未交付任何内容。超过 answer_by 所定期限仍未答复，即构成发现。",
            retry_after_seconds=5,
        )


class AccessNotForDemand(Unprocessable):
    """The access answers no open demand of this regulator, or another than it names."""

    code = "access-not-for-demand"
    title = "The access does not answer this demand"
    title_zh = "该调阅答复与调阅要求不符"

    def __init__(self) -> None:
        super().__init__(
            "The access must name a demand of this regulator and its subject, and be the addressee's own.",
            "调阅答复须指明本监管机构的调阅要求及其所指记录，并由被要求的机构签署。",
        )


class HandedContentWrong(Unprocessable):
    """What was handed over isn't the record that was demanded."""

    code = "handed-content-wrong"
    title = "The content handed over is not the record"
    title_zh = "所交付内容并非该记录"

    def __init__(self) -> None:
        super().__init__(
            "With the key handed over, the content doesn't hash to the commitment that was demanded, or the"
            " clerk signed for another key. Nothing was taken over.",
            "以所交付的密钥打开的内容与所要求的承诺不符，或经办人所签并非该密钥。未接收任何内容。",
        )
