"""Writes plain data as YAML 1.2 in block style, every text quoted as in JSON (which YAML contains)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

Scalar = str | int | float | bool
Data = Scalar | Mapping[str, "Data"] | Sequence["Data"]


def write_yaml(document: Mapping[str, Data], *, heading: Sequence[str]) -> str:
    """The document's text, under a heading of comments."""
    return "\n".join([*(f"# {line}" for line in heading), *_mapping(document, "")]) + "\n"


def _mapping(document: Mapping[str, Data], indent: str) -> Iterator[str]:
    for name, value in document.items():
        key = f"{indent}{json.dumps(name, ensure_ascii=False)}:"
        if isinstance(value, Mapping) and value:
            yield key
            yield from _mapping(value, indent + "  ")
        elif isinstance(value, Sequence) and not isinstance(value, str) and value:
            yield key
            yield from _sequence(value, indent + "  ")
        else:
            yield f"{key} {_flow(value)}"


def _sequence(values: Sequence[Data], indent: str) -> Iterator[str]:
    for value in values:
        if isinstance(value, Mapping) and value:
            first, *others = _mapping(value, indent + "  ")
            yield f"{indent}- {first.lstrip()}"
            yield from others
        else:
            yield f"{indent}- {_flow(value)}"


def _flow(value: Data) -> str:
    return json.dumps(value, ensure_ascii=False)
