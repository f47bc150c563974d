"""Trouble tickets and finished chats."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from bss.port import Interaction, TroubleTicket
from bss.sandbox import idempotency
from bss.sandbox.calendar import iso, parse
from bss.sandbox.refusal import Refusal, invalid, not_found
from bss.sandbox.store import Session
from bss.sandbox.subscribers import row_of
from core.ids import Msisdn

PROMISE = timedelta(hours=48)
KINDS = ("incident", "complain", "request")
STATUSES = ("acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "closed", "resolved")
MAX_CHARS = 4000


def create(
    session: Session,
    number: Msisdn | None,
    kind: str,
    description: str,
    severity: str,
    key: str,
    requested: datetime | None = None,
) -> TroubleTicket:
    """Open a ticket; the same key returns the first one."""
    request = (number, kind, description, severity)
    if first := idempotency.find(session, "ticket", key, *request):
        return get(session, first)
    if number is not None:
        row_of(session, number)
    if kind not in KINDS:
        raise invalid(f"ticketType is one of {', '.join(KINDS)}")
    if len(description) > MAX_CHARS:
        raise Refusal(422, "content_length", f"a description has at most {MAX_CHARS} characters")
    ticket_id = idempotency.new_id("GD")
    session.run(
        "INSERT INTO ticket VALUES (?, ?, ?, ?, 'acknowledged', ?, ?, ?, '')",
        ticket_id,
        number,
        kind,
        severity,
        description,
        iso(session.now),
        iso(requested or session.now + PROMISE),
    )
    idempotency.keep(session, "ticket", key, ticket_id, *request)
    return get(session, ticket_id)


def change(
    session: Session, ticket_id: str, status: str, reason: str, requested: datetime | None = None
) -> TroubleTicket:
    """Set how far a ticket has come."""
    if status not in STATUSES:
        raise invalid(f"status is one of {', '.join(STATUSES)}")
    if len(reason) > MAX_CHARS:
        raise Refusal(422, "content_length", f"a reason has at most {MAX_CHARS} characters")
    promised = requested or get(session, ticket_id).promised
    session.run(
        "UPDATE ticket SET status = ?, reason = ?, promised = ? WHERE id = ?",
        status,
        reason,
        iso(promised) if promised else None,
        ticket_id,
    )
    return get(session, ticket_id)


def get(session: Session, ticket_id: str) -> TroubleTicket:
    """Return one ticket."""
    row = session.row("SELECT * FROM ticket WHERE id = ?", ticket_id)
    if row is None:
        raise not_found("ticket", ticket_id)
    return _ticket(row)


def latest(session: Session, number: Msisdn, limit: int = 10) -> list[TroubleTicket]:
    """Return a number's tickets, newest first."""
    row_of(session, number)
    rows = session.rows(
        "SELECT * FROM ticket WHERE number = ? ORDER BY created DESC, rowid DESC LIMIT ?",
        number,
        max(0, limit),
    )
    return [_ticket(row) for row in rows]


def severity_of(session: Session, ticket_id: str) -> str:
    """Return what the ticket was opened with."""
    row = session.row("SELECT severity FROM ticket WHERE id = ?", ticket_id)
    return str(row["severity"]) if row else ""


def record(session: Session, interaction: Interaction, key: str) -> str:
    """Keep a finished chat and return its id; the same key keeps it once."""
    request = (interaction.conversation_id, interaction.number, interaction.reason, interaction.summary)
    if first := idempotency.find(session, "interaction", key, *request):
        return first
    if interaction.number is not None:
        row_of(session, interaction.number)
    identifier = idempotency.new_id("IN")
    session.run(
        "INSERT INTO interaction VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        identifier,
        interaction.conversation_id,
        interaction.number,
        interaction.channel,
        interaction.reason,
        interaction.summary,
        iso(interaction.started),
        iso(interaction.ended),
    )
    idempotency.keep(session, "interaction", key, identifier, *request)
    return identifier


def interactions(session: Session) -> list[dict[str, str | None]]:
    """Return the chats kept, newest first."""
    return [dict(row) for row in session.rows("SELECT * FROM interaction ORDER BY rowid DESC LIMIT 500")]


def _ticket(row: sqlite3.Row) -> TroubleTicket:
    return TroubleTicket(
        id=row["id"],
        kind=row["kind"],
        status=row["status"],
        description=row["description"],
        created=parse(row["created"]),
        promised=parse(row["promised"]) if row["promised"] else None,
        reason=row["reason"],
    )
