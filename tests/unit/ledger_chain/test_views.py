"""Questions to views as bytes: what a general binding would send; answers taken apart, or refused."""

from __future__ import annotations

import pytest

from ledger_chain.contracts import ContractName, encoder
from ledger_chain.errors import BadAnswer, ContractMismatch
from ledger_chain.views import get_view

HOLDER = bytes(range(20))
CLAIM = bytes(range(32))


@pytest.mark.parametrize(
    ("contract", "name", "arguments"),
    [
        (ContractName.DIRECTORY, "isEntitled", (HOLDER, 7, 2, 1_800_000_000)),
        (ContractName.DIRECTORY, "institutionCount", ()),
        (ContractName.CHECKPOINT_LOG, "checkpoint", (4_294_967_297, 8)),
        (ContractName.CLAIM_REGISTER, "claimWord", (CLAIM,)),
    ],
)
def test_a_question_is_what_a_general_binding_asks(
    contract: ContractName, name: str, arguments: tuple[object, ...]
) -> None:
    assert get_view(contract, name).encode(*arguments) == encoder(contract).encode_abi(name, list(arguments))


def test_one_value_comes_alone_and_several_together() -> None:
    assert get_view(ContractName.CLAIM_REGISTER, "claimWord").decode("0x" + "00" * 31 + "05") == 5
    words = b"".join(number.to_bytes(32, "big") for number in (9, 1, 2, 3))
    answered = get_view(ContractName.CHECKPOINT_LOG, "checkpoint").decode("0x" + words.hex())
    assert answered == (words[:32], 1, 2, 3)


@pytest.mark.parametrize("answer", ["0x", "0x" + "00" * 31, "0x" + "ff" * 64])
def test_an_answer_of_another_function_is_a_mismatch(answer: str) -> None:
    with pytest.raises(ContractMismatch):
        get_view(ContractName.DIRECTORY, "institutionAt").decode(answer)


@pytest.mark.parametrize("answer", [None, 5, "00", "0x0", "0xzz", {}])
def test_an_answer_that_is_no_data_is_bad(answer: object) -> None:
    with pytest.raises(BadAnswer):
        get_view(ContractName.CLAIM_REGISTER, "claimWord").decode(answer)


def test_what_is_no_view_is_not_asked() -> None:
    with pytest.raises(KeyError):
        get_view(ContractName.CLAIM_REGISTER, "dispense")
