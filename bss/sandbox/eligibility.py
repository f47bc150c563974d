"""Who may order what: every rule of the catalogue that a billing system enforces, first objection wins."""

from __future__ import annotations

import sqlite3

from bss.port import OrderAction
from bss.reasons import OrderReason
from bss.sandbox import durations, products
from bss.sandbox.commitments import commitment, minimum_plan_fen
from bss.sandbox.store import Session
from bss.sandbox.subscribers import row_of
from core.ids import OfferingId
from core.offering import Category, Offering, Period

SENIOR_AGE = 60
SUBCARDS_MAX, WATCHES_MAX = 4, 2
FAST_MBPS, FASTEST_MBPS = 500, 1000
_LINE = ("bb-300", "bb-500", "bb-1000", "bb-500-year", "bb-1000-year")
_BESIDE_LINE = ("bb-fttr", "bb-iptv", "bb-speed-5")
_REPEATABLE = (Period.ONCE, Period.DAY)


def objection(
    session: Session, number: str, offering: Offering, action: OrderAction, held: list[sqlite3.Row]
) -> OrderReason | None:
    """Return why the order is refused, or None."""
    who = row_of(session, number)
    if reason := _state_of_number(who, action):
        return reason
    if action is OrderAction.DELETE:
        return _cancel(session, who, offering, held)
    if offering.category is Category.PLAN:
        return _not_for_them(session, who, offering) or _change_plan(session, who, offering)
    return (
        _not_for_them(session, who, offering)
        or _already(offering, held)
        or _broadband(session, offering, held)
        or _fifth_generation(session, who["number"], offering, held)
        or _money(session, who, offering, held)
    )


def _state_of_number(who: sqlite3.Row, action: OrderAction) -> OrderReason | None:
    if who["status"] == "terminated":
        return OrderReason.TERMINATED
    if not who["is_real_named"]:
        return OrderReason.NOT_REAL_NAMED
    if action is OrderAction.DELETE:
        return None  # cancelling stays possible whatever is owed
    if who["status_reason"] in ("keep", "lost"):
        return OrderReason.SUSPENDED
    return OrderReason.ARREARS if who["balance_fen"] < 0 else None


def _not_for_them(session: Session, who: sqlite3.Row, offering: Offering) -> OrderReason | None:
    if not offering.is_offered(session.now):
        return OrderReason.NOT_SELLABLE
    if "campus" in offering.segments and "campus" not in who["segments"].split(","):
        return OrderReason.CAMPUS_ONLY
    if (
        "senior" in offering.segments
        and session.today.year - (who["birth_year"] or session.today.year) < SENIOR_AGE
    ):
        return OrderReason.AGE
    return None


def _change_plan(session: Session, who: sqlite3.Row, offering: Offering) -> OrderReason | None:
    current = products.current_plan(session, who["number"])
    if current["offering_id"] == offering.id and products.pending_plan(session, who["number"]) is None:
        return OrderReason.ALREADY_HELD
    bound = commitment(session, who)
    return OrderReason.CONTRACT if bound and offering.price_fen < bound.floor_fen else None


def _already(offering: Offering, held: list[sqlite3.Row]) -> OrderReason | None:
    same = [row for row in held if row["offering_id"] == offering.id and not products.is_ending(row)]
    if offering.category is Category.SUBCARD and offering.id != "family-net":
        cards = [row for row in held if row["category"] == "subcard" and row["offering_id"] != "family-net"]
        too_many_watches = offering.id == "sub-card-watch" and len(same) >= WATCHES_MAX
        return OrderReason.LIMIT_REACHED if len(cards) >= SUBCARDS_MAX or too_many_watches else None
    if offering.category is Category.PROMOTION:
        others = [row for row in held if row["category"] == "promotion"]
        return OrderReason.ALREADY_HELD if others else None
    if same and offering.period not in _REPEATABLE:
        return OrderReason.ALREADY_HELD
    return None


def _broadband(session: Session, offering: Offering, held: list[sqlite3.Row]) -> OrderReason | None:
    if offering.category is not Category.BROADBAND:
        return None
    lines = [
        session.offerings[OfferingId(row["offering_id"])].bandwidth_mbps or 0
        for row in held
        if row["offering_id"] in _LINE or row["offering_id"].startswith("plan-family-")
    ]
    if offering.id in _LINE:
        return OrderReason.BROADBAND_HELD if lines else None
    if offering.id in _BESIDE_LINE and not lines:
        return OrderReason.NEEDS_BROADBAND
    if offering.id == "bb-speed-5" and max(lines) >= FASTEST_MBPS:
        return OrderReason.ALREADY_FASTEST
    return OrderReason.NEEDS_FASTER_BROADBAND if offering.id == "bb-fttr" and max(lines) < FAST_MBPS else None


def _fifth_generation(
    session: Session, number: str, offering: Offering, held: list[sqlite3.Row]
) -> OrderReason | None:
    """The upgrade pack is for 4G plans, the speed pack for 5G plans or upgraded ones."""
    has_5g_plan = "-5g-" in products.current_plan(session, number)["offering_id"]
    is_upgraded = any(row["offering_id"] == "pack-5g-10" for row in held)
    unfit = {"pack-5g-10": has_5g_plan, "pack-5g-20": not (has_5g_plan or is_upgraded)}
    return OrderReason.PLAN_NOT_ELIGIBLE if unfit.get(offering.id) else None


def _money(
    session: Session, who: sqlite3.Row, offering: Offering, held: list[sqlite3.Row]
) -> OrderReason | None:
    if any(row["offering_id"] == offering.id and products.is_ending(row) for row in held):
        return None  # taking a cancellation back costs nothing
    minimum = minimum_plan_fen(offering)
    if products.current_plan(session, who["number"])["price_fen"] < minimum:
        return OrderReason.MINIMUM_PLAN
    is_deposit = offering.category is Category.PROMOTION
    is_charged_now = durations.begins(offering, OrderAction.ADD, session.now) <= session.now
    pays_now = is_deposit or (who["kind"] == "prepaid" and is_charged_now)
    if pays_now and who["balance_fen"] < offering.price_fen:
        return OrderReason.INSUFFICIENT_BALANCE
    return None


def _cancel(
    session: Session, who: sqlite3.Row, offering: Offering, held: list[sqlite3.Row]
) -> OrderReason | None:
    pending = products.pending_plan(session, who["number"])
    if offering.category is Category.PLAN:
        withdraws = pending is not None and pending["offering_id"] == offering.id
        return (
            None
            if withdraws
            else OrderReason.PLAN_REQUIRED
            if _holds(held, offering)
            else OrderReason.NOT_HELD
        )
    if not _holds(held, offering):
        return OrderReason.NOT_HELD
    if offering.category is Category.PROMOTION:
        return None  # what has not been paid of the gift is forfeited
    return OrderReason.NOT_CANCELLABLE if offering.period in _REPEATABLE else None


def _holds(held: list[sqlite3.Row], offering: Offering) -> bool:
    return any(row["offering_id"] == offering.id and not products.is_ending(row) for row in held)
