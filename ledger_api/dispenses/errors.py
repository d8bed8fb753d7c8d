"""What dispensing refuses before anything is signed or spent: whatever the chain would refuse and more."""

from collections.abc import Sequence

from ledger_web.errors import FieldProblem, NotAllowed, StateConflict, Unprocessable


class ReviewMissing(StateConflict):
    """The dispensing institution's own pharmacist hasn't approved the prescription."""

    code = "review-missing"
    title = "Your institution has not approved this prescription"
    title_zh = "贵机构尚未审核通过该处方"

    def __init__(self) -> None:
        super().__init__(
            "Dispensing needs an approving review of your own institution, and its latest review counts. Have"
            " a pharmacist review the prescription first.",
            "发药前须有贵机构药师的审核通过，以最近一次为准。请先完成审方。",
        )


class ClaimsChoiceInvalid(Unprocessable):
    """Claims that the prescription hasn't got, or that stand there twice."""

    code = "claims-choice-invalid"
    title = "These are not claims of the prescription"
    title_zh = "所选份额不属于该处方"

    def __init__(self, faults: Sequence[FieldProblem]) -> None:
        super().__init__(
            "Choose each claim once, by its ordinal from 0. See `errors`.",
            "请按从 0 开始的序号选择份额，每个只选一次。详见 errors。",
            faults=faults,
        )


class ClaimsUsed(StateConflict):
    """Some of the claims aren't unused on the chain."""

    code = "claims-used"
    title = "Some of these claims were used already"
    title_zh = "部分份额已被使用"

    def __init__(self, prescription: int, ordinals: Sequence[int]) -> None:
        named, named_zh = ", ".join(map(str, ordinals)), "、".join(map(str, ordinals))
        super().__init__(
            f"On the chain these claims of prescription {prescription} are dispensed, settled or void"
            f" already: {named}. Don't hand them over; leave them out.",
            f"链上显示处方 {prescription} 的以下份额已发药、已结算或已作废：{named_zh}。"
            "请勿发药，并将其去掉。",
        )
        self.ordinals = tuple(ordinals)


class WindowNotOpen(StateConflict):
    """The prescription's window hasn't begun, or is over."""

    code = "window-not-open"
    title = "The prescription can't be used at this time"
    title_zh = "处方不在可用时段内"

    def __init__(self, not_before: str, not_after: str) -> None:
        super().__init__(
            f"It can be used from {not_before} to {not_after} (UTC). What was handed over offline within that"
            " time can be recorded for a while after it: say is_offline.",
            f"该处方可用时段为 {not_before} 至 {not_after}（UTC）。"
            "时段内离线发出的，可在其后一段时间内补录：请注明 is_offline。",
        )


class PrescriptionLate(StateConflict):
    """The prescription was anchored too late, and nothing excuses it: the chain takes no use of it."""

    code = "prescription-late"
    title = "The prescription was anchored too late"
    title_zh = "处方锚定超时"

    def __init__(self) -> None:
        super().__init__(
            "Its hospital anchored it later than its signing window allows, and no recorded outage excuses"
            " that. The patient needs a new prescription.",
            "开具医院锚定该处方超过签署时限，且没有已登记的中断可说明。请患者重新取得处方。",
        )


class PayerUnknown(Unprocessable):
    """The payer is no active insurer."""

    code = "payer-unknown"
    title = "The payer is no insurer that could settle this"
    title_zh = "付款方不是可结算的医保机构"

    def __init__(self) -> None:
        super().__init__(
            "The directory on the chain has no active insurer of that number. Write 0 where the patient"
            " pays.",
            "链上目录中没有该编号的有效医保机构。由患者自付时请填 0。",
            faults=[FieldProblem("/payer", "is no active insurer", "不是有效的医保机构", "payer_unknown")],
        )


class InstitutionNotActing(StateConflict):
    """The directory on the chain doesn't let this institution use claims now."""

    code = "institution-not-acting"
    title = "Your institution can't act on the chain at present"
    title_zh = "贵机构目前不能在链上操作"

    def __init__(self) -> None:
        super().__init__(
            "The directory doesn't have your institution as an active hospital or pharmacy with this"
            " gateway's account. Ask your administrator.",
            "目录未将贵机构列为以本网关账户行事的有效医院或药店。请联系管理员。",
        )


class PricesIncomplete(Unprocessable):
    """A line without its price, or a price without its line."""

    code = "prices-incomplete"
    title = "Each line that is dispensed needs one price"
    title_zh = "每个发出的处方行须有一个单价"

    def __init__(self, faults: Sequence[FieldProblem]) -> None:
        super().__init__(
            "Give the price of one unit for each line of which claims are chosen, once. See `errors`.",
            "请为每个所选份额的处方行给出一次单价。详见 errors。",
            faults=faults,
        )


class PackPlaceUnknown(Unprocessable):
    """A pack for a line of which nothing is dispensed."""

    code = "pack-line-unknown"
    title = "A pack is for a line that is not dispensed"
    title_zh = "包装所属的处方行未发出"

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__(
            "Name for each pack a line of which claims are chosen.",
            "请为每个包装指明有所选份额的处方行。",
            faults=[
                FieldProblem(f"/packs/{place}/line", "is a line that isn't dispensed", "该处方行未发出")
                for place in places
            ],
        )


