"""Who has which number, what stands on the account, and when service stops and returns."""

from __future__ import annotations

import sqlite3
from datetime import date

from bss.port import Balance, Subscriber, SubscriberStatus
from bss.sandbox import products
from bss.sandbox.commitments import commitment
from bss.sandbox.refusal import unknown_number
from bss.sandbox.store import Session
from core.ids import Msisdn, OfferingId
from core.money import Fen


def row_of(session: Session, number: str) -> sqlite3.Row:
    """Return a subscriber's row; raises `Refusal` for a number nobody has."""
    row = session.row("SELECT * FROM subscriber WHERE number = ?", number)
    if row is None:
        raise unknown_number(number)
    return row


def subscriber(session: Session, number: Msisdn) -> Subscriber:
    """Return who has a number and which plan runs today."""
    row = row_of(session, number)
    plan = products.current_plan(session, number)
    bound = commitment(session, row)
    return Subscriber(
        number=Msisdn(row["number"]),
        name=row["name"],
        kind=row["kind"],
        status=SubscriberStatus(row["status"]),
        plan_id=OfferingId(plan["offering_id"]),
        plan_name=plan["name"],
        region=row["region"],
        birth_year=row["birth_year"],
        is_real_named=bool(row["is_real_named"]),
        contract_until=bound.until if bound else None,
        in_network_since=date.fromisoformat(row["in_network_since"]),
        segments=tuple(row["segments"].split(",")) if row["segments"] else (),
    )


def numbers(session: Session) -> list[Msisdn]:
    """Return every number, in order."""
    return [Msisdn(row["number"]) for row in session.rows("SELECT number FROM subscriber ORDER BY number")]


def balance(session: Session, number: Msisdn) -> Balance:
    """Return what stands on the account now."""
    row = row_of(session, number)
    return Balance(
        available_fen=Fen(row["balance_fen"]),
        promotional_fen=Fen(row["promotional_fen"]),
        owed_fen=Fen(max(0, -row["balance_fen"])),
        as_of=session.now,
    )


def credit(session: Session, number: str, amount_fen: int) -> int:
    """Add money, pay open bills oldest first, restore service stopped for arrears; return the new balance."""
    row = row_of(session, number)
    after = int(row["balance_fen"]) + amount_fen
    session.run("UPDATE subscriber SET balance_fen = ? WHERE number = ?", after, number)
    leave_unpaid(session, number)
    if after >= 0:
        session.run(
            "UPDATE subscriber SET status = 'active', status_reason = '' "
            "WHERE number = ? AND status_reason = 'arrears'",
            number,
        )
    return after


def debit(session: Session, number: str, amount_fen: int) -> int:
    """Take money from the balance and return the new balance; whoever calls has checked that it is there."""
    session.run("UPDATE subscriber SET balance_fen = balance_fen - ? WHERE number = ?", amount_fen, number)
    return int(row_of(session, number)["balance_fen"])


def leave_unpaid(session: Session, number: str) -> None:
    """Let what is still owed rest on the newest bills: everything before them is paid."""
    owed = max(0, -int(row_of(session, number)["balance_fen"]))
    for bill in session.rows("SELECT * FROM bill WHERE number = ? ORDER BY month DESC", number):
        unpaid = min(owed, bill["total_fen"])
        owed -= unpaid
        session.run("UPDATE bill SET paid_fen = total_fen - ? WHERE id = ?", unpaid, bill["id"])
