"""`python -m ledger_api` runs the gateway; `python -m ledger_api migrate` brings the schema up to date."""

import socket
import sys

import uvicorn

from ledger_api import migrations
from ledger_api.app import build_app, build_parts
from ledger_api.config import Settings, load_settings
from ledger_api.database import Database
from ledger_api.errors import StartRefused
from ledger_api.observability.logs import configure_logs

BACKLOG = 2048
GRACE_SECONDS = 10
USAGE = "Usage: python -m ledger_api [serve | migrate]"


def main(arguments: list[str]) -> int:
    """Run one command. Returns the exit code: 0 good, 1 refused, with the reason on standard error."""
    configure_logs()
    try:
        settings = load_settings()
        if arguments in ([], ["serve"]):
            serve(settings)
            return 0
        if arguments == ["migrate"]:
            migrations.prepare(Database(settings.database_url), may_upgrade=True)
            return 0
    except StartRefused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(USAGE, file=sys.stderr)
    return 1


def serve(settings: Settings) -> None:
    """Run the gateway until it is told to end (SIGINT, SIGTERM). Raises StartRefused."""
    app = build_app(build_parts(settings))
    with _listen(settings) as listener:
        config = uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[listener])


def _listen(settings: Settings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port), backlog=BACKLOG)
    except OSError as fault:
        raise StartRefused(
            f"Can't listen on {settings.host}, port {settings.port}: {fault.strerror}. End what uses the"
            " port, or choose another by RXLEDGER_PORT (and RXLEDGER_HOST)."
        ) from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
