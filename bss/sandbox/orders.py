"""Product orders: checked, charged and put into the inventory in one transaction."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bss.port import OrderAction, OrderState, ProductOrder, UsageKind
from bss.sandbox import durations, idempotency, ledger, products, subscribers, usage
from bss.sandbox.calendar import iso, next_month, parse
from bss.sandbox.eligibility import objection
from bss.sandbox.refusal import Refusal, invalid
from bss.sandbox.store import Session
from core.ids import Msisdn, OfferingId
from core.offering import Category, Offering

_GIFT_FEN = {"promo-deposit-100": 2000, "promo-deposit-300": 9000}  # paid out month by month


def place(
    session: Session, number: Msisdn, offering_id: OfferingId, action: OrderAction, external_id: str
) -> ProductOrder:
    """Place an order; the same external id returns the first one, a refused one comes back as rejected."""
    request = (number, offering_id, action.value)
    if first := idempotency.find(session, "order", external_id, *request):
        return _get(session, first)
    subscribers.row_of(session, number)
    offering = session.offerings.get(offering_id)
    if offering is None:
        raise Refusal(422, "unknown_offering", f"the catalogue has no {offering_id}")
    if action is OrderAction.MODIFY and offering.category is not Category.PLAN:
        raise invalid("only a plan is modified; anything else is added or deleted")
    order_id = idempotency.new_id("OR")
    idempotency.keep(session, "order", external_id, order_id, *request)
    held = products.held_rows(session, number)
    reason = objection(session, number, offering, action, held)
    effective = None if reason else durations.begins(offering, action, session.now)
    session.run(
        "INSERT INTO product_order VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        order_id,
        external_id,
        number,
        offering_id,
        action.value,
        (OrderState.REJECTED if reason else OrderState.IN_PROGRESS).value,
        iso(session.now),
        iso(effective) if effective else None,
        reason.value if reason else "",
    )
    if effective:
        _carry_out(session, number, offering, action, order_id, external_id, effective, held)
    return _get(session, order_id)


def find(session: Session, external_id: str) -> ProductOrder | None:
    """Return an order by the caller's id."""
    row = session.row("SELECT * FROM product_order WHERE external_id = ?", external_id)
    return None if row is None else _order(session, row)


def get(session: Session, order_id: str) -> ProductOrder | None:
    """Return an order by its own id."""
    row = session.row("SELECT * FROM product_order WHERE id = ?", order_id)
    return None if row is None else _order(session, row)


def latest(session: Session, number: Msisdn, limit: int = 10) -> list[ProductOrder]:
    """Return a number's orders, newest first."""
    subscribers.row_of(session, number)
    rows = session.rows(
        "SELECT * FROM product_order WHERE number = ? ORDER BY placed DESC, rowid DESC LIMIT ?",
        number,
        max(0, limit),
    )
    return [_order(session, row) for row in rows]


def _carry_out(
    session: Session,
    number: Msisdn,
    offering: Offering,
    action: OrderAction,
    order_id: str,
    key: str,
    effective: datetime,
    held: list[sqlite3.Row],
) -> None:
    if offering.category is Category.PLAN:
        _replace_plan(session, number, offering, action, order_id, effective)
    elif action is OrderAction.DELETE and offering.category is Category.PROMOTION:
        _leave_campaign(session, number, offering, held)
    elif action is OrderAction.DELETE:
        _end(session, number, offering, order_id, effective)
    elif not _resume(session, offering, held, order_id):
        _add(session, number, offering, order_id, key, effective)


def _replace_plan(
    session: Session, number: str, offering: Offering, action: OrderAction, order_id: str, effective: datetime
) -> None:
    """Let the new plan follow the present one; an earlier change on its way is withdrawn by the later wish."""
    current = products.current_plan(session, number)
    if pending := products.pending_plan(session, number):
        session.run("UPDATE product SET is_cancelled = 1 WHERE id = ?", pending["id"])
        session.run(
            "UPDATE product_order SET state = 'cancelled' WHERE id = ? AND state = 'inProgress'",
            pending["order_id"],
        )
    stays = action is OrderAction.DELETE or offering.id == current["offering_id"]
    session.run("UPDATE product SET ends = ? WHERE id = ?", None if stays else iso(effective), current["id"])
    if stays:
        session.run("UPDATE product_order SET effective = ? WHERE id = ?", iso(session.now), order_id)
    else:
        products.insert(
            session, idempotency.new_id("PR"), number, offering, started=effective, order_id=order_id
        )


