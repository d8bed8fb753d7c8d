"""`rxledger trust`: adds to a trust file who seals the chain's blocks, so that bundles need no node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger_cli.chain_access import open_chain
from ledger_cli.embedded.home import write_whole
from ledger_cli.errors import Refused
from ledger_cli.file_faults import file_fault
from ledger_cli.pinned_files import TrustFile, read_pinned, trust_file_text
from ledger_cli.screen import JsonOption, LanguageOption, open_screen, step_progress


def extend_trust(
    context: typer.Context,
    rpc: Annotated[str, typer.Option(help="Your own node of the chain. 您自己的链节点地址。", metavar="URL")],
    trust_file: Annotated[
        Path, typer.Option("--trust", help="The trust file to start from. 所依据的信任文件。")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Where to write; the same file by default. 写入路径，默认同一文件。")
    ] = None,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Write down a chain's validators in a trust file. 将链的验证节点写入信任文件。

    Whoever is given the file can then verify bundles of that chain without a node (verify --offline). Reads
    every header since the last known block, through your own node; run it again to bring the file up to date.
    """
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    place = out or trust_file
    if place.is_dir():
        raise _unwritable(place, IsADirectoryError())
    pinned = read_pinned(TrustFile, trust_file)
    reader = open_chain(rpc, pinned)
    # Loading the chain layer takes a second, which the other commands don't need to spend.
    from ledger_chain.validator_history import continue_history, pin_history

    with step_progress(screen) as bars:
        task = bars.add_task(screen.pick("headers", "区块头"), total=None)
        history = continue_history(
            reader, pinned.trust(), lambda done, of: bars.update(task, completed=done, total=of)
        )
    text = trust_file_text(pin_history(reader, pinned.trust(), history), pinned.note)
    try:
        write_whole(place, text, mode=0o644)
    except OSError as fault:
        raise _unwritable(place, fault) from fault
    count, changes, block = len(history.sets[-1].validators), len(history.sets) - 1, history.as_of_block
    screen.write_json(
        {"ok": True, "path": str(place), "as_of_block": block, "validators": count, "changes": changes}
    )
    screen.say(
        f"✓ {place}: {count} validators as of block {block}, changes since the genesis: {changes}",
        f"✓ {place}：截至区块 {block} 共 {count} 个验证节点，创世以来变更 {changes} 次",
        style="green",
    )


def _unwritable(place: Path, fault: OSError) -> Refused:
    reason = file_fault(fault)
    return Refused(
        "trust.unwritable",
        f"can't write {place} ({reason.en}); name another file with --out",
        f"无法写入 {place}（{reason.zh}）；请用 --out 另指定文件",
    )
