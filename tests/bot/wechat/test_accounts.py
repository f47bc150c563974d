"""Official accounts: read from a file, refused when they cannot work or are the sandbox's."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from app.paths import ROOT
from bot.channels.wechat.accounts import DEMO, Mode, accounts
from core.errors import StaffError
from core.settings import Settings

ENTRY = {
    "name": "service",
    "original_id": "gh_1",
    "app_id": "wx1",
    "app_secret": "s" * 32,
    "token": "token1",
    "encoding_aes_key": "a" * 43,
}


def _settings(settings: Settings, tmp_path: Path, *entries: object, sandbox: bool = True) -> Settings:
    path = tmp_path / "accounts.yml"
    path.write_text(yaml.safe_dump({"accounts": list(entries)}), encoding="utf-8")
    return settings.model_copy(update={"wechat_accounts": str(path), "sandbox": sandbox})


def test_sandbox_has_its_account_without_a_file(settings: Settings) -> None:
    found = accounts(settings)
    assert list(found) == ["demo"]
    assert found["demo"].api_base == "http://127.0.0.1:8020"


def test_production_has_no_account_without_a_file(settings: Settings) -> None:
    assert accounts(settings.model_copy(update={"sandbox": False})) == {}


def test_several_accounts_stand_side_by_side(settings: Settings, tmp_path: Path) -> None:
    given = _settings(settings, tmp_path, ENTRY, {**ENTRY, "name": "second", "mode": "plain"})
    found = accounts(given)
    assert list(found) == ["demo", "service", "second"]
    assert found["second"].mode is Mode.PLAIN
    assert found["service"].api_base == "https://api.weixin.qq.com"


@pytest.mark.parametrize("key", ["app_id", "app_secret", "encoding_aes_key", "token", "original_id"])
def test_public_value_is_refused_outside_the_sandbox(settings: Settings, tmp_path: Path, key: str) -> None:
    with pytest.raises(StaffError, match="public"):
        accounts(_settings(settings, tmp_path, {**ENTRY, key: getattr(DEMO, key)}, sandbox=False))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"name": "Two Words"}, "name"),
        ({"token": "has-dash"}, "token"),
        ({"encoding_aes_key": "short"}, "43"),
        ({"mode": "open"}, "open"),
        ({"app_secret": None}, "app_secret is missing"),
        ({"name": "demo"}, "taken"),
    ],
)
def test_account_that_cannot_work_says_why(
    settings: Settings, tmp_path: Path, changes: dict[str, str | None], what: str
) -> None:
    with pytest.raises(StaffError, match=what):
        accounts(_settings(settings, tmp_path, {**ENTRY, **changes}))


def test_missing_file_is_named(settings: Settings) -> None:
    with pytest.raises(StaffError, match="no-such"):
        accounts(settings.model_copy(update={"wechat_accounts": "no-such.yml"}))


def test_example_file_is_a_valid_one(settings: Settings) -> None:
    example = str(ROOT / "deploy" / "wechat-accounts.example.yml")
    assert "service" in accounts(settings.model_copy(update={"wechat_accounts": example}))


def test_secrets_never_show_in_a_repr() -> None:
    assert DEMO.app_secret not in repr(DEMO)
    assert DEMO.encoding_aes_key not in repr(DEMO)
