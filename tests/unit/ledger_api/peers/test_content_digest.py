"""The hash of a body ahead of it (RFC 9530)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_api.peers.content_digest import build_content_digest, parse_content_digest
from ledger_api.peers.errors import PeerNotAuthentic


def test_the_published_example_is_built() -> None:
    """RFC 9530, appendix B.1: the content `{"hello": "world"}` and a line feed."""
    assert build_content_digest(b'{"hello": "world"}\n') == (
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    )


@given(st.binary(max_size=200))
def test_what_is_built_is_read_again(body: bytes) -> None:
    assert parse_content_digest(build_content_digest(body)) == hashlib.sha256(body).digest()


def test_without_the_header_there_is_no_body() -> None:
    assert parse_content_digest(None) == hashlib.sha256(b"").digest()


@given(st.text(max_size=80))
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(PeerNotAuthentic):
        parse_content_digest(text)


@pytest.mark.parametrize("algorithm", ["md5", "sha-512", "SHA-256"])
def test_another_algorithm_is_refused(algorithm: str) -> None:
    stated = build_content_digest(b"x").replace("sha-256", algorithm)
    with pytest.raises(PeerNotAuthentic):
        parse_content_digest(stated)
