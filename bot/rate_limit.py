"""How fast one sender may write: a bucket that refills steadily, in this process's memory."""

from __future__ import annotations

import time
from collections.abc import Callable

_REMEMBERED = 20_000  # senders; beyond it the full buckets are forgotten


class RateLimit:
    """Lets `per_minute` messages of one sender pass, in a burst or spread out; 0 lets everything pass."""

    def __init__(self, per_minute: int, now_s: Callable[[], float] = time.monotonic) -> None:
        self._capacity, self._now_s = float(per_minute), now_s
        self._buckets: dict[str, tuple[float, float]] = {}  # sender -> (what is left, at this second)

    def allows(self, sender: str) -> bool:
        """Count one message of a sender; False if it is one too many."""
        if self._capacity <= 0:
            return True
        now = self._now_s()
        if len(self._buckets) > _REMEMBERED:
            self._forget_full(now)
        left = self._left(sender, now)
        self._buckets[sender] = (left - 1 if left >= 1 else left), now
        return left >= 1

    def _left(self, sender: str, now: float) -> float:
        left, at = self._buckets.get(sender, (self._capacity, now))
        return min(self._capacity, left + (now - at) * self._capacity / 60)

    def _forget_full(self, now: float) -> None:
        self._buckets = {
            sender: bucket
            for sender, bucket in self._buckets.items()
            if self._left(sender, now) < self._capacity
        }
