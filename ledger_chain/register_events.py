"""The claim register's events: what was used, moved and refused, and in which block (protocol, section 8).

`read_register_events` reads a range of blocks in bounded pages, `find_batch_outcome` one
transaction.
Whatever a node says is untrusted: a log that isn't of this form is a `ReaderBadAnswer`, and an event of
another contract or of other blocks than asked for is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeAlias

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from ledger_chain.answers import RawEvent, Receipt
from ledger_chain.contracts import ContractName, get_artifact, spell_type
from ledger_chain.reader import ChainReader, ReaderBadAnswer
from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import ClaimUse, PackUse, word
from ledger_proofs.errors import MalformedInput
from ledger_proofs.types import ClaimKey, Commitment, Hash, PackToken

SPAN_BLOCKS: Final = 2_000
"""How many blocks one question covers: nodes limit it."""


class Act(StrEnum):
    """What an item of a batch does."""

    DISPENSE = "dispense"
    SETTLE = "settle"
    VOID = "void"
    RESTORE = "restore"
    REVERSE = "reverse"


_WORD: Final = 32
_STATEMENTS: Final[Mapping[str, str]] = {
    "Dispensed": "into",
    "Settled": "settlement",
    "Voided": "voidRecord",
    "Restored": "restore",
    "Reversed": "reversal",
}
"""The member of each event that names the record which states the act: indexed, or else the first word."""
_ACT_NUMBERS: Final = tuple(Act)  # in the order of `IClaimRegister.Act`


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands on the chain."""

    block_number: int
    block_hash: Hash
    transaction_hash: Hash
    log_index: int


@dataclass(frozen=True, slots=True)
class Dispensed:
    """A use. `time` is its block's; `is_offline`: a claim was taken after its window, within the grace."""

    place: Place
    into: Commitment
    spender: int
    payer: int
    kind: int
    time: int
    is_offline: bool
    use_hash: Hash
    claims: tuple[ClaimUse, ...]
    packs: tuple[PackUse, ...]

    @property
    def statement(self) -> Commitment:
        """The commitment of the record that states this act."""
        return self.into


@dataclass(frozen=True, slots=True)
class Settled:
    """Claims of a use settled, as the record `settlement` states."""

    place: Place
    into: Commitment
    spender: int
    payer: int
    settlement: Commitment
    reason: bytes
    claims: tuple[ClaimKey, ...]

    @property
    def statement(self) -> Commitment:
        """The commitment of the record that states this act."""
        return self.settlement


@dataclass(frozen=True, slots=True)
class Voided:
    """Unused claims taken back, as the record `void_record` states."""

    place: Place
    record: Commitment
    institution: int
    void_record: Commitment
    kind: int
    not_before: int
    time: int
    reason: bytes
    ordinals: tuple[int, ...]
    claims: tuple[ClaimKey, ...]

    @property
    def statement(self) -> Commitment:
        """The commitment of the record that states this act."""
        return self.void_record


@dataclass(frozen=True, slots=True)
class Restored:
    """All claims of a use unused again. `is_undone`: soon enough that the packs' units are free again."""

    place: Place
    into: Commitment
    spender: int
    restore: Commitment
    reason: bytes
    is_undone: bool
    claims: tuple[ClaimKey, ...]
    packs: tuple[PackUse, ...]

    @property
    def statement(self) -> Commitment:
        """The commitment of the record that states this act."""
        return self.restore


@dataclass(frozen=True, slots=True)
class Reversed:
    """Settled claims back to dispensed, as the record `reversal` states."""

    place: Place
    into: Commitment
    spender: int
    payer: int
    reversal: Commitment
    reason: bytes
    claims: tuple[ClaimKey, ...]

    @property
    def statement(self) -> Commitment:
        """The commitment of the record that states this act."""
        return self.reversal


@dataclass(frozen=True, slots=True)
class Refused:
    """An item of a batch of which nothing was done. `reason`: the ABI-encoded error (`decode_refusal`)."""

    place: Place
    act: Act
    institution: int
    subject: Commitment
    index: int
    reason: bytes


