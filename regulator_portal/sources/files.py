"""The sources file: which gateways serve which institutions' logs, and the token the portal has there.

```
[ { "name_en": "...", "name_zh": "...", "gateway": "http://...", "token_file": "hospital.token",
    "institutions": [ { "number": 1, "name_en": "...", "name_zh": "..." } ] } ]
```
A token file's name is relative to the sources file; only its owner may read it.
"""

import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from ledger_proofs.canonical import parse_json
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.types import MAX_INSTITUTION
from ledger_web.errors import StartRefused

MAX_SOURCES_BYTES = 4 * 1024 * 1024
MAX_TOKEN_BYTES = 4_096
_TOKEN = re.compile(r"[\x21-\x7e]{1,512}")
_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Institution(_Strict):
    number: Annotated[int, Field(ge=1, le=MAX_INSTITUTION)]
    name_en: _Name
    name_zh: _Name


class _Source(_Strict):
    name_en: _Name
    name_zh: _Name
    gateway: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+$", max_length=512)]
    token_file: Annotated[str, StringConstraints(min_length=1, max_length=512)]
    institutions: list[_Institution] = Field(min_length=1, max_length=10_000)


_SOURCES: TypeAdapter[list[_Source]] = TypeAdapter(Annotated[list[_Source], Field(max_length=10_000)])


@dataclass(frozen=True)
class InstitutionName:
    """An institution as the regulator calls it."""

    number: int
    name_en: str
    name_zh: str


@dataclass(frozen=True)
class Source:
    """One gateway, with the portal's token there."""

    name_en: str
    name_zh: str
    gateway: str
    token: str = field(repr=False)
    institutions: tuple[InstitutionName, ...]


class Sources:
    """All sources, by institution."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.all = tuple(sources)
        self._by_institution = {each.number: source for source in sources for each in source.institutions}
        self._names = {each.number: each for source in sources for each in source.institutions}

    def find(self, institution: int) -> Source | None:
        """Find the gateway that serves an institution's log."""
        return self._by_institution.get(institution)

    def name_of(self, institution: int) -> InstitutionName:
        """Return an institution's names; one that the sources don't name is called by its number."""
        return self._names.get(institution) or InstitutionName(
            institution, f"Institution {institution}", f"机构 {institution}"
        )


def load_sources(path: Path) -> Sources:
    """Read the sources file and its token files. Raises StartRefused."""
    document = _read(path, MAX_SOURCES_BYTES)
    try:
        found = _SOURCES.validate_python(parse_json(document, max_bytes=MAX_SOURCES_BYTES, max_depth=8))
    except LedgerProofError as fault:
        raise StartRefused(f"The sources file {path} is not strict JSON: {fault.message}") from None
    except ValidationError as faults:
        first = faults.errors(include_input=False, include_url=False)[0]
        where = "/" + "/".join(str(part) for part in first["loc"])
        raise StartRefused(f"The sources file {path}, {where}: {first['msg']}") from None
    numbers = [each.number for source in found for each in source.institutions]
    if len(numbers) != len(set(numbers)):
        raise StartRefused(f"The sources file {path} names an institution twice: each has one gateway")
    return Sources([_build_source(source, path.parent) for source in found])


def _build_source(source: _Source, folder: Path) -> Source:
    return Source(
        source.name_en,
        source.name_zh,
        source.gateway.rstrip("/"),
        _read_token(folder / source.token_file),
        tuple(InstitutionName(each.number, each.name_en, each.name_zh) for each in source.institutions),
    )


def _read_token(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as fault:
        raise StartRefused(f"The token file {path} can't be read ({fault.strerror})") from None
    if mode & 0o077:
        raise StartRefused(f"The token file {path} can be read by others. Run: chmod 600 {path}")
    token = _read(path, MAX_TOKEN_BYTES).decode("ascii", "replace").strip()
    if _TOKEN.fullmatch(token) is None:
        raise StartRefused(f"The token file {path} holds no token: one line of visible ASCII characters")
    return token


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as fault:
        raise StartRefused(
            f"The file {path} can't be read ({fault.strerror}): check RXLEDGER_PORTAL_SOURCES"
        ) from None
    if len(content) > max_bytes:
        raise StartRefused(f"The file {path} has more than {max_bytes} bytes")
    return content
