"""The catalogue as the billing system last told it, kept for a minute; a failing refresh keeps what was known."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from actions.services import Services
from bss.port import Bss
from core.errors import UpstreamError
from core.offering import Offering

_FRESH = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Known:
    offerings: Mapping[str, Offering]
    at: datetime


_known: weakref.WeakKeyDictionary[Bss, _Known] = weakref.WeakKeyDictionary()


async def catalogue(services: Services) -> Mapping[str, Offering]:
    """Return every offering by id, retired ones included."""
    now, known = services.clock.now(), _known.get(services.bss)
    if known is not None and now - known.at < _FRESH:
        return known.offerings
    try:
        found = {str(offering.id): offering for offering in await services.bss.offerings()}
    except UpstreamError:
        if known is None:
            raise
        return known.offerings
    _known[services.bss] = _Known(found, now)
    return found


def forget(bss: Bss) -> None:
    """Ask again the next time: the catalogue is another."""
    _known.pop(bss, None)
