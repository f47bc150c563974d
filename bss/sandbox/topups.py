"""Top-ups: created by the assistant, paid on the payment page, settled exactly once."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from bss.port import Topup, TopupState
from bss.sandbox import idempotency, ledger, subscribers
from bss.sandbox.calendar import iso, parse
from bss.sandbox.refusal import Refusal, not_found
from bss.sandbox.store import Session
from core.ids import Msisdn
from core.money import Fen

PAYMENT_LIFETIME = timedelta(minutes=30)  # an unpaid link dies then, as a payment provider's would
MAX_FEN = 1_000_000

# outcome on the payment page -> (state, reason)
OUTCOMES = {
    "success": (TopupState.COMPLETED, ""),
    "fail": (TopupState.FAILED, "declined"),
    "timeout": (TopupState.FAILED, "timeout"),
}


def create(session: Session, number: Msisdn, amount_fen: int, key: str) -> Topup:
    """Create a top-up that awaits its payment; the same key returns the first one."""
    if first := idempotency.find(session, "topup", key, number, amount_fen):
        return get(session, first)
    row = subscribers.row_of(session, number)
    if row["status"] == "terminated":
        raise Refusal(422, "terminated", f"the number {number} was closed")
    if not 0 < amount_fen <= MAX_FEN:
        raise Refusal(422, "amount_out_of_range", f"{amount_fen} fen cannot be topped up")
    topup_id = idempotency.new_id("TU")
    session.run(
        "INSERT INTO topup VALUES (?, ?, ?, ?, '', ?, ?, NULL)",
        topup_id,
        number,
        amount_fen,
        TopupState.CREATED.value,
        key,
        iso(session.now),
    )
    idempotency.keep(session, "topup", key, topup_id, number, amount_fen)
    return get(session, topup_id)


def get(session: Session, topup_id: str) -> Topup:
    """Return one top-up; a link nobody paid in time has failed."""
    row = _row(session, topup_id)
    if row["state"] == TopupState.CREATED.value and session.now - parse(row["created"]) > PAYMENT_LIFETIME:
        settle(session, topup_id, "timeout")
        row = _row(session, topup_id)
    return Topup(
        id=row["id"],
        number=Msisdn(row["number"]),
        amount_fen=Fen(row["amount_fen"]),
        state=TopupState(row["state"]),
        payment_url="/payments/" + row["id"],
        reason=row["reason"],
    )


def latest(session: Session, number: str) -> list[Topup]:
    """Return a number's top-ups, newest first."""
    subscribers.row_of(session, number)
    rows = session.rows("SELECT id FROM topup WHERE number = ? ORDER BY created DESC, rowid DESC", number)
    return [get(session, row["id"]) for row in rows]


def key_of(session: Session, topup_id: str) -> str:
    """Return the idempotency key a top-up was created with."""
    return str(_row(session, topup_id)["key"])


def settle(session: Session, topup_id: str, outcome: str) -> bool:
    """Settle a top-up; return False when it was settled before, whatever the outcome then."""
    row = _row(session, topup_id)
    state, reason = OUTCOMES[outcome]
    changed = session.run(
        "UPDATE topup SET state = ?, reason = ?, settled = ? WHERE id = ? AND state = 'created'",
        state.value,
        reason,
        iso(session.now),
        topup_id,
    )
    if changed and state is TopupState.COMPLETED:
        after = subscribers.credit(session, row["number"], row["amount_fen"])
        ledger.write(
            session,
            row["number"],
            "topup",
            row["amount_fen"],
            after,
            key=row["key"],
            reference=topup_id,
            description="充值",
        )
    return bool(changed)


def pay(session: Session, topup_id: str, outcome: str) -> Topup:
    """Do what the payment page's button says; a second, different outcome is refused."""
    if outcome not in OUTCOMES:
        raise Refusal(404, "not_found", f"a payment cannot end in {outcome}")
    current = get(session, topup_id)
    settle(session, topup_id, outcome)
    settled = get(session, topup_id)
    if current.state is not TopupState.CREATED and (settled.state, settled.reason) != OUTCOMES[outcome]:
        raise Refusal(
            409, "already_settled", f"the top-up {topup_id} was settled before as {settled.state.value}"
        )
    return settled


def _row(session: Session, topup_id: str) -> sqlite3.Row:
    row = session.row("SELECT * FROM topup WHERE id = ?", topup_id)
    if row is None:
        raise not_found("top-up", topup_id)
    return row