Done: TypeAlias = Dispensed | Settled | Voided | Restored | Reversed
RegisterEvent: TypeAlias = Done | Refused

DONE_BY: Final[Mapping[Act, type[Done]]] = {
    Act.DISPENSE: Dispensed,
    Act.SETTLE: Settled,
    Act.VOID: Voided,
    Act.RESTORE: Restored,
    Act.REVERSE: Reversed,
}


def read_register_events(
    reader: ChainReader,
    from_block: int,
    to_block: int,
    *,
    events: Sequence[type[RegisterEvent]] = (),
    subjects: Sequence[bytes] = (),
    span_blocks: int = SPAN_BLOCKS,
) -> Iterator[RegisterEvent]:
    """Read the register's events of blocks `from_block` to `to_block`, both included, oldest first.

    :param events: only these, else all
    :param subjects: only those whose first topic (`into`, or a voided `record`) is one of these
    :raises ChainError: the node doesn't answer, or not with events of this form
    """
    wanted = [_signature_topic(each.__name__) for each in events] or None
    topics: list[Sequence[bytes] | None] = [wanted] if not subjects else [wanted, list(subjects)]
    for first in range(from_block, to_block + 1, span_blocks):
        last = min(first + span_blocks - 1, to_block)
        for raw in reader.raw_events(ContractName.CLAIM_REGISTER, first, last, topics):
            if not first <= raw.block_number <= last:
                raise ReaderBadAnswer("The chain node gave events of blocks that weren't asked for.")
            yield parse_register_event(raw)


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What a mined transaction did: the records whose acts were done, and the items that were refused."""

    receipt: Receipt
    done: frozenset[Commitment]
    refused: tuple[Refused, ...]


def find_batch_outcome(reader: ChainReader, transaction_hash: bytes) -> BatchOutcome | None:
    """What became of a batch's transaction; None while it isn't mined."""
    found = reader.find_mined(ContractName.CLAIM_REGISTER, transaction_hash)
    return None if found is None else build_batch_outcome(*found)


def build_batch_outcome(receipt: Receipt, events: Sequence[RawEvent]) -> BatchOutcome:
    """What a batch did, from its receipt and the register's events in it. Raises `ReaderBadAnswer`."""
    done, refused = [], []
    for raw in events:
        statement = _find_statement(raw)
        if statement is not None:
            done.append(statement)
            continue
        event = parse_register_event(raw)
        if isinstance(event, Refused):
            refused.append(event)
    return BatchOutcome(receipt, frozenset(done), tuple(refused))


def _find_statement(raw: RawEvent) -> Commitment | None:
    """The record that states an act that was done, without decoding all of the event; None for a refusal."""
    known = _events_by_topic().get(raw.topics[0]) if raw.topics else None
    member = None if known is None else _STATEMENTS.get(known[0])
    if known is None or member is None:
        return None
    names = [name for name, _ in known[1]]
    if member in names and len(raw.topics) == 1 + len(names):
        return Commitment(raw.topics[1 + names.index(member)])
    if member == known[2][0][0] and len(raw.content) >= _WORD:
        return Commitment(raw.content[:_WORD])
    raise ReaderBadAnswer("The chain node gave an event of the claim register in a wrong form.")


def parse_register_event(raw: RawEvent) -> RegisterEvent:
    """Parse one event. Raises `ReaderBadAnswer` if it is none of the register's."""
    known = _events_by_topic().get(raw.topics[0]) if raw.topics else None
    if known is None:
        raise ReaderBadAnswer("The chain node gave an event that the claim register doesn't have.")
    name, indexed, inner = known
    try:
        if len(raw.topics) != 1 + len(indexed):
            raise ValueError("another number of topics")
        values = dict(
            zip([each for each, _ in inner], decode([t for _, t in inner], raw.content), strict=True)
        )
        for (member, kind), topic in zip(indexed, raw.topics[1:], strict=True):
            (values[member],) = decode([kind], topic)
        place = Place(raw.block_number, raw.block_hash, raw.transaction_hash, raw.log_index)
        return _BUILDERS[name](place, values)
    except (DecodingError, ValueError, IndexError, MalformedInput) as error:
        raise ReaderBadAnswer(
            "The chain node gave an event of the claim register in a wrong form."
        ) from error


