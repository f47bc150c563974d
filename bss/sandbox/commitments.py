"""What binds a number: a contract of its own, a plan's minimum term, a deposit campaign."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta

from bss.sandbox import products
from bss.sandbox.calendar import add_months, china_day, parse
from bss.sandbox.store import Session
from core.ids import OfferingId
from core.offering import Offering

_TERM = re.compile(r"协议期(\d+)个月")  # as the published contract words it
_MINIMUM_SPEND = re.compile(r"每月最低消费(\d+)元")


@dataclass(frozen=True)
class Commitment:
    """Until which day a number is bound and to which monthly price at least."""

    until: date
    floor_fen: int


def commitment(session: Session, who: sqlite3.Row) -> Commitment | None:
    """Return what binds a number today: the longest term and the highest price of all its commitments."""
    plan = products.current_plan(session, who["number"])
    found = [
        *_own_contract(who, plan),
        *_plan_term(session, plan),
        *_campaigns(session, who["number"]),
    ]
    running = [one for one in found if one.until >= session.today]
    if not running:
        return None
    return Commitment(max(one.until for one in running), max(one.floor_fen for one in running))


def minimum_plan_fen(offering: Offering) -> int:
    """Return the monthly price a campaign asks for."""
    words = _MINIMUM_SPEND.search(offering.contract)
    return int(words.group(1)) * 100 if words else 0


def _own_contract(who: sqlite3.Row, plan: sqlite3.Row) -> list[Commitment]:
    until = who["contract_until"]
    return [Commitment(date.fromisoformat(until), plan["price_fen"])] if until else []


def _plan_term(session: Session, plan: sqlite3.Row) -> list[Commitment]:
    words = _TERM.search(session.offerings[OfferingId(plan["offering_id"])].contract)
    if words is None:
        return []
    until = add_months(china_day(parse(plan["started"])), int(words.group(1))) - timedelta(days=1)
    return [Commitment(until, plan["price_fen"])]


def _campaigns(session: Session, number: str) -> list[Commitment]:
    return [
        Commitment(
            china_day(parse(row["ends"])) - timedelta(days=1),
            minimum_plan_fen(session.offerings[OfferingId(row["offering_id"])]),
        )
        for row in products.held_rows(session, number)
        if row["category"] == "promotion" and row["ends"]
    ]
