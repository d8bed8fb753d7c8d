"""The command `rxledger`: its subcommands and the one place where errors become words and exit codes.

Exit codes: 0 good, 1 bad, 2 could not check.
"""

from __future__ import annotations

import os
from typing import Any

import typer
from typer.core import TyperGroup

from ledger_cli.bench.command import bench_app
from ledger_cli.demo.command import demo
from ledger_cli.deploy import deploy_contracts
from ledger_cli.errors import CommandError, CouldNotCheck
from ledger_cli.foreign_errors import find_command_error
from ledger_cli.import_records import import_records
from ledger_cli.keys import keys_app
from ledger_cli.language import language_of
from ledger_cli.run import run
from ledger_cli.screen import Screen, show_error
from ledger_cli.sign import sign
from ledger_cli.simulate.command import simulate
from ledger_cli.verify import verify


class ErrorBoundary(TyperGroup):
    """Turns every error into a message and an exit code; a traceback never reaches the user."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command; on an error say why and exit with its code."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, KeyboardInterrupt, BrokenPipeError):
            raise
        except CommandError as error:
            self._end(ctx, error)
        except Exception as fault:
            if os.environ.get("RXLEDGER_DEBUG"):
                raise
            # Usage errors are the framework's own, and it words and exits for them itself.
            if hasattr(fault, "format_message") and hasattr(fault, "exit_code"):
                raise
            self._end(ctx, find_command_error(fault) or _unexpected(fault))

    def _end(self, ctx: Any, error: CommandError) -> None:
        screen = ctx.find_root().obj
        if not isinstance(screen, Screen):
            screen = Screen(json_wanted=False, language=language_of(os.environ))
        show_error(screen, error)
        raise typer.Exit(error.exit_code)


def _unexpected(fault: Exception) -> CommandError:
    name = type(fault).__name__
    return CouldNotCheck(
        "internal",
        f"an error in rxledger itself ({name}); run again with RXLEDGER_DEBUG=1 and report what it prints",
        f"rxledger 自身出错（{name}）；请设置 RXLEDGER_DEBUG=1 后重试，并报告其输出",
    )


app = typer.Typer(
    name="rxledger",
    cls=ErrorBoundary,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Prescriptions that can be proved: sign, import, verify, run. Exit codes: 0 good, "
    "1 bad, 2 could not check. 可证明的处方：签署、导入、核验、运行。退出码：0 通过，1 不通过，2 无法核验。",
)
app.command("run")(run)
app.command("demo")(demo)
app.command("simulate")(simulate)
app.command("verify")(verify)
app.command("sign")(sign)
app.command("import")(import_records)
app.add_typer(keys_app, name="keys")
app.command("deploy")(deploy_contracts)
app.add_typer(bench_app, name="bench")


def main() -> None:
    """The entry point of the command."""
    app()


if __name__ == "__main__":
    main()
