"""Temporary media: what users send and what the account uploads, kept for three days."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any

from bot.channels.wechat.simulator.store import Store

_KEPT_S = 3 * 24 * 3600.0
MAX_BYTES = 2 * 1024 * 1024


class Media:
    """Pictures and recordings by media id."""

    def __init__(self, store: Store, base_url: str) -> None:
        self._store, self._base_url = store, base_url

    def keep(self, kind: str, content_type: str, data: bytes) -> str:
        """Store some bytes and return their media id."""
        media_id = secrets.token_urlsafe(48)
        until = self._store.now() + _KEPT_S
        self._store.run("INSERT INTO media VALUES (?, ?, ?, ?, ?)", media_id, kind, content_type, until, data)
        return media_id

    def find(self, media_id: str) -> sqlite3.Row | None:
        """Return what a media id stands for, or None when it is unknown or over."""
        return self._store.row("SELECT * FROM media WHERE id = ? AND until > ?", media_id, self._store.now())

    def url(self, media_id: str) -> str:
        """Return the address of a picture, as a callback's PicUrl names it."""
        return f"{self._base_url}/media/{media_id}"

    def with_picture(self, shown: Mapping[str, Any]) -> dict[str, Any]:
        """Add a picture's address to what a phone shows by media id."""
        media_id = shown.get("media_id")
        return {**shown, "picture": self.url(media_id)} if isinstance(media_id, str) else dict(shown)
