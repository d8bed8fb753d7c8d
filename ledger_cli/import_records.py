"""`rxledger import`: prescriptions and FHIR bundles from files become drafts at the gateway.

Nothing is signed here. Each item has an Idempotency-Key made from its content, so that an interrupted import
is simply run again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from ledger_cli.errors import EXIT_BAD, CouldNotCheck, GatewayRefused, Refused
from ledger_cli.file_faults import file_fault
from ledger_cli.gateway_client import GatewayClient, member
from ledger_cli.import_source import SourceItem, count_items, find_files, read_items
from ledger_cli.screen import JsonOption, LanguageOption, Screen, open_screen, step_progress
from ledger_cli.secret_entry import read_token
from ledger_cli.shown_text import shown_text

OUTCOMES = ("drafted", "skipped", "refused")
MAX_SHOWN_REFUSALS = 20
MAX_MAPPING_BYTES = 16 * 1024 * 1024
PARALLEL_REQUESTS = 4

ItemResult = dict[str, Any]


def import_records(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="FHIR R4 bundles, NDJSON, prescription bodies, or folders of them. 待导入的文件或目录。",
            metavar="FILE",
        ),
    ],
    gateway: Annotated[
        str, typer.Option(help="The gateway's address. 网关地址。", envvar="RXLEDGER_GATEWAY")
    ] = "http://127.0.0.1:8400",
    token_file: Annotated[
        str | None,
        typer.Option(
            help="The machine client's token, from a file (- is standard input). 机构系统的访问令牌文件。"
        ),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="Upload this code mapping (CSV) first. 先上传此编码对照表。")
    ] = None,
    json_wanted: JsonOption = False,
    lang: LanguageOption = None,
) -> None:
    """Import FHIR bundles or prescriptions as drafts for doctors to sign. 导入为待签草稿。

    Safe to repeat: what was imported before isn't imported again.
    """
    screen = open_screen(context, json_wanted=json_wanted, language=lang)
    files = find_files(paths)
    with GatewayClient(gateway, read_token(screen, token_file)) as client:
        if mapping is not None:
            upload_mapping(client, mapping)
            screen.say(f"✓ code mapping {mapping} uploaded", f"✓ 编码对照表 {mapping} 已上传", style="green")
        results = list(_import_with_progress(screen, client, files))
    counts = Counter(result["outcome"] for result in results)
    _show_summary(screen, results, counts)
    screen.write_json(
        {
            "ok": counts["refused"] == 0,
            "counts": {name: counts[name] for name in OUTCOMES},
            "drafts": count_drafts(results),
            "items": results,
        }
    )
    if counts["refused"]:
        raise typer.Exit(EXIT_BAD)


def upload_mapping(client: GatewayClient, path: Path) -> None:
    """Replace the institution's code mapping by this file; raises when the gateway refuses it."""
    try:
        with path.open("rb") as source:
            content = source.read(MAX_MAPPING_BYTES + 1)
    except OSError as fault:
        reason = file_fault(fault)
        raise Refused(
            "import.mapping", f"can't read {path} ({reason.en})", f"无法读取 {path}（{reason.zh}）"
        ) from fault
    content_type = "application/json" if path.suffix == ".json" else "text/csv"
    key = f"mapping-{hashlib.sha256(content).hexdigest()}"
    client.send_content("PUT", "/v1/code-mappings", content, content_type, idempotency_key=key)


def find_mapping_version(client: GatewayClient) -> int:
    """The version of the code mapping in force; 0 when the institution has none yet."""
    try:
        return int(member(client.get("/v1/code-mappings", limit=1).document, "version", int))
    except GatewayRefused as refusal:
        if refusal.status == 404:
            return 0
        raise


def import_items(
    client: GatewayClient, items: Iterator[SourceItem], *, on_item: Callable[[], None] = lambda: None
) -> Iterator[ItemResult]:
    """Send each item and yield what became of it, in the file's order; a few are under way at once."""
    mapping_version = find_mapping_version(client)
    with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
        under_way: list[Future[list[ItemResult]]] = []
        for item in items:
            under_way.append(pool.submit(_import_item, client, item, mapping_version))
            if len(under_way) >= 2 * PARALLEL_REQUESTS:
                yield from under_way.pop(0).result()
                on_item()
        for pending in under_way:
            yield from pending.result()
            on_item()


