"""The command as a whole: help in two languages, exit codes, and no traceback, whatever happens."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ledger_chain.errors import BadAnswer, ChainUnreachable, HomeCorrupt, MissingTool
from ledger_cli.app import ErrorBoundary, app
from ledger_cli.language import Language, language_of
from ledger_cli.plain_verify import verify_plainly
from ledger_cli.screen import JsonOption, LanguageOption, open_screen
from ledger_proofs.errors import CannotCheck, MalformedInput, RootMismatch

COMMANDS = [
    ["run"],
    ["demo"],
    ["simulate"],
    ["verify"],
    ["sign"],
    ["import"],
    ["deploy"],
    ["trust"],
    ["keys", "new"],
    ["keys", "show"],
    ["keys", "change-pin"],
    ["network", "init"],
    ["network", "add"],
    ["network", "remove"],
    ["network", "key"],
    ["network", "status"],
    ["network", "doctor"],
    ["bench", "anchor"],
    ["bench", "dispense"],
    ["bench", "verify"],
    ["bench", "latency"],
    ["bench", "mirror"],
    ["bench", "pages"],
]
runner = CliRunner(env={"COLUMNS": "200"})


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_in_two_languages_and_takes_json(command: list[str]) -> None:
    shown = runner.invoke(app, [*command, "--help"])
    assert shown.exit_code == 0
    assert re.search("[\u4e00-\u9fff]", shown.output)
    assert "--json" in shown.output and "--lang" in shown.output


def test_the_command_says_which_release_it_is_whole_or_with_the_verifier_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = runner.invoke(app, ["--version"])
    assert shown.exit_code == 0
    assert re.fullmatch(r"rxledger \d+\.\d+\.\d+\n", shown.output)
    with pytest.raises(SystemExit) as ended:
        verify_plainly(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == shown.output


def test_the_listed_commands_are_all_there() -> None:
    shown = runner.invoke(app, ["--help"])
    listed = "run demo simulate verify bench keys sign import deploy trust network"
    for name in listed.split():
        assert re.search(rf"\b{name}\b", shown.output)


@pytest.mark.parametrize(
    ("fault", "exit_code"),
    [
        (RootMismatch("another root"), 1),
        (MalformedInput("not an array", "/a"), 1),
        (BadAnswer("nonsense"), 1),
        (HomeCorrupt(Path("home"), "it is damaged"), 1),
        (CannotCheck("away"), 2),
        (ChainUnreachable("away"), 2),
        (MissingTool("node"), 2),
        (ZeroDivisionError("a fault of our own"), 2),
        (RecursionError(), 2),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("json_wanted", [False, True])
def test_whatever_goes_wrong_is_words_and_an_exit_code(
    fault: Exception, exit_code: int, json_wanted: bool
) -> None:
    failing = typer.Typer(cls=ErrorBoundary)

    @failing.command("fail")
    def fail(context: typer.Context, json_wanted: JsonOption = False, lang: LanguageOption = None) -> None:
        open_screen(context, json_wanted=json_wanted, language=lang)
        raise fault

    @failing.command("other")
    def other() -> None:
        """A second command makes it a group."""

    done = runner.invoke(failing, ["fail", *(["--json"] if json_wanted else [])])
    assert done.exit_code == exit_code
    assert "Traceback" not in done.output
    if json_wanted:
        error = json.loads(done.stdout)["error"]
        assert error["code"] and error["message"] and error["message_zh"]


def test_a_wrong_option_is_explained() -> None:
    done = runner.invoke(app, ["verify", "--nonsense"])
    assert done.exit_code == 2
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "arguments",
    [["--nonsense"], ["nonsense"], ["verify"], ["verify", "--nonsense"], ["simulate", "--patients", "0"]],
    ids=" ".join,
)
def test_a_wrong_command_line_is_explained_in_chinese_too(arguments: list[str]) -> None:
    done = runner.invoke(app, arguments, env={"LC_ALL": "zh_CN.UTF-8"})
    assert done.exit_code == 2
    assert "用法有误" in done.stderr and "--help" in done.stderr
    assert "用法有误" not in runner.invoke(app, arguments, env={"LC_ALL": "C.UTF-8"}).stderr


def test_the_language_asked_for_explains_a_wrong_command_line() -> None:
    arguments = ["verify", "--nonsense", "--lang", "zh"]
    assert "没有此选项" in runner.invoke(app, arguments, env={"LC_ALL": "C.UTF-8"}).stderr


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, Language.ZH),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, Language.EN),
        ({"LC_MESSAGES": "zh_TW"}, Language.ZH),
        ({}, Language.EN),
        ({"LC_ALL": "", "LANG": "de_DE"}, Language.EN),
    ],
)
def test_the_language_is_the_locales(environment: dict[str, str], language: Language) -> None:
    assert language_of(environment) is language
