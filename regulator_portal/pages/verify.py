"""Verifying a record, three ways on one page: by record id, by QR text, by an uploaded bundle.

What is typed is sent in the form's body, never in an address: the result has an address of its own. A bundle
is verified from memory and not kept.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from ledger_proofs.bundles import MAX_BUNDLE_BYTES
from ledger_proofs.errors import MalformedInput
from ledger_proofs.references import parse_reference_text
from ledger_web.errors import FieldProblem, NotFound, ServiceError, StateConflict, TooLarge, Unprocessable
from ledger_web.pages import Pages
from ledger_web.problems import status_of
from regulator_portal.api.dependencies import OnceDep, PartsDep, asked_by
from regulator_portal.idempotency.once import OnceOnly
from regulator_portal.identity.principal import Principal
from regulator_portal.pages.filters import Option
from regulator_portal.pages.forms import SentForm, read_form, read_upload
from regulator_portal.pages.once import redirect_once
from regulator_portal.pages.site import AuditorDep, PagesDep
from regulator_portal.sources.files import Sources
from regulator_portal.verification.models import Verification

MAX_WINDOW: Final = 65_535
MAX_TYPED_CHARACTERS: Final = 400
_RECORD_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
router = APIRouter(prefix="/verify")


class VerificationRequestInvalid(Unprocessable):
    """What was typed names no record."""

    code = "invalid-verification-request"
    title = "This names no record"
    title_zh = "未能指明记录"


@dataclass(frozen=True)
class VerifyPage:
    """The three forms, with what was typed kept, and why it was refused, if it was."""

    institutions: Sequence[Option]
    max_bytes: int
    key: str
    institution: str = ""
    record: str = ""
    window: str = "0"
    reference: str = ""
    refusal: ServiceError | None = None
    faults: Sequence[FieldProblem] = ()

    def refused(self, refusal: ServiceError) -> Self:
        """Return the page that says why, with everything else as it was."""
        return replace(self, refusal=refusal, faults=refusal.faults)


@router.get("")
def show_forms(request: Request, auditor: AuditorDep, parts: PartsDep, pages: PagesDep) -> Response:
    """Show the three forms."""
    return pages.render(request, "verify.html", _build_page(parts.sources))


@router.post("/record")
async def verify_record(
    request: Request, auditor: AuditorDep, parts: PartsDep, pages: PagesDep, once: OnceDep
) -> Response:
    """Fetch and verify what an institution, a record id and a window name."""
    form = await read_form(request)
    page = replace(
        _build_page(parts.sources),
        institution=form.text("institution")[:MAX_TYPED_CHARACTERS],
        record=form.text("record")[:MAX_TYPED_CHARACTERS],
        window=form.text("window")[:MAX_TYPED_CHARACTERS] or "0",
    )
    asked = asked_by(auditor, request)

    def act() -> Verification:
        institution, record, window = read_record_request(page)
        return parts.verification.verify_record(institution, record, window, asked)

    return await _lead_to_result(_Sending(request, auditor, once, pages), page, form, act)


@router.post("/reference")
async def verify_reference(
    request: Request, auditor: AuditorDep, parts: PartsDep, pages: PagesDep, once: OnceDep
) -> Response:
    """Fetch and verify what a QR code's text names."""
    form = await read_form(request)
    page = replace(_build_page(parts.sources), reference=form.text("reference")[:MAX_TYPED_CHARACTERS])
    asked = asked_by(auditor, request)

    def act() -> Verification:
        try:
            reference = parse_reference_text(page.reference.upper())
        except MalformedInput:
            raise VerificationRequestInvalid(
                "The text isn't that of a printed prescription's code. It begins with RXL1: and has four"
                " parts after"
                " that: institution, record id, window, commitment.",
                "该文本不是处方上二维码的内容。其以 RXL1: 开头，之后有四部分：机构、记录编号、时段、承诺。",
                faults=[FieldProblem("/reference", "is no reference of a record", "不是记录的引用")],
            ) from None
        return parts.verification.verify_reference(reference, asked)

    return await _lead_to_result(_Sending(request, auditor, once, pages), page, form, act)


@router.post("/bundle")
async def verify_bundle(
    request: Request, auditor: AuditorDep, parts: PartsDep, pages: PagesDep, once: OnceDep
) -> Response:
    """Verify an uploaded bundle."""
    page = _build_page(parts.sources)
    try:
        form = await read_upload(request)
    except TooLarge as refusal:
        return pages.render(request, "verify.html", replace(page, refusal=refusal), status=status_of(refusal))
    asked = asked_by(auditor, request)

    def act() -> Verification:
        content = form.files.get("bundle", b"")
        if not content:
            raise VerificationRequestInvalid(
                "Choose a file first. The one that came is empty.",
                "请先选择文件；收到的文件为空。",
                faults=[FieldProblem("/bundle", "is empty", "文件为空")],
            )
        return parts.verification.verify_bytes(content, asked)

    return await _lead_to_result(_Sending(request, auditor, once, pages), page, form, act)


def read_record_request(page: VerifyPage) -> tuple[int, str, int]:
    """Read which record was typed: institution, id, window. Raises VerificationRequestInvalid."""
    faults = []
    known = [value for value, _, _ in page.institutions]
    if page.institution not in known:
        faults.append(FieldProblem("/institution", "choose one of the list", "请从列表中选择"))
    record = page.record.lower()
    if _RECORD_ID.fullmatch(record) is None:
        faults.append(
            FieldProblem(
                "/record",
                "must be 32 hex digits in groups of 8, 4, 4, 4 and 12",
                "须为 32 个十六进制数字，按 8、4、4、4、12 分组",
            )
        )
    is_number = page.window.isascii() and page.window.isdigit() and len(page.window) <= len(str(MAX_WINDOW))
    if not is_number or int(page.window) > MAX_WINDOW:
        faults.append(FieldProblem("/window", "must be a whole number from 0 on", "须为不小于 0 的整数"))
    if faults:
        raise VerificationRequestInvalid(
            "Correct what is marked below, and send it again.",
            "请更正下方标出的内容后重新提交。",
            faults=faults,
        )
    return int(page.institution), record, int(page.window)


@dataclass(frozen=True)
class _Sending:
    """One form that came, and who sent it."""

    request: Request
    auditor: Principal
    once: OnceOnly
    pages: Pages


async def _lead_to_result(
    sending: _Sending, page: VerifyPage, form: SentForm, act: Callable[[], Verification]
) -> Response:
    """Verify, and lead to the result; or show the forms again with what was wrong."""
    try:
        return await redirect_once(
            sending.once, sending.request, sending.auditor, lambda: f"/verifications/{act().id}", form
        )
    except (Unprocessable, NotFound, StateConflict) as refusal:
        return sending.pages.render(
            sending.request, "verify.html", page.refused(refusal), status=status_of(refusal)
        )


def _build_page(sources: Sources) -> VerifyPage:
    options = [
        (str(each.number), f"{each.name_en} ({each.number})", f"{each.name_zh}（{each.number}）")
        for source in sources.all
        for each in source.institutions
    ]
    return VerifyPage(institutions=options, max_bytes=MAX_BUNDLE_BYTES, key=str(uuid4()))
