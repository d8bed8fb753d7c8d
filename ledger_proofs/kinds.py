"""The kinds of records, as data: who issues, who uses, and within which bounds (protocol, section 3.1).

The contracts hold the same table; kinds without claims exist only here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from types import MappingProxyType
from typing import Final

from ledger_proofs.errors import MalformedInput

SKEW_SECONDS: Final = 300
"""By how much clocks may differ, either way."""
UNDO_SECONDS: Final = 3600
"""How long after a use its scan can be undone so that the packs' units are free again."""
DAY_SECONDS: Final = 86_400


class InstitutionRole(IntFlag):
    """What an institution may be; one can be several."""

    HOSPITAL = 1
    PHARMACY = 2
    INSURER = 4
    MANUFACTURER = 8
    REGULATOR = 16


class PractitionerRole(IntEnum):
    """As what a person is enrolled."""

    DOCTOR = 1
    PHARMACIST = 2
    ADJUDICATOR = 3
    RELEASER = 4
    OFFICER = 5
    CLERK = 6


class InstitutionStatus(IntEnum):
    """How an institution stands; 0 on chain means that there is none."""

    ACTIVE = 1
    SUSPENDED = 2
    BARRED = 3


_NOBODY: Final = InstitutionRole(0)


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table. All windows in seconds; those of a kind without claims are 0.

    `must_use`: each record of this kind states a use; of the others that claims are used into, some do.
    """

    number: int
    name: str
    name_zh: str
    issued_by: InstitutionRole
    author: PractitionerRole
    signing_window_seconds: int = DAY_SECONDS
    used_by: InstitutionRole = _NOBODY
    used_into: int = 0
    is_settled_by_payer: bool = False
    has_packs: bool = False
    record_window_seconds: int = 0
    restore_window_seconds: int = 0
    offline_grace_seconds: int = 0
    max_claim_count: int = 0
    must_use: bool = False

    @property
    def carries_claims(self) -> bool:
        """Whether entries of this kind hold claims."""
        return self.max_claim_count > 0

    @property
    def uses_claims(self) -> bool:
        """Whether records of this kind are what claims of another kind are used into."""
        return any(kind.used_into == self.number for kind in KINDS.values())

    @property
    def schema_name(self) -> str:
        """The schema of this kind's records, without its version."""
        return f"rx.{self.name}"


_HOSPITAL = InstitutionRole.HOSPITAL
_INSURER = InstitutionRole.INSURER
_COUNTER = InstitutionRole.HOSPITAL | InstitutionRole.PHARMACY
_PHARMACIST = PractitionerRole.PHARMACIST
_ADJUDICATOR = PractitionerRole.ADJUDICATOR

_ROWS: Final = (
    Kind(
        1,
        "prescription",
        "处方",
        _HOSPITAL,
        PractitionerRole.DOCTOR,
        used_by=_COUNTER,
        used_into=3,
        is_settled_by_payer=True,
        has_packs=True,
        record_window_seconds=DAY_SECONDS,
        restore_window_seconds=10 * DAY_SECONDS,
        offline_grace_seconds=3 * DAY_SECONDS,
        max_claim_count=64,
    ),
    Kind(2, "review", "审方", _COUNTER, _PHARMACIST),
    Kind(3, "dispensing", "发药", _COUNTER, _PHARMACIST, must_use=True),
    Kind(4, "settlement", "结算", _INSURER, _ADJUDICATOR),
    Kind(5, "void", "作废", _HOSPITAL, PractitionerRole.DOCTOR),
    Kind(6, "restore", "恢复", _COUNTER, _PHARMACIST),
    Kind(7, "reversal", "冲正", _INSURER, _ADJUDICATOR),
    Kind(8, "refusal", "拒绝发药", _COUNTER, _PHARMACIST),
    Kind(9, "lot", "批次", InstitutionRole.MANUFACTURER, PractitionerRole.RELEASER),
    Kind(
        10,
        "invoice",
        "发票",
        _COUNTER,
        PractitionerRole.CLERK,
        used_by=_INSURER,
        used_into=4,
        record_window_seconds=DAY_SECONDS,
        restore_window_seconds=30 * DAY_SECONDS,
        max_claim_count=1,
    ),
    Kind(11, "demand", "监管要求", InstitutionRole.REGULATOR, PractitionerRole.OFFICER),
    Kind(12, "access", "查阅", _COUNTER | _INSURER | InstitutionRole.MANUFACTURER, PractitionerRole.CLERK),
)

KINDS: Final[Mapping[int, Kind]] = MappingProxyType({kind.number: kind for kind in _ROWS})


def find_kind(number: int) -> Kind | None:
    """Return the row of a kind, or None if this version of the protocol has no such kind."""
    return KINDS.get(number)


def get_kind(number: int) -> Kind:
    """Return the row of a kind; raises `MalformedInput` if this version of the protocol has no such kind."""
    kind = KINDS.get(number)
    if kind is None:
        raise MalformedInput("this version of the protocol has no kind of that number", code="kind.unknown")
    return kind


def find_kind_of_schema(schema: str) -> Kind | None:
    """Return the kind of records with this versioned schema name (`rx.prescription/1`), or None."""
    name = schema.partition("/")[0]
    return next((kind for kind in _ROWS if kind.schema_name == name), None)
