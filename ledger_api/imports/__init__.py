"""Imports: prescriptions of other systems (FHIR R4) become drafts, item by item."""