def institution_topic(institution: int) -> bytes:
    """The topic by which events name an institution."""
    return word(institution)


def _claims(values: Sequence[tuple[bytes, int]]) -> tuple[ClaimUse, ...]:
    return tuple(ClaimUse(ClaimKey(claim), count) for claim, count in values)


def _packs(values: Sequence[tuple[bytes, int, int]]) -> tuple[PackUse, ...]:
    return tuple(PackUse(PackToken(token), total, used) for token, total, used in values)


def _keys(values: Sequence[bytes]) -> tuple[ClaimKey, ...]:
    return tuple(ClaimKey(claim) for claim in values)


def _dispensed(place: Place, of: Mapping[str, Any]) -> Dispensed:
    return Dispensed(
        place,
        Commitment(of["into"]),
        of["spender"],
        of["payer"],
        of["kind"],
        of["time"],
        of["offline"],
        Hash(of["useHash"]),
        _claims(of["claims"]),
        _packs(of["packs"]),
    )


def _settled(place: Place, of: Mapping[str, Any]) -> Settled:
    settlement, keys = Commitment(of["settlement"]), _keys(of["claims"])
    into = Commitment(of["into"])
    return Settled(place, into, of["spender"], of["payer"], settlement, of["reason"], keys)


def _voided(place: Place, of: Mapping[str, Any]) -> Voided:
    return Voided(
        place,
        Commitment(of["record"]),
        of["institution"],
        Commitment(of["voidRecord"]),
        of["kind"],
        of["notBefore"],
        of["time"],
        of["reason"],
        tuple(of["ordinals"]),
        _keys(of["claims"]),
    )


def _restored(place: Place, of: Mapping[str, Any]) -> Restored:
    return Restored(
        place,
        Commitment(of["into"]),
        of["spender"],
        Commitment(of["restore"]),
        of["reason"],
        of["undone"],
        _keys(of["claims"]),
        _packs(of["packs"]),
    )


def _reversed(place: Place, of: Mapping[str, Any]) -> Reversed:
    reversal, keys = Commitment(of["reversal"]), _keys(of["claims"])
    into = Commitment(of["into"])
    return Reversed(place, into, of["spender"], of["payer"], reversal, of["reason"], keys)


def _refused(place: Place, of: Mapping[str, Any]) -> Refused:
    act, subject = _ACT_NUMBERS[of["act"]], Commitment(of["subject"])
    return Refused(place, act, of["institution"], subject, of["index"], of["reason"])


_BUILDERS: Final[Mapping[str, Callable[[Place, Mapping[str, Any]], RegisterEvent]]] = {
    "Dispensed": _dispensed,
    "Settled": _settled,
    "Voided": _voided,
    "Restored": _restored,
    "Reversed": _reversed,
    "Refused": _refused,
}

_Members: TypeAlias = list[tuple[str, str]]


@cache
def _events_by_topic() -> Mapping[bytes, tuple[str, _Members, _Members]]:
    """By its first topic each event's name, and (name, type) of its indexed and its other members."""
    found: dict[bytes, tuple[str, _Members, _Members]] = {}
    for entry in get_artifact(ContractName.CLAIM_REGISTER).abi:
        if entry["type"] == "event":
            indexed = [(each["name"], spell_type(each)) for each in entry["inputs"] if each["indexed"]]
            inner = [(each["name"], spell_type(each)) for each in entry["inputs"] if not each["indexed"]]
            types = ",".join(spell_type(each) for each in entry["inputs"])
            found[keccak(f"{entry['name']}({types})".encode())] = (entry["name"], indexed, inner)
    return found


@cache
def _signature_topic(name: str) -> bytes:
    return next(topic for topic, (known, _, _) in _events_by_topic().items() if known == name)
