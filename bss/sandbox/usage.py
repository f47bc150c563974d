"""This month's allowances and the use of the months before."""

from __future__ import annotations

from datetime import date, datetime

from bss.port import MonthlyUse, UsageBucket, UsageKind
from bss.sandbox.calendar import iso, parse
from bss.sandbox.store import Session
from bss.sandbox.subscribers import row_of
from core.ids import Msisdn, OfferingId


def usage(session: Session, number: Msisdn) -> list[UsageBucket]:
    """Return the allowances that run now, in the order in which they are used up."""
    row_of(session, number)
    rows = session.rows(
        "SELECT * FROM bucket WHERE number = ? AND ends > ? AND starts <= ? ORDER BY id",
        number,
        iso(session.now),
        iso(session.now),
    )
    return [
        UsageBucket(
            kind=UsageKind(row["kind"]),
            name=row["name"],
            offering_id=OfferingId(row["offering_id"]) if row["offering_id"] else None,
            total=row["total"],
            used=row["used"],
            ends=parse(row["ends"]),
            scope=row["scope"],
        )
        for row in rows
    ]


def monthly_use(session: Session, number: Msisdn, months: int) -> list[MonthlyUse]:
    """Return the last complete months, newest first."""
    row_of(session, number)
    rows = session.rows(
        "SELECT * FROM monthly_use WHERE number = ? ORDER BY month DESC LIMIT ?", number, max(0, months)
    )
    return [
        MonthlyUse(date.fromisoformat(row["month"]), row["data_mb"], row["voice_min"], row["sms_count"])
        for row in rows
    ]


def insert_bucket(
    session: Session,
    bucket_id: str,
    number: str,
    kind: UsageKind,
    name: str,
    offering_id: str,
    total: int,
    used: int,
    starts: datetime,
    ends: datetime,
    scope: str,
) -> None:
    """Add one allowance."""
    session.run(
        "INSERT INTO bucket VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        bucket_id,
        number,
        kind.value,
        name,
        offering_id,
        total,
        used,
        iso(starts),
        iso(ends),
        scope,
    )
