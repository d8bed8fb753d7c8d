"""`python -m regulator_portal`: the portal's process.

`serve` (or nothing) runs it, `migrate` brings the database schema up to date, `provision PLAN` brings the
auditors to what a plan file says, and `check` does one full round without serving: exit code 0 clean, 1
findings, 2 not all could be checked. Any command refused: 3, with the reason on standard error.
"""

import argparse
import json
import sys
from pathlib import Path

import uvicorn

from ledger_web.clock import system_clock
from ledger_web.database import Database
from ledger_web.errors import StartRefused
from ledger_web.listening import open_listener
from ledger_web.logs import configure_logs
from ledger_web.passwords import Passwords
from regulator_portal import migrations
from regulator_portal.building import build_parts, build_tools, open_database
from regulator_portal.checking import Checked, check_all, finding_as_json
from regulator_portal.config import PREFIX, Settings, load_settings
from regulator_portal.identity.provisioning import load_plan, provision
from regulator_portal.sources.gateway import Gateways

GRACE_SECONDS = 10
REFUSED = 3


def main(arguments: list[str]) -> int:
    """Run one command. Returns the exit code, see above."""
    configure_logs()
    given = _build_parser().parse_args(arguments)
    try:
        match given.command:
            case "migrate":
                migrations.prepare(Database(load_settings().database_url, PREFIX), may_upgrade=True)
            case "provision":
                changes = provision_auditors(load_settings(), Path(given.plan))
                print(json.dumps({"changes": changes}))
            case "check":
                return check(load_settings(), given.rpc_url, given.database, as_json=given.json)
            case _:
                serve(load_settings())
    except StartRefused as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    return 0


def serve(settings: Settings) -> None:
    """Run the portal until it is told to end (SIGINT, SIGTERM). Raises StartRefused."""
    from regulator_portal.app import build_app

    app = build_app(build_parts(settings))
    with open_listener(settings.host, settings.port, PREFIX) as listener:
        config = uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[listener])


def provision_auditors(settings: Settings, plan: Path) -> int:
    """Bring the auditors to a plan file; return the number of changes. Raises StartRefused."""
    auditors = load_plan(plan)
    database = open_database(settings)
    try:
        return provision(database, auditors, system_clock, Passwords())
    finally:
        database.close()


def check(settings: Settings, rpc_url: str | None, database_url: str | None, *, as_json: bool) -> int:
    """Do one full round and print what it found. Raises StartRefused."""
    chosen = settings.model_copy(
        update={
            name: value
            for name, value in (("rpc_url", rpc_url), ("database_url", database_url))
            if value is not None
        }
    )
    database = open_database(chosen)
    gateways = Gateways()
    try:
        checked = check_all(build_tools(chosen, database, system_clock, gateways))
    finally:
        gateways.close()
        database.close()
    if as_json:
        print(json.dumps(checked.as_json(), ensure_ascii=False, indent=2))
    else:
        _print(checked)
    return checked.exit_code


def _print(checked: Checked) -> None:
    print(f"as of block {checked.as_of_block} | 截至区块 {checked.as_of_block}")
    for finding in checked.findings:
        shown = finding_as_json(finding)
        about = f" record={shown['subject']}" if shown["subject"] else ""
        print(f"{shown['code']} ({shown['verdict']}) log={shown['log']} place={shown['place']}{about}")
        print(f"  {shown['title']} | {shown['title_zh']}")
        for each in finding.evidence:
            print(f"  {each['what']}: {each['expected']} / {each['observed']}")
    for log, problem in checked.unchecked:
        print(f"could not check | 无法核验: log={log} {problem.code}: {problem.en} | {problem.zh}")
    print(f"findings | 发现: {len(checked.findings)}; could not check | 无法核验: {len(checked.unchecked)}")


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m regulator_portal", description="The regulator's portal.")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="run the portal")
    commands.add_parser("migrate", help="bring the database schema up to date")
    provisioning = commands.add_parser("provision", help="bring the auditors to a plan file")
    provisioning.add_argument("plan")
    checking = commands.add_parser("check", help="one full round: mirror, recheck, evidence")
    checking.add_argument("--rpc-url")
    checking.add_argument("--database")
    checking.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
