"""Every completed movement of money, one row each, with the idempotency key that caused it."""

from __future__ import annotations

from bss.sandbox.calendar import iso
from bss.sandbox.store import Session
from bss.sandbox.subscribers import row_of


def write(
    session: Session,
    number: str,
    kind: str,
    amount_fen: int,
    balance_after_fen: int,
    *,
    key: str,
    reference: str,
    description: str,
    account: str = "balance",
) -> None:
    """Add one row; the unique key makes a second one for the same cause an error."""
    session.run(
        "INSERT INTO ledger (number, kind, account, amount_fen, balance_after_fen, key, reference, description, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        number,
        kind,
        account,
        amount_fen,
        balance_after_fen,
        key,
        reference,
        description,
        iso(session.now),
    )


def entries(session: Session, number: str | None) -> list[dict[str, object]]:
    """Return the rows, newest first, of one number or of all."""
    if number is not None:
        row_of(session, number)
    rows = session.rows("SELECT * FROM ledger WHERE ? IS NULL OR number = ? ORDER BY id DESC", number, number)
    return [
        {
            "id": row["id"],
            "number": row["number"],
            "kind": row["kind"],
            "account": row["account"],
            "amount_fen": row["amount_fen"],
            "balance_after_fen": row["balance_after_fen"],
            "idempotency_key": row["key"],
            "reference": row["reference"],
            "description": row["description"],
            "at": row["at"],
        }
        for row in rows
    ]
