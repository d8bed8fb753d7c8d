"""A form that is sent twice is done once: the page gives it a key, as programs give their own."""

from collections.abc import Callable

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from regulator_portal.idempotency.once import Asked, OnceOnly
from regulator_portal.identity.principal import Principal
from regulator_portal.pages.forms import SentForm, read_form


async def redirect_once(
    once: OnceOnly,
    request: Request,
    auditor: Principal,
    act: Callable[[], str],
    form: SentForm | None = None,
) -> RedirectResponse:
    """Do `act`, which returns an address, and lead there; a repeated form leads there without doing it again.

    `form` is the form where the caller has read it already.
    """
    sent = await read_form(request) if form is None else form
    answer = await run_in_threadpool(do_once, once, request, auditor, act, sent)
    return RedirectResponse(answer, status_code=303)


def do_once(
    once: OnceOnly, request: Request, auditor: Principal, act: Callable[[], str], form: SentForm
) -> str:
    """Return the address that `act` gives, or gave to the same form before."""
    content = "\n".join([request.url.path, *(f"{name}={form.fields[name]}" for name in sorted(form.fields))])
    files = b"".join(form.files[name] for name in sorted(form.files))
    asked = Asked(auditor.scope, f"form {request.method}", form.text("key"), content.encode() + files)
    return once.answer(asked, lambda: (303, act().encode())).body.decode()
