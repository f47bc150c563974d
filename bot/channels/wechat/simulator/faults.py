"""Faults on demand: what a network and a busy WeChat do to callbacks and to API calls, for a while."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from bot.channels.wechat.simulator.refusal import Refusal, invalid


class FaultKind(str, Enum):
    """What goes wrong."""

    # on the way to the service
    DUPLICATE = "duplicate"  # the callback is delivered twice at once
    HOLD = "hold"  # the callback leaves `delay_s` late, so that later ones overtake it
    DROP_REPLY = "drop_reply"  # the service's answer never arrives: WeChat tries again
    # in the API
    ERRCODE = "errcode"  # refused with `errcode`, nothing done
    SLOW = "slow"  # answers after `delay_s`
    CUT = "cut"  # the connection breaks before anything is done; with `after`, when it is done
    # at once
    EXPIRE_TOKENS = "expire_tokens"  # every token is over its time (42001)
    REVOKE_TOKENS = "revoke_tokens"  # every token is invalid (40001)


@dataclass(frozen=True)
class Fault:
    """One fault: whom and what it hits, how often, and until when by the monotonic clock."""

    kind: FaultKind
    api: str = ""  # part of an API's path, such as custom/send; empty: every API
    openid: str = ""  # empty: every user
    errcode: int = -1
    delay_s: float = 1.0
    share: float = 1.0  # of what it could hit
    until: float = float("inf")
    left: int | None = None  # None: until the time is over
    after: bool = False

    def to_json(self) -> dict[str, object]:
        """Write the fault as the tester's endpoint shows it."""
        return {
            "kind": self.kind.value, "api": self.api, "openid": self.openid, "errcode": self.errcode,
            "delay_s": self.delay_s, "share": self.share, "count": self.left, "after": self.after,
            "for_s": round(max(0.0, self.until - time.monotonic()), 1),
        }  # fmt: skip


def parse(body: dict[str, Any]) -> Fault:
    """Read a tester's request; raises `Refusal` for one that does not fit."""
    try:
        kind = FaultKind(body.get("kind"))
    except ValueError:
        raise invalid(f"kind is one of {', '.join(kind.value for kind in FaultKind)}") from None
    count, after, errcode = body.get("count"), body.get("after", False), body.get("errcode", -1)
    if not all(isinstance(body.get(name, ""), str) for name in ("api", "openid")) or not isinstance(
        after, bool
    ):
        raise invalid("api and openid are texts, after is true or false")
    if not _is_whole(errcode) or errcode == 0 or (count is not None and (not _is_whole(count) or count < 1)):
        raise invalid("errcode is a whole number other than 0, count a positive one")
    return Fault(
        kind, body.get("api", ""), body.get("openid", ""), errcode,
        delay_s=_number(body, "delay_s", 1.0, 3600), share=_number(body, "share", 1.0, 1),
        until=time.monotonic() + _number(body, "for_s", 60.0, 86_400), left=count, after=after,
    )  # fmt: skip


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(body: dict[str, Any], name: str, default: float, largest: float) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= largest:
        raise Refusal(400, f"{name} is a number between 0 and {largest}")
    return float(value)


class Faults:
    """The faults in force; each occasion takes the first one that fits it."""

    def __init__(self, seed: int = 20260101) -> None:
        self._active: list[Fault] = []
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def add(self, fault: Fault) -> None:
        self._active.append(fault)

    def clear(self) -> None:
        self._active.clear()

    def active(self) -> list[Fault]:
        """Return what is in force now."""
        self._active = [fault for fault in self._active if fault.until > time.monotonic() and fault.left != 0]
        return list(self._active)

    def take(self, *kinds: FaultKind, api: str = "", openid: str = "") -> Fault | None:
        """Return the fault of one of these kinds that strikes now, and count it."""
        for fault in self.active():
            fits = fault.kind in kinds and fault.api in api and fault.openid in ("", openid)
            if fits and self._random.random() < fault.share:
                if fault.left is not None:
                    self._active[self._active.index(fault)] = replace(fault, left=fault.left - 1)
                return fault
        return None
