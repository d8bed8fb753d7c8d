"""What the building of evidence refuses."""

from ledger_web.errors import FieldProblem, NotFound, StateConflict, Unprocessable


class NotAnchoredYet(StateConflict):
    """The entry isn't final on the chain yet: there is nothing to prove by."""

    code = "not-final-yet"
    title = "Not final on the chain yet"
    title_zh = "尚未在链上最终确认"

    def __init__(self) -> None:
        super().__init__(
            "The record is safe and on its way. Ask again when its entry's status is final.",
            "该记录已安全受理，正在锚定。请在其条目状态为 final 后再试。",
            retry_after_seconds=1,
        )


class WindowNotFound(NotFound):
    """The record has no such window."""

    code = "window-not-found"
    title = "No such window"
    title_zh = "没有该时段"

    def __init__(self) -> None:
        super().__init__(
            "The record has no window of that number; they count from 0.",
            "该记录没有此编号的时段；编号从 0 开始。",
        )


class EntryNotFound(NotFound):
    """This gateway holds no such entry or record."""

    code = "entry-not-found"
    title = "No such entry here"
    title_zh = "此处没有该条目"

    def __init__(self) -> None:
        super().__init__(
            "This gateway holds no entry at that place, or no record of that id.",
            "本网关在该处没有条目，或没有该编号的记录。",
        )


class FieldUnknown(Unprocessable):
    """A field to disclose that the record hasn't got."""

    code = "field-unknown"
    title = "The record has no such field"
    title_zh = "记录中没有该字段"

    def __init__(self, place: int) -> None:
        super().__init__(
            "Name fields by JSON Pointer, such as /body/lines/0/name. Leave `fields` out to disclose all.",
            "请用 JSON Pointer 指明字段，例如 /body/lines/0/name。省略 fields 则披露全部。",
            faults=[
                FieldProblem(
                    f"/fields/{place}", "names no field of this record", "不是该记录的字段", place="query"
                )
            ],
        )
