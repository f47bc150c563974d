"""The official accounts of the operator, from a YAML file; the sandbox has one of its own.

Each entry: name (in the callback's path), original_id, app_id, app_secret, token, encoding_aes_key, and optionally
mode (plain, compatible, safe), can_push (false for accounts without the customer-service API) and menu (a file).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

import yaml

from bot.channels.wechat.crypto import Cipher
from core.errors import StaffError
from core.settings import Settings

OFFICIAL_BASE = "https://api.weixin.qq.com"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")
_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")  # what WeChat's console takes


class Mode(str, Enum):
    """How WeChat writes to us; `compatible` sends both forms, of which the encrypted one counts."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Account:
    """One official account."""

    name: str  # in the callback's path
    original_id: str  # gh_..., what messages are addressed to
    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    mode: Mode = Mode.SAFE
    takes_any_mode: bool = False  # the sandbox's: plain and encrypted alike
    can_push: bool = True  # it may use the customer-service API
    api_base: str = OFFICIAL_BASE
    menu: Path | None = None  # the custom menu, if not the product's own

    @property
    def cipher(self) -> Cipher:
        return Cipher(self.encoding_aes_key, self.app_id)


DEMO = Account(  # public on purpose, refused outside the sandbox
    name="demo",
    original_id="gh_demo",
    app_id="wxdemo0000000001",
    app_secret="demo-secret-of-the-sandbox-account",  # noqa: S106
    token="tongda",  # noqa: S106
    encoding_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    takes_any_mode=True,
)
_PUBLIC = ("app_id", "app_secret", "encoding_aes_key", "token", "original_id")
_SECRETS = ("app_secret", "token", "encoding_aes_key")


def accounts(settings: Settings) -> dict[str, Account]:
    """Return every account by name; raise StaffError("wechat.accounts_invalid") that says what to put right."""
    found: dict[str, Account] = {}
    if settings.sandbox:
        simulator = f"http://127.0.0.1:{settings.wechat_simulator_port}"
        found[DEMO.name] = replace(DEMO, api_base=settings.wechat_api_base or simulator)
    for number, entry in enumerate(_entries(settings.wechat_accounts), start=1):
        account = _account(entry, number, settings)
        if account.name in found:
            raise _invalid(number, f"the name {account.name} is taken")
        found[account.name] = account
    return found


def _entries(path: str) -> list[object]:
    if not path:
        return []
    try:
        loaded = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise StaffError("wechat.accounts_invalid", f"{path}: {type(error).__name__}") from error
    entries = loaded.get("accounts") if isinstance(loaded, dict) else None
    if not isinstance(entries, list):
        raise StaffError("wechat.accounts_invalid", f"{path} has no list `accounts`")
    return entries


def _account(entry: object, number: int, settings: Settings) -> Account:
    if not isinstance(entry, dict):
        raise _invalid(number, "is not a mapping")
    values = {key: str(value) for key, value in entry.items() if value is not None}
    for key in ("name", "original_id", "app_id", *_SECRETS):
        if not values.get(key):
            raise _invalid(number, f"{key} is missing")
    if not _NAME.fullmatch(values["name"]):
        raise _invalid(number, "name: lower-case letters, digits, - and _ only")
    if not _TOKEN.fullmatch(values["token"]):
        raise _invalid(number, "token: 3 to 32 letters and digits, as WeChat's console asks for")
    if not settings.sandbox and any(values[key] == getattr(DEMO, key) for key in _PUBLIC):
        raise _invalid(number, "the sandbox's public values are refused outside it")
    try:
        Cipher(values["encoding_aes_key"], values["app_id"])
        mode = Mode(values.get("mode", Mode.SAFE.value))
    except ValueError as error:
        raise _invalid(number, str(error)) from error
    return Account(
        name=values["name"],
        original_id=values["original_id"],
        app_id=values["app_id"],
        app_secret=values["app_secret"],
        token=values["token"],
        encoding_aes_key=values["encoding_aes_key"],
        mode=mode,
        can_push=entry.get("can_push", True) is not False,
        api_base=(values.get("api_base") or settings.wechat_api_base or OFFICIAL_BASE).rstrip("/"),
        menu=Path(values["menu"]) if values.get("menu") else None,
    )


def _invalid(number: int, what: str) -> StaffError:
    return StaffError("wechat.accounts_invalid", f"account {number}: {what}")
