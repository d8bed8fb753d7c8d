"""One MedicationRequest, checked and read into plain values: what is ordered, for whom, on what grounds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger_api.codes.service import Coding
from ledger_api.imports.fhir_bundle import Entry, FhirBundle
from ledger_api.imports.outcomes import refused, skipped
from ledger_api.prescriptions.body import RESIDENT_ID_CARD
from ledger_proofs.types import JsonValue

CHINESE_ID_CARD: Final = "urn:oid:2.16.156.10011.1.3"
"""Identifier system of the resident ID card in Chinese clinical documents."""
OTHER_CERTIFICATE: Final = "99"
_ORDER_INTENTS: Final = frozenset(
    {"order", "original-order", "reflex-order", "filler-order", "instance-order"}
)
_INACTIVE: Final = frozenset({"inactive", "resolved", "remission"})
_DOUBTED: Final = frozenset({"refuted", "entered-in-error"})
_SEXES: Final = frozenset({"male", "female"})
_MAX_DIAGNOSES: Final = 16


@dataclass(frozen=True)
class Ground:
    """A diagnosis as the sender codes it."""

    codings: tuple[Coding, ...]
    name: str


@dataclass(frozen=True)
class Order:
    """An active order of one drug. `belongs_with` names the orders that one prescription can hold."""

    entry: Entry
    request: Any
    identity: str
    drug_codings: tuple[Coding, ...]
    patient: dict[str, JsonValue]
    grounds: tuple[Ground, ...]
    from_problem_list: bool
    belongs_with: tuple[str, ...]
    is_emergency: bool
    is_continuous: bool


@dataclass(frozen=True)
class ProblemList:
    """The active diagnoses of one patient, at most 16: all of them, and those of each encounter."""

    of_patient: tuple[Ground, ...]
    of_encounter: Mapping[str, tuple[Ground, ...]]


class OrderReader:
    """Reads the orders of one bundle; what several orders share is worked out once."""

    def __init__(self, bundle: FhirBundle) -> None:
        self._bundle = bundle
        self._problem_lists: dict[int, ProblemList] = {}

    def read(self, entry: Entry) -> Order:
        """Read one MedicationRequest. Raises LeftOut, saying why it is skipped or refused."""
        return _read_order(self._bundle, entry, self._get_problem_list)

    def _get_problem_list(self, patient: Entry) -> ProblemList:
        if patient.index not in self._problem_lists:
            self._problem_lists[patient.index] = _build_problem_list(self._bundle, patient)
        return self._problem_lists[patient.index]


def _read_order(bundle: FhirBundle, entry: Entry, get_problem_list: Callable[[Entry], ProblemList]) -> Order:
    request = bundle.get_resource(entry)
    _verify_is_order(request)
    patient_entry = bundle.find(_reference(request.subject))
    patient = bundle.find_resource(_reference(request.subject), "Patient")
    if patient is None or patient_entry is None:
        raise refused("patient_missing")
    encounter = bundle.find_resource(_reference(request.encounter), "Encounter")
    grounds = _stated_grounds(bundle, request)
    listed = () if grounds else _listed_grounds(request, get_problem_list(patient_entry))
    return Order(
        entry=entry,
        request=request,
        identity=_identity(request, entry, patient_entry),
        drug_codings=_drug_codings(bundle, request),
        patient=_build_patient(patient),
        grounds=grounds or listed,
        from_problem_list=not grounds,
        belongs_with=_belongs_with(request, patient_entry),
        is_emergency=encounter is not None and encounter.class_fhir.code == "EMER",
        is_continuous="continuous" in _codes(request.courseOfTherapyType),
    )


def _verify_is_order(request: Any) -> None:
    if request.status != "active":
        raise skipped("not_active")
    if request.intent not in _ORDER_INTENTS:
        raise skipped("not_an_order")
    if request.doNotPerform:
        raise skipped("do_not_perform")
    if request.reportedBoolean or request.reportedReference is not None:
        raise skipped("reported_only")
    if any("inpatient" in _codes(category) for category in request.category or []):
        raise skipped("inpatient")


def _drug_codings(bundle: FhirBundle, request: Any) -> tuple[Coding, ...]:
    concept = request.medicationCodeableConcept
    reference = _reference(request.medicationReference)
    if reference is not None:
        medication = _find_contained(request, reference) or bundle.find_resource(reference, "Medication")
        concept = medication.code if medication is not None else None
    codings = tuple(_codings(concept))
    if not codings:
        raise refused("drug_missing")
    return codings


def _find_contained(request: Any, reference: str) -> Any | None:
    for resource in request.contained or []:
        if reference == f"#{resource.id}" and resource.get_resource_type() == "Medication":
            return resource
    return None


def _stated_grounds(bundle: FhirBundle, request: Any) -> tuple[Ground, ...]:
    stated = [_ground(concept) for concept in request.reasonCode or []]
    for reference in request.reasonReference or []:
        condition = bundle.find_resource(_reference(reference), "Condition")
        if condition is not None:
            stated.append(_ground(condition.code))
    return _distinct(stated)


def _listed_grounds(request: Any, problems: ProblemList) -> tuple[Ground, ...]:
    encounter = _reference(request.encounter) or ""
    listed = problems.of_encounter.get(encounter) or problems.of_patient
    if not listed:
        raise refused("diagnosis_missing")
    return listed


def _build_problem_list(bundle: FhirBundle, patient: Entry) -> ProblemList:
    grounds: list[Ground | None] = []
    by_encounter: dict[str, list[Ground | None]] = {}
    for condition in _active_conditions(bundle, patient):
        ground = _ground(condition.code)
        grounds.append(ground)
        encounter = _reference(condition.encounter)
        if encounter is not None:
            by_encounter.setdefault(encounter, []).append(ground)
    return ProblemList(_distinct(grounds), {name: _distinct(some) for name, some in by_encounter.items()})


def _active_conditions(bundle: FhirBundle, patient: Entry) -> Iterator[Any]:
    for entry in bundle.list_conditions_of(patient):
        condition = bundle.get_resource(entry)
        active = not _codes(condition.clinicalStatus) & _INACTIVE
        if active and not _codes(condition.verificationStatus) & _DOUBTED:
            yield condition


def _ground(concept: Any) -> Ground | None:
    codings = tuple(_codings(concept))
    name = concept.text if concept is not None else None
    name = (
        name or next((coding.display for coding in (concept.coding or []) if coding.display), None)
        if concept
        else None
    )
    return Ground(codings, str(name)[:200].strip()) if codings and name else None


def _distinct(grounds: Iterable[Ground | None]) -> tuple[Ground, ...]:
    return tuple(dict.fromkeys(ground for ground in grounds if ground is not None))[:_MAX_DIAGNOSES]


def _build_patient(patient: Any) -> dict[str, JsonValue]:
    if patient.deceasedBoolean or patient.deceasedDateTime is not None:
        raise skipped("patient_deceased")
    born = str(patient.birthDate) if patient.birthDate is not None else ""
    if len(born) != len("YYYY-MM-DD"):
        raise refused("patient_birth_date_incomplete")
    id_type, id_number = _identifier(patient)
    return {
        "name": _name(patient),
        "id_type": id_type,
        "id_number": id_number,
        "sex": patient.gender if patient.gender in _SEXES else "unknown",
        "birth_date": born,
    }


def _name(patient: Any) -> str:
    names = sorted(patient.name or [], key=lambda name: name.use != "official")
    for name in names:
        given = [str(part) for part in name.given or [] if part]
        family = str(name.family or "")
        written = str(name.text or "") or _join_name(family, given)
        if written.strip():
            return written.strip()
    raise refused("patient_name_missing")


def _join_name(family: str, given: list[str]) -> str:
    # Chinese names are written family name first and without a space.
    if any("\u3400" <= character <= "\u9fff" for character in family):
        return family + "".join(given)
    return " ".join([*given, family]).strip()


def _identifier(patient: Any) -> tuple[str, str]:
    usable = [one for one in patient.identifier or [] if one.value and one.use != "old"]
    for one in usable:
        if one.system == CHINESE_ID_CARD:
            return RESIDENT_ID_CARD, str(one.value)
    if not usable:
        raise refused("patient_identifier_missing")
    return OTHER_CERTIFICATE, str(usable[0].value)


def _identity(request: Any, entry: Entry, patient: Entry) -> str:
    for identifier in request.identifier or []:
        if identifier.value:
            return f"identifier|{identifier.system or ''}|{identifier.value}"
    name = entry.full_url or entry.source
    return f"resource|{patient.full_url or patient.source}|{name}"


def _belongs_with(request: Any, patient: Entry) -> tuple[str, ...]:
    who = str(patient.index)
    group = request.groupIdentifier
    if group is not None and group.value:
        return (who, "group", str(group.system or ""), str(group.value))
    day = str(request.authoredOn or "")[:10]
    return (who, "visit", _reference(request.encounter) or "", _reference(request.requester) or "", day)


def _reference(reference: Any | None) -> str | None:
    return str(reference.reference) if reference is not None and reference.reference else None


def _codings(concept: Any | None) -> Iterator[Coding]:
    for coding in (concept.coding or []) if concept is not None else []:
        if coding.system and coding.code:
            yield str(coding.system), str(coding.code)


def _codes(concept: Any | None) -> set[str]:
    return {code for _, code in _codings(concept)}
