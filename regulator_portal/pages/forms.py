"""Forms that a page sends: read within bounds, only for who is signed in, and only from the portal's own
pages.

A body larger than its bound is refused while it streams in: what is beyond the bound is never kept, neither
in memory nor on disk. The rest of a refused body is read and thrown away up to a bound of its own, because a
browser shows an answer only once it could send what it was sending.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from ledger_proofs.bundles import MAX_BUNDLE_BYTES
from ledger_web.bodies import media_type_of
from ledger_web.errors import TooLarge, UnsupportedContent
from ledger_web.forms import FORM_MEDIA_TYPE, FormUnreadable, parse_form

MAX_FORM_BYTES: Final = 64 * 1024
MAX_UPLOAD_BYTES: Final = MAX_BUNDLE_BYTES + MAX_FORM_BYTES
"""A bundle, and the other fields and frame of the form that brings it."""
MAX_DISCARDED_BYTES: Final = 256 * 1024 * 1024
MAX_FIELDS: Final = 20
MULTIPART: Final = "multipart/form-data"


class UploadTooLarge(TooLarge):
    """A file larger than a bundle can be."""

    code = "upload-too-large"
    title = "The file is too large for an evidence bundle"
    title_zh = "文件过大，不可能是证据包"


@dataclass(frozen=True)
class SentForm:
    """A form's fields and its files' bytes; of a name sent more than once the last counts."""

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a field without the blanks around it; empty if it wasn't sent."""
        return self.fields.get(name, "").strip()


async def read_form(request: Request) -> SentForm:
    """Read a small form of text fields. Raises UnsupportedContent, TooLarge or FormUnreadable."""
    if media_type_of(request) != FORM_MEDIA_TYPE:
        raise _not_a_form(FORM_MEDIA_TYPE)
    return SentForm(parse_form(await _read_bounded(request, MAX_FORM_BYTES)))


async def read_upload(request: Request) -> SentForm:
    """Read a form that may bring one file of a bundle's size. Raises as `read_form`, and UploadTooLarge."""
    if media_type_of(request) != MULTIPART:
        raise _not_a_form(MULTIPART)
    body = await _read_bounded(request, MAX_UPLOAD_BYTES)
    parser = _InMemoryParser(
        request.headers, _once(body), max_files=2, max_fields=MAX_FIELDS, max_part_size=MAX_FORM_BYTES
    )
    try:
        form = await parser.parse()
    except (MultiPartException, ValueError, KeyError):
        raise _unreadable() from None
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            files[name] = await value.read()
        else:
            fields[name] = value
    await form.close()
    if any(len(content) > MAX_BUNDLE_BYTES for content in files.values()):
        raise _too_large()
    return SentForm(fields, files)


class _InMemoryParser(MultiPartParser):
    """Keeps files in memory, within the bound:

    a bundle may hold personal data, and leaves no trace on disk.
    """

    spool_max_size = MAX_UPLOAD_BYTES


async def _read_bounded(request: Request, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= max_bytes:
            chunks.append(chunk)
        else:
            chunks.clear()
        if size > MAX_DISCARDED_BYTES:
            break
    if size > max_bytes:
        raise _too_large()
    return b"".join(chunks)


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


def _too_large() -> UploadTooLarge:
    mebibytes = MAX_BUNDLE_BYTES // (1024 * 1024)
    return UploadTooLarge(
        f"An evidence bundle has at most {mebibytes} MiB ({MAX_BUNDLE_BYTES:,} bytes); what you sent has"
        " more and"
        " was not kept. Choose the bundle of one record, as the gateway gives it.",
        f"证据包至多 {mebibytes} MiB（{MAX_BUNDLE_BYTES:,} 字节）；您发送的内容超过此上限，未予保存。"
        "请选择网关给出的单份记录的证据包。",
    )


def _not_a_form(expected: str) -> UnsupportedContent:
    return UnsupportedContent(
        f"This address takes a form of the portal's own pages ({expected}). Use the page, or the API under"
        " /v1.",
        f"该地址只接受本门户页面的表单（{expected}）。请使用页面，或使用 /v1 下的接口。",
    )


def _unreadable() -> FormUnreadable:
    return FormUnreadable(
        "It isn't a form as browsers send it. Go back, and send it again from the page.",
        "内容不是浏览器发送的表单。请返回页面重新提交。",
    )
