"""Which institutions make packs, by the chain's directory, remembered for some seconds; and asking them."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, cast

from pydantic import ValidationError

from ledger_api.evidence.foreign import ForeignRecord, parse_foreign_bundle, verify_foreign
from ledger_api.evidence.one_look import OneLook
from ledger_api.lots.body import LotBody
from ledger_api.network import ChainSilent, Network
from ledger_api.packs.schemas import MAX_KNOWN
from ledger_api.peers.client import PeerClient
from ledger_api.peers.directory import PeerDirectory
from ledger_api.peers.errors import PeerAnswerUnusable
from ledger_chain.errors import ChainError
from ledger_proofs.errors import CannotCheck
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import InstitutionRole
from ledger_proofs.types import JsonValue
from ledger_web.errors import ServiceError

GOOD_FOR_SECONDS: Final = 30.0
MOST_ROUNDS: Final = 8
MOST_ASKED_AT_ONCE: Final = 4
QUERY_PATH: Final = "/v1/peer/packs/query"
_LOT_SCHEMA: Final = "rx.lot/1"


class Makers:
    """The makers in the directory. Safe to share between threads."""

    def __init__(
        self,
        network: Network | None,
        directory: PeerDirectory,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._network = network
        self._directory = directory
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._good_until = 0.0
        self._found: tuple[int, ...] = ()

    def list_all(self) -> tuple[int, ...]:
        """Return the numbers of all active makers. Raises ChainSilent."""
        if self._network is None:
            raise ChainSilent
        with self._lock:
            if self._monotonic() < self._good_until:
                return self._found
        try:
            numbers = self._network.reader.institutions()
        except (ChainError, CannotCheck):
            raise ChainSilent from None
        standings = {number: self._directory.get_standing(number) for number in numbers}
        found = tuple(
            number
            for number, standing in standings.items()
            if standing.is_active and InstitutionRole.MANUFACTURER in standing.roles
        )
        with self._lock:
            self._found, self._good_until = found, self._monotonic() + GOOD_FOR_SECONDS
        return found


@dataclass
class MakersAnswer:
    """What makers proved, and which of them couldn't be asked or answered nonsense."""

    lots: list[ForeignRecord] = field(default_factory=list)
    silent: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class MakerQuestion:
    """What one maker is asked: these packs, but for the lot records that are known already."""

    maker: int
    tokens: Sequence[bytes]
    known: Sequence[bytes]


def ask_makers(
    peers: PeerClient, network: Network, sender: int, questions: Sequence[MakerQuestion]
) -> MakersAnswer:
    """Ask makers side by side. What they answer is verified through this gateway's own node.

    One that can't be reached, or proves nothing, is named `silent`: a counter isn't stopped by a maker's
    outage, policy decides what an unknown pack means.
    """
    answer = MakersAnswer()
    if not questions:
        return answer
    with ThreadPoolExecutor(min(MOST_ASKED_AT_ONCE, len(questions))) as pool:
        for question, found in zip(
            questions, pool.map(lambda each: _ask(peers, network, sender, each), questions), strict=True
        ):
            if found is None:
                answer.silent.add(question.maker)
            else:
                answer.lots += found
    return answer


def _ask(
    peers: PeerClient, network: Network, sender: int, question: MakerQuestion
) -> list[ForeignRecord] | None:
    known = [to_hex(each) for each in question.known][:MAX_KNOWN]
    found: list[ForeignRecord] = []
    try:
        for _round in range(MOST_ROUNDS):
            body: dict[str, JsonValue] = {
                "tokens": [to_hex(token) for token in question.tokens],
                "known": list(known),
            }
            said = peers.post(sender, question.maker, QUERY_PATH, body)
            look = network.look()  # begun once the evidence is here, so that it can't be behind it
            lots = [
                _verify(network, look, question.maker, bundle)
                for bundle in _read_bundles(said, question.maker)
            ]
            found += lots
            known += [to_hex(lot.bundle.commitment) for lot in lots]
            if said.get("has_more") is not True or not lots or len(known) > MAX_KNOWN:
                break
    except ServiceError:
        return None
    return found


def _read_bundles(said: dict[str, JsonValue], maker: int) -> list[JsonValue]:
    bundles = said.get("bundles")
    if not isinstance(bundles, list):
        raise PeerAnswerUnusable(maker, "its answer has no list of bundles", "答复中没有证据包列表")
    return cast("list[JsonValue]", bundles)


def _verify(network: Network, look: OneLook, maker: int, bundle: JsonValue) -> ForeignRecord:
    lot = verify_foreign(parse_foreign_bundle(bundle, "/bundles"), network, "/bundles", look)
    if lot.record.schema != _LOT_SCHEMA or lot.record.issuer != maker:
        raise PeerAnswerUnusable(maker, "it gave evidence of something else", "给出了与此无关的证据")
    try:  # its author may have signed whatever he liked
        LotBody.model_validate(lot.record.body)
    except ValidationError:
        raise PeerAnswerUnusable(maker, "its lot isn't of the schema", "批次记录不符合规定的结构") from None
    return lot
