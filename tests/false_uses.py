"""Evidence bundles of dispensings and other records that lie about their use.

Most are the work of an institution that signs, logs and anchors its lie properly, so that only what the
record itself says can show it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from ledger_proofs.bundles import bundle_to_json
from ledger_proofs.entry_terms import EntryTerms
from ledger_proofs.types import ZERO_HASH, Hash, JsonValue
from tests.factories import build_scene, dispensing_record
from tests.hostile_bundles import Document, HostileBundle, encoded

FAILED, OPEN = "failed", "could_not_check"
PREMISE = "premise.not_established"
ZEROS = EntryTerms(3, 0, 0, 0, ZERO_HASH)


def dispensing_document() -> Document:
    """Return a dispensing's bundle that verifies."""
    return _document(dispensing_record())


def false_uses() -> list[HostileBundle]:
    """Return the bundles that parse and must not pass."""
    return [*_altered_files(), *_stated_otherwise(), *_unlike_any_use(), *_wrong_kinds()]


def _document(record: dict[str, JsonValue], **scene: Any) -> Document:
    document: Document = json.loads(bundle_to_json(build_scene(record, **scene).bundle))
    return document


def _lie(
    name: str, record: dict[str, JsonValue], outcome: str, code: str, where: str, **scene: Any
) -> HostileBundle:
    return HostileBundle(name, encoded(_document(record, **scene)), steps={2: (outcome, code, where)})


def _altered_files() -> list[HostileBundle]:
    document = dispensing_document()
    pointers = document["disclosure"]["pointers"]
    payer = pointers.index("/body/use/payer")
    altered = copy.deepcopy(document)
    altered["disclosure"]["fields"][payer]["value"] = 302
    withheld = copy.deepcopy(document)
    del withheld["disclosure"]["fields"][payer]
    steps = {1: (FAILED, "field.mismatch", "/body/use/payer"), 2: (OPEN, PREMISE, "1")}
    return [
        HostileBundle("dispensing_payer_altered", encoded(altered), steps=steps),
        HostileBundle(
            "dispensing_payer_withheld",
            encoded(withheld),
            steps={2: (OPEN, "entry.withheld", "/body/use/payer")},
        ),
    ]


def _stated_otherwise() -> list[HostileBundle]:
    other = Hash(bytes([5]) * 32)
    rows: tuple[tuple[str, str, Any], ...] = (
        ("dispensing_entry_of_another_use", "terms", other),
        ("dispensing_entry_without_terms", "terms", ZERO_HASH),
        ("dispensing_entry_with_a_window", "not_after", 1),
    )
    return [
        _lie(name, dispensing_record(), FAILED, "entry.mismatch", member, entry_changes={member: value})
        for name, member, value in rows
    ]


def _unlike_any_use() -> list[HostileBundle]:
    rows: tuple[tuple[str, Callable[[Any], None], str, str], ...] = (
        ("other_spender", lambda use: use.update(spender=202), "use.spender", "/body/use/spender"),
        ("other_kind", lambda use: use.update(kind=2), "use.kind", "/body/use/kind"),
        ("no_claims", lambda use: use.update(claims=[]), "use.no_claims", "/body/use/claims"),
        ("claims_turned", lambda use: use["claims"].reverse(), "use.order", "/body/use/claims/1"),
        (
            "claim_twice",
            lambda use: use["claims"].insert(0, dict(use["claims"][0])),
            "use.order",
            "/body/use/claims/1",
        ),
        ("packs_turned", lambda use: use["packs"].reverse(), "use.order", "/body/use/packs/1"),
        (
            "units_over_total",
            lambda use: use["packs"][1].update(units_used=29),
            "use.units",
            "/body/use/packs/1/units_used",
        ),
        (
            "claim_in_capitals",
            lambda use: use["claims"][0].update(claim=use["claims"][0]["claim"].upper()),
            "bundle.hex",
            "/body/use/claims/0/claim",
        ),
        ("unknown_member", lambda use: use.update(note=1), "bundle.member_unknown", "/body/use"),
        ("payer_as_text", lambda use: use.update(payer="301"), "bundle.number", "/body/use/payer"),
    )
    bundles = []
    for name, edit, code, where in rows:
        record: Any = dispensing_record()
        edit(record["body"]["use"])
        bundles.append(_lie(f"dispensing_use_{name}", record, FAILED, code, where, terms=ZEROS))
    without: Any = dispensing_record()
    del without["body"]["use"]
    bundles.append(_lie("dispensing_without_use", without, FAILED, "field.missing", "/body/use", terms=ZEROS))
    return bundles


def _wrong_kinds() -> list[HostileBundle]:
    review = {**dispensing_record(), "schema": "rx.review/1"}
    plain: Any = {**review, "body": {"decision": "approved"}}
    of_review = EntryTerms(2, 0, 0, 0, ZERO_HASH)
    unentitled = HostileBundle(
        "dispensing_by_a_stranger",
        encoded(_document(dispensing_record(), signer="stranger")),
        steps={5: (FAILED, "author.not_entitled", "signed"), 6: (OPEN, PREMISE, "5")},
    )
    return [
        _lie("review_with_a_use", review, FAILED, "use.not_here", "/body/use", terms=of_review),
        _lie(
            "review_with_terms",
            plain,
            FAILED,
            "entry.mismatch",
            "terms",
            entry_changes={"terms": Hash(bytes([5]) * 32)},
        ),
        unentitled,
    ]
