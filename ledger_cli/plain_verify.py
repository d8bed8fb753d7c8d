"""`rxledger verify` with the verification core alone: offline, plain text, the standard library's parser.

Exit codes are those of the whole command: 0 good, 1 bad, 2 could not check.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Final, NoReturn

from ledger_cli.errors import EXIT_BAD, EXIT_COULD_NOT_CHECK, EXIT_GOOD
from ledger_cli.file_faults import file_fault
from ledger_cli.language import Language, Text, language_of
from ledger_cli.release import version_line
from ledger_cli.shown_text import shown_text
from ledger_proofs.bundles import MAX_BUNDLE_BYTES, parse_bundle
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.reports import Outcome, Report
from ledger_proofs.trust_files import MAX_TRUST_BYTES, parse_trust_file
from ledger_proofs.verifier import verify_bundle
from ledger_proofs.wording import STEP_NAMES_ZH, chinese_message, english_message

_ONLY_VERIFIER: Final = Text(
    "this installation has the verifier alone: rxledger verify BUNDLE [--trust FILE] [--json] "
    "[--lang en|zh], offline. For everything else, and to check the chain through a node, install "
    "rxledger[cli] (or run `make setup` in its sources)",
    "此安装仅含核验器：rxledger verify 证据包 [--trust 文件] [--json] [--lang en|zh]，离线核验。其他功能及"
    "通过节点核对链，请安装 rxledger[cli]（或在源码中运行 make setup）",
)
_WORDS: Final = {
    Outcome.PASSED: Text("✓ passed", "✓ 通过"),
    Outcome.FAILED: Text("✗ failed", "✗ 不通过"),
    Outcome.LATE: Text("◷ late", "◷ 迟到"),
    Outcome.COULD_NOT_CHECK: Text("? could not check", "? 无法核验"),
}
_EXIT_CODES: Final = {Outcome.PASSED: EXIT_GOOD, Outcome.COULD_NOT_CHECK: EXIT_COULD_NOT_CHECK}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what this installation can do, whatever else was asked of it."""
        language = language_of(os.environ)
        self.exit(EXIT_COULD_NOT_CHECK, f"{_ONLY_VERIFIER.in_(language)}\n")


def verify_plainly(arguments: list[str]) -> int:
    """Verify one bundle offline and print the report. Returns the exit code."""
    parser = _Parser(prog="rxledger", epilog=_ONLY_VERIFIER.en, exit_on_error=False)
    parser.add_argument("--version", action="version", version=version_line())
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help=_ONLY_VERIFIER.zh)
    verify.add_argument("bundle", help="the evidence bundle; - reads standard input · 证据包文件")
    verify.add_argument("--trust", help="chain, contracts and validators that you trust · 信任文件")
    verify.add_argument("--offline", action="store_true", help="always so here · 此处始终离线")
    verify.add_argument("--json", action="store_true", help="write JSON for programs · 输出 JSON")
    verify.add_argument("--lang", choices=[language.value for language in Language])
    try:
        given = parser.parse_args(arguments)
    except argparse.ArgumentError as fault:
        parser.error(str(fault))
    language = Language(given.lang) if given.lang else language_of(os.environ)
    return _verify(given.bundle, given.trust, language, json_wanted=given.json)


def _verify(name: str, trust_name: str | None, language: Language, *, json_wanted: bool) -> int:
    reading = trust_name or name
    try:
        trust = None if trust_name is None else parse_trust_file(_read(trust_name, MAX_TRUST_BYTES)).trust
        reading = name
        report = verify_bundle(parse_bundle(_read(name, MAX_BUNDLE_BYTES)), trust)
    except OSError as fault:
        reason = file_fault(fault)
        text = Text(f"can't read {reading} ({reason.en})", f"无法读取 {reading}（{reason.zh}）")
        # Nothing is known of what wasn't read: that isn't a bad bundle.
        return _end(Outcome.COULD_NOT_CHECK, "verify.unreadable", text, language, json_wanted=json_wanted)
    except LedgerProofError as fault:
        named = "" if reading == name else f"{reading}: "
        text = Text(
            shown_text(f"{named}{english_message(fault)}"), shown_text(f"{named}{chinese_message(fault)}")
        )
        return _end(Outcome.FAILED, fault.code, text, language, json_wanted=json_wanted)
    exit_code = _EXIT_CODES.get(report.outcome, EXIT_BAD)
    if json_wanted:
        print(json.dumps({"ok": exit_code == EXIT_GOOD, **report.as_json()}, ensure_ascii=False, indent=2))
    else:
        _show(report, language)
    return exit_code


def _read(name: str, most_bytes: int) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(most_bytes + 1)
    with Path(name).open("rb") as source:
        return source.read(most_bytes + 1)


def _end(outcome: Outcome, code: str, text: Text, language: Language, *, json_wanted: bool) -> int:
    """Say why there is no report. Returns the exit code."""
    if json_wanted:
        error = {"code": code, "message": text.en, "message_zh": text.zh}
        document: dict[str, object] = {"ok": False, "outcome": outcome.value, "steps": [], "error": error}
        print(json.dumps(document, ensure_ascii=False))
    else:
        print(f"{_WORDS[outcome].in_(language)}: {text.in_(language)}", file=sys.stderr)
    return _EXIT_CODES.get(outcome, EXIT_BAD)


def _show(report: Report, language: Language) -> None:
    chinese = language is Language.ZH
    for step in report.steps:
        name = STEP_NAMES_ZH[step.name] if chinese else step.name
        message = shown_text(step.message_zh if chinese else step.message_en)
        print(f"{step.number}. {name}: {_WORDS[step.outcome].in_(language)}\n     {message}")
    print(f"{'整体' if chinese else 'the whole'}: {_WORDS[report.outcome].in_(language)}")
