"""The simulator's memory: one SQLite connection used on the event loop, each statement a few microseconds.

Times are seconds by the simulator's own clock, which a tester may move ahead of the machine's.
"""

from __future__ import annotations

import sqlite3
import time
from datetime import datetime
from pathlib import Path

from core.clock import UTC

_TABLES = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS user (
    openid TEXT PRIMARY KEY, is_following INTEGER NOT NULL, followed REAL NOT NULL, scene TEXT NOT NULL,
    touched REAL NOT NULL, typing_until REAL NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS line (
    openid TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, body TEXT NOT NULL, PRIMARY KEY (openid, seq));
CREATE TABLE IF NOT EXISTS allowance (
    openid TEXT NOT NULL, kind TEXT NOT NULL, remaining INTEGER NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (openid, kind));
CREATE TABLE IF NOT EXISTS send (
    id INTEGER PRIMARY KEY, openid TEXT NOT NULL, at REAL NOT NULL, errcode INTEGER NOT NULL,
    is_fault INTEGER NOT NULL, drawn_from TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY, openid TEXT NOT NULL, message TEXT NOT NULL, attempt INTEGER NOT NULL, copy INTEGER NOT NULL,
    at REAL NOT NULL, duration_ms REAL NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS call (
    api TEXT NOT NULL, errcode INTEGER NOT NULL, is_fault INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (api, errcode, is_fault));
CREATE TABLE IF NOT EXISTS token (
    value TEXT PRIMARY KEY, kind TEXT NOT NULL, made REAL NOT NULL, until REAL NOT NULL,
    is_revoked INTEGER NOT NULL DEFAULT 0, is_forced INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS media (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, content_type TEXT NOT NULL, until REAL NOT NULL, data BLOB NOT NULL);
"""
_NAMES = ("setting", "user", "line", "allowance", "send", "delivery", "call", "token", "media")


class Store:
    """Tables and the clock; without a path everything is forgotten at the end."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")  # a toy's memory: quick, and lost only with the machine
        self._db.executescript(_TABLES)
        self._ahead_s = float(self.setting("ahead_s") or 0.0)

    def now(self) -> float:
        """Return the simulator's time in seconds."""
        return time.time() + self._ahead_s

    def advance(self, seconds: float) -> None:
        """Move the simulator's clock ahead: windows close and tokens expire."""
        self._ahead_s += seconds
        self.set_setting("ahead_s", str(self._ahead_s))

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return found

    def run(self, sql: str, *values: object) -> int:
        """Execute a write and return how many rows it touched."""
        return self._db.execute(sql, values).rowcount

    def setting(self, name: str) -> str | None:
        found = self.row("SELECT value FROM setting WHERE name = ?", name)
        return str(found["value"]) if found else None

    def set_setting(self, name: str, value: str) -> None:
        self.run("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, value)

    def forget(self) -> None:
        """Empty every table and put the clock right."""
        for name in _NAMES:
            self._db.execute(f"DELETE FROM {name}")  # noqa: S608 - our own names
        self._ahead_s = 0.0

    def close(self) -> None:
        self._db.close()


def moment(seconds: float) -> str:
    """Write a time for a tester: ISO, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
