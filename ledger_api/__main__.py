"""`python -m ledger_api`: the gateway's process.

`serve` (or nothing) runs it, `migrate` brings the database schema up to date, and `provision PLAN` brings
tenants, people, machine clients and keys to what a plan file says.
"""

import json
import sys
from pathlib import Path

import uvicorn

from ledger_api import migrations
from ledger_api.app import build_app, build_parts
from ledger_api.config import Settings, load_settings
from ledger_api.plan_files import build_report, load_plan
from ledger_api.provisioning import provision
from ledger_web.database import Database
from ledger_web.errors import StartRefused
from ledger_web.listening import open_listener
from ledger_web.logs import configure_logs

GRACE_SECONDS = 10
USAGE = "Usage: python -m ledger_api [serve | migrate | provision PLAN.json]"


def main(arguments: list[str]) -> int:
    """Run one command. Returns the exit code: 0 good, 1 refused, with the reason on standard error."""
    configure_logs()
    try:
        match arguments:
            case [] | ["serve"]:
                serve(load_settings())
            case ["migrate"]:
                migrations.prepare(Database(load_settings().database_url), may_upgrade=True)
            case ["provision", path]:
                report = build_report(provision(load_settings(), load_plan(Path(path))))
                print(json.dumps(report, indent=2))
            case _:
                raise StartRefused(USAGE)
    except StartRefused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def serve(settings: Settings) -> None:
    """Run the gateway until it is told to end (SIGINT, SIGTERM). Raises StartRefused."""
    app = build_app(build_parts(settings))
    with open_listener(settings.host, settings.port) as listener:
        config = uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
