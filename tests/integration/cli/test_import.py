"""`rxledger import`: from FHIR bundles to drafts and, signed by a test doctor's client, to the chain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger_cli.embedded.scenario import VISITS, build_draft
from tests.integration.cli.command_support import Finished, RunningStack, call
from tests.support.patients import generate_bundles, write_bundles

pytestmark = [pytest.mark.integration, pytest.mark.chain]

PATIENTS = 1_000
MAPPING = Path(__file__).parents[3] / "docs" / "examples" / "code-mapping.csv"


def _import(stack: RunningStack, file: Path, *options: str, hospital: str = "peoples") -> Finished:
    token = str(stack.token(hospital))
    return call("import", str(file), "--gateway", stack.gateway, "--token-file", token, "--json", *options)


def _sign_all(stack: RunningStack, doctor: str) -> Finished:
    folder = stack.doctor(doctor)
    credentials = ["--password-file", str(folder / "password"), "--pin-file", str(folder / "pin")]
    profile = ["--profile", str(folder / "profile.json")]
    return call("sign", "--all-drafts", "--yes", "--json", "--wait-seconds", "120", *profile, *credentials)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_thousand_patients_are_imported_signed_and_anchored(running: RunningStack, tmp_path: Path) -> None:
    file = tmp_path / "patients.ndjson"
    write_bundles(file, PATIENTS)
    imported = _import(running, file, "--mapping", str(MAPPING))
    assert imported.exit_code == 0, imported.stdout[-3000:] + imported.stderr
    counts = imported.document["counts"]
    assert counts["drafted"] > PATIENTS and counts["refused"] == 0
    drafts = {item["draft_id"] for item in imported.document["items"] if item["outcome"] == "drafted"}

    write_bundles(file, 50)
    again = _import(running, file)
    assert again.exit_code == 0
    assert {item["draft_id"] for item in again.document["items"]} <= drafts, "nothing was drafted twice"

    signed = _sign_all(running, "dr-li")
    assert signed.exit_code == 0, signed.stdout[-3000:] + signed.stderr
    assert signed.document["status"] == "final"
    assert drafts <= {item["source"] for item in signed.document["items"]}
    assert len({item["commitment"] for item in signed.document["items"]}) >= len(drafts)


def test_one_bad_item_is_refused_and_the_others_go_on(running: RunningStack, tmp_path: Path) -> None:
    good, bad = build_draft(VISITS[5], 900), build_draft(VISITS[5], 901)
    lines = bad["lines"]
    assert isinstance(lines, list)
    bad["lines"] = []
    file = tmp_path / "mixed.ndjson"
    rows = [json.dumps(good), "{not json", json.dumps(bad), '{"resourceType": "Patient"}', json.dumps([1])]
    file.write_text("\n".join(rows))
    imported = _import(running, file, hospital="tcm")
    assert imported.exit_code == 1
    assert [item["outcome"] for item in imported.document["items"]] == ["drafted", *["refused"] * 4]
    assert imported.document["items"][2]["code"].startswith("gateway.")


def test_unmapped_codes_are_refused_by_item_until_the_mapping_is_there(
    running: RunningStack, tmp_path: Path
) -> None:
    file = tmp_path / "patients.ndjson"
    write_bundles(file, 20, seed=7)
    refused = _import(running, file, hospital="tcm")
    assert refused.exit_code == 1
    assert refused.document["counts"]["drafted"] == 0 < refused.document["counts"]["refused"]
    mapped = _import(running, file, "--mapping", str(MAPPING), hospital="tcm")
    assert mapped.exit_code == 0
    assert mapped.document["counts"]["drafted"] == refused.document["counts"]["refused"]


def test_a_folder_of_bundles_is_imported_and_the_summary_counts_orders_and_drafts(
    running: RunningStack, tmp_path: Path
) -> None:
    for number, content in enumerate(generate_bundles(10, seed=11)):
        (tmp_path / f"patient-{number}.json").write_bytes(content)
    other = tmp_path / "other.ndjson"
    other.write_text(json.dumps(build_draft(VISITS[5], 903)))
    imported = _import(running, tmp_path, "--mapping", str(MAPPING))
    assert imported.exit_code == 0, imported.stdout[-3000:]
    drafted = [item for item in imported.document["items"] if item["outcome"] == "drafted"]
    assert imported.document["drafts"] == len({item["draft_id"] for item in drafted}) < len(drafted)
    assert {item["source"].split()[0] for item in drafted} >= {str(other) + ":1"}

    token = str(running.token())
    words = ("--gateway", running.gateway, "--token-file", token, "--lang", "zh")
    again = call("import", str(other), str(tmp_path / "patient-0.json"), *words)
    assert again.exit_code == 0
    assert "份草稿" in again.stdout and "此前已导入" in again.stdout


def test_a_file_that_cannot_be_read_stops_the_import_before_anything_is_sent(
    running: RunningStack, tmp_path: Path
) -> None:
    good, missing = tmp_path / "good.json", tmp_path / "missing.json"
    good.write_text(json.dumps(build_draft(VISITS[5], 904)))
    token = str(running.token())
    stopped = call(
        "import", str(good), str(missing), "--gateway", running.gateway, "--token-file", token, "--json"
    )
    assert stopped.exit_code == 1
    assert stopped.document["error"]["code"] == "import.unreadable"


def test_a_wrong_token_is_refused_once_and_clearly(running: RunningStack, tmp_path: Path) -> None:
    token, file = tmp_path / "token", tmp_path / "one.json"
    token.write_text(f"rxm_{'0' * 32}_{'0' * 64}\n")
    file.write_text(json.dumps(build_draft(VISITS[5], 902)))
    refused = call("import", str(file), "--gateway", running.gateway, "--token-file", str(token), "--json")
    assert refused.exit_code == 1
    assert refused.document["error"]["code"].startswith("gateway.")
