"""What the invented subscribers hold today, what is left of it, and what they ordered and reported before."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from random import Random

from bss.port import UsageKind
from bss.sandbox import durations, usage
from bss.sandbox import products as inventory
from bss.sandbox.calendar import add_months, first_day, iso, midnight, next_month
from bss.sandbox.seed.history import TARGETED, Month, use_in
from bss.sandbox.seed.people import ALWAYS, Person
from bss.sandbox.store import Session
from core.ids import OfferingId
from core.offering import Category

TICKETS = {  # subscriber -> (kind, severity, what, days ago, status)
    2: ("incident", "medium", "家中4G信号弱，上网经常中断", 20, "resolved"),
    7: ("complain", "medium", "漫游期间收到的提醒短信不及时", 33, "closed"),
    14: ("complain", "high", "不知情开通云游戏会员，要求退费", 12, "resolved"),
    17: ("incident", "high", "宽带光猫闪红灯，无法上网", 5, "closed"),
}


def products(session: Session, number: str, index: int, person: Person) -> None:
    """Write the plan, the plan before it and everything held beside it."""
    offerings = session.offerings
    this_month = first_day(session.today)
    joined = add_months(this_month, -person.months)
    changed = add_months(this_month, -person.was[1]) if person.was else joined
    plan = offerings[OfferingId(person.plan)]
    if person.was:
        before = offerings[OfferingId(person.was[0])]
        inventory.insert(
            session,
            f"PR{index:02d}A",
            number,
            before,
            started=midnight(joined),
            ends=midnight(changed),
        )
    inventory.insert(session, f"PR{index:02d}B", number, plan, started=midnight(changed))
    free = 0
    for position, (offering_id, since) in enumerate(person.extras):
        offering = offerings[OfferingId(offering_id)]
        begun = joined if since == ALWAYS else add_months(this_month, -min(since, person.months))
        is_free = offering.id == "sub-card" and free < inventory.free_cards(plan, offering)
        free += is_free
        inventory.insert(
            session,
            f"PR{index:02d}{'CDEFGHJKLM'[position]}",
            number,
            offering,
            started=midnight(begun),
            ends=durations.ends(offering, midnight(begun))
            if offering.category is Category.PROMOTION
            else None,
            price_fen=0 if is_free else None,
        )


def buckets(
    session: Session, number: str, index: int, person: Person, months: list[Month], rng: Random
) -> None:
    """Write this month's allowances and what is used of them on this day of the month."""
    plan = session.offerings[OfferingId(person.plan)]
    share = _share_of_month(session.today)
    data, voice, sms = (round(use * share) for use in use_in(person, plan, session.today, rng))
    ends = next_month(session.now)
    begins = midnight(first_day(session.today))

    def add(
        suffix: str, kind: UsageKind, name: str, total: int, used: int, offering: str, scope: str
    ) -> None:
        usage.insert_bucket(
            session, f"BK{index:02d}{suffix}", number, kind, name, offering, total, used, begins, ends, scope
        )

    carried = _carried(plan.data_mb or 0, months)
    if carried:
        used = min(data, carried)
        data -= used
        add("A", UsageKind.DATA, "上月结转流量", carried, used, plan.id, "国内通用")
    if plan.data_mb:
        add("B", UsageKind.DATA, "套餐内流量", plan.data_mb, min(data, plan.data_mb), plan.id, "国内通用")
    if plan.voice_min:
        add(
            "C",
            UsageKind.VOICE,
            "套餐内语音",
            plan.voice_min,
            min(voice, plan.voice_min),
            plan.id,
            "国内主叫",
        )
    if plan.sms_count:
        add("D", UsageKind.SMS, "套餐内短信", plan.sms_count, min(sms, plan.sms_count), plan.id, "国内短信")
    for position, (offering_id, _since) in enumerate(person.extras):
        extra = session.offerings[OfferingId(offering_id)]
        suffix = "EFGHJKLMNP"[position]
        if extra.data_mb and extra.id in TARGETED:
            used = round(extra.data_mb * share * rng.uniform(0.2, 0.8))
            add(suffix, UsageKind.DATA, extra.name, extra.data_mb, used, extra.id, extra.scope or "定向")
        elif extra.voice_min and extra.category is Category.VOICE:
            used = round(extra.voice_min * share * rng.uniform(0.2, 0.8))
            add(suffix, UsageKind.VOICE, extra.name, extra.voice_min, used, extra.id, extra.scope)


def orders(session: Session, number: str, index: int, person: Person) -> None:
    """Write the orders from which today's inventory came, as far as it changed within the year."""
    this_month = first_day(session.today)
    placed: list[tuple[str, str, int]] = [
        ("add", offering, since)
        for offering, since in person.extras
        if since <= person.months and since != ALWAYS
    ]
    if person.was:
        placed.append(("modify", person.plan, person.was[1]))
    for position, (action, offering_id, since) in enumerate(placed):
        effective = midnight(add_months(this_month, -since))
        at = effective - timedelta(days=4, hours=5) if action == "modify" else effective
        session.run(
            "INSERT INTO product_order VALUES (?, ?, ?, ?, ?, 'completed', ?, ?, '')",
            f"OR{index:02d}{'ABCDEFGHJK'[position]}",
            f"seed-{index:02d}-{position}",
            number,
            offering_id,
            action,
            iso(at),
            iso(effective),
        )


def tickets(session: Session, number: str, index: int) -> None:
    """Write the few tickets of the past."""
    if index not in TICKETS:
        return
    kind, severity, description, days_ago, status = TICKETS[index]
    created = midnight(session.today) - timedelta(days=days_ago, hours=-10)
    session.run(
        "INSERT INTO ticket VALUES (?, ?, ?, ?, ?, ?, ?, ?, '')",
        f"GD{index:02d}A",
        number,
        kind,
        severity,
        status,
        description,
        iso(created),
        iso(created + timedelta(hours=48)),
    )


def _share_of_month(today: date) -> float:
    return today.day / calendar.monthrange(today.year, today.month)[1]


def _carried(allowance_mb: int, months: list[Month]) -> int:
    """Return what the last month left over; two months back is enough, for carried data ends with the next month."""
    if len(months) < 2:
        return 0
    left = max(0, allowance_mb - months[-2].data_mb)
    return max(0, allowance_mb - max(0, months[-1].data_mb - left))
