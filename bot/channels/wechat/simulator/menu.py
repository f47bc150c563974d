"""The account's custom menu: at most three entries, at most five below each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.wechat.simulator.outgoing import Unsendable
from bot.channels.wechat.simulator.store import Store

_SETTING = "menu"
_MAX_KEY_BYTES, _MAX_URL_BYTES = 128, 1024


class Menu:
    """The menu as created last."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, body: Mapping[str, Any]) -> None:
        """Replace the menu; raises `Unsendable` with WeChat's code for what is wrong."""
        buttons = body.get("button")
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
            raise Unsendable(40016)
        for button in buttons:
            _check(button, (40017, 40018, 40019, 40020), 16)
            below = button.get("sub_button")
            if below and not 1 <= len(below) <= 5:
                raise Unsendable(40023)
            for entry in below or ():
                _check(entry, (40024, 40025, 40026, 40027), 60)
        self._store.set_setting(_SETTING, json.dumps(buttons, ensure_ascii=False))

    def get(self) -> Sequence[Mapping[str, Any]]:
        """Return the entries; none where there is no menu."""
        found = self._store.setting(_SETTING)
        entries: list[dict[str, Any]] = json.loads(found) if found else []
        return entries

    def delete(self) -> None:
        """Take the menu away."""
        self._store.run("DELETE FROM setting WHERE name = ?", _SETTING)


def _check(entry: object, codes: tuple[int, int, int, int], most_bytes: int) -> None:
    wrong_type, wrong_name, wrong_key, wrong_url = codes
    if not isinstance(entry, dict):
        raise Unsendable(47001)
    if not 0 < len(str(entry.get("name") or "").encode()) <= most_bytes:
        raise Unsendable(wrong_name)
    if entry.get("sub_button"):
        return
    if entry.get("type") == "click":
        if not 0 < len(str(entry.get("key") or "").encode()) <= _MAX_KEY_BYTES:
            raise Unsendable(wrong_key)
    elif entry.get("type") == "view":
        url = str(entry.get("url") or "")
        if not url.startswith(("http://", "https://")) or len(url.encode()) > _MAX_URL_BYTES:
            raise Unsendable(wrong_url)
    else:
        raise Unsendable(wrong_type)
