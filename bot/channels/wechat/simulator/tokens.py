"""Access tokens as WeChat issues them: the stable ones, and those of the older interface."""

from __future__ import annotations

import secrets

from bot.channels.wechat.simulator.store import Store

LIFETIME_S = 7200
_OVERLAP_S = 300  # old and new are both valid
_FORCED_A_DAY, _FORCED_APART_S = 20, 30.0
_LENGTH = 512  # as long as WeChat asks to leave room for


class TokenRefused(Exception):
    """A token was not issued or not accepted; carries WeChat's error code."""

    def __init__(self, errcode: int) -> None:
        super().__init__(str(errcode))
        self.errcode = errcode


class Tokens:
    """The tokens of one account."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def stable(self, is_forced: bool) -> tuple[str, int]:
        """Return a token and its seconds: the present one until five minutes before its end, then a new one.

        A forced one replaces the present one at once: at most 20 a day, 30 seconds apart (45009, 45011).
        """
        now = self._store.now()
        if is_forced:
            self._count_forced(now)
            self._store.run("UPDATE token SET is_revoked = 1 WHERE kind = 'stable'")
        else:
            present = self._store.row(
                "SELECT * FROM token WHERE kind = 'stable' AND is_revoked = 0 AND until > ? ORDER BY until DESC",
                now + _OVERLAP_S,
            )
            if present is not None:
                return present["value"], int(present["until"] - now)
        return self._issue("stable", is_forced), LIFETIME_S

    def plain(self) -> tuple[str, int]:
        """Return a new token; the one before it is valid for five minutes more."""
        end = self._store.now() + _OVERLAP_S
        self._store.run("UPDATE token SET until = min(until, ?) WHERE kind = 'plain'", end)
        return self._issue("plain", False), LIFETIME_S

    def check(self, value: str | None) -> None:
        """Accept a token; raises `TokenRefused` with 41001, 40001 or 42001."""
        if not value:
            raise TokenRefused(41001)
        found = self._store.row("SELECT * FROM token WHERE value = ?", value)
        if found is None or found["is_revoked"]:
            raise TokenRefused(40001)
        if found["until"] <= self._store.now():
            raise TokenRefused(42001)

    def expire(self) -> int:
        """Let every token be over its time; return how many."""
        now = self._store.now()
        return self._store.run("UPDATE token SET until = ? WHERE until > ? AND is_revoked = 0", now, now)

    def revoke(self) -> int:
        """Make every token invalid, as a changed secret does; return how many."""
        return self._store.run("UPDATE token SET is_revoked = 1 WHERE is_revoked = 0")

    def _count_forced(self, now: float) -> None:
        made = [
            row["made"]
            for row in self._store.rows(
                "SELECT made FROM token WHERE is_forced = 1 AND made > ? ORDER BY made", now - 86_400
            )
        ]
        if len(made) >= _FORCED_A_DAY:
            raise TokenRefused(45009)
        if made and now - made[-1] < _FORCED_APART_S:
            raise TokenRefused(45011)

    def _issue(self, kind: str, is_forced: bool) -> str:
        value, now = secrets.token_urlsafe(_LENGTH)[:_LENGTH], self._store.now()
        self._store.run(
            "INSERT INTO token VALUES (?, ?, ?, ?, 0, ?)", value, kind, now, now + LIFETIME_S, is_forced
        )
        return value
