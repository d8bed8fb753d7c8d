"""One node's JSON-RPC, with time limits and no hidden retries; what goes wrong there as our own errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.utils import get_netrc_auth
from web3 import HTTPProvider, Web3
from web3.exceptions import (
    BadFunctionCallOutput,
    BadResponseFormat,
    ContractCustomError,
    ContractLogicError,
    TimeExhausted,
    TransactionNotFound,
    Web3Exception,
    Web3RPCError,
)
from web3.types import RPCEndpoint

from ledger_chain.bounded_answers import BoundedAdapter
from ledger_chain.contracts import find_refusal
from ledger_chain.errors import BadAnswer, ChainUnreachable, ContractMismatch, TransactionRefused

DEFAULT_TIMEOUT_S = 10.0
WITHOUT_REASON = "reverted without a reason"
MOST_CHARACTERS = 300
"""Of a node's own words, so many are shown."""


def connect(rpc_url: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> Web3:
    """A connection to one node; nothing is asked yet. A node that sends elsewhere isn't followed."""
    provider = HTTPProvider(
        rpc_url,
        request_kwargs={"timeout": timeout_s, "allow_redirects": False},
        session=_open_session(rpc_url, timeout_s),
        exception_retry_configuration=None,
    )
    return Web3(provider)


def _open_session(rpc_url: str, timeout_s: float) -> requests.Session:
    """A session that has asked the environment for proxies, authorities and credentials once.

    Left to itself it asks anew with every question, which costs as much as a question does.
    """
    session = requests.Session()
    found = session.merge_environment_settings(rpc_url, {}, False, None, None)
    session.proxies, session.verify, session.cert = found["proxies"], found["verify"], found["cert"]
    session.auth = get_netrc_auth(rpc_url)
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, BoundedAdapter(timeout_s))
    return session


@contextmanager
def translated_faults(node: str) -> Iterator[None]:
    """Turn what the RPC library raises into the chain layer's errors.

    :param node: the node's address, for messages
    :raises ChainUnreachable: no answer, or not in time
    :raises TransactionRefused: a contract refused; `reason` is its custom error with its values
    :raises ContractMismatch: no contract of ours answers at that address
    :raises BadAnswer: the node answered with something else
    """
    try:
        yield
    except (requests.exceptions.JSONDecodeError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadAnswer(f"The node at {node} answered with something that is no JSON.") from error
    except (requests.exceptions.RequestException, TimeExhausted, OSError) as error:
        raise ChainUnreachable(
            f"The chain node at {node} can't be reached: {type(error).__name__}."
        ) from error
    except (ContractCustomError, ContractLogicError) as error:
        raise TransactionRefused(reason_of(error)) from error
    except BadFunctionCallOutput as error:
        raise ContractMismatch(
            f"No contract of this version answers there on the chain of {node}."
        ) from error
    except TransactionNotFound as error:
        raise BadAnswer(f"The node at {node} doesn't know the transaction.") from error
    except (Web3RPCError, BadResponseFormat) as error:
        reason = reason_of(error)
        if reason:
            raise TransactionRefused(reason) from error
        raise BadAnswer(f"The node at {node} refused the question: {_shown(error)}") from error
    except (Web3Exception, KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadAnswer(
            f"The node at {node} gave an answer of a wrong form: {type(error).__name__}."
        ) from error


def ask(w3: Web3, node: str, method: str, parameters: list[Any]) -> Any:
    """One raw JSON-RPC question; its result.

    :raises ChainError: as `translated_faults`; an error reply that is no refusal is a `BadAnswer`
    """
    with translated_faults(node):
        answer = w3.provider.make_request(RPCEndpoint(method), parameters)
    if not isinstance(answer, dict):
        raise BadAnswer(f"The node at {node} answered {method} with something that is no reply.")
    fault = answer.get("error")
    if fault is not None:
        reason = _reason_in(fault)
        if reason:
            raise TransactionRefused(reason)
        message = fault.get("message") if isinstance(fault, dict) else fault
        raise BadAnswer(f"The node at {node} refused {method}: {_shown(message)}")
    if "result" not in answer:
        raise BadAnswer(f"The node at {node} answered {method} without a result.")
    return answer["result"]


def _shown(words: object) -> str:
    """A node's own words, as they may stand in a terminal or a log: they could steer it otherwise."""
    start = str(words)[:MOST_CHARACTERS]
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in start)


def reason_of(error: BaseException) -> str:
    """A contract's refusal in its own words, from what the RPC library raised; empty if there is none."""
    revert = getattr(error, "data", None)
    response = getattr(error, "rpc_response", None) or {}
    reason = _reason_in({"data": revert}) or _reason_in(response.get("error"))
    if reason or not isinstance(error, ContractLogicError):
        return reason
    return str(error.message or WITHOUT_REASON)


def _reason_in(fault: Any) -> str:
    """Find revert bytes in an error reply: engines put them at `data`, `data.result` or `data.data`."""
    if not isinstance(fault, dict):
        return ""
    found = fault.get("data")
    if isinstance(found, dict):
        found = found.get("result") or found.get("data")
    if found in (None, "0x") and "revert" in str(fault.get("message")).lower():
        return WITHOUT_REASON
    if not isinstance(found, str) or not found.startswith("0x"):
        return ""
    try:
        refusal = find_refusal(bytes.fromhex(found[2:]))
    except ValueError:
        return ""
    return str(refusal) if refusal is not None else (f"reverted with {found}" if len(found) > 2 else "")
