"""Twelve months of use and bills: every line follows from what a person held and did in that month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from random import Random

from bss.sandbox.calendar import add_months
from bss.sandbox.products import free_cards
from bss.sandbox.seed.people import Person
from core.ids import OfferingId
from core.offering import Category, Offering, Period

MONTHS = 12
DATA_FEN_PER_GB = 500
VOICE_FEN_PER_MIN = 15
SMS_FEN = 10
ABROAD_FEN_PER_MIN = 99
BOOSTERS = ("data-boost-10", "data-boost-20", "data-boost-30", "data-boost-50")
TARGETED = ("data-night-9", "data-video-15", "data-short-9", "data-music-5", "data-game-9")
BUSY, BUSY_SHARE = 2.2, 0.06  # how much more data a busy month takes, and how often one comes by chance
HOLIDAY_MONTHS = (2, 10)  # Spring Festival and National Day: more data

Catalogue = Mapping[OfferingId, Offering]

_LINE_KIND = {
    Category.PLAN: "plan",
    Category.DATA: "pack",
    Category.VOICE: "pack",
    Category.VAS: "vas",
    Category.BROADBAND: "broadband",
    Category.ROAMING: "roaming",
    Category.SUBCARD: "subcard",
    Category.PROMOTION: "other",
}


@dataclass(frozen=True)
class Line:
    """One charge to be."""

    name: str
    kind: str
    amount_fen: int
    offering_id: str | None
    description: str = ""


@dataclass(frozen=True)
class Month:
    """One month of a subscriber: what was used and what it cost."""

    month: date
    data_mb: int
    voice_min: int
    sms_count: int
    lines: tuple[Line, ...]

    @property
    def total_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)


def months_of(person: Person, offerings: Catalogue, this_month: date, rng: Random) -> list[Month]:
    """Return the complete months of a subscriber, oldest first."""
    carried = 0
    months = []
    for ago in range(min(MONTHS, person.months), 0, -1):
        plan = plan_in(person, offerings, ago)
        month = add_months(this_month, -ago)
        data, voice, sms = use_in(person, plan, month, rng, ago)
        free = (plan.data_mb or 0) + carried
        carried = max(0, (plan.data_mb or 0) - max(0, data - carried))  # last month's rest is used first
        lines = [
            *_fees(person, plan, offerings, ago),
            *_data_beyond(person, max(0, data - free), offerings),
            *_voice_beyond(max(0, voice - (plan.voice_min or 0))),
            *_messages(max(0, sms - (plan.sms_count or 0))),
            *_abroad(person, offerings, ago, rng),
            *_discounts(person, ago),
        ]
        months.append(Month(month, data, voice, sms, tuple(lines)))
    return months


def plan_in(person: Person, offerings: Catalogue, ago: int) -> Offering:
    """Return the plan of a month, counted back from the present one."""
    plan = person.was[0] if person.was and ago > person.was[1] else person.plan
    return offerings[OfferingId(plan)]


def use_in(person: Person, plan: Offering, month: date, rng: Random, ago: int = 0) -> tuple[int, int, int]:
    """Return MB, minutes and messages used in a whole month."""
    season = 1.2 if month.month in HOLIDAY_MONTHS else 1.0
    season *= BUSY if ago in person.busy or (rng.random() < BUSY_SHARE and ago) else 1.0
    data = round((plan.data_mb or 0) * person.data * season * rng.uniform(0.78, 1.22))
    voice = round((plan.voice_min or 0) * person.voice * rng.uniform(0.8, 1.2))
    return data, voice, rng.randint(0, 9)


def _fees(person: Person, plan: Offering, offerings: Catalogue, ago: int) -> Iterator[Line]:
    yield Line(plan.name, "plan", plan.price_fen, plan.id, "套餐月基本费")
    held = Counter(offering for offering, since in person.extras if since >= ago)
    for offering_id, count in held.items():
        offering = offerings[OfferingId(offering_id)]
        count -= free_cards(plan, offering)
        if offering.price_fen == 0 or count <= 0 or not _is_charged(person, offering, ago):
            continue
        name = offering.name if count == 1 else f"{offering.name}×{count}"
        fee = "包年费" if offering.period is Period.YEAR else "月功能费"
        yield Line(name, _LINE_KIND[offering.category], offering.price_fen * count, offering.id, fee)


def _is_charged(person: Person, offering: Offering, ago: int) -> bool:
    if offering.period is Period.MONTH:
        return True
    if offering.period is Period.YEAR:
        since = next(since for extra, since in person.extras if extra == offering.id)
        return (since - ago) % 12 == 0
    return False


def _data_beyond(person: Person, beyond_mb: int, offerings: Catalogue) -> Iterator[Line]:
    if beyond_mb == 0:
        return
    if not person.buys_packs:
        amount = round(beyond_mb * DATA_FEN_PER_GB / 1024)
        yield Line("套餐外流量费", "overage_data", amount, None, f"超出套餐{beyond_mb / 1024:.2f}GB，5元/GB")
        return
    for offering_id, count in _boosters(beyond_mb, offerings).items():
        pack = offerings[OfferingId(offering_id)]
        name = pack.name if count == 1 else f"{pack.name}×{count}"
        yield Line(name, "pack", pack.price_fen * count, pack.id, "当月订购")


def _boosters(beyond_mb: int, offerings: Catalogue) -> Counter[str]:
    """Choose the packs a careful person buys: the smallest that is enough, the largest repeatedly."""
    bought: Counter[str] = Counter()
    while beyond_mb > 0:
        sizes = [(offerings[OfferingId(pack)].data_mb or 0, pack) for pack in BOOSTERS]
        size, pack = next((entry for entry in sizes if entry[0] >= beyond_mb), sizes[-1])
        bought[pack] += 1
        beyond_mb -= size
    return bought


def _voice_beyond(minutes: int) -> Iterator[Line]:
    if minutes:
        yield Line(
            "套餐外语音费",
            "overage_voice",
            minutes * VOICE_FEN_PER_MIN,
            None,
            f"超出套餐{minutes}分钟，0.15元/分钟",
        )


def _messages(count: int) -> Iterator[Line]:
    if count:
        yield Line("短信费", "other", count * SMS_FEN, None, f"{count}条，0.1元/条")


def _abroad(person: Person, offerings: Catalogue, ago: int, rng: Random) -> Iterator[Line]:
    for offering_id, when, count in person.roamed:
        if when == ago:
            pack = offerings[OfferingId(offering_id)]
            name = pack.name if count == 1 else f"{pack.name}×{count}"
            yield Line(name, "roaming", pack.price_fen * count, pack.id, "国际及港澳台漫游")
    if ago in person.calls_abroad:
        minutes = rng.randint(4, 30)
        yield Line("国际长途费", "other", minutes * ABROAD_FEN_PER_MIN, None, f"{minutes}分钟，0.99元/分钟")


def _discounts(person: Person, ago: int) -> Iterator[Line]:
    for discount in person.discounts:
        if discount.until <= ago <= discount.since:
            yield Line(discount.name, "discount", -discount.amount_fen, None, "优惠减免")
