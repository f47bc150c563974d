"""How much worse a release of the knowledge base may be, and how a canary begins: what an operator may set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

_MOST = 100_000  # of a count


@dataclass(frozen=True, slots=True)
class GateLimits:
    """How much worse a release may be before it is blocked; counts of questions and shares from 0 to 1."""

    worse_share: float = 0.005  # of all regression questions
    ambiguous_share: float = 0.01
    article_worse: int = 3  # worse or ambiguous questions of one article that the release does not touch
    taken: int = 2  # published questions of other articles that a changed one publishes too
    own_worse: int = 0  # of the operator's own test questions
    strangers_answered: int = 2  # questions out of scope, newly answered


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """The limits, and what is proposed for a canary."""

    limits: GateLimits = field(default_factory=GateLimits)
    canary_percent: int = 10
    canary_minutes: int = 60


def written_rules(rules: ReleaseRules) -> dict[str, Any]:
    """Write the rules as one flat object."""
    canary = {"canary_percent": rules.canary_percent, "canary_minutes": rules.canary_minutes}
    return {**asdict(rules.limits), **canary}


def read_rules(value: Mapping[str, Any]) -> ReleaseRules:
    """Read what `written_rules` wrote; what is left out is as by default. Raises ValueError or TypeError."""
    if not isinstance(value, Mapping):
        raise TypeError("an object")
    given = dict(value)
    percent = _count(given.pop("canary_percent", 10), 1, 99)
    minutes = _count(given.pop("canary_minutes", 60), 1, 30 * 24 * 60)
    unknown = given.keys() - {each.name for each in fields(GateLimits)}
    if unknown:
        raise ValueError(", ".join(sorted(unknown)))
    read: dict[str, Any] = {
        name: _share(given[name]) if name.endswith("_share") else _count(given[name], 0, _MOST)
        for name in given
    }
    return ReleaseRules(GateLimits(**read), percent, minutes)


def _count(value: object, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"a whole number from {least} to {most}")
    return value


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError("from 0 to 1")
    return float(value)
