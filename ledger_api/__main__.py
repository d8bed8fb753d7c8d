"""`python -m ledger_api` runs the gateway; `python -m ledger_api migrate` brings the schema up to date."""

import sys

import uvicorn

from ledger_api import migrations
from ledger_api.app import build_app, build_parts
from ledger_api.config import load_settings
from ledger_api.database import Database
from ledger_api.errors import StartRefused
from ledger_api.observability.logs import configure_logs

USAGE = "Usage: python -m ledger_api [serve | migrate]"


def main(arguments: list[str]) -> int:
    """Run one command. Returns the exit code: 0 good, 1 refused, with the reason on standard error."""
    configure_logs()
    try:
        settings = load_settings()
        if arguments in ([], ["serve"]):
            app = build_app(build_parts(settings))
            uvicorn.run(
                app,
                host=settings.host,
                port=settings.port,
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=10,
            )
            return 0
        if arguments == ["migrate"]:
            migrations.upgrade(Database(settings.database_url))
            return 0
    except StartRefused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(USAGE, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
