"""The rates: what is divided by what. `docs/figures.md` and the page's tooltips say the same in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from conversations.figures.model import Measure

RATES: Mapping[str, tuple[Measure, tuple[Measure, ...]]] = {  # name -> (counted, of the sum of these)
    "containment": (Measure.CONTAINED, (Measure.CONVERSATIONS,)),
    "resolution": (Measure.RESOLVED, (Measure.SETTLED,)),
    "abstention": (Measure.ABSTAINED, (Measure.ANSWERED, Measure.OFFERED, Measure.ABSTAINED)),
    "clarified": (Measure.OFFERED, (Measure.ANSWERED, Measure.OFFERED, Measure.ABSTAINED)),
    "taken": (Measure.TAKEN, (Measure.OFFERED,)),
    "false_answers": (Measure.USELESS, (Measure.USEFUL, Measure.USELESS)),
    "handoff": (Measure.HANDOFF, (Measure.CONVERSATIONS,)),
    "given_up": (Measure.GIVEN_UP, (Measure.HANDOFF,)),
    "rated": (Measure.RATED, (Measure.RATING_ASKED,)),
    "solved": (Measure.SOLVED, (Measure.SOLVED, Measure.UNSOLVED)),
}
BY_DAY = frozenset(
    {Measure.RATED, *(measure for counted, of in RATES.values() for measure in (counted, *of))}
)
"""What a day's or a channel's rates and score are made of."""
DURATIONS: Mapping[str, Measure] = {"wait": Measure.WAIT, "first_response": Measure.FIRST_RESPONSE}


@dataclass(slots=True)
class Sum:
    """A count, and the total of what has one."""

    count: int = 0
    total: int = 0

    def add(self, count: int, total: int) -> None:
        """Add another."""
        self.count += count
        self.total += total


Sums = Mapping[Measure, Sum]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of 0 to 1; None of nothing."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """Return the share."""
        return self.count / self.of if self.of else None


def rate(name: str, sums: Sums) -> Rate:
    """Return a rate of `RATES`."""
    counted, of = RATES[name]
    return Rate(_count(sums, counted), sum(_count(sums, measure) for measure in of))


def score(sums: Sums, measure: Measure = Measure.RATED) -> float | None:
    """Return the mean score of 0 to 100."""
    found = sums.get(measure)
    return found.total / found.count if found is not None and found.count else None


def percentile(counts: Mapping[int, int], percent: int) -> int | None:
    """Return the nearest-rank percentile of values that each occur so many times; None of nothing."""
    rank, seen = math.ceil(sum(counts.values()) * percent / 100), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= rank:
            return value
    return None


def _count(sums: Sums, measure: Measure) -> int:
    found = sums.get(measure)
    return found.count if found is not None else 0