class PackStopped(StateConflict):
    """Policy doesn't let a pack be handed over."""

    code = "pack-stopped"
    title = "A pack must not be handed over"
    title_zh = "有包装不得发出"

    def __init__(self, found: Sequence[tuple[int, str]]) -> None:
        super().__init__(
            "What speaks against each pack stands in `errors`. Take another pack, and set this one aside.",
            "各包装的问题见 errors。请更换包装，并将其另行放置。",
            faults=_pack_faults(found),
        )


class PackFlagged(StateConflict):
    """Something speaks against a pack that the pharmacist hasn't accepted."""

    code = "pack-flagged"
    title = "Something speaks against a pack"
    title_zh = "有包装存在疑点"

    def __init__(self, found: Sequence[tuple[int, str]]) -> None:
        super().__init__(
            "Take another pack, or name the flags in `override_flags` to go on with them on record.",
            "请更换包装；如仍要发出，请在 override_flags 中列出这些标记，将记录在案。",
            faults=_pack_faults(found),
        )


class PackUnconfirmed(StateConflict):
    """Only a maker's silence speaks against a pack, and the pharmacist hasn't accepted it."""

    code = "pack-unconfirmed"
    title = "A pack's maker couldn't be asked"
    title_zh = "暂时无法向生产企业核实包装"

    def __init__(self, found: Sequence[tuple[int, str]]) -> None:
        super().__init__(
            "Nobody is known to have made a pack, and a maker that may have didn't answer. Try again in a "
            "moment; or name `pack.unconfirmed` in `override_flags` to go on with it on record.",
            "有包装尚无企业认领，而可能的生产企业未作答复。请稍后重试；如仍要发出，请在 override_flags "
            "中列出 pack.unconfirmed，将记录在案。",
            faults=_pack_faults(found),
        )


class PackMissing(StateConflict):
    """Policy wants a pack named for each line that is dispensed. `places`: prescription from 0, line."""

    code = "pack-missing"
    title = "A line that is dispensed has no pack"
    title_zh = "有发出的处方行没有追溯码"

    def __init__(self, places: Sequence[tuple[int, int]], *, may_go_on: bool) -> None:
        go_on = " Or name `pack.missing` in `override_flags` to go on without." if may_go_on else ""
        go_on_zh = "如仍要发出，请在 override_flags 中列出 pack.missing。" if may_go_on else ""
        super().__init__(
            f"Scan a pack for each line named in `errors`.{go_on}",
            f"请为 errors 中列出的每个处方行扫描追溯码。{go_on_zh}",
            faults=[
                FieldProblem(
                    "/packs",
                    f"names no pack for line {line} of prescription {place + 1}",
                    f"处方 {place + 1} 第 {line} 行没有追溯码",
                    "pack.missing",
                )
                for place, line in places
            ],
        )


class PackUnitsExceeded(StateConflict):
    """More units than are left in a pack."""

    code = "pack-units-exceeded"
    title = "A pack has fewer units left"
    title_zh = "包装剩余数量不足"

    def __init__(self, place: int, left: int) -> None:
        super().__init__(
            f"Of pack {place + 1} there are {left} units left, by what its maker and the chain say."
            " Take another.",
            f"据生产企业与链上记录，第 {place + 1} 个包装尚余 {left} 个单位。请更换包装。",
            faults=[
                FieldProblem(
                    f"/packs/{place}/units_used", "is more than is left", "超过剩余数量", "units_exceeded"
                )
            ],
        )


class PresentationsIncomplete(Unprocessable):
    """Not exactly the presentations that the prepared dispensing needs."""

    code = "presentations-incomplete"
    title = "The presentations are not those that are needed"
    title_zh = "出示签名与所需不符"

    def __init__(self, faults: Sequence[FieldProblem]) -> None:
        super().__init__(
            "Send one presentation for each of `presentations_to_sign`, and no other. See `errors`.",
            "请为 presentations_to_sign 中的每一项各送一个出示签名，不多不少。详见 errors。",
            faults=faults,
        )


class HandoverRefused(NotAllowed):
    """A presentation that its claim's holder didn't sign for this very dispensing."""

    code = "handover-refused"
    title = "The code does not hand this claim over"
    title_zh = "取药码未能交出该份额"

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(
            f"Presentation {place} doesn't hold ({reason}): it must be signed with that claim's key over this"
            " use and this record. Scan the code again.",
            f"第 {place} 个出示签名不成立（{reason}）：须以该份额的密钥对本次使用与本记录签署。"
            "请重新扫描取药码。",
        )


def _pack_faults(found: Sequence[tuple[int, str]]) -> list[FieldProblem]:
    return [
        FieldProblem(f"/packs/{place}/code", f"is flagged: {flag}", f"带有标记：{flag}", flag)
        for place, flag in found
    ]
