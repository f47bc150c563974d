"""What a number holds today, what it will hold next month, and what it held."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bss.port import HeldProduct
from bss.sandbox.calendar import iso, parse
from bss.sandbox.refusal import unknown_number
from bss.sandbox.store import Session
from core.ids import Msisdn, OfferingId
from core.money import Fen
from core.offering import Offering

RECURRING = ("month", "year")


def held_rows(session: Session, number: str) -> list[sqlite3.Row]:
    """Return what a number holds or is about to hold, plan first, oldest first."""
    return session.rows(
        "SELECT * FROM product WHERE number = ? AND NOT is_cancelled AND (ends IS NULL OR ends > ?) "
        "ORDER BY category <> 'plan', started, id",
        number,
        iso(session.now),
    )


def products(session: Session, number: Msisdn) -> list[HeldProduct]:
    """Return what a number holds or is about to hold."""
    owner = session.row("SELECT status FROM subscriber WHERE number = ?", number)
    if owner is None:
        raise unknown_number(number)
    return [_held(session, row, owner["status"]) for row in held_rows(session, number)]


def current_plan(session: Session, number: str) -> sqlite3.Row:
    """Return the plan that runs today."""
    row = session.row(
        "SELECT * FROM product WHERE number = ? AND category = 'plan' AND NOT is_cancelled AND started <= ? "
        "ORDER BY started DESC LIMIT 1",
        number,
        iso(session.now),
    )
    if row is None:
        raise unknown_number(number)
    return row


def pending_plan(session: Session, number: str) -> sqlite3.Row | None:
    """Return the plan that starts next month, if a change is on its way."""
    return session.row(
        "SELECT * FROM product WHERE number = ? AND category = 'plan' AND NOT is_cancelled AND started > ?",
        number,
        iso(session.now),
    )


def insert(
    session: Session,
    product_id: str,
    number: str,
    offering: Offering,
    *,
    started: datetime,
    ends: datetime | None = None,
    price_fen: int | None = None,
    order_id: str | None = None,
) -> None:
    """Add one product to the inventory."""
    session.run(
        "INSERT INTO product (id, number, offering_id, name, category, period, price_fen, started, ends, order_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        product_id,
        number,
        offering.id,
        offering.name,
        offering.category.value,
        offering.period.value,
        offering.price_fen if price_fen is None else price_fen,
        iso(started),
        iso(ends) if ends else None,
        order_id,
    )


def _held(session: Session, row: sqlite3.Row, owner_status: str) -> HeldProduct:
    return HeldProduct(
        id=row["id"],
        offering_id=OfferingId(row["offering_id"]),
        name=row["name"],
        status=_status(session, row, owner_status),
        price_fen=Fen(row["price_fen"]),
        started=parse(row["started"]),
        ends=parse(row["ends"]) if row["ends"] else None,
        is_plan=row["category"] == "plan",
    )


def _status(session: Session, row: sqlite3.Row, owner_status: str) -> str:
    """Return the TMF637 status that follows from the dates and from the number's own state."""
    if owner_status == "terminated":
        return "terminated"
    if row["started"] > iso(session.now):
        return "pendingActive"
    if owner_status == "suspended":
        return "suspended"
    if row["ends"] and row["period"] in RECURRING:
        return "pendingTerminate"
    return "active"


def is_ending(row: sqlite3.Row) -> bool:
    """Say whether something that would renew was cancelled and runs out."""
    return bool(row["ends"]) and row["period"] in RECURRING


def free_cards(plan: Offering, offering: Offering) -> int:
    """Return how many sub-cards a family plan carries without a monthly fee."""
    if offering.id != "sub-card":
        return 0
    return {"plan-family-169": 2, "plan-family-239": 4}.get(plan.id, 0)
