"""What the account may still send a user by the customer-service API.

WeChat's rules: 5 messages within 48 hours of a user's message; 3 within a minute of a tap on the custom menu, of a tap
on an entry of a `msgmenu`, of a follow and of a scan. A new occasion of a kind replaces the old allowance of that kind.
Replies in the callback's answer are free. Which allowance a message is taken from is not documented: here it is the
one that ends sooner.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bot.channels.wechat.simulator.store import Store

OUT_OF_WINDOW, USED_UP = 45015, 45047


class Occasion(str, Enum):
    """What opens an allowance."""

    MESSAGE = "message"
    TOUCH = "touch"  # menu tap, msgmenu tap, follow, scan


_GIVEN = {Occasion.MESSAGE: (5, 48 * 3600.0), Occasion.TOUCH: (3, 60.0)}


@dataclass(frozen=True)
class Allowance:
    """How many messages are left, and until when by the simulator's clock."""

    occasion: Occasion
    remaining: int
    until: float


class Quota:
    """The allowances of every user and what was drawn from them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, openid: str, occasion: Occasion) -> None:
        """Give what this occasion gives."""
        count, seconds = _GIVEN[occasion]
        until = self._store.now() + seconds
        self._store.run(
            "INSERT OR REPLACE INTO allowance VALUES (?, ?, ?, ?)", openid, occasion.value, count, until
        )

    def close(self, openid: str) -> None:
        """Take everything back: the user has left."""
        self._store.run("DELETE FROM allowance WHERE openid = ?", openid)

    def of(self, openid: str) -> list[Allowance]:
        """Return what is open now, the one that ends first in front."""
        found = self._store.rows(
            "SELECT * FROM allowance WHERE openid = ? AND until > ? ORDER BY until", openid, self._store.now()
        )
        return [Allowance(Occasion(row["kind"]), row["remaining"], row["until"]) for row in found]

    def draw(self, openid: str) -> int:
        """Take one message from an allowance; return 0, or the error code that refuses it."""
        open_now = self.of(openid)
        chosen = next((allowance for allowance in open_now if allowance.remaining > 0), None)
        if chosen is None:
            errcode = USED_UP if open_now else OUT_OF_WINDOW
            self.note(openid, errcode)
            return errcode
        self._store.run(
            "UPDATE allowance SET remaining = remaining - 1 WHERE openid = ? AND kind = ?",
            openid, chosen.occasion.value,
        )  # fmt: skip
        self.note(openid, 0, drawn_from=chosen.occasion.value)
        return 0

    def note(self, openid: str, errcode: int, is_fault: bool = False, drawn_from: str = "") -> None:
        """Write one try to send into the books."""
        self._store.run(
            "INSERT INTO send (openid, at, errcode, is_fault, drawn_from) VALUES (?, ?, ?, ?, ?)",
            openid, self._store.now(), errcode, is_fault, drawn_from,
        )  # fmt: skip
