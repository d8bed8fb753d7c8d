"""The desks' pages put together: the kit with the desk's name and navigation, and every page family."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse

from ledger_api.desk import (
    development,
    draft_pages,
    holder_page,
    home_pages,
    list_pages,
    order_pages,
    prescription_pages,
    session_pages,
    writing_pages,
)
from ledger_api.desk.counter import pages as counter_pages
from ledger_api.desk.makers import pages as maker_pages
from ledger_api.desk.oversight import clerk_pages, officer_pages
from ledger_api.desk.payer import pages as payer_pages
from ledger_api.desk.records import pages as record_pages
from ledger_api.desk.reviewing import pages as reviewing_pages
from ledger_api.desk.visitor import HOME, SIGN_IN, SIGN_OUT, list_navigation
from ledger_api.parts import Parts
from ledger_web.pages import Pages

__all__ = ["HOME", "ROUTERS", "open_pages"]

_front_door = APIRouter(include_in_schema=False)

ROUTERS = (
    _front_door,
    holder_page.router,
    session_pages.router,
    development.router,
    home_pages.router,
    writing_pages.router,  # before the prescriptions: `new` is no prescription's id
    draft_pages.router,
    order_pages.router,
    list_pages.csv_router,
    list_pages.router,
    prescription_pages.router,
    counter_pages.router,
    reviewing_pages.router,
    payer_pages.router,
    maker_pages.router,
    officer_pages.router,
    clerk_pages.router,
    record_pages.router,
)


def open_pages(parts: Parts) -> Pages:
    """Open the kit for the desk. Raises StartRefused if it isn't built."""
    return Pages(
        "ledger_api.desk",
        title=("Desk", "工作台"),
        navigation=list_navigation,
        zone=parts.settings.zone,
        development=not parts.settings.is_production,
        sign_in=SIGN_IN,
        sign_out=SIGN_OUT,
        home=HOME,
        clock=parts.clock,
    )


@_front_door.get("/")
async def lead_to_desk() -> RedirectResponse:
    """Lead whoever opens the gateway in a browser to the desk."""
    return RedirectResponse(HOME, status_code=303)
