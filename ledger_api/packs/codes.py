"""Scanned pack codes, parsed all at once, or refused all at once with each one's fault at its place."""

from collections.abc import Sequence

from ledger_proofs.errors import MalformedInput
from ledger_proofs.packs import PackCode, parse_pack_code
from ledger_proofs.wording import chinese_message
from ledger_web.errors import FieldProblem, Unprocessable


class PackCodesUnreadable(Unprocessable):
    """Some of the codes aren't trace codes, could be read in two ways, or stand there twice."""

    code = "pack-codes-unreadable"
    title = "Some of these pack codes can not be taken"
    title_zh = "部分追溯码无法受理"

    def __init__(self, faults: Sequence[FieldProblem]) -> None:
        super().__init__(
            "Scan the codes that are named again, or type them as printed; leave out what is there twice.",
            "请重新扫描所列的追溯码，或照印刷内容录入；重复的请移除。",
            faults=faults,
        )


def parse_codes(codes: Sequence[str], where: str = "/codes", below: str = "") -> list[PackCode]:
    """Parse codes; each one's place is `where`/its number and `below`. Raises PackCodesUnreadable."""
    parsed: list[PackCode] = []
    faults: list[FieldProblem] = []
    seen: set[str] = set()
    for number, text in enumerate(codes):
        pointer = f"{where}/{number}{below}"
        try:
            code = parse_pack_code(text)
        except MalformedInput as fault:
            faults.append(FieldProblem(pointer, fault.message, chinese_message(fault), fault.code))
            continue
        if code.canonical in seen:
            faults.append(
                FieldProblem(pointer, "is the same pack as one before", "与前面的包装重复", "pack.repeated")
            )
        seen.add(code.canonical)
        parsed.append(code)
    if faults:
        raise PackCodesUnreadable(faults)
    return parsed
