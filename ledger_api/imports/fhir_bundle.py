"""The envelope of a FHIR R4 Bundle: finding MedicationRequests and what they refer to.

Only the resources that a prescription needs are looked at, and each of them is held against FHIR's own
definition (fhir.resources, R4B, whose MedicationRequest, Medication, Patient, Condition and Encounter are
R4's). One resource that doesn't fit spoils the orders that need it, not the bundle.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.encounter import Encounter
from fhir.resources.R4B.medication import Medication
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.patient import Patient
from pydantic import BaseModel, ValidationError

from ledger_api.imports.fhir_json import FhirValue
from ledger_api.imports.outcomes import LeftOut, refused
from ledger_web.errors import FieldProblem, Unprocessable

MAX_ENTRIES: Final = 20_000
MAX_ORDERS: Final = 1_000
MAX_CONDITIONS: Final = 2_000
_SOURCE: Final = re.compile(r"urn:uuid:[0-9a-fA-F-]{36}|[A-Za-z]{1,40}/[A-Za-z0-9.-]{1,64}")
_SAFE_PLACE: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
_MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "MedicationRequest": MedicationRequest,
    "Medication": Medication,
    "Patient": Patient,
    "Condition": Condition,
    "Encounter": Encounter,
}


class BundleInvalid(Unprocessable):
    """The document isn't a FHIR R4 Bundle that this import takes."""

    code = "fhir-bundle-invalid"
    title = "The document is not a FHIR Bundle that can be imported"
    title_zh = "文档不是可导入的 FHIR Bundle"


@dataclass(frozen=True)
class Entry:
    """One entry: its index, the URL by which others refer to it, and its resource as it came."""

    index: int
    full_url: str | None
    resource: Mapping[str, FhirValue]

    @property
    def kind(self) -> FhirValue:
        """The resource's type as it states it."""
        return self.resource.get("resourceType")

    @property
    def source(self) -> str:
        """A name for reports: URL or type/id if of a known harmless form, else the place."""
        for name in (self.full_url, _type_and_id(self.resource)):
            if name is not None and _SOURCE.fullmatch(name):
                return name
        return f"entry/{self.index}"


class FhirBundle:
    """The entries of a bundle and their references. Resources are validated when first asked for."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)
        self.orders = tuple(entry for entry in entries if entry.kind == "MedicationRequest")
        self._by_url: dict[str, Entry] = {}
        for entry in entries:
            for url in (entry.full_url, _type_and_id(entry.resource)):
                if url is not None:
                    self._by_url.setdefault(url, entry)
        self._validated: dict[int, Any] = {}
        self._conditions: dict[int, list[Entry]] | None = None

    def find(self, reference: str | None) -> Entry | None:
        """Find the entry that a literal reference names: by full URL, by type/id, or by the end of a URL."""
        if reference is None:
            return None
        found = self._by_url.get(reference)
        if found is None and "/" in reference:
            found = self._by_url.get("/".join(reference.split("/_history/")[0].split("/")[-2:]))
        return found

    def get_resource(self, entry: Entry) -> Any:
        """Return the entry's resource as its FHIR model. Raises LeftOut where it doesn't fit."""
        if entry.index not in self._validated:
            self._validated[entry.index] = _validate(entry.resource)
        found = self._validated[entry.index]
        if isinstance(found, LeftOut):
            raise LeftOut(found.outcome, found.code, found.message, found.message_zh)
        return found

    def find_resource(self, reference: str | None, kind: str) -> Any | None:
        """Find what a reference names, if it is here and of that kind. Raises LeftOut as above."""
        entry = self.find(reference)
        return self.get_resource(entry) if entry is not None and entry.kind == kind else None

    def list_conditions_of(self, patient: Entry) -> list[Entry]:
        """List the Conditions whose subject is this patient, in their order."""
        if self._conditions is None:
            self._conditions = {}
            for entry in self.entries:
                if entry.kind == "Condition" and (subject := self.find(_subject(entry))) is not None:
                    self._conditions.setdefault(subject.index, []).append(entry)
        return self._conditions.get(patient.index, [])


def parse_bundle(value: FhirValue) -> FhirBundle:
    """Take a bundle apart. Raises BundleInvalid where its envelope isn't one."""
    if not isinstance(value, dict) or value.get("resourceType") != "Bundle":
        raise _invalid("/resourceType", "must be a FHIR Bundle", "必须是 FHIR Bundle")
    listed = value.get("entry", [])
    if not isinstance(listed, list) or len(listed) > MAX_ENTRIES:
        raise _invalid(
            "/entry",
            f"must be an array of at most {MAX_ENTRIES} entries",
            f"必须是最多 {MAX_ENTRIES} 项的数组",
        )
    bundle = FhirBundle([_parse_entry(index, item) for index, item in enumerate(listed)])
    for kind, most in (("MedicationRequest", MAX_ORDERS), ("Condition", MAX_CONDITIONS)):
        if sum(entry.kind == kind for entry in bundle.entries) > most:
            raise _invalid(
                "/entry",
                f"holds more than {most} resources of type {kind}: send less at a time",
                f"{kind} 超过 {most} 个，请分批发送",
            )
    return bundle


def _parse_entry(index: int, item: FhirValue) -> Entry:
    if not isinstance(item, dict):
        raise _invalid(f"/entry/{index}", "must be an object", "必须是对象")
    resource = item.get("resource", {})
    full_url = item.get("fullUrl")
    if not isinstance(resource, dict) or not (full_url is None or isinstance(full_url, str)):
        raise _invalid(
            f"/entry/{index}",
            "must have an object as resource and a string as fullUrl",
            "resource 须为对象，fullUrl 须为字符串",
        )
    return Entry(index, full_url, resource)


def _type_and_id(resource: Mapping[str, FhirValue]) -> str | None:
    kind, own_id = resource.get("resourceType"), resource.get("id")
    return f"{kind}/{own_id}" if isinstance(kind, str) and isinstance(own_id, str) else None


def _subject(entry: Entry) -> str | None:
    subject = entry.resource.get("subject")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    return reference if isinstance(reference, str) else None


def _validate(resource: Mapping[str, FhirValue]) -> Any:
    kind = str(resource["resourceType"])
    if "modifierExtension" in resource:
        # FHIR R4 2.4.1.1: who doesn't know a modifier extension must not act on the resource.
        return refused("modifier_extension")
    try:
        return _MODELS[kind].model_validate(resource)
    except ValidationError as error:
        return _unfit(
            kind, error.errors(include_url=False, include_input=False, include_context=False)[0]["loc"]
        )
    except (ValueError, TypeError, AssertionError, RecursionError):
        return _unfit(kind, ())


def _unfit(kind: str, location: Sequence[int | str]) -> LeftOut:
    steps = [str(step) for step in location if _SAFE_PLACE.fullmatch(str(step)) and step != "root"]
    place = "/".join([kind, *steps][:12])
    return LeftOut(
        "refused",
        "not_fhir_r4",
        f"A resource does not fit FHIR R4 at {place}.",
        f"资源在 {place} 处不符合 FHIR R4。",
    )


def _invalid(pointer: str, message: str, message_zh: str) -> BundleInvalid:
    return BundleInvalid(
        "Send one FHIR R4 Bundle with MedicationRequests and the resources that they refer to.",
        "请发送一个 FHIR R4 Bundle，含 MedicationRequest 及其引用的资源。",
        faults=[FieldProblem(pointer, message, message_zh, "fhir_bundle")],
    )
