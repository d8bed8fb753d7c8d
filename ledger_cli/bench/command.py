"""The subcommands of `rxledger bench`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text as RichText

from ledger_cli.screen import JsonOption, LanguageOption, Screen, open_screen


class ChainChoice(StrEnum):
    """The chains that a benchmark can run on."""

    GANACHE = "ganache"
    ANVIL = "anvil"


bench_app = typer.Typer(
    no_args_is_help=True,
    help="Measure, each against its own baseline in the same run. 性能测量，均与同次基准对比。",
)


@bench_app.command("anchor")
def anchor(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="Records. 记录数。")] = 10_000,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Records per second from commitment to confirmed checkpoint. 从承诺到检查点确认的吞吐。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    from ledger_cli.bench.anchoring import bench_anchor

    _announce(screen)
    _show(screen, bench_anchor(count))


@bench_app.command("verify")
def verify(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="Bundles. 证据包数。")] = 2_000,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Offline bundles per second. 离线核验吞吐。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    from ledger_cli.bench.verification import bench_verify

    _announce(screen)
    _show(screen, bench_verify(count))


@bench_app.command("mirror")
def mirror(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=1, max=2_000_000, help="Entries. 条目数。")] = 100_000,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Entries per second from tiles to root, kept by the portal. 自瓦片重算至根并存储的吞吐。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    from ledger_cli.bench.mirror import bench_mirror

    _announce(screen)
    _show(screen, bench_mirror(count))


@bench_app.command("latency")
def latency(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="Prescriptions. 处方数。")] = 20,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Time from submit to final on the embedded stack. 从提交到最终确认的时延。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    from ledger_cli.bench.latency import bench_latency

    _announce(screen)
    _show(screen, bench_latency(count))


@bench_app.command("pages")
def pages(
    context: typer.Context,
    count: Annotated[
        int, typer.Option(min=1_000, max=2_000_000, help="Entries mirrored. 已镜像条目数。")
    ] = 100_000,
    repeats: Annotated[int, typer.Option(min=1, max=10_000, help="Times each page. 每页次数。")] = 50,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Time to answer each page of the portal, with a long log mirrored. 监管门户各页面的应答时间。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    from ledger_cli.bench.pages import bench_pages

    _announce(screen)
    _show(screen, bench_pages(count, repeats))


@bench_app.command("dispense")
def dispense(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=1, max=100_000, help="Dispensings. 发药数。")] = 285,
    chain: Annotated[ChainChoice, typer.Option(help="Which chain. 使用的链。")] = ChainChoice.GANACHE,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Dispensings per second to a known outcome, through the gateway's engines. 发药至结果确定的吞吐。"""
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    from ledger_cli.bench.dispensing import bench_dispense

    _announce(screen)
    _show(screen, bench_dispense(count, chain))


def _announce(screen: Screen) -> None:
    screen.note(
        "measuring; other work on this machine disturbs the figures", "正在测量；本机其他负载会影响结果"
    )


def _show(screen: Screen, result: Mapping[str, Any]) -> None:
    screen.write_json(dict(result))
    table = Table(box=box.SIMPLE, title=f"rxledger bench {result['bench']}", show_header=False)
    for name, value in result.items():
        if isinstance(value, Mapping):
            shown = "  ".join(f"{inner} {number}" for inner, number in value.items())
        else:
            shown = str(value)
        table.add_row(RichText(name, style="dim"), RichText(shown))
    screen.show(table)