def _import_item(client: GatewayClient, item: SourceItem, mapping_version: int) -> list[ItemResult]:
    if item.kind == "malformed":
        return [_refused(item, "import.malformed", item.fault.en, item.fault.zh)]
    path = "/v1/imports/fhir" if item.kind == "fhir" else "/v1/drafts"
    try:
        key = item.idempotency_key(mapping_version)
        reply = client.send_content("POST", path, item.content, "application/json", idempotency_key=key)
    except GatewayRefused as refusal:
        return [_refused(item, refusal.code, refusal.text.en, refusal.text.zh)]
    if item.kind == "body":
        drafted = {"source": item.position, "outcome": "drafted"}
        results = [drafted | {"draft_id": member(reply.document, "id", str)}]
    else:
        results = [_fhir_result(item, result) for result in member(reply.document, "items", list)]
    return [result | {"replayed": reply.replayed} for result in results]


def _fhir_result(item: SourceItem, result: Any) -> ItemResult:
    outcome = result.get("outcome") if isinstance(result, dict) else None
    if outcome not in OUTCOMES:
        raise CouldNotCheck(
            "gateway.nonsense",
            f"the gateway's reply for {item.position} has an unknown outcome",
            f"网关对 {item.position} 的应答含有未知结果",
        )
    found: ItemResult = {
        "source": f"{item.position} {shown_text(result.get('source', ''))}".strip(),
        "outcome": outcome,
    }
    for name in ("draft_id", "code", "message", "message_zh"):
        if isinstance(result.get(name), str):
            found[name] = result[name]
    return found


def _refused(item: SourceItem, code: str, en: str, zh: str) -> ItemResult:
    return {"source": item.position, "outcome": "refused", "code": code, "message": en, "message_zh": zh}


def _import_with_progress(
    screen: Screen, client: GatewayClient, files: Sequence[Path]
) -> Iterator[ItemResult]:
    total = count_items(files)
    with step_progress(screen) as progress:
        task = progress.add_task(screen.pick("importing", "导入中"), total=total)
        items = (item for file in files for item in read_items(file))
        yield from import_items(client, items, on_item=lambda: progress.advance(task))


def _show_summary(screen: Screen, results: list[ItemResult], counts: Counter[str]) -> None:
    refusals = [result for result in results if result["outcome"] == "refused"]
    if refusals:
        table = Table(box=box.SIMPLE, title=screen.pick("Refused", "被拒绝"), title_style="red")
        for en, zh in (("where", "位置"), ("why", "原因")):
            table.add_column(screen.pick(en, zh), overflow="fold")
        for result in refusals[:MAX_SHOWN_REFUSALS]:
            why = screen.pick(result.get("message", ""), result.get("message_zh", ""))
            table.add_row(shown_text(result["source"]), shown_text(why))
        screen.show(table)
        hidden = len(refusals) - MAX_SHOWN_REFUSALS
        if hidden > 0:
            screen.say(f"… and {hidden} more; --json lists all", f"……另有 {hidden} 项；用 --json 查看全部")
    _show_counts(screen, results, counts)
    if counts["drafted"]:
        screen.say(
            "next: the doctor signs them with: rxledger sign --all-drafts --profile FILE",
            "下一步：医师签署：rxledger sign --all-drafts --profile 文件",
        )


def _show_counts(screen: Screen, results: list[ItemResult], counts: Counter[str]) -> None:
    drafts = count_drafts(results)
    if any(result.get("replayed") for result in results):
        screen.say(
            "Some were imported before: they are counted as they were then, and nothing was done twice.",
            "其中一部分此前已导入：按当时的结果计数，没有重复处理。",
            style="dim",
        )
    screen.say(
        f"done: {counts['drafted']} orders went into {drafts} drafts, {counts['skipped']} were skipped, "
        f"{counts['refused']} refused",
        f"完成：{counts['drafted']} 条医嘱生成 {drafts} 份草稿，跳过 {counts['skipped']} 条，"
        f"拒绝 {counts['refused']} 条",
        style="bold",
    )
    skipped = Counter(
        screen.pick(result.get("message", ""), result.get("message_zh", ""))
        for result in results
        if result["outcome"] == "skipped"
    )
    for why, count in skipped.most_common():
        screen.say(
            f"  skipped {count}: {shown_text(why)}", f"  跳过 {count} 条：{shown_text(why)}", style="dim"
        )


def count_drafts(results: list[ItemResult]) -> int:
    """How many drafts the drafted orders went into: several orders can share one."""
    return len({result.get("draft_id") for result in results if result["outcome"] == "drafted"})
