"""Fills an empty sandbox: the same seed on the same day gives the same subscribers, bills and use."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from bss.sandbox import subscribers
from bss.sandbox.calendar import add_months, first_day
from bss.sandbox.seed import history, inventory
from bss.sandbox.seed.people import PEOPLE, Person
from bss.sandbox.store import Session

FIRST_NUMBER = 13800000001
DUE_DAY = 25  # of the month after the billed one


def fill(session: Session, seed: int) -> None:
    """Write every subscriber with inventory, history and this month's allowances."""
    for index, person in enumerate(PEOPLE):
        number = str(FIRST_NUMBER + index)
        rng = Random(f"{seed}:{number}")  # noqa: S311 - reproducible on purpose, no secret
        months = history.months_of(person, session.offerings, first_day(session.today), rng)
        _subscriber(session, number, index + 1, person, months)
        _bills(session, number, index + 1, person, months)
        inventory.products(session, number, index + 1, person)
        inventory.buckets(session, number, index + 1, person, months, rng)
        inventory.orders(session, number, index + 1, person)
        inventory.tickets(session, number, index + 1)


def _subscriber(
    session: Session, number: str, index: int, person: Person, months: list[history.Month]
) -> None:
    owed = sum(month.total_fen for month in months[-person.unpaid_bills :]) if person.unpaid_bills else 0
    since = first_day(session.today) - timedelta(days=1 + index % 20)  # joined some days before a month began
    for _ in range(person.months):
        since = (first_day(since) - timedelta(days=1)).replace(day=1 + index % 20)
    contract = add_months(session.today, person.contract + 1) - timedelta(days=1) if person.contract else None
    session.run(
        "INSERT INTO subscriber VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        number,
        f"C{index:04d}",
        person.name,
        person.kind,
        person.status,
        person.reason,
        person.region,
        person.birth,
        int(person.is_real_named),
        contract.isoformat() if contract else None,
        since.isoformat(),
        ",".join(person.segments),
        -owed if person.unpaid_bills else person.balance_fen,
        person.promotional_fen,
    )


def _bills(session: Session, number: str, index: int, person: Person, months: list[history.Month]) -> None:
    for month in months:
        bill_id = f"B{index:02d}M{month.month:%y}{'ABCDEFGHJKLM'[month.month.month - 1]}"
        due = add_months(month.month, 1).replace(day=DUE_DAY) if person.kind == "postpaid" else None
        session.run(
            "INSERT INTO bill VALUES (?, ?, ?, ?, ?, ?)",
            bill_id,
            number,
            month.month.isoformat(),
            month.total_fen,
            month.total_fen,
            due.isoformat() if due else None,
        )
        for position, line in enumerate(month.lines):
            session.run(
                "INSERT INTO bill_line VALUES (?, ?, ?, ?, ?, ?, ?)",
                bill_id,
                position,
                line.name,
                line.kind,
                line.amount_fen,
                line.offering_id,
                line.description,
            )
        session.run(
            "INSERT INTO monthly_use VALUES (?, ?, ?, ?, ?)",
            number,
            month.month.isoformat(),
            month.data_mb,
            month.voice_min,
            month.sms_count,
        )
    subscribers.leave_unpaid(session, number)


__all__ = ["FIRST_NUMBER", "fill"]
