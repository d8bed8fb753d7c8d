"""The command `rxledger`: its subcommands and the one place where errors become words and exit codes.

Exit codes: 0 good, 1 bad, 2 could not check.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from ledger_cli.bench.command import bench_app
from ledger_cli.demo.command import demo
from ledger_cli.deploy import deploy_contracts
from ledger_cli.errors import CommandError, CouldNotCheck
from ledger_cli.foreign_errors import find_command_error
from ledger_cli.import_records import import_records
from ledger_cli.keys import keys_app
from ledger_cli.language import Language, language_of
from ledger_cli.network.command import network_app
from ledger_cli.release import version_line
from ledger_cli.run import run
from ledger_cli.screen import Screen, show_error
from ledger_cli.sign import sign
from ledger_cli.simulate.command import simulate
from ledger_cli.trust import extend_trust
from ledger_cli.verify import verify

USAGE_ZH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NoSuchOption": "没有此选项",
        "MissingParameter": "缺少必需的参数",
        "BadParameter": "参数值无效",
        "BadOptionUsage": "选项后缺少值，或用法有误",
        "UsageError": "命令或参数有误",
    }
)
"""What the framework's usage errors are, in Chinese; its own English message follows with the particulars."""


class ErrorBoundary(TyperGroup):
    """Turns every error into a message and an exit code; a traceback never reaches the user."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the command line apart; a wrong one is said to be wrong in the language asked for."""
        self._language = _language_asked_for(args)
        try:
            return list(super().parse_args(ctx, args))
        except Exception as fault:
            self._explain_usage(fault)
            raise

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
                self._explain_usage(fault)
                raise
            self._end(ctx, find_command_error(fault) or _unexpected(fault))

    def _explain_usage(self, fault: Exception) -> None:
        words = USAGE_ZH.get(type(fault).__name__)
        if words is not None and self._language is Language.ZH:
            typer.echo(f"✗ 用法有误：{words}；请用 --help 查看用法。", err=True)

    def _end(self, ctx: Any, error: CommandError) -> None:
        screen = ctx.find_root().obj
        if not isinstance(screen, Screen):
            screen = Screen(json_wanted=False, language=language_of(os.environ))
        show_error(screen, error)
        raise typer.Exit(error.exit_code)


def _language_asked_for(arguments: Sequence[str]) -> Language:
    """The language of a command line that perhaps can't be taken apart."""
    following = dict(pairwise(arguments))
    if "--lang=zh" in arguments or following.get("--lang") == Language.ZH:
        return Language.ZH
    return language_of(os.environ) if "--lang" not in following else Language.EN


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


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version_line())
        raise typer.Exit


@app.callback()
def rxledger(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Which release this is. 版本。"
        ),
    ] = False,
) -> None:
    """What stands before every subcommand."""


app.command("run")(run)
app.command("demo")(demo)
app.command("simulate")(simulate)
app.command("verify")(verify)
app.command("sign")(sign)
app.command("import")(import_records)
app.add_typer(keys_app, name="keys")
app.command("deploy")(deploy_contracts)
app.command("trust")(extend_trust)
app.add_typer(network_app, name="network")
app.add_typer(bench_app, name="bench")


def main() -> None:
    """The entry point of the command."""
    app()


if __name__ == "__main__":
    main()
