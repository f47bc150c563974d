"""The official account as WeChat knows it: its keys, and what its owner has set in WeChat's console."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.channels.wechat.accounts import DEMO, Mode
from bot.channels.wechat.simulator.refusal import invalid


@dataclass(frozen=True)
class Account:
    """One official account; the defaults are the public ones of the sandbox's `demo`."""

    callback_url: str
    original_id: str = DEMO.original_id
    token: str = DEMO.token
    app_id: str = DEMO.app_id
    secret: str = DEMO.app_secret
    aes_key: str = DEMO.encoding_aes_key
    mode: Mode = Mode.SAFE
    whitelist: tuple[str, ...] = ()  # addresses that may call the API; empty: everyone
    may_send: bool = True  # the customer-service API; false: an account without certification
    menu_ids: bool = True  # a tapped msgmenu entry comes with its bizmsgmenuid; some accounts never see it

    def to_json(self) -> dict[str, object]:
        """Write what a tester may see and change."""
        return {
            "callback_url": self.callback_url,
            "original_id": self.original_id,
            "app_id": self.app_id,
            "mode": self.mode.value,
            "whitelist": list(self.whitelist),
            "may_send": self.may_send,
            "menu_ids": self.menu_ids,
        }


_FIELDS = {"mode": str, "whitelist": list, "may_send": bool, "menu_ids": bool, "callback_url": str}


def changed(account: Account, body: dict[str, Any]) -> Account:
    """Return the account with what a tester changes; raises `Refusal` for a field or value that does not fit."""
    for name, value in body.items():
        if name not in _FIELDS or not isinstance(value, _FIELDS[name]):
            raise invalid(
                f"{name}: settable are {', '.join(f'{n} ({t.__name__})' for n, t in _FIELDS.items())}"
            )
    if "mode" in body:
        try:
            body = {**body, "mode": Mode(body["mode"])}
        except ValueError:
            raise invalid(f"mode is one of {', '.join(mode.value for mode in Mode)}") from None
    if "whitelist" in body:
        body = {**body, "whitelist": tuple(str(address) for address in body["whitelist"])}
    return replace(account, **body)
