"""Idempotency-Key as one dependency: `once: Once` in an endpoint, `return once.answer(201, act)` at its end.

The answer is stored in the unit of work of the act itself, so a crash leaves both or neither. The same key
with the same method, path and body gets the stored answer again, with `Idempotency-Replayed: true`; with
another body it is refused. Only accepted requests are stored: a refused one changed nothing and may be mended
and sent again. An answer that holds personal data or keys isn't stored: the endpoint gives `resource_of` and
`recall`, and the answer is made again from the resource's own, encrypted rows. An answer that names things of
the sender's is stored `Abridged`, and completed from the repeated request. (Header:
draft-ietf-httpapi-idempotency-key-header.)
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Header, Request, Response
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from ledger_api.idempotency.in_flight import InFlight, Slot
from ledger_api.idempotency.models import GivenAnswer
from ledger_api.idempotency.repository import GivenAnswerRepository
from ledger_api.identity.dependencies import PrincipalDep
from ledger_api.parts import PartsDep, WorkSession
from ledger_web.bodies import JSON_MEDIA_TYPE, ApiModel, RawBody
from ledger_web.errors import MalformedRequest, Unprocessable

REPLAYED_HEADER = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")

AnswerT = TypeVar("AnswerT", bound=ApiModel)


@dataclass(frozen=True)
class Abridged(Generic[AnswerT]):
    """How to store an answer without what a repeated request says again, and how to complete it."""

    shorten: Callable[[AnswerT], AnswerT]
    complete: Callable[[bytes], AnswerT]


class IdempotencyKeyMissing(MalformedRequest):
    """A request that changes state came without its key."""

    code = "idempotency-key-missing"
    title = "The Idempotency-Key header is missing or malformed"
    title_zh = "缺少 Idempotency-Key 头或其格式不符"


class IdempotencyKeyReused(Unprocessable):
    """The key was used for another request."""

    code = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"
    title_zh = "该 Idempotency-Key 已用于另一请求"


class OnceGuard:
    """Answers one request at most once. Made by the `Once` dependency."""

    def __init__(self, session: Session, in_flight: InFlight, slot: Slot, fingerprint: str, now: int) -> None:
        self._session = session
        self._answers = GivenAnswerRepository(session)
        self._in_flight = in_flight
        self._slot = slot
        self._fingerprint = fingerprint
        self._now = now

    def answer(
        self,
        status: int,
        act: Callable[[], AnswerT],
        *,
        resource_of: Callable[[AnswerT], str] | None = None,
        recall: Callable[[str], AnswerT] | None = None,
        abridged: Abridged[AnswerT] | None = None,
        after_commit: Callable[[], None] | None = None,
    ) -> Response:
        """Do `act` in the request's `WorkSession`, commit it with its answer, and answer; or answer as
        before.

        `after_commit` runs once the act is durable, before the reply.
        """
        if (resource_of is None) != (recall is None):
            raise TypeError("resource_of and recall belong together")
        with self._in_flight.hold(self._slot):
            given = self._answers.find(self._slot)
            if given is not None:
                return self._replay(given, recall, abridged)
            answer = act()
            body = answer.model_dump_json().encode()
            resource = resource_of(answer) if resource_of is not None else None
            stored = body if abridged is None else abridged.shorten(answer).model_dump_json().encode()
            self._remember(status, None if resource is not None else stored, resource)
            try:
                self._session.commit()
            except IntegrityError as broken:
                return self._replay_the_winner(recall, abridged, broken)
            if after_commit is not None:
                after_commit()
            return Response(body, status_code=status, media_type=JSON_MEDIA_TYPE)

    def _remember(self, status: int, body: bytes | None, resource: str | None) -> None:
        scope, route, key_sha256 = self._slot
        self._answers.add(
            GivenAnswer(
                scope=scope,
                route=route,
                key_sha256=key_sha256,
                fingerprint=self._fingerprint,
                status=status,
                resource=resource,
                body=body,
                created_at=self._now,
            )
        )

    def _replay_the_winner(
        self,
        recall: Callable[[str], AnswerT] | None,
        abridged: Abridged[AnswerT] | None,
        broken: IntegrityError,
    ) -> Response:
        """Another process committed this slot first: ours is rolled back, its answer is given."""
        self._session.rollback()
        given = self._answers.find(self._slot)
        if given is None:
            raise broken  # it was another constraint than ours
        return self._replay(given, recall, abridged)

    def _replay(
        self,
        given: GivenAnswer,
        recall: Callable[[str], AnswerT] | None,
        abridged: Abridged[AnswerT] | None,
    ) -> Response:
        if given.fingerprint != self._fingerprint:
            raise IdempotencyKeyReused(
                "Send a new key with a new request; send the same request again only with the same body.",
                "新的请求请使用新的键；重发同一请求时，请求体须完全相同。",
            )
        self._session.rollback()  # gives the write lock back: a replay changes nothing
        body = given.body
        if body is None:
            if recall is None or given.resource is None:
                raise TypeError("this answer was stored as a resource and the endpoint doesn't recall it")
            body = recall(given.resource).model_dump_json().encode()
        elif abridged is not None:
            body = abridged.complete(body).model_dump_json().encode()
        return Response(
            body, status_code=given.status, media_type=JSON_MEDIA_TYPE, headers={REPLAYED_HEADER: "true"}
        )


async def _guard(
    request: Request,
    body: RawBody,
    principal: PrincipalDep,
    parts: PartsDep,
    session: WorkSession,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="A key of your own making, such as a UUID. A repeated request carries the same key.",
            examples=["5f0c1c1e-3f0b-4d6c-9a53-0f0f6a1f6a10"],
        ),
    ] = None,
) -> OnceGuard:
    if idempotency_key is None or _KEY.fullmatch(idempotency_key) is None:
        raise IdempotencyKeyMissing(
            "Send an Idempotency-Key header of 1 to 200 visible ASCII characters, such as a UUID.",
            "请发送 Idempotency-Key 头：1 至 200 个可见 ASCII 字符，例如 UUID。",
        )
    route = f"{request.method} {getattr(request.scope.get('route'), 'path', request.url.path)}"
    slot = (principal.scope, route, hashlib.sha256(idempotency_key.encode()).hexdigest())
    return OnceGuard(session, parts.in_flight, slot, _fingerprint(request, body), parts.clock())


def _fingerprint(request: Request, body: bytes) -> str:
    """SHA-256 of method, path with query, and body."""
    digest = hashlib.sha256()
    for piece in (request.method.encode(), request.url.path.encode(), request.url.query.encode(), body):
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()


Once = Annotated[OnceGuard, Depends(_guard, scope="function")]
"""The idempotency guard of a request. Every POST that changes state takes it."""
