"""The schemas of all records' bodies, in one place: what docs/schemas holds is written from here."""

from collections.abc import Mapping
from typing import Final

from ledger_api.accesses import body as accesses
from ledger_api.demands import body as demands
from ledger_api.dispenses import body as dispenses
from ledger_api.lots import body as lots
from ledger_api.prescriptions.body_schema import build_body_schema, build_draft_schema
from ledger_api.records.body_schema import build_body_schema_of
from ledger_api.refusals import body as refusals
from ledger_api.restores import body as restores
from ledger_api.reversals import body as reversals
from ledger_api.reviews import body as reviews
from ledger_api.settlements import body as settlements
from ledger_api.voids import body as voids
from ledger_proofs.types import JsonValue

_TEXT: Final = "text holds no invisible characters"
_MODELS: Final = (
    (reviews.SCHEMA_NAME, reviews.ReviewBody, f"a rejection gives reasons and an opinion; {_TEXT}."),
    (
        dispenses.SCHEMA_NAME,
        dispenses.DispensingBody,
        "each line that is dispensed is charged once, in order, quantity times price rounded half up; the"
        f" packs' tokens and units are those of the use; {_TEXT}.",
    ),
    (restores.SCHEMA_NAME, restores.RestoreBody, f"{_TEXT}."),
    (voids.SCHEMA_NAME, voids.VoidBody, f"ordinals ascend, none twice; {_TEXT}."),
    (
        refusals.SCHEMA_NAME,
        refusals.RefusalBody,
        f"`dispensing` and `chain_error` go with the reason chain_refused, and with no other; {_TEXT}.",
    ),
    (
        lots.SCHEMA_NAME,
        lots.LotBody,
        "packs ascend, none twice; a commissioned lot has packs, a recall and nothing else a reason; a lot"
        f" expires no earlier than it was made; {_TEXT}.",
    ),
    (
        settlements.SCHEMA_NAME,
        settlements.SettlementBody,
        "lines answer the charges in order; in each, fund, account, cash and reduced add up to the amount; a"
        " reduced line, and no other that costs anything, has a reason; totals are the sums; the decision is"
        f" what the lines say; claims ascend and are none exactly where all is refused; {_TEXT}.",
    ),
    (reversals.SCHEMA_NAME, reversals.ReversalBody, f"claims ascend, none twice; {_TEXT}."),
    (demands.SCHEMA_NAME, demands.DemandBody, f"{_TEXT}."),
    (
        accesses.SCHEMA_NAME,
        accesses.AccessBody,
        f"a granted access, and no other, names a wrapped key; a refused one has a reason; {_TEXT}.",
    ),
)


def build_schema_files() -> Mapping[str, Mapping[str, JsonValue]]:
    """Build each schema by the name of its file in docs/schemas."""
    files = {
        "rx.prescription-1.schema.json": build_body_schema(),
        "rx.prescription-1.draft.schema.json": build_draft_schema(),
    }
    for name, model, beyond in _MODELS:
        files[f"{name.replace('/', '-')}.schema.json"] = build_body_schema_of(model, name, beyond)
    return files
