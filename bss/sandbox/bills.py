"""Bills and their lines."""

from __future__ import annotations

import sqlite3
from datetime import date

from bss.port import Bill, BillLine
from bss.sandbox.store import Session
from bss.sandbox.subscribers import row_of
from core.ids import Msisdn, OfferingId
from core.money import Fen


def bills(session: Session, number: Msisdn, months: int = 12) -> list[Bill]:
    """Return the last bills with their lines, newest first."""
    row_of(session, number)
    rows = session.rows(
        "SELECT * FROM bill WHERE number = ? ORDER BY month DESC LIMIT ?", number, max(0, months)
    )
    return [_bill(session, row) for row in rows]


def bill(session: Session, number: Msisdn, month: date) -> Bill | None:
    """Return the bill of one month, or None."""
    row_of(session, number)
    row = session.row(
        "SELECT * FROM bill WHERE number = ? AND month = ?", number, month.replace(day=1).isoformat()
    )
    return None if row is None else _bill(session, row)


def _bill(session: Session, row: sqlite3.Row) -> Bill:
    lines = session.rows("SELECT * FROM bill_line WHERE bill_id = ? ORDER BY position", row["id"])
    return Bill(
        id=row["id"],
        month=date.fromisoformat(row["month"]),
        total_fen=Fen(row["total_fen"]),
        paid_fen=Fen(row["paid_fen"]),
        due=date.fromisoformat(row["due"]) if row["due"] else None,
        state=_state(row["total_fen"], row["paid_fen"]),
        lines=tuple(
            BillLine(
                name=line["name"],
                kind=line["kind"],
                amount_fen=Fen(line["amount_fen"]),
                offering_id=OfferingId(line["offering_id"]) if line["offering_id"] else None,
                description=line["description"],
            )
            for line in lines
        ),
    )


def _state(total_fen: int, paid_fen: int) -> str:
    """Return the TMF678 state."""
    if paid_fen >= total_fen:
        return "settled"
    return "partiallyPaid" if paid_fen else "sent"
