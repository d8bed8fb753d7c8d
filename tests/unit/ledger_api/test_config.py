from pathlib import Path

import pytest

from ledger_api.config import DEVELOPMENT_PASSPHRASE, load_settings
from ledger_web.errors import StartRefused

PRODUCTION = {
    "RXLEDGER_ENVIRONMENT": "production",
    "RXLEDGER_HOME": "/srv/rxledger",
    "RXLEDGER_KEYSTORE_PASSPHRASE": "a passphrase of our very own",
    "RXLEDGER_RPC_URL": "http://127.0.0.1:8545",
    "RXLEDGER_DEPLOYMENT": "/srv/rxledger/deployment.json",
}


def test_everything_lies_under_home_unless_said_otherwise() -> None:
    settings = load_settings({"RXLEDGER_HOME": "/srv/rxledger"})
    assert settings.database_url == "sqlite:////srv/rxledger/gateway.db"
    assert settings.keystore == Path("/srv/rxledger/keystore.json")
    assert settings.zone == "Asia/Shanghai"
    assert not settings.is_production


def test_an_empty_variable_counts_as_unset() -> None:
    assert load_settings({"RXLEDGER_HOME": "/srv/rxledger", "RXLEDGER_RPC_URL": ""}).rpc_url is None


def test_production_starts_with_all_that_it_needs() -> None:
    assert load_settings(PRODUCTION).is_production


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"RXLEDGER_CRASH_AT": "accepted"}, "RXLEDGER_CRASH_AT"),
        ({"RXLEDGER_KEYSTORE_PASSPHRASE": DEVELOPMENT_PASSPHRASE}, "RXLEDGER_KEYSTORE_PASSPHRASE"),
        ({"RXLEDGER_KEYSTORE_PASSPHRASE": "short"}, "RXLEDGER_KEYSTORE_PASSPHRASE"),
        ({"RXLEDGER_KEYSTORE_PASSPHRASE": ""}, "RXLEDGER_KEYSTORE_PASSPHRASE"),
        ({"RXLEDGER_RPC_URL": ""}, "RXLEDGER_RPC_URL"),
        ({"RXLEDGER_DEPLOYMENT": ""}, "RXLEDGER_DEPLOYMENT"),
    ],
)
def test_production_refuses_what_only_development_may(change: dict[str, str], named: str) -> None:
    with pytest.raises(StartRefused, match=named):
        load_settings(PRODUCTION | change)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RXLEDGER_PORT", "eighty"),
        ("RXLEDGER_PORT", "70000"),
        ("RXLEDGER_ENVIRONMENT", "staging"),
        ("RXLEDGER_ZONE", "Middle/Earth"),
        ("RXLEDGER_ZONE", "../../etc/passwd"),
        ("RXLEDGER_CHECKPOINT_INTERVAL_MS", "0"),
        ("RXLEDGER_FINALITY_DEPTH", "-1"),
    ],
)
def test_a_wrong_setting_is_named(variable: str, value: str) -> None:
    with pytest.raises(StartRefused, match=variable):
        load_settings({variable: value})


def test_the_value_of_a_wrong_setting_is_not_shown() -> None:
    with pytest.raises(StartRefused) as refusal:
        load_settings(PRODUCTION | {"RXLEDGER_KEYSTORE_PASSPHRASE": "hunter2", "RXLEDGER_PORT": "eighty"})
    assert "hunter2" not in str(refusal.value)
    assert "eighty" not in str(refusal.value)


def test_the_passphrase_is_in_no_printed_form_of_the_settings() -> None:
    settings = load_settings(PRODUCTION)
    assert "very own" not in repr(settings)
    assert "very own" not in str(settings)
    assert "very own" not in settings.model_dump_json()
