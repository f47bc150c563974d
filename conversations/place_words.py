"""In which words a waiting customer hears how many are before them and how long it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from conversations.forecast import Forecast

_SOON_S = 60  # whoever is served within this is not told a time


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """The service texts of one occasion, by what there is to say."""

    ahead: str
    next_soon: str
    next_later: str
    unknown: str  # how long, while nobody is online
    unknown_next: str

    def of(self, place: Forecast) -> tuple[str, dict[str, object]]:
        """Return the text that says it, and its fields."""
        if place.wait_s is None:
            return (self.unknown, {"ahead": place.ahead}) if place.ahead else (self.unknown_next, {})
        if place.ahead:
            return self.ahead, {"ahead": place.ahead, "minutes": minutes(place.wait_s)}
        return (
            (self.next_soon, {})
            if place.wait_s < _SOON_S
            else (self.next_later, {"minutes": minutes(place.wait_s)})
        )


def minutes(wait_s: int) -> int:
    """Return a wait as customers hear it, never less than it is."""
    return max(1, math.ceil(wait_s / 60))


QUEUED = PlaceWords(
    ahead="handoff_queued",
    next_soon="handoff_queued_next",
    next_later="handoff_queued_next_wait",
    unknown="handoff_nobody_online",
    unknown_next="handoff_nobody_online_first",
)
POSITION = PlaceWords(
    ahead="handoff_position",
    next_soon="handoff_position_next",
    next_later="handoff_position_next_wait",
    unknown="handoff_position_unknown",
    unknown_next="handoff_position_unknown_first",
)
