"""`rxledger simulate`: a day of several hospitals, pharmacies and an insurer, played on a running stack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_cli.errors import EXIT_BAD, EXIT_INTERRUPTED, CouldNotCheck
from ledger_cli.screen import JsonOption, LanguageOption, Screen, open_screen, step_progress

if TYPE_CHECKING:
    from ledger_cli.embedded.home import Home
    from ledger_cli.simulate.day import Day, DayOptions

PATIENTS = 1_000
MAX_PATIENTS = 100_000
SEED = 20_261_122
PARALLEL = 12
MAPPING_NAME = "code-mapping.csv"


HomeOption = Annotated[
    Path | None,
    typer.Option(help="Home folder of the running stack. 正在运行的主目录。", envvar="RXLEDGER_HOME"),
]
PatientsOption = Annotated[
    int, typer.Option(min=1, max=MAX_PATIENTS, help="How many synthetic patients. 合成患者数。")
]
SeedOption = Annotated[int, typer.Option(min=0, help="The same seed, the same day. 随机种子。")]
BundlesOption = Annotated[
    list[Path] | None,
    typer.Option(help="FHIR R4 bundles (files, NDJSON, folders) in place of synthetic ones. FHIR 文件。"),
]
MappingOption = Annotated[
    Path | None, typer.Option(help="Code mapping (CSV); default: the example's. 编码对照表。")
]
ParallelOption = Annotated[
    int, typer.Option(min=1, max=64, help="Prescriptions on their way at once. 并行处方数。")
]
DetailsOption = Annotated[
    Path | None, typer.Option(help="Write each prescription with its claims here (NDJSON). 明细文件。")
]


def simulate(
    context: typer.Context,
    home: HomeOption = None,
    patients: PatientsOption = PATIENTS,
    seed: SeedOption = SEED,
    bundles: BundlesOption = None,
    mapping: MappingOption = None,
    parallel: ParallelOption = PARALLEL,
    details: DetailsOption = None,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Simulate a day on a stack that `rxledger run` keeps running. 在运行中的环境上模拟一天。

    Patients' orders are imported, signed, reviewed, fetched by code, dispensed with packs, settled; some are
    voided, returned, refused, reduced, or tried twice. The same seed plans the same day, which a stack plays
    once. Ctrl-C begins no more of them, and tells of the day so far. Exit code 1: something went otherwise
    than planned. 2: the day couldn't be begun. 130: interrupted.
    """
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    # Loading the gateway takes seconds, which the other commands don't need to spend.
    from ledger_cli.embedded.credentials import open_signer
    from ledger_cli.embedded.people import LI
    from ledger_cli.simulate.day import DayOptions
    from ledger_cli.simulate.patients import find_patients
    from ledger_cli.simulate.report import day_as_json, show_day, verify_writable, write_details

    if details is not None:
        verify_writable(details)
    places = _find_stack(home)
    profile, _, _ = open_signer(places, LI)
    found = find_patients(patients, seed, bundles or [])
    options = DayOptions(places, profile.gateway, found, seed, mapping or find_example_mapping(), parallel)
    day = _play_with_progress(screen, options)
    if details is not None:
        write_details(day, details)
    show_day(day, screen)
    screen.write_json(day_as_json(day, seed))
    if day.not_begun:
        raise typer.Exit(EXIT_INTERRUPTED)
    if not day.is_good:
        raise typer.Exit(EXIT_BAD)


def _find_stack(home: Path | None) -> Home:
    from ledger_cli.embedded.home import Home, find_default_home

    places = Home((home or find_default_home()).resolve())
    if not places.credentials.is_dir():
        raise CouldNotCheck(
            "simulate.no_home",
            f"{places.root} is no home of a stack; start one with: rxledger run --home {places.root}",
            f"{places.root} 不是环境的主目录；请先启动：rxledger run --home {places.root}",
        )
    return places


def _play_with_progress(screen: Screen, options: DayOptions) -> Day:
    from ledger_cli.simulate.day import Progress, simulate_day

    with step_progress(screen) as bars:
        task = bars.add_task("", total=None)

        def begin(en: str, zh: str, total: int) -> None:
            bars.reset(task, description=screen.pick(en, zh), total=total)

        def stop() -> None:
            screen.note(
                "stopping: prescriptions under way go to their end, the others are left as drafts; Ctrl-C "
                "again ends at once",
                "正在停止：已开始的处方走完流程，其余仍为草稿；再按 Ctrl-C 立即结束",
            )

        return simulate_day(options, Progress(begin, lambda: bars.advance(task), stop))


def find_example_mapping() -> Path:
    """The example's code mapping: in the repository, or as the package brings it."""
    package = Path(__file__).resolve().parent
    for path in (package.parents[1] / "docs" / "examples" / MAPPING_NAME, package / MAPPING_NAME):
        if path.is_file():
            return path
    raise CouldNotCheck(
        "simulate.no_mapping",
        "the example's code mapping isn't there; name one with --mapping",
        "缺少示例编码对照表；请用 --mapping 指定",
    )
