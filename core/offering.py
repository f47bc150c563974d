"""The plan catalogue's value types, shared by the billing system, the knowledge base and the actions.

Source: TM Forum TMF620 productOffering, reduced to what a subscriber is told. Volumes are MB (1 GB = 1024 MB),
voice is minutes, money is fen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from core.ids import OfferingId
from core.money import Fen

# The fields of an offering by what they hold: text, numbers with their unit, lists of text.
WORDS = (
    "validity",
    "effective",
    "overage",
    "scope",
    "eligibility",
    "subscribe",
    "cancel",
    "carry_over",
    "stacking",
    "tariff_no",
)
QUANTITIES = {"data_mb": "MB", "voice_min": "min", "sms_count": "count", "bandwidth_mbps": "Mbps"}
LISTS = ("nicknames", "extras")


class Category(str, Enum):
    """The catalogue's shelves; the value is the TMF620 category id."""

    PLAN = "plan"
    DATA = "data"
    VOICE = "voice"
    VAS = "vas"
    BROADBAND = "broadband"
    ROAMING = "roaming"
    SUBCARD = "subcard"
    PROMOTION = "promotion"


class Period(str, Enum):
    """How often the price is charged."""

    MONTH = "month"
    YEAR = "year"
    DAY = "day"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class Offering:
    """One thing the operator sells, as published in its tariff."""

    id: OfferingId
    name: str
    category: Category
    price_fen: Fen
    period: Period
    description: str
    tariff_no: str  # the published tariff's number (资费公示编号)
    nicknames: tuple[str, ...] = ()  # other names customers use
    data_mb: int | None = None
    voice_min: int | None = None
    sms_count: int | None = None
    bandwidth_mbps: int | None = None
    validity: str = ""  # how long it lasts once ordered, in words: 当月有效, 24小时
    effective: str = ""  # when it takes effect, in words
    overage: str = ""  # what use beyond the allowance costs, in words
    scope: str = ""  # where or for what it may be used: 国内通用, 定向视频应用
    eligibility: str = ""  # who may order
    subscribe: str = ""  # how to order
    cancel: str = ""  # how to cancel
    contract: str = ""  # commitment and what leaving early costs; empty when there is none
    carry_over: str = ""  # what happens to unused allowance
    stacking: str = ""  # may it be ordered repeatedly or together with others
    extras: tuple[str, ...] = field(default=())  # what else is included
    segments: tuple[str, ...] = ()  # campus, senior, ...; empty means everybody
    is_sellable: bool = True
    lifecycle: str = "Active"  # TMF620 lifecycleStatus
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    is_orderable: bool = True  # the billing system sells it exactly as it stands here

    def is_offered(self, at: datetime) -> bool:
        """Say whether it may be offered at `at`: active, sellable and inside its validity."""
        started = self.valid_from is None or self.valid_from <= at
        running = self.valid_to is None or at < self.valid_to
        return self.is_sellable and self.lifecycle == "Active" and started and running
