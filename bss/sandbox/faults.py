"""Faults on demand: the TM Forum side becomes slow, failing, malformed, unreachable or repetitive for a while."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from bss.sandbox.refusal import invalid


class FaultKind(str, Enum):
    """What goes wrong."""

    SLOW = "slow"  # answers after `delay_s`, having done its work
    ERROR = "error"  # answers 500 without doing anything
    MALFORMED = "malformed"  # does its work and answers JSON cut in the middle
    REFUSE = "refuse"  # drops the connection without an answer
    DUPLICATE = "duplicate"  # answers every entry of a list twice


@dataclass(frozen=True)
class Fault:
    """One fault: which API it hits, until when, and how many requests more."""

    kind: FaultKind
    api: str = ""  # part of the path, such as customerBill; empty: every API
    delay_s: float = 5.0
    until: float = float("inf")  # by the monotonic clock
    left: int | None = None  # requests; None: until the time is over
    after: bool = False  # refuse and error: do the work first, then lose the answer

    def to_json(self) -> dict[str, object]:
        """Write the fault as the tester's endpoint shows it."""
        return {
            "kind": self.kind.value,
            "api": self.api,
            "delay_s": self.delay_s,
            "for_s": round(max(0.0, self.until - time.monotonic()), 1),
            "count": self.left,
            "after": self.after,
        }


def parse(body: dict[str, Any]) -> Fault:
    """Read a tester's request; raises `Refusal` for one that does not fit."""
    try:
        kind = FaultKind(body.get("kind"))
    except ValueError:
        raise invalid(f"kind is one of {', '.join(kind.value for kind in FaultKind)}") from None
    api, count, after = body.get("api", ""), body.get("count"), body.get("after", False)
    if not isinstance(api, str) or not isinstance(after, bool):
        raise invalid("api is a text, after is true or false")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
        raise invalid("count is a positive whole number")
    delay_s, for_s = (_seconds(body, name, default) for name, default in (("delay_s", 5.0), ("for_s", 60.0)))
    return Fault(kind, api, delay_s, time.monotonic() + for_s, count, after)


def _seconds(body: dict[str, Any], name: str, default: float) -> float:
    try:
        value = float(body.get(name, default))
    except (TypeError, ValueError):
        raise invalid(f"{name} is a number of seconds") from None
    if not 0 <= value <= 3600:
        raise invalid(f"{name} lies between 0 and 3600")
    return value


class Faults:
    """The faults in force; each request takes the first one that fits it."""

    def __init__(self) -> None:
        self._active: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._active.append(fault)

    def clear(self) -> None:
        self._active.clear()

    def active(self) -> list[Fault]:
        """Return what is in force now."""
        self._active = [fault for fault in self._active if fault.until > time.monotonic() and fault.left != 0]
        return list(self._active)

    def take(self, path: str) -> Fault | None:
        """Return the fault for a request to `path` and count it."""
        for fault in self.active():
            if fault.api in path:
                if fault.left is not None:
                    self._active[self._active.index(fault)] = replace(fault, left=fault.left - 1)
                return fault
        return None


async def wait(fault: Fault | None) -> None:
    """Wait as long as a slow fault says."""
    if fault is not None and fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.delay_s)


def spoil(fault: Fault, body: bytes) -> bytes:
    """Return what a malformed or repetitive system would have answered."""
    if fault.kind is FaultKind.MALFORMED:
        return body[: len(body) // 2] or b"{"
    value = json.loads(body)
    if fault.kind is FaultKind.DUPLICATE and isinstance(value, list):
        return json.dumps([item for item in value for _ in range(2)], ensure_ascii=False).encode()
    return body
