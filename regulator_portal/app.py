"""Puts the portal's application together around its parts: pages for people, an API for programs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ledger_web import operation
from ledger_web.refusals import answer_refusals
from ledger_web.requests import RequestLayer
from regulator_portal.api import audit as audit_api
from regulator_portal.api import contents as contents_api
from regulator_portal.api import findings as findings_api
from regulator_portal.api import jobs as jobs_api
from regulator_portal.api import logs as logs_api
from regulator_portal.api import nodes as nodes_api
from regulator_portal.api import overview as overview_api
from regulator_portal.api import records as records_api
from regulator_portal.api import sessions as sessions_api
from regulator_portal.api import verifications as verifications_api
from regulator_portal.api.dependencies import get_sender
from regulator_portal.api.openapi import describe
from regulator_portal.idempotency.once import OnceOnly
from regulator_portal.pages import audit as audit_pages
from regulator_portal.pages import contents as content_pages
from regulator_portal.pages import entries as entry_pages
from regulator_portal.pages import findings as finding_pages
from regulator_portal.pages import jobs as job_pages
from regulator_portal.pages import logs as log_pages
from regulator_portal.pages import nodes as node_pages
from regulator_portal.pages import overview as overview_pages
from regulator_portal.pages import packs as pack_pages
from regulator_portal.pages import record_lists as record_list_pages
from regulator_portal.pages import records as record_pages
from regulator_portal.pages import sign_in as sign_in_pages
from regulator_portal.pages import verifications as verification_pages
from regulator_portal.pages import verify as verify_pages
from regulator_portal.pages.site import build_pages
from regulator_portal.parts import Parts

API_ROUTERS = (
    operation.router,
    sessions_api.router,
    overview_api.router,
    logs_api.router,
    verifications_api.router,
    records_api.router,
    contents_api.router,
    findings_api.router,
    nodes_api.router,
    jobs_api.router,
    audit_api.router,
)
PAGE_ROUTERS = (
    sign_in_pages.router,
    overview_pages.router,
    log_pages.router,
    entry_pages.router,
    verify_pages.router,
    verification_pages.router,
    record_list_pages.router,
    record_pages.router,
    pack_pages.router,
    content_pages.router,
    finding_pages.router,
    node_pages.router,
    job_pages.router,
    audit_pages.router,
)


def build_app(parts: Parts) -> FastAPI:
    """Build the application around its parts; its workers run from start-up to shutdown."""
    app = FastAPI(version="1", lifespan=_run_workers, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.parts = parts
    app.state.verify_sender = lambda request: get_sender(request, parts)
    app.state.once = OnceOnly(parts.database, parts.clock)
    pages = build_pages(parts)
    app.state.pages = pages
    describe(app)
    answer_refusals(app, pages, page_prefixes=("/",))
    for router in API_ROUTERS:
        app.include_router(router)
    for router in PAGE_ROUTERS:
        app.include_router(router, include_in_schema=False)
    pages.mount(app)
    app.add_middleware(RequestLayer, metrics=parts.metrics, is_production=parts.settings.is_production)
    return app


@asynccontextmanager
async def _run_workers(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    for worker in parts.workers:
        worker.start()
    try:
        yield
    finally:
        for worker in reversed(parts.workers):
            worker.stop()
        parts.gateways.close()
        parts.database.close()