def _end(session: Session, number: str, offering: Offering, order_id: str, effective: datetime) -> None:
    """Let what was ordered last run out; what has not begun yet is gone at once."""
    row = session.row(
        "SELECT * FROM product WHERE number = ? AND offering_id = ? AND NOT is_cancelled AND ends IS NULL "
        "ORDER BY price_fen DESC, started DESC, rowid DESC LIMIT 1",
        number,
        offering.id,
    )
    assert row is not None  # eligibility saw it in this transaction
    if parse(row["started"]) > session.now:
        session.run("UPDATE product SET is_cancelled = 1 WHERE id = ?", row["id"])
        session.run("UPDATE product_order SET state = 'cancelled' WHERE id = ?", row["order_id"])
        session.run("UPDATE product_order SET effective = ? WHERE id = ?", iso(session.now), order_id)
    else:
        session.run("UPDATE product SET ends = ? WHERE id = ?", iso(effective), row["id"])


def _resume(session: Session, offering: Offering, held: list[sqlite3.Row], order_id: str) -> bool:
    """Take back a cancellation that has not come into effect; nothing is charged again."""
    for row in held:
        if row["offering_id"] == offering.id and products.is_ending(row):
            session.run("UPDATE product SET ends = NULL, order_id = ? WHERE id = ?", order_id, row["id"])
            return True
    return False


def _add(
    session: Session, number: str, offering: Offering, order_id: str, key: str, effective: datetime
) -> None:
    ends = durations.ends(offering, effective)
    free = _is_free_card(session, number, offering)
    products.insert(
        session,
        idempotency.new_id("PR"),
        number,
        offering,
        started=effective,
        ends=ends,
        price_fen=0 if free else None,
        order_id=order_id,
    )
    for kind, total in (
        (UsageKind.DATA, offering.data_mb),
        (UsageKind.VOICE, offering.voice_min),
        (UsageKind.SMS, offering.sms_count),
    ):
        if total and offering.category is not Category.SUBCARD:
            usage.insert_bucket(
                session, idempotency.new_id("BK"), number, kind, offering.name, offering.id, total, 0, effective,
                ends or next_month(effective), offering.scope,
            )  # fmt: skip
    if offering.category is Category.PROMOTION:
        _promise(session, number, offering)
    elif offering.price_fen and effective <= session.now:
        _charge(session, number, offering, order_id, key)


def _is_free_card(session: Session, number: str, offering: Offering) -> bool:
    plan = session.offerings[OfferingId(products.current_plan(session, number)["offering_id"])]
    cards = [row for row in products.held_rows(session, number) if row["offering_id"] == offering.id]
    return len(cards) < products.free_cards(plan, offering)


def _promise(session: Session, number: str, offering: Offering) -> None:
    """Begin a deposit campaign: the deposit stays on the account, the gift waits beside it."""
    session.run(
        "UPDATE subscriber SET promotional_fen = promotional_fen + ? WHERE number = ?",
        _GIFT_FEN.get(offering.id, 0),
        number,
    )


def _leave_campaign(session: Session, number: str, offering: Offering, held: list[sqlite3.Row]) -> None:
    """End a deposit campaign: the deposit stays, what has not been paid of the gift does not come any more."""
    row = next(row for row in held if row["offering_id"] == offering.id)
    paid, months = durations.gift_paid(offering, parse(row["started"]), session.now)
    gift = _GIFT_FEN.get(offering.id, 0)
    session.run(
        "UPDATE subscriber SET promotional_fen = max(0, promotional_fen - ?) WHERE number = ?",
        gift - gift * paid // months,
        number,
    )
    session.run("UPDATE product SET ends = ? WHERE id = ?", iso(session.now), row["id"])


def _charge(session: Session, number: str, offering: Offering, order_id: str, key: str) -> None:
    """Charge what begins now: prepaid from the balance, postpaid on the next bill."""
    who = subscribers.row_of(session, number)
    is_prepaid = who["kind"] == "prepaid"
    after = subscribers.debit(session, number, offering.price_fen) if is_prepaid else int(who["balance_fen"])
    ledger.write(
        session,
        number,
        "charge",
        -offering.price_fen,
        after,
        key=key,
        reference=order_id,
        description=offering.name,
        account="balance" if is_prepaid else "bill",
    )


def _get(session: Session, order_id: str) -> ProductOrder:
    order = get(session, order_id)
    if order is None:
        raise RuntimeError(f"order {order_id} vanished")
    return order


def _order(session: Session, row: sqlite3.Row) -> ProductOrder:
    effective = parse(row["effective"]) if row["effective"] else None
    state = OrderState(row["state"])
    if state is OrderState.IN_PROGRESS and effective and effective <= session.now:
        state = OrderState.COMPLETED
    return ProductOrder(
        id=row["id"],
        external_id=row["external_id"],
        number=Msisdn(row["number"]),
        offering_id=OfferingId(row["offering_id"]),
        action=OrderAction(row["action"]),
        state=state,
        placed=parse(row["placed"]),
        effective=effective,
        reason=row["reason"],
    )
