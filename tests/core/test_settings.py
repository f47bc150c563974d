"""Settings: documented, refused when incomplete, environment over default."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from core.settings import SandboxSettings, Settings

EXAMPLE = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    declared = {f"TONGDA_{name.upper()}" for name in Settings.model_fields}
    declared |= {f"TONGDA_SANDBOX_{name.upper()}" for name in SandboxSettings.model_fields}
    documented = set(re.findall(r"^(TONGDA_\w+)=", EXAMPLE, re.MULTILINE))
    assert documented == declared


def test_documented_defaults_are_the_real_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in re.findall(r"^(TONGDA_\w+)=(.*)$", EXAMPLE, re.MULTILINE):
        monkeypatch.setenv(name, value)
    assert Settings(_env_file=None) == Settings.model_construct(**_defaults())  # type: ignore[call-arg]


def test_outside_the_sandbox_secrets_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGDA_SANDBOX", "false")
    with pytest.raises(ValidationError, match="TONGDA_SECRET_KEY"):
        Settings(_env_file=None)  # type: ignore[call-arg]


def test_the_public_sandbox_secret_is_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGDA_SANDBOX", "false")
    for name in ("ACTION_TOKEN", "REST_TOKENS"):
        monkeypatch.setenv(f"TONGDA_{name}", "a" * 40)
    monkeypatch.setenv("TONGDA_WIDGET_ORIGINS", "https://www.yuntong.example")
    monkeypatch.setenv("TONGDA_BSS_URL", "https://bss.yuntong.example")
    monkeypatch.setenv("TONGDA_SECRET_KEY", "sandbox-secret-not-for-production")
    with pytest.raises(ValidationError, match="public"):
        Settings(_env_file=None)  # type: ignore[call-arg]


def test_codes_are_sent_sparingly_outside_the_sandbox_and_as_often_as_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Settings(_env_file=None).codes_an_hour == (60, 120)  # type: ignore[call-arg]
    monkeypatch.setenv("TONGDA_SANDBOX", "false")
    for name in ("SECRET_KEY", "ACTION_TOKEN", "REST_TOKENS", "WIDGET_ORIGINS", "BSS_URL"):
        monkeypatch.setenv(f"TONGDA_{name}", "a" * 40)
    assert Settings(_env_file=None).codes_an_hour == (5, 10)  # type: ignore[call-arg]
    monkeypatch.setenv("TONGDA_CODE_PER_NUMBER_HOUR", "3")
    assert Settings(_env_file=None).codes_an_hour == (3, 10)  # type: ignore[call-arg]


def test_environment_outranks_the_default_and_lists_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGDA_RASA_URLS", "http://127.0.0.1:5005, http://127.0.0.1:5006")
    assert Settings(_env_file=None).rasa_urls == ("http://127.0.0.1:5005", "http://127.0.0.1:5006")  # type: ignore[call-arg]


def test_secrets_never_show_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGDA_SECRET_KEY", "very-secret-value")
    assert "very-secret-value" not in repr(Settings(_env_file=None))  # type: ignore[call-arg]


def _defaults() -> dict[str, Any]:
    return {name: field.default for name, field in Settings.model_fields.items()}
