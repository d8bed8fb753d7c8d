"""The attack room of `rxledger run`: pages with buttons to cheat, beside a development stack only.

It runs in a thread of the supervisor, so that it sees the stack's parts as they are after any revival, and it
listens on this machine alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import IO, Any

import structlog
import uvicorn
from fastapi import FastAPI, Request
from starlette.middleware.trustedhost import TrustedHostMiddleware

from ledger_chain.engines.probe import find_free_port
from ledger_cli.attacks.playing import Player
from ledger_cli.attacks.roles import list_roles
from ledger_cli.attacks.room_pages import Room, router
from ledger_cli.attacks.stage import KeptStage
from ledger_cli.embedded.ports import LOOPBACK
from ledger_cli.embedded.stack import EmbeddedStack
from ledger_cli.errors import CouldNotCheck, Refused
from ledger_web.errors import StartRefused
from ledger_web.listening import open_listener
from ledger_web.metrics import RequestMetrics
from ledger_web.pages import NavItem, Pages
from ledger_web.refusals import answer_refusals
from ledger_web.requests import RequestLayer

READY_SECONDS = 20.0
POLL_SECONDS = 0.02
LOG_NAME = "attack-room.log"
HOSTS = (LOOPBACK, "localhost")


class AttackRoom:
    """The room beside one stack. `port` 0 takes any that is free."""

    def __init__(self, stack: EmbeddedStack, port: int) -> None:
        self._stack = stack
        self._port = port
        self._stage = KeptStage(stack)
        self._player = Player(self._stage.open)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._log: IO[str] | None = None
        self._logs_before: dict[str, Any] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self._port}"

    def is_alive(self) -> bool:
        """Whether it serves."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start it and wait until it serves. Raises `Refused` in production, `CouldNotCheck` otherwise."""
        if self._stack.load_gateway_settings().is_production:
            raise Refused(
                "attacks.production",
                "the attack room is for development chains: it doesn't start in production",
                "攻击演示仅用于开发链：不在生产环境启动",
            )
        self._port = self._port or find_free_port()
        try:
            listener = open_listener(LOOPBACK, self._port)
        except StartRefused as refusal:
            raise CouldNotCheck(
                "port.busy", f"the attack room can't start: {refusal}", f"攻击演示无法启动：{refusal}"
            ) from None
        self._open_log()
        config = uvicorn.Config(self._build_app(), access_log=False, log_config=None, server_header=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="attack-room", daemon=True
        )
        self._thread.start()
        self._await_ready(self._server)

    def stop(self) -> None:
        """End it, once what is under way has put back what it changed."""
        self._player.wait()
        self._stage.close()
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        if self._log is not None:
            # Nothing of this process may write to a closed file.
            structlog.reset_defaults()
            if self._logs_before is not None:
                structlog.configure(**self._logs_before)
            self._log.close()
        self._server, self._thread, self._log = None, None, None

    def _build_app(self) -> FastAPI:
        pages = Pages(
            "ledger_cli",
            title=("Attack room", "攻击演示"),
            navigation=_list_navigation,
            development=True,
        )
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
        portal_url = self._stack.portal.url if self._stack.has_portal else None
        holder_url = f"{self._stack.gateway.url}/holder"
        app.state.room = Room(self._player, pages, portal_url, lambda: list_roles(self._stack), holder_url)
        answer_refusals(app, pages, page_prefixes=("/",))
        app.include_router(router)
        pages.mount(app)
        app.add_middleware(RequestLayer, metrics=RequestMetrics("rxledger_attacks"), is_production=False)
        # A name of another site that was made to point here is no reason to answer it.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))
        return app

    def _open_log(self) -> None:
        """Send this process's log lines to a file: standard output is the command's own."""
        path = self._stack.home.gateway_log.with_name(LOG_NAME)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._log = path.open("a", encoding="utf-8")
        self._logs_before = structlog.get_config() if structlog.is_configured() else None
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(self._log))

    def _await_ready(self, server: uvicorn.Server) -> None:
        ends_at = time.monotonic() + READY_SECONDS
        while not server.started:
            if time.monotonic() > ends_at or not self.is_alive():
                raise CouldNotCheck("attacks.not_ready", "the attack room didn't come up", "攻击演示未能启动")
            time.sleep(POLL_SECONDS)


def _list_navigation(_request: Request) -> Sequence[NavItem]:
    return (
        NavItem("/", ("Try to cheat", "试试作弊"), "masks-theater"),
        NavItem("/roles", ("Be somebody else", "换个角色"), "users"),
        NavItem("/plays", ("This run", "本次记录"), "history"),
    )
