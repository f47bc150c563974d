"""The users, and what each one's phone shows: lines in order, each once."""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
from typing import Any

from bot.channels.wechat.simulator.refusal import Refusal, invalid, unknown
from bot.channels.wechat.simulator.store import Store, moment

Line = dict[str, Any]
_OPENID_CHARS = 64


class Phones:
    """Every user's phone; who waits for a new line is woken by it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changed: dict[str, asyncio.Event] = {}

    def add(self, openid: str | None, scene: str) -> tuple[str, bool]:
        """Let a user follow the account, for the first time or again; return the openid and whether it is new.

        Raises `Refusal` for a user who follows already.
        """
        openid = openid or "o" + secrets.token_urlsafe(21)[:27]
        if not openid.isascii() or not openid.isprintable() or len(openid) > _OPENID_CHARS:
            raise invalid(f"openid is up to {_OPENID_CHARS} visible ASCII characters")
        known = self._store.row("SELECT is_following FROM user WHERE openid = ?", openid)
        if known is not None and known["is_following"]:
            raise Refusal(409, "this user follows already")
        now = self._store.now()
        self._store.run(
            "INSERT INTO user (openid, is_following, followed, scene, touched) VALUES (?, 1, ?, ?, ?) ON CONFLICT (openid) "
            "DO UPDATE SET is_following = 1, followed = excluded.followed, scene = excluded.scene, touched = excluded.touched",
            openid, now, scene, now,
        )  # fmt: skip
        self.touch(openid)
        return openid, known is None

    def leave(self, openid: str) -> None:
        """Let a user unfollow."""
        self._store.run("UPDATE user SET is_following = 0 WHERE openid = ?", openid)
        self._wake(openid)

    def user(self, openid: str) -> sqlite3.Row:
        """Return a user's row; raises `Refusal` for one who was never here."""
        found = self._store.row("SELECT * FROM user WHERE openid = ?", openid)
        if found is None:
            raise unknown("user")
        return found

    def follower(self, openid: str) -> sqlite3.Row:
        """Return the row of a user who follows; raises `Refusal` for others: they cannot write."""
        found = self.user(openid)
        if not found["is_following"]:
            raise Refusal(409, "this user does not follow the account")
        return found

    def is_following(self, openid: str) -> bool | None:
        """Say whether a user follows; None for one who was never here."""
        found = self._store.row("SELECT is_following FROM user WHERE openid = ?", openid)
        return bool(found["is_following"]) if found else None

    def all(self) -> list[sqlite3.Row]:
        """Return the users, newest interaction first."""
        return self._store.rows("SELECT * FROM user ORDER BY touched DESC")

    def touch(self, openid: str) -> None:
        """Note that the user has just done something."""
        self._store.run("UPDATE user SET touched = ? WHERE openid = ?", self._store.now(), openid)

    def show_typing(self, openid: str, until: float) -> None:
        """Show 对方正在输入 until a time, 0 for no longer."""
        self._store.run("UPDATE user SET typing_until = ? WHERE openid = ?", until, openid)
        self._wake(openid)

    def show(self, openid: str, side: str, kind: str, **more: object) -> Line:
        """Put a line on a phone; what the account says ends its typing."""
        now = self._store.now()
        last = self._store.row("SELECT coalesce(max(seq), 0) AS seq FROM line WHERE openid = ?", openid)
        line = {
            "seq": (last["seq"] if last else 0) + 1,
            "at": moment(now),
            "from": side,
            "type": kind,
            **more,
        }
        self._store.run(
            "INSERT INTO line VALUES (?, ?, ?, ?)",
            openid, line["seq"], now, json.dumps(line, ensure_ascii=False),
        )  # fmt: skip
        if side == "account":
            self._store.run("UPDATE user SET typing_until = 0 WHERE openid = ?", openid)
        self._wake(openid)
        return line

    def lines(self, openid: str, after: int = 0) -> list[Line]:
        """Return what the phone shows behind a line."""
        found = self._store.rows(
            "SELECT body FROM line WHERE openid = ? AND seq > ? ORDER BY seq", openid, after
        )
        return [json.loads(row["body"]) for row in found]

    async def wait(self, openid: str, wait_s: float) -> None:
        """Wait until something changes on a phone, at most so long."""
        event = self._changed.setdefault(openid, asyncio.Event())
        try:
            async with asyncio.timeout(wait_s):
                await event.wait()
        except TimeoutError:
            pass

    def _wake(self, openid: str) -> None:
        if (event := self._changed.pop(openid, None)) is not None:
            event.set()

    def wake_all(self) -> None:
        """Wake everyone who waits: everything was forgotten."""
        for openid in tuple(self._changed):
            self._wake(openid)
