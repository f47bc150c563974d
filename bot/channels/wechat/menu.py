"""The custom menu: what WeChat shows, and which topic a click opens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conversations.reading import PLAIN_INTENTS
from core.errors import StaffError

PATH = Path(__file__).with_name("menu.yml")
_TOP, _BELOW = 3, 5
_TOP_BYTES, _BELOW_BYTES = 16, 60  # WeChat's limits on names


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: a topic to open (`key`), a page (`url`), or entries below it."""

    name: str
    key: str = ""
    url: str = ""
    below: tuple[Entry, ...] = ()

    def written(self) -> dict[str, Any]:
        """Write it as `menu/create` takes it."""
        if self.below:
            return {"name": self.name, "sub_button": [entry.written() for entry in self.below]}
        if self.url:
            return {"name": self.name, "type": "view", "url": self.url}
        return {"name": self.name, "type": "click", "key": self.key}


class CustomMenu:
    """The entries of one account's menu."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._names = {entry.key: entry.name for entry in self._leaves() if entry.key}

    def _leaves(self) -> Iterator[Entry]:
        for entry in self._entries:
            yield from entry.below or (entry,)

    def buttons(self) -> list[dict[str, Any]]:
        """Return what `menu/create` takes."""
        return [entry.written() for entry in self._entries]

    def clicked(self, key: str) -> tuple[str, str] | None:
        """Return the payload and the name behind a click; None for an entry this menu has never had."""
        return (f"/{key}", self._names[key]) if key in self._names else None


def read_menu(path: Path = PATH) -> CustomMenu:
    """Read a menu file; raise StaffError("wechat.menu_invalid") for what WeChat would refuse or no topic answers."""
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise StaffError("wechat.menu_invalid", f"{path}: {type(error).__name__}") from error
    if not isinstance(loaded, list) or not 1 <= len(loaded) <= _TOP:
        raise StaffError("wechat.menu_invalid", f"1 to {_TOP} entries at the top")
    return CustomMenu([_entry(item, _TOP_BYTES, is_top=True) for item in loaded])


def _entry(item: object, name_bytes: int, is_top: bool) -> Entry:
    if not isinstance(item, Mapping):
        raise StaffError("wechat.menu_invalid", "an entry is a mapping")
    name, key, url, below = (item.get(field) for field in ("name", "key", "url", "below"))
    if not isinstance(name, str) or not 0 < len(name.encode()) <= name_bytes:
        raise StaffError("wechat.menu_invalid", f"{name}: a name of at most {name_bytes} bytes")
    if sum(value is not None for value in (key, url, below)) != 1:
        raise StaffError("wechat.menu_invalid", f"{name}: one of key, url and below")
    if below is not None:
        if not is_top or not isinstance(below, list) or not 1 <= len(below) <= _BELOW:
            raise StaffError("wechat.menu_invalid", f"{name}: 1 to {_BELOW} entries below the top")
        return Entry(name, below=tuple(_entry(inner, _BELOW_BYTES, is_top=False) for inner in below))
    if key is not None and key not in PLAIN_INTENTS:
        raise StaffError("wechat.menu_invalid", f"{name}: {key} is no topic's intent")
    return Entry(name, key=str(key or ""), url=str(url or ""))
